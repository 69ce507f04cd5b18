"""Rule 1: higher priority first, then the order of connecting; reconnecting keeps the place."""

from __future__ import annotations

import itertools

import pytest

from aldis import ANY, KeywordSignal, Signal
from tests.behaviour.recording import Calls, Shop, Way, in_each_way

pytestmark = pytest.mark.anyio

SHOP = Shop()
MIXES = list(itertools.product([ANY, SHOP], repeat=4))
MIX_IDS = ["-".join("any" if each is ANY else "shop" for each in mix) for mix in MIXES]


@in_each_way
async def test_receivers_are_called_in_the_order_of_connecting(way: Way) -> None:
    """Who connects first is called first, and its result stands first."""
    signal, calls = Signal[int](), Calls()
    for name in "abcde":
        signal.connect(calls.receiver(name))

    values = await way(signal, SHOP, 1)

    assert calls.names == list("abcde")
    assert values == tuple("abcde")


@pytest.mark.parametrize("mix", MIXES, ids=MIX_IDS)
def test_connections_to_any_and_to_a_sender_share_one_order(mix: tuple[object, ...]) -> None:
    """Whether a connection filters on the sender has no part in the order."""
    signal, calls = Signal[int](), Calls()
    for name, sender in zip("abcd", mix, strict=True):
        signal.connect(calls.receiver(name), sender)

    assert signal.send(SHOP, 1).values == tuple("abcd")
    assert signal.receivers_for(SHOP) == tuple(each for each, _ in signal.send(SHOP, 1))


@in_each_way
async def test_higher_priorities_come_first(way: Way) -> None:
    """Priorities order first, connecting orders among equals, and 0 is the default."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("low"), priority=-1)
    signal.connect(calls.receiver("default"))
    signal.connect(calls.receiver("high"), priority=10)
    signal.connect(calls.receiver("zero"), priority=0)
    signal.connect(calls.receiver("high too"), priority=10)

    assert await way(signal, SHOP, 1) == ("high", "high too", "default", "zero", "low")


@pytest.mark.parametrize("mix", MIXES, ids=MIX_IDS)
def test_priorities_hold_across_any_and_senders(mix: tuple[object, ...]) -> None:
    """A priority counts the same for `ANY` and for a sender."""
    signal, calls = Signal[int](), Calls()
    for name, sender, priority in zip("abcd", mix, (0, 2, 1, 2), strict=True):
        signal.connect(calls.receiver(name), sender, priority=priority)

    assert signal.send(SHOP, 1).values == tuple("bdca")


def test_reconnecting_an_equal_pair_keeps_its_place() -> None:
    """Connecting again what is connected already moves it nowhere."""
    signal, calls = Signal[int](), Calls()
    first, second = calls.receiver("first"), calls.receiver("second")
    signal.connect(first)
    signal.connect(second)
    signal.connect(first)

    assert signal.send(SHOP, 1).values == ("first", "second")


def test_reconnecting_for_a_sender_keeps_its_place_among_any() -> None:
    """The place of a pair is kept for a sender's connections as well."""
    signal, calls = Signal[int](), Calls()
    first, second = calls.receiver("first"), calls.receiver("second")
    signal.connect(first, SHOP)
    signal.connect(second)
    signal.connect(first, SHOP, weak=False)

    assert signal.send(SHOP, 1).values == ("first", "second")


def test_reconnecting_another_access_of_a_bound_method_keeps_its_place() -> None:
    """Two accesses of one bound method are one receiver."""
    signal, calls = Signal[int](), Calls()
    shop, second = Shop(calls), calls.receiver("second")
    signal.connect(shop.receive)
    signal.connect(second)
    signal.connect(shop.receive)

    assert signal.send(SHOP, 1).values == ("shop", "second")
    assert len(signal.connections) == 2


def test_reconnecting_replaces_the_options() -> None:
    """The last options given for a pair are the ones that hold."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)
    signal.connect(receiver, weak=False, once=True, priority=3, to_thread=True)

    (connection,) = signal.connections
    assert not connection.weak
    assert connection.once
    assert connection.priority == 3
    assert connection.to_thread

    signal.connect(receiver)

    (connection,) = signal.connections
    assert connection.weak
    assert not connection.once
    assert connection.priority == 0
    assert not connection.to_thread


def test_a_priority_changed_by_reconnecting_moves_and_gives_the_place_back() -> None:
    """A changed priority orders anew; with the old one again, the old place is there again."""
    signal, calls = Signal[int](), Calls()
    first, second, third = (calls.receiver(name) for name in ("first", "second", "third"))
    for each in (first, second, third):
        signal.connect(each)

    signal.connect(second, priority=1)
    assert signal.send(SHOP, 1).values == ("second", "first", "third")

    signal.connect(second)
    assert signal.send(SHOP, 1).values == ("first", "second", "third")


def test_the_same_receiver_for_another_sender_is_another_pair() -> None:
    """Connecting for one sender changes neither the place nor the options of another pair."""
    signal, calls = Signal[int](), Calls()
    other = Shop()
    receiver, second = calls.receiver("receiver"), calls.receiver("second")
    signal.connect(receiver, SHOP)
    signal.connect(second)
    signal.connect(receiver, other, once=True, priority=-1)

    assert signal.send(SHOP, 1).values == ("receiver", "second")
    assert signal.send(other, 1).values == ("second", "receiver")
    assert signal.send(SHOP, 1).values == ("receiver", "second")


def test_connecting_after_disconnecting_goes_to_the_end() -> None:
    """Only an equal connection keeps a place; one that was removed left none."""
    signal, calls = Signal[int](), Calls()
    first, second = calls.receiver("first"), calls.receiver("second")
    signal.connect(first)
    signal.connect(second)
    signal.disconnect(first)
    signal.connect(first)

    assert signal.send(SHOP, 1).values == ("second", "first")


def test_a_used_up_once_connection_leaves_no_place() -> None:
    """What is connected again after its one call goes to the end."""
    signal, calls = Signal[int](), Calls()
    first, second = calls.receiver("first"), calls.receiver("second")
    signal.connect(first, once=True)
    signal.connect(second)
    signal.send(SHOP, 1)
    signal.connect(first)

    assert signal.send(SHOP, 1).values == ("second", "first")


def test_queries_follow_the_order_of_sending() -> None:
    """`receivers`, `receivers_for` and `connections` show the order of sending."""
    signal, calls = Signal[int](), Calls()
    first, second, third = (calls.receiver(name) for name in ("first", "second", "third"))
    signal.connect(third, priority=-1)
    signal.connect(first, SHOP)
    signal.connect(second)

    assert signal.receivers == (first, second, third)
    assert signal.receivers_for(SHOP) == (first, second, third)
    assert signal.receivers_for(Shop()) == (second, third)
    assert tuple(each.receiver for each in signal.connections) == (first, second, third)


def test_keyword_signals_keep_the_same_order() -> None:
    """The order is the same for signals whose payload is passed by keyword."""

    @KeywordSignal
    def placed(sender: object, /, *, total: int) -> None:
        """An order was accepted."""

    def low(sender: object, *, total: int) -> str:
        return "low"

    def filtered(sender: object, *, total: int) -> str:
        return "filtered"

    def high(sender: object, *, total: int) -> str:
        return "high"

    placed.connect(low, priority=-1)
    placed.connect(filtered, SHOP)
    placed.connect(high, priority=1)

    assert placed.send(SHOP, total=1).values == ("high", "filtered", "low")

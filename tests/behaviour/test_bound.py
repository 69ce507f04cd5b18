"""Bound signals: the same face with the sender filled in."""

from __future__ import annotations

import anyio
import pytest

from aldis import BoundSignal, Signal
from tests.behaviour.recording import Calls, Shop
from tests.interpreters import needs_refcounting

SHOP = Shop()


def test_bind_gives_a_bound_signal() -> None:
    """It knows its signal and its sender."""
    signal = Signal[int]()
    bound = signal.bind(SHOP)

    assert isinstance(bound, BoundSignal)
    assert bound.signal is signal
    assert bound.sender is SHOP


@pytest.mark.anyio
async def test_it_sends_on_behalf_of_its_sender() -> None:
    """All four sends pass the sender on."""
    signal, calls = Signal[int](), Calls()
    bound = signal.bind(SHOP)
    signal.connect(calls.receiver("for the shop"), SHOP)
    signal.connect(calls.receiver("for another"), Shop())

    assert bound.send(1).values == ("for the shop",)
    assert bound.send_robust(2).values == ("for the shop",)
    assert (await bound.send_async(3)).values == ("for the shop",)
    assert (await bound.send_async(4, concurrency=None)).values == ("for the shop",)
    assert (await bound.send_robust_async(5)).values == ("for the shop",)
    assert (await bound.send_robust_async(6, concurrency=2)).values == ("for the shop",)
    assert calls.seen == [(SHOP, number) for number in range(1, 7)]


@pytest.mark.anyio
async def test_concurrency_reaches_the_signal() -> None:
    """A bound sending runs receivers at the same time when it is told to."""
    signal, calls = Signal[int](), Calls()
    together = anyio.Event()
    bound = signal.bind(SHOP)
    bound.connect(calls.async_receiver("waits", together.wait))

    async def release() -> None:
        together.set()

    bound.connect(calls.async_receiver("releases", release))

    assert len(await bound.send_async(1, concurrency=None)) == 2


def test_it_connects_to_its_sender_alone() -> None:
    """Each form of connecting filters on the sender."""
    signal, calls = Signal[int](), Calls()
    bound = signal.bind(SHOP)
    first = calls.receiver("first")
    assert bound.connect(first) is first

    @bound.connect(weak=False, priority=1)
    def second(sender: object, payload: int) -> str:
        return "second"

    @bound.connect
    def third(sender: object, payload: int) -> str:
        return "third"

    assert bound.send(1).values == ("second", "first", "third")
    assert signal.send(Shop(), 1).values == ()
    assert [each.sender for each in signal.connections] == [SHOP, SHOP, SHOP]


def test_connected_to_connects_to_its_sender_for_the_block() -> None:
    """The connection filters on the sender and ends with the block."""
    signal, calls = Signal[int](), Calls()
    bound = signal.bind(SHOP)
    with bound.connected_to(calls.receiver("receiver")):
        assert bound.send(1).values == ("receiver",)
        assert signal.send(Shop(), 1).values == ()

    assert bound.send(1).values == ()


def test_disconnect_ends_the_connection_to_its_sender_alone() -> None:
    """The receiver's other connections stay."""
    signal, calls = Signal[int](), Calls()
    bound, receiver = signal.bind(SHOP), calls.receiver("receiver")
    signal.connect(receiver)
    bound.connect(receiver)

    assert bound.disconnect(receiver) is True
    assert bound.disconnect(receiver) is False
    assert signal.receivers == (receiver,)
    assert signal.connections[0].sender is not SHOP


def test_queries_are_for_its_sender() -> None:
    """`receivers` shows whom a sending calls, `connections` those to the sender itself."""
    signal, calls, other = Signal[int](), Calls(), Shop()
    bound = signal.bind(SHOP)
    first, second, third = (calls.receiver(name) for name in ("first", "second", "third"))
    signal.connect(first)
    signal.connect(second, SHOP)
    signal.connect(third, other)

    assert bound.receivers == (first, second)
    assert [each.receiver for each in bound.connections] == [second]


def test_event_has_its_sender() -> None:
    """The envelope is that of the signal, with the sender filled in."""
    signal = Signal[int]()
    event = signal.bind(SHOP).event(7)

    assert (event.signal, event.sender, event.payload) == (signal, SHOP, 7)


@pytest.mark.parametrize("sender", [None, 0, False, "", 1, SHOP.receive])
def test_any_sender_can_be_bound(sender: object) -> None:
    """Falsy senders and bound methods are senders like others."""
    signal, calls = Signal[int](), Calls()
    bound = signal.bind(sender)
    bound.connect(calls.receiver("receiver"))

    assert bound.send(1).values == ("receiver",)
    assert signal.send(sender, 1).values == ("receiver",)
    assert len(bound.connections) == 1
    assert signal.send(object(), 1).values == ()


@needs_refcounting
def test_it_keeps_its_sender_alive() -> None:
    """As long as the bound signal is there, so are the connections to its sender."""
    signal, calls = Signal[int](), Calls()
    bound = signal.bind(Shop())
    bound.connect(calls.receiver("receiver"))

    assert bound.send(1).values == ("receiver",)
    calls.seen.clear()
    del bound
    assert signal.connections == ()


def test_two_bound_signals_of_one_owner_are_two() -> None:
    """Two signals bound to one sender stay two signals."""
    first, second, calls = Signal[int](), Signal[int](), Calls()
    one, two = first.bind(SHOP), second.bind(SHOP)
    one.connect(calls.receiver("one"))
    two.connect(calls.receiver("two"))

    assert one.send(1).values == ("one",)
    assert two.send(1).values == ("two",)

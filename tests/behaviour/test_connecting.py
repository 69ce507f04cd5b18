"""Every form of connecting and disconnecting, for every kind of receiver."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from aldis import ANY, Signal
from tests.behaviour.recording import Calls, Shop, is_gone
from tests.interpreters import needs_c_methods, needs_refcounting

SHOP = Shop()


def receive(sender: object, payload: int) -> str:
    """Receive."""
    return "received"


def receive_too(sender: object, payload: int) -> str:
    """Receive as well."""
    return "received too"


# -- forms -------------------------------------------------------------------------------------


def test_connect_gives_the_same_object_back() -> None:
    """A receiver that is connected is what it was, in each form."""
    signal = Signal[int]()

    assert signal.connect(receive) is receive
    assert signal.connect(receive, SHOP) is receive
    assert signal.connect(weak=False)(receive) is receive
    assert signal.connect_via(SHOP)(receive) is receive
    assert signal.bind(SHOP).connect(receive) is receive


def test_connect_as_a_decorator() -> None:
    """`@signal.connect` connects the function below it to every sender."""
    signal = Signal[int]()

    @signal.connect
    def receiver(sender: object, payload: int) -> str:
        return "decorated"

    assert signal.send(SHOP, 1).values == ("decorated",)
    assert signal.connections[0].sender is ANY


def test_connect_with_options_as_a_decorator() -> None:
    """`@signal.connect(weak=False)` takes each option of `connect`."""
    signal = Signal[int]()

    @signal.connect(sender=SHOP, weak=False, once=True, priority=2, to_thread=True)
    def receiver(sender: object, payload: int) -> str:
        return "decorated"

    (connection,) = signal.connections
    assert connection.receiver is receiver
    assert connection.sender is SHOP
    assert (connection.weak, connection.once) == (False, True)
    assert (connection.priority, connection.to_thread) == (2, True)


def test_connect_without_anything_is_a_decorator_with_the_defaults() -> None:
    """`@signal.connect()` does what `@signal.connect` does."""
    signal = Signal[int]()

    @signal.connect()
    def receiver(sender: object, payload: int) -> None: ...

    (connection,) = signal.connections
    assert connection.receiver is receiver
    assert connection.sender is ANY
    assert (connection.weak, connection.once) == (True, False)
    assert (connection.priority, connection.to_thread) == (0, False)


def test_connect_via_is_a_decorator_for_one_sender() -> None:
    """It has the same options and the same defaults as `connect`."""
    signal = Signal[int]()

    @signal.connect_via(SHOP)
    def plain(sender: object, payload: int) -> None: ...

    @signal.connect_via(SHOP, weak=False, once=True, priority=-2, to_thread=True)
    def special(sender: object, payload: int) -> None: ...

    first, second = signal.connections
    assert first.receiver is plain
    assert first.sender is SHOP
    assert (first.weak, first.once, first.priority, first.to_thread) == (True, False, 0, False)
    assert second.receiver is special
    assert (second.weak, second.once, second.priority, second.to_thread) == (False, True, -2, True)


def test_decorators_stack() -> None:
    """One function can be connected to several signals and senders above its definition."""
    first, second = Signal[int](), Signal[int]()

    @first.connect
    @second.connect_via(SHOP)
    def receiver(sender: object, payload: int) -> int:
        return payload

    assert first.receivers == second.receivers == (receiver,)


def test_a_decorator_connects_each_function_it_is_put_above() -> None:
    """What `connect(...)` returned can be used more than once."""
    signal = Signal[int]()
    strongly = signal.connect(weak=False)
    strongly(receive)
    strongly(receive_too)

    assert signal.receivers == (receive, receive_too)


def test_none_is_a_sender_to_connect_to() -> None:
    """`None` filters on `None`; only `ANY` stands for every sender."""
    signal = Signal[int]()
    signal.connect(receive, None)

    assert signal.send(None, 1).values == ("received",)
    assert signal.send(SHOP, 1).values == ()


# -- connected_to ------------------------------------------------------------------------------


def test_connected_to_connects_for_the_block() -> None:
    """Inside the block the receiver is called, after it not any more."""
    signal = Signal[int]()
    with signal.connected_to(receive):
        assert signal.send(SHOP, 1).values == ("received",)

    assert signal.send(SHOP, 1).values == ()


def test_connected_to_takes_a_sender() -> None:
    """The connection of the block filters on it."""
    signal = Signal[int]()
    with signal.connected_to(receive, SHOP):
        assert signal.send(SHOP, 1).values == ("received",)
        assert signal.send(Shop(), 1).values == ()

    assert signal.connections == ()


def test_connected_to_connects_strongly() -> None:
    """A lambda written in the `with` statement lives as long as the block."""
    signal = Signal[int]()
    with signal.connected_to(lambda sender, payload: "lambda"):
        gc.collect()
        assert signal.send(SHOP, 1).values == ("lambda",)

    assert signal.send(SHOP, 1).values == ()


def test_connected_to_ends_when_the_block_raises() -> None:
    """The connection ends however the block is left."""
    signal = Signal[int]()
    with pytest.raises(ValueError, match="left"), signal.connected_to(receive):
        raise ValueError("left")

    assert signal.connections == ()


@pytest.mark.parametrize("sender", [ANY, SHOP], ids=["any", "shop"])
def test_connected_to_leaves_an_equal_connection_as_it_is(sender: object) -> None:
    """Neither its options nor its place change, and it stays when the block is left."""
    signal = Signal[int]()
    signal.connect(receive, sender, priority=3)
    signal.connect(receive_too)
    before = [(each.receiver, each.weak, each.priority) for each in signal.connections]
    with signal.connected_to(receive, sender):
        assert len(signal.connections) == 3
        assert signal.send(SHOP, 1).values == ("received", "received too")

    after = [(each.receiver, each.weak, each.priority) for each in signal.connections]
    assert after == before


def test_connected_to_stays_when_an_equal_connection_is_made_and_ends() -> None:
    """Connecting inside the block makes another connection; each ends by itself."""
    signal = Signal[int]()
    with signal.connected_to(receive):
        signal.connect(receive)
        assert len(list(signal.connections)) == 2

    assert signal.send(SHOP, 1).values == ("received",)
    assert signal.disconnect(receive)
    assert signal.connections == ()


def test_connected_to_nests_with_itself() -> None:
    """Two blocks are two connections, and the inner end leaves the outer one."""
    signal = Signal[int]()
    with signal.connected_to(receive):
        with signal.connected_to(receive):
            assert signal.send(SHOP, 1).values == ("received",)
        assert signal.send(SHOP, 1).values == ("received",)

    assert signal.send(SHOP, 1).values == ()


def test_blocks_may_end_in_any_order() -> None:
    """Each removes exactly its own connection."""
    signal = Signal[int]()
    one, two = signal.connected_to(receive), signal.connected_to(receive)
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert len(list(signal.connections)) == 1
    two.__exit__(None, None, None)
    assert signal.connections == ()


def test_disconnecting_inside_the_block_ends_its_connection_too() -> None:
    """`disconnect(receiver)` removes every connection, and leaving the block is no error then."""
    signal = Signal[int]()
    signal.connect(receive)
    with signal.connected_to(receive):
        assert signal.disconnect(receive)
        assert signal.send(SHOP, 1).values == ()

    assert signal.connections == ()


# -- disconnecting -----------------------------------------------------------------------------


def test_disconnect_removes_every_connection() -> None:
    """Without a sender, all of them end."""
    signal = Signal[int]()
    for sender in (ANY, SHOP, 1, None):
        signal.connect(receive, sender)
    signal.connect(receive_too, SHOP)

    assert signal.disconnect(receive) is True
    assert signal.receivers == (receive_too,)
    assert signal.disconnect(receive) is False


@pytest.mark.parametrize("ended", [ANY, SHOP, 1, None], ids=["any", "shop", "one", "none"])
def test_disconnect_for_a_sender_removes_only_that_connection(ended: object) -> None:
    """With a sender, `None` and `ANY` included, the others stay."""
    signal = Signal[int]()
    senders = [ANY, SHOP, 1, None]
    for sender in senders:
        signal.connect(receive, sender)

    assert signal.disconnect(receive, ended) is True
    assert [each.sender for each in signal.connections] == [s for s in senders if s is not ended]
    assert signal.disconnect(receive, ended) is False


def test_disconnecting_what_is_not_connected_is_false() -> None:
    """Neither a stranger, nor a wrong sender, nor something uncallable is an error (B5)."""
    signal = Signal[int]()
    signal.connect(receive, SHOP)
    stranger: Any = 7
    mapping: dict[object, object] = {}

    assert signal.disconnect(receive_too) is False
    assert signal.disconnect(receive, ANY) is False
    assert signal.disconnect(receive, Shop()) is False
    assert signal.disconnect(receive, None) is False
    assert signal.disconnect(stranger) is False
    assert signal.disconnect(mapping.setdefault) is False
    assert signal.receivers == (receive,)


def test_disconnecting_a_dead_receiver_is_false() -> None:
    """A connection that ended with its receiver's owner cannot be removed again."""
    signal, owner = Signal[int](), Shop()
    signal.connect(owner.receive)
    ref = weakref.ref(owner)
    del owner

    assert is_gone(ref)
    assert signal.disconnect(Shop().receive) is False


# -- reconnecting ------------------------------------------------------------------------------


def test_the_last_word_on_a_pair_holds_and_no_other_pair_changes() -> None:
    """Reconnecting for one sender leaves the connections to others as they are (W7)."""
    signal = Signal[int]()
    signal.connect(receive, SHOP, priority=1)
    signal.connect(receive, None, weak=False, priority=1)
    signal.connect(receive, SHOP, weak=False, once=True)

    by_sender = {each.sender: each for each in signal.connections}
    assert (by_sender[SHOP].weak, by_sender[SHOP].once) == (False, True)
    assert by_sender[SHOP].priority == 0
    assert (by_sender[None].weak, by_sender[None].once) == (False, False)
    assert by_sender[None].priority == 1


def test_a_strong_reconnect_keeps_the_receiver_alive() -> None:
    """From weak to strong: the connection now holds the owner."""
    signal, owner = Signal[int](), Shop()
    signal.connect(owner.receive)
    signal.connect(owner.receive, weak=False)
    del owner
    gc.collect()

    assert signal.send(SHOP, 1).values == ("shop",)


def test_a_weak_reconnect_lets_go_of_the_receiver() -> None:
    """From strong to weak: the connection ends with the owner again."""
    signal, owner = Signal[int](), Shop()
    ref = weakref.ref(owner)
    signal.connect(owner.receive, weak=False)
    signal.connect(owner.receive)
    del owner

    assert is_gone(ref)
    assert signal.send(SHOP, 1).values == ()


def test_a_weak_connection_beside_a_strong_one_weakens_nothing() -> None:
    """Another pair's strong connection still keeps the receiver."""
    signal, owner = Signal[int](), Shop()
    signal.connect(owner.receive, SHOP, weak=False)
    signal.connect(owner.receive)
    del owner
    gc.collect()

    assert signal.send(SHOP, 1).values == ("shop",)
    assert signal.send(Shop(), 1).values == ("shop",)


# -- kinds of receivers ------------------------------------------------------------------------


class Market:
    """An owner of every kind of method."""

    def __init__(self, name: str = "market") -> None:
        self.name = name

    def method(self, sender: object, payload: int) -> str:
        """Receive, as a method."""
        return f"method of {self.name}"

    def other_method(self, sender: object, payload: int) -> str:
        """Receive, as another method."""
        return f"other method of {self.name}"

    @classmethod
    def class_method(cls, sender: object, payload: int) -> str:
        """Receive, as a class method."""
        return f"class method of {cls.__name__}"

    @staticmethod
    def static_method(sender: object, payload: int) -> str:
        """Receive, as a static method."""
        return "static method"

    def __call__(self, sender: object, payload: int) -> str:
        """Receive, as a callable object."""
        return f"call of {self.name}"


class SpecialMarket(Market):
    """A subclass that has the class method too."""


class Slotted:
    """An owner that takes no weak reference."""

    __slots__ = ()

    def method(self, sender: object, payload: int) -> str:
        """Receive."""
        return "slotted"


class HostileOwner:
    """An owner that is not to be hashed or compared."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        raise AssertionError

    def __bool__(self) -> bool:
        raise AssertionError

    def method(self, sender: object, payload: int) -> str:
        """Receive."""
        return "hostile"

    def __call__(self, sender: object, payload: int) -> str:
        """Receive."""
        return "hostile call"


def test_two_of_everything_on_one_owner() -> None:
    """Methods and calls of two owners, and their class methods, are receivers of their own."""
    signal = Signal[int]()
    one, two = Market("one"), Market("two")
    receivers: list[Callable[[object, int], str]] = [
        one.method,
        one.other_method,
        one,
        two.method,
        two.other_method,
        two,
        Market.class_method,
        SpecialMarket.class_method,
        Market.static_method,
    ]
    for receiver in receivers * 2:
        signal.connect(receiver)
    expected = [
        "method of one",
        "other method of one",
        "call of one",
        "method of two",
        "other method of two",
        "call of two",
        "class method of Market",
        "class method of SpecialMarket",
        "static method",
    ]

    assert list(signal.send(SHOP, 1).values) == expected
    assert list(signal.receivers) == receivers

    for receiver, name in zip(list(receivers), list(expected), strict=True):
        assert signal.disconnect(receiver)
        expected.remove(name)
        assert list(signal.send(SHOP, 1).values) == expected


def test_two_signals_on_one_owner_are_two_signals() -> None:
    """A method that receives from two signals is disconnected from one alone."""
    first, second = Signal[int](), Signal[int]()
    market = Market()
    first.connect(market.method)
    second.connect(market.method)
    first.disconnect(market.method)

    assert first.receivers == ()
    assert second.receivers == (market.method,)


def test_a_bound_method_is_disconnected_by_another_access() -> None:
    """Each access makes a new method object, and all are the same receiver."""
    signal, market = Signal[int](), Market()
    signal.connect(market.method)

    assert signal.disconnect(market.method)


@needs_refcounting
def test_a_bound_method_lives_as_long_as_its_owner() -> None:
    """The method object is gone at once; the connection is not."""
    signal, market = Signal[int](), Market()
    signal.connect(market.method)
    gc.collect()
    assert signal.send(SHOP, 1).values == ("method of market",)
    del market

    assert signal.send(SHOP, 1).values == ()


def test_a_static_method_is_the_function_that_it_is() -> None:
    """By the class or by an instance, it is the same function."""
    signal = Signal[int]()
    signal.connect(Market.static_method)

    assert signal.disconnect(Market().static_method)


def test_a_class_method_is_the_same_by_class_and_by_instance() -> None:
    """Its owner is the class in both cases."""
    signal = Signal[int]()
    signal.connect(Market.class_method)

    assert signal.disconnect(Market().class_method)


@needs_c_methods
def test_an_owner_that_takes_no_weak_reference_is_connected_strongly() -> None:
    """Weakly it is refused; strongly it is called, found by another access, and freed."""
    signal, slotted = Signal[int](), Slotted()
    with pytest.raises(TypeError, match="weak=False"):
        signal.connect(slotted.method)
    signal.connect(slotted.method, weak=False)

    assert signal.send(SHOP, 1).values == ("slotted",)
    assert signal.receivers == (slotted.method,)
    assert signal.disconnect(slotted.method)
    assert signal.connections == ()


def test_c_methods_are_the_same_by_object_and_name() -> None:
    """Another access disconnects it; that of another object does not."""
    signal = Signal[Any]()
    one: dict[object, object] = {}
    two: dict[object, object] = {}
    signal.connect(one.setdefault, weak=False)
    signal.connect(one.__setitem__, weak=False)
    signal.connect(two.setdefault, weak=False)

    assert signal.send("key", "value").values == ("value", None, "value")
    assert one == two == {"key": "value"}
    assert signal.disconnect(two.setdefault)
    assert signal.disconnect(one.setdefault)
    assert not signal.disconnect(one.setdefault)
    assert len(signal.receivers) == 1


def test_owners_are_never_hashed_or_compared() -> None:
    """A hostile owner receives like any other."""
    signal, owner, other = Signal[int](), HostileOwner(), HostileOwner()
    for receiver in (owner.method, owner, other.method, other):
        signal.connect(receiver)
        signal.connect(receiver)

    assert signal.send(SHOP, 1).values == ("hostile", "hostile call") * 2
    with signal.muted(owner), signal.muted(other.method):
        assert signal.send(SHOP, 1).values == ("hostile", "hostile call")
    assert len(signal.receivers) == 4
    assert len(signal.connections) == 4
    assert signal.disconnect(owner)
    assert signal.disconnect(owner.method)
    assert signal.disconnect(other, ANY)
    assert signal.disconnect(other.method)


def test_equal_callables_are_receivers_of_their_own() -> None:
    """Receivers that equal one another are still told apart."""
    signal = Signal[int]()

    class Equal:
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

        def __call__(self, sender: object, payload: int) -> str:
            return "equal"

    one, two = Equal(), Equal()
    signal.connect(one)
    signal.connect(two)

    assert len(signal.send(SHOP, 1)) == 2
    signal.disconnect(one)
    assert signal.receivers[0] is two


def test_partials_are_receivers_of_their_own() -> None:
    """Two partials of one function are two receivers, kept apart by identity."""
    signal = Signal[int]()

    def named(name: str, sender: object, payload: int) -> str:
        return name

    one, two = partial(named, "one"), partial(named, "two")
    signal.connect(one)
    signal.connect(two)

    assert signal.send(SHOP, 1).values == ("one", "two")
    assert signal.disconnect(one)
    assert signal.send(SHOP, 1).values == ("two",)


@needs_refcounting
def test_a_receiver_added_to_an_instance_later_is_bound_to_it() -> None:
    """A function bound by hand is a bound method like others."""
    signal, market = Signal[int](), Market()

    def added(self: Market, sender: object, payload: int) -> str:
        return f"added to {self.name}"

    signal.connect(added.__get__(market))

    assert signal.send(SHOP, 1).values == ("added to market",)
    del added
    assert signal.send(SHOP, 1).values == ()
    assert signal.receivers == ()


def test_a_resurrected_owner_is_not_called_again() -> None:
    """An owner that the collector had given up stays disconnected, though it came back (W6)."""
    signal = Signal[int]()
    back: list[object] = []

    class Phoenix:
        def __init__(self) -> None:
            self.cycle = self

        def __del__(self) -> None:
            back.append(self)

        def method(self, sender: object, payload: int) -> str:
            return "phoenix"

    signal.connect(Phoenix().method)
    gc.collect()

    assert len(back) == 1
    assert signal.send(SHOP, 1).values == ()
    assert signal.receivers == ()


def test_a_signal_may_be_its_own_sender_and_receivers_may_be_shared() -> None:
    """Nothing forbids to send a signal on behalf of itself."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"), signal)

    assert signal.send(signal, 1).values == ("receiver",)
    ref = weakref.ref(signal)
    del signal
    calls.seen.clear()
    assert is_gone(ref)

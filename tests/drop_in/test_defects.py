"""The defects of blinker that the drop-in mends: each test fails on blinker and passes on Aldis.

What a defect is has to be seen, not read: should blinker mend one, its test says so by passing.
"""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# mypy: disallow_subclassing_any=False
# Which library it is shows at run time alone, so that all that comes of it is Any.

from __future__ import annotations

import gc
import inspect
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

import pytest

from tests.behaviour.recording import in_thread, in_threads, switching_as_often_as_possible
from tests.drop_in.receiving import Calls, Shop, Slotted, count_calls, receive, receive_too
from tests.interpreters import needs_gil

SHOP = Shop()
OTHER = Shop()


def mended(defect: str, raises: type[BaseException] = AssertionError) -> pytest.MarkDecorator:
    """Run a test on both libraries, and require that it fails on blinker, in this way."""
    on_blinker = pytest.mark.xfail(reason=defect, raises=raises, strict=True)
    return pytest.mark.parametrize(
        "library", [pytest.param("blinker", marks=on_blinker), "aldis"], indirect=True
    )


class InOrder(set[Any]):
    """A set that goes through its members in the order in which they came.

    It has blinker call receivers in the order of connecting, where a test depends on it.
    """

    def __init__(self, members: Any = ()) -> None:
        super().__init__(members)
        self._members = dict.fromkeys(members)

    def add(self, element: Any) -> None:
        """Add one."""
        super().add(element)
        self._members[element] = None

    def copy(self) -> InOrder:
        """Give another one with the same members."""
        return InOrder(self._members)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._members)


# -- senders -----------------------------------------------------------------------------------


@mended("0 and False are taken for ANY, whose id is 0")
@pytest.mark.parametrize("sender", [0, False])
def test_zero_and_false_are_senders_like_any_other(library: Any, sender: object) -> None:
    """A receiver that is connected to one of them hears of that one alone."""
    signal = library.Signal()
    signal.connect(receive, sender)

    assert signal.send(sender) == [(receive, "received")]
    assert signal.send("another") == []
    assert not signal.has_receivers_for("another")


@mended("0 and False are taken for ANY, whose id is 0")
@pytest.mark.parametrize("sender", [0, False])
def test_disconnecting_from_zero_or_false_leaves_the_other_senders(
    library: Any, sender: object
) -> None:
    """It does not disconnect the receiver altogether."""
    signal = library.Signal()
    signal.connect(receive, sender)
    signal.connect(receive, SHOP)
    signal.disconnect(receive, sender)

    assert signal.send(SHOP) == [(receive, "received")]
    assert signal.send(sender) == []


@needs_gil
@mended("the id of a dead sender is kept, and whoever gets it next is taken for that sender")
@pytest.mark.parametrize("make", [Slotted, lambda: (object(),)], ids=["slots", "tuple"])
def test_a_reused_id_is_not_taken_for_the_sender(library: Any, make: Callable[[], object]) -> None:
    """A sender that takes no weak reference leaves no id behind for another to get."""
    signal, calls = library.Signal(), Calls()
    receiver = calls.receiver("for the first senders")
    for sender in [make() for _ in range(100)]:  # of which all but the last are gone afterwards
        signal.connect(receiver, sender)
    for other in [make() for _ in range(1000)]:
        signal.send(other)

    assert calls.names == []


@mended("an int is taken for the object with that id")
def test_an_int_is_not_taken_for_the_object_with_that_id(library: Any) -> None:
    """A number matches numbers only."""
    signal = library.Signal()
    signal.connect(receive, id(SHOP))

    assert signal.send(id(SHOP)) == [(receive, "received")]
    assert signal.send(SHOP) == []


# -- connections -------------------------------------------------------------------------------


@mended("leaving connected_to disconnects the receiver altogether")
def test_connected_to_leaves_older_connections_alone(library: Any) -> None:
    """It ends what it began, also where that is an equal connection."""
    signal = library.Signal()
    signal.connect(receive, "older")
    signal.connect(receive_too)
    with signal.connected_to(receive, "newer"), signal.connected_to(receive_too):
        pass

    assert [value for _, value in signal.send("older")] == ["received", "received too"]
    assert signal.send("newer") == [(receive_too, "received too")]


@mended("a later weak connect weakens a strong connection")
@pytest.mark.parametrize("sender", ["first", "second"], ids=["same-sender", "other-sender"])
def test_a_weak_connect_does_not_weaken_a_strong_connection(library: Any, sender: str) -> None:
    """What was once connected strongly stays, also when the same pair is connected again."""
    signal, shop = library.Signal(), Shop()
    signal.connect(shop.receive, "first", weak=False)
    signal.connect(shop.receive, sender, weak=True)
    del shop

    assert [value for _, value in signal.send("first")] == ["shop"]


@mended("a disconnect from one sender leaves its empty set behind")
def test_has_receivers_for_is_exact_after_a_disconnect_from_one_sender(library: Any) -> None:
    """There is nobody left to call."""
    signal = library.Signal()
    signal.connect(receive, SHOP)
    signal.connect(receive_too, OTHER)
    signal.disconnect(receive, SHOP)

    assert not signal.has_receivers_for(SHOP)
    assert signal.has_receivers_for(OTHER)


@mended("a disconnect from one sender never takes the receiver out of receivers")
def test_receivers_is_falsy_after_a_disconnect_from_the_only_sender(library: Any) -> None:
    """`if signal.receivers:` asks whether anybody is connected."""
    signal = library.Signal()
    signal.connect(receive, SHOP)
    signal.disconnect(receive, SHOP)

    assert not signal.receivers


@mended("a disconnect from one sender keeps a strong receiver for ever")
def test_a_disconnect_from_the_only_sender_frees_a_strong_receiver(library: Any) -> None:
    """Nothing keeps it that does not call it."""
    signal, shop = library.Signal(), Shop()
    ref = weakref.ref(shop)
    signal.connect(shop.receive, SHOP, weak=False)
    signal.disconnect(shop.receive, SHOP)
    del shop
    gc.collect()

    assert ref() is None


# -- muting ------------------------------------------------------------------------------------


@mended("the end of an inner muted() ends the outer one as well")
def test_muted_nests(library: Any) -> None:
    """The signal is silent until the last block ends."""
    signal = library.Signal()
    signal.connect(receive)
    with signal.muted():
        with signal.muted():
            pass
        assert signal.is_muted
        assert signal.send() == []

    assert not signal.is_muted
    assert signal.send() == [(receive, "received")]


# -- sending -----------------------------------------------------------------------------------


@mended("receivers are kept in sets of ids, which have no order")
def test_receivers_are_called_in_the_order_of_connecting(library: Any) -> None:
    """Be it the one in which they were made or the opposite: one set cannot have both."""
    calls = Calls()
    receivers = [calls.receiver(str(number)) for number in range(100)]
    onwards, backwards = library.Signal(), library.Signal()
    for receiver in receivers:
        onwards.connect(receiver)
    for receiver in reversed(receivers):
        backwards.connect(receiver)

    assert [receiver for receiver, _ in onwards.send()] == receivers
    assert [receiver for receiver, _ in backwards.send()] == receivers[::-1]


@mended("receivers for ANY and for a sender are kept in two sets, and the union has no order")
def test_receivers_for_any_and_for_one_sender_are_called_in_one_order(library: Any) -> None:
    """That of connecting, whatever each of them is connected to."""
    signal, calls = library.Signal(), Calls()
    receivers = [calls.receiver(str(number)) for number in range(100)]
    for number, receiver in enumerate(reversed(receivers)):
        signal.connect(receiver, library.ANY if number % 2 else SHOP)

    assert [receiver for receiver, _ in signal.send(SHOP)] == receivers[::-1]


@mended("send finds an async receiver when the sync ones before it have run")
def test_send_refuses_a_mixed_signal_before_anybody_is_called(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is half done."""
    monkeypatch.setattr(library.Signal, "set_class", InOrder)
    signal, calls = library.Signal(), Calls()
    signal.connect(calls.receiver("first"))
    signal.connect(calls.async_receiver("second"))
    with pytest.raises(RuntimeError):
        signal.send()

    assert calls.names == []


@pytest.mark.anyio
@mended("send_async fails at a sync receiver when the ones before it have run", RuntimeError)
async def test_send_async_calls_sync_receivers_too(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mixed signal needs no wrapper, and is not left half sent."""
    monkeypatch.setattr(library.Signal, "set_class", InOrder)
    signal, calls = library.Signal(), Calls()
    signal.connect(calls.async_receiver("first"))
    signal.connect(calls.receiver("second"))

    assert [value for _, value in await signal.send_async()] == ["first", "second"]
    assert calls.names == ["first", "second"]


class Async:
    """An object with an async `__call__`."""

    async def __call__(self, sender: object, /, **payload: object) -> str:
        """Receive."""
        return "received"


@mended("an object with an async __call__ is taken for sync", pytest.fail.Exception)
def test_send_refuses_an_object_with_an_async_call(library: Any) -> None:
    """It gives a coroutine, which nobody would await."""
    signal, receiver = library.Signal(), Async()
    signal.connect(receiver)
    coroutines: list[Any] = []
    try:
        with pytest.raises(RuntimeError):
            coroutines += [coroutine for _, coroutine in signal.send()]
    finally:
        for coroutine in coroutines:
            coroutine.close()


@pytest.mark.anyio
@mended("an object with an async __call__ is taken for sync", RuntimeError)
async def test_send_async_awaits_an_object_with_an_async_call(library: Any) -> None:
    """It is as async as a coroutine function."""
    signal, receiver = library.Signal(), Async()
    signal.connect(receiver)

    assert await signal.send_async() == [(receiver, "received")]


@mended("an object with an async __call__ is taken for sync")
def test_async_wrapper_gets_an_object_with_an_async_call(library: Any) -> None:
    """It is the one who can run it."""
    signal, receiver = library.Signal(), Async()
    signal.connect(receiver)
    ((_, value),) = signal.send(_async_wrapper=lambda receiver: lambda sender: "wrapped")
    if inspect.iscoroutine(value):
        value.close()

    assert value == "wrapped"


# -- meta-signals ------------------------------------------------------------------------------


@mended("a meta-signal passes `sender` twice to whom calls its first parameter so", TypeError)
def test_who_is_told_of_changes_may_call_its_first_parameter_sender(library: Any) -> None:
    """It gets the signal there."""
    signal = library.Signal()
    told: list[object] = []

    def on_connected(sender: object, receiver: object, weak: object) -> None:
        told.append((sender, receiver, weak))

    def on_disconnected(sender: object, **payload: object) -> None:
        told.append((sender, payload))

    signal.receiver_disconnected.connect(on_disconnected)
    signal.disconnect(receive, SHOP)
    signal.receiver_connected.connect(on_connected)
    signal.connect(receive, SHOP)

    assert told == [(signal, {"receiver": receive}), (signal, receive, True)]


@mended("a TypeError of who is told of a connection undoes it, other errors do not")
def test_a_connection_stands_when_who_is_told_of_it_raises_a_type_error(library: Any) -> None:
    """The exception propagates, and the change has been made."""
    signal = library.Signal()

    def on_connected(signal: object, **payload: object) -> None:
        raise TypeError

    signal.receiver_connected.connect(on_connected)
    with pytest.raises(TypeError):
        signal.connect(receive)

    assert signal.send() == [(receive, "received")]


# -- threads -----------------------------------------------------------------------------------


@mended("the tables change while another thread goes through them")
def test_threads_connect_send_and_disconnect_at_the_same_time(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is raised, neither where it was asked for nor in a weakref callback."""
    signal = library.Signal()
    faults: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", faults.append)
    monkeypatch.setattr(threading, "excepthook", faults.append)
    senders = [Shop() for _ in range(2000)]
    for sender in senders:
        signal.connect(receive, sender)
    start = threading.Barrier(4)

    def work() -> None:
        calls = Calls()
        receiver = calls.receiver("called")
        start.wait()
        for _ in range(3000):
            if faults:
                return  # one is enough
            sender = Shop()  # whose death ends a connection, when the next one comes
            signal.connect(receiver, sender)
            if [value for _, value in signal.send(sender)] != ["called"]:
                faults.append("not called")
            signal.disconnect(receiver)
            signal.connect(receive_too, sender)

    def careful_work() -> None:
        try:
            work()
        except Exception as error:
            faults.append(error)

    with switching_as_often_as_possible():
        in_threads(*[careful_work] * 4)

    assert faults == []


@mended("two threads that ask for a new name at the same time get two signals")
def test_threads_get_one_signal_for_one_name(library: Any) -> None:
    """Here one asks while the other has just seen that the name is new."""

    class Namespace(library.Namespace):
        def __contains__(self, name: object) -> bool:
            found: bool = super().__contains__(name)
            if overtaking:
                overtaking.pop()
                signals.append(in_thread(lambda: self.signal("placed")))
            return found

    overtaking = [True]
    signals: list[object] = []
    namespace: Any = Namespace()
    signals.append(namespace.signal("placed"))

    assert signals == [namespace["placed"]] * 2


# -- growth ------------------------------------------------------------------------------------


def count_reachable(root: object) -> int:
    """Count the objects that are kept by this one, code aside."""
    seen: set[int] = set()
    found: list[object] = [root]
    while found:
        each = found.pop()
        if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType):
            seen.add(id(each))
            found += gc.get_referents(each)
    return len(seen)


@mended("each sender leaves an entry behind, for as long as the signal lives")
def test_bookkeeping_does_not_grow(library: Any) -> None:
    """After 20,000 senders it is not much more than after none."""
    signal = library.Signal()
    signal.connect(receive)
    before = count_reachable(signal)
    for number in range(20_000):
        signal.connect(receive_too, f"sender {number}")
        signal.send(f"sender {number}")
        signal.disconnect(receive_too, f"sender {number}")

    assert len(signal._by_sender) <= 100
    assert count_reachable(signal) - before <= 1000


@mended("a disconnect goes through the sets of all senders")
def test_a_disconnect_costs_the_same_among_many_senders(library: Any) -> None:
    """It does not look at those that the receiver is not connected to."""

    def calls_among(senders: int) -> int:
        signal = library.Signal()
        for number in range(senders):
            signal.connect(receive, f"sender {number}")
        signal.connect(receive_too, SHOP)
        return count_calls(lambda: signal.disconnect(receive_too))

    assert calls_among(1000) == calls_among(10)

"""Rule 10: a `once` connection is claimed just before its call: one call among all."""

from __future__ import annotations

import gc
import threading
import weakref
from functools import partial
from typing import Any

import anyio
import pytest

from aldis import AsyncReceiverError, Connection, KeywordSignal, Signal
from tests.behaviour.recording import (
    LIMIT,
    Calls,
    Intrusion,
    Shop,
    Way,
    in_each_async_way,
    in_each_serial_way,
    in_each_way,
    in_threads,
    switching_as_often_as_possible,
)
from tests.interpreters import needs_refcounting

SHOP = Shop()


async def receive_async(sender: object, payload: int) -> None:
    """Receive, so that no sync sending can."""


@pytest.mark.anyio
@in_each_way
async def test_a_once_receiver_is_called_once(way: Way) -> None:
    """The first sending calls it, and no other does."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("once"), once=True)
    signal.connect(calls.receiver("always"))

    assert await way(signal, SHOP, 1) == ("once", "always")
    assert await way(signal, SHOP, 1) == ("always",)
    assert len(signal.receivers) == 1


@pytest.mark.anyio
@in_each_async_way
async def test_an_async_once_receiver_is_called_once(way: Way) -> None:
    """The rule holds for async receivers."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("once"), once=True)

    assert await way(signal, SHOP, 1) == ("once",)
    assert await way(signal, SHOP, 1) == ()


def test_one_call_among_threads() -> None:
    """Of four threads that send at the same moment, one makes the call, in each of many rounds."""
    rounds = 300
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("once")
    ready, done = threading.Barrier(4), threading.Barrier(4)
    results: list[list[int]] = [[], [], [], []]

    def send(number: int) -> None:
        for _ in range(rounds):
            if number == 0:
                signal.connect(receiver, once=True)
            ready.wait(LIMIT)
            results[number].append(len(signal.send(SHOP, 1)))
            done.wait(LIMIT)

    with switching_as_often_as_possible():
        in_threads(*(partial(send, number) for number in range(4)))

    assert [sum(each) for each in zip(*results, strict=True)] == [1] * rounds
    assert len(calls.names) == rounds
    assert signal.receivers == ()


def test_one_call_whenever_another_sending_comes_in() -> None:
    """At whichever bytecode of one sending another begins, there is one call in all."""
    step = 0
    while True:
        signal, calls = Signal[int](), Calls()
        signal.connect(calls.receiver("once"), once=True)
        intrusion = Intrusion(partial(signal.send, SHOP, 1), step, each="opcode")
        intrusion.run(partial(signal.send, SHOP, 2))
        if not intrusion.done():
            break
        assert calls.names == ["once"], step
        assert signal.receivers == (), step
        step += 1

    assert step > 50


@pytest.mark.anyio
@in_each_async_way
async def test_one_call_among_tasks(way: Way) -> None:
    """Of several tasks that send while the call is under way, one makes it."""
    signal, calls = Signal[int](), Calls()
    resume = anyio.Event()
    signal.connect(calls.async_receiver("once", resume.wait), once=True)
    results: list[Any] = []

    async def send() -> None:
        results.append(await way(signal, SHOP, 1))

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(send)
        await anyio.wait_all_tasks_blocked()
        resume.set()

    assert sorted(results) == [(), (), (), (), ("once",)]


@pytest.mark.anyio
@in_each_serial_way
async def test_one_call_among_nested_sendings(way: Way) -> None:
    """A sending from inside the call does not call again; it is claimed already."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("once", lambda: signal.send_robust(SHOP, 2)), once=True)

    assert await way(signal, SHOP, 1) == ("once",)
    assert calls.names == ["once"]


def test_an_inner_sending_may_make_the_call_of_an_outer_one() -> None:
    """When an earlier receiver sends, the inner sending makes the call, and the outer none."""
    signal, calls = Signal[int](), Calls()

    def send_again(sender: object, payload: int) -> Any:
        return signal.send(SHOP, 2).values if payload == 1 else None

    signal.connect(send_again)
    signal.connect(calls.receiver("once"), once=True)

    assert signal.send(SHOP, 1).values == ((None, "once"),)
    assert calls.names == ["once"]


@pytest.mark.anyio
@in_each_way
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
async def test_a_call_that_raises_is_the_one_call(way: Way, error: type[BaseException]) -> None:
    """It is used up whatever it raises."""
    signal, calls = Signal[int](), Calls()

    def fail() -> None:
        raise error

    signal.connect(calls.receiver("once", fail), once=True)
    with pytest.raises((error, BaseExceptionGroup)):
        await way(signal, SHOP, 1)

    assert signal.receivers == ()
    assert await way(signal, SHOP, 1) == ()
    assert calls.names == ["once"]


@pytest.mark.anyio
@in_each_async_way
async def test_a_call_that_is_cancelled_is_the_one_call(way: Way) -> None:
    """A cancelled call had begun, so it is used up."""
    signal, calls = Signal[int](), Calls()
    with anyio.CancelScope() as scope:

        async def cancel() -> None:
            scope.cancel()
            await anyio.sleep_forever()

        signal.connect(calls.async_receiver("once", cancel), once=True)
        await way(signal, SHOP, 1)

    assert scope.cancelled_caught
    assert signal.receivers == ()


# -- not used up -------------------------------------------------------------------------------


def test_a_refused_sending_does_not_use_it_up() -> None:
    """A sync sending that meets an async receiver has called nobody."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("once"), once=True)
    signal.connect(receive_async)
    for send in (signal.send, signal.send_robust):
        with pytest.raises(AsyncReceiverError):
            send(SHOP, 1)
    signal.disconnect(receive_async)

    assert signal.send(SHOP, 1).values == ("once",)


def test_an_async_once_receiver_is_not_used_up_by_its_own_refusal() -> None:
    """The receiver that refuses the sync sending has its call later."""
    signal = Signal[int]()
    signal.connect(receive_async, once=True)
    with pytest.raises(AsyncReceiverError):
        signal.send(SHOP, 1)

    assert list(signal.receivers) == [receive_async]
    assert len(anyio.run(signal.send_async, SHOP, 1)) == 1
    assert signal.receivers == ()


@pytest.mark.anyio
async def test_a_wrong_concurrency_does_not_use_it_up() -> None:
    """A sending that is refused for its arguments has called nobody."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("once"), once=True)
    for send in (signal.send_async, signal.send_robust_async):
        with pytest.raises(ValueError, match="concurrency"):
            await send(SHOP, 1, concurrency=0)

    assert signal.send(SHOP, 1).values == ("once",)


@pytest.mark.anyio
@in_each_way
async def test_a_muted_sending_does_not_use_it_up(way: Way) -> None:
    """Neither a muted signal nor a muted receiver makes the call."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("once")
    signal.connect(receiver, once=True)
    with signal.muted():
        assert await way(signal, SHOP, 1) == ()
    with signal.muted(receiver):
        assert await way(signal, SHOP, 1) == ()

    assert await way(signal, SHOP, 1) == ("once",)


@pytest.mark.anyio
@in_each_serial_way
async def test_a_sending_that_fails_before_its_turn_does_not_use_it_up(way: Way) -> None:
    """A claim is made just before the call, not at the beginning of the sending."""
    signal, calls = Signal[int](), Calls()

    def interrupt() -> None:
        raise KeyboardInterrupt

    first = calls.receiver("first", interrupt)
    signal.connect(first)
    signal.connect(calls.receiver("once"), once=True)
    with pytest.raises(KeyboardInterrupt):
        await way(signal, SHOP, 1)
    signal.disconnect(first)

    assert await way(signal, SHOP, 1) == ("once",)


@pytest.mark.anyio
async def test_a_sending_cancelled_before_its_turn_does_not_use_it_up() -> None:
    """A receiver that a cancelled sending never reached has its call later."""
    signal, calls, scope = Signal[int](), Calls(), anyio.CancelScope()

    async def cancel() -> None:
        scope.cancel()
        await anyio.sleep_forever()

    first = calls.async_receiver("first", cancel)
    signal.connect(first)
    signal.connect(calls.receiver("once"), once=True)
    with scope:
        await signal.send_async(SHOP, 1)
    signal.disconnect(first)

    assert signal.send(SHOP, 1).values == ("once",)


def test_a_sending_for_another_sender_does_not_use_it_up() -> None:
    """What does not match is not called, and so not used."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("once"), SHOP, once=True)

    assert signal.send(Shop(), 1).values == ()
    assert signal.send(SHOP, 1).values == ("once",)


# -- what is left ------------------------------------------------------------------------------


def test_it_is_gone_from_the_moment_of_its_call() -> None:
    """Queries from inside the call do not show it any more."""
    signal, calls = Signal[int](), Calls()
    seen: list[object] = []
    receiver = calls.receiver(
        "once", lambda: seen.extend((signal.receivers, signal.has_receivers_for(SHOP)))
    )
    signal.connect(receiver, once=True)
    signal.send(SHOP, 1)

    assert seen == [(), False]
    assert signal.connections == ()
    assert not signal.disconnect(receiver)


def test_it_can_be_connected_anew_from_inside_its_call() -> None:
    """A reconnect gives it another call, in the next sending."""
    signal, calls = Signal[int](), Calls()

    def again(sender: object, payload: int) -> str:
        signal.connect(again, once=True)
        return calls.note("again", sender, payload)

    signal.connect(again, once=True)
    for _ in range(3):
        assert signal.send(SHOP, 1).values == ("again",)
    assert len(signal.connections) == 1


def test_a_reconnect_without_once_makes_it_last() -> None:
    """The last word on the pair is that it lasts."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver, once=True)
    signal.connect(receiver)

    for _ in range(2):
        assert signal.send(SHOP, 1).values == ("receiver",)


def test_each_connection_has_its_one_call() -> None:
    """Connected once for each of two senders, it is called once for each."""
    signal, calls = Signal[int](), Calls()
    other, receiver = Shop(), calls.receiver("once")
    signal.connect(receiver, SHOP, once=True)
    signal.connect(receiver, other, once=True)

    assert signal.send(SHOP, 1).values == ("once",)
    assert signal.send(SHOP, 1).values == ()
    assert signal.send(other, 1).values == ("once",)
    assert signal.connections == ()


@needs_refcounting
def test_a_strong_once_receiver_is_freed_after_its_call() -> None:
    """When nothing else keeps it, it goes with its connection."""
    signal, owner = Signal[int](), Shop()
    ref = weakref.ref(owner)
    signal.connect(owner.receive, weak=False, once=True)
    del owner
    gc.collect()
    assert ref() is not None

    signal.send(SHOP, 1)

    assert ref() is None


def test_the_other_forms_of_connecting_know_it() -> None:
    """`connect_via`, the decorator with options and bound signals take `once` too."""
    signal, calls = Signal[int](), Calls()
    first, second, third = (calls.receiver(name) for name in ("first", "second", "third"))
    signal.connect_via(SHOP, once=True)(first)
    signal.connect(once=True)(second)
    signal.bind(SHOP).connect(third, once=True)

    assert signal.send(SHOP, 1).values == ("first", "second", "third")
    assert signal.send(SHOP, 1).values == ()


def test_keyword_signals_know_it() -> None:
    """Signals whose payload is passed by keyword call it once as well."""

    @KeywordSignal
    def placed(sender: object, /, *, total: int) -> None:
        """An order was accepted."""

    def receiver(sender: object, *, total: int) -> int:
        return total

    placed.connect(receiver, once=True)

    assert placed.send(SHOP, total=1).values == (1,)
    assert placed.send(SHOP, total=1).values == ()


# -- what is told ------------------------------------------------------------------------------


@pytest.mark.anyio
@in_each_way
async def test_its_end_is_told(way: Way) -> None:
    """`receiver_disconnected` is sent for a used-up connection, with what it was."""
    signal, calls = Signal[int](), Calls()
    told: list[tuple[object, Connection]] = []

    def tell(sender: object, connection: Connection) -> None:
        told.append((sender, connection))

    signal.receiver_disconnected.connect(tell)
    receiver = calls.receiver("once")
    signal.connect(receiver, SHOP, once=True, priority=2)
    await way(signal, SHOP, 1)

    ((sender, connection),) = told
    assert sender is signal
    assert connection.receiver is receiver
    assert connection.sender is SHOP
    assert connection.once
    assert connection.priority == 2

    await way(signal, SHOP, 1)
    assert len(told) == 1


@pytest.mark.anyio
@in_each_way
async def test_its_end_is_told_when_it_raises(way: Way) -> None:
    """The connection has ended, so that is told, and the error comes through."""
    signal, calls = Signal[int](), Calls()
    told: list[Connection] = []

    def tell(sender: object, connection: Connection) -> None:
        told.append(connection)

    def fail() -> None:
        raise ValueError

    signal.receiver_disconnected.connect(tell)
    signal.connect(calls.receiver("once", fail), once=True)
    with pytest.raises((ValueError, ExceptionGroup)):
        await way(signal, SHOP, 1)

    assert len(told) == 1


def test_its_end_is_told_once_among_threads() -> None:
    """However many threads send, one of them tells."""
    signal, calls = Signal[int](), Calls()
    told: list[Connection] = []

    def tell(sender: object, connection: Connection) -> None:
        told.append(connection)

    signal.receiver_disconnected.connect(tell)
    receiver = calls.receiver("once")
    ready, done = threading.Barrier(4), threading.Barrier(4)

    def send(connects: bool) -> None:
        for _ in range(100):
            if connects:
                signal.connect(receiver, once=True)
            ready.wait(LIMIT)
            signal.send(SHOP, 1)
            done.wait(LIMIT)

    with switching_as_often_as_possible():
        in_threads(lambda: send(connects=True), *[lambda: send(connects=False)] * 3)

    assert len(told) == 100

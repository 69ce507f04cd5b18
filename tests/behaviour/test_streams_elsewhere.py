"""Waiting for room elsewhere: in other event loops, in dispatchers, and when the reader goes."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPrivateUsage=false
# Who waits is seen by nobody outside.

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from aldis import DeliveryCancelledError, Dispatcher, Signal, Statistics
from aldis._room import _Waiter
from aldis.exceptions import StreamFullError, StreamUseError
from tests.behaviour.recording import LIMIT, Calls, Shop, Work
from tests.behaviour.test_dispatcher import Backend, Reports, forget, run_elsewhere, soon, turns
from tests.behaviour.test_streams import enter, leave, read_all
from tests.behaviour.test_streams_waiting import WAIT, room_of, sending
from tests.interpreters import needs_refcounting

pytestmark = pytest.mark.anyio

SHOP = Shop()
LOOPS: list[Backend] = [("asyncio", {}), ("trio", {})]
in_each_loop = pytest.mark.parametrize("other", LOOPS, ids=["asyncio", "trio"])


async def until(holds: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    while not holds():  # noqa: ASYNC110
        await anyio.sleep(0.001)


# -- other event loops -------------------------------------------------------------------------


@in_each_loop
@soon
async def test_a_sender_in_another_loop_waits_for_room(other: Backend) -> None:
    """In its own loop, which goes on meanwhile; each event that is read wakes it."""
    signal, sent, others = Signal[int](), list[int](), 0
    async with signal.stream(buffer=2, overflow=WAIT) as events:

        async def count() -> None:
            nonlocal others
            while True:
                others += 1
                await anyio.lowlevel.checkpoint()

        async def send() -> None:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(count)
                for number in range(50):
                    await signal.send_async(SHOP, number)
                    sent.append(number)
                tasks.cancel_scope.cancel()

        work = Work(partial(anyio.run, send, backend=other[0]))
        await until(lambda: sent == [0, 1] and others > 10)
        for number in range(50):
            assert (await anext(events)).payload == number
        await anyio.to_thread.run_sync(work.finish)
    assert sent == list(range(50))


@soon
async def test_senders_in_several_loops_and_threads() -> None:
    """All of it arrives once, and each one's in its order; sync senders are refused or heard."""
    signal, found, refused = Signal[tuple[int, int]](), list[tuple[int, int]](), 0
    async with signal.stream(buffer=3, overflow=WAIT) as events:

        async def send(which: int) -> None:
            for number in range(100):
                await signal.send_async(SHOP, (which, number))

        def send_plainly() -> None:
            nonlocal refused
            for number in range(100):
                try:
                    signal.send(SHOP, (9, number))
                except StreamFullError:
                    refused += 1

        def send_in_loop(which: int) -> None:
            anyio.run(send, which, backend=LOOPS[which % 2][0])

        works = [Work(partial(send_in_loop, which)) for which in range(4)]
        works.append(Work(send_plainly))

        async def read() -> None:
            async for event in events:
                found.append(event.payload)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            for work in works:
                await anyio.to_thread.run_sync(work.finish)
            await turns()
            leave(events)

    assert len(found) == 500 - refused
    for which in (0, 1, 2, 3, 9):
        own = [number for each, number in found if each == which]
        assert own == (list(range(100)) if which < 9 else sorted(own))


@in_each_loop
@soon
async def test_a_waiter_that_is_cancelled_in_another_loop_keeps_no_place(other: Backend) -> None:
    """At the very moment in which places are made for it; nobody starves, nothing is lost."""
    signal, sent, found = Signal[int](), list[int](), list[int]()
    async with signal.stream(buffer=2, overflow=WAIT) as events:

        async def send() -> None:
            for number in range(200):
                with anyio.move_on_after(0.0001 * (number % 7)):
                    await signal.send_async(SHOP, number)
                    sent.append(number)

        async def read() -> None:
            async for event in events:
                found.append(event.payload)
                await anyio.sleep(0.0001)

        works = [Work(partial(anyio.run, send, backend=other[0])) for _ in range(2)]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            for work in works:
                await anyio.to_thread.run_sync(work.finish)
            await turns()
            tasks.cancel_scope.cancel()
        found += await read_all(events)
        # A sending that was cancelled behind its entry is in the stream, and not in `sent`.
        assert len(found) >= len(sent) > 0
        assert room_of(signal) == 2


@needs_refcounting
def test_a_sender_whose_loop_is_gone_gives_its_place_back() -> None:
    """A task that was waiting for room, or about to go on, when its loop was closed."""
    for served in (False, True):
        signal = Signal[int]()

        async def send(signal: Signal[int] = signal) -> None:
            await signal.send_async(SHOP, 1)

        reading = asyncio.new_event_loop()
        events = signal.stream(buffer=1, overflow=WAIT)
        reading.run_until_complete(events.__aenter__())
        signal.send(SHOP, 0)
        sending_loop = asyncio.new_event_loop()
        sending_loop.set_exception_handler(forget)
        task = sending_loop.create_task(send())
        sending_loop.run_until_complete(asyncio.sleep(0))
        if served:
            assert reading.run_until_complete(events.__anext__()).payload == 0
        sending_loop.close()
        del task
        gc.collect()
        assert room_of(signal) == served
        leave(events)
        reading.close()


@in_each_loop
@soon
async def test_a_stream_is_read_in_the_loop_of_its_block(other: Backend) -> None:
    """Another loop is told so, and takes nothing away; it may leave the block."""
    signal = Signal[int]()
    events = signal.stream()
    enter(events)
    signal.send(SHOP, 1)

    async def read() -> None:
        with pytest.raises(StreamUseError, match="another one; open one stream in each"):
            await anext(events)

    run_elsewhere(other, read)
    assert await read_all(events) == [1]

    async def end() -> None:
        leave(events)

    run_elsewhere(other, end)
    assert await read_all(events) == []


# -- dispatchers -------------------------------------------------------------------------------


@soon
async def test_a_dispatcher_waits_for_room() -> None:
    """Posting does not; one worker waits, the others deliver, and nothing is lost."""
    signal, other, calls = Signal[int](), Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    other.connect(calls.receiver("other"))
    async with (
        signal.stream(buffer=1, overflow=WAIT) as events,
        Dispatcher(concurrency=2) as dispatcher,
    ):
        for number in range(2):
            dispatcher.post(signal.event(SHOP, number))
        dispatcher.post(other.event(SHOP, 2))
        await turns()
        assert calls.names == ["receiver", "other"]
        assert dispatcher.statistics() == Statistics(0, 1, 2, 0, 0)
        for number in range(2, 6):
            dispatcher.post(signal.event(SHOP, number))
        assert [(await anext(events)).payload for _ in range(6)] == list(range(6))
        await dispatcher.drain()
        assert dispatcher.statistics() == Statistics(0, 0, 7, 0, 0)


@soon
async def test_back_pressure_reaches_those_who_submit() -> None:
    """From the stream to the workers, from there to `submit`; sends queue up behind them."""
    signal, submitted = Signal[int](), list[int]()
    async with (
        signal.stream(buffer=1, overflow=WAIT) as events,
        Dispatcher(concurrency=1, max_pending=1) as dispatcher,
        anyio.create_task_group() as tasks,
    ):

        async def submit() -> None:
            for number in range(10):
                await dispatcher.submit(signal.event(SHOP, number))
                submitted.append(number)

        tasks.start_soon(submit)
        await turns()
        assert submitted == [0, 1, 2]
        assert [(await anext(events)).payload for _ in range(10)] == list(range(10))


@soon
async def test_a_delivery_that_waits_for_room_can_be_cancelled() -> None:
    """No receiver is called, nobody is in the stream, and the next one has the place."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    async with (
        signal.stream(buffer=1, overflow=WAIT) as events,
        Dispatcher(concurrency=2) as dispatcher,
    ):
        deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in range(4)]
        await turns()
        deliveries[1].cancel()
        with pytest.raises(DeliveryCancelledError):
            await deliveries[1]
        assert [(await anext(events)).payload for _ in range(3)] == [0, 2, 3]
        await dispatcher.drain()
        assert dispatcher.statistics() == Statistics(0, 0, 3, 0, 1)
        assert room_of(signal) == 1
    assert [payload for _, payload in calls.seen[:3]] == [0, 2, 3]


@soon
async def test_a_grace_ends_for_those_who_wait_for_room() -> None:
    """They are reported as cut off, and hold no place."""
    signal, reports = Signal[int](), Reports()
    async with signal.stream(buffer=1, overflow=WAIT) as events:
        async with Dispatcher(concurrency=2, grace=0, on_error=reports) as dispatcher:
            for number in range(5):
                dispatcher.post(signal.event(SHOP, number))
            await turns()
        assert reports.payloads == [1, 2, 3, 4]
        assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 4)
        assert await read_all(events) == [0]
        assert room_of(signal) == 1


# -- when the reader goes ----------------------------------------------------------------------


@needs_refcounting
@pytest.mark.parametrize("end", ["left", "lost", "lost in a thread", "cancelled"])
@soon
async def test_those_who_wait_go_on_when_the_reader_goes(end: str) -> None:
    """Tasks, other loops and dispatchers; their receivers are called, and other streams have it."""
    signal, calls, before = Signal[int](), Calls(), waiters()
    signal.connect(calls.receiver("receiver"))
    async with (
        signal.stream(buffer=20, overflow=WAIT) as others,
        Dispatcher() as dispatcher,
        anyio.create_task_group() as tasks,
    ):
        streams = [signal.stream(buffer=1, overflow=WAIT)]
        reading = anyio.CancelScope()

        async def read() -> None:
            with reading:
                async with streams.pop():
                    await anyio.sleep_forever()

        if end == "cancelled":
            tasks.start_soon(read)
            await turns()
        else:
            enter(streams[0])
        signal.send(SHOP, 0)

        async def send(number: int) -> None:
            await signal.send_async(SHOP, number)

        tasks.start_soon(send, 1)
        await turns()
        delivery = dispatcher.post(signal.event(SHOP, 2))
        work = Work(lambda: anyio.run(send, 3))
        await until(lambda: len(waiters(*before)) == 3)
        assert calls.names == ["receiver"]
        if end == "left":
            leave(streams[0])
        elif end == "lost":
            streams.clear()
        elif end == "lost in a thread":
            thread = threading.Thread(target=streams.clear)
            thread.start()
            thread.join(LIMIT)
        else:
            reading.cancel()
        assert (await delivery).values == ("receiver",)
        await anyio.to_thread.run_sync(work.finish)
        await until(lambda: len(calls.names) == 4)
        assert sorted(await read_all(others)) == [0, 1, 2, 3]


def waiters(*others: Any) -> list[Any]:
    """Give those who wait for room, without some that the collector has yet to find."""
    known = set(map(id, others))
    return [each for each in gc.get_objects() if type(each) is _Waiter and id(each) not in known]


@needs_refcounting
@soon
async def test_those_who_wait_are_let_go_with_the_reader() -> None:
    """Nothing of a stream holds on to an event, without the collector, once it was left."""
    signal, before = Signal[Any](), waiters()
    async with sending(signal) as senders, signal.stream(buffer=1, overflow=WAIT) as events:
        await senders.join("a", "b", "c")
        leave(events)
        await turns()
        assert sorted(senders.done) == ["a", "b", "c"]
        assert waiters(*before) == []

"""Whoever sends, wherever, however many: each stream has the event, and no sender waits."""

from __future__ import annotations

import gc
import signal as os_signal
import sys
import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import pytest
from anyio.lowlevel import checkpoint

from aldis import Signal, Stream
from tests.behaviour.recording import Calls, Shop, Way, in_each_async_way, in_thread, in_threads
from tests.behaviour.test_dispatcher import Backend, run_elsewhere, soon, turns
from tests.behaviour.test_streams import enter, leave, read_all
from tests.interpreters import needs_refcounting

pytestmark = pytest.mark.anyio

SHOP = Shop()


# -- from where --------------------------------------------------------------------------------


@soon
async def test_from_other_threads_while_the_reader_sleeps() -> None:
    """Each event wakes it, and what one thread sends stays in its order."""
    signal, found = Signal[tuple[int, int]](), list[tuple[int, int]]()
    async with signal.stream(buffer=1000) as events, anyio.create_task_group() as tasks:

        async def read() -> None:
            async for event in events:
                found.append(event.payload)
                if len(found) == 800:
                    return

        def send(thread: int) -> None:
            for number in range(200):
                signal.send(SHOP, (thread, number))

        tasks.start_soon(read)
        await turns()
        await anyio.to_thread.run_sync(
            lambda: in_threads(*(partial(send, each) for each in range(4)))
        )
    for thread in range(4):
        assert [number for which, number in found if which == thread] == list(range(200))


@soon
async def test_from_other_threads_one_by_one() -> None:
    """The reader falls asleep between any two of them."""
    signal = Signal[int]()
    async with signal.stream() as events:

        def send() -> None:
            for number in range(100):
                signal.send(SHOP, number)
                assert read.wait(60)
                read.clear()

        read = threading.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.to_thread.run_sync, send)
            for number in range(100):
                assert (await anext(events)).payload == number
                read.set()


@soon
async def test_from_another_thread_while_the_loop_stands_still() -> None:
    """Sending returns all the same, and all of it is there afterwards."""
    signal = Signal[int]()
    async with signal.stream() as events, signal.stream(buffer=1) as lagging:
        in_thread(lambda: [signal.send(SHOP, number) for number in range(50)])
        assert await read_all(events) == list(range(50))
        assert await read_all(lagging) == ["missed 49", 49]


@soon
async def test_from_other_event_loops() -> None:
    """By a sync send and an async one."""
    signal, others = Signal[int](), list[Backend]([("asyncio", {}), ("trio", {})])
    async with signal.stream() as events:

        async def send() -> None:
            signal.send(SHOP, 1)
            await signal.send_async(SHOP, 2)

        for other in others:
            await anyio.to_thread.run_sync(run_elsewhere, other, send)
        assert await read_all(events) == [1, 2, 1, 2]


@needs_refcounting
@soon
async def test_from_a_signal_handler_and_destructors() -> None:
    """They run between any two steps, and wake the reader all the same."""
    signal = Signal[str]()

    class Dying:
        itself: Any = None

        def __del__(self) -> None:
            signal.send(SHOP, "del")

    def die() -> None:
        Dying().itself = 1
        watched = Shop()
        ref = weakref.ref(watched, lambda _: signal.send(SHOP, "ref"))
        del watched
        assert ref() is None
        cycle = Dying()
        cycle.itself = cycle
        del cycle
        gc.collect()

    async with signal.stream() as events:

        def handle(*_: object) -> None:
            signal.send(SHOP, "handler")

        before = os_signal.signal(os_signal.SIGUSR1, handle)
        try:
            async with anyio.create_task_group() as tasks:

                async def expect(*payloads: str) -> None:
                    for payload in payloads:
                        assert (await anext(events)).payload == payload

                tasks.start_soon(expect, "handler", "del", "ref", "del", "del", "ref", "del")
                await turns()
                os_signal.raise_signal(os_signal.SIGUSR1)
                await turns()
                die()
                await turns()
                in_thread(die)
        finally:
            os_signal.signal(os_signal.SIGUSR1, before)


@in_each_async_way
@soon
async def test_a_sending_that_was_cancelled_before_its_start_reaches_no_stream(way: Way) -> None:
    """As it reaches no receiver: streams and receivers have the same events."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    async with signal.stream() as events:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await way(signal, SHOP, 1)
        assert (await read_all(events), calls.names) == ([], [])


# -- many ---------------------------------------------------------------------------------------


@soon
async def test_fan_out_is_linear() -> None:
    """Twice as many streams take a send twice as many steps, and entering one takes no more."""
    signal = Signal[int]()
    signal.connect(Calls().receiver("receiver"), weak=False)
    counts: dict[int, tuple[int, int]] = {}
    streams = list[Stream[Any]]()
    for goal in (250, 500, 1000):
        while len(streams) < goal - 1:
            streams.append(signal.stream())
            enter(streams[-1])
        streams.append(signal.stream())
        entering = _steps_of(partial(enter, streams[-1]))
        signal.send(SHOP, 0)
        counts[goal] = entering, _steps_of(partial(signal.send, SHOP, goal))
    assert [await read_all(each) for each in streams[::333]] == [[0, 250, 0, 500, 0, 1000]] + [
        [0, 1000] if place > 500 else [0, 500, 0, 1000] for place in (333, 666, 999)
    ]
    for each in streams:
        leave(each)

    assert counts[1000][0] < counts[250][0] + 20
    for smaller, larger in ((250, 500), (500, 1000)):
        assert counts[larger][1] < 2.2 * counts[smaller][1]


def _steps_of(work: Callable[[], object]) -> int:
    """Count the calls that something makes."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return steps


@soon
async def test_checkpoints_let_others_run() -> None:
    """A reader that never has to wait does not keep the loop to itself."""
    signal, others = Signal[int](), 0
    async with signal.stream() as events, anyio.create_task_group() as tasks:

        async def count() -> None:
            nonlocal others
            while True:
                others += 1
                await checkpoint()

        tasks.start_soon(count)
        for number in range(50):
            signal.send(SHOP, number)
        for _ in range(50):
            await anext(events)
        tasks.cancel_scope.cancel()
    assert others >= 40

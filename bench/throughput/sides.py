"""The sides of a comparison: each takes a chunk of events, and waits until all were handled."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from aldis import Dispatcher, Signal

Receiver = Callable[[object, int], Any]
Chunk = Callable[[int], Awaitable[None]]
"""Posts so many events, and waits until all were handled."""
Side = Callable[[Receiver], AbstractAsyncContextManager[Chunk]]

ROOM = 1024
"""The bound of each queue; a chunk is smaller, so that posting never waits."""


class Tally:
    """Counts down what is handled, and wakes who waits for the last of it."""

    def __init__(self) -> None:
        self._left = 0
        self._flag = anyio.Event()

    def expect(self, count: int) -> None:
        """Begin to count."""
        self._left = count
        self._flag = anyio.Event()

    def step(self) -> None:
        """Count one."""
        self._left -= 1
        if not self._left:
            self._flag.set()

    async def wait(self) -> None:
        """Wait until as many were counted as were expected."""
        await self._flag.wait()


Items = MemoryObjectReceiveStream[tuple[object, int]]


def dispatcher(receiver: Receiver) -> AbstractAsyncContextManager[Chunk]:
    """Run `Dispatcher` as it comes: 16 events at a time, and `drain()` after each chunk."""
    return _dispatcher(receiver, 16)


def dispatcher_of_one(receiver: Receiver) -> AbstractAsyncContextManager[Chunk]:
    """Run `Dispatcher(concurrency=1)`: one worker, as the streams have."""
    return _dispatcher(receiver, 1)


def stream_of_sends(receiver: Receiver) -> AbstractAsyncContextManager[Chunk]:
    """Run a bare memory stream, and a worker that sends each item as the dispatcher does."""
    signal = Signal[int]()
    signal.connect(receiver, weak=False)

    async def work(items: Items, tally: Tally) -> None:
        async for sender, payload in items:
            await signal.send_robust_async(sender, payload)
            tally.step()

    return _stream(work)


def stream_of_awaits(receiver: Receiver) -> AbstractAsyncContextManager[Chunk]:
    """Run a bare memory stream, and a worker that awaits the receiver for each item."""

    async def work(items: Items, tally: Tally) -> None:
        async for sender, payload in items:
            await receiver(sender, payload)
            tally.step()

    return _stream(work)


def stream_of_calls(receiver: Receiver) -> AbstractAsyncContextManager[Chunk]:
    """Run a bare memory stream, and a worker that calls the receiver for each item."""

    async def work(items: Items, tally: Tally) -> None:
        async for sender, payload in items:
            receiver(sender, payload)
            tally.step()

    return _stream(work)


@asynccontextmanager
async def _dispatcher(receiver: Receiver, concurrency: int) -> AsyncGenerator[Chunk]:
    signal = Signal[int]()
    signal.connect(receiver, weak=False)
    async with Dispatcher(concurrency=concurrency, max_pending=ROOM) as running:

        async def chunk(count: int) -> None:
            for _ in range(count):
                _ = running.post(signal.event(None, 1))
            await running.drain()

        yield chunk


@asynccontextmanager
async def _stream(
    work: Callable[[Items, Tally], Coroutine[Any, Any, None]],
) -> AsyncGenerator[Chunk]:
    async def chunk(count: int) -> None:
        tally.expect(count)
        for _ in range(count):
            send.send_nowait((None, 1))
        await tally.wait()

    tally = Tally()
    send, receive = anyio.create_memory_object_stream[tuple[object, int]](ROOM)
    async with send, receive, anyio.create_task_group() as tasks:
        tasks.start_soon(work, receive, tally)
        yield chunk
        tasks.cancel_scope.cancel()

"""Other libraries that run receivers in the background, each in its fastest ordinary use."""

# Each has one async receiver that counts, and each chunk ends when that has counted all. The peers
# are imported where they are set up, and none need be installed: typings/ has what is used of them.
# pyright: reportMissingModuleSource=false

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import anyio

from aldis import Dispatcher, Signal
from bench.throughput.rounds import CHUNK, CHUNKS
from bench.throughput.sides import ROOM, Chunk, Tally


@dataclass(frozen=True)
class Peer:
    """One row.

    Attributes:
        package: what has to be installed.
        how: how it is used.
        run: sets it up.
        size: how many events it is given at a time.
        chunks: how often in a round.
    """

    package: str
    how: str
    run: Callable[[], AbstractAsyncContextManager[Chunk]]
    size: int = CHUNK
    chunks: int = CHUNKS


@asynccontextmanager
async def aldis() -> AsyncGenerator[Chunk]:
    """Post to a dispatcher as it comes."""
    signal, tally = Signal[int](), Tally()

    async def receive(sender: object, payload: int) -> None:
        tally.step()

    signal.connect(receive)
    async with Dispatcher(max_pending=ROOM) as dispatcher:

        async def chunk(count: int) -> None:
            tally.expect(count)
            for number in range(count):
                _ = dispatcher.post(signal.event(None, number))
            await tally.wait()

        yield chunk


@asynccontextmanager
async def pyee_() -> AsyncGenerator[Chunk]:
    """Make a task for each event."""
    from pyee.asyncio import AsyncIOEventEmitter

    emitter, tally = AsyncIOEventEmitter(), Tally()

    async def receive(sender: object, payload: int) -> None:
        tally.step()

    async def chunk(count: int) -> None:
        tally.expect(count)
        for number in range(count):
            emitter.emit("event", None, number)
        await tally.wait()

    emitter.add_listener("event", receive)
    yield chunk
    await emitter.wait_for_complete()


@asynccontextmanager
async def psygnal_() -> AsyncGenerator[Chunk]:
    """Put each event into the unbounded queue of the one worker of the process."""
    import psygnal

    backend = psygnal.set_async_backend("asyncio")
    await anyio.wait_all_tasks_blocked()
    signal, tally = psygnal.SignalInstance((object, int)), Tally()

    async def receive(sender: object, payload: int) -> None:
        tally.step()

    async def chunk(count: int) -> None:
        tally.expect(count)
        for number in range(count):
            signal.emit(None, number)
        await tally.wait()

    signal.connect(receive)
    yield chunk
    backend.close()


@asynccontextmanager
async def bubus_() -> AsyncGenerator[Chunk]:
    """Dispatch an event made of its payload, one handled after another."""
    from bubus import BaseEvent, EventBus

    class Happened(BaseEvent):
        payload: int

    bus, tally = EventBus(), Tally()

    async def receive(event: Happened) -> None:
        tally.step()

    async def chunk(count: int) -> None:
        tally.expect(count)
        for number in range(count):
            _ = bus.dispatch(Happened(payload=number))
        await tally.wait()

    bus.on(Happened, receive)
    yield chunk
    await bus.stop(clear=True)


ALDIS = Peer("aldis", "Dispatcher.post; a bounded queue and 16 workers", aldis)
PEERS = (
    Peer("pyee", "AsyncIOEventEmitter.emit; a task for each event, no bound", pyee_),
    Peer("psygnal", "SignalInstance.emit; an unbounded queue and one worker", psygnal_),
    Peer("bubus", "EventBus.dispatch; 50 at a time, the bound of its queue", bubus_, 50, 10),
)

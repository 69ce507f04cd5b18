"""pyee: arguments in their places, no weak receivers, no results."""

# It need not be installed: typings/ has what is used of it.
# pyright: reportMissingModuleSource=false

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import ClassVar, Final

from pyee import EventEmitter
from pyee.asyncio import AsyncIOEventEmitter

from bench.fresh import Receiver
from bench.sides import AsyncSide, Backends, Side
from bench.timing import Timed, inline


class Pyee(Side):
    name = "pyee"
    use = "EventEmitter.emit; strong; no results"

    def __init__(self) -> None:
        self.emitter = EventEmitter()

    def connect(self, receiver: Receiver) -> None:
        self.emitter.add_listener("event", receiver)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_emit, self.emitter, sender, payload)

    def changing(self, receiver: Receiver) -> Timed:
        return inline(_change, self.emitter, receiver)


def _emit(emitter: EventEmitter, sender: object, payload: int) -> None:
    emitter.emit("event", sender, payload)


def _change(emitter: EventEmitter, receiver: Receiver) -> None:
    emitter.add_listener("event", receiver)
    emitter.remove_listener("event", receiver)


class PyeeTogether(AsyncSide):
    name = "pyee"
    use = "AsyncIOEventEmitter.emit, wait_for_complete; a task each; strong; no results"
    together = True
    backends: ClassVar[Backends] = ("asyncio",)

    def __init__(self) -> None:
        self.emitter = AsyncIOEventEmitter()

    def connect(self, receiver: Receiver) -> None:
        self.emitter.add_listener("event", receiver)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_emit_and_wait, self.emitter, sender, payload)

    def open(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self.emitter.wait_for_complete)


async def _emit_and_wait(emitter: AsyncIOEventEmitter, sender: object, payload: int) -> None:
    emitter.emit("event", sender, payload)
    await emitter.wait_for_complete()


SIDES: Final = [Pyee]
ASYNC_SIDES: Final = [PyeeTogether]

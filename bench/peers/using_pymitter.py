"""pymitter: arguments in their places, no weak receivers, no results."""

# It need not be installed: typings/ has what is used of it.
# pyright: reportMissingModuleSource=false

from __future__ import annotations

from typing import ClassVar, Final

from pymitter import EventEmitter

from bench.fresh import Receiver
from bench.sides import AsyncSide, Backends, Side
from bench.timing import Timed, inline


class Pymitter(Side):
    name = "pymitter"
    use = "EventEmitter.emit, no wildcards; strong; no results"

    def __init__(self) -> None:
        self.emitter = EventEmitter()

    def connect(self, receiver: Receiver) -> None:
        self.emitter.on("event", receiver)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_emit, self.emitter, sender, payload)

    def changing(self, receiver: Receiver) -> Timed:
        return inline(_change, self.emitter, receiver)


def _emit(emitter: EventEmitter, sender: object, payload: int) -> None:
    emitter.emit("event", sender, payload)


def _change(emitter: EventEmitter, receiver: Receiver) -> None:
    emitter.on("event", receiver)
    emitter.off("event", receiver)


class PymitterTogether(AsyncSide):
    name = "pymitter"
    use = "emit_async (asyncio.gather); strong; no results"
    together = True
    backends: ClassVar[Backends] = ("asyncio",)

    def __init__(self) -> None:
        self.emitter = EventEmitter()

    def connect(self, receiver: Receiver) -> None:
        self.emitter.on("event", receiver)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_emit_async, self.emitter, sender, payload)


async def _emit_async(emitter: EventEmitter, sender: object, payload: int) -> None:
    await emitter.emit_async("event", sender, payload)


SIDES: Final = [Pymitter]
ASYNC_SIDES: Final = [PymitterTogether]

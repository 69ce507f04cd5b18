"""bubus: an event of a model's, a bus with a queue, and a task that takes from it."""

# It need not be installed: typings/ has what is used of it.
# pyright: reportMissingModuleSource=false

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from typing import Any, ClassVar, Final

from bench.fresh import Receiver
from bench.sides import AsyncSide, Backends, Side
from bench.timing import Timed, inline

os.environ.setdefault("BUBUS_LOGGING_LEVEL", "WARNING")

from bubus import BaseEvent, EventBus  # it reads the environment when imported


class Happened(BaseEvent):
    payload: int


class Bubus(AsyncSide):
    name = "bubus"
    use = "await EventBus.dispatch(event), parallel_handlers; strong; results in the event"
    parameters = "event"
    together = True
    backends: ClassVar[Backends] = ("asyncio",)
    most = 10  # a hundred take it half a second

    def __init__(self) -> None:
        self.bus = EventBus(parallel_handlers=True)

    def connect(self, receiver: Receiver) -> None:
        named: Any = receiver
        named.__name__ = f"receiver_{id(receiver)}"  # it warns of receivers with the same name
        self.bus.on(Happened, receiver)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_dispatch, self.bus, payload)

    def open(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self.bus.stop, clear=True)


class BubusInTurn(Bubus):
    use = "await EventBus.dispatch(event); strong; results in the event"
    together = False

    def __init__(self) -> None:
        self.bus = EventBus()


async def _dispatch(bus: EventBus, payload: int) -> None:
    _ = await bus.dispatch(Happened(payload=payload))


SIDES: Final[list[type[Side]]] = []
ASYNC_SIDES: Final = [Bubus, BubusInTurn]

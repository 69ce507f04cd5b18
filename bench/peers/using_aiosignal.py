"""aiosignal: a frozen list of async receivers, arguments in their places."""

# It need not be installed: typings/ has what is used of it.
# pyright: reportMissingModuleSource=false

from __future__ import annotations

from typing import Final

from aiosignal import Signal

from bench.fresh import Receiver
from bench.sides import AsyncSide, Side, Thing
from bench.timing import Timed, inline


class AioSignal(AsyncSide):
    name = "aiosignal"
    use = "Signal.send, frozen; its list is compiled; strong; no results"

    def __init__(self) -> None:
        self.signal = Signal[object, int](owner=Thing())

    def connect(self, receiver: Receiver) -> None:
        self.signal.append(receiver)

    def sending(self, sender: object, payload: int) -> Timed:
        self.signal.freeze()
        return inline(_send, self.signal, sender, payload)


async def _send(signal: Signal[object, int], sender: object, payload: int) -> None:
    await signal.send(sender, payload)


SIDES: Final[list[type[Side]]] = []
ASYNC_SIDES: Final = [AioSignal]

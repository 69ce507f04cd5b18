"""psygnal: compiled; arguments in their places, whose number is not checked at connecting."""

from __future__ import annotations

from typing import Final

from psygnal import SignalInstance

from bench.fresh import Receiver
from bench.sides import AsyncSide, Side
from bench.timing import Timed, inline


class PsygnalEmit(Side):
    name = "psygnal emit"
    use = "SignalInstance.emit, compiled; functions strong, methods weak; no results"

    def __init__(self) -> None:
        self.signal = SignalInstance((object, int), check_nargs_on_connect=False)

    def connect(self, receiver: Receiver) -> None:
        self.signal.connect(receiver)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_emit, self.signal, sender, payload)

    def changing(self, receiver: Receiver) -> Timed | None:
        return inline(_change, self.signal, receiver)


class PsygnalEmitFast(PsygnalEmit):
    name = "psygnal emit_fast"
    use = "SignalInstance.emit_fast, compiled; functions strong, methods weak; no results"

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_emit_fast, self.signal, sender, payload)

    def changing(self, receiver: Receiver) -> Timed | None:
        return None


def _emit(signal: SignalInstance, sender: object, payload: int) -> None:
    signal.emit(sender, payload)


def _emit_fast(signal: SignalInstance, sender: object, payload: int) -> None:
    signal.emit_fast(sender, payload)


def _change(signal: SignalInstance, receiver: Receiver) -> None:
    signal.connect(receiver)
    signal.disconnect(receiver)  # pyright: ignore[reportUnknownMemberType]  # half typed


SIDES: Final = [PsygnalEmit, PsygnalEmitFast]
ASYNC_SIDES: Final[list[type[AsyncSide]]] = []

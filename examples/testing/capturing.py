"""Captures what a signal carries, for the length of a block."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar

from aldis import BoundSignal, Signal

PayloadT = TypeVar("PayloadT")
SenderT = TypeVar("SenderT")


@contextmanager
def captured(
    signal: Signal[PayloadT, SenderT] | BoundSignal[PayloadT, SenderT],
) -> Generator[list[PayloadT]]:
    """Give a list that gets every payload; `signal.bind(sender)` has those of one sender."""
    payloads: list[PayloadT] = []

    def capture(_sender: SenderT, payload: PayloadT) -> None:
        payloads.append(payload)

    with signal.connected_to(capture):
        yield payloads

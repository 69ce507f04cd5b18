"""Captures what is sent, for the length of a block."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar

from aldis import Signal
from aldis.middleware import Sending

PayloadT = TypeVar("PayloadT")
SenderT = TypeVar("SenderT")
ResultT = TypeVar("ResultT")


@contextmanager
def captured(
    signal: Signal[PayloadT, SenderT, ResultT],
) -> Generator[list[tuple[SenderT, PayloadT]], None, None]:
    """Give a list that gets the sender and the payload of each sending, and adds no result."""
    sent: list[tuple[SenderT, PayloadT]] = []

    def note(sending: Sending[PayloadT, SenderT]) -> Generator[None, object, None]:
        sent.append((sending.sender, sending.payload))
        yield

    undo = signal.use(note, around="sending")
    try:
        yield sent
    finally:
        undo()

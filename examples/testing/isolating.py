"""Sees to it that a block leaves connections as they were, in their order."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from aldis import Connection, Signal


@contextmanager
def unchanged(*signals: Signal[Any, Any, Any]) -> Generator[None, None, None]:
    """Fail when the block connects or disconnects something for good, and undo that."""
    before = [(signal, signal.connections) for signal in signals]
    changes: list[str] = []
    try:
        yield
        for signal in signals:
            _ = signal.receivers  # tells of a lost receiver, before anything is undone
    finally:
        for signal, connections in before:
            changes += restore(signal, connections)
    if changes:
        raise AssertionError(f"use connected_to() or muted(): {'; '.join(changes)}")


def restore(signal: Signal[Any, Any, Any], before: Sequence[Connection]) -> list[str]:
    """Give a signal the connections that it had, and tell what had been changed."""
    after = signal.connections
    old, new = [facts(each) for each in before], [facts(each) for each in after]
    if new == old:
        return []
    left = [each for each in after if facts(each) not in old]
    gone = [each for each in before if facts(each) not in new]
    for each in left:
        signal.disconnect(each.receiver, each.sender)
    if [facts(each) for each in signal.connections] != old:  # all anew, in their order
        for each in before:
            signal.disconnect(each.receiver, each.sender)
        for each in before:
            signal.connect(
                each.receiver,
                each.sender,
                weak=each.weak,
                once=each.once,
                priority=each.priority,
                to_thread=each.to_thread,
            )
    told = [f"left behind: {each}" for each in left] + [f"gone: {each}" for each in gone]
    return told or [f"in another order: {', '.join(str(each) for each in after)}"]


def facts(connection: Connection) -> tuple[object, ...]:
    """Tell what makes two connections the same."""
    each = connection
    return each.receiver, each.sender, each.weak, each.once, each.priority, each.to_thread

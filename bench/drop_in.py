"""The cases beside blinker: what blinker's own code costs, to `aldis.blinker` in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import blinker

import aldis.blinker
from bench.cases import AsyncWork, Case

# blinker is the subject, so that the ratio says how many times as fast Aldis is.


def function() -> Callable[..., object]:
    """Make a receiver with a code object of its own, so that no two share an inline cache."""
    names: dict[str, Any] = {}
    exec("def receiver(sender, order_id, total): return None", names)
    made: Callable[..., object] = names["receiver"]
    return made


def coroutine_function() -> Callable[..., object]:
    """Make an async receiver with a code object of its own."""
    names: dict[str, Any] = {}
    exec("async def receiver(sender, order_id, total): return None", names)
    made: Callable[..., object] = names["receiver"]
    return made


class Owner:
    """Has a method to receive with."""

    def method(self, sender: object, order_id: int, total: int) -> None:
        """Do nothing."""


def sending() -> Iterator[Case]:
    """Sends of blinker's, to ours."""
    for count in (0, 1, 10, 100):
        yield send_case(f"{count} functions", [function() for _ in range(count)])
    for count in (1, 10, 100):
        owners = [Owner() for _ in range(count)]
        yield send_case(f"{count} methods", [each.method for each in owners])
    sender = Owner()
    for count in (1, 10):
        receivers = [function() for _ in range(count)]
        yield send_case(f"{count} functions of one sender", receivers, sender)


def send_case(name: str, receivers: list[Callable[..., object]], sender: object = None) -> Case:
    """Time a send to some receivers, all connected to a sender if one is given."""
    theirs, ours = blinker.Signal(), aldis.blinker.Signal()
    for receiver in receivers:
        theirs.connect(receiver, blinker.ANY if sender is None else sender, weak=False)
        ours.connect(receiver, aldis.blinker.ANY if sender is None else sender, weak=False)
    return Case(
        f"blinker's send, {name}, to aldis.blinker's",
        lambda: theirs.send(sender, order_id=1, total=2),
        lambda: ours.send(sender, order_id=1, total=2),
        20_000 // (len(receivers) + 1),
    )


def awaiting() -> Iterator[tuple[str, AsyncWork, AsyncWork, int]]:
    """Async sends of blinker's, to ours."""
    for count in (1, 10, 100):
        theirs, ours = blinker.Signal(), aldis.blinker.Signal()
        for receiver in [coroutine_function() for _ in range(count)]:
            theirs.connect(receiver, weak=False)
            ours.connect(receiver, weak=False)
        yield (
            f"blinker's send_async, {count}, to aldis.blinker's",
            partial(theirs.send_async, None, order_id=1, total=2),
            partial(ours.send_async, None, order_id=1, total=2),
            5_000 // (count + 1),
        )

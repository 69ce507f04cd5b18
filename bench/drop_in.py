"""The cases beside blinker: what blinker's own code costs, to `aldis.blinker` in its place."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
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


def connecting() -> Iterator[Case]:
    """Changes of blinker's, to ours."""
    theirs, ours, receiver, sender = blinker.Signal(), aldis.blinker.Signal(), function(), Owner()
    yield Case(
        "blinker's connect and disconnect, to aldis.blinker's",
        partial(change, theirs, receiver, sender),
        partial(change, ours, receiver, sender),
        2_000,
    )


def change(signal: Any, receiver: Callable[..., object], sender: object) -> None:
    """Connect a receiver to a sender, and disconnect it."""
    signal.connect(receiver, sender)
    signal.disconnect(receiver)


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
        yield (
            f"the same with _sync_wrapper, {count}",
            partial(theirs.send_async, None, _sync_wrapper=in_async, order_id=1, total=2),
            partial(ours.send_async, None, _sync_wrapper=in_async, order_id=1, total=2),
            5_000 // (count + 1),
        )


def in_async(receiver: Callable[..., object]) -> Callable[..., Coroutine[Any, Any, object]]:
    """Wrap what none of the cases has: a sync receiver, as Quart does."""

    async def call(*args: object, **keywords: object) -> object:
        return receiver(*args, **keywords)

    return call

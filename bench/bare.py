"""The plainest code that does the same: what the ratios are to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import anyio

from bench.fresh import Receiver, copy
from bench.timing import Timed, inline

Bare = Callable[[Sequence[Receiver], object, int], list[Any]]
AsyncBare = Callable[[Sequence[Receiver], object, int], Awaitable[list[Any]]]


def loop(receivers: Sequence[Receiver], sender: object, payload: int) -> list[Any]:
    """Call each receiver and append it with its result: what any send has to do."""
    results: list[Any] = []
    for receiver in receivers:
        results.append((receiver, receiver(sender, payload)))
    return results


async def awaits(receivers: Sequence[Receiver], sender: object, payload: int) -> list[Any]:
    """Await each receiver and append it with its result."""
    results: list[Any] = []
    for receiver in receivers:
        results.append((receiver, await receiver(sender, payload)))
    return results


async def group(receivers: Sequence[Receiver], sender: object, payload: int) -> list[Any]:
    """Await all receivers at the same time, in a task group."""
    results: list[Any] = [None] * len(receivers)

    async def run(place: int, receiver: Receiver) -> None:
        results[place] = (receiver, await receiver(sender, payload))

    async with anyio.create_task_group() as tasks:
        for place, receiver in enumerate(receivers):
            tasks.start_soon(run, place, receiver)
    return results


def calling(receivers: Sequence[Receiver], sender: object, payload: int) -> Timed:
    """Time the loop."""
    return inline(_call, copy(loop), receivers, sender, payload)


def awaiting(bare: AsyncBare, receivers: Sequence[Receiver], sender: object, payload: int) -> Timed:
    """Time one of the async ones."""
    return inline(_await, copy(bare), receivers, sender, payload)


def awaiting_one(receiver: Receiver, sender: object, payload: int) -> Timed:
    """Time the await alone, with no list and no function around it."""
    return inline(_await_one, receiver, sender, payload)


def _call(bare: Bare, receivers: Sequence[Receiver], sender: object, payload: int) -> None:
    bare(receivers, sender, payload)


async def _await(
    bare: AsyncBare, receivers: Sequence[Receiver], sender: object, payload: int
) -> None:
    await bare(receivers, sender, payload)


async def _await_one(receiver: Receiver, sender: object, payload: int) -> None:
    await receiver(sender, payload)

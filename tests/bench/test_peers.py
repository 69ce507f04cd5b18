"""The libraries that are measured, as far as they are installed: each does what it is timed for."""

from __future__ import annotations

import gc
from contextlib import AsyncExitStack
from typing import Any

import anyio
import pytest

from bench.fresh import Receiver
from bench.peers import MODULES, async_sides, missing, present, sides
from bench.sides import AsyncSide, SenderSide, Side, Thing
from bench.timing import UNROLLED, Timed

SENDERS = [each for each in sides() if issubclass(each, SenderSide)]


def counting(parameters: str, calls: list[object], kind: str = "def") -> Receiver:
    """Make a receiver that counts."""
    names: dict[str, Any] = {"calls": calls}
    exec(f"{kind} receiver({parameters}): calls.append(1)", names)
    made: Receiver = names["receiver"]
    return made


def test_each_distribution_is_there_or_missing() -> None:
    """What is not installed is named; Aldis always is."""
    assert sorted([*present(), *missing()]) == sorted(MODULES)
    assert "aldis" in present()


@pytest.mark.parametrize("kind", sides(), ids=lambda kind: kind.name)
def test_a_send_calls_each_receiver_once(kind: type[Side]) -> None:
    """What is timed as a send calls all receivers, and a change leaves none behind."""
    side, calls = kind(), list[object]()
    receivers = [counting(side.parameters, calls) for _ in range(3)]
    for receiver in receivers:
        side.connect(receiver)
    more = counting(side.parameters, calls)
    changing = side.changing(more)
    if changing is not None:
        changing.run(1)
    side.sending(Thing(), 1).run(1)
    assert len(calls) == 3 * UNROLLED


@pytest.mark.parametrize("kind", SENDERS, ids=lambda kind: kind.name)
def test_a_filtered_send_calls_the_receivers_of_the_sender(kind: type[SenderSide]) -> None:
    """What is timed among many calls one of them; changes and deaths leave the others alone."""
    side, senders, calls = kind(), [Thing() for _ in range(4)], list[object]()
    receiver, more = (counting(side.parameters, calls) for _ in range(2))
    for sender in senders:
        side.connect_to(receiver, sender)
    timed: list[Timed | None] = [
        side.changing_one(more, senders[0]),
        side.changing_one_sent(more, senders[0]),
        side.receiver_dying(senders[0], senders[1]),
        side.sender_dying(more, senders[1]),
    ]
    for each in timed:
        if each is not None:
            each.run(1)
    del calls[:]
    gc.collect()
    side.sending(senders[2], 1).run(1)
    assert len(calls) == UNROLLED


@pytest.mark.parametrize("kind", async_sides(), ids=lambda kind: f"{kind.name}-{kind.together}")
def test_an_async_send_awaits_each_receiver(kind: type[AsyncSide]) -> None:
    """What is timed as an async send has awaited all receivers, on each backend it is timed on."""
    for backend in kind.backends:
        calls: list[object] = []

        async def main(calls: list[object] = calls) -> None:
            side = kind()
            receivers = [counting(side.parameters, calls, "async def") for _ in range(3)]
            async with AsyncExitStack() as stack:
                side.open(stack)
                for receiver in receivers:
                    side.connect(receiver)
                await side.sending(Thing(), 1).run(1)
                assert len(calls) == 3 * UNROLLED

        anyio.run(main, backend=backend)

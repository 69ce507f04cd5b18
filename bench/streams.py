"""What open streams cost a send: as much for each, however many there are."""

from __future__ import annotations

from contextlib import AsyncExitStack

from aldis import Signal
from bench.cases import Case, Work


async def fan_out(stack: AsyncExitStack) -> list[Case]:
    """Open streams that nobody reads, until the stack is closed."""
    few = 10
    cases: list[Case] = []
    for many in (1000, 10_000):
        name = f"a send to {many} streams, to {many // few} sends to {few}"
        subject = await _send_case(stack, many, 1)
        control = await _send_case(stack, few, many // few)
        cases.append(Case(name, subject, control, 10_000 // many))
    return cases


async def _send_case(stack: AsyncExitStack, count: int, sends: int) -> Work:
    signal = Signal[int]()
    for _ in range(count):
        await stack.enter_async_context(signal.stream(buffer=1))

    def send() -> None:
        for number in range(sends):
            signal.send(None, number)

    send()  # fills them: from here on, each send drops an event of each stream
    return send

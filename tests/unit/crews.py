"""A crew at work, and all that it tells: what the tests of crews share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import Event, Outcome, Signal
from aldis._crew import Crew
from aldis._identity import sender_key
from aldis._posted import Posted

Backend = tuple[str, dict[str, Any]]

settled = anyio.wait_all_tasks_blocked


async def turns() -> None:
    """Let all others run until they wait, where asking whether they do would take too long."""
    for _ in range(20):
        await checkpoint()


class Shift:
    """A crew at work, with all that it tells.

    Attributes:
        crew: the crew.
        heard: the payloads that were received, in order.
        reported: payload and error of what it reported.
        ends: how often it said that it has to stop.
        gate: what receivers wait for.
        then: what a receiver does with the payload before that.
    """

    def __init__(
        self, concurrency: int | None, max_pending: int | None = None, *, ordered: bool = False
    ) -> None:
        self.heard: list[Any] = []
        self.reported: list[tuple[Any, Exception | None]] = []
        self.ends = 0
        self.gate = anyio.Event()
        self.then: Callable[[Any], Any] | None = None
        self.signal = Signal[Any]("signal")
        self.signal.connect(self.receive)
        self._ordered = ordered
        self.crew = Crew(concurrency, max_pending, report=self.report, on_crash=self.end)

    def end(self) -> None:
        """Count the times that it is told."""
        self.ends += 1

    def report(self, outcome: Outcome[Any], event: Event[Any, Any, Any]) -> None:
        """Keep what failed."""
        self.reported.append((event.payload, outcome.error))

    async def receive(self, sender: object, payload: Any) -> Any:
        """Do what is to be done, or wait for the gate; fail for negative numbers."""
        self.heard.append(payload)
        if self.then is not None:
            return await self.then(payload)
        await self.gate.wait()
        if type(payload) is int and payload < 0:
            raise ValueError
        return payload

    async def wait_shielded(self, payload: object) -> None:
        """Wait for the gate, whoever cancels that."""
        with anyio.CancelScope(shield=True):
            await self.gate.wait()

    def make(self, payload: object, sender: object = "sender") -> Posted:
        """Make one that is not handed over."""
        event = self.signal.event(sender, payload)
        line = (id(self.signal), sender_key(sender)) if self._ordered else None
        return Posted(event, copy_context(), line, self.crew)

    def post(self, payload: object, sender: object = "sender") -> Posted:
        """Make one and hand it over, in a place of its own."""
        posted = self.make(payload, sender)
        assert self.crew.room.take()
        self.crew.hand_over(posted)
        return posted

    def free(self) -> int:
        """Count the free places, of which there is a bound."""
        free = 0
        while self.crew.room.take():
            free += 1
        for _ in range(free):
            self.crew.room.give_back()
        return free


@asynccontextmanager
async def running(
    concurrency: int | None = 2, max_pending: int | None = None, *, ordered: bool = False
) -> AsyncGenerator[Shift]:
    """Have a crew work for the length of a block, and then stop and close it."""
    shift = Shift(concurrency, max_pending, ordered=ordered)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(shift.crew.run)
        try:
            yield shift
        finally:
            shift.crew.stop()
    shift.crew.close()


def statistics(shift: Shift) -> tuple[int, ...]:
    """Count."""
    return tuple(shift.crew.ledger.count())


def is_empty(crew: Crew) -> bool:
    """Tell whether a crew holds on to no event and nobody who waits."""
    left = [crew._inbox, crew._requests, crew._agenda._ready, crew._agenda._lines, crew._drainers]
    return not any([*left, crew.ledger._pending, crew.ledger._live, crew._blocked_by])


# -- cancellations that nobody has asked for, in asyncio's way -----------------------------------


def skip_on_trio(anyio_backend: Backend) -> None:
    """Say why there is nothing to ask."""
    if anyio_backend[0] == "trio":
        pytest.skip("trio's tasks cannot be cancelled one by one")


async def raise_it() -> None:
    """Raise a cancellation that nobody has asked for."""
    raise asyncio.CancelledError


async def await_it() -> None:
    """Get it from something that was cancelled."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


async def cancel_itself() -> None:
    """Have the task cancelled that it happens to run in, more than once."""
    task: Any = asyncio.current_task()
    task.cancel()
    task.cancel()
    await checkpoint()


async def cancel_itself_and_return() -> None:
    """Have it cancelled, and wait for nothing more."""
    task: Any = asyncio.current_task()
    task.cancel()


async def be_cancelled() -> None:
    """Wait, and be cancelled by somebody else."""
    task: Any = asyncio.current_task()
    asyncio.get_running_loop().call_soon(task.cancel)
    await anyio.sleep_forever()


STRAYS = [raise_it, await_it, cancel_itself, cancel_itself_and_return, be_cancelled]

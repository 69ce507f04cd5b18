"""What the async tests of faults share: receivers that wait, and that nobody is left behind."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from tests.behaviour.recording import LIMIT, nothing_unawaited
from tests.faults.faces import SIGNAL, Face

Backend = tuple[str, dict[str, Any]]
PLACES = (0, 1, 2)
SOON = LIMIT
"""Seconds after which an async test counts as hanging; none comes near it."""


def send_robust(face: Face, signal: Any, send: str = "send_robust") -> Any:
    """Send something robustly, or by another method, as the face has it."""
    method = getattr(signal, send)
    return method(None, 1) if face is SIGNAL else method(None, payload=1)


async def turns(count: int = 20) -> None:
    """Let all others run until they wait; much quicker than to ask whether they do."""
    for _ in range(count):
        await checkpoint()


async def nothing() -> None:
    """Await nothing at all."""


def skip_on_trio(anyio_backend: Backend) -> None:
    """Say why there is nothing to try."""
    if anyio_backend[0] == "trio":
        pytest.skip("trio cancels scopes, and no single task")


@asynccontextmanager
async def nobody_left() -> AsyncGenerator[None]:
    """Require that the block ends soon, and leaves no task running and no coroutine un-awaited."""
    before = {task.id for task in anyio.get_running_tasks()}
    with nothing_unawaited(), anyio.fail_after(SOON):
        yield
        await checkpoint()  # asyncio's tasks are there for a turn after their end
        assert {task.id for task in anyio.get_running_tasks()} == before


class Three:
    """A signal with three async receivers, that note when they begin and when they have ended.

    Attributes:
        began: the numbers of those that were called, in order.
        ended: the numbers of those that are through with their clean-up, in order.
        given: what sendings have given.
        signal: the signal.
    """

    def __init__(self, face: Face, *works: Callable[[], Awaitable[object]]) -> None:
        """Connect them.

        Args:
            face: how the signal is held.
            *works: what each of them awaits; those left out await one turn.
        """
        self.began: list[int] = []
        self.ended: list[int] = []
        self.given: list[list[Any]] = []
        self.signal = face.make()
        self._face = face
        for place in PLACES:
            work = works[place] if place < len(works) else checkpoint
            self.signal.connect(self._make(place, work), weak=False)

    def _make(self, place: int, work: Callable[[], Awaitable[object]]) -> Any:
        async def receive(sender: object, payload: object) -> int:
            self.began.append(place)
            try:
                await work()
            finally:
                self.ended.append(place)
            return place

        return receive

    async def send(self) -> None:
        """Send by the face, and keep what that gives."""
        pairs = await self._face.send_async(self.signal, None, "payload")
        self.given.append([value for _, value in pairs])

    async def send_at_a_time(self, concurrency: int | None, *, robust: bool = False) -> None:
        """Send to so many at a time, as only `Signal` can."""
        if robust:
            outcomes = await self.signal.send_robust_async(None, 1, concurrency=concurrency)
            self.given.append(list(outcomes))
        else:
            results = await self.signal.send_async(None, 1, concurrency=concurrency)
            self.given.append(list(results.values))

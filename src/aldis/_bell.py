"""Waking a task from anywhere: other threads, signal handlers, destructors, a busy loop's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

# anyio is imported where it is first needed, as `_cancellation` says.


class Bell:
    """Wakes the one task of an event loop that waits for it.

    Ringing never waits, not even for a loop that is busy. Rings that come before the task has
    woken up are one. Once the loop is gone, there is nobody to wake.
    """

    __slots__ = ("_event", "_is_rung", "_make_event", "_schedule")

    def __init__(self) -> None:
        """Make the bell of the event loop that is running."""
        import anyio.lowlevel  # noqa: PLC0415  # see above

        # What anyio offers to threads waits for the loop. Its token has the loop's own way, which
        # does not: trio's is called `run_sync_soon`, asyncio's `call_soon_threadsafe`.
        native: Any = anyio.lowlevel.current_token().native_token
        found = getattr(native, "run_sync_soon", None) or native.call_soon_threadsafe
        self._schedule: Callable[[Callable[[], None]], object] = found
        self._make_event = anyio.Event
        self._event = anyio.Event()
        self._is_rung = False

    def ring(self) -> None:
        """Wake the task, now or as soon as it waits."""
        if self._is_rung:
            return
        try:
            self._is_rung = True
            with suppress(RuntimeError):  # each loop's way to say that it is gone
                self._schedule(self._wake)
        except BaseException:  # interrupted: whoever rings next must not rely on this ring
            self._is_rung = False
            raise

    def _wake(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        """Wait for a ring; those that come from here on are heard by the next wait."""
        await self._event.wait()
        self._event = self._make_event()
        self._is_rung = False  # before the caller looks for what it was rung for

"""Receivers of any payload, which note their calls; senders of two kinds; and what work costs."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable
from types import FrameType
from typing import Any

from anyio.lowlevel import checkpoint

from tests.behaviour.recording import in_thread


class Calls:
    """Makes receivers that note their calls, and keeps them alive.

    Attributes:
        names: who was called, in order.
        seen: with which sender and payload.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.seen: list[tuple[object, dict[str, object]]] = []
        self._made: list[object] = []

    def note(self, name: str, sender: object, payload: dict[str, object]) -> str:
        """Note one call."""
        self.names.append(name)
        self.seen.append((sender, payload))
        return name

    def receiver(self, name: str, then: Callable[[], object] | None = None) -> Callable[..., str]:
        """Make a sync receiver that notes its call, does `then`, and returns its name."""

        def receiver(sender: object, /, **payload: object) -> str:
            self.note(name, sender, payload)
            if then is not None:
                then()
            return name

        self._made.append(receiver)
        return receiver

    def async_receiver(
        self, name: str, then: Callable[[], Awaitable[object]] = checkpoint
    ) -> Callable[..., Any]:
        """Make an async receiver that notes its call, awaits `then()`, and returns its name."""

        async def receiver(sender: object, /, **payload: object) -> str:
            self.note(name, sender, payload)
            await then()
            return name

        self._made.append(receiver)
        return receiver


class Shop:
    """A sender like most, which can be weakly referenced; and the owner of receivers."""

    def __init__(self, calls: Calls | None = None, name: str = "shop") -> None:
        self.calls = calls if calls is not None else Calls()
        self.name = name

    def receive(self, sender: object = None, /, **payload: object) -> str:
        """Note the call."""
        return self.calls.note(self.name, sender, payload)

    def receive_too(self, sender: object = None, /, **payload: object) -> str:
        """Note the call, as another method of the same owner."""
        return self.calls.note(f"{self.name} too", sender, payload)

    def __call__(self, sender: object = None, /, **payload: object) -> str:
        """Note the call, as a callable object."""
        return self.calls.note(f"{self.name} itself", sender, payload)


class Slotted:
    """A sender that takes no weak reference."""

    __slots__ = ()


def receive(sender: object = None, /, **payload: object) -> str:
    """Receive."""
    return "received"


def receive_too(sender: object = None, /, **payload: object) -> str:
    """Receive as well."""
    return "received too"


async def receive_async(sender: object = None, /, **payload: object) -> str:
    """Receive, in an async way."""
    await checkpoint()
    return "received async"


def values(pairs: Iterable[tuple[object, object]]) -> list[object]:
    """Give what the receivers returned, sorted: blinker calls them in no order."""
    return sorted((value for _, value in pairs), key=str)


def count_calls(work: Callable[[], object]) -> int:
    """Count the calls that some work comes to, those of C functions among them."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    def counted() -> None:
        sys.setprofile(count)
        try:
            work()
        finally:
            sys.setprofile(None)

    in_thread(counted)  # where nothing else is profiled
    return calls

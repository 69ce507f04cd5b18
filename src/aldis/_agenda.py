"""Which event is delivered next: pure bookkeeping of a dispatcher's; it calls nothing."""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar

from aldis._identity import Key


class Item(Protocol):
    """What is to be delivered."""

    @property
    def line(self) -> tuple[int, Key] | None:
        """The events of one line come one after another; `None` is in no line."""


_ItemT = TypeVar("_ItemT", bound=Item)


class Agenda(Generic[_ItemT]):
    """First come, first served; within a line, not before the one ahead has ended."""

    __slots__ = ("_lines", "_ready")

    def __init__(self) -> None:
        self._ready: deque[_ItemT] = deque()
        # A line is there while an event of it is ready or under way; those behind it wait in it.
        self._lines: dict[tuple[int, Key], deque[_ItemT]] = {}

    def add(self, item: _ItemT) -> None:
        """Put an event at the end."""
        if item.line is None:
            self._ready.append(item)
            return
        behind = self._lines.get(item.line)
        if behind is None:
            self._lines[item.line] = deque()
            self._ready.append(item)
        else:
            behind.append(item)

    def take(self) -> _ItemT | None:
        """Take the next one that may begin; `None` when there is none."""
        return self._ready.popleft() if self._ready else None

    def end(self, item: _ItemT) -> None:
        """Let the next one of its line begin."""
        if item.line is None:
            return
        behind = self._lines[item.line]
        if behind:
            self._ready.append(behind.popleft())
        else:
            del self._lines[item.line]

    def ready(self) -> int:
        """Count those that may begin."""
        return len(self._ready)

    def clear(self) -> list[_ItemT]:
        """Take all that have not begun."""
        items = [*self._ready, *(item for behind in self._lines.values() for item in behind)]
        self._ready.clear()
        self._lines.clear()
        return items

"""Which event is delivered next: pure bookkeeping of a dispatcher's; it calls nothing."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, Protocol, TypeVar

from aldis._identity import Key


class Item(Protocol):
    """What is to be delivered."""

    @property
    def line(self) -> tuple[int, Key] | None:
        """The events of one line come one after another; `None` is in no line."""


_ItemT = TypeVar("_ItemT", bound=Item)


class Agenda(Generic[_ItemT]):
    """First come, first served; within a line, not before the one ahead has ended.

    Of ordered dicts either end is reached, and any item removed, in constant time.
    """

    __slots__ = ("_lines", "_ready")

    def __init__(self) -> None:
        self._ready: OrderedDict[_ItemT, None] = OrderedDict()
        # A line is there while an event of it is ready or under way; those behind it wait in it.
        self._lines: dict[tuple[int, Key], OrderedDict[_ItemT, None]] = {}

    def add(self, item: _ItemT) -> None:
        """Put an event at the end."""
        if item.line is None:
            self._ready[item] = None
            return
        behind = self._lines.get(item.line)
        if behind is None:
            self._lines[item.line] = OrderedDict()
            self._ready[item] = None
        else:
            behind[item] = None

    def take(self) -> _ItemT | None:
        """Take the next one that may begin; `None` when there is none."""
        return self._ready.popitem(last=False)[0] if self._ready else None

    def end(self, item: _ItemT) -> None:
        """Let the next one of the line begin: a taken one has ended."""
        if item.line is None:
            return
        behind = self._lines[item.line]
        if behind:
            self._ready[behind.popitem(last=False)[0]] = None
        else:
            del self._lines[item.line]

    def discard(self, item: _ItemT) -> None:
        """Remove one that has not been taken, if it is there."""
        if item in self._ready:
            del self._ready[item]
            self.end(item)
        elif item.line in self._lines:
            self._lines[item.line].pop(item, None)

    def ready(self) -> int:
        """Count those that may begin."""
        return len(self._ready)

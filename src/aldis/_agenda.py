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
        # All of each line that have not ended; the first one is ready or under way.
        self._lines: dict[tuple[int, Key], OrderedDict[_ItemT, None]] = {}

    def add(self, item: _ItemT) -> None:
        """Put an event at the end."""
        if item.line is not None:
            line = self._lines.setdefault(item.line, OrderedDict())
            line[item] = None
            if len(line) > 1:
                return
        self._ready[item] = None

    def take(self) -> _ItemT | None:
        """Take the next one that may begin; `None` when there is none."""
        return self._ready.popitem(last=False)[0] if self._ready else None

    def end(self, item: _ItemT) -> None:
        """Let the next one of the line begin: a taken one has ended."""
        if item.line is None:
            return
        line = self._lines[item.line]
        del line[item]
        if line:
            self._ready[next(iter(line))] = None
        else:
            del self._lines[item.line]

    def discard(self, item: _ItemT) -> None:
        """Remove one that has not been taken, if it is there."""
        if item in self._ready:
            del self._ready[item]
            self.end(item)
        elif item.line in self._lines:
            self._lines[item.line].pop(item, None)

    def first_of(self, line: tuple[int, Key] | None) -> _ItemT | None:
        """Give the one of a line that the others wait for."""
        found = None if line is None else self._lines.get(line)
        return None if found is None else next(iter(found))

    def ready(self) -> int:
        """Count those that may begin."""
        return len(self._ready)

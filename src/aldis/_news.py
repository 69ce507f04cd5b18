"""What users are told once the lock is released: receivers that were lost, changes they await."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, TypeAlias

from aldis._changes import Change
from aldis._connection import Record
from aldis._inbox import Inbox

News: TypeAlias = Record | Change
"""What is told: a lost receiver, or a change."""


class _Reminder:
    """Keeps the queue from being empty while there is news that nobody has been told."""


_REMINDER: Final = _Reminder()


class Newsroom(Inbox):
    """An inbox that keeps what its changes come to, until somebody tells it.

    Attributes:
        lost: the lost receivers that are to be told, in order, each under an `id()` that nothing
            else has meanwhile.
        changes: the changes that are to be told, in the same way.
    """

    __slots__ = ("changes", "lost")

    def __init__(self) -> None:
        super().__init__()
        self.lost: OrderedDict[int, Record] = OrderedDict()
        self.changes: OrderedDict[int, Change] = OrderedDict()

    def has_news(self) -> bool:
        """Tell whether anything is to be told."""
        return bool(self.lost or self.changes)

    def next_news(self) -> News | None:
        """Hand out one thing to be told, to one caller; lost receivers come first."""
        return self._hold(self._pop_lost) or self.next_change()

    def next_change(self) -> Change | None:
        """Hand out one change to be told; lost receivers are left for the next operation."""
        return self._hold(self._pop_change)

    # In constant time: a plain dict goes through all that was popped before to find its first.
    def _pop_lost(self) -> Record | None:
        return self.lost.popitem(last=False)[1] if self.lost else None

    def _pop_change(self) -> Change | None:
        return self.changes.popitem(last=False)[1] if self.changes else None

    def catch_up(self) -> None:
        """Apply all that is queued, and leave the telling to the next operation."""
        self.settle()
        self.remind()

    def remind(self) -> None:
        """Have the next operation come by when there is news that nobody has been told."""
        if self.has_news():
            self.queue.append(_REMINDER)

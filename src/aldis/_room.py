"""How many events may wait, and who waits for room."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anyio import Event as Flag

# anyio is imported where it is first needed, as `_cancellation` says.


class _Waiter:
    """One who waits for room; it is handed to them, so that nobody is faster."""

    __slots__ = ("flag", "has_room")

    def __init__(self, flag: Flag) -> None:
        self.flag = flag
        self.has_room = False


class Room:
    """A number of places. Taking and giving back are atomic steps, and may be done from anywhere.

    Waiting, sharing out and refusing belong to one event loop.
    """

    __slots__ = ("_free", "_fresh", "_places", "_waiting")

    def __init__(self, places: int | None) -> None:
        self._places = places
        # A place is there once it was asked for: millions that nobody needs cost nothing.
        self._fresh = itertools.count()
        self._free: deque[None] = deque()
        self._waiting: deque[_Waiter] = deque()

    def take(self) -> bool:
        """Take a place, if there is one that nobody waits for."""
        return not self._waiting and self._find()

    def _find(self) -> bool:
        if self._places is None:
            return True
        try:
            self._free.pop()
        except IndexError:
            return next(self._fresh) < self._places
        return True

    def give_back(self) -> None:
        """Give a place back."""
        if self._places is not None:
            self._free.append(None)

    def share_out(self) -> None:
        """Hand the places that there are to those who wait, first come, first served."""
        while self._waiting and self._find():
            waiter = self._waiting.popleft()
            waiter.has_room = True
            waiter.flag.set()

    def refuse(self) -> None:
        """Tell all who wait that there will be no room."""
        while self._waiting:
            self._waiting.popleft().flag.set()

    async def wait(self) -> bool:
        """Take a place, as soon as there is one; tell whether there will be any."""
        import anyio  # noqa: PLC0415  # see above

        waiter = _Waiter(anyio.Event())
        self._waiting.append(waiter)
        self.share_out()  # what was given back since somebody looked
        try:
            await waiter.flag.wait()
        except BaseException:
            if waiter.has_room:
                self.give_back()
                self.share_out()
            elif waiter in self._waiting:
                self._waiting.remove(waiter)
            raise
        return waiter.has_room

"""How many events may wait, and who waits for room."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anyio import Event as Flag

# anyio is imported where it is first needed, as `_cancellation` says.


class _Waiter:
    """One who waits for room; it is used for them at once, so that nobody is faster."""

    __slots__ = ("flag", "has_room", "use")

    def __init__(self, flag: Flag, use: Callable[[], None]) -> None:
        self.flag = flag
        self.use = use
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
            waiter.use()

    def refuse(self) -> None:
        """Tell all who wait that there will be no room."""
        while self._waiting:
            self._waiting.popleft().flag.set()

    async def wait(self, use: Callable[[], None]) -> bool:
        """Take a place as soon as there is one, and use it there and then.

        Args:
            use: called, in the order of waiting, with a place taken.

        Returns:
            Whether there was any; not when those who wait were refused.
        """
        import anyio  # noqa: PLC0415  # see above

        waiter = _Waiter(anyio.Event(), use)
        self._waiting.append(waiter)
        self.share_out()  # what was given back since somebody looked
        try:
            await waiter.flag.wait()
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
        return waiter.has_room

"""How many events may wait somewhere, and who waits for room there."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from aldis._bell import Bell


class _Waiter:
    """One who waits for room; it is used for them at once, so that nobody is faster.

    Attributes:
        bell: wakes them, in their event loop.
        use: what is done with the place.
        undo: undoes that, if it has been done.
        gave_up: whether they were cancelled while they waited.
        claim: one item, until somebody decides what comes of the waiting.
        has_room: what came of it.
    """

    __slots__ = ("bell", "claim", "gave_up", "has_room", "undo", "use")

    def __init__(self, use: Callable[[], None], undo: Callable[[], object]) -> None:
        self.bell = Bell()
        self.use = use
        self.undo = undo
        self.gave_up = False
        self.claim: deque[None] = deque((None,))
        self.has_room = False

    def decide(self) -> bool:
        """Tell whether nobody has decided before."""
        try:
            self.claim.pop()  # atomic
        except IndexError:
            return False
        return True


class Room:
    """A number of places, for any number of event loops and threads.

    Everything may be called from anywhere, and nothing here waits for a lock: each step is atomic.
    """

    __slots__ = ("_free", "_fresh", "_is_shut", "_places", "_waiting")

    def __init__(self, places: int | None) -> None:
        self._places = places
        # A place is there once it was asked for: millions that nobody needs cost nothing.
        self._fresh = itertools.count()
        self._free: deque[None] = deque()
        self._waiting: deque[_Waiter] = deque()
        self._is_shut = False

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
        """Give a place back, to those who wait, if there are any."""
        if self._places is not None:
            self._free.append(None)
            if self._waiting:
                self.share_out()

    def share_out(self) -> None:
        """Hand the places that there are to those who wait, first come, first served."""
        while self._waiting and self._find():
            try:
                waiter = self._waiting.popleft()
            except IndexError:  # another thread was faster
                self._free.append(None)
                continue
            if waiter.decide():
                self._hand_to(waiter)
            else:
                self._free.append(None)

    def _hand_to(self, waiter: _Waiter) -> None:
        try:
            waiter.use()
            waiter.has_room = True
            # They may have given up in another thread, before there was anything to undo.
            if waiter.gave_up:
                waiter.undo()
        finally:
            waiter.bell.ring()

    def refuse(self) -> None:
        """Tell all who wait, or will, that there will be no room."""
        self._is_shut = True
        while self._waiting:
            try:
                waiter = self._waiting.popleft()
            except IndexError:
                return
            if waiter.decide():
                waiter.bell.ring()

    async def wait(self, use: Callable[[], None], undo: Callable[[], object]) -> bool:
        """Take a place as soon as there is one, and use it there and then.

        Args:
            use: called, in the order of waiting, with a place taken; perhaps in another thread.
            undo: called when the waiting is cancelled, perhaps twice, perhaps for nothing.

        Returns:
            Whether there was any; not when those who wait were refused.
        """
        waiter = _Waiter(use, undo)
        self._waiting.append(waiter)
        self.share_out()  # what was given back since somebody looked
        if self._is_shut:
            self.refuse()
        try:
            await waiter.bell.wait()
        except BaseException:
            if waiter.decide():
                with suppress(ValueError):  # another thread has taken it out
                    self._waiting.remove(waiter)
            waiter.gave_up = True
            waiter.undo()
            raise
        return waiter.has_room

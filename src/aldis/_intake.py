"""Where a stream takes events in: a buffer that any thread may put into."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, Literal, NoReturn, TypeAlias

from aldis._bell import Bell
from aldis._event import AnyEvent
from aldis._functions import check_returned
from aldis._inbox import Inbox
from aldis._room import Room
from aldis._signatures import Call
from aldis.exceptions import StreamLaggedError, StreamUseError

Overflow: TypeAlias = Literal["lag", "wait"]
Where: TypeAlias = Callable[[Any], object]


class Failure:
    """What `where` raised for an event; it is raised in the reader's task.

    Attributes:
        error: what it was.
    """

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


Item: TypeAlias = AnyEvent | Failure

WHERE: Final = Call(1, (), (), "where(event)")

_serials: Final = itertools.count()
_DROP: Final = object()


class Intake(Inbox):
    """The buffer between those who send and the one who reads.

    An item is put in by one atomic step. Only where one has to go, to make room for it, is there a
    lock, so that it is counted.

    Attributes:
        serial: its place in the one order in which all who send take places.
        waits: whether those who send wait for room.
    """

    __slots__ = (
        "__weakref__",
        "_bell",
        "_first_only",
        "_is_closed",
        "_is_read",
        "_items",
        "_limit",
        "_missed",
        "_room",
        "_where",
        "serial",
        "waits",
    )

    def __init__(
        self, limit: int, overflow: Overflow, where: Where | None, *, first_only: bool = False
    ) -> None:
        super().__init__()
        self.serial = next(_serials)
        self.waits = overflow == "wait"
        self._limit = limit
        self._where = where
        self._first_only = first_only
        self._items: deque[Item] = deque()
        self._room = Room(limit)
        self._missed = 0
        self._is_read = False
        self._is_closed = False
        self._bell: Bell | None = None

    def __call__(self, *_: object) -> NoReturn:
        """Look like a receiver, which `signal.receivers` gives; only signals put events in.

        Raises:
            StreamUseError: always.
        """
        raise StreamUseError("a stream is not called; send its signal")

    # -- whoever sends, anywhere ---------------------------------------------------------------

    def judge(self, event: AnyEvent) -> Item | None:
        """Give what an event puts in here, if anything."""
        if self._where is None:
            return event
        try:
            wanted = self._where(event)
            check_returned("where", wanted, WHERE)
            return event if wanted else None
        except Exception as error:  # noqa: BLE001  # it is the reader's, not the sender's
            return Failure(error)

    def reserve(self) -> bool:
        """Take a place, if one is needed; tell whether there was one."""
        return not self.waits or self._is_closed or self._room.take()

    async def wait_for_place(self) -> None:
        """Take a place as soon as there is one; none when the stream ends meanwhile."""
        places: deque[None] = deque()

        def give_back() -> None:
            with suppress(IndexError):
                places.pop()  # atomic
                self.release()

        await self._room.wait(partial(places.append, None), give_back)

    def release(self) -> None:
        """Give a place back that nothing was put into."""
        if self.waits:
            self._room.give_back()

    def put(self, item: Item) -> None:
        """Put an item in, where one waits for room into a place that was taken for it."""
        if self._is_closed or (self._first_only and self._items):
            return
        self._items.append(item)
        if self.is_closed:  # meanwhile
            self._items.clear()
        if len(self._items) > self._limit and not (self.waits or self._first_only):
            self.submit(_DROP)
        if self._is_read and self._bell is not None:
            self._bell.ring()

    def _apply(self, operation: object, trash: list[object]) -> None:
        if operation is _DROP and len(self._items) > self._limit:
            with suppress(IndexError):  # `close`, which takes no lock, was faster
                trash.append(self._items.popleft())
                self._missed += 1

    # -- whoever reads -------------------------------------------------------------------------

    def open(self) -> None:
        """Be read in the event loop that is running."""
        self._bell = Bell()

    def close(self) -> None:
        """Take nothing in any more; let go of what is there, and of all who wait."""
        self._is_closed = True
        self._items.clear()
        self._room.refuse()
        if self._bell is not None:
            self._bell.ring()

    @property
    def is_closed(self) -> bool:
        """Whether it takes nothing in any more."""
        return self._is_closed

    async def wait(self) -> None:
        """Wait until there is something to read, or it is closed."""
        # Who puts in looks at `_is_read` after that, who reads looks for items after this: one of
        # the two sees the other.
        self._is_read = True
        try:
            while self._bell is not None and not self._items and not self._is_closed:
                await self._bell.wait()
        finally:
            self._is_read = False

    def take(self) -> Item | None:
        """Take the next item, if there is one.

        Raises:
            StreamLaggedError: items before it were dropped.
        """
        found = self._hold(self._take)  # or a gap could be told behind what follows it
        if isinstance(found, int):
            raise StreamLaggedError(found)
        if found is not None:
            self.release()
        return found

    def _take(self) -> Item | int | None:
        missed, self._missed = self._missed, 0
        if missed:
            return missed
        try:
            return self._items.popleft()
        except IndexError:
            return None

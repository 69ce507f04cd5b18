"""How changes are made safely: they wait in a queue, and whoever holds the lock applies them.

A weakref callback, a `__del__` or a signal handler can run at any allocation, on any thread, also
on the very thread that holds the lock. Hence these rules:

1. A callback only appends to the queue: it is the queue's own `append`.
2. Every change is an operation in the queue; the holder of the lock applies them in order.
3. A thread that comes back while it holds the lock leaves its operation to its outer call.
4. An operation can be applied twice with the effect of once, and leaves the queue only when it is
   done: what a KeyboardInterrupt breaks off, the next call repairs.
5. What a change lets go of is kept until the lock is released, so that no `__del__` runs under it.
6. A forked child takes a new lock: the thread that held the old one does not exist there.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from aldis._types import Note

_T = TypeVar("_T")


class _Era:
    """The time between two forks, as seen from inside one process."""

    def __init__(self) -> None:
        self.renewal = threading.Lock()


_era = _Era()


def current_era() -> object:
    """Give what is another object in each forked process."""
    return _era


def _begin_era() -> None:  # pragma: no cover  # runs in forked children, where nobody measures
    global _era  # noqa: PLW0603  # one process has one era; a fork begins another
    _era = _Era()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # there is no fork on Windows
    os.register_at_fork(after_in_child=_begin_era)


class Inbox:
    """A queue of operations with the lock under which they are applied.

    Attributes:
        queue: what has not been applied yet; empty means that everything asked for is done.
        note: appends to it; one object, since each connection keeps it.
    """

    __slots__ = ("_born", "_lock", "note", "queue")

    def __init__(self) -> None:
        self.queue: deque[object] = deque()
        self.note: Note = self.queue.append
        self._born = _era
        # Reentrant not in order to be entered twice, but because it knows its owner in one atomic
        # step: an owner kept beside a plain lock would be wrong for a moment after each acquire.
        self._lock = threading.RLock()

    def _apply(self, operation: object, trash: list[object]) -> None:
        """Apply one operation, putting into `trash` every object that it lets go of."""
        raise NotImplementedError

    def settle(self) -> None:
        """Apply all that is queued; within an operation of this thread, leave it to that one."""
        while self.queue and not self.is_entered():
            trash: list[object] = []
            self._hold(self._apply_all, trash)

    def submit(self, operation: object) -> None:
        """Queue an operation and apply all that is queued."""
        self.queue.append(operation)
        self.settle()

    def _apply_all(self, trash: list[object]) -> None:
        queue = self.queue
        while queue:
            operation = queue[0]
            self._apply(operation, trash)
            trash.append(operation)
            queue.popleft()

    def is_entered(self) -> bool:
        """Tell whether this thread is inside an operation: a callback or a handler asks."""
        # A lock from before a fork says nothing: threads of the child can have the numbers of those
        # that held it. `_is_owned` is in no stub, but `threading.Condition` relies on it as well.
        return self._born is _era and bool(cast("Any", self._lock)._is_owned())

    def _hold(self, work: Callable[..., _T], *arguments: object) -> _T:
        """Run `work` under the lock; within an operation of this thread, it holds already."""
        if self.is_entered():
            return work(*arguments)
        lock = self._lock if self._born is _era else self._renew_lock()
        # `with lock` can be interrupted between acquiring and the block on CPython 3.14
        # (python/cpython#148874). Hence acquiring is inside the `try`, and releasing is the first
        # call of the `finally`: a `suppress` in its place would be another one to interrupt.
        try:
            lock.acquire()
            return work(*arguments)
        finally:
            try:  # noqa: SIM105
                lock.release()
            except RuntimeError:  # interrupted before it was acquired
                pass

    def _renew_lock(self) -> threading.RLock:
        era = _era
        with era.renewal:
            if self._born is not era:
                self._lock = threading.RLock()
                self._born = era
        return self._lock

"""What has become of each event that a dispatcher has accepted."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from aldis._posted import Posted


class Statistics(NamedTuple):
    """What has become of the events that a dispatcher has accepted; it adds up to all of them.

    Attributes:
        pending: not begun.
        running: their receivers run.
        done: delivered, and no receiver failed.
        failed: delivered, and a receiver failed, or the sending itself.
        dropped: cancelled, or cut off by the end of the dispatcher.
    """

    pending: int
    running: int
    done: int
    failed: int
    dropped: int


DONE: Final = 0
FAILED: Final = 1
DROPPED: Final = 2

_Ended: TypeAlias = tuple[int, int, int, Posted | None]


class Ledger:
    """The events, from their acceptance to their end.

    Nothing here waits for a lock, since a destructor or a signal handler may post, cancel or count
    in the middle of a step of the same thread. Instead each step is atomic, and who takes an event
    out of `_pending` is the one who decides on it. `enter`, `claim`, `forget` and `count` may be
    called from anywhere; `end` belongs to the event loop.
    """

    __slots__ = ("_ended", "_live", "_pending")

    def __init__(self) -> None:
        self._pending: dict[Posted, None] = {}
        self._live: dict[Posted, None] = {}
        # How many have ended in which way; and the one that still stands in `_live` as well, for
        # the moment until it is taken out.
        self._ended: _Ended = (0, 0, 0, None)

    def enter(self, posted: Posted) -> None:
        """Accept an event."""
        self._pending[posted] = None
        self._live[posted] = None

    def claim(self, posted: Posted) -> bool:
        """Take an event that has not begun, to begin it or to cancel it; tell who comes first."""
        return self._pending.pop(posted, posted) is None

    def forget(self, posted: Posted) -> None:
        """Undo the acceptance of an event that was claimed."""
        self._live.pop(posted, None)

    def is_pending(self, posted: Posted) -> bool:
        """Tell whether nobody has claimed an event."""
        return posted in self._pending

    def is_live(self, posted: Posted) -> bool:
        """Tell whether an event has been accepted and has not ended."""
        return posted in self._live

    def end(self, posted: Posted, how: int) -> None:
        """Count an event that has ended."""
        done, failed, dropped, _ = self._ended
        if how == DONE:
            done += 1
        elif how == FAILED:
            failed += 1
        else:
            dropped += 1
        self._ended = (done, failed, dropped, posted)
        self._live.pop(posted, None)
        self._ended = (done, failed, dropped, None)

    def live(self) -> list[Posted]:
        """Give all that have not ended, in the order of posting."""
        return list(self._live.copy())

    def is_busy(self) -> bool:
        """Tell whether any has not ended."""
        return bool(self._live)

    def count(self) -> Statistics:
        """Count; what changes in another thread meanwhile is seen before or after its change."""
        while True:
            ended = self._ended
            found = self._count(ended)
            if self._ended is ended:
                return found

    def _count(self, ended: _Ended) -> Statistics:
        done, failed, dropped, last = ended
        live = self._live.copy()
        if last is not None:
            live.pop(last, None)
        pending = running = 0
        for posted in live:
            if posted in self._pending:
                pending += 1
            elif posted.is_done:  # cancelled, and its event loop has not been there yet
                dropped += 1
            else:
                running += 1
        return Statistics(pending, running, done, failed, dropped)

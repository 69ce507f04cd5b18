"""Where a dispatcher's events are handed in, and where those wait who want to know of them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from aldis._bell import Bell
from aldis._ledger import Ledger
from aldis._outcome import Outcomes
from aldis._posted import Posted
from aldis._room import Room
from aldis._turn import Turn, running_turns
from aldis.exceptions import DeliveryCancelledError, DispatcherFullError, DispatcherUseError

if TYPE_CHECKING:
    from anyio import Event as Flag

# anyio is imported where it is first needed, as `_cancellation` says.


class Desk:
    """The side of a crew that the rest of a program sees.

    `hand_over`, `take_back` and `cancel` may be called from anywhere and never wait: they change
    the ledger and leave the rest to the event loop, which the bell wakes. All else belongs to that
    loop, the one that the desk was made in.

    Attributes:
        ledger: the events that were accepted.
        room: for how many more there is room.
    """

    def __init__(self, concurrency: int | None, max_pending: int | None) -> None:
        import anyio.lowlevel  # noqa: PLC0415  # see above

        self.ledger = Ledger()
        self.room = Room(max_pending)
        self._max_pending = max_pending
        self._limit = math.inf if concurrency is None else concurrency
        self._blocked_by: list[Desk] = []  # other ones, for whose room receivers of this one wait
        self._token = anyio.lowlevel.current_token()
        self._bell = Bell()
        self._inbox: deque[Posted] = deque()
        self._requests: deque[Posted] = deque()
        self._drainers: list[Flag] = []
        self._is_stopping = False

    def _call_workers(self) -> None:
        """See to it that what can begin does."""
        raise NotImplementedError

    # -- from anywhere -------------------------------------------------------------------------

    def hand_over(self, posted: Posted) -> None:
        """Have an event delivered; a place in the room has been taken for it."""
        try:
            self.ledger.enter(posted)
            self._inbox.append(posted)
            self._bell.ring()
        except BaseException:  # interrupted
            never_entered = not self.take_back(posted) and not (posted.has_begun or posted.is_done)
            if never_entered:
                self.room.give_back()
            raise

    def take_back(self, posted: Posted) -> bool:
        """Undo `hand_over`; tell whether that came in time."""
        if not self.ledger.claim(posted):
            return False
        self.ledger.forget(posted)
        self.room.give_back()
        self._request(posted)
        return True

    def cancel(self, posted: Posted) -> None:
        """Have an event cancelled; one that has not begun ends at once."""
        claimed = False
        try:
            claimed = self.ledger.claim(posted)
            if claimed:
                posted.settle(cancelled(posted, began=False))
        finally:
            if claimed:
                self.room.give_back()
            self._request(posted)

    def _request(self, posted: Posted) -> None:
        self._requests.append(posted)
        self._bell.ring()

    # -- waiting -------------------------------------------------------------------------------

    def check_loop(self, what: str) -> None:
        """Refuse to wait in another event loop, where nobody would wake the task.

        Raises:
            DispatcherUseError: this is another one.
        """
        import anyio.lowlevel  # noqa: PLC0415  # see above

        if anyio.lowlevel.current_token() != self._token:
            raise DispatcherUseError(
                f"{what} waits in the event loop of its dispatcher, and this is another one; "
                f"do it there, or post(event) and do not wait"
            )

    async def wait_idle(self) -> None:
        """Wait until nothing is pending or running."""
        while self.ledger.is_busy():
            await self._wait_for_news()

    async def finish(self) -> None:
        """Wait until nothing is pending or running, or those who deliver have to stop."""
        while self.ledger.is_busy() and not self._is_stopping:
            await self._wait_for_news()

    async def _wait_for_news(self) -> None:
        import anyio  # noqa: PLC0415  # see above

        flag = anyio.Event()
        self._drainers.append(flag)
        try:
            await flag.wait()
        finally:
            if flag in self._drainers:
                self._drainers.remove(flag)

    async def hand_over_later(self, posted: Posted) -> bool:
        """Have an event delivered as soon as there is room; tell whether there was any.

        Cancelled while it waits, it hands nothing over, or takes it back if it has not begun.

        Raises:
            DispatcherFullError: this is called from a receiver whose end, directly or through other
                dispatchers, those wait for who could make room.
        """
        callers = {turn.owner for turn in running_turns()}
        if any(self._waits_for(caller) for caller in callers):
            raise DispatcherFullError(self._max_pending)
        desks = [caller for caller in callers if isinstance(caller, Desk)]
        for desk in desks:
            desk._blocked_by.append(self)
        try:
            return await self.room.wait(
                partial(self.hand_over, posted), partial(self.take_back, posted)
            )
        finally:
            for desk in desks:
                desk._blocked_by.remove(self)

    def _waits_for(self, other: object) -> bool:
        """Tell whether what is delivered from here waits for room there, or it is the same one."""
        reached: set[Desk] = set()
        ahead: list[Desk] = [self]
        while ahead:
            desk = ahead.pop()
            if desk is other:
                return True
            if desk not in reached:
                reached.add(desk)
                ahead += desk._blocked_by
        return False

    async def wait_for(self, posted: Posted) -> None:
        """Wait for the end of one event."""
        import anyio  # noqa: PLC0415  # see above

        self.check_loop("await delivery")
        turns = [turn for turn in running_turns() if turn.owner is self]
        if any(turn.item is posted for turn in turns):
            raise DispatcherUseError(
                "a receiver cannot wait for the delivery that it is part of: that one waits for "
                "this receiver; return first, and wait outside of it"
            )
        if posted.line is not None and any(turn.line == posted.line for turn in turns):
            raise DispatcherUseError(
                "with ordered=True, a receiver cannot wait for an event of the signal and sender "
                "that it is called for: that one waits for this receiver; return first, and wait "
                "outside of it"
            )
        if posted.flag is None:
            posted.flag = anyio.Event()
        if not turns:
            await posted.flag.wait()
            return
        with self._lent(turns[-1]):
            await posted.flag.wait()

    @contextmanager
    def _lent(self, turn: Turn) -> Generator[None, None, None]:
        """Not count a turn: receivers that wait could leave no worker for what they wait for."""
        turn.waits += 1
        if turn.waits == 1:
            self._limit += 1
            self._call_workers()
        try:
            yield
        finally:
            turn.waits -= 1
            if turn.waits == 0:
                self._limit -= 1

    # -- ending --------------------------------------------------------------------------------

    def _end(self, posted: Posted, how: int, result: Outcomes[Any] | BaseException) -> None:
        self.ledger.end(posted, how)
        posted.settle(result)
        if posted.flag is not None:
            posted.flag.set()
        self._wake_if_idle()

    def _wake_if_idle(self) -> None:
        if self._drainers and not self.ledger.is_busy():
            self._wake_drainers()

    def _wake_drainers(self) -> None:
        for flag in self._drainers:
            flag.set()
        self._drainers.clear()


def cancelled(posted: Posted, *, began: bool) -> DeliveryCancelledError:
    return DeliveryCancelledError(posted.event.signal.name, began=began)

"""Where a dispatcher's events are handed in, and where those wait who want to know of them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aldis._bell import Bell
from aldis._ledger import Ledger
from aldis._outcome import Outcomes
from aldis._posted import Posted
from aldis._room import Room
from aldis._turn import Turn, running_turn, waits_for
from aldis.exceptions import DeliveryCancelledError, DispatcherFullError, DispatcherUseError

if TYPE_CHECKING:
    from anyio import Event as Flag

# anyio is imported where it is first needed, as `_cancellation` says.

CANCELLED: Final = "it was cancelled"


class _Idleness:
    """What those wait for who want all events ended: to a search for circles, one behind them all.

    Attributes:
        turn: none; it is no event.
        flag: what they wait for.
        waiting: as of an event.
    """

    __slots__ = ("_ledger", "flag", "turn", "waiting")

    def __init__(self, ledger: Ledger) -> None:
        import anyio  # noqa: PLC0415  # see above

        self.turn = None
        self.flag = anyio.Event()
        self.waiting: list[tuple[Turn[Any], bool]] = []
        self._ledger = ledger

    def ahead(self) -> Iterable[Posted]:
        """Give all events that have not ended."""
        return self._ledger.live()


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
        self._drainers: list[_Idleness] = []
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
        posted.is_refused = True  # from before it is claimed: another thread may be closing
        if not self.ledger.claim(posted):
            posted.is_refused = False
            return False
        self.ledger.forget(posted)
        self.room.give_back()
        self._request(posted)
        return True

    def cancel(self, posted: Posted) -> None:
        """Have an event cancelled; one that has not begun ends at once."""
        claimed = False
        posted.is_unwanted = True
        try:
            claimed = self.ledger.claim(posted)
            if claimed:
                posted.settle(cut_off(posted, CANCELLED))
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
        if not self._is_here():
            raise DispatcherUseError(
                f"{what} waits in the event loop of its dispatcher, and this is another one; "
                f"do it there, or post(event) and do not wait"
            )

    async def wait_idle(self) -> None:
        """Wait until nothing is pending or running.

        Raises:
            DispatcherUseError: this is called from a receiver for whose end one of them waits.
        """
        while self.ledger.is_busy():
            await self._wait_for_news()

    async def finish(self) -> None:
        """Wait until nothing is pending or running, or those who deliver have to stop.

        Raises:
            DispatcherUseError: as for `wait_idle`.
        """
        while self.ledger.is_busy() and not self._is_stopping:
            await self._wait_for_news()

    async def _wait_for_news(self) -> None:
        idleness, turn = _Idleness(self.ledger), running_turn()
        _check_circle(idleness, turn)
        self._drainers.append(idleness)
        try:
            await self._wait_within(turn, idleness, idleness.flag)
        finally:
            if idleness in self._drainers:
                self._drainers.remove(idleness)

    async def hand_over_later(self, posted: Posted) -> bool:
        """Have an event delivered as soon as there is room; tell whether there was any.

        Cancelled while it waits, it hands nothing over, or takes it back if it has not begun.

        Raises:
            DispatcherFullError: this is called from a receiver whose end, directly or through other
                dispatchers, those wait for who could make room.
        """
        turn = running_turn()
        caller: Desk | None = None if turn is None else turn.owner
        if caller is None:
            return await self._wait_for_room(posted)
        if self._waits_for(caller):
            raise DispatcherFullError(self._max_pending)
        caller._blocked_by.append(self)
        try:
            return await self._wait_for_room(posted)
        finally:
            caller._blocked_by.remove(self)

    async def _wait_for_room(self, posted: Posted) -> bool:
        return await self.room.wait(
            partial(self.hand_over, posted), partial(self.take_back, posted)
        )

    def _waits_for(self, other: Desk) -> bool:
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
        turn = running_turn()
        _check_circle(posted, turn)
        if posted.flag is None:
            posted.flag = anyio.Event()
        await self._wait_within(turn, posted, posted.flag)

    def ahead_of(self, posted: Posted) -> Iterable[Posted]:
        """Give the event whose end one waits for before it can begin."""
        raise NotImplementedError

    # -- lending -------------------------------------------------------------------------------

    # While a turn waits for an event, another one may have its place: else receivers that wait for
    # each other's events could leave no worker for them. It has it back when that event ends.

    async def _wait_within(
        self, turn: Turn[Desk] | None, awaited: Posted | _Idleness, flag: Flag
    ) -> None:
        if turn is None:
            await flag.wait()
            return
        loan = self._lend(awaited, turn)
        try:
            await flag.wait()
        finally:
            if loan in awaited.waiting:  # it was given up
                self._repay(awaited, loan)

    @staticmethod
    def _lend(awaited: Posted | _Idleness, turn: Turn[Desk]) -> tuple[Turn[Desk], bool]:
        owner = turn.owner
        loan = (turn, owner is not None and owner._is_here())
        turn.awaits.append(awaited)
        awaited.waiting.append(loan)
        if owner is not None and loan[1]:
            turn.loans += 1
            if turn.loans == 1 and owner._limit < math.inf:  # else each event has a worker
                owner._limit += 1
                owner._call_workers()
        return loan

    @staticmethod
    def _repay(awaited: Posted | _Idleness, loan: tuple[Turn[Desk], bool]) -> None:
        awaited.waiting.remove(loan)
        turn, is_lent = loan
        owner = turn.owner
        if owner is None:  # its end has paid
            return
        turn.awaits.remove(awaited)
        if is_lent:
            turn.loans -= 1
            if turn.loans == 0:
                owner._limit -= 1

    def _end_turn(self, turn: Turn[Desk]) -> None:
        if turn.loans:
            self._limit -= 1
        turn.end()

    def _is_here(self) -> bool:
        import anyio.lowlevel  # noqa: PLC0415  # see above

        return anyio.lowlevel.current_token() == self._token

    # -- ending --------------------------------------------------------------------------------

    def _end(self, posted: Posted, how: int, result: Outcomes[Any] | BaseException) -> None:
        self.ledger.end(posted, how)
        posted.settle(result)
        if posted.flag is not None:  # somebody waits
            self._wake(posted, posted.flag)
        self._wake_if_idle()

    def _wake(self, awaited: Posted | _Idleness, flag: Flag) -> None:
        for loan in awaited.waiting.copy():
            self._repay(awaited, loan)
        flag.set()

    def _wake_if_idle(self) -> None:
        if self._drainers and not self.ledger.is_busy():
            self._wake_drainers()

    def _wake_drainers(self) -> None:
        for idleness in self._drainers:
            self._wake(idleness, idleness.flag)
        self._drainers.clear()


def _check_circle(awaited: Posted | _Idleness, turn: Turn[Desk] | None) -> None:
    """Refuse to have a turn wait for what waits for its own end.

    Raises:
        DispatcherUseError: it would.
    """
    if turn is not None and waits_for(awaited, turn):
        raise DispatcherUseError(
            "this receiver would wait for itself: what it awaits waits, directly or through "
            "others, for its end; return first, and wait outside of it"
        )


def cut_off(posted: Posted, reason: str) -> DeliveryCancelledError:
    """Make the error of an event that does not end by itself."""
    began = posted.has_begun
    return DeliveryCancelledError(posted.event.signal.name, began=began, reason=reason)

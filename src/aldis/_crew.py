"""The tasks that deliver a dispatcher's events."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Final

from aldis._agenda import Agenda
from aldis._cancellation import forgive
from aldis._contextual import Adoption, InContext
from aldis._desk import CANCELLED, Desk, cut_off
from aldis._event import AnyEvent
from aldis._event_source import deliver
from aldis._ledger import DONE, DROPPED, FAILED
from aldis._outcome import Outcome, Outcomes
from aldis._posted import Posted
from aldis._turn import Turn, begin_turn

if TYPE_CHECKING:
    from anyio import CancelScope
    from anyio import Event as Flag
    from anyio.abc import TaskGroup

# anyio is imported where it is first needed, as `_cancellation` says.

_TOO_LATE: Final = "its dispatcher ended first; where that had too little time, pass a larger grace"
_STRAY: Final = "a receiver raised a cancellation that was not meant for it"
_KEPT = 16  # workers that wait for more to do; the others end


class Crew(Desk):
    """Delivers what is handed to it, a few events at a time, in the event loop it was made in.

    The tasks are shielded: what cancels the block does not cancel them, only `stop` does.

    Attributes:
        crashes: what is no `Exception`, raised by receivers or `on_error`; it stops the crew.
        was_cancelled: whether one of its tasks was cancelled from outside, which stops it too.
    """

    def __init__(
        self,
        concurrency: int | None,
        max_pending: int | None,
        *,
        report: Callable[[Outcome[Any], AnyEvent], None],
        on_crash: Callable[[], None],
    ) -> None:
        """Make the crew of the event loop that is running.

        Args:
            concurrency: how many events are delivered at a time; `None` sets no bound.
            max_pending: how many may wait for that; `None` sets no bound.
            report: called with what failed; it raises no `Exception`.
            on_crash: called when the crew has to stop.
        """
        import anyio  # noqa: PLC0415  # see above

        super().__init__(concurrency, max_pending)
        self.crashes: list[BaseException] = []
        self.was_cancelled = False
        self._report = report
        self._on_crash = on_crash
        self._cancelled_type = anyio.get_cancelled_exc_class()
        self._adopt = Adoption().adopt
        self._scope = anyio.CancelScope(shield=True)
        self._agenda: Agenda[Posted] = Agenda()
        self._workers = 0
        self._idle: deque[Flag] = deque()
        self._has_begun = False

    # -- the tasks -----------------------------------------------------------------------------

    def begin(self, tasks: TaskGroup) -> None:
        """Have it run in a task of a group."""
        import anyio.lowlevel  # noqa: PLC0415  # see above

        tasks.start_soon(self.run, name="aldis.Dispatcher")
        # Under asyncio a task that is cancelled before its first step never takes it, and nothing
        # of ours runs that could tell. But the loop calls in order: this comes behind that step.
        native: Any = anyio.lowlevel.current_token().native_token
        call_soon = getattr(native, "call_soon", None)  # trio, whose tasks all begin, has none
        if call_soon is not None:
            call_soon(self._check_begun)

    def _check_begun(self) -> None:
        if not self._has_begun:
            self._give_up()

    async def run(self) -> None:
        """Deliver until `stop` is called."""
        import anyio  # noqa: PLC0415  # see above

        self._has_begun = True
        with self._scope:
            async with anyio.create_task_group() as tasks:
                self._tasks = tasks
                await self._guard(self._listen)

    def stop(self) -> None:
        """Cancel what is running; what has not ended then is for `close` to settle."""
        self._is_stopping = True
        self._wake_drainers()
        self._scope.cancel()

    def close(self) -> None:
        """End all that has not ended, once the tasks have; it is reported."""
        self._is_stopping = True
        for posted in self.ledger.live():
            is_ours = self.ledger.claim(posted)  # from here on, nobody else does
            if is_ours or posted.has_begun or not posted.is_refused:
                self._cut_off(posted, CANCELLED if posted.is_unwanted else _TOO_LATE)
        self._inbox.clear()
        self._requests.clear()
        self._agenda = Agenda()
        self._wake_drainers()

    def _crash(self, error: BaseException) -> None:
        self.crashes.append(error)
        if not self._is_stopping:
            self.stop()
            self._on_crash()

    def _give_up(self) -> None:
        """Stop, and end the block: a task of the crew was cancelled, and by none of us."""
        if not self._is_stopping:
            self.was_cancelled = True
            self.stop()
            self._on_crash()

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        """Stop the crew where one of its tasks ends in another way than it should."""
        try:
            await work()
        except self._cancelled_type:
            self._give_up()
            raise
        except GeneratorExit:
            self._is_stopping = True
            raise
        except BaseException as error:  # noqa: BLE001  # raised again at the end of the block
            self._crash(error)

    async def _listen(self) -> None:
        while True:
            await self._bell.wait()
            self._take_in()
            while self._requests:
                self._heed(self._requests.popleft())
            self._wake_if_idle()
            self._call_workers()

    def _take_in(self) -> None:
        while self._inbox:
            posted = self._inbox.popleft()
            if self.ledger.is_pending(posted):
                self._agenda.add(posted)

    def _heed(self, posted: Posted) -> None:
        """See to an event that somebody wants cancelled, or has cancelled."""
        if posted.scope is not None:
            posted.scope.cancel()
            return
        self._agenda.discard(posted)
        if self.ledger.is_live(posted):
            self._cut_off(posted, CANCELLED)

    def _call_workers(self) -> None:
        for _ in range(self._agenda.ready()):
            if self._idle:
                self._idle.popleft().set()
            elif self._workers < self._limit and not self._is_stopping:
                self._workers += 1
                self._tasks.start_soon(self._guard, self._work, name="aldis.Dispatcher worker")
            else:
                return

    async def _work(self) -> None:
        import anyio  # noqa: PLC0415  # see above

        goes_on = True
        while goes_on:
            # One scope for many events: it costs as much as a delivery. Should an event be
            # cancelled, the worker goes on in another.
            with anyio.CancelScope() as scope:
                goes_on = await self._work_within(scope)
        self._workers -= 1
        self._call_workers()  # it may be this one that was woken for an event

    async def _work_within(self, scope: CancelScope) -> bool:
        """Deliver one event after another; give `False` when nobody need wait for more."""
        from anyio.lowlevel import checkpoint  # noqa: PLC0415  # see above

        while True:
            if self._workers > self._limit:
                return False
            posted = self._next()
            if posted is not None:
                if not await self._deliver(posted, scope):
                    return False
                posted = None  # it may be long until there is another
                try:
                    await checkpoint()
                except self._cancelled_type:  # a receiver may have asked for it, as it returned
                    if not self._is_stray(scope):
                        raise
            elif len(self._idle) >= _KEPT:
                return False
            else:
                await self._rest()

    async def _rest(self) -> None:
        import anyio  # noqa: PLC0415  # see above

        flag = anyio.Event()
        self._idle.append(flag)
        try:
            await flag.wait()
        finally:
            if not flag.is_set():
                self._idle.remove(flag)

    def _is_stray(self, scope: CancelScope) -> bool:
        """Tell whether a cancellation is meant for nobody here; take it back if so.

        Under asyncio a receiver can raise what it got from awaiting something that was cancelled,
        or cancel the task that it happens to run in: that is the end of its event, not of the crew.
        """
        if scope.cancel_called or self._is_stopping or self._tasks.cancel_scope.cancel_called:
            return False
        forgive()
        return True

    def ahead_of(self, posted: Posted) -> Iterable[Posted]:
        """Give the event whose end one waits for before it can begin."""
        first = self._agenda.first_of(posted.line)
        return () if first is None or first is posted else (first,)

    # -- one event -----------------------------------------------------------------------------

    def _next(self) -> Posted | None:
        """Give the next event to deliver, if there is one."""
        self._take_in()
        while (posted := self._agenda.take()) is not None:
            if self.ledger.claim(posted):
                self.room.give_back()
                break
            self._agenda.end(posted)  # cancelled; `_heed` will see to the rest
        return posted

    async def _deliver(self, posted: Posted, scope: CancelScope) -> bool:
        """Deliver one event; tell whether the task is fit for another."""
        context = _context_of(posted)
        self._adopt(context)
        turn: Turn[Desk] = begin_turn(context, self)
        posted.turn = turn
        posted.scope = scope
        outcomes: list[Outcome[Any]] = []
        posted.outcomes = outcomes
        result: Outcomes[Any] | Exception | None = None
        try:
            result = await _try(InContext(context, deliver(posted.event, outcomes)))
        except self._cancelled_type as stray:
            posted.scope = None
            if scope.cancel_called and not self._is_stopping:
                self._cut_off(posted, CANCELLED)
            if not self._is_stray(scope):
                raise  # if the crew is stopping, `close` sees to the event
            self._cut_off(posted, _STRAY, _without_frames(stray, 2))
            return False  # a scope that the receiver has left open ends no other event
        except GeneratorExit:  # the event loop was closed around it
            posted.scope = None
            raise
        except BaseException as error:  # noqa: BLE001  # raised again at the end of the block
            posted.scope = None
            self._crash(error)
        else:
            posted.scope = None
            self._conclude(posted, result)
        finally:
            self._end_turn(turn)
            self._agenda.end(posted)
            # On Python 3.13 the frames of an error lead back to this one, and to those that hold
            # the list: neither may hold what holds the error.
            if posted.is_done:
                outcomes.clear()
            del context, outcomes, posted, result
        return True

    def _conclude(self, posted: Posted, result: Outcomes[Any] | Exception) -> None:
        if isinstance(result, Exception):
            failed = [Outcome[Any](posted.event.signal.send_robust_async, error=result)]
        else:
            failed = [outcome for outcome in result if outcome.error is not None]
        if failed:
            self._try_report(posted, failed)
            self._end(posted, FAILED, result)
        else:
            self._end(posted, DONE, result)

    def _cut_off(self, posted: Posted, reason: str, cause: BaseException | None = None) -> None:
        """End an event that does not end by itself; what a user has cancelled, the user knows."""
        error = cut_off(posted, reason)
        error.__cause__ = cause
        failed = [outcome for outcome in posted.outcomes or () if outcome.error is not None]
        if reason is not CANCELLED:
            failed.append(Outcome[Any](posted.event.signal.send_robust_async, error=error))
        self._try_report(posted, failed)
        self._end(posted, DROPPED, error)

    def _try_report(self, posted: Posted, failed: list[Outcome[Any]]) -> None:
        """Report within the context of whoever posted, whatever comes of it."""
        for outcome in failed:
            try:
                _context_of(posted).run(self._report, outcome, posted.event)
            except Exception as error:  # noqa: BLE001  # of the logger that was told of another
                sys.excepthook(type(error), error, error.__traceback__)
            except BaseException as error:  # noqa: BLE001  # raised at the end of the block
                self._crash(error)


def _without_frames(error: BaseException, count: int) -> BaseException:
    """Take our frames from a traceback: they hold the delivery, which will hold the error."""
    traceback = error.__traceback__
    for _ in range(count):
        traceback = None if traceback is None else traceback.tb_next
    return error.with_traceback(traceback)


def _context_of(posted: Posted) -> Context:
    context = posted.context
    return copy_context() if context is None else context  # it has one until it has ended


async def _try(sending: InContext[Outcomes[Any]]) -> Outcomes[Any] | Exception:
    # An error's traceback holds the frames that it came through: none of them may hold its
    # delivery, which will hold the error.
    try:
        return await sending
    except Exception as error:  # noqa: BLE001  # whoever awaits it is told, and `on_error`
        return error
    finally:
        del sending

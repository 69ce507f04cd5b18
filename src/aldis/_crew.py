"""The tasks that deliver a dispatcher's events."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from aldis._agenda import Agenda
from aldis._cancellation import forgive
from aldis._contextual import Adoption, InContext
from aldis._desk import Desk, cancelled
from aldis._event_source import deliver
from aldis._ledger import DONE, DROPPED, FAILED
from aldis._outcome import Outcome, Outcomes
from aldis._posted import AnyEvent, Posted
from aldis._turn import begin_turn

if TYPE_CHECKING:
    from anyio import CancelScope
    from anyio import Event as Flag

# anyio is imported where it is first needed, as `_cancellation` says.

_KEPT = 16  # workers that wait for more to do; the others end


class Crew(Desk):
    """Delivers what is handed to it, a few events at a time, in the event loop it was made in.

    The tasks are shielded: what cancels the block does not cancel them, only `stop` does.

    Attributes:
        crashes: what is no `Exception`, raised by receivers or `on_error`; it stops the crew.
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
        self._report = report
        self._on_crash = on_crash
        self._cancelled_type = anyio.get_cancelled_exc_class()
        self._adopt = Adoption().adopt
        self._scope = anyio.CancelScope(shield=True)
        self._agenda: Agenda[Posted] = Agenda()
        self._workers = 0
        self._idle: deque[Flag] = deque()

    # -- the tasks -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Deliver until `stop` is called."""
        import anyio  # noqa: PLC0415  # see above

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
            claimed = self.ledger.claim(posted)
            by_us = claimed or posted.has_begun  # else a user is cancelling it, and knows
            self._cut_off(posted, reported=by_us, began=not claimed and by_us)
        self._inbox.clear()
        self._requests.clear()
        self._agenda = Agenda()
        self._wake_drainers()

    def _crash(self, error: BaseException) -> None:
        self.crashes.append(error)
        if not self._is_stopping:
            self.stop()
            self._on_crash()

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        """Stop the crew where one of its tasks ends in another way than it should.

        The others would take the cancellation that follows for a stray one.
        """
        try:
            await work()
        except self._cancelled_type:
            raise
        except GeneratorExit:
            self._is_stopping = True
            raise
        except BaseException as error:  # noqa: BLE001  # raised again at the end of the block
            self._crash(error)

    async def _listen(self) -> None:
        while True:
            try:
                await self._bell.wait()
            except self._cancelled_type:
                if not self._is_stray(self._scope):
                    raise
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
            self._cut_off(posted, reported=False, began=False)

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
            try:
                if posted is not None:
                    await self._deliver(posted, scope)
                    posted = None  # it may be long until there is another
                    await checkpoint()
                elif len(self._idle) >= _KEPT:
                    return False
                else:
                    await self._rest()
            except self._cancelled_type:
                if not self._is_stray(scope):
                    raise

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
        """Tell whether nobody has cancelled a scope or the crew; take the cancellation back if so.

        Under asyncio a receiver can raise what it got from awaiting something that was cancelled,
        or cancel the task that it happens to run in: that is the end of its event, and not of the
        worker.
        """
        if scope.cancel_called or self._is_stopping:
            return False
        forgive()
        return True

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

    async def _deliver(self, posted: Posted, scope: CancelScope) -> None:
        context, event = _context_of(posted), posted.event
        self._adopt(context)
        turn = begin_turn(context, self, posted)
        posted.scope = scope
        posted.has_begun = True
        try:
            sending = deliver(event)
            result = await _try(InContext(context, sending))
        except self._cancelled_type:
            posted.scope = None
            if not self._is_stopping:  # else `close` sees to it
                self._cut_off(posted, reported=not scope.cancel_called)
            raise
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
            turn.end()
            self._agenda.end(posted)

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

    def _cut_off(self, posted: Posted, *, reported: bool, began: bool = True) -> None:
        error = cancelled(posted, began=began)
        if reported:
            outcome = Outcome[Any](posted.event.signal.send_robust_async, error=error)
            self._try_report(posted, [outcome])
        self._end(posted, DROPPED, error)

    def _try_report(self, posted: Posted, failed: list[Outcome[Any]]) -> None:
        """Report within the context of whoever posted, whatever comes of it."""
        for outcome in failed:
            try:
                _context_of(posted).run(self._report, outcome, posted.event)
            except BaseException as error:  # noqa: BLE001  # raised at the end of the block
                self._crash(error)


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

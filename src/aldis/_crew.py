"""The tasks that deliver a dispatcher's events, and what has become of each event."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from aldis._agenda import Agenda
from aldis._bell import Bell
from aldis._contextual import InContext
from aldis._outcome import Outcome, Outcomes
from aldis._posted import AnyEvent, Posted
from aldis.exceptions import DeliveryCancelledError

if TYPE_CHECKING:
    from anyio import CancelScope
    from anyio import Event as Flag
    from anyio.abc import TaskGroup

# anyio is imported where it is first needed, as `_cancellation` says.


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


class Crew:
    """Delivers what is handed to it, a few events at a time, in the event loop it was made in.

    `hand_over` and `request_cancel` may be called from anywhere and never wait: a step on a deque
    is atomic, and the bell wakes the task that looks into it. All else belongs to the loop.
    """

    def __init__(
        self,
        tasks: TaskGroup,
        concurrency: int | None,
        *,
        on_begin: Callable[[], None],
        on_error: Callable[[Outcome[Any], AnyEvent], None],
    ) -> None:
        """Begin to listen.

        Args:
            tasks: where its tasks run.
            concurrency: how many events are delivered at a time; `None` sets no bound.
            on_begin: called when an event has left the queue.
            on_error: called with what failed; it does not raise.
        """
        self._tasks = tasks
        self._concurrency = math.inf if concurrency is None else concurrency
        self._on_begin = on_begin
        self._on_error = on_error
        self._bell = Bell()
        self._inbox: deque[Posted] = deque()
        self._requests: deque[Posted] = deque()
        self._agenda: Agenda[Posted] = Agenda()
        self._running: dict[int, Posted] = {}
        self._idle: deque[Flag] = deque()
        self._workers = 0
        self._taken = self._done = self._failed = self._dropped = 0
        self._waiting: list[Flag] = []
        tasks.start_soon(self._listen)

    # -- from anywhere -------------------------------------------------------------------------

    def hand_over(self, posted: Posted) -> None:
        """Have an event delivered."""
        self._inbox.append(posted)
        self._bell.ring()

    def take_back(self, posted: Posted) -> bool:
        """Undo `hand_over`; tell whether that came in time."""
        try:
            self._inbox.remove(posted)
        except ValueError:
            return False
        return True

    def request_cancel(self, posted: Posted) -> None:
        """Have an event cancelled."""
        self._requests.append(posted)
        self._bell.ring()

    def statistics(self) -> Statistics:
        """Count."""
        ended = self._done + self._failed + self._dropped
        running = len(self._running)
        pending = len(self._inbox) + self._taken - ended - running
        return Statistics(pending, running, self._done, self._failed, self._dropped)

    # -- in the loop ---------------------------------------------------------------------------

    async def wait_idle(self) -> None:
        """Wait until nothing is pending or running."""
        import anyio  # noqa: PLC0415  # see above

        while self._is_busy():
            flag = anyio.Event()
            self._waiting.append(flag)
            await flag.wait()

    def rest(self) -> list[tuple[Posted, bool]]:
        """Take all that has not ended, once the tasks have; with each, whether it had begun."""
        rest = [(each, True) for each in self._running.values()]
        self._running.clear()
        rest += [(each, False) for each in self._agenda.clear()]
        while self._inbox:
            self._taken += 1
            rest.append((self._inbox.popleft(), False))
        return [(each, began) for each, began in rest if not each.is_done]

    def drop(self, posted: Posted, *, began: bool) -> DeliveryCancelledError:
        """End an event that is not delivered to the end."""
        error = DeliveryCancelledError(posted.event.signal.name, began=began)
        self._dropped += 1
        self._settle(posted, error)
        return error

    def _is_busy(self) -> bool:
        return bool(self._inbox) or self._taken > self._done + self._failed + self._dropped

    def _settle(self, posted: Posted, result: Outcomes[Any] | BaseException) -> None:
        posted.settle(result)
        if self._waiting and not self._is_busy():
            for flag in self._waiting:
                flag.set()
            self._waiting.clear()

    async def _listen(self) -> None:
        while True:
            await self._bell.wait()
            while self._inbox:
                self._taken += 1
                self._agenda.add(self._inbox.popleft())
            while self._requests:
                self._cancel(self._requests.popleft())
            self._call_workers()

    def _call_workers(self) -> None:
        for _ in range(self._agenda.ready()):
            if self._idle:
                self._idle.popleft().set()
            elif self._workers < self._concurrency:
                self._workers += 1
                self._tasks.start_soon(self._work)
            else:
                return

    def _cancel(self, posted: Posted) -> None:
        if posted.scope is not None:
            posted.scope.cancel()
        elif not posted.is_done:
            self.drop(posted, began=False)

    async def _work(self) -> None:
        import anyio  # noqa: PLC0415  # see above

        while True:
            # One scope for many events: it costs as much as a delivery. Should an event be
            # cancelled, the worker goes on in another.
            with anyio.CancelScope() as scope:
                await self._work_within(scope)

    async def _work_within(self, scope: CancelScope) -> None:
        import anyio.lowlevel  # noqa: PLC0415  # see above

        while True:
            posted = self._agenda.take()
            if posted is None:
                flag = anyio.Event()
                self._idle.append(flag)
                await flag.wait()
                continue
            self._on_begin()
            try:
                if not posted.is_done:
                    await self._deliver(posted, scope)
            finally:
                self._agenda.end(posted)
            await anyio.lowlevel.checkpoint()

    async def _deliver(self, posted: Posted, scope: CancelScope) -> None:
        event = posted.event
        failures: list[Outcome[Any]] = []
        self._running[id(posted)] = posted
        posted.scope = scope
        try:
            result = await self._send(posted)
            if isinstance(result, Outcomes):
                failures += [outcome for outcome in result if outcome.error is not None]
            else:
                failures.append(Outcome(event.signal.send_robust_async, error=result))
            for outcome in failures:
                self._on_error(outcome, event)
        except BaseException:
            if scope.cancel_called:  # by `_cancel`; else it goes on to whoever ends the tasks
                del self._running[id(posted)]
                self.drop(posted, began=True)
            raise
        del self._running[id(posted)]
        if failures:
            self._failed += 1
        else:
            self._done += 1
        self._settle(posted, result)
        failures.clear()  # an error's traceback may hold this frame

    async def _send(self, posted: Posted) -> Outcomes[Any] | Exception:
        event = posted.event
        sending = event.signal.send_robust_async(event.sender, event.payload)
        try:
            return await InContext(posted.context, sending)
        except Exception as error:  # noqa: BLE001  # whoever awaits it is told, and `on_error`
            return error

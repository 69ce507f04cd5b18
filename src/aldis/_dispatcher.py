"""Running in the background: events are posted from anywhere, and a few tasks deliver them."""

from __future__ import annotations

import enum
import math
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar, copy_context
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from aldis._crew import Crew, Statistics
from aldis._event import Event
from aldis._identity import sender_key
from aldis._inspection import describe, is_async
from aldis._outcome import Outcome
from aldis._posted import AnyEvent, Delivery, Posted
from aldis._together import check_concurrency
from aldis.exceptions import (
    DispatcherClosedError,
    DispatcherFullError,
    DispatcherUseError,
    LimitError,
    OptionError,
    shorten,
)

if TYPE_CHECKING:
    from typing import Self

    from anyio import Event as Flag
    from anyio.lowlevel import EventLoopToken

# anyio is imported where it is first needed, as `_cancellation` says.

OnError: TypeAlias = Callable[[Outcome[Any], AnyEvent], object]

_within: Final[ContextVar[tuple[object, ...]]] = ContextVar("aldis_within", default=())
"""The dispatchers whose receivers have led to the code that is running."""


class _State(enum.Enum):
    """Where the block is, and so what may be posted."""

    NEW = enum.auto()
    OPEN = enum.auto()
    DRAINING = enum.auto()
    CLOSED = enum.auto()


class Dispatcher:
    """Delivers events in the background, for the length of an `async with` block.

    Each event is delivered as by `send_robust_async`, receiver after receiver, with the context
    variables of whoever posted it. What receivers raise goes to `on_error`.

    Leaving the block delivers what was accepted; receivers may still post meanwhile. With a `grace`
    this takes so many seconds at most, also when the block is cancelled or fails. Without one, a
    block that ends by itself takes as long as it takes, and one that is cancelled or fails waits
    for nothing. What remains is cancelled, and each event of it reported to `on_error`.
    """

    def __init__(
        self,
        *,
        concurrency: int | None = 16,
        max_pending: int | None = 1024,
        ordered: bool = False,
        on_error: OnError | None = None,
        grace: float | None = None,
    ) -> None:
        """Make a dispatcher, for one block.

        Args:
            concurrency: how many events are delivered at a time; `None` sets no bound.
            max_pending: how many may wait for that; `None` sets no bound.
            ordered: of one signal and sender, have an event wait until all receivers of the one
                before it have ended; others overtake.
            on_error: called with each outcome that is an error, and its event. Where it is the
                sending itself that failed or was cut off, the receiver is the signal's
                `send_robust_async`. By default the logger `aldis` is told.
            grace: how many seconds leaving the block may take.

        Raises:
            ConcurrencyError: `concurrency` is neither a positive `int` nor `None`; a `ValueError`.
            LimitError: `max_pending` is neither a positive `int` nor `None`, or `grace` neither a
                number from 0 up nor `None`; a `ValueError`.
            OptionError: `on_error` cannot be called, or is async; a `TypeError`.
        """
        check_concurrency(concurrency)
        _check_limits(max_pending, grace)
        _check_on_error(on_error)
        self._concurrency = concurrency
        self._max_pending = max_pending
        self._ordered = ordered
        self._grace = math.inf if grace is None else grace
        self._has_grace = grace is not None
        self._on_error: OnError = _log if on_error is None else on_error
        self._state = _State.NEW
        self._block: AbstractAsyncContextManager[None] | None = None
        self._crew: Crew | None = None
        self._token: EventLoopToken | None = None
        self._waiting: deque[Flag] = deque()
        # One item for each event that may still be accepted: taking one is atomic.
        self._room = None if max_pending is None else deque([None] * max_pending)

    # -- posting -------------------------------------------------------------------------------

    def post(self, event: AnyEvent) -> Delivery:
        """Have an event delivered; from sync and async code, from any thread, without waiting.

        Args:
            event: made by `signal.event(sender, payload)`.

        Returns:
            What can be awaited for the outcomes, or cancelled; it need not be kept.

        Raises:
            DispatcherFullError: `max_pending` events wait already.
            DispatcherClosedError: the block has not begun or has ended; or it is being left, and
                this is not called from a receiver.
            TypeError: it is no event.
        """
        _check_event(event)
        within = _within.get()
        crew = self._open_crew(within)
        self._take_room()
        context = copy_context()
        if self not in within:
            context.run(_within.set, (*within, self))
        line = (id(event.signal), sender_key(event.sender)) if self._ordered else None
        posted = Posted(event, context, line, crew.request_cancel)
        crew.hand_over(posted)
        # The block may have ended since the first look, and will then have looked for the last
        # time before this came, or will have seen to it.
        if self._state is _State.CLOSED and crew.take_back(posted):
            raise DispatcherClosedError
        return posted

    async def submit(self, event: AnyEvent) -> Delivery:
        """Wait for room, then have an event delivered.

        It is called in the event loop of the dispatcher.

        Args:
            event: as for `post`.

        Returns:
            As from `post`.

        Raises:
            DispatcherFullError: there is no room, and this is called from a receiver of the same
                dispatcher, which might wait for itself.
            DispatcherClosedError: as from `post`, also when the block ends meanwhile.
            DispatcherUseError: it is called in another event loop.
            TypeError: as from `post`.
        """
        import anyio.lowlevel  # noqa: PLC0415  # see above

        await anyio.lowlevel.checkpoint()
        if self._token not in (None, anyio.lowlevel.current_token()):
            raise DispatcherUseError(
                "submit() waits in the event loop of its dispatcher, and this is another one; "
                "use post(event), which can be called anywhere"
            )
        while True:
            try:
                return self.post(event)
            except DispatcherFullError:
                if self in _within.get():
                    raise
            await self._wait_for_room()

    # -- asking --------------------------------------------------------------------------------

    async def drain(self) -> None:
        """Wait until every event that was accepted has ended.

        Raises:
            DispatcherUseError: it is called from a receiver of the same dispatcher, and would wait
                for itself.
            DispatcherClosedError: the block has not begun.
        """
        if self in _within.get():
            raise DispatcherUseError(
                "drain() in a receiver of the same dispatcher would wait for that receiver; await "
                "the deliveries in question, or drain outside of receivers"
            )
        if self._crew is None:
            raise DispatcherClosedError
        await self._crew.wait_idle()

    def statistics(self) -> Statistics:
        """Count what has become of the events so far.

        Returns:
            How many are pending and running, and how many are done, failed and dropped.
        """
        return Statistics(0, 0, 0, 0, 0) if self._crew is None else self._crew.statistics()

    # -- the block -----------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Begin the block.

        Raises:
            DispatcherUseError: it has begun before.
        """
        if self._block is not None:
            raise DispatcherUseError(
                "a dispatcher runs for one block; make another one for the next"
            )
        self._block = self._run()
        await self._block.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        """Deliver what was accepted, within the grace, and cancel and report the rest."""
        block = self._block
        return None if block is None else await block.__aexit__(kind, error, traceback)

    @asynccontextmanager
    async def _run(self) -> AsyncGenerator[None, None]:
        import anyio.lowlevel  # noqa: PLC0415  # see above

        failure: BaseException | None = None
        try:
            async with anyio.create_task_group() as tasks:
                self._token = anyio.lowlevel.current_token()
                self._crew = crew = Crew(
                    tasks, self._concurrency, on_begin=self._give_room, on_error=self._report
                )
                self._state = _State.OPEN
                try:
                    yield
                except BaseException as error:  # noqa: BLE001  # raised again below, not in a group
                    failure = error
                await self._finish(crew, failed=failure is not None)
                tasks.cancel_scope.cancel()
        finally:
            self._close()
        if failure is not None:
            raise failure

    async def _finish(self, crew: Crew, *, failed: bool) -> None:
        import anyio  # noqa: PLC0415  # see above

        self._state = _State.DRAINING
        self._wake_all()  # those who wait for room outside of receivers
        if failed and not self._has_grace:
            return
        with anyio.move_on_after(self._grace, shield=self._has_grace):
            await crew.wait_idle()

    def _close(self) -> None:
        self._state = _State.CLOSED
        self._wake_all()
        if self._crew is None:
            return
        for posted, began in self._crew.rest():
            error = self._crew.drop(posted, began=began)
            self._report(Outcome(posted.event.signal.send_robust_async, error=error), posted.event)

    # -- room ----------------------------------------------------------------------------------

    def _open_crew(self, within: tuple[object, ...]) -> Crew:
        state = self._state
        if self._crew is not None and (
            state is _State.OPEN or (state is _State.DRAINING and self in within)
        ):
            return self._crew
        raise DispatcherClosedError

    def _take_room(self) -> None:
        if self._room is not None:
            try:
                self._room.pop()
            except IndexError:
                raise DispatcherFullError(self._max_pending) from None

    def _give_room(self) -> None:
        if self._room is not None:
            self._room.append(None)
            if self._waiting:
                self._waiting.popleft().set()

    async def _wait_for_room(self) -> None:
        import anyio  # noqa: PLC0415  # see above

        flag = anyio.Event()
        self._waiting.append(flag)
        try:
            await flag.wait()
        except BaseException:
            if flag.is_set() and self._waiting:
                self._waiting.popleft().set()  # the room that was offered is another's
            elif flag in self._waiting:
                self._waiting.remove(flag)
            raise

    def _wake_all(self) -> None:
        while self._waiting:
            self._waiting.popleft().set()

    # -- failures ------------------------------------------------------------------------------

    def _report(self, outcome: Outcome[Any], event: AnyEvent) -> None:
        try:
            self._on_error(outcome, event)
        except Exception:
            import logging  # noqa: PLC0415  # it would double the time that importing Aldis takes

            failed = describe(self._on_error)
            logging.getLogger("aldis").exception("%s, on_error of a dispatcher, failed", failed)
            _log(outcome, event)


def _log(outcome: Outcome[Any], event: AnyEvent) -> None:
    import logging  # noqa: PLC0415  # see above

    name = event.signal.name
    logging.getLogger("aldis").error(
        "%s, a receiver of %s, failed for %s",
        describe(outcome.receiver),
        "an unnamed signal" if name is None else f"the signal {shorten(name)!r}",
        describe(event.sender),
        exc_info=outcome.error,
    )


def _check_on_error(on_error: object) -> None:
    if on_error is None:
        return
    if not callable(on_error) or is_async(on_error):
        raise OptionError("on_error", found=describe(on_error), needed="a plain function")


def _check_event(event: object) -> None:
    if not isinstance(event, Event):
        raise TypeError(
            f"a dispatcher takes events, not {describe(event)}; make one with "
            f"signal.event(sender, payload)"
        )


def _check_limits(max_pending: object, grace: object) -> None:
    if max_pending is not None and (type(max_pending) is not int or max_pending < 1):
        raise LimitError("max_pending", found=_show(max_pending), needed="a positive int, or None")
    seconds = 0 if grace is None else grace
    if type(seconds) not in (int, float) or not cast("float", seconds) >= 0:  # nor is NaN
        raise LimitError("grace", found=_show(grace), needed="seconds from 0 up, or None")


def _show(value: object) -> str:
    kind = type(value)
    return shorten(repr(value)) if kind in (int, float, bool) else f"<{kind.__name__}>"

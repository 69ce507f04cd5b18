"""Running in the background: events are posted from anywhere, and a few tasks deliver them."""

from __future__ import annotations

import enum
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from contextvars import copy_context
from types import MethodType, TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from aldis._crew import Crew
from aldis._event import AnyEvent, Event
from aldis._functions import check_function, check_returned
from aldis._identity import sender_key
from aldis._inbox import current_era
from aldis._inspection import describe
from aldis._ledger import Statistics
from aldis._outcome import Outcome
from aldis._posted import Delivery, Posted
from aldis._signatures import Call
from aldis._together import check_concurrency
from aldis._turn import running_turn
from aldis._types import ResultT
from aldis._uncopied import Uncopied
from aldis._untouched import show_number
from aldis.exceptions import (
    DispatcherClosedError,
    DispatcherFullError,
    DispatcherUseError,
    LimitError,
    show_signal,
)

if TYPE_CHECKING:
    from typing import Self

# anyio is imported where it is first needed, as `_cancellation` says.

OnError: TypeAlias = Callable[[Outcome[Any], AnyEvent], object]

_CENTURY: Final = 3e9
"""Seconds: event loops cannot wait for much longer, and would rather fail."""


_ON_ERROR: Final = Call(2, (), (), "on_error(outcome, event)")


class _State(enum.Enum):
    """Where the block is, and so what may be posted."""

    NEW = enum.auto()
    OPEN = enum.auto()
    DRAINING = enum.auto()
    CLOSED = enum.auto()


class Dispatcher(Uncopied):
    """Delivers events in the background, for the length of an `async with` block.

    Each event is delivered as by `send_robust_async`, receiver after receiver, with the context
    variables of whoever posted it. What receivers raise goes to `on_error`.

    Leaving the block delivers what was accepted; receivers may still post meanwhile. With a `grace`
    this takes so many seconds at most, also when the block is cancelled or fails. Without one, a
    block that ends by itself takes as long as it takes, and one that is cancelled or fails waits
    for nothing. What remains is cancelled, and each event of it reported to `on_error`.
    """

    _called = "a Dispatcher"
    _instead = "make another one"

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
            OptionError: `on_error` cannot be called with `(outcome, event)`, or is async; a
                `TypeError`.
        """
        check_concurrency(concurrency)
        _check_limits(max_pending, grace)
        if on_error is not None:
            check_function("on_error", on_error, _ON_ERROR)
        self._concurrency = concurrency
        self._max_pending = max_pending
        self._ordered = ordered
        self._grace = grace
        self._on_error: OnError = _log if on_error is None else on_error
        self._state = _State.NEW
        self._block: AbstractAsyncContextManager[None] | None = None
        self._crew: Crew | None = None
        self._era: object = None

    # -- posting -------------------------------------------------------------------------------

    def post(self, event: Event[Any, Any, ResultT]) -> Delivery[ResultT]:
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
        crew = self._open_crew()
        posted = self._prepare(crew, event)
        if not crew.room.take():
            raise DispatcherFullError(self._max_pending)
        return self._accept(crew, posted)

    async def submit(self, event: Event[Any, Any, ResultT]) -> Delivery[ResultT]:
        """Wait for room, then have an event delivered.

        It is called in the event loop of the dispatcher. Who waits longest is served first; `post`
        finds no room while somebody waits.

        Args:
            event: as for `post`.

        Returns:
            As from `post`.

        Raises:
            DispatcherFullError: there is no room, and this is called from a receiver that would
                wait for itself: of this dispatcher, or of one whose room this one waits for.
            DispatcherClosedError: as from `post`, also when the block ends meanwhile.
            DispatcherUseError: it is called in another event loop.
            TypeError: as from `post`.
        """
        import anyio.lowlevel  # noqa: PLC0415  # see above

        _check_event(event)
        await anyio.lowlevel.checkpoint()
        crew = self._open_crew()
        crew.check_loop("submit")
        posted = self._prepare(crew, event)
        if crew.room.take():
            return self._accept(crew, posted)
        if not await crew.hand_over_later(posted):
            raise DispatcherClosedError
        return posted

    def _open_crew(self) -> Crew:
        crew, state = self._crew, self._state
        if crew is None or state is _State.CLOSED or self._era is not current_era():
            raise DispatcherClosedError
        if state is _State.DRAINING and not _is_within(crew):
            raise DispatcherClosedError
        return crew

    def _prepare(self, crew: Crew, event: AnyEvent) -> Posted:
        line = (id(event.signal), sender_key(event.sender)) if self._ordered else None
        return Posted(event, copy_context(), line, crew)

    def _accept(self, crew: Crew, posted: Posted) -> Posted:
        crew.hand_over(posted)
        # The block may have ended since the first look. It has then looked for the last time before
        # this one came; or it has seen it, and has settled it.
        if self._state is _State.CLOSED and crew.take_back(posted):
            raise DispatcherClosedError
        return posted

    # -- asking --------------------------------------------------------------------------------

    async def drain(self) -> None:
        """Wait until nothing is pending or running, what is posted meanwhile included.

        It is called in the event loop of the dispatcher; after the block it returns at once.

        Raises:
            DispatcherUseError: it is called in another event loop; or from a receiver that would
                wait for itself: of the same dispatcher, or one whose end an event here waits for.
            DispatcherClosedError: the block has not begun.
        """
        crew = self._crew
        if crew is None:
            raise DispatcherClosedError
        if _is_within(crew):
            raise DispatcherUseError(
                "drain() in a receiver of the same dispatcher would wait for that receiver; await "
                "the deliveries in question, or drain outside of receivers"
            )
        if self._state is not _State.CLOSED:
            crew.check_loop("drain()")
        await crew.wait_idle()

    def statistics(self) -> Statistics:
        """Count what has become of the events so far; from anywhere.

        Returns:
            How many are pending and running, and how many are done, failed and dropped.
        """
        return Statistics(0, 0, 0, 0, 0) if self._crew is None else self._crew.ledger.count()

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
        import anyio  # noqa: PLC0415  # see above

        failure: BaseException | None = None
        raised: BaseException | None = None
        tasks = anyio.create_task_group()

        def end_block() -> None:
            tasks.cancel_scope.cancel()  # trio's has none before it is entered

        self._crew = crew = Crew(
            self._concurrency,
            self._max_pending,
            report=self._report,
            on_crash=end_block,
        )
        self._era = current_era()
        try:
            async with tasks:
                crew.begin(tasks)
                self._state = _State.OPEN
                try:
                    yield
                except BaseException as error:
                    with suppress(DispatcherUseError):  # what the block raised says more
                        await self._leave(crew, error)
                    if _holds(error, anyio.get_cancelled_exc_class()):
                        raise  # the task group knows its own cancellation again
                    failure = error
                else:
                    try:
                        await self._leave(crew, None)
                    except DispatcherUseError as error:  # a receiver whose end is waited for
                        failure = error
        except BaseException as error:  # noqa: BLE001  # raised again below
            raised = error
        self._state = _State.CLOSED
        crew.room.refuse()
        crew.close()
        try:
            _raise_all(failure, raised, crew.crashes, was_cancelled=crew.was_cancelled)
        finally:
            del raised, failure  # their tracebacks hold this frame
            crew.crashes.clear()

    async def _leave(self, crew: Crew, failure: BaseException | None) -> None:
        import anyio  # noqa: PLC0415  # see above

        self._state = _State.DRAINING
        crew.room.refuse()
        try:
            if self._grace is not None:
                grace, withdrawn = min(self._grace, _CENTURY), anyio.get_cancelled_exc_class()
                cancelled = failure is not None and _holds(failure, withdrawn)
                await self._finish_shielded(crew, grace, cancelled=cancelled)
            elif failure is None:
                await crew.finish()
        finally:
            crew.stop()

    async def _finish_shielded(self, crew: Crew, grace: float, *, cancelled: bool) -> None:
        """Wait within the grace; the second cancellation of the block ends the waiting.

        Scopes are shielded from, but `Task.cancel()` knows no shield.
        """
        import anyio  # noqa: PLC0415  # see above

        deadline = anyio.current_time() + grace
        try:
            with anyio.CancelScope(deadline=deadline, shield=True):
                await crew.finish()
        except anyio.get_cancelled_exc_class():
            if not cancelled:
                with anyio.CancelScope(deadline=deadline, shield=True):
                    await crew.finish()
            raise

    # -- failures ------------------------------------------------------------------------------

    def _report(self, outcome: Outcome[Any], event: AnyEvent) -> None:
        try:
            check_returned("on_error", self._on_error(outcome, event), _ON_ERROR)
        except Exception:
            import logging  # noqa: PLC0415  # it would double the time that importing Aldis takes

            failed = describe(self._on_error)
            logging.getLogger("aldis").exception("%s, on_error of a dispatcher, failed", failed)
            _log(outcome, event)


def _is_within(crew: Crew) -> bool:
    turn = running_turn()
    return turn is not None and turn.owner is crew


def _holds(error: BaseException, kind: type[BaseException]) -> bool:
    if issubclass(type(error), BaseExceptionGroup):
        return cast("Any", error).subgroup(kind) is not None
    return issubclass(type(error), kind)


def _raise_all(
    failure: BaseException | None,
    raised: BaseException | None,
    crashes: list[BaseException],
    *,
    was_cancelled: bool,
) -> None:
    """Raise a single error as it is; several, and what receivers raised, in a group."""
    errors = [error for error in (failure, raised) if error is not None] + crashes
    if len(errors) > 1 or crashes:
        raise BaseExceptionGroup("errors in a dispatcher and its block", errors)
    if errors:
        raise errors[0]
    if was_cancelled:
        raise DispatcherUseError(
            "a task of the dispatcher was cancelled from outside, and its block has ended with it; "
            "cancel the task of the block instead"
        )


def _log(outcome: Outcome[Any], event: AnyEvent) -> None:
    import logging  # noqa: PLC0415  # see above

    logger, sender = logging.getLogger("aldis"), describe(event.sender)
    signal = show_signal(event.signal.name)
    receiver: Any = outcome.receiver  # it is not compared: that would run its `__eq__`
    if type(receiver) is MethodType and receiver.__self__ is event.signal:
        what = f"an event of {signal}"
    else:
        what = f"{describe(outcome.receiver)}, a receiver of {signal},"
    error = cast("Exception", outcome.error)
    # Three parts, since `logging` asks an exception whether it is true.
    parts = (type(error), error, error.__traceback__)
    logger.error("%s failed for %s", what, sender, exc_info=parts)


def _check_event(event: object) -> None:
    if not issubclass(type(event), Event):
        raise TypeError(
            f"a dispatcher takes events, not {describe(event)}; make one with "
            f"signal.event(sender, payload)"
        )


def _check_limits(max_pending: object, grace: object) -> None:
    if max_pending is not None and (type(max_pending) is not int or max_pending < 1):
        raise LimitError(
            "max_pending", found=show_number(max_pending), needed="a positive int, or None"
        )
    seconds = 0 if grace is None else grace
    if type(seconds) not in (int, float) or not cast("float", seconds) >= 0:  # nor is NaN
        raise LimitError("grace", found=show_number(grace), needed="seconds from 0 up, or None")

"""One event on its way through a dispatcher: what `post` hands out."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextvars import Context
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Protocol, cast

from aldis._event import AnyEvent
from aldis._identity import Key
from aldis._outcome import Outcome, Outcomes
from aldis._turn import Turn
from aldis._types import ResultT_co
from aldis._uncopied import Uncopied
from aldis.exceptions import DeliveryCancelledError, shorten

if TYPE_CHECKING:
    from anyio import CancelScope
    from anyio import Event as Flag


class Owner(Protocol):
    """What a delivery asks of the dispatcher that has it."""

    def cancel(self, posted: Posted) -> None:
        """Have it cancelled; from anywhere."""

    async def wait_for(self, posted: Posted) -> None:
        """Wait for its end."""

    def ahead_of(self, posted: Posted) -> Iterable[Posted]:
        """Give those whose end it waits for before it can begin."""
        ...


class Delivery(Uncopied, Generic[ResultT_co]):
    """An event that a dispatcher has accepted: await it for its outcomes, or cancel it.

    It need not be kept or awaited. It can be awaited by several tasks, and again, in the event loop
    of its dispatcher; when it has ended, anywhere.

    Attributes:
        event: what is delivered.
    """

    __slots__ = ("__weakref__", "_error", "_outcomes", "_traceback", "event")

    _called = "a Delivery"
    _instead = "await it, and pass on what came of it"

    event: AnyEvent

    def __init__(self, event: AnyEvent) -> None:
        self.event = event
        self._outcomes: Outcomes[ResultT_co] | None = None
        self._error: BaseException | None = None
        self._traceback: TracebackType | None = None

    @property
    def is_done(self) -> bool:
        """Whether it has ended: delivered, cancelled or dropped."""
        return self._outcomes is not None or self._error is not None

    def cancel(self) -> None:
        """Have it not delivered; or, where its receivers are running, have them cancelled.

        It may be called from any thread and never waits. What has not begun ends here and now, and
        makes room. Nothing happens to what has ended.
        """
        raise NotImplementedError

    def __await__(self) -> Generator[Any, Any, Outcomes[ResultT_co]]:
        """Wait for its end.

        A receiver that waits makes place meanwhile: it does not count as one of the `concurrency`
        of its dispatcher until the event has ended.

        Returns:
            What came of each receiver, as from `send_robust_async`.

        Raises:
            DeliveryCancelledError: it was cancelled, or dropped when its dispatcher ended.
            DispatcherUseError: it has not ended, and this is another event loop than that of its
                dispatcher; or this is a receiver that the event, directly or through others, waits
                for itself.
            Exception: the sending itself failed, as `send_robust_async` can.
        """
        return self._wait().__await__()

    async def _wait(self) -> Outcomes[ResultT_co]:
        raise NotImplementedError

    def __repr__(self) -> str:
        """Name the signal, and say whether it has ended."""
        name = shorten(self.event.signal.name or "an unnamed signal")
        return f"<Delivery of {name}, {'done' if self.is_done else 'under way'}>"


class Posted(Delivery[Any]):
    """A delivery as its dispatcher sees it.

    Attributes:
        context: the context variables of whoever posted it, until it has ended.
        line: what it must not overtake: the events of one line come one after another.
        turn: the time in which its receivers run.
        scope: what to cancel in that time.
        outcomes: what has come of them so far.
        is_unwanted: whether a user has cancelled it.
        is_refused: whether it is being taken back, since the block has ended meanwhile.
        flag: what those wait for who await it; made by the first of them.
        waiting: the turns of those, each with whether its place is lent.
    """

    __slots__ = (
        "_owner",
        "context",
        "flag",
        "is_refused",
        "is_unwanted",
        "line",
        "outcomes",
        "scope",
        "turn",
        "waiting",
    )

    def __init__(
        self, event: AnyEvent, context: Context, line: tuple[int, Key] | None, owner: Owner
    ) -> None:
        self.event = event
        self._outcomes = self._error = self._traceback = None
        self.context: Context | None = context
        self.line = line
        self.turn: Turn[Any] | None = None
        self.scope: CancelScope | None = None
        self.outcomes: list[Outcome[Any]] | None = None
        self.is_unwanted = False
        self.is_refused = False
        self.flag: Flag | None = None
        self.waiting: list[tuple[Turn[Any], bool]] = []
        self._owner: Owner | None = owner

    def cancel(self) -> None:
        owner = self._owner
        if owner is not None and not self.is_done:
            owner.cancel(self)

    def settle(self, result: Outcomes[Any] | BaseException) -> None:
        """Say what came of it, and let go of all that was needed for it; from anywhere."""
        if isinstance(result, BaseException):
            self._traceback = result.__traceback__
            self._error = result
        else:
            self._outcomes = result
        # This object may be kept for long.
        self.context = self._owner = self.turn = self.scope = self.outcomes = None

    @property
    def has_begun(self) -> bool:
        """Whether its receivers are being called."""
        return self.outcomes is not None

    def ahead(self) -> Iterable[Posted]:
        """Give those whose end it waits for before it can begin."""
        return () if self._owner is None else self._owner.ahead_of(self)

    async def _wait(self) -> Outcomes[Any]:
        owner = self._owner
        if owner is not None and not self.is_done:
            await owner.wait_for(self)
        if self._outcomes is not None:
            return self._outcomes
        error = self._error
        if error is None:
            raise AssertionError  # it has ended
        if issubclass(type(error), DeliveryCancelledError):
            known = cast("DeliveryCancelledError", error)
            again = DeliveryCancelledError(known.signal, began=known.began, reason=known.reason)
            raise again from known.__cause__
        # With the traceback it came with: that of an error which is raised again only grows.
        raise error.with_traceback(self._traceback)

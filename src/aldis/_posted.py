"""One event on its way through a dispatcher: what `post` hands out."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeAlias

from aldis._event import Event
from aldis._identity import Key
from aldis._outcome import Outcomes
from aldis.exceptions import DeliveryCancelledError

if TYPE_CHECKING:
    from anyio import CancelScope
    from anyio import Event as Flag

# anyio is imported where it is first needed, as `_cancellation` says.

AnyEvent: TypeAlias = Event[Any, Any]


class Delivery:
    """An event that a dispatcher has accepted: await it for its outcomes, or cancel it.

    It can be awaited by several tasks, and again, in the event loop of its dispatcher.

    Attributes:
        event: what is delivered.
    """

    __slots__ = ("__weakref__", "_error", "_flag", "_outcomes", "event")

    event: AnyEvent

    def __init__(self, event: AnyEvent) -> None:
        self.event = event
        self._outcomes: Outcomes[Any] | None = None
        self._error: BaseException | None = None
        self._flag: Flag | None = None

    @property
    def is_done(self) -> bool:
        """Whether it has ended: delivered, cancelled or dropped."""
        return self._outcomes is not None or self._error is not None

    def cancel(self) -> None:
        """Have it not delivered, or its receivers cancelled, where they are.

        It may be called from any thread and never waits. Nothing happens to what has ended.
        """
        raise NotImplementedError

    def __await__(self) -> Generator[Any, Any, Outcomes[Any]]:
        """Wait for its end.

        Returns:
            What came of each receiver, as from `send_robust_async`.

        Raises:
            DeliveryCancelledError: it was cancelled, or dropped when its dispatcher ended.
            Exception: the sending itself failed, as `send_robust_async` can.
        """
        return self._wait().__await__()

    async def _wait(self) -> Outcomes[Any]:
        if not self.is_done:
            import anyio  # noqa: PLC0415  # see above

            if self._flag is None:
                self._flag = anyio.Event()
            await self._flag.wait()
        if self._outcomes is not None:
            return self._outcomes
        if isinstance(self._error, DeliveryCancelledError):
            raise DeliveryCancelledError(self._error.signal, began=self._error.began)
        raise self._error or AssertionError


class Posted(Delivery):
    """A delivery as its dispatcher sees it.

    Attributes:
        context: the context variables of whoever posted it.
        line: what it must not overtake: the events of one line come one after another.
        scope: what to cancel while its receivers run.
    """

    __slots__ = ("_request", "context", "line", "scope")

    def __init__(
        self,
        event: AnyEvent,
        context: Context,
        line: tuple[int, Key] | None,
        request: Callable[[Posted], None],
    ) -> None:
        super().__init__(event)
        self.context = context
        self.line = line
        self.scope: CancelScope | None = None
        self._request = request

    def cancel(self) -> None:
        """Ask the dispatcher to see to it."""
        if not self.is_done:
            self._request(self)

    def settle(self, result: Outcomes[Any] | BaseException) -> None:
        """End it, and wake those who wait for it."""
        if isinstance(result, BaseException):
            self._error = result
        else:
            self._outcomes = result
        self.scope = None
        del self.context  # what is in it may be large, and this object may be kept for long
        if self._flag is not None:
            self._flag.set()

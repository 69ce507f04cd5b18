"""What a middleware sees: one call of a receiver, or one whole sending."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Generic, TypeAlias

from aldis._connection import Connection, Record, view
from aldis._inspection import describe
from aldis._outcome import Outcomes, Results
from aldis._types import ANY, PayloadT, ResultT, SenderT
from aldis.exceptions import shorten

if TYPE_CHECKING:
    from aldis._signal import Signal


class Sending(Generic[PayloadT, SenderT]):
    """One sending, as the middleware around it sees it; it cannot be changed.

    Attributes:
        signal: the signal that is sent.
        sender: on whose behalf.
        payload: the data.
    """

    # Properties in the place of a frozen dataclass, which takes three times as long to make.
    __slots__ = ("__weakref__", "_payload", "_sender", "_signal")

    _signal: Signal[PayloadT, SenderT, Any]
    _sender: SenderT
    _payload: PayloadT

    def __init__(
        self, signal: Signal[PayloadT, SenderT, Any], sender: SenderT, payload: PayloadT
    ) -> None:
        self._signal = signal
        self._sender = sender
        self._payload = payload

    @property
    def signal(self) -> Signal[PayloadT, SenderT, Any]:
        """The signal that is sent."""
        return self._signal

    @property
    def sender(self) -> SenderT:
        """On whose behalf."""
        return self._sender

    @property
    def payload(self) -> PayloadT:
        """The data."""
        return self._payload

    def __repr__(self) -> str:
        """Name the signal; sender and payload may hold what should not be printed."""
        return f"<Sending of {shorten(self._signal.name or 'an unnamed signal')}>"


class Call(Generic[PayloadT, SenderT, ResultT]):
    """One call of a receiver, as the middleware around it sees it; it cannot be changed.

    Attributes:
        signal: the signal that is sent.
        sender: on whose behalf.
        payload: the data.
        receiver: who is called.
        connection: a view of the connection by which it is called.
    """

    __slots__ = ("__weakref__", "_payload", "_receiver", "_record", "_sender", "_signal")

    _signal: Signal[PayloadT, SenderT, ResultT]
    _sender: SenderT
    _payload: PayloadT
    _receiver: Callable[..., ResultT | Awaitable[ResultT]]
    _record: Record

    def __init__(
        self,
        signal: Signal[PayloadT, SenderT, ResultT],
        sender: SenderT,
        payload: PayloadT,
        receiver: Callable[..., ResultT | Awaitable[ResultT]],
        record: Any,  # noqa: ANN401  # a Record, which is nothing that users have to know
    ) -> None:
        self._signal = signal
        self._sender = sender
        self._payload = payload
        self._receiver = receiver
        self._record = record

    @property
    def signal(self) -> Signal[PayloadT, SenderT, ResultT]:
        """The signal that is sent."""
        return self._signal

    @property
    def sender(self) -> SenderT:
        """On whose behalf."""
        return self._sender

    @property
    def payload(self) -> PayloadT:
        """The data."""
        return self._payload

    @property
    def receiver(self) -> Callable[..., ResultT | Awaitable[ResultT]]:
        """Who is called."""
        return self._receiver

    @property
    def connection(self) -> Connection:
        """A view of the connection by which it is called, made when it is read."""
        # A connection that filters on a sender is only called for that sender.
        sender = ANY if self._record.sender is None else self._sender
        return view(self._record, self._receiver, sender)

    def __repr__(self) -> str:
        """Name the signal and the receiver; sender and payload may hold what is not to be shown."""
        signal = shorten(self._signal.name or "an unnamed signal")
        return f"<Call of {describe(self._receiver)} by {signal}>"


Middleware: TypeAlias = Callable[
    [Call[PayloadT, SenderT, ResultT]], Generator[None, ResultT, ResultT]
]
"""A generator function around each call of a receiver, in sync and async sends alike."""

Proceed: TypeAlias = Callable[[], Awaitable[ResultT]]
"""Makes the call that an async middleware stands around: to be awaited, and once at most."""

AsyncMiddleware: TypeAlias = Callable[
    [Call[PayloadT, SenderT, ResultT], Proceed[ResultT]], Coroutine[Any, Any, ResultT]
]
"""An async function around each call of a receiver, which only an async send can run."""

SendingMiddleware: TypeAlias = Callable[
    [Sending[PayloadT, SenderT]], Generator[None, Results[ResultT] | Outcomes[ResultT], None]
]
"""A generator function around each sending."""

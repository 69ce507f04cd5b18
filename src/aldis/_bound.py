"""A signal with the sender filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Generic, Literal, overload

from aldis._connectable import MISSING
from aldis._connection import Connection
from aldis._connector import Connector
from aldis._identity import sender_key
from aldis._later import Later
from aldis._outcome import Outcomes, Results
from aldis._types import ANY, AnyReceiver, PayloadT, ResultT, ReturnT, SenderT

if TYPE_CHECKING:
    import aldis._event as events
    import aldis._stream as streams
    from aldis._signal import Signal
else:
    events = Later("aldis._event")
    streams = Later("aldis._stream")


class BoundSignal(Generic[PayloadT, SenderT, ResultT]):
    """What `signal.bind(sender)` gives: it sends, connects and asks for that sender alone.

    It keeps the sender alive. Muting is not for one sender: use `signal.muted()`.

    Attributes:
        signal: the signal.
        sender: the sender.
    """

    __slots__ = ("__weakref__", "sender", "signal")

    signal: Signal[PayloadT, SenderT, ResultT]
    sender: SenderT

    def __init__(self, signal: Signal[PayloadT, SenderT, ResultT], sender: SenderT) -> None:
        """Fill in the sender; `signal.bind(sender)` is the short form.

        Args:
            signal: the signal.
            sender: the sender.
        """
        self.signal = signal
        self.sender = sender

    # Overloads as for `Signal.connect`, whose comment says why.
    @overload
    def connect(
        self: BoundSignal[PayloadT, SenderT, object],
        receiver: Callable[[SenderT, PayloadT], ReturnT],
        *,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Callable[[SenderT, PayloadT], ReturnT]: ...
    @overload
    def connect(
        self,
        receiver: Callable[[SenderT, PayloadT], ResultT],
        *,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Callable[[SenderT, PayloadT], ResultT]: ...
    @overload
    def connect(  # pyright: ignore[reportOverlappingOverload]
        self,
        receiver: Callable[[SenderT, PayloadT], Coroutine[Any, Any, ResultT]],
        *,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Callable[[SenderT, PayloadT], Coroutine[Any, Any, ResultT]]: ...
    @overload
    def connect(
        self,
        receiver: Callable[[SenderT, PayloadT], ResultT | Awaitable[ResultT]],
        *,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Callable[[SenderT, PayloadT], ResultT]: ...
    @overload
    def connect(
        self,
        *,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Connector[PayloadT, SenderT, ResultT]: ...
    def connect(
        self,
        receiver: Any = MISSING,
        *,
        weak: bool = True,
        once: bool = False,
        priority: int = 0,
        to_thread: bool = False,
    ) -> Any:
        """Connect a receiver to the sender, in each form of `Signal.connect`.

        Args:
            receiver: as for `Signal.connect`.
            weak: as for `Signal.connect`.
            once: as for `Signal.connect`.
            priority: as for `Signal.connect`.
            to_thread: as for `Signal.connect`.

        Returns:
            The receiver itself, or the decorator.

        Raises:
            ReceiverError: as for `Signal.connect`.
            OptionError: as for `Signal.connect`.
        """
        connector: Any = self.signal.connect_via(
            self.sender, weak=weak, once=once, priority=priority, to_thread=to_thread
        )
        return connector if receiver is MISSING else connector(receiver)

    def connected_to(
        self, receiver: Callable[[SenderT, PayloadT], ResultT | Awaitable[ResultT]]
    ) -> AbstractContextManager[None]:
        """Connect a receiver to the sender for the length of a `with` block.

        Args:
            receiver: as for `Signal.connected_to`.

        Returns:
            The context manager.
        """
        return self.signal.connected_to(receiver, self.sender)

    def disconnect(self, receiver: AnyReceiver) -> bool:
        """Disconnect a receiver from the sender; its other connections stay.

        Args:
            receiver: as for `Signal.disconnect`.

        Returns:
            Whether anything was connected and is not any more.
        """
        return self.signal.disconnect(receiver, self.sender)

    @property
    def receivers(self) -> tuple[AnyReceiver, ...]:
        """The live receivers that a sending calls: `Signal.receivers_for(sender)`."""
        return self.signal.receivers_for(self.sender)

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Views of the live connections to this very sender, in the order of sending."""
        key = sender_key(self.sender)
        return tuple(
            each
            for each in self.signal.connections
            if each.sender is not ANY and sender_key(each.sender) == key
        )

    def send(self, payload: PayloadT) -> Results[ResultT]:
        """Send on behalf of the sender, as `Signal.send` does.

        Args:
            payload: the data.

        Returns:
            The receivers that were called, each with what it returned, in order.

        Raises:
            AsyncReceiverError: as for `Signal.send`.
        """
        return self.signal.send(self.sender, payload)

    def send_robust(self, payload: PayloadT) -> Outcomes[ResultT]:
        """Send on behalf of the sender, as `Signal.send_robust` does.

        Args:
            payload: the data.

        Returns:
            What came of each receiver, in order.

        Raises:
            AsyncReceiverError: as for `Signal.send_robust`.
        """
        return self.signal.send_robust(self.sender, payload)

    async def send_async(
        self, payload: PayloadT, *, concurrency: int | None = 1
    ) -> Results[ResultT]:
        """Send on behalf of the sender, as `Signal.send_async` does.

        Args:
            payload: the data.
            concurrency: as for `Signal.send_async`.

        Returns:
            The receivers that were called, each with what it returned, in order.

        Raises:
            ConcurrencyError: as for `Signal.send_async`.
            ExceptionGroup: as for `Signal.send_async`.
        """
        return await self.signal.send_async(self.sender, payload, concurrency=concurrency)

    async def send_robust_async(
        self, payload: PayloadT, *, concurrency: int | None = 1
    ) -> Outcomes[ResultT]:
        """Send on behalf of the sender, as `Signal.send_robust_async` does.

        Args:
            payload: the data.
            concurrency: as for `Signal.send_async`.

        Returns:
            What came of each receiver, in order.

        Raises:
            ConcurrencyError: as for `Signal.send_async`.
        """
        return await self.signal.send_robust_async(self.sender, payload, concurrency=concurrency)

    def event(self, payload: PayloadT) -> events.Event[PayloadT, SenderT, ResultT]:
        """Put a sending into an envelope; nothing is sent.

        Args:
            payload: the data.

        Returns:
            The frozen envelope.
        """
        return self.signal.event(self.sender, payload)

    def stream(
        self,
        *,
        where: Callable[[events.Event[PayloadT, SenderT, ResultT]], bool] | None = None,
        buffer: int = 256,
        overflow: Literal["lag", "wait"] = "lag",
    ) -> streams.Stream[events.Event[PayloadT, SenderT, ResultT]]:
        """Give a stream of the sender's events.

        Args:
            where: as for `Signal.stream`.
            buffer: as for `Signal.stream`.
            overflow: as for `Signal.stream`.

        Returns:
            The stream, to be entered.

        Raises:
            LimitError: as for `Signal.stream`.
            OptionError: as for `Signal.stream`.
        """
        return self.signal.stream(self.sender, where=where, buffer=buffer, overflow=overflow)

    async def wait(
        self, *, where: Callable[[events.Event[PayloadT, SenderT, ResultT]], bool] | None = None
    ) -> events.Event[PayloadT, SenderT, ResultT]:
        """Wait for one event of the sender.

        Args:
            where: as for `Signal.stream`.

        Returns:
            The event.

        Raises:
            OptionError: as for `Signal.stream`.
        """
        return await self.signal.wait(self.sender, where=where)

    def __repr__(self) -> str:
        """Show the signal; the sender may hold what should not be printed."""
        return f"<BoundSignal of {self.signal!r}>"

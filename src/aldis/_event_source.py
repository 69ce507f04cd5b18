"""What a signal gives as events: envelopes of its sendings, streams of them, one to wait for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

from aldis._async_delivery import try_each_async
from aldis._later import Later
from aldis._outcome import Outcome, Outcomes
from aldis._types import ANY, AnySender, PayloadT, ResultT, SenderT
from aldis._wrapping import Wrappable

if TYPE_CHECKING:
    import aldis._event as events
    import aldis._offering as offering
    import aldis._stream as streams
else:
    events = Later("aldis._event")
    offering = Later("aldis._offering")
    streams = Later("aldis._stream")


class EventSource(Wrappable[PayloadT, SenderT, ResultT]):
    """The part of a signal that has to do with events."""

    __slots__ = ()

    def event(self, sender: SenderT, payload: PayloadT) -> events.Event[PayloadT, SenderT, ResultT]:
        """Put a sending into an envelope, for a dispatcher, a stream or a relay; nothing is sent.

        Args:
            sender: as for `send`.
            payload: as for `send`.

        Returns:
            The frozen envelope.
        """
        return events.Event(cast("Any", self), sender, payload)

    def stream(
        self,
        sender: SenderT | AnySender = ANY,
        *,
        where: Callable[[events.Event[PayloadT, SenderT, ResultT]], bool] | None = None,
        buffer: int = 256,
        overflow: Literal["lag", "wait"] = "lag",
    ) -> streams.Stream[events.Event[PayloadT, SenderT, ResultT]]:
        """Give a stream of events, to be entered, then iterated over.

        `async with signal.stream() as events:` opens it. While that block
        lasts it counts as a receiver, in `receivers` and `connections` too; it is not among the
        results of a sending.

        Args:
            sender: as for `connect`.
            where: takes only events for which it returns what is true. It is called by whoever
                sends, in any thread; what it raises, the reader gets.
            buffer: how many events may wait for the reader.
            overflow: what becomes of more. `"lag"` drops the oldest, and tells the reader by
                `StreamLaggedError`. `"wait"` has `send_async` and dispatchers wait for room; a sync
                send without room raises `StreamFullError`, before any receiver was called.

        Returns:
            The stream, to be entered.

        Raises:
            LimitError: `buffer` is no positive `int`; a `ValueError`.
            OptionError: `where` or `overflow` is of another kind; a `TypeError`.
        """
        return streams.Stream(
            streams.make_intake(where, buffer, overflow),
            [partial(offering.tap, self, sender=sender)],
        )

    async def wait(
        self,
        sender: SenderT | AnySender = ANY,
        *,
        where: Callable[[events.Event[PayloadT, SenderT, ResultT]], bool] | None = None,
    ) -> events.Event[PayloadT, SenderT, ResultT]:
        """Wait for one event: the first that is sent after the waiting has begun.

        Args:
            sender: as for `connect`.
            where: as for `stream`.

        Returns:
            The event.

        Raises:
            OptionError: as for `stream`.
        """
        intake = streams.make_intake(where, 1, "lag", first_only=True)
        event: events.Event[PayloadT, SenderT, ResultT] = await streams.first_of(
            streams.Stream(intake, [partial(offering.tap, self, sender=sender)])
        )
        return event


async def deliver(
    event: events.Event[Any, Any, Any], outcomes: list[Outcome[Any]]
) -> Outcomes[Any]:
    """Send an event as `send_robust_async` does, noting the outcomes as they come."""
    signal, sender, payload = event.signal, event.sender, event.payload
    plan = signal._select(sender)  # pyright: ignore[reportPrivateUsage]  # here and below, its own
    if plan.bare and not plan.taps:
        return await try_each_async(plan, signal.name, sender, payload, outcomes)
    send = partial(try_each_async, noting=outcomes)
    return await signal._run_async(send, sender, payload, event)  # pyright: ignore[reportPrivateUsage]

"""Whom one sending calls, in which order: an immutable snapshot of the connections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from aldis._connection import Record, Tap
from aldis._identity import Key
from aldis._types import AnyReceiver

Adapt = Callable[[Record, AnyReceiver], Callable[[Any, Any], object]]
"""Makes of a receiver what is called with `(sender, payload)` in its place."""


class Plan:
    """An immutable snapshot: whom one sending calls, in order.

    Attributes:
        records: the connections, higher priorities first, then in the order of connecting.
        taps: those of streams, which are not among the others, each stream once.
        asyncs: those of them whose receivers only an async send can run.
        direct: nothing but the calls of a plain plan is to be done, and by a sync send.
        plain: calling each receiver with `(sender, payload)`, and awaiting what it returns, is all
            there is to do.
        ticketed: there are `once` connections among them.
        repeats: a receiver has several connections among them.
        awaits: there are connections among them that an async send waits for.
        muted: the whole signal is silent.
        base: the snapshot for `ANY` that a sender's own was made from.
    """

    __slots__ = (
        "_tickets",
        "adapt",
        "asyncs",
        "awaits",
        "base",
        "direct",
        "muted",
        "plain",
        "records",
        "repeats",
        "taps",
        "ticketed",
    )

    def __init__(
        self, records: Iterable[Record], adapt: Adapt | None, base: Plan | None = None
    ) -> None:
        everything = sorted(records, key=order)
        self.records = tuple(record for record in everything if not isinstance(record, Tap))
        self.taps = _each_once(record for record in everything if isinstance(record, Tap))
        self.adapt = adapt
        self.base = base
        self.muted = False
        self.asyncs = tuple(record for record in self.records if record.is_async)
        self.awaits = bool(self.asyncs) or any(r.options.to_thread for r in self.records)
        # A reconnect gives a record another ticket; this snapshot goes by those of its time.
        self._tickets = tuple(record.ticket for record in self.records)
        self.ticketed = any(ticket is not None for ticket in self._tickets)
        self.repeats = len({record.key for record in self.records}) < len(self.records)
        self.plain = (
            adapt is None and not self.repeats and all(record.is_plain() for record in self.records)
        )
        self.direct = self.plain and not self.asyncs and not self.taps

    def admit(self, place: int, called: set[Key]) -> AnyReceiver | None:
        """Decide, just before its call, whether the receiver of a connection is called.

        Not any more when it has been disconnected, is gone, was called before in this sending, or
        when its one call has been claimed elsewhere.
        """
        record = self.records[place]
        if not record.live or (self.repeats and record.key in called):
            return None
        receiver = record.receiver()
        if receiver is None:
            if record() is not None:  # the function of a living owner's method went unnoticed
                record.queue.append(record)
            return None
        ticket = self._tickets[place] if self.ticketed else None
        if ticket is not None and not record.claim(ticket, receiver):
            return None
        if self.repeats:
            called.add(record.key)
        return receiver

    def call_of(self, record: Record, receiver: AnyReceiver) -> Callable[[Any, Any], Any]:
        """Give what is called with `(sender, payload)` to reach a receiver."""
        return receiver if self.adapt is None else self.adapt(record, receiver)

    def admitted(self) -> Iterator[tuple[Record, AnyReceiver]]:
        """Go through the connections, deciding on each when its turn comes."""
        called: set[Key] = set()
        for place, record in enumerate(self.records):
            receiver = self.admit(place, called)
            if receiver is not None:
                yield record, receiver


def _each_once(taps: Iterable[Tap]) -> tuple[Tap, ...]:
    return tuple({tap.key: tap for tap in taps}.values())


def order(record: Record) -> tuple[int, int]:
    """Give what sorts connections into the order of sending."""
    return (-record.options.priority, record.serial)


MUTED: Final = Plan((), None)
MUTED.muted = True

"""Whom one sending calls, in which order: an immutable snapshot of the connections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any, Final

from aldis._connection import Record, Tap
from aldis._identity import Key
from aldis._middleware import Layers
from aldis._types import AnyReceiver

Adapt = Callable[[Record, AnyReceiver], Callable[[Any, Any], object]]
"""Makes of a receiver what is called with `(sender, payload)` in its place."""


class Plan:
    """An immutable snapshot: whom one sending calls, in order.

    Attributes:
        records: the connections, higher priorities first, then in the order of connecting.
        taps: those of streams, which are not among the others, each stream once.
        asyncs: those of them whose receivers only an async send can run.
        layers: the middleware around its calls and itself, or `None`.
        plain: calling each receiver with `(sender, payload)`, and awaiting what it returns, is all
            there is to do.
        direct: a sync send has nothing else to do or to look at: plain, with no async receivers, no
            streams and no middleware.
        direct_async: all that an async send has to do is to call the receivers, and to await some.
        coroutines: direct_async, and each receiver is an `async def`, as a function or a method.
        only: the one connection, where there is no other.
        functions: none of its receivers is a bound method.
        inside: there is middleware around its calls.
        guarded: a sync send is refused while any of `asyncs` is present or, where there is async
            middleware, any at all.
        ticketed: there are `once` connections among them.
        bare: nothing is to be done around the calls of a sending, nor told after it.
        repeats: a receiver has several connections among them.
        awaits: there are connections among them that an async send waits for.
        muted: the whole signal is silent.
        base: the snapshot for `ANY` that a sender's own was made from.
    """

    __slots__ = (
        "_all_async",
        "_tickets",
        "adapt",
        "asyncs",
        "awaits",
        "bare",
        "base",
        "coroutines",
        "direct",
        "direct_async",
        "functions",
        "guarded",
        "inside",
        "layers",
        "muted",
        "only",
        "plain",
        "records",
        "repeats",
        "taps",
        "ticketed",
    )

    def __init__(
        self,
        records: Iterable[Record],
        adapt: Adapt | None,
        base: Plan | None = None,
        layers: Layers | None = None,
    ) -> None:
        everything = in_order(records)
        taps = [record for record in everything if isinstance(record, Tap)]
        self.taps = tuple({tap.key: tap for tap in taps}.values())
        self.records = tuple(
            [record for record in everything if not isinstance(record, Tap)] if taps else everything
        )
        self.adapt = adapt
        self.base = base
        self.muted = False
        self.asyncs = tuple([record for record in self.records if record.is_async])
        self.layers = layers
        self.inside = layers is not None and bool(layers.receivers)
        self._all_async = layers is not None and bool(layers.asyncs)
        self.guarded = bool(self.records if self._all_async else self.asyncs)
        self.awaits = self.guarded or any(r.options.to_thread for r in self.records)
        # A reconnect gives a record another ticket; this snapshot goes by those of its time.
        tickets = [record.ticket for record in self.records]
        self.ticketed = tickets.count(None) < len(tickets)
        self._tickets = tuple(tickets) if self.ticketed else ()
        self.bare = not self.ticketed and (layers is None or not layers.sendings)
        self.repeats = len({record.key for record in self.records}) < len(self.records)
        self.plain = (
            adapt is None and not self.repeats and all(record.is_plain() for record in self.records)
        )
        alone = self.plain and not self.taps and layers is None
        self.direct = alone and not self.asyncs
        self.direct_async = alone and bool(self.asyncs)
        self.coroutines = self.direct_async and all(r.is_coroutine for r in self.records)
        self.only = self.records[0] if len(self.records) == 1 else None
        self.functions = all(record.func is None for record in self.records)

    def admit(self, place: int, called: set[Key]) -> AnyReceiver | None:
        """Decide, just before its call, whether the receiver of a connection is called.

        Not any more when it has been disconnected, is gone, was called before in this sending, or
        when its one call has been claimed elsewhere.
        """
        record = self.records[place]
        if self.repeats and record.key in called:
            return None
        receiver = record.receiver()
        if receiver is None:
            if record() is not None:
                miss(record)
            return None
        ticket = self._tickets[place] if self.ticketed else None
        if ticket is not None and not record.claim(ticket, receiver):
            return None
        if self.repeats:
            called.add(record.key)
        return receiver

    def has_any(self) -> bool:
        """Tell whether there is anybody still to be called."""
        for record in self.records:
            if record.is_present():
                return True
        return any(tap.is_present() for tap in self.taps)

    def is_apart(self, record: Record) -> bool:
        """Tell whether a task of its own is for a call that is made at the same time as others."""
        return self._all_async or record.is_async or record.options.to_thread

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


def miss(record: Record) -> None:
    """See to it that a connection ends whose method has lost its function, and not its owner."""
    if record.live:
        record.note(record)


def in_order(records: Iterable[Record]) -> list[Record]:
    """Sort connections into the order of sending."""
    found = sorted(records, key=_serial)
    if any(record.options.priority for record in found):
        found.sort(key=_rank)  # which leaves equals as they are
    return found


_serial: Final = attrgetter("serial")


def _rank(record: Record) -> int:
    return -record.options.priority


MUTED: Final = Plan((), None)
MUTED.muted = True

"""One sending, in a frozen envelope: for dispatchers, streams and relays."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, NoReturn, TypeAlias
from uuid import UUID

from aldis._types import PayloadT_co, ResultT_co, SenderT_co
from aldis._uncopied import Uncopied
from aldis.exceptions import shorten

if TYPE_CHECKING:
    from aldis._signal import Signal


class _Stamp(NamedTuple):
    id: UUID
    time: datetime


class Event(Uncopied, Generic[PayloadT_co, SenderT_co, ResultT_co]):
    """A signal with a sender and a payload, ready to be sent, kept or passed on.

    Two events are equal only when they are the same object. `id` and `time` are made together when
    one of them is first read, and never change after that, whichever thread comes first.

    Attributes:
        signal: the signal that it belongs to.
        sender: on whose behalf.
        payload: the data.
    """

    # `_stamps` is a dict for its `setdefault`, which is atomic: all threads read the first stamp.
    __slots__ = ("__weakref__", "_payload", "_sender", "_signal", "_stamps")

    _called = "an Event"
    _instead = "pass on its payload, and make another of that"

    _signal: Signal[Any, Any, Any]
    _sender: SenderT_co
    _payload: PayloadT_co
    _stamps: dict[None, _Stamp]

    def __init__(
        self, signal: Signal[Any, Any, Any], sender: SenderT_co, payload: PayloadT_co
    ) -> None:
        put = object.__setattr__
        put(self, "_signal", signal)
        put(self, "_sender", sender)
        put(self, "_payload", payload)
        put(self, "_stamps", {})

    # A signal is invariant, an event only hands it out: the parameters that it was made with
    # cannot be named by a covariant class.
    @property
    def signal(self) -> Signal[Any, Any, Any]:
        """The signal that it belongs to."""
        return self._signal

    @property
    def sender(self) -> SenderT_co:
        """On whose behalf."""
        return self._sender

    @property
    def payload(self) -> PayloadT_co:
        """The data."""
        return self._payload

    @property
    def id(self) -> UUID:
        """A UUID of version 7, which sorts by `time` (RFC 9562, section 5.7)."""
        return self._stamp().id

    @property
    def time(self) -> datetime:
        """When the event was first looked at, in UTC, to the millisecond that `id` holds."""
        return self._stamp().time

    def _stamp(self) -> _Stamp:
        stamp = self._stamps.get(None)
        return self._stamps.setdefault(None, _make_stamp()) if stamp is None else stamp

    if (
        not TYPE_CHECKING
    ):  # pragma: no branch  # checkers would take __setattr__ for leave to set any attribute

        def __setattr__(self, name: str, value: object) -> NoReturn:
            raise AttributeError(
                f"an Event is frozen: its {name} cannot be set; make another with signal.event(...)"
            )

        def __delattr__(self, name: str) -> NoReturn:
            raise AttributeError(f"an Event is frozen: its {name} cannot be deleted")

    def __repr__(self) -> str:
        """Name the signal; sender and payload may hold what should not be printed."""
        return f"<Event of {shorten(self.signal.name or 'an unnamed signal')}>"


AnyEvent: TypeAlias = Event[Any, Any, Any]
"""An event of whichever signal."""


def _make_stamp() -> _Stamp:
    milliseconds = time.time_ns() // 1_000_000
    seconds, rest = divmod(milliseconds, 1_000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1_000)
    return _Stamp(_uuid7(milliseconds), moment)


def _uuid7(milliseconds: int) -> UUID:
    """Make a UUID of version 7, as RFC 9562, section 5.7, lays it out.

    48 bits of Unix time in milliseconds, then 80 random bits, of which UUID's `version` argument
    and the two lines below fix the six that name version 7 and the variant.
    """
    bits = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=bits)

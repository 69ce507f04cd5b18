"""The changes that users make to a signal: operations that can be applied twice with one effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from aldis._connection import Record
from aldis._identity import Key
from aldis._line import GONE, refs_to
from aldis._middleware import Installed
from aldis._named import NamedTuple
from aldis._types import AnyReceiver

if TYPE_CHECKING:
    from aldis._registry import Registry


class Every:
    """Stands for each sender and `ANY` at once, where a sender may be left out."""


EVERY: Final = Every()


class Touched(NamedTuple):
    """A connection that a change made or ended, with what its view needs."""

    record: Record
    receiver: AnyReceiver
    sender: object


class Change:
    """An operation of a user's.

    Attributes:
        applied: whether its effect is there.
        orphan: its caller, inside another operation, went on before it was applied.
        touched: what it connected or disconnected, by serial number.
        removes: whether it disconnects.
    """

    __slots__ = ("applied", "orphan", "touched")

    removes = True

    def __init__(self) -> None:
        self.applied = False
        self.orphan = False
        self.touched: dict[int, Touched] = {}

    def apply(self, registry: Registry, trash: list[object]) -> None:
        """Change the tables; doing so again changes nothing."""
        raise NotImplementedError


class Attach(Change):
    """Connect a record, or let the equal one that is there take over its options."""

    __slots__ = ("receiver", "record", "refs", "scoped", "sender")

    removes = False

    def __init__(
        self, record: Record, receiver: AnyReceiver, sender: object, *, scoped: bool
    ) -> None:
        super().__init__()
        self.record = record
        self.receiver = receiver
        self.sender = sender
        self.scoped = scoped
        self.refs = refs_to(sender, record.sender, record.note)

    def apply(self, registry: Registry, trash: list[object]) -> None:
        """Link the record, or hand its options to its equal."""
        line = registry.line_of(self.record.sender, self.refs)
        equal = None if self.scoped else line.records.get(self.record.key)
        if equal is None or equal is self.record:
            registry.link(self.record, line, scoped=self.scoped)
        elif equal.receiver() is not None:
            trash.append(equal.strong)
            equal.adopt(self.record, weakens=registry.weakens)
            self.record.end()
            registry.forget_plan(line)
        else:  # its function died unnoticed, and gave its key away
            registry.unlink(equal, trash)
            line = registry.line_of(self.record.sender, self.refs)
            registry.link(self.record, line, scoped=False)
        self.touched = {self.record.serial: Touched(self.record, self.receiver, self.sender)}


class Detach(Change):
    """Disconnect a receiver, from one sender or from all; or one record alone."""

    __slots__ = ("found", "key", "record", "sender")

    def __init__(
        self, key: Key, sender: Key | Every | None = EVERY, record: Record | None = None
    ) -> None:
        super().__init__()
        self.key = key
        self.sender = sender
        self.record = record
        self.found: Iterable[Record] | None = None

    def is_about(self, record: Record) -> bool:
        """Tell whether this is to remove a record."""
        if self.record is not None:
            return record is self.record
        every = isinstance(self.sender, Every) or record.sender == self.sender
        return every and record.key == self.key

    def apply(self, registry: Registry, trash: list[object]) -> None:
        """Unlink what is found; it is kept for whoever wants to be told."""
        if self.found is None:  # the second time, the indexes may have forgotten it already
            self.found = registry.find(self)
        for record in self.found:
            receiver = record.receiver()
            sender = registry.sender_of(record)
            if record.serial >= 0 and receiver is not None and sender is not GONE:
                self.touched[record.serial] = Touched(record, receiver, sender)
            registry.unlink(record, trash)


class Mute(Change):
    """Silence the receivers with these keys, or all, until the same token is lifted."""

    __slots__ = ("keys", "on", "token")

    def __init__(self, token: object, keys: frozenset[Key] | None, *, on: bool) -> None:
        super().__init__()
        self.token = token
        self.keys = keys
        self.on = on

    def apply(self, registry: Registry, trash: list[object]) -> None:  # noqa: ARG002  # keeps all
        """Put the token in or take it out; tokens, unlike a counter, can be put in twice."""
        registry.mute(self.token, self.keys, on=self.on)


class Use(Change):
    """Put a middleware around a signal's calls or sendings, or take it away."""

    __slots__ = ("installed", "on", "signal")

    def __init__(self, installed: Installed, signal: Callable[[], Any], *, on: bool) -> None:
        super().__init__()
        self.installed = installed
        self.signal = signal
        self.on = on

    def apply(self, registry: Registry, trash: list[object]) -> None:
        """Enter or remove it; what was undone meanwhile, in another thread, is not put back."""
        on = self.on and not self.installed.revoked
        registry.use(self.installed, self.signal, trash, on=on)

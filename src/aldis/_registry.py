"""Who receives, in which order: pure bookkeeping and snapshots; it calls nothing of a user's."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias, TypeVar

from aldis._connection import Record, Spent
from aldis._identity import Key, sender_key
from aldis._inbox import Inbox
from aldis._line import GONE, Line, Ref, SenderRef, refs_to
from aldis._plan import MUTED, Adapt, Plan, order
from aldis._types import ANY, AnyReceiver


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
        touched: what it connected or disconnected.
        removes: whether it disconnects.
    """

    __slots__ = ("applied", "orphan", "touched")

    removes = True

    def __init__(self) -> None:
        self.applied = False
        self.orphan = False
        self.touched: list[Touched] = []

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
        self.refs = refs_to(sender, record.sender, record.queue)

    def apply(self, registry: Registry, trash: list[object]) -> None:
        """Link the record, or hand its options to its equal."""
        line = registry.line_of(self.record.sender, self.refs)
        equal = None if self.scoped else line.records.get(self.record.key)
        if equal is None or equal is self.record:
            registry.link(self.record, line, scoped=self.scoped)
        elif equal.receiver() is None:  # its function died unnoticed and gave the key away
            registry.unlink(equal)
            trash.append(equal)
            registry.link(self.record, line, scoped=False)
        else:
            trash.append(equal.strong)
            equal.adopt(self.record)
            self.record.live = False
            registry.forget_plan(line)
        self.touched = [Touched(self.record, self.receiver, self.sender)]


class Detach(Change):
    """Disconnect a receiver, from one sender or from all; or one record alone."""

    __slots__ = ("key", "record", "sender")

    def __init__(
        self, key: Key, sender: Key | Every | None = EVERY, record: Record | None = None
    ) -> None:
        super().__init__()
        self.key = key
        self.sender = sender
        self.record = record

    def is_about(self, record: Record) -> bool:
        """Tell whether this is to remove a record."""
        if self.record is not None:
            return record is self.record
        every = isinstance(self.sender, Every) or record.sender == self.sender
        return every and record.key == self.key

    def apply(self, registry: Registry, trash: list[object]) -> None:
        """Unlink what is found; it is kept for whoever wants to be told."""
        for record in registry.find(self):
            receiver = record.receiver()
            if receiver is None:
                continue
            sender = registry.sender_of(record)
            if record.live and sender is not GONE:
                self.touched.append(Touched(record, receiver, sender))
            registry.unlink(record)
            trash.append(record)


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


class _Reminder:
    """Keeps the queue from being empty while there is news that nobody has been told."""


_REMINDER: Final = _Reminder()
_NONE: Final[Mapping[int, Record]] = {}

News: TypeAlias = Record | Change
"""What users are told after the lock is released: a lost receiver, or a change they await."""
_NewsT = TypeVar("_NewsT", bound=News)


class Registry(Inbox):
    """The connections of one signal.

    Sends read `queue`, `plan` and `lines` without a lock; everything is changed under it alone.

    Attributes:
        plan: the snapshot for `ANY`, or `None` when it has to be made again.
        lines: the connections that filter on a sender, by its key.
        news: what is to be told, each item under its own `id()`.
    """

    __slots__ = (
        "_adapt",
        "_base",
        "_filtered",
        "_mutes",
        "_scoped",
        "_serials",
        "lines",
        "news",
        "plan",
    )

    def __init__(self, adapt: Adapt | None = None) -> None:
        super().__init__()
        self._adapt = adapt
        self._base = Line()
        self._serials = itertools.count()
        self._mutes: dict[object, frozenset[Key] | None] = {}
        # Reverse indexes, without which a disconnect would walk every sender's line.
        self._filtered: dict[Key, dict[int, Record]] = {}
        self._scoped: dict[Key, dict[int, Record]] = {}
        self.lines: dict[Key, Line] = {}
        self.plan: Plan | None = None
        self.news: dict[int, News] = {}

    # -- reading -------------------------------------------------------------------------------

    def select(self, sender: object) -> Plan:
        """Give the snapshot for a sending on behalf of `sender`."""
        plan = self.plan
        if plan is None:
            plan = self._refresh(None)
        if not self.lines or plan.muted:
            return plan
        line = self.lines.get(sender_key(sender))
        if line is None:
            return plan
        own = line.plan
        return own if own is not None and own.base is plan else self._refresh(line)

    def all_records(self) -> list[Record]:
        """Give every connection, to `ANY` and to senders alike, in the order of sending."""
        return sorted(self._hold(self._collect), key=order)

    def records_for(self, sender: object) -> list[Record]:
        """Give the connections that match `sender`, in the order of sending, muted or not."""
        return sorted(self._hold(self._match, sender_key(sender)), key=order)

    def sender_of(self, record: Record) -> object:
        """Give the sender that a record filters on, or `ANY`, or `GONE`."""
        if record.sender is None:
            return ANY
        line = self.lines.get(record.sender)
        return GONE if line is None else line.sender()

    def foresee(self, detach: Detach) -> bool:
        """Tell whether an operation that waits for its turn will find anything then."""
        present = {id(each): each for each in self.find(detach) if each.is_present()}
        for ahead in itertools.takewhile(lambda each: each is not detach, tuple(self.queue)):
            if isinstance(ahead, Attach) and detach.is_about(ahead.record):
                present[id(ahead.record)] = ahead.record
            elif isinstance(ahead, Detach):
                present = {key: each for key, each in present.items() if not ahead.is_about(each)}
        return bool(present)

    def _collect(self) -> list[Record]:
        lines = [self._base, *self.lines.values()]
        return [record for line in lines for record in line.records.values()]

    def _match(self, key: Key) -> list[Record]:
        line = self.lines.get(key)
        return [*self._base.records.values(), *(line.records.values() if line else ())]

    # -- snapshots -----------------------------------------------------------------------------

    def _refresh(self, line: Line | None) -> Plan:
        if self.is_entered():  # inside an operation of this thread: look, publish nothing
            base = self._make_base()
            return base if line is None else self._make_own(line, base)
        return self._hold(self._publish, line)

    def _publish(self, line: Line | None) -> Plan:
        base = self.plan
        if base is None:
            base = self.plan = self._make_base()
        if line is None or base.muted:
            return base
        line.plan = self._make_own(line, base)
        return line.plan

    def _make_base(self) -> Plan:
        if None in self._mutes.values():
            return MUTED
        return Plan(self._audible(self._base), self._adapt)

    def _make_own(self, line: Line, base: Plan) -> Plan:
        return Plan((*base.records, *self._audible(line)), self._adapt, base)

    def _audible(self, line: Line) -> list[Record]:
        silent = {key for keys in self._mutes.values() for key in keys or ()}
        return [record for record in line.records.values() if record.key not in silent]

    # -- changing, under the lock --------------------------------------------------------------

    def _apply(self, operation: object, trash: list[object]) -> None:
        if isinstance(operation, Change):
            operation.apply(self, trash)
            operation.applied = True
            if operation.orphan:
                self.news[id(operation)] = operation
        elif isinstance(operation, Record):
            self._bury(operation)
        elif isinstance(operation, Spent):
            self._retire(operation)
        elif isinstance(operation, SenderRef):
            self._close(operation, trash)

    def _bury(self, record: Record) -> None:
        if record.is_lost() and record.name is not None:
            self.news[id(record)] = record
        # All connections of a receiver die with it, and it is told of once.
        for each in (record, *self.find(Detach(record.key))):
            if each.receiver() is None:
                self.unlink(each)

    def _retire(self, spent: Spent) -> None:
        record = spent.record
        # A reconnect since the claim has given the record another ticket: then it goes on.
        if record.live and record.ticket is spent.ticket:
            told = Detach(record.key, record=record)
            sender = self.sender_of(record)
            if sender is not GONE:
                told.touched = [Touched(record, spent.receiver, sender)]
            self.news[id(spent.ticket)] = told  # the record keeps that id from being another's
            self.unlink(record)

    def _close(self, ref: SenderRef, trash: list[object]) -> None:
        line = self.lines.get(ref.key)
        if line is None or not any(part is ref for part in line.refs):
            return  # that line is gone, and its key may already be another sender's
        for record in list(line.records.values()):
            trash.append(record)
            self.unlink(record)

    def line_of(self, sender: Key | None, refs: tuple[Ref, ...]) -> Line:
        """Find the line of a sender, or begin it."""
        if sender is None:
            return self._base
        line = self.lines.get(sender)
        if line is None:
            line = self.lines[sender] = Line(refs)
        return line

    def link(self, record: Record, line: Line, *, scoped: bool) -> None:
        """Enter a record into its line and the indexes."""
        if record.serial < 0:
            record.serial = next(self._serials)
        if scoped:
            self._scoped.setdefault(record.key, {})[record.serial] = record
            line.records[None, record.serial] = record
        else:
            if record.sender is not None:
                self._filtered.setdefault(record.key, {})[record.serial] = record
            line.records[record.key] = record
        self.forget_plan(line)

    def unlink(self, record: Record) -> None:
        """Take a record out of its line and the indexes, and nothing that has come in its place."""
        record.live = False
        for index in (self._filtered, self._scoped):
            indexed = index.get(record.key)
            if indexed is not None and indexed.pop(record.serial, None) is record and not indexed:
                del index[record.key]
        line = self._base if record.sender is None else self.lines.get(record.sender)
        if line is None:
            return
        if line.records.get(record.key) is record:
            del line.records[record.key]
        else:
            line.records.pop((None, record.serial), None)
        self.forget_plan(line)
        if not line.records and record.sender is not None:
            self.lines.pop(record.sender, None)

    def forget_plan(self, line: Line) -> None:
        """Have the snapshot of a line, and with `ANY`'s those of all lines, made again."""
        if line is self._base:
            self.plan = None
        line.plan = None

    def mute(self, token: object, keys: frozenset[Key] | None, *, on: bool) -> None:
        """Begin or end one silence."""
        if on:
            self._mutes[token] = keys
        else:
            self._mutes.pop(token, None)
        self.plan = None

    def find(self, detach: Detach) -> list[Record]:
        """Find the records that an operation is about."""
        if detach.record is not None:
            return [detach.record]
        key, sender = detach.key, detach.sender
        scoped = tuple(self._scoped.get(key, _NONE).values())
        if isinstance(sender, Every):
            found = [*self._filtered.get(key, _NONE).values(), *scoped]
            line: Line | None = self._base
        else:
            found = [record for record in scoped if record.sender == sender]
            line = self._base if sender is None else self.lines.get(sender)
        ordinary = None if line is None else line.records.get(key)
        return found if ordinary is None else [ordinary, *found]

    # -- news ----------------------------------------------------------------------------------

    def next_news(self) -> News | None:
        """Hand out one thing to be told, to one caller."""
        return self._next(tuple(self.news.items()))

    def next_change(self) -> Change | None:
        """Hand out one change to be told; lost receivers are left for the next operation."""
        told = tuple(self.news.items())
        return self._next((key, news) for key, news in told if isinstance(news, Change))

    def _next(self, items: Iterable[tuple[int, _NewsT]]) -> _NewsT | None:
        for key, news in items:
            if self.news.pop(key, None) is news:
                return news
        return None

    def remind(self) -> None:
        """Have the next operation come by when there is news that nobody has been told."""
        if self.news:
            self.queue.append(_REMINDER)

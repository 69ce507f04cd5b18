"""Who receives, in which order: pure bookkeeping and snapshots; it calls nothing of a user's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from aldis._around import wrap
from aldis._changes import Attach, Change, Detach, Every, Touched
from aldis._connection import Record, Spent
from aldis._identity import Key, sender_key
from aldis._line import GONE, Line, Ref, SenderRef
from aldis._middleware import Installed, Layers, make_layers
from aldis._news import Newsroom
from aldis._plan import MUTED, Adapt, Plan, in_order
from aldis._types import ANY

_NONE: Final[Mapping[int, Record]] = {}
# A sender's snapshot has the records for ANY in it: kept for many senders, long ones would add up.
_LONGEST_KEPT: Final = 64


class Registry(Newsroom):
    """The connections of one signal.

    Sends read `queue`, `plan` and `lines` without a lock; everything is changed under it alone.

    Attributes:
        key_of: when two senders are the same: equal keys.
        weakens: whether a weak reconnect weakens a strong connection.
        plan: the snapshot for `ANY`, or `None` when it has to be made again.
        direct: the same, when all that a sync send for any sender has to do is to call its
            receivers; else `None`. A send asks for this alone.
        only: the one record of `direct`, where there is no other.
        direct_async: the like of `direct` for an async send.
        lines: the connections that filter on a sender, by its key.
    """

    __slots__ = (
        "_adapt",
        "_base",
        "_filtered",
        "_installed",
        "_layers",
        "_mutes",
        "_scoped",
        "_serials",
        "direct",
        "direct_async",
        "key_of",
        "lines",
        "only",
        "plan",
        "weakens",
    )

    def __init__(
        self,
        adapt: Adapt | None = None,
        key_of: Callable[[object], Key] = sender_key,
        *,
        weakens: bool = True,
    ) -> None:
        super().__init__()
        self.key_of = key_of
        self.weakens = weakens
        self._adapt = adapt
        self._base = Line()
        self._serials = itertools.count()
        self._mutes: dict[object, frozenset[Key] | None] = {}
        self._installed: dict[Installed, None] = {}
        self._layers: Layers | None = None
        # Reverse indexes, without which a disconnect would walk every sender's line.
        self._filtered: dict[Key, dict[int, Record]] = {}
        self._scoped: dict[Key, dict[int, Record]] = {}
        self.lines: dict[Key, Line] = {}
        self.plan: Plan | None = None
        self.direct: Plan | None = None
        self.only: Record | None = None
        self.direct_async: Plan | None = None

    # -- reading -------------------------------------------------------------------------------

    def select(self, sender: object) -> Plan:
        """Give the snapshot for a sending on behalf of `sender`."""
        is_late = False
        while True:
            plan = self.plan
            if plan is None:
                plan = self._refresh(None)
            if self.lines and not plan.muted:
                line = self.lines.get(self.key_of(sender))
                if line is not None:
                    own = line.plan
                    plan = own if own is not None and own.base is plan else self._refresh(line)
            if not self.queue or self.is_entered():
                if is_late:
                    self.remind()  # a sending looks for news only where something is queued
                return plan
            self.settle()  # what came while the snapshot was made
            is_late = True

    def all_records(self) -> list[Record]:
        """Give every connection, to `ANY` and to senders alike, in the order of sending."""
        return self._read(self.collect)

    def records_for(self, sender: object) -> list[Record]:
        """Give the connections that match `sender`, in the order of sending, muted or not."""
        return self._read(self._match, self.key_of(sender))

    def whole(self) -> Plan | None:
        """Give the snapshot that has every connection, where there is one; it takes no lock."""
        plan = self.plan
        if self.queue or self.lines or self._mutes or plan is MUTED:
            return None
        # Each change of these has the snapshot made again: while it is the same, they were so.
        return plan if plan is self.plan else None

    def has_any(self, sender: object) -> bool:
        """Tell whether any connection matches `sender`, muted or not."""
        plan = self.whole()
        if plan is not None:
            return plan.has_any()
        found = self._hold(self._match, self.key_of(sender))
        return any(record.is_present() for record in found)

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

    def _read(self, look: Callable[..., list[Record]], *arguments: object) -> list[Record]:
        is_late = False
        while True:
            records = self._hold(look, *arguments)
            if not self.queue or self.is_entered():
                if is_late:
                    self.remind()
                return in_order(records)
            self.settle()  # what came while they were looked for
            is_late = True

    def collect(self) -> list[Record]:
        """Give every connection, in no order, under the lock."""
        lines = [self._base, *self.lines.values()]
        return [record for line in lines for record in line.records.values()]

    def _match(self, key: Key) -> list[Record]:
        line = self.lines.get(key)
        return [*self._base.records.values(), *(line.records.values() if line else ())]

    def is_muted(self) -> bool:
        """Tell whether the whole signal is silent."""
        return None in self._mutes.copy().values()

    # -- snapshots -----------------------------------------------------------------------------

    def _refresh(self, line: Line | None) -> Plan:
        if self.is_entered():  # inside an operation of this thread: look, keep nothing
            base = self._make_base()
            return base if line is None else self._make_own(line, base)
        return self._hold(self._remake, line)

    def _remake(self, line: Line | None) -> Plan:
        base = self.plan
        if base is None:
            base = self._make_base()
            self._offer(base)
            self.plan = base
        if line is None or base.muted:
            return base
        own = self._make_own(line, base)
        if len(own.records) <= _LONGEST_KEPT:
            line.plan = own
        return own

    def _offer(self, base: Plan | None) -> None:
        # Withdrawn by the very steps that make it wrong, each of which an interrupt may follow.
        if base is None or self.lines:
            self.only = self.direct = self.direct_async = None
        elif base.direct:
            self.direct = base
            self.only = base.only
        elif base.direct_async:
            self.direct_async = base

    def _make_base(self) -> Plan:
        if self.is_muted():
            return MUTED
        return self._make_plan(self._audible(self._base))

    def _make_own(self, line: Line, base: Plan) -> Plan:
        return self._make_plan((*base.records, *base.taps, *self._audible(line)), base)

    def _make_plan(self, records: Iterable[Record], base: Plan | None = None) -> Plan:
        layers = self._layers
        adapt = self._adapt
        if layers is not None and layers.receivers:
            adapt = partial(wrap, layers)
        return Plan(records, adapt, base, layers)

    def _audible(self, line: Line) -> list[Record]:
        silent = {key for keys in self._mutes.values() for key in keys or ()}
        return [record for record in line.records.values() if record.key not in silent]

    # -- changing, under the lock --------------------------------------------------------------

    def _apply(self, operation: object, trash: list[object]) -> None:
        if isinstance(operation, Change):
            operation.apply(self, trash)
            operation.applied = True
            if operation.orphan:
                self.changes[id(operation)] = operation
        elif isinstance(operation, Record):
            self._bury(operation, trash)
        elif isinstance(operation, Spent):
            self._retire(operation, trash)
        elif isinstance(operation, SenderRef):
            self._close(operation, trash)
        self._offer(self.plan)  # anew, where it has ended the last line

    def _bury(self, record: Record, trash: list[object]) -> None:
        # All connections of a receiver die with it, and it is told of once. The one that says so
        # may be another than this, and goes last: when this is done again, it is still there.
        found = (record, *self.find(Detach(record.key)))
        dead = sorted((each for each in found if each.receiver() is None), key=_is_missed)
        for each in dead[-1:]:
            if _is_missed(each):
                self.lost[id(each)] = each
        for each in dead:
            self.unlink(each, trash)

    def _retire(self, spent: Spent, trash: list[object]) -> None:
        record = spent.record
        if record.ticket is not spent.ticket:
            return  # a reconnect since the claim has given it another ticket: it goes on
        sender = self.sender_of(record)
        if record.live and sender is not GONE:
            told = Detach(record.key)
            told.touched = {record.serial: Touched(record, spent.receiver, sender)}
            self.changes[id(spent.ticket)] = told  # the record keeps that id from being another's
        self.unlink(record, trash)

    def _close(self, ref: SenderRef, trash: list[object]) -> None:
        line = self.lines.get(ref.key)
        if line is None or not any(part is ref for part in line.refs):
            return  # that line is gone, and its key may already be another sender's
        trash.append(line)
        for record in tuple(line.records.values()):
            self.unlink(record, trash)
        # It goes with the last of its records, but when this is done again, none may be left.
        self.lines.pop(ref.key, None)

    def line_of(self, sender: Key | None, refs: tuple[Ref, ...]) -> Line:
        """Find the line of a sender, or begin it."""
        if sender is None:
            return self._base
        line = self.lines.get(sender)
        if line is None:
            self._offer(None)  # first: when this is done again, the line is there
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

    def unlink(self, record: Record, trash: list[object]) -> None:
        """Take a record out of its line and the indexes, and nothing that has come in its place."""
        record.end()
        # Snapshots may keep the record for long; they are not to keep its receiver.
        trash.append(record.strong)
        record.strong = None
        for index in (self._filtered, self._scoped):
            indexed = index.get(record.key)
            if indexed is not None:
                indexed.pop(record.serial, None)
                if not indexed:
                    index.pop(record.key, None)
        line = self._base if record.sender is None else self.lines.get(record.sender)
        if line is None:
            return
        if line.records.get(record.key) is record:
            trash.append(line.records.pop(record.key))
        else:
            line.records.pop((None, record.serial), None)
        self.forget_plan(line)
        if not line.records and record.sender is not None:
            trash.append(line)
            self.lines.pop(record.sender, None)

    def forget_plan(self, line: Line) -> None:
        """Have the snapshot of a line, and with `ANY`'s those of all lines, made again."""
        if line is self._base:
            self._forget_base()
        line.plan = None

    def _forget_base(self) -> None:
        self._offer(None)
        self.plan = None

    def mute(self, token: object, keys: frozenset[Key] | None, *, on: bool) -> None:
        """Begin or end one silence."""
        self._forget_base()  # first: `whole` is not to see a silent snapshot and no silence
        if on:
            self._mutes[token] = keys
        else:
            self._mutes.pop(token, None)

    def use(
        self, installed: Installed, signal: Callable[[], Any], trash: list[object], *, on: bool
    ) -> None:
        """Enter a middleware, or take it out of the tables and of every snapshot."""
        if on:
            self._installed[installed] = None
        else:
            self._installed.pop(installed, None)
        # With the old snapshots of all lines, or an undone middleware would live on in them.
        trash += (self._layers, self.plan, *(line.plan for line in self.lines.values()))
        self._layers = make_layers(signal, self._installed)
        self._forget_base()
        for line in self.lines.values():
            line.plan = None

    def uses(self, installed: Installed) -> bool:
        """Tell whether a middleware was entered."""
        return installed in self._installed

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


def _is_missed(record: Record) -> bool:
    return record.name is not None and record.is_lost()

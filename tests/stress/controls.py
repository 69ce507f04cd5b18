"""Registries of Aldis with one rule removed, each to be caught by the check that is for it."""

# pyright: reportPrivateUsage=false
# To break a registry one has to look inside.

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Final, TypeVar, cast

from aldis import Signal
from aldis._connection import Record, Spent
from aldis._identity import Key
from aldis._line import Line, SenderRef
from aldis._plan import Plan
from aldis._registry import Registry
from aldis._types import AnyReceiver
from tests.stress.designs import OfSignal
from tests.stress.findings import IS_CPYTHON

_T = TypeVar("_T")


class Control(OfSignal):
    """`aldis.Signal` on a broken registry.

    Attributes:
        rule: which rule is removed, and how.
        caught_by: the checks that have to show it, each with the kind of fault that it shows.
        registry: the broken one.
    """

    aldis = False
    rule: ClassVar[str]
    caught_by: ClassVar[Mapping[str, str]]
    registry: ClassVar[type[Registry]]

    def __init_subclass__(
        cls,
        *,
        name: str,
        rule: str,
        caught_by: Mapping[str, str],
        registry: type[Registry] = Registry,
    ) -> None:
        """Fill in what a control is."""
        cls.name = f"control: {name}"
        cls.rule = rule
        cls.caught_by = caught_by
        cls.registry = registry

    def make(self) -> Any:
        """Make a signal on the broken registry."""
        return _make_signal_class(self.registry)()


def _make_signal_class(registry: type[Registry]) -> type[Signal[object]]:
    class Broken(Signal[object]):
        __slots__ = ()

        def _make_registry(self) -> Registry:
            return registry()

    return Broken


# -- rules 1 to 3: a queue, and a lock that knows its owner -------------------------------------


class _Forgetful(Registry):
    """Does not know whether this thread is inside an operation."""

    __slots__ = ("_own",)
    _own: AbstractContextManager[object]

    def __init__(self) -> None:
        super().__init__()
        self._own = threading.Lock()

    def is_entered(self) -> bool:
        return False

    def _hold(self, work: Callable[..., _T], *arguments: object) -> _T:
        with self._own:
            return work(*arguments)


class _AtOnce(deque[object]):
    """Has what is put into it applied at once, instead of keeping it."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._registry = registry

    def append(self, operation: object, /) -> None:
        trash: list[object] = []
        self._registry._hold(self._registry._apply, operation, trash)


class _InPlace(_Forgetful):
    """Applies each change where it comes up."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__()
        self.queue = _AtOnce(self)
        self.note = self.queue.append


class _InPlaceReentrantly(_InPlace):
    __slots__ = ()

    def __init__(self) -> None:
        super().__init__()
        self._own = threading.RLock()


class InPlaceUnderLock(
    Control,
    name="in place, under a Lock",
    rule="rules 1 to 3: each change is applied where it comes up, under a plain lock",
    caught_by=dict.fromkeys(("threads", "collector", "destructors", "handlers"), "deadlock"),
    registry=_InPlace,
):
    """What one writes first."""


class InPlaceUnderRLock(
    Control,
    name="in place, under an RLock",
    rule="rules 2 and 3: each change is applied where it comes up, under a reentrant lock",
    caught_by={"handlers": "lost"},
    registry=_InPlaceReentrantly,
):
    """What one mends it with."""


class WithoutOwner(
    Control,
    name="a queue, no owner",
    rule="rule 3: a thread that comes back does not see that it holds the lock",
    caught_by={"destructors": "deadlock", "handlers": "deadlock"},
    registry=_Forgetful,
):
    """What holds for weakref callbacks, and for nothing else."""


# -- rule 4: an operation leaves the queue when it is done --------------------------------------


class _Hasty(Registry):
    __slots__ = ()

    def _apply_all(self, trash: list[object]) -> None:
        while self.queue:
            operation = self.queue.popleft()
            self._apply(operation, trash)
            trash.append(operation)


class PoppedFirst(
    Control,
    name="popped, then applied",
    rule="rule 4: an operation leaves the queue before it is applied",
    caught_by={"interrupts": "disagree"},
    registry=_Hasty,
):
    """What an interrupt breaks off is gone."""


# -- rule 4: the lock is taken in the `try`, and released first of all in the `finally` ----------


class _LockedBefore(Registry):
    __slots__ = ()

    def _hold(self, work: Callable[..., _T], *arguments: object) -> _T:
        if self.is_entered():
            return work(*arguments)
        lock = self._lock
        lock.acquire()
        try:
            return work(*arguments)
        finally:
            lock.release()


class LockedBefore(
    Control,
    name="locked before the try",
    rule="rule 4: the lock is taken before the `try`",
    caught_by={"interrupts": "held"},
    registry=_LockedBefore,
):
    """What most code does; an interrupt can come between the two lines."""


class _LockedWith(Registry):
    __slots__ = ()

    def _hold(self, work: Callable[..., _T], *arguments: object) -> _T:
        if self.is_entered():
            return work(*arguments)
        with self._lock:
            return work(*arguments)


class LockedWith(
    Control,
    name="with lock",
    rule="rule 4: the lock is taken by `with`, which CPython 3.14 can interrupt",
    caught_by={"interrupts": "held"},
    registry=_LockedWith,
):
    """What is safe up to CPython 3.13."""

    @classmethod
    def why_not(cls) -> str:
        """Say where `with` can be interrupted."""
        is_there = IS_CPYTHON and sys.version_info[:2] == (3, 14)
        return "" if is_there else "`with` is safe here"


# -- rule 5: the entry's own identity ------------------------------------------------------------


class _ByKey(Registry):
    __slots__ = ()

    def _retire(self, spent: Spent, trash: list[object]) -> None:
        super()._retire(spent._replace(ticket=cast("list[None]", spent.record.ticket)), trash)


class EndedByKey(
    Control,
    name="ended by key",
    rule="rule 5: what is used up ends whatever is connected under its key, not its own entry",
    caught_by={"handlers": "lost"},
    registry=_ByKey,
):
    """A receiver's one call ends a connection that was made anew meanwhile."""


class _LookingPlan(Plan):
    __slots__ = ()

    def admit(self, place: int, called: set[Key]) -> AnyReceiver | None:
        record, ticket = self.records[place], self._tickets[place]
        if ticket is None:
            return super().admit(place, called)
        receiver = record.receiver() if ticket else None
        if receiver is None:
            return None
        ticket.clear()
        record.note(Spent(record, ticket, receiver))
        return receiver


class _Looking(Registry):
    __slots__ = ()

    def _make_plan(self, records: Iterable[Record], base: Plan | None = None) -> Plan:
        return _LookingPlan(records, None, base, None)


class ClaimedByLooking(
    Control,
    name="claimed in two steps",
    rule="one call among all threads: whether it is used up is looked at, and then noted",
    caught_by={"once": "misdelivered"},
    registry=_Looking,
):
    """Two threads find that a connection for one call has not been used."""


# -- rule 6: a snapshot, outside of every lock, and a new lock after a fork ----------------------


class _LiveRecords:
    """Looks like a tuple, and goes through the table as it is then."""

    def __init__(self, registry: _Live, *lines: Line) -> None:
        self._registry = registry
        self._lines = lines

    def __len__(self) -> int:
        return sum(len(line.records) for line in self._lines)

    def __iter__(self) -> Iterator[Record]:
        silent = {key for keys in self._registry._mutes.copy().values() for key in keys or ()}
        for line in self._lines:
            for record in line.records.values():
                if record.key not in silent:
                    yield record


class _Live(Registry):
    __slots__ = ()

    def _make_base(self) -> Plan:
        plan: Any = super()._make_base()
        if not plan.muted:
            plan.records = _LiveRecords(self, self._base)
        return cast("Plan", plan)

    def _make_own(self, line: Line, base: Plan) -> Plan:
        plan: Any = super()._make_own(line, base)
        plan.records = _LiveRecords(self, self._base, line)
        return cast("Plan", plan)


class LiveTable(
    Control,
    name="no snapshot",
    rule="rule 6: a sending goes through the live table",
    caught_by={"threads": "exceptions"},
    registry=_Live,
):
    """A sending goes through the table that others change."""


class SentUnderLock(
    Control,
    name="sent under the lock",
    rule="rule 6: receivers run while the lock is held",
    caught_by={"crossing": "deadlock", "waiting": "waits"},
):
    """A sending keeps the lock while receivers run."""

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Send under the lock."""
        with signal._registry._lock:
            super().send(signal, sender, payload)


class _Ageless(Registry):
    __slots__ = ()

    def is_entered(self) -> bool:
        return bool(cast("Any", self._lock)._is_owned())

    def _renew_lock(self) -> Any:
        return self._lock


class SameLockAfterFork(
    Control,
    name="the lock of before the fork",
    rule="rule 6: a forked child keeps the lock it was born with",
    caught_by={"forks": "hang"},
    registry=_Ageless,
):
    """A child has the lock of a thread that does not exist there."""


# -- what each other column of T1 has to show ----------------------------------------------------


class _Unlocked(Registry):
    __slots__ = ()

    def _hold(self, work: Callable[..., _T], *arguments: object) -> _T:
        return work(*arguments)


class WithoutLock(
    Control,
    name="no lock",
    rule="rule 2: whoever finds something in the queue applies it, though another does so, too",
    caught_by={"threads": "exceptions"},
    registry=_Unlocked,
):
    """Two threads take each other's operations out of the queue."""


class _Satisfied(Registry):
    __slots__ = ()

    def forget_plan(self, line: Line) -> None:
        if line is self._base:
            self.plan = None


class SnapshotNotRenewed(
    Control,
    name="a snapshot not renewed",
    rule="rule 6: the snapshot of a sender is not made anew when somebody is connected to it",
    caught_by={"threads": "lost"},
    registry=_Satisfied,
):
    """A sending does not call what had been connected before it began."""


class _Lasting(Registry):
    __slots__ = ()

    def unlink(self, record: Record, trash: list[object]) -> None:
        plan, find = self.plan, record.func
        super().unlink(record, trash)
        self.plan, record.func = plan, find


class SnapshotThatLasts(
    Control,
    name="a snapshot that lasts",
    rule="rule 6: a snapshot is kept beyond a change, and asks nobody who is still connected",
    caught_by={"threads": "ghosts"},
    registry=_Lasting,
):
    """A sending calls what had been disconnected before it began."""


class _Mourning(Registry):
    __slots__ = ()

    def _close(self, ref: SenderRef, trash: list[object]) -> None:
        pass


class KeptAfterItsSender(
    Control,
    name="kept after its sender",
    rule="rule 5: connections to a sender that has died stay under its id",
    caught_by={"threads": "misdelivered"},
    registry=_Mourning,
):
    """Another sender with that id reaches the receivers of the dead one."""


class _Hoarding(Registry):
    __slots__ = ()

    def _bury(self, record: Record, trash: list[object]) -> None:
        record.end()


class KeptAfterItsReceiver(
    Control,
    name="kept after its receiver",
    rule="rule 1: what a weakref callback queues ends no more than the calls",
    caught_by={"threads": "left"},
    registry=_Hoarding,
):
    """Entries of dead receivers stay in the tables."""


class _Refusing(deque[object]):
    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._registry = registry

    def append(self, operation: object, /) -> None:
        if self._registry.is_entered():
            raise RuntimeError("changed while it is changed")
        super().append(operation)


class _Touchy(Registry):
    __slots__ = ()

    def __init__(self) -> None:
        super().__init__()
        self.queue = _Refusing(self)
        self.note = self.queue.append


class RefusedWithin(
    Control,
    name="refused within",
    rule="rule 3: a change that comes up in the middle of another is refused by an error",
    caught_by={"threads": "unraisable"},
    registry=_Touchy,
):
    """What one raises to be safe, in a weakref callback, where nobody can catch it."""


CONTROLS: Final[tuple[type[Control], ...]] = (
    InPlaceUnderLock,
    InPlaceUnderRLock,
    WithoutOwner,
    PoppedFirst,
    LockedBefore,
    LockedWith,
    EndedByKey,
    ClaimedByLooking,
    LiveTable,
    SentUnderLock,
    SameLockAfterFork,
    WithoutLock,
    SnapshotNotRenewed,
    SnapshotThatLasts,
    KeptAfterItsSender,
    KeptAfterItsReceiver,
    RefusedWithin,
)

"""Signals that each break one rule, to see that the machine finds it."""

# pyright: reportPrivateUsage=false
# What is broken is the inside.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aldis import Signal
from aldis._changes import Attach, Detach
from aldis._connection import Record, Spent
from aldis._identity import Key, sender_key
from aldis._line import Line, Ref, SenderRef
from aldis._registry import Registry
from tests.model.faces import Face
from tests.model.machine import Focus


class DeletesByKey(Registry):
    """Removes whatever is connected under the key of what has ended."""

    def unlink(self, record: Record, trash: list[object]) -> None:
        """Look at no identity."""
        super().unlink(record, trash)
        line = self._base if record.sender is None else self.lines.get(record.sender)
        if line is not None:
            trash.append(line.records.pop(record.key, None))


class KeepsSnapshots(Registry):
    """Goes on with the snapshot of a sender that a connection was added for."""

    def forget_plan(self, line: Line) -> None:
        """Forget that for `ANY` alone."""
        if line is self._base:
            self.plan = None


class Reorders(Registry):
    """Puts what is connected again at the end."""

    def _apply(self, operation: object, trash: list[object]) -> None:
        if isinstance(operation, Attach) and not operation.scoped:
            for each in self.find(Detach(operation.record.key, operation.record.sender)):
                if each.sender == operation.record.sender and each is not operation.record:
                    self.unlink(each, trash)
        super()._apply(operation, trash)


class LeavesNothing(Registry):
    """Removes with the connection of a block every equal one."""

    def find(self, detach: Detach) -> list[Record]:
        """Look for equal ones."""
        if detach.record is None:
            return super().find(detach)
        return super().find(Detach(detach.key, detach.record.sender))


class MutesOnce(Registry):
    """Ends all equal silences with the first that ends."""

    def mute(self, token: object, keys: frozenset[Key] | None, *, on: bool) -> None:
        """Take the receivers for the token."""
        super().mute(keys, keys, on=on)


class KeepsUsed(Registry):
    """Keeps what has given its one call."""

    def _retire(self, spent: Spent, trash: list[object]) -> None:
        pass


class KeepsDeadSenders(Registry):
    """Keeps the connections to a sender that has died."""

    def _close(self, ref: SenderRef, trash: list[object]) -> None:
        pass


class HoldsNoSender(Registry):
    """Keeps no sender alive whose id it goes by."""

    def line_of(self, sender: Key | None, refs: tuple[Ref, ...]) -> Line:
        """Leave out what would keep it."""
        return super().line_of(sender, tuple(ref for ref in refs if type(ref) is SenderRef))


class TellsTwice(Registry):
    """Tells of a lost receiver for each of its connections."""

    def _bury(self, record: Record, trash: list[object]) -> None:
        for each in self.find(Detach(record.key)):
            if each.is_lost() and each.name is not None:
                self.lost[id(each)] = each
        super()._bury(record, trash)


class RemindsNobody(Registry):
    """Leaves it to chance whether what is to be told is told."""

    def remind(self) -> None:
        """Leave nothing in the queue."""


class StaysLive(Registry):
    """Lets a sending that is under way call what was disconnected."""

    def unlink(self, record: Record, trash: list[object]) -> None:
        """Take it out of the tables alone."""
        find = record.func
        super().unlink(record, trash)
        record.func = find


class ComparesByEquality(Registry):
    """Takes senders that are equal for the same."""

    def __init__(self) -> None:
        super().__init__(key_of=_loose_key)


class NeverWeakens(Registry):
    """Keeps strong what was once strong."""

    def __init__(self) -> None:
        super().__init__(weakens=False)


def _loose_key(sender: object) -> Key:
    return (object, sender) if isinstance(sender, (int, float)) else sender_key(sender)


_CLOSE = Focus(receivers=("f0", "m0.first", "m0.second"), senders=("o0", "m0", "t0", "one", "true"))
DYING = Focus(
    receivers=("f0",),
    senders=("o0",),
    steps=("connect", "kill", "send"),
    ways=("send",),
    is_reentrant=False,
    is_watched=False,
    is_asked=False,
)
"""What shows only where nobody asks in between."""

_CLOSELY: tuple[type[Registry], ...] = (
    DeletesByKey,
    KeepsSnapshots,
    Reorders,
    LeavesNothing,
    MutesOnce,
    KeepsUsed,
    KeepsDeadSenders,
    HoldsNoSender,
    StaysLive,
    ComparesByEquality,
    NeverWeakens,
)
_UNASKED: tuple[type[Registry], ...] = (TellsTwice, RemindsNobody)
BROKEN = (*((each, _CLOSE) for each in _CLOSELY), *((each, DYING) for each in _UNASKED))
"""Each with what has to be tried to see it."""


def face_of(registry: type[Registry]) -> Callable[[], Face]:
    """Give the face of signals with such an inside."""

    class Broken(Signal[Any]):
        def _make_registry(self) -> Registry:
            return registry()

    return lambda: Face(Broken("broken"))

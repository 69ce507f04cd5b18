"""The connections of one signal by blinker's rules, with what blinker remembers of ended ones."""

from __future__ import annotations

import itertools
import weakref
from typing import TypeAlias, TypeVar, cast

from aldis._changes import Change, Detach, Every
from aldis._connection import Record
from aldis._identity import Key, blinker_sender_key, take_apart
from aldis._line import SenderRef
from aldis._registry import Registry
from aldis._types import AnyReceiver

WeakReceiver: TypeAlias = "weakref.ref[AnyReceiver]"

_K = TypeVar("_K")
_V = TypeVar("_V")

# blinker remembers without end; its users look at what has just happened.
_REMEMBERED = 64


class Tables(Registry):
    """A registry that compares senders as blinker does, and keeps strong what was once strong.

    Attributes:
        parted: pairs of receiver and sender that were disconnected, which blinker shows as empty
            sets until its bookkeeping is cleaned up.
        bereft: the receivers that had a connection whose sender died; `receivers` still has them.
    """

    __slots__ = ("bereft", "parted")

    def __init__(self) -> None:
        super().__init__(key_of=blinker_sender_key, weakens=False)
        self.parted: dict[tuple[Key, Key | None], None] = {}
        self.bereft: dict[Key, WeakReceiver] = {}

    def is_empty(self) -> bool:
        """Tell whether there is no receiver; of those whose sender has died, too."""
        if self.queue:
            self.catch_up()
        if not (self._base.records or self.lines or self.bereft):
            return True
        return not self._hold(self._any_present)

    def _any_present(self) -> bool:
        lines = itertools.chain((self._base,), self.lines.values())
        if any(record.is_present() for line in lines for record in line.records.values()):
            return True
        return any(bereft() is not None for bereft in self.bereft.values())

    def forget(self) -> None:
        """Forget the pairs that were disconnected."""
        self._hold(self.parted.clear)

    def records_of(self, key: Key) -> list[Record]:
        """Give the connections of a receiver."""
        return self._hold(self.find, Detach(key))

    def _apply(self, operation: object, trash: list[object]) -> None:
        if isinstance(operation, Detach):
            self.bereft.pop(operation.key, None)
            if not isinstance(operation.sender, Every):
                _remember(self.parted, (operation.key, operation.sender), None)
        super()._apply(operation, trash)

    def _close(self, ref: SenderRef, trash: list[object]) -> None:
        line = self.lines.get(ref.key)
        before = () if line is None else tuple(line.records.values())
        left = [(record, _weakly(record, trash)) for record in before]
        super()._close(ref, trash)
        for record, receiver in left:
            if receiver is not None and not record.live:
                _remember(self.bereft, record.key, receiver)


class Parting(Detach):
    """Disconnect as `disconnect` was asked to, of which its arguments are told."""

    __slots__ = ("from_sender", "receiver")

    def __init__(self, receiver: AnyReceiver, from_sender: object, key: Key | Every | None) -> None:
        super().__init__(take_apart(receiver).key, key)
        self.receiver = receiver
        self.from_sender = from_sender


class Removal(Detach):
    """Disconnect a receiver, of which nobody is told."""

    __slots__ = ()

    def apply(self, registry: Registry, trash: list[object]) -> None:
        """Unlink what is found."""
        super().apply(registry, trash)
        self.touched = {}


class Clear(Change):
    """Disconnect everything, of which nobody is told."""

    __slots__ = ()

    def apply(self, registry: Registry, trash: list[object]) -> None:
        """Unlink all that is there."""
        for record in registry.collect():
            registry.unlink(record, trash)
        tables = cast("Tables", registry)
        tables.parted.clear()
        tables.bereft.clear()


def weakly(receiver: AnyReceiver) -> WeakReceiver:
    """Refer weakly to a receiver, which allows it."""
    is_method = take_apart(receiver).func is not None
    return weakref.WeakMethod(receiver) if is_method else weakref.ref(receiver)


def _weakly(record: Record, trash: list[object]) -> WeakReceiver | None:
    """Refer weakly to the receiver of a connection; `None` where nothing else keeps it."""
    receiver = record.receiver()
    trash.append(receiver)
    try:
        return None if receiver is None else weakly(receiver)
    except TypeError:
        return None


def _remember(memory: dict[_K, _V], key: _K, value: _V) -> None:
    memory[key] = value
    if len(memory) > _REMEMBERED:
        memory.pop(next(iter(memory)))

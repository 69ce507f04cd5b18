"""What is stressed: designs, of which the first are the faces of Aldis."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar, Final

import aldis.blinker
from aldis import ANY, KeywordSignal, Signal
from aldis._middleware import Installed, check_middleware

Receiver = Callable[..., object]


class Design:
    """One library, spelled so that each check can be put to all of them.

    Receivers are called with `(sender, payload)`, whether by position or by keyword. `None` as a
    sender stands for every sender in `connect`.

    Attributes:
        name: what it is called in the report.
        package: what has to be installed.
        aldis: whether nothing at all may go wrong with it.
        any: a connection can be for every sender at once.
        filters: a connection can be for one sender.
        follows: a connection ends with its sender.
        forgets: when it has so ended, nothing is left of it, and a strong receiver is let go of.
        weak: a connection ends with its receiver.
        once: a connection can end with its first call.
        mutes: receivers can be muted.
        only: the checks that it is put to; all, where none is named.
    """

    name: ClassVar[str]
    package: ClassVar[str]
    aldis: ClassVar[bool] = False
    any: ClassVar[bool] = True
    filters: ClassVar[bool] = True
    follows: ClassVar[bool] = False
    forgets: ClassVar[bool] = False
    weak: ClassVar[bool] = True
    once: ClassVar[bool] = False
    mutes: ClassVar[bool] = False
    only: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def why_not(cls) -> str:
        """Say why it cannot be tried here, or nothing."""
        found = importlib.util.find_spec(cls.package)
        return "" if found else f"{cls.package} is not installed"

    def version(self) -> str:
        """Say which one is tried."""
        return version(self.package)

    def make(self) -> Any:
        """Make a signal."""
        raise NotImplementedError

    def connect(
        self, signal: Any, receiver: Receiver, sender: object = None, *, weak: bool = True
    ) -> None:
        """Connect a receiver to a sender, or to every one."""
        raise NotImplementedError

    def connect_once(self, signal: Any, receiver: Receiver) -> None:
        """Connect a receiver for one call."""
        raise NotImplementedError

    def disconnect(self, signal: Any, receiver: Receiver, sender: object = None) -> None:
        """End the one connection of a receiver, which is to that sender."""
        raise NotImplementedError

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Send."""
        raise NotImplementedError

    def muted(self, signal: Any, receiver: Receiver) -> AbstractContextManager[None]:
        """Mute a receiver."""
        return nullcontext()

    def has_receivers(self, signal: Any, sender: object) -> bool:
        """Tell whether anybody is connected to a sender; where it is not asked, yes."""
        return True

    def count_left(self, signal: Any) -> int:
        """Count what is in the tables of a signal with no live connection."""
        raise NotImplementedError

    def agrees(self, signal: Any) -> bool:
        """Tell whether its tables, if there are several, say the same of who is connected."""
        return True

    def is_held(self, signal: Any) -> bool:
        """Tell whether this thread, which is doing nothing to it, holds a lock of the signal."""
        return False

    def use(self, signal: Any, receiver: Receiver, sender: object) -> None:
        """Use what changes the tables, and put all back."""
        self.connect(signal, receiver, sender)
        self.send(signal, sender, "used")
        self.disconnect(signal, receiver, sender)

    def disconnect_all(self, signal: Any, receiver: Receiver, sender: object) -> None:
        """End all connections of a receiver that `use` has made."""
        self.disconnect(signal, receiver, sender)


# -- Aldis -------------------------------------------------------------------------------------


class _OfAldis(Design):
    package = "aldis"
    aldis = True
    follows = True
    forgets = True

    def version(self) -> str:
        """Say which, or that it is not installed but run from its sources."""
        try:
            return super().version()
        except PackageNotFoundError:
            return "as in these sources"

    def connect(
        self, signal: Any, receiver: Receiver, sender: object = None, *, weak: bool = True
    ) -> None:
        """Connect a receiver."""
        signal.connect(receiver, ANY if sender is None else sender, weak=weak)

    def disconnect(self, signal: Any, receiver: Receiver, sender: object = None) -> None:
        """Disconnect it: by its sender if there is one, else from all."""
        if sender is None:
            signal.disconnect(receiver)
        else:
            signal.disconnect(receiver, sender)

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Send with a keyword."""
        signal.send(sender, payload=payload)

    def use(self, signal: Any, receiver: Receiver, sender: object) -> None:
        """Use a connection to every sender as well."""
        super().use(signal, receiver, sender)
        self.connect(signal, receiver)
        self.connect(signal, receiver, sender)
        self.send(signal, sender, "used")
        self.disconnect_all(signal, receiver, sender)

    def disconnect_all(self, signal: Any, receiver: Receiver, sender: object) -> None:
        """Disconnect it from every sender."""
        signal.disconnect(receiver)

    def has_receivers(self, signal: Any, sender: object) -> bool:
        """Ask."""
        found: bool = signal.has_receivers_for(sender)
        return found

    def count_left(self, signal: Any) -> int:
        """Count in every table of the registry."""
        registry = signal._registry
        tables: list[Sequence[object]] = [
            registry.all_records(),
            registry.lines,
            registry._filtered,
            registry._scoped,
            registry._mutes,
            registry._installed,
        ]
        return sum(map(len, tables)) + (registry._layers is not None)

    def agrees(self, signal: Any) -> bool:
        """Compare the lines with the reverse indexes, once what is pending has been applied."""
        registry = signal._registry
        signal.has_receivers_for(None)
        records = registry.collect()
        indexes = (registry._filtered, registry._scoped)
        indexed = {each for index in indexes for row in index.values() for each in row.values()}
        scoped = {each for row in registry._scoped.values() for each in row.values()}
        wanted = {each for each in records if each.sender is not None or each in scoped}
        return indexed == wanted

    def is_held(self, signal: Any) -> bool:
        """Ask the lock."""
        held: bool = signal._registry._lock._is_owned()
        return held


def _stand_around(call: object) -> Generator[None, object, object]:
    return (yield)


class OfSignal(_OfAldis):
    """`aldis.Signal`."""

    name = "Signal"
    once = True
    mutes = True

    def __init__(self) -> None:
        self._installed: list[Installed] = []

    def make(self) -> Any:
        """Make a signal."""
        return Signal[object]()

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Send by position."""
        signal.send(sender, payload)

    def connect_once(self, signal: Any, receiver: Receiver) -> None:
        """Connect with `once=True`."""
        signal.connect(receiver, once=True)

    def muted(self, signal: Any, receiver: Receiver) -> AbstractContextManager[None]:
        """Mute it."""
        block: AbstractContextManager[None] = signal.muted(receiver)
        return block

    def use(self, signal: Any, receiver: Receiver, sender: object) -> None:
        """Use `once`, reconnecting, the blocks and middleware as well."""
        super().use(signal, receiver, sender)
        signal.connect(receiver, sender, once=True)
        self.send(signal, sender, "once")
        signal.connect(receiver, sender)
        signal.connect(receiver, sender, weak=False)
        signal.disconnect(receiver)
        with signal.connected_to(receiver, sender), signal.muted(receiver), signal.muted():
            self.send(signal, sender, "muted")
        # Known here before it is there: an interrupt could come between `use` and what it returns.
        installed = check_middleware(_stand_around, "receiver", inner=True)
        self._installed.append(installed)
        signal._install(installed)
        self.send(signal, sender, "inside")
        signal._uninstall(installed)

    def disconnect_all(self, signal: Any, receiver: Receiver, sender: object) -> None:
        """Undo middleware as well."""
        super().disconnect_all(signal, receiver, sender)
        while self._installed:
            signal._uninstall(self._installed.pop())


def _happened(sender: object, /, *, payload: object) -> None:
    """Something happened."""


class OfKeywordSignal(OfSignal):
    """`aldis.KeywordSignal`."""

    name = "KeywordSignal"

    def make(self) -> Any:
        """Make a signal."""
        return KeywordSignal(_happened)

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Send by keyword."""
        signal.send(sender, payload=payload)


class OfDropIn(_OfAldis):
    """`aldis.blinker`."""

    name = "aldis.blinker"

    def make(self) -> Any:
        """Make a signal."""
        return aldis.blinker.Signal()


FACES: Final[tuple[type[Design], ...]] = (OfSignal, OfKeywordSignal, OfDropIn)

"""What is stressed: the faces of Aldis, and its peers where they are installed."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
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


# -- the peers ---------------------------------------------------------------------------------


class OfBlinker(Design):
    """blinker."""

    name = "blinker"
    package = "blinker"
    follows = True

    def __init__(self) -> None:
        self._blinker: Any = importlib.import_module("blinker")

    def make(self) -> Any:
        """Make a signal."""
        return self._blinker.Signal()

    def connect(
        self, signal: Any, receiver: Receiver, sender: object = None, *, weak: bool = True
    ) -> None:
        """Connect a receiver."""
        signal.connect(receiver, self._blinker.ANY if sender is None else sender, weak=weak)

    def disconnect(self, signal: Any, receiver: Receiver, sender: object = None) -> None:
        """Disconnect it from all: with a sender, blinker would keep a strong receiver."""
        signal.disconnect(receiver)

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Send."""
        signal.send(sender, payload=payload)

    def count_left(self, signal: Any) -> int:
        """Count after the clean-up that it offers, which throws out what is left by design."""
        signal._cleanup_bookkeeping()
        tables = (signal.receivers, signal._by_sender, signal._by_receiver)
        dead = [ref for ref in signal._weak_senders.values() if ref() is None]
        return sum(map(len, (*tables, dead)))

    def agrees(self, signal: Any) -> bool:
        """Compare its three tables, of which empty sets say nothing."""
        by_sender = {each for row in signal._by_sender.values() for each in row}
        by_receiver = {each for each, row in signal._by_receiver.items() if row}
        return set(signal.receivers) == by_sender == by_receiver


class OfLockedBlinker(OfBlinker):
    """blinker, with each call under one reentrant lock, as one would mend it in a hurry."""

    name = "blinker under one RLock"

    def make(self) -> Any:
        """Make a signal with a lock beside it."""
        signal = super().make()
        signal.lock = threading.RLock()
        return signal

    def connect(
        self, signal: Any, receiver: Receiver, sender: object = None, *, weak: bool = True
    ) -> None:
        """Connect a receiver."""
        with signal.lock:
            super().connect(signal, receiver, sender, weak=weak)

    def disconnect(self, signal: Any, receiver: Receiver, sender: object = None) -> None:
        """Disconnect it."""
        with signal.lock:
            super().disconnect(signal, receiver)

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Send."""
        with signal.lock:
            super().send(signal, sender, payload)

    def is_held(self, signal: Any) -> bool:
        """Ask the lock."""
        held: bool = signal.lock._is_owned()
        return held


class OfPsygnal(Design):
    """psygnal, compiled where it is installed so; it has no senders."""

    name = "psygnal"
    package = "psygnal"
    filters = False

    def __init__(self) -> None:
        self._psygnal: Any = importlib.import_module("psygnal")

    def version(self) -> str:
        """Say whether it is compiled, too."""
        compiled = self._psygnal._compiled and "uncompiled" not in self.name
        return f"{super().version()}, {'compiled' if compiled else 'uncompiled'}"

    def make(self) -> Any:
        """Make a signal."""
        return self._psygnal.SignalInstance((object, object))

    def connect(
        self, signal: Any, receiver: Receiver, sender: object = None, *, weak: bool = True
    ) -> None:
        """Connect a receiver, not twice; methods are held weakly, functions are not."""
        signal.connect(receiver, unique=True)

    def disconnect(self, signal: Any, receiver: Receiver, sender: object = None) -> None:
        """Disconnect it."""
        signal.disconnect(receiver)

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Send."""
        signal.emit(sender, payload)

    def count_left(self, signal: Any) -> int:
        """Count its slots."""
        return len(signal)

    def is_held(self, signal: Any) -> bool:
        """Ask the lock."""
        held: bool = signal._lock._is_owned()
        return held


class _SourcesOnly:
    """Finds the sources of psygnal alone; its own way, `decompile()`, changes what is installed."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of psygnal."""
        for folder in (path or ()) if name.startswith("psygnal.") else ():
            return FileFinder(folder, (SourceFileLoader, [".py"])).find_spec(name)
        return None


class OfUncompiledPsygnal(OfPsygnal):
    """psygnal from its sources."""

    name = "psygnal, uncompiled"

    def __init__(self) -> None:
        sys.meta_path.insert(0, _SourcesOnly)  # before it is imported, in a process of its own
        super().__init__()

    @classmethod
    def why_not(cls) -> str:
        """Say that there is nothing else to be tried."""
        why_not = super().why_not()
        if why_not:
            return why_not
        compiled = importlib.import_module("psygnal")._compiled
        return "" if compiled else "psygnal is not compiled here"


class OfPyee(Design):
    """pyee, with an event for each sender; it holds all receivers strongly."""

    name = "pyee"
    package = "pyee"
    any = False
    weak = False

    def __init__(self) -> None:
        self._pyee: Any = importlib.import_module("pyee")

    def make(self) -> Any:
        """Make an emitter."""
        return self._pyee.EventEmitter()

    def connect(
        self, signal: Any, receiver: Receiver, sender: object = None, *, weak: bool = True
    ) -> None:
        """Connect a receiver."""
        signal.add_listener(f"of {id(sender)}", receiver)

    def disconnect(self, signal: Any, receiver: Receiver, sender: object = None) -> None:
        """Disconnect it."""
        signal.remove_listener(f"of {id(sender)}", receiver)

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Send."""
        signal.emit(f"of {id(sender)}", sender, payload)

    def count_left(self, signal: Any) -> int:
        """Count its events."""
        return len(signal._events)

    def is_held(self, signal: Any) -> bool:
        """Ask the lock, which does not know its owner."""
        held: bool = signal._lock.locked()
        return held


class OfDjango(Design):
    """Django's signals."""

    name = "Django"
    package = "django"

    def __init__(self) -> None:
        self._dispatch: Any = importlib.import_module("django.dispatch")

    def make(self) -> Any:
        """Make a signal."""
        return self._dispatch.Signal()

    def connect(
        self, signal: Any, receiver: Receiver, sender: object = None, *, weak: bool = True
    ) -> None:
        """Connect a receiver."""
        signal.connect(receiver, sender=sender, weak=weak)

    def disconnect(self, signal: Any, receiver: Receiver, sender: object = None) -> None:
        """Disconnect it."""
        signal.disconnect(receiver, sender=sender)

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Send."""
        signal.send(sender, payload=payload)

    def count_left(self, signal: Any) -> int:
        """Count after something that clears out the dead ones."""
        signal.disconnect(_happened)
        return len(signal.receivers)

    def is_held(self, signal: Any) -> bool:
        """Ask the lock, which does not know its owner."""
        held: bool = signal.lock.locked()
        return held


FACES: Final[tuple[type[Design], ...]] = (OfSignal, OfKeywordSignal, OfDropIn)
PEERS: Final[tuple[type[Design], ...]] = (
    OfBlinker,
    OfLockedBlinker,
    OfPsygnal,
    OfUncompiledPsygnal,
    OfPyee,
    OfDjango,
)

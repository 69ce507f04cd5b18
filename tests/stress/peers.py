"""What is stressed beside Aldis: its peers where they are installed, and no library at all."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType
from typing import Any, ClassVar, Final

from tests.stress.designs import Design, Receiver


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
        signal.disconnect(None)
        return len(signal.receivers)

    def is_held(self, signal: Any) -> bool:
        """Ask the lock, which does not know its owner."""
        held: bool = signal.lock.locked()
        return held


class OfDict(Design):
    """No library: receivers in a dict, to see what goes wrong in Python itself."""

    name = "a plain dict"
    package = "aldis"
    weak = False
    filters = False
    only: ClassVar[tuple[str, ...]] = ("forks",)

    def version(self) -> str:
        """Say that it has none."""
        return "of Python itself"

    def make(self) -> Any:
        """Make a dict."""
        return {}

    def connect(
        self, signal: Any, receiver: Receiver, sender: object = None, *, weak: bool = True
    ) -> None:
        """Connect a receiver."""
        signal[receiver] = receiver

    def disconnect(self, signal: Any, receiver: Receiver, sender: object = None) -> None:
        """Disconnect it."""
        signal.pop(receiver, None)

    def send(self, signal: Any, sender: object, payload: object) -> None:
        """Call all that are there."""
        for receiver in list(signal):
            receiver(sender, payload)

    def count_left(self, signal: Any) -> int:
        """Count what is there."""
        return len(signal)


PEERS: Final[tuple[type[Design], ...]] = (
    OfBlinker,
    OfLockedBlinker,
    OfPsygnal,
    OfUncompiledPsygnal,
    OfPyee,
    OfDjango,
    OfDict,
)

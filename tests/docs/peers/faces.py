"""Aldis and its peers behind one face each, so that one probe asks them all the same."""

# ruff: noqa: D102  # what a method does is said in `Face`

from __future__ import annotations

import asyncio
import importlib
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import (
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass
from threading import Thread, current_thread, main_thread
from types import SimpleNamespace
from typing import Any, ClassVar
from unittest.mock import patch

import trio

import aldis

# What receivers look like that take whatever a library calls them with.
Receiver = Callable[..., object]


class Face:
    """One signal of a library, which carries one number."""

    name: ClassVar[str]
    module: ClassVar[str]
    distribution: ClassVar[str]
    has_senders = True
    elsewhere = ""  # what runs sync receivers elsewhere
    robust_in = ""  # what send_robust needs, where not every signal has it
    rest = "**kwargs"  # how a receiver leaves room for what it does not know
    snippet = ""  # a receiver of another type, and a send of another type

    def __init__(self) -> None:
        self.library: Any = importlib.import_module(self.module)
        self.signal: Any = self.library.Signal()

    def connect(self, receiver: Receiver, *sender: object, **options: object) -> None:
        """Connect to all senders, or to one."""
        self.signal.connect(receiver, *sender, **options)

    def disconnect(self, receiver: Receiver) -> None:
        """Disconnect from all senders."""
        self.signal.disconnect(receiver)

    def send(self, sender: object = "shop", **more: object) -> object:
        """Send the number 1, and give the values that come back, where they do."""
        return [value for _, value in self.signal.send(sender, number=1, **more)]

    async def send_async(self) -> object:
        """Send to async receivers; here, there is no more than the one send."""
        return self.send()

    @asynccontextmanager
    async def opened(self, backend: str) -> AsyncGenerator[None]:
        """Set up what async receivers need."""
        yield

    # what only some have

    send_robust: Any = None
    muted: Any = None
    connected: Any = None
    tester: Any = None
    runs_elsewhere: Any = None
    announce_change: Any = None
    once: Any = None
    in_order: Any = None
    connect_typed: Any = None
    send_typed: Any = None

    # receivers of what was sent before the payload grew, and of that with room for more

    narrow: Any
    wide: Any

    def send_grown(self) -> object:
        """Send more than the number."""
        return self.send(added=2)

    def debugging(self) -> AbstractContextManager[object]:
        """Have the library look more closely."""
        return nullcontext()

    def is_broken_by(self, change: Callable[[], None]) -> bool:
        """Tell whether a change in another thread, at the worst moment, breaks one in this."""
        return False

    def names(self) -> set[str]:
        """Give all public names: of functions, methods, and their parameters."""
        found: set[str] = set()
        holders: list[Any] = [self.library, type(self.signal), *self.others()]
        for holder in holders:
            for name in dir(holder):
                if not name.startswith("_"):
                    found |= {name, *_parameters_of(getattr(holder, name))}
        return found

    def others(self) -> list[object]:
        """Give what else belongs to its public face."""
        return []

    def lacks(self, *words: str) -> bool:
        """Tell that none of these words is in any public name."""
        return not any(word in name.lower() for word in words for name in self.names())


def _parameters_of(candidate: Any) -> list[str]:
    try:
        return list(inspect.signature(candidate).parameters) if callable(candidate) else []
    except ValueError:  # a built-in class, as those of psygnal that are compiled
        return []


class Aldis(Face):
    name = "Aldis"
    module = "aldis"
    distribution = "aldis"
    snippet = """
import aldis

placed = aldis.Signal[int]()
def receive(sender: object, number: str) -> None: ...
placed.connect(receive)  # receiver
placed.send(None, "1")  # send
"""

    def __init__(self) -> None:
        self.library = aldis
        self.signal: Any = aldis.Signal[Any]()
        self.muted = self.signal.muted
        self.connected = self.signal.connected_to

    def send(self, sender: object = "shop", **more: object) -> object:
        return list(self.signal.send(sender, SimpleNamespace(number=1, **more)).values)

    async def send_async(self) -> object:
        return await self.signal.send_async("shop", 1)

    def send_robust(self) -> list[object]:
        return list(self.signal.send_robust("shop", 1).errors)

    def once(self, receiver: Receiver) -> object:
        return self.signal.connect(receiver, once=True)

    def narrow(self, sender: object, payload: Any) -> None:
        """Take the sender and the payload."""
        assert payload.number == 1


class Blinker(Face):
    name = "blinker"
    module = "blinker"
    distribution = "blinker"
    snippet = """
import blinker

placed = blinker.Signal()
def receive(sender: object, number: str) -> None: ...
placed.connect(receive)  # receiver
placed.send(None, number=1)  # send
"""

    def __init__(self) -> None:
        super().__init__()
        self.muted = self.signal.muted
        self.connected = self.signal.connected_to

    def narrow(self, sender: object, number: int) -> None:
        """Take the sender and the number."""

    def wide(self, sender: object, number: int, **rest: object) -> None:
        """Take whatever comes with them."""

    async def send_async(self) -> object:
        return await self.signal.send_async("shop", number=1)

    def in_order(self) -> Face:
        class Ordered(dict[Any, None]):
            """A set that keeps the order."""

            def add(self, element: object) -> None:
                self.setdefault(element)

            def discard(self, element: object) -> None:
                self.pop(element, None)

            def copy(self) -> dict[Any, None]:
                return Ordered(self)

        face = Blinker()
        face.signal = type("InOrder", (self.library.Signal,), {"set_class": Ordered})()
        return face

    def is_broken_by(self, change: Callable[[], None]) -> bool:
        class Slow(set[object]):
            """A set that another thread comes between."""

            def discard(self, element: object) -> None:
                run_in_thread(change)
                super().discard(element)

        self.signal = type("Slow", (self.library.Signal,), {"set_class": Slow})()
        receiver = noting([])
        self.connect(receiver)
        try:
            self.disconnect(receiver)
        except RuntimeError as error:
            return "changed size during iteration" in str(error)
        return False


class Django(Face):
    name = "Django"
    module = "django.dispatch"
    distribution = "Django"
    snippet = """
from django.dispatch import Signal

placed = Signal()
def receive(sender: object, number: str, **rest: object) -> None: ...
placed.connect(receive)  # receiver
placed.send(None, number=1)  # send
"""

    async def send_async(self) -> object:
        return await self.signal.asend("shop", number=1)

    def send_robust(self) -> list[object]:
        return [found for _, found in self.signal.send_robust("shop", number=1)]

    def narrow(self, signal: object, sender: object, number: int) -> None:
        """Take all that is sent."""

    def wide(self, sender: object, number: int, **rest: object) -> None:
        """Take whatever comes with them."""

    @contextmanager
    def debugging(self) -> Generator[None]:
        conf: Any = importlib.import_module("django.conf")
        settings: Any = conf.LazySettings()
        settings.configure(DEBUG=True)
        with patch.object(conf, "settings", settings):
            yield


class Psygnal(Face):
    name = "psygnal"
    module = "psygnal"
    distribution = "psygnal"
    has_senders = False
    elsewhere = "queue"
    rest = ""
    snippet = """
import psygnal

class Shop:
    placed = psygnal.Signal(int)

shop = Shop()
def receive(number: str) -> None: ...
shop.placed.connect(receive)  # receiver
shop.placed.emit("1")  # send
"""

    def __init__(self) -> None:
        self.library: Any = importlib.import_module(self.module)
        declared = {
            "placed": self.library.Signal(int),
            "grown": self.library.Signal(int, int),
        }
        self.shop: Any = type("Shop", (), declared)()
        self.signal = self.shop.placed
        self.muted = self.signal.blocked

    def runs_elsewhere(self) -> bool:
        heard: list[object] = []
        self.signal.connect(noting(heard), thread="main")
        run_in_thread(self.send)
        assert heard == []
        self.library.emit_queued(main_thread())
        return heard == [None]

    def announce_change(self, number: int) -> object:
        @dataclass
        class Order:
            """Has a field."""

            total: int = 0

        heard: list[object] = []
        order: Any = self.library.evented(Order)()
        order.events.total.connect(heard.append)
        order.total = number
        return heard.pop()

    @contextmanager
    def tester(self) -> Generator[Any]:
        testing: Any = importlib.import_module("psygnal.testing")
        with testing.SignalTester(self.signal) as tester:
            yield tester.mock

    def send(self, sender: object = "shop", **more: object) -> object:
        return self.signal.emit(1)

    def send_grown(self) -> object:
        return self.shop.grown.emit(1, 2)

    def narrow(self, number: int) -> None:
        """Take the number."""

    def connect(self, receiver: Receiver, *sender: object, **options: object) -> None:
        super().connect(receiver, **options)
        if receiver == self.narrow:
            self.shop.grown.connect(receiver)

    def connect_typed(self, receiver: Receiver) -> None:
        self.signal.connect(receiver, check_types=True)

    def send_typed(self, payload: object) -> None:
        self.signal.emit(payload, check_types=True)

    @asynccontextmanager
    async def opened(self, backend: str) -> AsyncGenerator[None]:
        module: Any = importlib.import_module("psygnal._async")
        runner = self.library.set_async_backend(backend)
        try:
            if backend == "trio":
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(runner.run)
                    await runner.running.wait()
                    yield
                    nursery.cancel_scope.cancel()
            else:
                await runner.running.wait()
                yield
        finally:
            module.clear_async_backend()


class Pyee(Face):
    name = "pyee"
    module = "pyee"
    distribution = "pyee"
    has_senders = False
    elsewhere = "executor"
    robust_in = "async emitters"
    rest = "*args"
    snippet = """
from pyee import EventEmitter

placed = EventEmitter()
def receive(number: str) -> None: ...
placed.add_listener("placed", receive)  # receiver
placed.emit("placed", 1)  # send
"""

    def __init__(self) -> None:
        self.library: Any = importlib.import_module(self.module)
        self.signal = self.library.EventEmitter()

    def others(self) -> list[object]:
        return [importlib.import_module("pyee.asyncio").AsyncIOEventEmitter]

    def connect(self, receiver: Receiver, *sender: object, **options: object) -> None:
        self.signal.add_listener("placed", receiver, **options)

    def disconnect(self, receiver: Receiver) -> None:
        self.signal.remove_listener("placed", receiver)

    def once(self, receiver: Receiver) -> object:
        return self.signal.once("placed", receiver)

    def send(self, sender: object = "shop", **more: object) -> object:
        return self.signal.emit("placed", 1, *more.values())

    def narrow(self, number: int) -> None:
        """Take the number."""

    def wide(self, number: int, *rest: object) -> None:
        """Take whatever comes with it."""

    def send_robust(self) -> list[object]:
        async def main() -> list[object]:
            errors: list[object] = []
            async with self.opened("asyncio"):
                self.signal.on("error", errors.append)
                self.send()
                return errors

        return asyncio.run(main())

    @asynccontextmanager
    async def opened(self, backend: str) -> AsyncGenerator[None]:
        receivers = self.signal.listeners("placed")
        module: Any = importlib.import_module(f"pyee.{backend}")
        if backend == "trio":
            async with module.TrioEventEmitter() as self.signal:
                self._connect_all(receivers)
                yield
        else:
            self.signal = module.AsyncIOEventEmitter()
            self._connect_all(receivers)
            yield

    def runs_elsewhere(self) -> bool:
        module: Any = importlib.import_module("pyee.executor")
        ran: list[object] = []
        with module.ExecutorEventEmitter() as emitter:
            emitter.on("placed", lambda: ran.append(current_thread()))
            emitter.emit("placed")
        return ran != [current_thread()]

    def _connect_all(self, receivers: list[Receiver]) -> None:
        for receiver in receivers:
            self.connect(receiver)


class PyDispatcher(Face):
    name = "PyDispatcher"
    module = "pydispatch.dispatcher"
    distribution = "PyDispatcher"
    snippet = """
from pydispatch import dispatcher

def receive(number: str) -> None: ...
dispatcher.connect(receive, "placed")  # receiver
dispatcher.send("placed", number=1)  # send
"""

    def __init__(self) -> None:
        self.library: Any = importlib.import_module(self.module)
        self.signal = object()

    def others(self) -> list[object]:
        return [importlib.import_module("pydispatch.robust")]

    def connect(self, receiver: Receiver, *sender: object, **options: object) -> None:
        self.library.connect(receiver, self.signal, *sender, **options)

    def disconnect(self, receiver: Receiver) -> None:
        self.library.disconnect(receiver, self.signal)

    def send(self, sender: object = "shop", **more: object) -> object:
        return [value for _, value in self.library.send(self.signal, sender, number=1, **more)]

    def narrow(self, number: int) -> None:
        """Take the number."""

    def send_robust(self) -> list[object]:
        robust: Any = importlib.import_module("pydispatch.robust")
        return [found for _, found in robust.sendRobust(self.signal, "shop", number=1)]


FACES: list[type[Face]] = [Aldis, Blinker, Django, Psygnal, Pyee, PyDispatcher]


def noting(noted: list[Any], what: object = None) -> Receiver:
    """Give a receiver that fits every library, and that nobody else keeps."""

    def receive(*args: object, **kwargs: object) -> object:
        noted.append(what)
        return what

    return receive


def run_in_thread(function: Callable[[], object], *, seconds: float = 10) -> bool:
    """Run it in another thread, and tell whether it has ended within the time."""
    thread = Thread(target=function, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()

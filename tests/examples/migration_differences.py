"""What differs between blinker and aldis.blinker, as the guide says it: each a small program."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any
from unittest import mock


@dataclass(frozen=True)
class Difference:
    """What one program gives on each library."""

    title: str
    shown: Callable[[Any], object]
    on_blinker: object
    on_aldis: object


DIFFERENCES: list[Difference] = []

_Program = Callable[[Any], object]


def differs(title: str, *, blinker: object, aldis: object) -> Callable[[_Program], _Program]:
    """Enter a program, which gets one of the libraries, under its title in the guide."""

    def enter(shown: _Program) -> _Program:
        DIFFERENCES.append(Difference(title, shown, blinker, aldis))
        return shown

    return enter


def attempt(call: Callable[[], object]) -> object:
    """Give what a call returns, or the built-in kind of what it raises."""
    try:
        return call()
    except Exception as error:
        (kind,) = [each for each in _KINDS if isinstance(error, each)]
        return kind


NOTHING: list[object] = []
_KINDS = (AssertionError, AttributeError, KeyError, RuntimeError, TypeError)


def returned(pairs: list[tuple[object, object]]) -> list[object]:
    """Give what receivers returned; a coroutine is closed, and named."""
    found: list[object] = []
    for _, value in pairs:
        if asyncio.iscoroutine(value):
            value.close()
        found.append("coroutine" if asyncio.iscoroutine(value) else value)
    return found


def receive(sender: object, **payload: object) -> str:
    """Receive anything."""
    return "received"


def receive_too(sender: object, **payload: object) -> str:
    """Receive anything, too."""
    return "received too"


class Plain:
    """A sender that can be weakly referenced, and can receive."""

    def receive(self, sender: object) -> None:
        """Receive."""


class Text(str):
    """A sender that is equal to a text."""

    __slots__ = ("__weakref__",)


class InOrder(dict[Any, None]):
    """A set in the order of adding, as users of blinker write them."""

    def __init__(self, items: Any = ()) -> None:
        super().__init__((item, None) for item in items)

    def add(self, item: Any) -> None:
        """Add at the end."""
        self[item] = None

    def discard(self, item: Any) -> None:
        """Take out."""
        self.pop(item, None)

    def copy(self) -> Any:
        """Give another one."""
        return type(self)(self.keys())

    def __or__(self, other: Any) -> Any:
        return type(self)([*self.keys(), *other.keys()])


class LastFirst(InOrder):
    """The other way round."""

    def __iter__(self) -> Iterator[Any]:
        return iter([*self.keys()][::-1])


# -- sending -------------------------------------------------------------------------------------


@differs("Order", blinker=False, aldis=True)
def _order(library: Any) -> object:
    def make(number: int) -> Callable[[object], int]:
        return lambda sender: number

    receivers = [make(number) for number in range(9)]
    kept: list[bool] = []
    for order in (receivers, receivers[::-1]):
        signal = library.Signal()
        for number, each in enumerate(order):
            signal.connect(each, *["shop"][: number % 2])
        kept.append([receiver for receiver, _ in signal.send("shop")] == order)
    return all(kept)


@differs("`set_class`", blinker=([1, 0], LastFirst), aldis=([0, 1], LastFirst))
def _set_class(library: Any) -> object:
    signal = type("Backwards", (library.Signal,), {"set_class": LastFirst})()
    first: Callable[[object], int] = lambda sender: 0
    second: Callable[[object], int] = lambda sender: 1
    signal.connect(first)
    signal.connect(second)
    shown: list[type] = [type(each) for each in signal._by_sender.values()]
    return returned(signal.send()), *shown


@differs("Async receivers in `send`", blinker=["first", "refused"], aldis=["refused"])
def _async_in_send(library: Any) -> object:
    signal = type("Ordered", (library.Signal,), {"set_class": InOrder})()
    ran: list[str] = []

    def first(sender: object) -> None:
        ran.append("first")

    async def second(sender: object) -> None:
        ran.append("second")

    signal.connect(first)
    signal.connect(second)
    assert attempt(signal.send) is RuntimeError
    return [*ran, "refused"]


@differs("Sync receivers in `send_async`", blinker=RuntimeError, aldis=["received", "later"])
def _sync_in_send_async(library: Any) -> object:
    signal = library.Signal()

    async def later() -> str:
        return "later"

    returns_awaitable: Callable[[object], object] = lambda sender: later()
    signal.connect(receive)
    signal.connect(returns_awaitable)
    return attempt(lambda: returned(asyncio.run(signal.send_async())))


class _AsyncCall:
    async def __call__(self, sender: object) -> str:
        return "awaited"


@differs(
    "Async `__call__`",
    blinker=(["coroutine"], RuntimeError, ["coroutine"]),
    aldis=(RuntimeError, ["awaited"], ["awaited"]),
)
def _async_call(library: Any) -> object:
    signal = library.Signal()
    receiver = _AsyncCall()
    signal.connect(receiver)

    def wrap(function: Any) -> Any:
        call: Callable[[object], object] = lambda sender: asyncio.run(function(sender))
        return call

    return (
        attempt(lambda: returned(signal.send())),
        attempt(lambda: returned(asyncio.run(signal.send_async()))),
        attempt(lambda: returned(signal.send(_async_wrapper=wrap))),
    )


@differs("Disconnecting during a sending", blinker=2, aldis=1)
def _disconnecting(library: Any) -> object:
    signal = library.Signal()
    ran: list[Any] = []

    def first(sender: object) -> None:
        ran.append(first)
        signal.disconnect(second, sender)

    def second(sender: object) -> None:
        ran.append(second)
        signal.disconnect(first, sender)

    signal.connect(first, "shop")
    signal.connect(second, "shop")
    signal.send("shop")
    return len(ran)


@differs("Reconnecting during a sending", blinker=2, aldis=1)
def _reconnecting(library: Any) -> object:
    signal = library.Signal()

    def renew(receiver: object) -> None:
        signal.disconnect(receiver)
        signal.connect(receiver)

    def first(sender: object) -> None:
        renew(second)

    def second(sender: object) -> None:
        renew(first)

    signal.connect(first)
    signal.connect(second)
    return len(signal.send())


@differs(
    "Overriding `receivers_for` or `is_muted`",
    blinker=(NOTHING, NOTHING),
    aldis=(["received"], ["received"]),
)
def _overridden(library: Any) -> object:
    nobody: Callable[[object, object], Iterator[object]] = lambda self, sender: iter(NOTHING)
    deaf = type("Nobody", (library.Signal,), {"receivers_for": nobody})()
    always = property(lambda signal: True, lambda signal, value: None)
    silent = type("Silent", (library.Signal,), {"is_muted": always})()
    deaf.connect(receive)
    silent.connect(receive)
    return returned(deaf.send()), returned(silent.send())


# -- senders -------------------------------------------------------------------------------------


@differs(
    "0 and `False`",
    blinker=(AssertionError, ["received"], ["received"]),
    aldis=(receive, ["received"], NOTHING),
)
def _nought(library: Any) -> object:
    signal = library.Signal()
    connected = attempt(lambda: signal.connect(receive, sender=0))
    return connected, returned(signal.send(False)), returned(signal.send("shop"))


@differs("Numbers", blinker=True, aldis=False)
def _numbers(library: Any) -> object:
    signal, sender = library.Signal(), Plain()
    signal.connect(receive, sender=id(sender))
    return signal.has_receivers_for(sender)


@differs("Senders that take no weak reference", blinker=(100, True), aldis=(0, False))
def _bare_senders(library: Any) -> object:
    signal = library.Signal()
    gone: list[None] = []

    class Bare:
        __slots__ = ()

        def __del__(self) -> None:
            gone.append(None)

    senders = [Bare() for _ in range(100)]
    for number in range(100):
        signal.connect(receive, senders[number])
    del senders
    gc.collect()
    lost = len(gone)
    others = [Bare() for _ in range(10_000)]  # on blinker, some of them get an id of those
    return lost, any(signal.has_receivers_for(other) for other in others)


@differs("Subclasses of `str` and `int`", blinker=(["received"], True), aldis=(["received"], False))
def _subclasses(library: Any) -> object:
    signal, sender = library.Signal(), Text("shop")
    alive = weakref.ref(sender)
    signal.connect(receive, sender)
    del sender
    gc.collect()
    heard = returned(signal.send("shop"))
    signal.disconnect(receive, "shop")
    gc.collect()
    return heard, alive() is not None


# -- connecting ----------------------------------------------------------------------------------


@differs("`connected_to`", blinker=(NOTHING, "ANY"), aldis=(["received"], "'shop'"))
def _connected_to(library: Any) -> object:
    signal = library.Signal()
    told: list[str] = []

    def note(signal: object, *, sender: object, **rest: object) -> None:
        told.append(repr(sender))

    signal.receiver_disconnected.connect(note)
    signal.connect(receive)
    with signal.connected_to(receive, "shop"):
        pass
    return returned(signal.send()), *told


@differs(
    "Overriding `connect` and `disconnect`",
    blinker=["connect", "disconnect", "connect"],
    aldis=["connect"],
)
def _overriding(library: Any) -> object:
    calls: list[str] = []
    base: Any = library.Signal

    def connect(self: Any, *arguments: Any, **options: Any) -> Any:
        calls.append("connect")
        return base.connect(self, *arguments, **options)

    def disconnect(self: Any, *arguments: Any) -> None:
        calls.append("disconnect")
        base.disconnect(self, *arguments)

    signal = type("Noting", (base,), {"connect": connect, "disconnect": disconnect})()
    with signal.connected_to(receive):
        pass
    signal.connect_via("shop")(receive)
    return calls


@differs("Strong stays strong", blinker=(0, 0), aldis=(1, 0))
def _strong(library: Any) -> object:
    def reconnect(*, disconnecting: bool) -> int:
        signal = library.Signal()
        passing: Callable[[object], None] = lambda sender: None
        signal.connect(passing, weak=False)
        if disconnecting:
            signal.disconnect(passing)
        signal.connect(passing)
        del passing
        gc.collect()
        return len(signal.send())

    return reconnect(disconnecting=False), reconnect(disconnecting=True)


@differs("Strong for one sender", blinker=True, aldis=False)
def _strong_for_one(library: Any) -> object:
    signal = library.Signal()
    passing: Callable[[object], None] = lambda sender: None
    alive = weakref.ref(passing)
    signal.connect(passing, "shop", weak=False)
    signal.disconnect(passing, "shop")
    del passing
    gc.collect()
    return alive() is not None


@differs("Refusals", blinker=(True, True, True), aldis=(TypeError, TypeError, True))
def _refusals(library: Any) -> object:
    heard: list[object] = []

    def connect(receiver: Any, **options: bool) -> bool:
        library.Signal().connect(receiver, **options)
        return True

    return (
        attempt(lambda: connect(Plain())),
        attempt(lambda: connect(heard.append)),
        attempt(lambda: connect(heard.append, weak=False)),
    )


# -- muting --------------------------------------------------------------------------------------


@differs("`muted`", blinker=(["received"], ["received"]), aldis=(NOTHING, ["received"]))
def _muted(library: Any) -> object:
    signal = library.Signal()
    signal.connect(receive)
    with signal.muted():
        with signal.muted():
            pass
        within = returned(signal.send())
    return within, returned(signal.send())


@differs("`is_muted`", blinker=(False, False), aldis=(True, True))
def _is_muted(library: Any) -> object:
    signal = library.Signal()
    with signal.muted():
        signal.is_muted = False
        in_block = signal.is_muted
    signal.is_muted = True
    with signal.muted():
        pass
    return in_block, signal.is_muted


# -- asking --------------------------------------------------------------------------------------


@differs("`has_receivers_for`", blinker=True, aldis=False)
def _has_receivers_for(library: Any) -> object:
    signal = library.Signal()
    signal.connect(receive, "shop")
    signal.disconnect(receive, "shop")
    return signal.has_receivers_for("shop")


@differs("`receivers`", blinker=(1, 1), aldis=(0, 1))
def _receivers(library: Any) -> object:
    parted, bereft, sender = library.Signal(), library.Signal(), Plain()
    parted.connect(receive, "shop")
    parted.disconnect(receive, "shop")
    bereft.connect(receive, sender)
    del sender
    gc.collect()
    return len(parted.receivers), len(bereft.receivers)


@differs("Bound methods", blinker=(True, True, True), aldis=(False, False, False))
def _bound_methods(library: Any) -> object:
    signal, method = library.Signal(), Plain().receive
    signal.connect(method, weak=False)
    assert [receiver for receiver, _ in signal.send()] == [method]
    return (
        signal.send()[0][0] is method,
        next(signal.receivers_for("shop")) is method,
        next(iter(signal.receivers.values())) is method,
    )


@differs(
    "Views",
    blinker=(True, [0, 0, 0, 0], 1, 1, 1),
    aldis=(False, [0, 0, 0, 0], TypeError, TypeError, AttributeError),
)
def _views(library: Any) -> object:
    signal = library.Signal()

    def left_after(change: Callable[[Any], object]) -> int:
        signal.connect(receive)
        change(signal.receivers)
        return len(signal.send())

    def assign(_: object) -> None:
        signal.receivers = {}

    def put_in() -> int:
        other = library.Signal()
        other.receivers[id(receive)] = receive
        return len(other.receivers)

    def keep_and_restore() -> int:
        signal.connect(receive)
        kept = signal.receivers
        signal.receivers = {}
        signal.receivers = kept
        return len(signal.send())

    def patch() -> int:
        other = library.Signal()
        other.connect(receive)
        nobody: dict[object, object] = {}
        with mock.patch.object(other, "receivers", nobody):
            pass
        return len(other.send())

    emptied = [
        left_after(lambda receivers: receivers.clear()),
        left_after(lambda receivers: receivers.pop(id(receive))),
        left_after(lambda receivers: receivers.__delitem__(id(receive))),
        left_after(assign),
    ]
    views = (signal.receivers, signal._by_sender, signal._by_receiver)
    are_dicts = all(isinstance(view, dict) for view in views)
    return are_dicts, emptied, attempt(put_in), attempt(keep_and_restore), attempt(patch)


@differs("Ids that are not there", blinker=(set(NOTHING), set(NOTHING)), aldis=(KeyError, KeyError))
def _missing_ids(library: Any) -> object:
    signal = library.Signal()
    return attempt(lambda: signal._by_sender["shop"]), attempt(lambda: signal._by_receiver[3])


@differs("Changes in a loop", blinker=RuntimeError, aldis=0)
def _changes_in_a_loop(library: Any) -> object:
    signal = library.Signal()
    signal.connect(receive)
    signal.connect(receive_too)

    def disconnect_all() -> int:
        for _ in signal.receivers:
            signal.disconnect(receive)
            signal.disconnect(receive_too)
        return len(signal.receivers)

    return attempt(disconnect_all)


@differs("Bookkeeping", blinker=(100, 0), aldis=(64, 0))
def _bookkeeping(library: Any) -> object:
    signal = library.Signal()
    for number in range(1, 101):
        signal.connect(receive, number)
        signal.disconnect(receive, number)
    before = len(signal._by_sender)
    signal._cleanup_bookkeeping()
    return before, len(signal._by_sender)


# -- meta-signals --------------------------------------------------------------------------------


@differs("A parameter called `sender`", blinker=(TypeError, NOTHING), aldis=(receive, ["receiver"]))
def _parameter_called_sender(library: Any) -> object:
    signal = library.Signal()
    told: list[str] = []

    def note(sender: Any, **rest: object) -> None:
        assert sender is signal
        told.extend(sorted({*rest} - {"weak"}))

    signal.receiver_connected.connect(note)
    return attempt(lambda: signal.connect(receive, "shop")), told


@differs("Failures", blinker=(0, 1), aldis=(1, 1))
def _failures(library: Any) -> object:
    def left_after(error: Exception) -> int:
        signal = library.Signal()

        def fail(signal: object, **rest: object) -> None:
            raise error

        signal.receiver_connected.connect(fail)
        assert attempt(lambda: signal.connect(receive)) is type(error)
        return len(signal.receivers)

    return left_after(TypeError()), left_after(KeyError())


# -- the rest ------------------------------------------------------------------------------------


@differs("Copies", blinker=[True, True, True], aldis=[TypeError, TypeError, TypeError])
def _copies(library: Any) -> object:
    signal = library.Signal()

    def made_again_by(way: Callable[[Any], Any]) -> bool:
        return way(signal) is not signal

    def pickle_it(signal: Any) -> Any:
        return pickle.loads(pickle.dumps(signal))

    ways: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, pickle_it]
    return [attempt(partial(made_again_by, way)) for way in ways]


@differs("Names inside", blinker=(6, True, receive), aldis=(0, False, TypeError))
def _names_inside(library: Any) -> object:
    base = import_module(f"{library.__name__}.base")
    utilities = import_module(f"{library.__name__}._utilities")
    inside = [
        (library.Signal(), "_weak_senders"),
        (library.Signal(), "_disconnect"),
        (library.Signal(), "_make_cleanup_receiver"),
        (library.Signal(), "_make_cleanup_sender"),
        (base, "F"),
        (utilities, "make_ref"),
    ]
    found = sum(hasattr(owner, name) for owner, name in inside)
    own: Callable[[object], None] = lambda self: None
    signal = type("Checked", (library.Signal,), {"_connect": own})()
    connected = attempt(lambda: signal.connect(receive))
    return found, isinstance(library.ANY, utilities.Symbol), connected

"""Rule 4: no user code under a lock; what runs in the middle of a change leaves its own in line."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import gc
import sys
import warnings
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

import anyio
import pytest

import aldis
from aldis import KeywordSignal, LostReceiverWarning, Signal
from tests.behaviour.recording import (
    Calls,
    Intrusion,
    Shop,
    Way,
    Work,
    in_each_async_way,
    in_each_way,
    in_thread,
    run_python,
)
from tests.interpreters import needs_gil, needs_refcounting, needs_whole_steps

SHOP = Shop()


def use(signal: Signal[Any]) -> None:
    """Take the signal through every kind of operation in another thread; a held lock stops it."""
    calls = Calls()
    receiver = calls.receiver("from another thread")

    def each_operation() -> None:
        signal.connect(receiver, sender := Shop())
        signal.receivers_for(sender)
        with signal.muted(receiver):
            pass
        signal.disconnect(receiver)

    in_thread(each_operation)


class Departing:
    """An owner whose destructor uses the signal from another thread."""

    def __init__(self, signal: Signal[Any], gone: list[str]) -> None:
        self._signal = signal
        self._gone = gone

    def receive(self, sender: object, payload: object) -> None:
        """Receive, and do nothing."""

    def __del__(self) -> None:
        use(self._signal)
        self._gone.append("gone")


class DepartingSender:
    """A sender that takes no weak reference, and whose destructor uses the signal."""

    __slots__ = ("gone", "signal")

    def __init__(self, signal: Signal[Any], gone: list[str]) -> None:
        self.signal = signal
        self.gone = gone

    def __del__(self) -> None:
        use(self.signal)
        self.gone.append("gone")


# -- no user code under a lock -----------------------------------------------------------------


@pytest.mark.anyio
@in_each_way
async def test_receivers_run_outside_of_every_lock(way: Way) -> None:
    """While a receiver runs, another thread changes the signal freely."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver", lambda: use(signal)))

    assert await way(signal, SHOP, 1) == ("receiver",)


@pytest.mark.anyio
@in_each_async_way
async def test_async_receivers_run_outside_of_every_lock(way: Way) -> None:
    """While an async receiver runs, another thread changes the signal freely."""
    signal, calls = Signal[int](), Calls()

    async def use_it() -> None:
        use(signal)

    signal.connect(calls.async_receiver("receiver", use_it))
    signal.connect(calls.async_receiver("another"))

    assert await way(signal, SHOP, 1) == ("receiver", "another")


def test_those_told_of_changes_run_outside_of_every_lock() -> None:
    """Receivers of `receiver_connected` and `receiver_disconnected` may use the signal anyhow."""
    signal, calls = Signal[int](), Calls()
    told: list[str] = []

    def tell(sender: object, connection: aldis.Connection) -> None:
        if connection.receiver is receiver:
            use(signal)
            told.append("told")

    receiver = calls.receiver("receiver")
    signal.receiver_connected.connect(tell)
    signal.receiver_disconnected.connect(tell)
    signal.connect(receiver)
    signal.disconnect(receiver)

    assert told == ["told", "told"]


@needs_refcounting
def test_warnings_are_given_outside_of_every_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """What shows the warning of a lost receiver may use the signal from another thread."""
    signal = Signal[int]()
    shown: list[str] = []

    def show(message: Warning | str, *_: object) -> None:
        use(signal)
        shown.append(str(message))

    signal.connect(lambda sender, payload: None)
    with warnings.catch_warnings():
        warnings.simplefilter("always", LostReceiverWarning)
        monkeypatch.setattr(warnings, "showwarning", show)
        signal.send(SHOP, 1)

    assert len(shown) == 1


@needs_refcounting
def test_a_disconnected_receiver_is_let_go_of_outside_of_every_lock() -> None:
    """The destructor of what only a strong connection kept alive may use the signal."""
    signal = Signal[int]()
    gone: list[str] = []
    owner = Departing(signal, gone)
    signal.connect(owner.receive, weak=False)
    method = weakref.WeakMethod(owner.receive)
    del owner

    receive = method()
    assert receive is not None
    signal.disconnect(receive)
    del receive

    assert gone == ["gone"]


@needs_refcounting
def test_a_used_up_receiver_is_let_go_of_outside_of_every_lock() -> None:
    """The destructor of a strong `once` receiver may use the signal."""
    signal = Signal[int]()
    gone: list[str] = []
    signal.connect(Departing(signal, gone).receive, weak=False, once=True)

    assert len(signal.send(SHOP, 1)) == 1
    assert gone == ["gone"]


@needs_refcounting
def test_a_receiver_made_weak_again_is_let_go_of_outside_of_every_lock() -> None:
    """Reconnecting weakly lets go of the strong reference, and then a destructor may run."""
    signal = Signal[int]()
    gone: list[str] = []
    owner = Departing(signal, gone)
    signal.connect(owner.receive, weak=False)
    signal.connect(owner.receive)
    del owner

    assert gone == ["gone"]
    assert signal.receivers == ()


@needs_refcounting
def test_a_sender_kept_alive_is_let_go_of_outside_of_every_lock() -> None:
    """The destructor of a sender that only its connection kept alive may use the signal."""
    signal, calls = Signal[int](), Calls()
    gone: list[str] = []
    receiver = calls.receiver("receiver")
    signal.connect(receiver, DepartingSender(signal, gone))
    assert gone == []

    assert signal.disconnect(receiver)

    assert gone == ["gone"]


@needs_refcounting
def test_what_a_dead_sender_leaves_is_let_go_of_outside_of_every_lock() -> None:
    """A strong receiver freed together with its sender may use the signal in its destructor."""
    signal, sender = Signal[int](), Shop()
    gone: list[str] = []
    signal.connect(Departing(signal, gone).receive, sender, weak=False)
    assert signal.has_receivers_for(sender)
    del sender

    assert signal.receivers == ()
    assert gone == ["gone"]


@needs_refcounting
def test_what_connected_to_lets_go_of_is_let_go_of_outside_of_every_lock() -> None:
    """The destructor of what only the block kept alive may use the signal."""
    signal = Signal[int]()
    gone: list[str] = []
    with signal.connected_to(Departing(signal, gone).receive):
        assert gone == []

    assert gone == ["gone"]


# -- in the middle of a change -----------------------------------------------------------------


class Scene:
    """A signal with a receiver connected and one that is not, and another that intrudes."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.signal = Signal[int]()
        self.present = self.calls.receiver("present")
        self.absent = self.calls.receiver("absent")
        self.intruder = self.calls.receiver("intruder")
        self.signal.connect(self.present)
        self.dying = [Shop(self.calls, "dying")]
        self.signal.connect(self.dying[0].receive)
        self.removed = True

    def connect(self) -> None:
        """Connect the receiver that is not connected, while a dead one waits to be buried."""
        self.dying.clear()
        self.signal.connect(self.absent, SHOP)

    def disconnect(self) -> None:
        """Disconnect the receiver that is connected."""
        assert self.signal.disconnect(self.present)

    def send(self) -> None:
        """Send with changes pending."""
        self.dying.clear()
        assert "present" in self.signal.send(SHOP, 1).values

    def mute(self) -> None:
        """Mute the signal and let it speak again."""
        with self.signal.muted():
            self.signal.send(SHOP, 1)

    def ask(self) -> None:
        """Ask with changes pending."""
        self.dying.clear()
        assert self.present in self.signal.receivers

    def intrude_by_connecting(self) -> None:
        """Connect in the middle of it."""
        self.signal.connect(self.intruder)

    def intrude_by_disconnecting(self) -> None:
        """Connect and disconnect in the middle of it."""
        self.signal.connect(self.intruder)
        self.removed = self.signal.disconnect(self.intruder)

    def intrude_by_sending(self) -> None:
        """Send in the middle of it."""
        self.signal.send(SHOP, 2)

    def intrude_by_muting(self) -> None:
        """Mute in the middle of it."""
        with self.signal.muted(self.intruder):
            pass


OPERATIONS: dict[str, tuple[Callable[[Scene], None], list[str]]] = {
    "connect": (Scene.connect, ["present", "absent"]),
    "disconnect": (Scene.disconnect, ["dying"]),
    "send": (Scene.send, ["present"]),
    "mute": (Scene.mute, ["present", "dying"]),
    "ask": (Scene.ask, ["present"]),
}
INTRUSIONS: dict[str, tuple[Callable[[Scene], None], list[str]]] = {
    "connecting": (Scene.intrude_by_connecting, ["intruder"]),
    "disconnecting": (Scene.intrude_by_disconnecting, []),
    "sending": (Scene.intrude_by_sending, []),
    "muting": (Scene.intrude_by_muting, []),
}


@needs_refcounting
@pytest.mark.parametrize("intrusion", INTRUSIONS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_in_the_middle_of_another_is_done_with_it(
    operation: str, intrusion: str
) -> None:
    """At whichever line of one operation another comes in, both are done and none is stuck."""
    operate, left = OPERATIONS[operation]
    intrude, added = INTRUSIONS[intrusion]
    line = 0
    while True:
        scene = Scene()
        intruder = Intrusion(partial(intrude, scene), line)
        intruder.run(partial(operate, scene))
        if not intruder.done():
            break
        assert sorted(map(str, scene.signal.send(SHOP, 3).values)) == sorted([*left, *added]), line
        assert len(scene.signal.receivers) == len(left) + len(added), line
        line += 1

    assert line > 5


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_disconnect_in_the_middle_of_a_change_knows_what_it_will_remove(operation: str) -> None:
    """It says that it removes what is connected, also when connecting stands in line before it."""
    operate, _ = OPERATIONS[operation]
    line = 0
    while True:
        scene = Scene()
        intruder = Intrusion(scene.intrude_by_disconnecting, line)
        intruder.run(partial(operate, scene))
        if not intruder.done():
            break
        assert scene.removed, line
        line += 1


@contextmanager
def collecting_at_each_allocation() -> Generator[None]:
    """Have the collector come as often as it can, for what is made in the block."""
    threshold = gc.get_threshold()
    gc.set_threshold(1, 1, 1)  # what was there before is frozen: see tests/leaks.py
    try:
        yield
    finally:
        gc.set_threshold(*threshold)


@needs_gil
@needs_refcounting
def test_the_collector_may_connect_disconnect_and_send() -> None:
    """A callback of the collector uses the signal in the middle of its operations."""
    signal, calls = Signal[int](), Calls()
    inside, outside = calls.receiver("inside"), calls.receiver("outside")
    collections = 0

    def on_collection(phase: str, info: object) -> None:
        nonlocal collections
        # Without a bound, each operation that is left in line would bring the next collection.
        if phase == "stop" and collections < 500:
            collections += 1
            signal.connect(inside, SHOP)
            signal.send(SHOP, 0)
            signal.disconnect(inside)

    def use_it() -> None:
        for number in range(200):
            signal.connect(outside)
            assert "outside" in signal.send(SHOP, number).values
            assert signal.disconnect(outside)

    gc.callbacks.append(on_collection)
    try:
        with collecting_at_each_allocation():
            Work(use_it).finish()
    finally:
        gc.callbacks.remove(on_collection)

    assert collections == 500
    assert signal.receivers == ()
    assert signal.send(SHOP, 1).values == ()


class Cyclic:
    """Garbage that only the collector frees, and whose destructor does something."""

    def __init__(self, at_last: Callable[[], object]) -> None:
        self._at_last = at_last
        self._self = self

    def receive(self, sender: object, payload: object) -> str:
        """Receive."""
        return "cyclic"

    def __del__(self) -> None:
        self._at_last()


@needs_refcounting
def test_a_destructor_may_connect_disconnect_and_send() -> None:
    """What the collector frees in the middle of an operation uses the signal once more."""
    signal, calls = Signal[int](), Calls()
    inside, outside = calls.receiver("inside"), calls.receiver("outside")
    freed = 0

    def at_last() -> None:
        nonlocal freed
        freed += 1
        signal.connect(inside, SHOP)
        signal.send(SHOP, 0)
        signal.disconnect(inside)

    def use_it() -> None:
        for number in range(200):
            cyclic = Cyclic(at_last)
            signal.connect(cyclic.receive)
            del cyclic
            signal.connect(outside)
            assert "outside" in signal.send(SHOP, number).values
            assert signal.disconnect(outside)

    with collecting_at_each_allocation():
        Work(use_it).finish()
    gc.collect()

    assert freed == 200
    assert signal.receivers == ()


@needs_refcounting
def test_a_weak_reference_callback_may_connect_disconnect_and_send() -> None:
    """A user's finalizer that runs in the middle of an operation uses the signal."""
    signal, calls = Signal[int](), Calls()
    inside, outside = calls.receiver("inside"), calls.receiver("outside")

    def at_last() -> None:
        signal.connect(inside, SHOP)
        signal.send(SHOP, 0)
        signal.disconnect(inside)

    def use_it() -> None:
        for _ in range(200):
            cyclic = Cyclic(lambda: None)
            weakref.finalize(cyclic, at_last)
            signal.connect(cyclic.receive)
            del cyclic
            signal.connect(outside)
            signal.disconnect(outside)

    with collecting_at_each_allocation():
        Work(use_it).finish()
    gc.collect()

    assert signal.receivers == ()


@needs_refcounting
def test_keyword_signals_may_be_used_in_the_middle_of_a_change_too() -> None:
    """Destructors use a keyword signal as they use any other."""

    @KeywordSignal
    def placed(sender: object, /, *, total: int) -> None:
        """An order was accepted."""

    def receiver(sender: object, *, total: int) -> int:
        return total

    freed: list[int] = []

    def use_it() -> None:
        for number in range(50):
            Cyclic(lambda: freed.append(placed.send(SHOP, total=1).values.count(1)))
            placed.connect(receiver, priority=number)
            placed.disconnect(receiver)

    with collecting_at_each_allocation():
        Work(use_it).finish()
    gc.collect()

    assert len(freed) == 50


# -- signal handlers of the process ------------------------------------------------------------

HANDLER = """
    import signal as process
    from aldis import Signal

    placed = Signal[int]("placed")
    shop = type("Shop", (), {})()
    handled = 0

    def inside(sender, payload):
        return "inside"

    def outside(sender, payload):
        return "outside"

    def handle(number, frame):
        global handled
        handled += 1
        placed.connect(inside, shop)
        placed.send(shop, 0)
        placed.disconnect(inside)

    process.signal(process.SIGALRM, handle)
    process.setitimer(process.ITIMER_REAL, 0.0005, 0.0002)
    rounds = 0
    while handled < 500:
        placed.connect(outside)
        assert "outside" in placed.send(shop, 1).values
        assert placed.disconnect(outside)
        rounds += 1
    process.setitimer(process.ITIMER_REAL, 0)
    assert placed.receivers == (), placed.receivers
    print("handled")
"""

has_alarm = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGALRM")


@has_alarm
def test_a_signal_handler_may_connect_disconnect_and_send() -> None:
    """A handler of SIGALRM that comes at any moment never waits for what it interrupts."""
    assert run_python(HANDLER) == "handled\n"


INTERRUPT = """
    import random
    import signal as process
    import threading
    from aldis import Signal

    placed = Signal[int]("placed")
    shop = type("Shop", (), {})()

    def receiver(sender, payload):
        return "receiver"

    def handle(number, frame):
        raise KeyboardInterrupt

    process.signal(process.SIGALRM, handle)
    chance = random.Random(0)
    for _ in range(500):
        try:
            process.setitimer(process.ITIMER_REAL, chance.uniform(1e-5, 3e-4))
            while True:
                placed.connect(receiver, shop)
                placed.connect(receiver)
                placed.disconnect(receiver)
        except KeyboardInterrupt:
            pass
        connected = placed.has_receivers_for(shop)
        assert bool(placed.receivers_for(shop)) is connected
        assert bool(placed.send(shop, 1)) is connected
        assert placed.disconnect(receiver) is connected
        assert not placed.receivers and not placed.send(shop, 1)
    other = threading.Thread(target=placed.connect, args=(receiver,), daemon=True)
    other.start()
    other.join(30)
    assert not other.is_alive(), "a lock is left held"
    print("repaired")
"""


@needs_whole_steps
@has_alarm
def test_an_interrupted_change_is_repaired_by_the_next_call() -> None:
    """A KeyboardInterrupt at any moment leaves no lock held and no tables in disagreement."""
    assert run_python(INTERRUPT) == "repaired\n"


@pytest.mark.anyio
async def test_a_sending_may_be_started_from_inside_a_receiver_without_end() -> None:
    """Unbounded recursion is a RecursionError, and the signal is usable after it."""
    signal = Signal[int]()

    def again(sender: object, payload: int) -> None:
        signal.send(sender, payload + 1)

    signal.connect(again)
    with pytest.raises(RecursionError):
        signal.send(SHOP, 0)

    assert signal.disconnect(again)
    assert signal.send(SHOP, 0).values == ()
    await anyio.lowlevel.checkpoint()

"""What a close look found once, so that it stays mended."""

from __future__ import annotations

import asyncio
import copy
import gc
import os
import pickle
import signal as os_signal
import sys
import threading
import types
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict, Unpack

import anyio
import anyio.to_thread
import pytest

from aldis import KeywordSignal, LostReceiverWarning, Namespace, ReceiverError, Signal
from aldis.exceptions import NotCallableError, OptionError
from tests.interpreters import needs_refcounting


def receive(sender: object, payload: object) -> str:
    """Receive."""
    return "received"


def make_receiver() -> Callable[[object, object], None]:
    """Make a function of its own."""

    def receiver(sender: object, payload: object) -> None:
        """Receive."""

    return receiver


def connect_all(signal: Signal[int], receivers: list[Callable[[object, object], None]]) -> None:
    """Connect them, and keep no reference to the last."""
    for each in receivers:
        signal.connect(each)


class Strong:
    """Receives, and is held strongly."""

    def __call__(self, sender: object, payload: object) -> None:
        """Receive."""


@needs_refcounting
def test_a_disconnected_receiver_is_freed_though_a_sender_had_a_snapshot() -> None:
    """Snapshots of senders that never send again keep nobody alive."""
    signal, strong = Signal[int](), Strong()
    alive = weakref.ref(strong)
    signal.connect(strong, weak=False)
    signal.connect(receive, "sender")
    signal.send("sender", 1)
    signal.disconnect(strong)
    del strong
    assert alive() is None


class Last:
    """A sender that takes no weak reference, and uses the signal when it dies."""

    __slots__ = ("use",)

    def __init__(self, use: Callable[[], object]) -> None:
        self.use = use

    def __del__(self) -> None:
        self.use()


@needs_refcounting
def test_the_death_of_a_sender_in_a_change_waits_for_the_lock_to_be_free() -> None:
    """Its destructor may wait for another thread that uses the signal."""
    signal = Signal[int]()
    ended: list[bool] = []

    def use() -> None:
        thread = threading.Thread(target=signal.connect, args=(receive,), daemon=True)
        thread.start()
        thread.join(10)
        ended.append(not thread.is_alive())

    owner = types.SimpleNamespace(receive=Strong())
    signal.connect(owner.receive, Last(use))
    del owner
    assert signal.receivers == ((receive,) if ended else ())
    assert ended == [True]


@needs_refcounting
def test_what_the_collector_disconnects_while_a_snapshot_is_made_is_not_called() -> None:
    """It is done right after, and so before any receiver runs."""
    signal = Signal[int]()
    called: list[int] = []
    disconnected: list[bool] = []

    def target(sender: object, payload: int) -> None:
        if disconnected:
            called.append(payload)

    others = [make_receiver() for _ in range(50)]
    for each in others:
        signal.connect(each)
    signal.connect(target)

    def on_collection(phase: str, info: object) -> None:
        if not disconnected:
            disconnected.append(signal.disconnect(target))

    threshold = gc.get_threshold()
    gc.callbacks.append(on_collection)
    gc.set_threshold(1)
    try:
        signal.send(None, 1)
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(on_collection)
    assert called == []


def test_a_c_method_connected_twice_is_called() -> None:
    """Its second access does not take the place of the first."""
    signal, items = Signal[int](), dict[object, int]()
    signal.connect(items.__setitem__, weak=False)
    signal.connect(items.__setitem__, weak=False)
    signal.send("key", 1)
    assert items == {"key": 1}
    assert signal.disconnect(items.__setitem__)


@needs_refcounting
def test_the_collector_may_change_the_signal_while_news_is_told() -> None:
    """Nothing of ours is looked through while it changes."""
    signal = Signal[int]()
    others = [make_receiver() for _ in range(500)]
    connect_all(signal, others)
    others.clear()

    changes: list[bool] = []

    def on_collection(phase: str, info: object) -> None:
        # Without a bound, what is left in line would bring the next collection for ever.
        if phase == "stop" and len(changes) < 200:
            changes.append(True)
            signal.connect(receive)
            signal.disconnect(receive)

    def send_while_collecting() -> None:
        threshold = gc.get_threshold()
        gc.callbacks.append(on_collection)
        gc.set_threshold(1)
        try:
            signal.send(None, 1)
        finally:
            gc.set_threshold(*threshold)
            gc.callbacks.remove(on_collection)

    with pytest.warns(LostReceiverWarning) as told:
        send_while_collecting()
    assert len(told) == 500
    assert signal.receivers == ()


@pytest.mark.parametrize("concurrency", [1, 2, None])
def test_a_thread_is_waited_for_under_task_cancel(concurrency: int | None) -> None:
    """The shield of the thread holds against asyncio's own cancellation as well."""
    signal = Signal[int]()
    inside, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    async def returned() -> None:
        """Is never awaited, and closed."""

    def slow(sender: object, payload: int) -> Any:
        inside.set()
        assert go_on.wait(10)
        ended.set()
        return returned()

    async def main() -> None:
        signal.connect(slow, to_thread=True)
        task = asyncio.create_task(signal.send_async(None, 1, concurrency=concurrency))
        await anyio.to_thread.run_sync(inside.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()

    asyncio.run(main())
    gc.collect()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are other there")
def test_ctrl_c_is_noticed_where_nothing_is_awaited() -> None:
    """Under asyncio it comes as a cancellation, which sync receivers give no chance."""
    signal = Signal[int]()
    calls: list[int] = []

    def interrupt(sender: object, payload: int) -> None:
        calls.append(payload)
        if len(calls) == 3:
            os.kill(os.getpid(), os_signal.SIGINT)

    async def main() -> None:
        signal.connect(interrupt)
        while len(calls) < 100:
            await signal.send_async(None, 1)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert len(calls) < 10


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("place", [0, 1])
def test_a_swallowed_task_cancel_ends_a_serial_sending(
    robust: bool, once: bool, place: int
) -> None:
    """As it ends one whose receivers run at the same time."""
    signal = Signal[int]()

    async def swallow(sender: object, payload: int) -> None:
        with suppress(asyncio.CancelledError):
            await anyio.sleep_forever()

    async def quick(sender: object, payload: int) -> None:
        """Do nothing."""

    async def main() -> None:
        for each in (quick, swallow) if place else (swallow, quick):
            signal.connect(each, once=once)
        send = signal.send_robust_async if robust else signal.send_async
        task = asyncio.create_task(send(None, 1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


@dataclass(frozen=True)
class DeclinedError(Exception):
    """Takes no note."""

    reason: str


def test_an_error_that_takes_no_note_is_grouped_all_the_same() -> None:
    """What a receiver raised is not replaced by what it says to a note."""
    signal = Signal[int]()
    declined = DeclinedError("no")

    def decline(sender: object, payload: int) -> None:
        raise declined

    signal.connect(decline)
    with pytest.raises(ExceptionGroup) as caught:
        signal.send_robust(None, 1).raise_errors()
    assert caught.value.exceptions == (declined,)


@pytest.mark.parametrize("others_once", [False, True])
def test_a_sending_goes_by_the_options_of_its_beginning(others_once: bool) -> None:
    """A reconnect in the middle counts from the next sending on, in every kind of sending."""
    signal = Signal[int]()
    called: list[int] = []

    def first(sender: object, payload: int) -> None:
        signal.connect(second, once=True)

    def second(sender: object, payload: int) -> None:
        called.append(payload)

    signal.connect(first, once=True)
    signal.connect(second)
    signal.connect(receive, once=others_once)
    for payload in range(3):
        signal.send(None, payload)
    assert called == [0, 1]


class OrderPlaced(TypedDict):
    """A payload with an optional key."""

    order_id: str
    note: NotRequired[str]


def test_a_keyword_receiver_may_not_require_an_optional_key() -> None:
    """It would break with the first payload that has none."""

    @KeywordSignal
    def placed(sender: object, /, **payload: Unpack[OrderPlaced]) -> None:
        """Declare."""

    def needs_note(sender: object, *, note: str, **rest: object) -> None:
        """Require what may be missing."""

    untyped: Any = needs_note
    with pytest.raises(ReceiverError):
        placed.connect(untyped)


def test_a_keyword_with_a_default_may_be_missing() -> None:
    """The default is the prototype's; a receiver has its own."""

    @KeywordSignal
    def placed(sender: object, /, *, order_id: str, total: int = 0) -> None:
        """Declare."""

    @placed.connect
    def receiver(sender: object, *, order_id: str, total: int = 7) -> int:
        return total

    assert placed.send(None, order_id="o-1").values == (7,)

    def both(sender: object, *, order_id: str, total: int) -> None:
        """Require both."""

    untyped: Any = both
    with pytest.raises(ReceiverError):
        placed.connect(untyped)


def test_a_sender_type_that_is_not_imported_leaves_keywords_checked() -> None:
    """Only the annotation of the payload is looked up."""

    def prototype(sender: object, /, **payload: Unpack[OrderPlaced]) -> None:
        """Declare."""

    prototype.__annotations__["sender"] = "NotImported"
    placed = KeywordSignal(prototype)

    def other(sender: object, *, other: str) -> None:
        """Know another keyword."""

    untyped: Any = other
    with pytest.raises(ReceiverError, match="order_id"):
        placed.connect(untyped)


@pytest.mark.parametrize("copying", [copy.copy, copy.deepcopy, pickle.dumps])
def test_signals_and_events_refuse_to_be_copied(copying: Callable[[Any], object]) -> None:
    """There are no half copies, and the text says what to do."""
    signal = Signal[int]("placed")
    with pytest.raises(TypeError, match="'placed' cannot be copied or pickled; keep it"):
        copying(signal)
    with pytest.raises(TypeError, match="pass on its payload"):
        copying(signal.event(None, 1))
    with pytest.raises(TypeError, match="a signal cannot be copied"):
        copying([Signal[int]()][0])


class Asked:
    """A receiver that must not be asked for anything."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)

    def __call__(self, sender: object, payload: object) -> str:
        """Receive."""
        return "not asked"


def test_a_callable_object_is_asked_for_no_attribute() -> None:
    """What it is shows in its class."""
    signal, asked = Signal[int](), Asked()
    signal.connect(asked)
    assert signal.send(None, 1).values == ("not asked",)


def test_two_types_of_one_name_are_told_apart() -> None:
    """By their modules."""
    namespace = Namespace("orders")
    one: Any = type("Order", (), {"__module__": "one"})
    other: Any = type("Order", (), {"__module__": "other"})
    namespace.signal("placed", one)
    with pytest.raises(TypeError, match=r"carries one\.Order, not other\.Order"):
        namespace.signal("placed", other)


@pytest.mark.parametrize("option", ["weak", "once", "to_thread"])
def test_options_are_bools(option: str) -> None:
    """What only looks like one is refused, and not asked."""
    signal = Signal[int]()
    options: Any = {option: 1}
    with pytest.raises(OptionError, match=f"{option}=<int> is not a bool; pass a bool"):
        signal.connect(receive, **options)
    assert signal.receivers == ()


def test_only_receivers_are_muted() -> None:
    """Anything else was meant otherwise."""
    signal = Signal[int]()
    nothing: Any = None
    with pytest.raises(NotCallableError), signal.muted(nothing):
        pytest.fail("the block was entered")


@needs_refcounting
def test_a_module_that_is_none_does_not_hinder_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some programs put other objects among the modules."""
    signal = Signal[int]()
    monkeypatch.setitem(sys.modules, "odd", deque[int]())

    def lost(sender: object, payload: int) -> None:
        """Is lost."""

    lost.__module__ = "odd"
    signal.connect(lost)
    del lost
    with pytest.warns(LostReceiverWarning, match="odd"):
        signal.send(None, 1)

"""Installing middleware and undoing it: on a signal, on a namespace, and from anywhere."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import pytest

from aldis import LostReceiverWarning, Namespace, Signal
from aldis.exceptions import NotMiddlewareError
from aldis.middleware import Call, Proceed, Sending
from tests.behaviour.recording import (
    Calls,
    Intrusion,
    Shop,
    Way,
    in_each_way,
    in_thread,
    in_threads,
    switching_as_often_as_possible,
    without_collector,
)
from tests.interpreters import needs_refcounting

SHOP = Shop()
Stepped = Generator[None, Any, Any]


class Tag:
    """A middleware that marks results, and can be watched."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, call: Call[Any, Any, Any]) -> Stepped:
        """Mark the result."""
        return f"{self.name}({(yield)})"


def values(signal: Signal[Any], sender: object = SHOP) -> tuple[object, ...]:
    """Send, and give the results."""
    return signal.send(sender, 1).values


@pytest.fixture
def signal() -> Signal[int]:
    """Make a signal with one receiver, whose result is `shop`."""
    made = Signal[int]("numbers")
    made.connect(SHOP.receive)
    return made


# -- undoing -----------------------------------------------------------------------------------


def test_undoing_takes_it_away(signal: Signal[int]) -> None:
    """Once; a second call does nothing."""
    undo = signal.use(Tag("m"))
    assert values(signal) == ("m(shop)",)
    undo()
    assert values(signal) == ("shop",)
    undo()
    assert values(signal) == ("shop",)


def test_each_install_of_the_same_middleware_is_its_own(signal: Signal[int]) -> None:
    """Two installs run twice, and each undo takes away its own."""
    tag, other = Tag("m"), Tag("other")
    undo_first, _, undo_second = signal.use(tag), signal.use(other), signal.use(tag)
    assert values(signal) == ("m(other(m(shop)))",)
    undo_first()
    undo_first()
    assert values(signal) == ("other(m(shop))",)
    undo_second()
    assert values(signal) == ("other(shop)",)


@pytest.mark.anyio
@in_each_way
async def test_a_change_during_a_sending_counts_from_the_next_one_on(way: Way) -> None:
    """Both ways."""
    signal, calls, undos = Signal[int](), Calls(), list[Callable[[], None]]()

    def change() -> None:
        if undos:
            undos.pop()()
        else:
            undos.append(signal.use(Tag("m")))

    signal.connect(calls.receiver("first", change))
    signal.connect(calls.receiver("second"))
    assert await way(signal, SHOP, 1) == ("first", "second")
    assert await way(signal, SHOP, 1) == ("m(first)", "m(second)")
    assert await way(signal, SHOP, 1) == ("first", "second")


def test_it_counts_for_receivers_of_one_sender_too(signal: Signal[int]) -> None:
    """Their snapshots are made again, whether it comes or goes."""
    calls, other = Calls(), Shop()
    signal.connect(calls.receiver("mine"), other)
    assert values(signal, other) == ("shop", "mine")
    undo = signal.use(Tag("m"))
    assert values(signal, other) == ("m(shop)", "m(mine)")
    undo()
    assert values(signal, other) == ("shop", "mine")


def test_it_is_undone_from_another_thread_and_after_the_end_of_its_signal() -> None:
    """The undo keeps no signal alive."""
    signal = Signal[int]()
    undo_here, undo_late = signal.use(Tag("m")), signal.use(Tag("m"))
    in_thread(undo_here)
    ref = weakref.ref(signal)
    with without_collector():
        del signal
        assert ref() is None
    undo_late()


@pytest.mark.parametrize("around", ["receiver", "sending"])
def test_an_undone_middleware_is_let_go_of(signal: Signal[int], around: Any) -> None:
    """At once, also when a sender's snapshot had it, and the undo is kept."""

    class Watched:
        def __call__(self, call: Any) -> Stepped:
            return (yield)

    calls, middleware = Calls(), Watched()
    signal.connect(calls.receiver("receiver"), SHOP)
    ref = weakref.ref(middleware)
    undo = signal.use(middleware, around=around)
    del middleware
    values(signal)
    assert ref() is not None
    with without_collector():
        undo()
        assert ref() is None
    undo()


def test_an_undo_in_a_destructor_that_runs_in_the_middle_of_a_change(signal: Signal[int]) -> None:
    """It is done right after it, at whatever step of a change it comes."""
    step = 0
    while True:
        undo = signal.use(Tag("m"))
        intrusion = Intrusion(undo, step)
        intrusion.run(
            lambda: (signal.connect(SHOP.receive_too), signal.disconnect(SHOP.receive_too))
        )
        undo()
        assert values(signal) == ("shop",)
        if not intrusion.done():
            return
        step += 1


def test_a_use_in_the_middle_of_a_change_is_done(signal: Signal[int]) -> None:
    """Whatever step of it it comes at, also of another `use`."""
    step, undos = 0, list[Callable[[], None]]()

    def use(name: str) -> None:
        undos.append(signal.use(Tag(name)))

    while True:
        intrusion = Intrusion(partial(use, "in"), step)
        intrusion.run(partial(use, "by"))
        if not intrusion.done():
            return
        assert values(signal) in {("in(by(shop))",), ("by(in(shop))",)}
        while undos:
            undos.pop()()
        assert values(signal) == ("shop",)
        step += 1


def test_threads_install_undo_and_send(signal: Signal[int]) -> None:
    """Nothing is lost, and nothing stays."""
    end = threading.Event()

    def change() -> None:
        for _ in range(100):
            signal.use(Tag("m"))()

    def send() -> None:
        while not end.is_set():
            (value,) = values(signal)
            assert str(value).strip("m()") == "shop"

    with switching_as_often_as_possible():
        sender = threading.Thread(target=send)
        sender.start()
        undo = signal.use(Tag("m"))
        in_threads(change, change, undo, undo)
        end.set()
        sender.join()
    assert values(signal) == ("shop",)


@needs_refcounting
def test_use_tells_of_lost_receivers_first(signal: Signal[int]) -> None:
    """As every operation does; where that is an error, nothing else is done."""
    signal.connect(lambda sender, payload: None)
    with pytest.raises(LostReceiverWarning):
        signal.use(Tag("m"))
    assert values(signal) == ("shop",)


# -- namespaces --------------------------------------------------------------------------------


def test_that_of_a_namespace_is_around_all_its_signals() -> None:
    """Those that are there, and those that come; undoing takes it from all."""
    shop = Namespace("shop")
    placed = shop.signal("placed", int)
    undo = shop.use(Tag("m"))
    shipped = shop.signal("shipped", int)
    for signal in (placed, shipped):
        signal.connect(SHOP.receive)
        assert values(signal) == ("m(shop)",)
    assert shop.signal("placed", int) is placed
    undo()
    undo()
    for signal in (placed, shipped):
        assert values(signal) == ("shop",)
    later = shop.signal("later", int)
    later.connect(SHOP.receive)
    assert values(later) == ("shop",)


def test_that_of_a_namespace_is_outside_of_a_signals_own() -> None:
    """Whichever came first; within each, in the order of installing."""
    shop = Namespace()
    placed = shop.signal("placed", int)
    placed.connect(SHOP.receive)
    placed.use(Tag("own"))
    shop.use(Tag("first"))
    placed.use(Tag("own too"))
    shop.use(Tag("second"))
    later = shop.signal("later", int)
    later.connect(SHOP.receive)

    assert values(placed) == ("first(second(own(own too(shop))))",)
    assert values(later) == ("first(second(shop))",)


def test_a_namespace_takes_every_kind() -> None:
    """Around sendings, and async ones, and refuses the rest."""
    shop, seen, nothing = Namespace(), list[Any](), Any
    placed = shop.signal("placed", int)

    def watch(sending: Sending[Any, Any]) -> Generator[None, object, None]:
        seen.append(sending.signal)
        yield

    async def go_on(call: Call[Any, Any, Any], proceed: Proceed[Any]) -> Any:
        return await proceed()

    shop.use(watch, around="sending")
    shop.use(go_on)
    placed.send(None, 1)
    assert seen == [placed]
    wrong: Any = nothing
    with pytest.raises(NotMiddlewareError):
        shop.use(wrong)


def test_an_undone_middleware_of_a_namespace_is_let_go_of() -> None:
    """An undo keeps the namespace until it was called: only that one knows all its signals."""
    shop, middleware = Namespace(), Tag("m")
    placed = shop.signal("placed", int)
    placed.connect(SHOP.receive, SHOP)
    ref, undo = weakref.ref(middleware), shop.use(middleware)
    del middleware
    values(placed)
    with without_collector():
        undo()
        assert ref() is None
    late, owner = shop.use(Tag("late")), weakref.ref(shop)
    with without_collector():
        del shop
        assert values(placed) == ("late(shop)",)
        late()
        assert owner() is None
    assert values(placed) == ("shop",)


def test_threads_make_signals_while_middleware_comes_and_goes() -> None:
    """In the end each signal has what its namespace has."""
    shop = Namespace()

    def make(first: int) -> None:
        for number in range(first, first + 50):
            shop.signal(f"{number}", int).connect(SHOP.receive)

    def change() -> None:
        for _ in range(50):
            shop.use(Tag("gone"))()

    with switching_as_often_as_possible():
        in_threads(
            lambda: make(0), lambda: make(0), lambda: make(50), change, lambda: shop.use(Tag("m"))
        )
    assert [values(signal) for signal in shop] == [("m(shop)",)] * 100


def test_a_signal_that_is_made_while_it_is_undone_is_without_it() -> None:
    """Whichever step of the making it comes at."""
    step = 0
    while True:
        shop = Namespace()
        undo = shop.use(Tag("m"))
        shop.use(Tag("stays"))
        intrusion = Intrusion(undo, step)
        intrusion.run(partial(shop.signal, "made", int))
        if not intrusion.done():
            return
        made = shop.signal("made", int)
        made.connect(SHOP.receive)
        assert values(made) == ("stays(shop)",)
        step += 1

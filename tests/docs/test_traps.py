"""The table of traps in the README: each row shown, elsewhere and on Aldis."""

from __future__ import annotations

import gc
import threading
import time
import warnings
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, TypedDict

import anyio
import pytest
from typing_extensions import Unpack

import aldis

# The peers are used as their users would: what they are typed as is not what is shown here.
blinker: Any = pytest.importorskip("blinker")
psygnal: Any = pytest.importorskip("psygnal")


def test_a_lost_receiver_elsewhere_is_silent() -> None:
    """A lambda connected to a blinker signal is never called, and nothing says so."""
    signal = blinker.Signal()
    heard: list[object] = []
    by_lambda: Callable[[object], object] = lambda sender: heard.append(sender)
    signal.connect(by_lambda)
    del by_lambda
    gc.collect()
    assert signal.send("sender") == []
    assert heard == []


def test_a_lost_receiver_here_is_told_of() -> None:
    """Aldis says which, where and what to do."""
    signal = aldis.Signal[str]("placed")
    signal.connect(lambda sender, payload: None)
    gc.collect()
    with pytest.warns(aldis.LostReceiverWarning, match="<lambda>.*weak=False"):
        signal.send(None, "payload")


def test_a_grown_payload_elsewhere_breaks_receivers() -> None:
    """A blinker receiver with the old keywords raises at the next send."""
    signal = blinker.Signal()

    def receiver(sender: object, order_id: str) -> None:
        """Knows one keyword."""

    signal.connect(receiver)
    signal.send(None, order_id="o-1")
    with pytest.raises(TypeError, match="unexpected keyword"):
        signal.send(None, order_id="o-1", total=1)


class Order(TypedDict):
    """A payload."""

    order_id: str
    total: int


def test_a_grown_payload_here_breaks_nothing() -> None:
    """One payload object grows as it likes; a keyword receiver without `**` is refused early."""
    heard: list[object] = []

    @aldis.KeywordSignal
    def placed(sender: object, /, **payload: Unpack[Order]) -> None:
        """Declare."""

    @placed.connect
    def receiver(sender: object, *, order_id: str, **rest: object) -> None:
        heard.append(order_id)

    placed.send(None, order_id="o-1", total=1)
    assert heard == ["o-1"]

    def old(sender: object, order_id: str) -> None:
        """Knows one keyword."""

    untyped: Any = old
    with pytest.raises(aldis.ReceiverError, match="total="):
        placed.connect(untyped)


def test_senders_elsewhere_are_mistaken() -> None:
    """Blinker takes sender 0 for every sender, half way, and a number for an object's id."""
    signal = blinker.Signal()
    heard: list[str] = []
    sender = object()

    def to_nought(sender: object) -> None:
        heard.append("nought")

    def to_number(sender: object) -> None:
        heard.append("number")

    with pytest.raises(AssertionError):
        signal.connect(to_nought, sender=0)
    signal.connect(to_number, sender=id(sender))
    signal.send(sender)
    assert sorted(heard) == ["nought", "number"]


def test_senders_here_are_not() -> None:
    """On Aldis, a number matches that number alone."""
    signal = aldis.Signal[str]()
    sender = object()

    def receiver(sender: object, payload: str) -> None:
        """Is connected to two numbers."""

    signal.connect(receiver, 0)
    signal.connect(receiver, id(sender))
    assert not signal.has_receivers_for(sender)
    assert not signal.has_receivers_for(False)
    assert signal.has_receivers_for(0)


def test_signals_elsewhere_multiply_by_instance() -> None:
    """A psygnal signal in a class body is another one for each instance."""
    shop: Any = type("Shop", (), {"placed": psygnal.Signal(str)})
    first, second = shop(), shop()
    heard: list[str] = []
    first.placed.connect(heard.append)
    second.placed.emit("o-1")
    assert heard == []


def test_a_signal_here_is_one_for_all_instances() -> None:
    """On Aldis the instances are senders."""

    class Shop:
        """Declares a signal."""

        placed = aldis.Signal[str]()

    first, second = Shop(), Shop()
    heard: list[object] = []

    @first.placed.connect
    def receiver(sender: object, payload: str) -> None:
        heard.append(sender)

    second.placed.bind(second).send("o-1")
    assert heard == [second]


def churn(signal: Any, receive: Callable[..., None], seconds: float) -> list[BaseException]:
    """Connect and send from four threads until something is raised, or the time is up."""
    raised: list[BaseException] = []
    payload = [] if isinstance(signal, blinker.Signal) else ["payload"]
    end = time.monotonic() + seconds

    def work() -> None:
        class Receiver:
            """One that comes and goes."""

            def method(self, *args: object, **kwargs: object) -> None:
                receive(*args, **kwargs)

        try:
            while time.monotonic() < end and not raised:
                receivers = [Receiver() for _ in range(20)]
                for each in receivers:
                    signal.connect(each.method)
                    signal.connect(each.method, each)
                signal.send(receivers[0], *payload)
                for each in receivers[::2]:
                    signal.disconnect(each.method)
        except BaseException as error:  # whatever it is, it is counted
            raised.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("fast_switching")
def test_threads_elsewhere_raise() -> None:
    """Four threads on one blinker signal end with an exception of its tables."""
    raised = churn(blinker.Signal(), lambda *args, **kwargs: None, seconds=20)
    if not raised:  # pragma: no cover  # a matter of luck, here within a second
        pytest.skip("no exception within 20 seconds this time")
    assert isinstance(raised[0], RuntimeError | KeyError)


@pytest.mark.usefixtures("fast_switching")
def test_threads_here_do_not() -> None:
    """The same on Aldis, for as long as blinker usually stands it."""
    signal = aldis.Signal[str]()
    assert churn(signal, lambda *args, **kwargs: None, seconds=1.5) == []
    gc.collect()
    assert signal.receivers == ()


@pytest.fixture
def fast_switching() -> Any:
    """Switch between threads as often as can be."""
    import sys

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_strong_references_elsewhere_leak() -> None:
    """Blinker's `connect_via` keeps its receiver alive for good."""
    signal = blinker.Signal()
    sender = object()

    def receiver(sender: object) -> None:
        """Is forgotten by its author."""

    signal.connect_via(sender)(receiver)
    alive = weakref.ref(receiver)
    del receiver
    gc.collect()
    assert alive() is not None


def test_strong_references_here_are_asked_for() -> None:
    """On Aldis it is weak like any other connection."""
    signal = aldis.Signal[str]()

    @signal.connect_via("sender")
    def receiver(sender: object, payload: str) -> None:
        """Is forgotten by its author."""

    alive = weakref.ref(receiver)
    del receiver
    gc.collect()
    assert alive() is None
    with pytest.warns(aldis.LostReceiverWarning):
        assert signal.receivers == ()


def fail(sender: object, payload: object = None) -> None:
    """Fail, as receivers do."""
    raise ValueError("failed")


def test_a_failure_elsewhere_stops_the_rest() -> None:
    """Of two failing blinker receivers, one is called."""
    signal = blinker.Signal()
    called: list[int] = []

    def first(sender: object) -> None:
        called.append(1)
        raise ValueError

    def second(sender: object) -> None:
        called.append(2)
        raise ValueError

    signal.connect(first)
    signal.connect(second)
    with pytest.raises(ValueError):
        signal.send(None)
    assert len(called) == 1


def test_a_failure_here_need_not() -> None:
    """`send_robust` calls them all."""
    signal = aldis.Signal[str]()
    called: list[str] = []

    def after(sender: object, payload: str) -> None:
        called.append(payload)

    signal.connect(fail)
    signal.connect(after)
    outcomes = signal.send_robust(None, "payload")
    assert called == ["payload"]
    assert [type(error) for error in outcomes.errors] == [ValueError]


class AsyncCall:
    """Is async to call."""

    def __init__(self, ran: list[str]) -> None:
        self.ran = ran

    async def __call__(self, *args: object) -> None:
        """Note that it ran."""
        self.ran.append("async")


def test_async_receivers_elsewhere_are_not_run() -> None:
    """Blinker leaves the coroutine of an async `__call__` un-awaited."""
    signal = blinker.Signal()
    ran: list[str] = []
    receiver = AsyncCall(ran)
    signal.connect(receiver)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        signal.send(None)
        gc.collect()
    assert ran == []
    assert any("never awaited" in str(each.message) for each in caught)


def test_async_receivers_elsewhere_are_met_half_way() -> None:
    """Blinker raises at the async receiver, when others have run."""
    ran: list[int] = []

    async def asynchronous(sender: object) -> None:
        """Is never run."""

    signal = blinker.Signal()

    def note(n: int, sender: object) -> None:
        ran.append(n)

    receivers = [partial(note, n) for n in range(20)]
    for receiver in receivers:
        signal.connect(receiver)
    signal.connect(asynchronous)
    for receiver in receivers[10:]:
        signal.disconnect(receiver)
        signal.connect(receiver)
    with pytest.raises(RuntimeError, match="coroutine"):
        signal.send(None)
    assert ran


def test_async_receivers_here_are_refused_at_first_or_run() -> None:
    """A sync send runs nobody; an async one runs both kinds."""
    signal = aldis.Signal[str]()
    ran: list[str] = []
    receiver = AsyncCall(ran)

    @signal.connect
    def before(sender: object, payload: str) -> None:
        ran.append("sync")

    signal.connect(receiver)
    with pytest.raises(aldis.AsyncReceiverError, match="AsyncCall"):
        signal.send(None, "payload")
    assert ran == []
    anyio.run(signal.send_async, None, "payload")
    assert ran == ["sync", "async"]

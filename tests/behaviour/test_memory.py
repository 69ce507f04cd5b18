"""What is freed, and when: without the collector, and with nothing left behind."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import KeywordSignal, Namespace, Signal
from tests.behaviour.recording import (
    Calls,
    Shop,
    Way,
    in_each_way,
    lost_receivers,
    without_collector,
)
from tests.interpreters import needs_refcounting

SHOP = Shop()
MANY = 20_000


def receive(sender: object, payload: object) -> str:
    """Receive."""
    return "received"


async def receive_async(sender: object, payload: object) -> str:
    """Receive, in an async way."""
    await checkpoint()
    return "received"


class Payload:
    """A payload that can be watched."""


class BrokenError(Exception):
    """What receivers raise here."""


# -- signals -----------------------------------------------------------------------------------


def connected(signal: Signal[Any]) -> None:
    """Connect receivers of every kind."""
    signal.connect(receive)
    signal.connect(SHOP.receive, weak=False)
    signal.connect(Shop().receive, weak=False)
    signal.connect(lambda sender, payload: None, SHOP, weak=False, priority=1)
    signal.connect(receive, 7, once=True)
    signal.connect(receive_async, SHOP.receive)


def used(signal: Signal[Any]) -> None:
    """Do all kinds of things with a signal."""
    connected(signal)
    signal.disconnect(receive)
    signal.connect(receive, once=True)
    signal.send(None, 1)
    signal.send_robust(7, 1)
    with signal.muted(receive), signal.muted(), signal.connected_to(receive):
        signal.send(SHOP, 1)
    assert signal.connections
    assert signal.receivers_for(SHOP)
    assert repr(signal)


def told(signal: Signal[Any]) -> None:
    """Use the meta signals."""
    calls = Calls()
    signal.receiver_connected.connect(calls.receiver("connected"), weak=False)
    signal.receiver_disconnected.connect(calls.receiver("disconnected"), weak=False)
    used(signal)
    calls.seen.clear()


def sent_async(signal: Signal[Any]) -> None:
    """Send in an async way, too."""
    used(signal)
    anyio.run(signal.send_async, SHOP, 1)


def refused(signal: Signal[Any]) -> None:
    """Be refused what cannot be."""
    wrong: Any = lambda: None
    signal.connect(receive_async)
    with suppress(TypeError):
        signal.connect(wrong)
    with suppress(RuntimeError):
        signal.send(SHOP, 1)


@pytest.mark.parametrize("use", [connected, used, told, sent_async, refused])
def test_a_dropped_signal_is_freed_without_the_collector(
    use: Callable[[Signal[Any]], None],
) -> None:
    """Whatever was done with it, no cycle keeps it."""
    with without_collector():
        signal = Signal[Any]("order_placed")
        ref = weakref.ref(signal)
        use(signal)
        del signal

        assert ref() is None


def test_a_dropped_keyword_signal_is_freed_without_the_collector() -> None:
    """The prototype is not in the way."""
    with without_collector():

        def prototype(sender: object, /, *, total: int) -> None:
            """An order was accepted."""

        signal = KeywordSignal(prototype)

        def receiver(sender: object, *, total: int) -> None: ...

        signal.connect(receiver, weak=False)
        signal.send(SHOP, total=1)
        ref = weakref.ref(signal)
        del signal

        assert ref() is None


def test_a_dropped_namespace_frees_its_signals_without_the_collector() -> None:
    """And with them the receivers that only they kept alive."""
    with without_collector():
        orders = Namespace("orders")
        shop = Shop()
        refs = weakref.ref(orders.signal("placed", int)), weakref.ref(shop)
        orders.signal("placed", int).connect(shop.receive, weak=False)
        del orders, shop

        assert [ref() for ref in refs] == [None, None]


@pytest.mark.anyio
@in_each_way
async def test_a_signal_dropped_inside_its_own_sending_is_freed_after_it(way: Way) -> None:
    """The sending finishes, and then the signal is freed at once (W5)."""
    with without_collector():
        calls = Calls()
        signals = [Signal[int]()]
        ref = weakref.ref(signals[0])
        signals[0].connect(calls.receiver("first", lambda: signals and signals.pop()))
        signals[0].connect(calls.receiver("last"))
        values = await way(signals[0], SHOP, 1)

        assert values == ("first", "last")
        assert signals == []
        assert ref() is None


def test_a_dropped_signal_frees_what_only_it_kept_alive() -> None:
    """Strong receivers and senders that take no weak reference go with it."""
    with without_collector():
        signal, shop = Signal[int](), Shop()
        gone: list[str] = []

        class Sender:
            __slots__ = ()

            def __del__(self) -> None:
                gone.append("sender")

        signal.connect(shop.receive, Sender(), weak=False)
        ref = weakref.ref(shop)
        del shop
        assert ref() is not None
        assert gone == []
        del signal

        assert ref() is None
        assert gone == ["sender"]


# -- receivers and senders ---------------------------------------------------------------------


def test_a_weak_receiver_is_freed_at_once() -> None:
    """Neither connecting nor sending keeps it."""
    with without_collector():
        signal, shop = Signal[int](), Shop()
        ref = weakref.ref(shop)
        signal.connect(shop.receive)
        signal.connect(shop.receive, SHOP)
        signal.send(SHOP, 1)
        del shop

        assert ref() is None


def test_a_weak_function_is_freed_at_once() -> None:
    """What the warning says of it later does not keep it."""
    with without_collector():
        signal = Signal[int]()

        def nested(sender: object, payload: int) -> None: ...

        ref = weakref.ref(nested)
        signal.connect(nested)
        signal.send(SHOP, 1)
        del nested
        assert ref() is None

        with lost_receivers() as lost:
            assert signal.receivers == ()
        assert len(lost) == 1


def test_a_disconnected_strong_receiver_is_freed_at_once() -> None:
    """Its connection was all that kept it."""
    with without_collector():
        signal, shop = Signal[int](), Shop()
        ref = weakref.ref(shop)
        signal.connect(shop.receive, weak=False)
        signal.send(SHOP, 1)
        receiver: Any = shop.receive
        del shop
        signal.disconnect(receiver)
        del receiver

        assert ref() is None


def test_a_sender_is_freed_at_once() -> None:
    """Neither connecting to it nor sending on its behalf keeps it."""
    with without_collector():
        signal, shop = Signal[int](), Shop()
        ref = weakref.ref(shop)
        signal.connect(receive, shop)
        signal.connect(receive, shop.receive)
        signal.send(shop, 1)
        signal.send_robust(shop.receive, 1)
        del shop

        assert ref() is None


@pytest.mark.anyio
@in_each_way
async def test_a_payload_is_freed_after_its_sending(way: Way) -> None:
    """No sending leaves a reference to what it carried."""
    signal = Signal[Payload]()
    signal.connect(receive)
    signal.connect(receive, SHOP, once=True)
    with without_collector():
        payload = Payload()
        ref = weakref.ref(payload)
        await way(signal, SHOP, payload)
        del payload

        assert ref() is None


# -- failures ----------------------------------------------------------------------------------


def fail(sender: object, payload: object) -> None:
    """Receive, and fail with the payload in the frame."""
    raise BrokenError


def fail_too(sender: object, payload: object) -> None:
    """Receive, and fail as well."""
    raise BrokenError


async def fail_async(sender: object, payload: object) -> None:
    """Receive, and fail after a while."""
    await checkpoint()
    raise BrokenError


async def fail_late(sender: object, payload: object) -> None:
    """Receive, and fail when the others have ended."""
    # A task that asyncio cancels keeps what it held until the collector comes: that is not ours.
    for _ in range(5):
        await checkpoint()
    raise BrokenError


async def raises(attempt: Awaitable[object]) -> None:
    """Await what fails, and drop the failure."""
    try:
        await attempt
    except (BrokenError, ExceptionGroup):
        return
    raise AssertionError("it did not fail")


async def by_send(signal: Signal[Payload], payload: Payload) -> None:
    """Fail by `send`."""
    with suppress(BrokenError):
        signal.send(SHOP, payload)


async def by_send_robust(signal: Signal[Payload], payload: Payload) -> None:
    """Fail by `send_robust`, and drop the outcomes."""
    outcomes = signal.send_robust(SHOP, payload)
    assert outcomes.errors
    del outcomes  # their tracebacks hold this very frame


async def by_raise_errors(signal: Signal[Payload], payload: Payload) -> None:
    """Fail by `raise_errors`."""
    with suppress(ExceptionGroup):
        signal.send_robust(SHOP, payload).raise_errors()


def by_send_async(concurrency: int | None) -> Any:
    """Fail by `send_async`."""

    async def attempt(signal: Signal[Payload], payload: Payload) -> None:
        await raises(signal.send_async(SHOP, payload, concurrency=concurrency))

    return attempt


def by_send_robust_async(concurrency: int | None) -> Any:
    """Fail by `send_robust_async`, and drop the outcomes."""

    async def attempt(signal: Signal[Payload], payload: Payload) -> None:
        outcomes = await signal.send_robust_async(SHOP, payload, concurrency=concurrency)
        assert outcomes.errors
        del outcomes  # as above

    return attempt


SYNC_FAILURES = [
    pytest.param(by_send, id="send"),
    pytest.param(by_send_robust, id="send_robust"),
    pytest.param(by_raise_errors, id="raise_errors"),
]
ASYNC_FAILURES = [
    pytest.param(by_send_async(1), id="send_async-1"),
    pytest.param(by_send_async(2), id="send_async-2"),
    pytest.param(by_send_async(None), id="send_async-None"),
    pytest.param(by_send_robust_async(1), id="send_robust_async-1"),
    pytest.param(by_send_robust_async(2), id="send_robust_async-2"),
    pytest.param(by_send_robust_async(None), id="send_robust_async-None"),
]


@pytest.mark.anyio
@pytest.mark.usefixtures("first_or_later")
@pytest.mark.parametrize("attempt", SYNC_FAILURES + ASYNC_FAILURES)
@pytest.mark.parametrize("once", [False, True])
async def test_a_dropped_failure_keeps_no_payload(attempt: Any, once: bool) -> None:
    """The exception's traceback holds frames, and no cycle holds them (W9)."""
    signal = Signal[Payload]("order_placed")
    signal.connect(receive)
    signal.connect(fail, once=once)
    signal.connect(fail_too, once=once)
    with without_collector():
        payload = Payload()
        ref = weakref.ref(payload)
        await attempt(signal, payload)
        del payload
        await checkpoint()

        assert ref() is None


@pytest.mark.anyio
@pytest.mark.usefixtures("first_or_later")
@pytest.mark.parametrize("attempt", ASYNC_FAILURES)
@pytest.mark.parametrize(
    "receivers", [(fail_async,), (fail_async, fail), (receive_async, fail_late)]
)
async def test_a_dropped_failure_of_an_async_receiver_keeps_no_payload(
    attempt: Any, receivers: tuple[Any, ...]
) -> None:
    """Neither does one that was raised in a task (W9)."""
    signal = Signal[Payload]("order_placed")
    for receiver in receivers:
        signal.connect(receiver)
    with without_collector():
        payload = Payload()
        ref = weakref.ref(payload)
        await attempt(signal, payload)
        del payload
        for _ in range(5):
            await checkpoint()

        assert ref() is None


# -- nothing is left ---------------------------------------------------------------------------


def objects() -> int:
    """Count what the collector knows of."""
    gc.collect()
    return len(gc.get_objects())


def test_many_senders_connected_and_disconnected_leave_nothing() -> None:
    """20,000 pairs for different senders, and the bookkeeping is back to nothing (S9)."""
    signal = Signal[int]()
    senders = [Shop() for _ in range(MANY)]
    signal.connect(receive, SHOP)
    signal.disconnect(receive)
    before = objects()
    for sender in senders:
        signal.connect(receive, sender)
    for sender in senders:
        assert signal.disconnect(receive, sender)

    assert objects() - before < 20
    assert signal.connections == ()


@needs_refcounting
def test_many_senders_that_die_leave_nothing() -> None:
    """Whether they die or are disconnected makes no difference (S9)."""
    signal = Signal[int]()
    signal.connect(receive, SHOP)
    signal.disconnect(receive)
    before = objects()
    senders = [Shop() for _ in range(MANY)]
    sender = SHOP
    for sender in senders:
        signal.connect(receive, sender)
    assert len(signal.connections) == MANY
    del sender
    senders.clear()
    assert signal.receivers == ()

    assert objects() - before < 20


@needs_refcounting
@pytest.mark.parametrize("weak", [True, False])
def test_many_receivers_leave_nothing(weak: bool) -> None:
    """20,000 owners connected, sent to, and gone again (S9)."""
    signal = Signal[int]()
    signal.connect(SHOP.receive)
    signal.disconnect(SHOP.receive)
    before = objects()
    owners = [Shop(SHOP.calls) for _ in range(MANY)]
    owner = SHOP
    for owner in owners:
        signal.connect(owner.receive, weak=weak)
    assert len(signal.send(None, 1)) == MANY
    SHOP.calls.seen.clear()
    SHOP.calls.names.clear()
    if not weak:
        for owner in owners:
            assert signal.disconnect(owner.receive)
    del owner
    owners.clear()
    assert signal.send(None, 1).values == ()

    assert objects() - before < 20


def test_many_once_connections_leave_nothing() -> None:
    """What was used up is gone altogether."""
    signal = Signal[int]()
    signal.connect(receive, SHOP, once=True)
    signal.send(SHOP, 1)
    before = objects()
    for number in range(MANY):
        signal.connect(receive, number, once=True)
        signal.send(number, 1)

    assert objects() - before < 20
    assert signal.connections == ()


def test_many_blocks_and_mutings_leave_nothing() -> None:
    """Blocks that were left are gone altogether."""
    signal = Signal[int]()
    with signal.connected_to(receive, SHOP), signal.muted(), signal.muted(receive):
        signal.send(SHOP, 1)
    before = objects()
    for number in range(2000):
        with signal.connected_to(receive, number), signal.muted(), signal.muted(receive):
            signal.send(number, 1)

    assert objects() - before < 20
    assert signal.connections == ()

"""Nothing outlives the block: no task, no thread, and nothing that an event or its poster held.

Where it is not said otherwise, the garbage collector is switched off: what is asked is whether
things go as soon as nobody has them. Receivers wait for events, never in `sleep_forever`: asyncio
keeps a cancelled timer, and the context with it, in its heap.
"""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import Any

import anyio
import anyio.to_thread
import pytest
from anyio.lowlevel import checkpoint

from aldis import Delivery, DeliveryCancelledError, Dispatcher, Signal, Statistics
from tests.behaviour.recording import Shop, in_thread, is_gone, nothing_unawaited, without_collector
from tests.behaviour.test_dispatcher import Reports, forget, soon, turns
from tests.interpreters import needs_gil, needs_refcounting

pytestmark = pytest.mark.anyio

kept: ContextVar[object] = ContextVar("kept")


class Watched:
    """Can be watched."""


class BrokenError(Exception):
    """What receivers raise here."""


# -- tasks and threads -------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["by itself", "grace", "crash", "cancel"])
@soon
async def test_no_task_and_no_coroutine_outlives_the_block(end: str) -> None:
    """However it ends, and whatever its workers were at."""
    signal, begun = Signal[int](), anyio.Event()

    @signal.connect
    async def receive(sender: object, payload: int) -> None:
        begun.set()
        if payload == 2 and end != "by itself":
            await anyio.Event().wait()

    before = {task.id for task in anyio.get_running_tasks()}
    threads = threading.active_count()
    with nothing_unawaited(), suppress(BrokenError), anyio.CancelScope() as scope:
        async with Dispatcher(
            concurrency=3, grace=0 if end == "grace" else None, on_error=forget
        ) as dispatcher:
            assert len(anyio.get_running_tasks()) > len(before)
            for number in range(10):
                dispatcher.post(signal.event(None, number))
            await begun.wait()
            if end == "crash":
                raise BrokenError
            if end == "cancel":
                scope.cancel()
                await checkpoint()

    assert {task.id for task in anyio.get_running_tasks()} == before
    assert threading.active_count() == threads


@soon
async def test_a_dispatcher_that_is_never_entered_leaves_nothing() -> None:
    """It has no task, no thread, and goes at once."""
    with without_collector():
        dispatcher = Dispatcher(on_error=forget)
        with suppress(Exception):
            dispatcher.post(Signal[int]().event(None, 1))
        ref = weakref.ref(dispatcher)
        del dispatcher
        assert ref() is None


# -- events ------------------------------------------------------------------------------------


class Case:
    """One event whose parts are watched, and what is done with it."""

    def __init__(self) -> None:
        self.signal = Signal[Any]("watched")
        self.begun = anyio.Event()
        self.refs: dict[str, weakref.ref[Any]] = {}

    def connect(self, receiver: Any, *, to_thread: bool = False) -> None:
        """Connect a receiver strongly and watch it."""
        self.signal.connect(receiver, weak=False, to_thread=to_thread)
        self.refs["receiver"] = weakref.ref(receiver)

    def post(self, dispatcher: Dispatcher) -> Delivery:
        """Post an event with a sender, a payload and a context that are watched."""
        sender, payload, value = Watched(), Watched(), Watched()
        event = self.signal.event(sender, payload)
        self.refs |= {
            "sender": weakref.ref(sender),
            "payload": weakref.ref(payload),
            "event": weakref.ref(event),
            "context": weakref.ref(value),
        }
        context = copy_context()
        context.run(kept.set, value)
        delivery = context.run(dispatcher.post, event)
        self.refs["delivery"] = weakref.ref(delivery)
        return delivery

    @property
    def alive(self) -> list[str]:
        """Name what is still there."""
        return [name for name, ref in self.refs.items() if ref() is not None]


Use = Callable[[Case, Dispatcher], Awaitable[None]]


async def deliver(case: Case, dispatcher: Dispatcher) -> None:
    """To a sync receiver."""

    def receive(sender: object, payload: object) -> object:
        return payload

    case.connect(receive)
    await case.post(dispatcher)


async def deliver_async(case: Case, dispatcher: Dispatcher) -> None:
    """To one that waits."""

    async def receive(sender: object, payload: object) -> object:
        await checkpoint()
        return payload

    case.connect(receive)
    await case.post(dispatcher)


async def deliver_unawaited(case: Case, dispatcher: Dispatcher) -> None:
    """Without anybody who awaits the delivery."""

    async def receive(sender: object, payload: object) -> object:
        await checkpoint()
        return payload

    case.connect(receive)
    case.post(dispatcher)
    await dispatcher.drain()


async def deliver_in_thread(case: Case, dispatcher: Dispatcher) -> None:
    """To one in a thread, which anyio's worker then forgets with its next work."""

    def receive(sender: object, payload: object) -> object:
        return payload

    case.connect(receive, to_thread=True)
    await case.post(dispatcher)
    await anyio.to_thread.run_sync(forget)


async def fail(case: Case, dispatcher: Dispatcher) -> None:
    """At a sync receiver."""

    def receive(sender: object, payload: object) -> None:
        raise BrokenError

    case.connect(receive)
    case.post(dispatcher)
    await dispatcher.drain()


async def fail_async(case: Case, dispatcher: Dispatcher) -> None:
    """At one that waits first."""

    async def receive(sender: object, payload: object) -> None:
        await checkpoint()
        raise BrokenError

    case.connect(receive)
    case.post(dispatcher)
    await dispatcher.drain()


async def fail_to_send(case: Case, dispatcher: Dispatcher) -> None:
    """By a lost receiver, with warnings as errors."""

    def receive(sender: object, payload: object) -> None: ...

    def lost(sender: object, payload: object) -> None: ...

    case.connect(receive)
    case.signal.connect(lost)
    del lost
    case.post(dispatcher)
    await dispatcher.drain()
    assert dispatcher.statistics().failed == 1


async def cancel_pending(case: Case, dispatcher: Dispatcher) -> None:
    """Before it begins."""

    async def receive(sender: object, payload: object) -> None: ...

    case.connect(receive)
    case.post(dispatcher).cancel()
    await dispatcher.drain()


async def cancel_running(case: Case, dispatcher: Dispatcher) -> None:
    """While its receiver waits."""
    begun = case.begun

    async def receive(sender: object, payload: object) -> None:
        begun.set()
        await anyio.Event().wait()

    case.connect(receive)
    delivery = case.post(dispatcher)
    await begun.wait()
    delivery.cancel()
    await dispatcher.drain()


USES: list[Use] = [
    deliver,
    deliver_async,
    deliver_unawaited,
    deliver_in_thread,
    fail,
    fail_async,
    fail_to_send,
    cancel_pending,
    cancel_running,
]
in_each_use = pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)


@in_each_use
@soon
async def test_an_event_that_has_ended_is_let_go(use: Use) -> None:
    """While the dispatcher runs on, all of it is gone: sender, payload, context, delivery."""
    with without_collector():
        case = Case()
        async with Dispatcher(on_error=forget) as dispatcher:
            await use(case, dispatcher)
            await turns()  # the worker comes round
            case.refs.pop("receiver")
            assert case.alive == []


@in_each_use
@soon
async def test_after_the_block_its_receivers_and_events_go(use: Use) -> None:
    """With the dispatcher kept, and its signal gone."""
    with without_collector():
        case = Case()
        async with Dispatcher(on_error=forget) as dispatcher:
            await use(case, dispatcher)
        del case.signal
        assert case.alive == []
        assert sum(dispatcher.statistics()) == 1


@needs_refcounting
@in_each_use
@soon
async def test_an_event_that_has_ended_can_be_collected(use: Use) -> None:
    """After one collection at the latest, while the dispatcher runs on."""
    case = Case()
    async with Dispatcher(on_error=forget) as dispatcher:
        await use(case, dispatcher)
        await turns()
        case.refs.pop("receiver")
        gc.collect()
        assert case.alive == []


@soon
async def test_what_the_block_cut_off_can_be_collected() -> None:
    """Running, pending and not looked at; with asyncio a cancelled task holds on to its frames."""
    cases = [Case() for _ in range(3)]
    begun = anyio.Event()

    async def receive(sender: object, payload: object) -> None:
        begun.set()
        await anyio.Event().wait()

    async with Dispatcher(concurrency=1, grace=0, on_error=forget) as dispatcher:
        for case in cases[:2]:
            case.connect(receive)
            case.refs.pop("receiver")
            case.post(dispatcher)
        await begun.wait()
        cases[2].post(dispatcher)
    await turns()
    gc.collect()

    assert [each.alive for each in cases] == [[], [], []]
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 3)


# -- deliveries --------------------------------------------------------------------------------


@needs_gil
@in_each_use
@soon
async def test_a_kept_delivery_does_not_keep_the_posters_context(use: Use) -> None:
    """Whatever came of it; it keeps its event, that is what it is for."""
    with without_collector():
        case, deliveries = Case(), list[Delivery]()
        post = case.post

        def post_and_keep(dispatcher: Dispatcher) -> Delivery:
            deliveries.append(post(dispatcher))
            return deliveries[0]

        vars(case)["post"] = post_and_keep
        async with Dispatcher(on_error=forget) as dispatcher:
            await use(case, dispatcher)
            await turns()
            assert deliveries[0].is_done
            assert "event" in case.alive
            assert "context" not in case.alive


@soon
async def test_a_kept_delivery_keeps_no_dispatcher() -> None:
    """After the block and one collection, it alone is left."""
    signal = Signal[int]()
    async with Dispatcher(on_error=forget) as dispatcher:
        delivery = dispatcher.post(signal.event(None, 1))
    ref = weakref.ref(dispatcher)
    del dispatcher

    assert is_gone(ref)
    assert delivery.is_done
    delivery.cancel()
    assert list(await delivery) == []


@pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="the frames of an error lead to all who awaited them"
)
@pytest.mark.skipif(
    sys.version_info[:2] == (3, 12), reason="there an error holds the frames of all its callers"
)
@soon
async def test_an_error_that_is_kept_keeps_no_dispatcher() -> None:
    """The outcome in an `on_error` is all that it holds on to."""
    signal, reports = Signal[int](), Reports()

    @signal.connect
    async def receive(sender: object, payload: int) -> None:
        await checkpoint()
        raise BrokenError

    async with Dispatcher(on_error=reports) as dispatcher:
        dispatcher.post(signal.event(None, 1))
    ref = weakref.ref(dispatcher)
    del dispatcher

    assert is_gone(ref)
    assert reports.payloads == [1]


@soon
async def test_a_cancelled_waiter_is_let_go() -> None:
    """Those who gave up waiting, for room, for the end or for an event, leave nothing."""
    signal, gate = Signal[int](), anyio.Event()

    @signal.connect
    async def receive(sender: object, payload: int) -> None:
        await gate.wait()

    async with Dispatcher(concurrency=1, max_pending=1) as dispatcher:
        delivery = await dispatcher.submit(signal.event(None, 1))
        await turns()
        await dispatcher.submit(signal.event(None, 2))
        refs: list[weakref.ref[object]] = []

        async def submit() -> None:
            event = signal.event(None, 3)
            refs.append(weakref.ref(event))
            await dispatcher.submit(event)

        for wait in (submit, dispatcher.drain, lambda: delivery):
            for _ in range(20):
                with anyio.move_on_after(0):
                    await wait()
        gc.collect()
        assert [ref() for ref in refs] == [None] * 20
        gate.set()

    assert dispatcher.statistics() == Statistics(0, 0, 2, 0, 0)


# -- the dispatcher ----------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["by itself", "grace", "crash", "cancel"])
@soon
async def test_a_dispatcher_goes_after_one_collection(end: str) -> None:
    """And what it reports to with it; it holds on to itself, so it takes the collector."""
    signal, begun = Signal[int](), anyio.Event()

    @signal.connect
    async def receive(sender: object, payload: int) -> None:
        begun.set()
        if end != "by itself":
            await anyio.Event().wait()

    reports = Reports()
    with suppress(BrokenError), anyio.CancelScope() as scope:
        async with Dispatcher(grace=0 if end == "grace" else None, on_error=reports) as dispatcher:
            refs = weakref.ref(dispatcher), weakref.ref(reports)
            for number in range(10):
                dispatcher.post(signal.event(None, number))
            await begun.wait()
            if end == "crash":
                raise BrokenError
            if end == "cancel":
                scope.cancel()
                await checkpoint()
    del dispatcher, reports, scope
    await turns()
    gc.collect()

    assert [ref() for ref in refs] == [None, None]


@soon
async def test_a_thread_that_has_posted_keeps_nothing() -> None:
    """Neither the dispatcher nor the event, in a thread that lives on."""
    signal, go, ready = Signal[object](), threading.Event(), threading.Event()
    refs: list[weakref.ref[Any]] = []

    def live_on(dispatcher: list[Dispatcher]) -> None:
        payload = Watched()
        refs.extend((weakref.ref(payload), weakref.ref(dispatcher[0])))
        dispatcher.pop().post(signal.event(None, payload))
        del payload
        ready.set()
        go.wait(60)

    async with Dispatcher() as dispatcher:
        thread = threading.Thread(target=live_on, args=([dispatcher],), daemon=True)
        thread.start()
        await anyio.to_thread.run_sync(ready.wait, 60)
    del dispatcher
    await turns()
    try:
        assert all(is_gone(ref) for ref in refs)
    finally:
        go.set()
        thread.join(60)


@soon
async def test_memory_is_flat() -> None:
    """After ten times as many events, there are no more objects than before."""
    signal, failing = Signal[int](), Signal[int]()

    @signal.connect
    async def receive(sender: object, payload: int) -> None:
        await checkpoint()

    @failing.connect
    def break_down(sender: object, payload: int) -> None:
        raise BrokenError

    async with Dispatcher(concurrency=4, ordered=True, on_error=forget) as dispatcher:

        async def use(times: int) -> int:
            for number in range(times):
                await dispatcher.submit(signal.event(f"sender {number}", number))
                await dispatcher.submit(failing.event(Shop(), number))
                (await dispatcher.submit(signal.event(number, number))).cancel()
            with suppress(DeliveryCancelledError):
                await dispatcher.drain()
            gc.collect()
            return len(gc.get_objects())

        await use(100)
        before = await use(100)
        after = await use(1000)
        assert after - before < 100

    in_thread(forget)

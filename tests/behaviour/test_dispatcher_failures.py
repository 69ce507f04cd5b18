"""What receivers raise: reported once each, never in the way, never printed with its data."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

import asyncio
import gc
import logging
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import (
    Delivery,
    DeliveryCancelledError,
    Dispatcher,
    Event,
    LostReceiverWarning,
    Outcome,
    Signal,
    Statistics,
)
from tests.behaviour.recording import Calls, Shop
from tests.behaviour.test_dispatcher import Backend, Held, Reports, run_elsewhere, soon, turns

pytestmark = pytest.mark.anyio

SHOP = Shop()


class BrokenError(Exception):
    """What receivers raise here."""


class Halt(BaseException):
    """What is no `Exception`, and no interrupt that asyncio has an own way for."""


# -- reporting ---------------------------------------------------------------------------------


@soon
async def test_each_failure_is_reported_once() -> None:
    """In the order of the receivers, with the outcome and its event; who returned is not."""
    signal, reports, calls = Signal[int](), Reports(), Calls()
    errors = [BrokenError(number) for number in range(3)]

    @signal.connect
    def sync(sender: object, payload: int) -> None:
        raise errors[0]

    signal.connect(calls.receiver("between"))

    @signal.connect
    async def not_sync(sender: object, payload: int) -> None:
        await checkpoint()
        raise errors[1]

    def in_a_thread(sender: object, payload: int) -> None:
        raise errors[2]

    signal.connect(in_a_thread, to_thread=True)
    async with Dispatcher(on_error=reports) as dispatcher:
        event = signal.event(SHOP, 1)
        outcomes = await dispatcher.post(event)

    failed = [outcome for outcome in outcomes if outcome.error is not None]
    assert [outcome for outcome, _ in reports.seen] == failed
    assert [outcome.receiver for outcome in failed] == [sync, not_sync, in_a_thread]
    assert reports.errors == errors
    assert [each for _, each in reports.seen] == [event] * 3
    assert dispatcher.statistics() == Statistics(0, 0, 0, 1, 0)


@soon
async def test_awaiting_a_delivery_reports_nothing_more() -> None:
    """However many wait for it."""
    signal, reports = Signal[int](), Reports()

    @signal.connect
    async def fail(sender: object, payload: int) -> None:
        raise BrokenError

    async with Dispatcher(on_error=reports) as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        for _ in range(3):
            assert len((await delivery).errors) == 1

    assert reports.payloads == [1]


@soon
async def test_a_failure_is_reported_before_the_event_is_done() -> None:
    """Who awaits it finds that it has been."""
    signal, reports = Signal[int](), Reports()

    @signal.connect
    async def fail(sender: object, payload: int) -> None:
        raise BrokenError

    async with Dispatcher(on_error=reports) as dispatcher:
        await dispatcher.post(signal.event(SHOP, 1))
        assert reports.payloads == [1]


# -- the logger --------------------------------------------------------------------------------


class Secret:
    """Must never be printed."""

    def __repr__(self) -> str:
        raise AssertionError

    __str__ = __repr__


@soon
async def test_by_default_the_logger_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Of the receiver, the signal, the sender's type and the traceback."""
    signal = Signal[int]("order_placed")

    @signal.connect
    def send_receipt(sender: object, payload: int) -> None:
        raise BrokenError("no printer")

    async with Dispatcher() as dispatcher:
        await dispatcher.post(signal.event(SHOP, 1))

    (record,) = caplog.records
    assert (record.name, record.levelno) == ("aldis", logging.ERROR)
    assert "send_receipt" in record.getMessage()
    assert "'order_placed'" in record.getMessage()
    assert "an object of type tests.behaviour.recording.Shop" in record.getMessage()
    assert record.exc_info
    assert record.exc_info[0] is BrokenError
    assert "BrokenError: no printer" in caplog.text
    assert "in send_receipt" in caplog.text


SENDERS = [Secret(), "hunter2", 4242424242, b"hunter2", ("hunter2",)]


@pytest.mark.parametrize("sender", SENDERS, ids=["object", "str", "int", "bytes", "tuple"])
@soon
async def test_the_logger_is_never_told_what_an_event_holds(
    sender: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither sender nor payload is printed, whatever their kind."""
    signal = Signal[Any]("login")

    class Receiver:
        secret = "hunter2"

        def __repr__(self) -> str:
            raise AssertionError

        async def receive(self, given: object, payload: Any) -> None:
            raise BrokenError

    receiver = Receiver()
    signal.connect(receiver.receive)
    async with Dispatcher() as dispatcher:
        for payload in (Secret(), {"password": "hunter2"}, "hunter2", 4242424242):
            await dispatcher.post(signal.event(sender, payload))

    assert len(caplog.records) == 4
    assert "hunter2" not in caplog.text
    assert "4242424242" not in caplog.text
    assert "receive" in caplog.text


@soon
async def test_an_unnamed_signal_is_called_so(caplog: pytest.LogCaptureFixture) -> None:
    """And a name of any length is shortened."""

    @Signal[int]().connect
    def fail(sender: object, payload: int) -> None:
        raise BrokenError

    async with Dispatcher() as dispatcher:
        for signal in (Signal[int](), Signal[int]("x" * 10_000)):
            signal.connect(fail)
            await dispatcher.post(signal.event(None, 1))

    unnamed, long = (record.getMessage() for record in caplog.records)
    assert "a receiver of an unnamed signal" in unnamed
    assert "failed for None" in unnamed
    assert len(long) < 1000


@soon
async def test_an_error_that_cannot_be_printed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What its own text raises stays there."""

    class UnprintableError(Exception):
        def __str__(self) -> str:
            raise AssertionError

        __repr__ = __str__

    signal, calls = Signal[int](), Calls()

    @signal.connect
    def fail(sender: object, payload: int) -> None:
        raise UnprintableError

    signal.connect(calls.receiver("next"))
    async with Dispatcher() as dispatcher:
        assert (await dispatcher.post(signal.event(SHOP, 1))).values == ("next",)

    assert "UnprintableError" in caplog.text


# -- an on_error that fails --------------------------------------------------------------------


@soon
async def test_an_on_error_that_fails_stops_nothing_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Both errors are told to the logger; the event ends, and the next ones are delivered."""
    signal, told = Signal[int]("signal"), list[int]()

    @signal.connect
    async def first(sender: object, payload: int) -> None:
        raise BrokenError("first")

    @signal.connect
    async def second(sender: object, payload: int) -> None:
        raise BrokenError("second")

    def report(outcome: Outcome[Any], event: Event[Any, Any]) -> None:
        told.append(event.payload)
        raise ZeroDivisionError

    async with Dispatcher(concurrency=1, on_error=report) as dispatcher:
        deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in range(3)]
        for delivery in deliveries:
            assert len((await delivery).errors) == 2

    assert told == [0, 0, 1, 1, 2, 2]
    assert dispatcher.statistics() == Statistics(0, 0, 0, 3, 0)
    kinds = [record.exc_info[0] for record in caplog.records if record.exc_info]
    assert kinds == [ZeroDivisionError, BrokenError] * 6
    assert "on_error of a dispatcher" in caplog.records[0].getMessage()
    assert "report" in caplog.records[0].getMessage()


@soon
async def test_an_on_error_that_fails_while_the_block_ends_loses_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is cut off is told to the logger, each one."""
    signal = Signal[int]()
    held = Held(signal)

    def report(outcome: Outcome[Any], event: Event[Any, Any]) -> None:
        raise ZeroDivisionError

    async with Dispatcher(concurrency=1, grace=0, on_error=report) as dispatcher:
        deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in range(3)]
        await held.begin_of(0)

    assert all(delivery.is_done for delivery in deliveries)
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 3)
    kinds = [record.exc_info[0] for record in caplog.records if record.exc_info]
    assert kinds == [ZeroDivisionError, DeliveryCancelledError] * 3


@soon
async def test_an_on_error_may_cancel() -> None:
    """The delivery that it is told of, which has run, and others, which have not or run now."""
    signal = Signal[int]()
    held, deliveries = Held(signal), list[Delivery]()
    failing = Signal[int]()

    @failing.connect
    async def fail(sender: object, payload: int) -> None:
        raise BrokenError

    def cancel_all(outcome: Outcome[Any], event: Event[Any, Any]) -> None:
        for delivery in deliveries:
            delivery.cancel()

    async with Dispatcher(concurrency=2, on_error=cancel_all) as dispatcher:
        deliveries.append(dispatcher.post(signal.event(SHOP, 1)))
        await held.begin_of(1)
        deliveries.append(dispatcher.post(failing.event(SHOP, 2)))
        deliveries.append(dispatcher.post(signal.event(SHOP, 3)))
        await dispatcher.drain()
        held.let_all_go()
        await dispatcher.post(signal.event(SHOP, 4))
        statistics = dispatcher.statistics()

    assert 1 in held.cancelled
    assert 4 not in held.cancelled
    assert statistics == Statistics(0, 0, 1, 1, 2)


# -- the sending itself ------------------------------------------------------------------------


@soon
async def test_a_lost_receiver_as_an_error_fails_the_event() -> None:
    """The warning becomes the event's error: awaited, reported with the sending, and counted."""
    signal, reports, calls = Signal[int]("lossy"), Reports(), Calls()

    def lose() -> None:
        def nested(sender: object, payload: int) -> None: ...

        signal.connect(nested)

    signal.connect(calls.receiver("receiver"))
    lose()
    gc.collect()
    async with Dispatcher(concurrency=1, on_error=reports) as dispatcher:
        with warnings.catch_warnings():
            warnings.simplefilter("error", LostReceiverWarning)
            delivery = dispatcher.post(signal.event(SHOP, 1))
            for _ in range(2):
                with pytest.raises(LostReceiverWarning, match="garbage-collected"):
                    await delivery
        assert dispatcher.statistics() == Statistics(0, 0, 0, 1, 0)
        assert (await dispatcher.post(signal.event(SHOP, 2))).values == ("receiver",)

    (outcome, event) = reports.seen[0]
    assert outcome.receiver == signal.send_robust_async
    assert isinstance(outcome.error, LostReceiverWarning)
    assert event is delivery.event
    assert len(reports.seen) == 1
    assert dispatcher.statistics() == Statistics(0, 0, 1, 1, 0)


# -- what is no Exception ----------------------------------------------------------------------


def raising(error: Callable[[], BaseException], kind: str, signal: Signal[int]) -> None:
    """Connect a receiver of one kind that raises for the payload 1."""

    def sync(sender: object, payload: int) -> None:
        if payload == 1:
            raise error()

    async def not_sync(sender: object, payload: int) -> None:
        await checkpoint()
        sync(sender, payload)

    receiver: Any = not_sync if kind == "async" else sync
    signal.connect(receiver, weak=False, to_thread=kind == "thread")


in_each_kind = pytest.mark.parametrize("kind", ["sync", "async", "thread"])


def leaves(error: BaseException) -> list[type[BaseException]]:
    """Give the kinds of what is in a group, however deep."""
    within: tuple[BaseException, ...] | None = getattr(error, "exceptions", None)
    if within is None:
        return [type(error)]
    return [kind for each in within for kind in leaves(each)]


@in_each_kind
@soon
async def test_what_is_no_exception_ends_the_block(kind: str) -> None:
    """As from a task group: the block is cancelled, and a group comes out of it."""
    signal, reports, after = Signal[int](), Reports(), list[str]()
    raising(Halt, kind, signal)
    deliveries: list[Delivery] = []
    with pytest.raises(BaseExceptionGroup) as caught:  # noqa: PT012  # the block is the question
        async with Dispatcher(concurrency=1, on_error=reports) as dispatcher:
            deliveries += [dispatcher.post(signal.event(SHOP, number)) for number in range(4)]
            await anyio.sleep_forever()
            after.append("the block goes on")

    assert leaves(caught.value) == [Halt]
    assert after == []
    assert all(delivery.is_done for delivery in deliveries)
    assert sorted(reports.payloads) == [1, 2, 3]
    assert [type(error) for error in reports.errors] == [DeliveryCancelledError] * 3
    assert [error.began for error in sorted(reports.errors, key=lambda each: not each.began)] == [
        True,
        False,
        False,
    ]
    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 3)


@in_each_kind
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_in_a_receiver_ends_the_block(
    error: type[BaseException], kind: str, anyio_backend: Backend
) -> None:
    """It ends the event loop, as asyncio has it, or comes in a group; no event is forgotten."""
    signal, reports = Signal[int](), Reports()
    raising(error, kind, signal)
    dispatcher = Dispatcher(concurrency=1, on_error=reports)
    deliveries: list[Delivery] = []

    async def main() -> None:
        async with dispatcher:
            deliveries.extend(dispatcher.post(signal.event(SHOP, number)) for number in range(4))
            await anyio.sleep_forever()

    with pytest.raises(BaseException) as caught:
        run_elsewhere(anyio_backend, main)

    assert leaves(caught.value) == [error]
    assert all(delivery.is_done for delivery in deliveries)
    assert sorted(reports.payloads) == [1, 2, 3]
    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 3)


@soon
async def test_what_is_no_exception_does_not_wait_for_the_grace() -> None:
    """Nobody is left to deliver anything in it."""
    signal, ended, calls = Signal[int](), anyio.Event(), Reports()
    raising(Halt, "sync", signal)

    async def block() -> None:
        try:
            async with Dispatcher(grace=2, on_error=calls) as dispatcher:
                dispatcher.post(signal.event(SHOP, 1))
                await anyio.sleep_forever()
        except BaseExceptionGroup:
            ended.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(block)
        with anyio.move_on_after(1):  # real time, for the grace is
            await ended.wait()
        assert ended.is_set()


@pytest.mark.parametrize("grace", [None, 1])
@soon
async def test_a_crash_of_the_block_is_not_lost_to_one_of_a_receiver(grace: float | None) -> None:
    """When both come, both are in what is raised, or in its context."""
    signal, begun = Signal[int](), anyio.Event()

    @signal.connect
    async def fail_late(sender: object, payload: int) -> None:
        begun.set()
        try:
            await turns()
        finally:
            raise Halt

    with pytest.raises(BaseException) as caught:  # noqa: PT012  # the block is the question
        async with Dispatcher(on_error=Reports(), grace=grace) as dispatcher:
            dispatcher.post(signal.event(SHOP, 1))
            await begun.wait()
            raise BrokenError

    found = set[type[BaseException]]()
    todo: list[BaseException | None] = [caught.value]
    while todo:
        error = todo.pop()
        if error is not None:
            found.add(type(error))
            todo += [error.__context__, error.__cause__]
            todo += getattr(error, "exceptions", ())
    assert {Halt, BrokenError} <= found


@soon
async def test_an_on_error_that_raises_what_is_no_exception_ends_the_block() -> None:
    """Nothing hangs, and every event is settled and counted."""
    failing, signal = Signal[int](), Signal[int]()
    held, deliveries = Held(signal), list[Delivery]()

    @failing.connect
    async def fail(sender: object, payload: int) -> None:
        raise BrokenError

    def halt(outcome: Outcome[Any], event: Event[Any, Any]) -> None:
        if isinstance(outcome.error, BrokenError):
            raise Halt

    with pytest.raises(BaseExceptionGroup) as caught:  # noqa: PT012  # the block is the question
        async with Dispatcher(concurrency=2, on_error=halt) as dispatcher:
            deliveries.append(dispatcher.post(signal.event(SHOP, 1)))
            await held.begin_of(1)
            deliveries += [dispatcher.post(failing.event(SHOP, number)) for number in (2, 3)]
            await anyio.sleep_forever()

    assert leaves(caught.value) == [Halt]
    assert all(delivery.is_done for delivery in deliveries)
    assert sum(dispatcher.statistics()) == 3
    assert dispatcher.statistics()[:2] == (0, 0)


@soon
async def test_an_on_error_that_raises_it_while_the_block_ends_leaves_no_event_behind() -> None:
    """Those behind the one it was told of are settled and counted, and nobody waits for ever."""
    signal = Signal[int]()
    held, deliveries, told = Held(signal), list[Delivery](), list[int]()

    def halt(outcome: Outcome[Any], event: Event[Any, Any]) -> None:
        told.append(event.payload)
        if len(told) == 1:
            raise Halt

    with pytest.raises(BaseException) as caught:  # noqa: PT012  # the block is the question
        async with Dispatcher(concurrency=1, grace=0, on_error=halt) as dispatcher:
            deliveries += [dispatcher.post(signal.event(SHOP, number)) for number in range(3)]
            await held.begin_of(0)

    assert leaves(caught.value) == [Halt]
    assert [delivery.is_done for delivery in deliveries] == [True] * 3
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 3)
    assert told == [0, 1, 2]


# -- cancellations that nobody asked for -------------------------------------------------------


async def await_a_cancelled_future() -> None:
    """As when another task, which a receiver waits for, was cancelled."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


async def await_a_cancelled_task() -> None:
    """The same with a task."""
    task = asyncio.ensure_future(anyio.sleep_forever())
    await turns()
    task.cancel()
    await task


async def raise_it() -> None:
    """As some libraries do."""
    raise asyncio.CancelledError


async def cancel_oneself() -> None:
    """As a timeout that is made by hand might."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await checkpoint()


@pytest.mark.parametrize(
    "stray", [await_a_cancelled_future, await_a_cancelled_task, raise_it, cancel_oneself]
)
@pytest.mark.parametrize("concurrency", [1, 3])
@soon
async def test_a_stray_cancellation_ends_its_event_alone(
    stray: Callable[[], Any], concurrency: int, anyio_backend: Backend
) -> None:
    """On asyncio a receiver can raise one that is not for it; block and worker go on."""
    if anyio_backend[0] != "asyncio":
        return
    signal, reports, heard = Signal[int](), Reports(), list[int]()

    @signal.connect
    async def receive(sender: object, payload: int) -> None:
        if payload == 1:
            await stray()
        heard.append(payload)

    try:
        async with Dispatcher(concurrency=concurrency, on_error=reports) as dispatcher:
            deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in range(6)]
            for delivery in deliveries:
                with suppress(DeliveryCancelledError, asyncio.CancelledError):
                    await delivery
            deliveries.append(dispatcher.post(signal.event(SHOP, 6)))
            assert len(await deliveries[6]) == 1
    except asyncio.CancelledError:
        pytest.fail("a receiver's own cancellation came out of the block")

    assert sorted(heard) == [0, 2, 3, 4, 5, 6]
    assert all(delivery.is_done for delivery in deliveries)
    assert reports.payloads == [1]
    statistics = dispatcher.statistics()
    assert (statistics.done, statistics.failed + statistics.dropped) == (6, 1)

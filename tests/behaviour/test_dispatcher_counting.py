"""Waiting until all is done, and counting what has become of everything."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from __future__ import annotations

import random
import threading
from contextlib import suppress
from functools import partial
from typing import Any, cast

import anyio
import anyio.to_thread
import pytest
from anyio.lowlevel import checkpoint

from aldis import (
    Delivery,
    DeliveryCancelledError,
    Dispatcher,
    DispatcherFullError,
    Event,
    Outcome,
    Signal,
    Statistics,
)
from aldis.exceptions import DispatcherClosedError, DispatcherUseError
from tests.behaviour.recording import LIMIT, Calls, Shop, Work, in_thread
from tests.behaviour.test_dispatcher import Backend, Held, Reports, run_elsewhere, soon, turns

pytestmark = pytest.mark.anyio

SHOP = Shop()


class BrokenError(Exception):
    """What receivers raise here."""


# -- drain -------------------------------------------------------------------------------------


@soon
async def test_drain_waits_for_what_runs_and_what_is_pending() -> None:
    """And for what is posted meanwhile, from receivers and from outside."""
    signal, drained = Signal[int](), list[str]()
    held = Held(signal)
    async with Dispatcher(concurrency=1) as dispatcher, anyio.create_task_group() as tasks:

        async def drain() -> None:
            await dispatcher.drain()
            drained.append("drained")

        def post(sender: object, payload: int) -> None:
            if payload == 1:
                dispatcher.post(signal.event(SHOP, 3))

        signal.connect(post)
        for number in (0, 1):
            dispatcher.post(signal.event(SHOP, number))
        for _ in range(2):
            tasks.start_soon(drain)
        await held.begin_of(0)
        dispatcher.post(signal.event(SHOP, 2))
        for number in (0, 1, 2, 3):
            await held.begin_of(number)
            await turns()
            assert drained == []
            held.let_go(number)
        await turns()
        assert drained == ["drained"] * 2
        assert dispatcher.statistics() == Statistics(0, 0, 4, 0, 0)


@soon
async def test_drain_waits_for_what_was_posted_just_before() -> None:
    """Though the loop has not looked at it, and from another thread."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    async with Dispatcher() as dispatcher:
        for number in range(10):
            in_thread(partial(dispatcher.post, signal.event(SHOP, number)))
            await dispatcher.drain()
            assert len(calls.names) == number + 1


@soon
async def test_drain_has_nothing_to_wait_for() -> None:
    """In a new block, after all is done, and after the block."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    async with Dispatcher() as dispatcher:
        await dispatcher.drain()
        await dispatcher.post(signal.event(SHOP, 1))
        await dispatcher.drain()
    await dispatcher.drain()


@soon
async def test_before_the_block_there_is_nothing_to_drain() -> None:
    """It is an error, as posting is."""
    with pytest.raises(DispatcherClosedError):
        await Dispatcher().drain()


@soon
async def test_drain_from_a_receiver_would_wait_for_itself() -> None:
    """It raises there, and in what a receiver runs; receivers of other dispatchers may wait."""
    signal, other, calls = Signal[int](), Signal[int](), Calls()
    other.connect(calls.async_receiver("other"))
    async with Dispatcher(concurrency=1) as inner, Dispatcher(concurrency=1) as dispatcher:

        @signal.connect
        async def receive(sender: object, payload: int) -> str:
            with pytest.raises(DispatcherUseError, match="would wait for that receiver"):
                await dispatcher.drain()
            with pytest.raises(ExceptionGroup) as caught:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(dispatcher.drain)
            assert type(caught.value.exceptions[0]) is DispatcherUseError
            inner.post(other.event(SHOP, 1))
            await inner.drain()
            return "drained"

        assert (await dispatcher.post(signal.event(SHOP, 1))).values == ("drained",)

    assert calls.names == ["other"]


@soon
async def test_drain_can_be_given_up() -> None:
    """What it waited for goes on."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher() as dispatcher:
        dispatcher.post(signal.event(SHOP, 1))
        await held.begin_of(1)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await dispatcher.drain()
        assert scope.cancelled_caught
        held.let_go(1)
        await dispatcher.drain()

    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 0)


@pytest.mark.parametrize("end", ["grace", "crash", "cancel"])
@soon
async def test_drain_ends_with_the_block(end: str) -> None:
    """Who drains outside of it is not left waiting: all that was accepted has its end."""
    signal, drained = Signal[int](), list[Statistics]()
    held = Held(signal)
    async with anyio.create_task_group() as tasks:
        with anyio.CancelScope() as scope:
            try:
                async with Dispatcher(
                    concurrency=1, grace=0 if end == "grace" else None, on_error=Reports()
                ) as dispatcher:

                    async def drain() -> None:
                        await dispatcher.drain()
                        drained.append(dispatcher.statistics())

                    dispatcher.post(signal.event(SHOP, 0))
                    dispatcher.post(signal.event(SHOP, 1))
                    tasks.start_soon(drain)
                    await held.begin_of(0)
                    if end == "crash":
                        raise BrokenError
                    if end == "cancel":
                        scope.cancel()
            except BrokenError:
                pass

    assert drained == [(0, 0, 0, 0, 2)]


@soon
async def test_drain_counts_cancelled_events_as_ended() -> None:
    """Pending or running, when they are gone there is nothing to wait for."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(concurrency=1) as dispatcher:
        deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in range(3)]
        await held.begin_of(0)
        for delivery in deliveries:
            delivery.cancel()
        await dispatcher.drain()
        assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 3)


@soon
async def test_drain_from_another_event_loop_does_not_hang(anyio_backend: Backend) -> None:
    """It waits, or it is refused as `submit` is; what it must not do is wait for ever."""
    signal = Signal[int]()
    held, ended, begun = Held(signal), threading.Event(), threading.Event()
    async with Dispatcher() as dispatcher:
        dispatcher.post(signal.event(SHOP, 1))
        await held.begin_of(1)

        async def drain() -> None:
            begun.set()
            with anyio.move_on_after(5) as scope:  # so that this thread ends, too
                with suppress(DispatcherUseError):
                    await dispatcher.drain()
            if not scope.cancelled_caught:
                ended.set()

        work = Work(lambda: run_elsewhere(anyio_backend, drain))
        await anyio.to_thread.run_sync(begun.wait, LIMIT)
        await turns()
        held.let_go(1)
        await dispatcher.drain()
        # Real time: another loop's answer is waited for, and there is none when it hangs.
        assert await anyio.to_thread.run_sync(ended.wait, 1)

    work.finish()


# -- statistics --------------------------------------------------------------------------------


@soon
async def test_statistics_say_what_has_become_of_events() -> None:
    """By name: pending, running, done, failed, dropped."""
    signal, failing = Signal[int](), Signal[int]()
    held = Held(signal)

    @failing.connect
    def fail(sender: object, payload: int) -> None:
        raise BrokenError

    dispatcher = Dispatcher(concurrency=2, on_error=Reports())
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 0)
    async with dispatcher:
        deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in range(5)]
        assert dispatcher.statistics() == Statistics(
            pending=5, running=0, done=0, failed=0, dropped=0
        )
        await held.begin_of(0, 1)
        assert dispatcher.statistics() == Statistics(
            pending=3, running=2, done=0, failed=0, dropped=0
        )
        deliveries[0].cancel()
        deliveries[4].cancel()
        await held.begin_of(2)
        held.let_all_go()
        await dispatcher.drain()
        assert dispatcher.statistics() == Statistics(
            pending=0, running=0, done=3, failed=0, dropped=2
        )
        await dispatcher.post(failing.event(SHOP, 1))
        assert dispatcher.statistics().failed == 1

    statistics = dispatcher.statistics()
    assert isinstance(statistics, tuple)
    assert statistics._fields == ("pending", "running", "done", "failed", "dropped")
    assert statistics == Statistics(0, 0, 3, 1, 2)


@soon
async def test_an_event_with_a_failure_counts_once() -> None:
    """However many of its receivers fail, and whatever the others do."""
    signal, reports, calls = Signal[int](), Reports(), Calls()

    def fail(sender: object, payload: int) -> None:
        raise BrokenError

    async def fail_async(sender: object, payload: int) -> None:
        raise BrokenError

    signal.connect(fail)
    signal.connect(calls.receiver("receiver"))
    signal.connect(fail_async)
    async with Dispatcher(on_error=reports) as dispatcher:
        for number in range(3):
            dispatcher.post(signal.event(SHOP, number))

    assert dispatcher.statistics() == Statistics(0, 0, 0, 3, 0)
    assert len(reports.seen) == 6


@soon
async def test_what_was_refused_is_not_counted() -> None:
    """Full, closed or no event."""
    signal, wrong = Signal[int](), object()
    async with Dispatcher(max_pending=1) as dispatcher:
        dispatcher.post(signal.event(SHOP, 1))
        with pytest.raises(DispatcherFullError):
            dispatcher.post(signal.event(SHOP, 2))
        with pytest.raises(TypeError):
            dispatcher.post(cast("Any", wrong))
    with pytest.raises(DispatcherClosedError):
        dispatcher.post(signal.event(SHOP, 3))

    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 0)


@soon
async def test_statistics_add_up_at_each_moment() -> None:
    """Wherever they are asked for: in the block, in receivers, in `on_error`, while it ends."""
    signal, accepted = Signal[int](), list[Delivery]()
    sums: list[tuple[int, int]] = []

    def look(*_: object) -> None:
        statistics = dispatcher.statistics()
        assert min(statistics) >= 0
        sums.append((sum(statistics), len(accepted)))

    @signal.connect
    async def receive(sender: object, payload: int) -> None:
        look()
        await checkpoint()
        if payload % 5 == 0:
            accepted[-1].cancel()
        if payload % 3 == 0:
            raise BrokenError
        if payload % 7 == 0:
            await anyio.sleep_forever()
        look()

    dispatcher = Dispatcher(concurrency=3, max_pending=5, grace=0, on_error=look)
    async with dispatcher:
        for number in range(1, 60):
            try:
                accepted.append(dispatcher.post(signal.event(SHOP, number)))
            except DispatcherFullError:
                accepted[number % len(accepted)].cancel()
            look()
            await checkpoint()
            look()
            if dispatcher.statistics().running == 3:
                accepted[-number % len(accepted)].cancel()
    look()

    assert sums
    assert [each for each in sums if each[0] != each[1]] == []
    assert dispatcher.statistics()[:2] == (0, 0)


# -- stress ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ordered", [False, True], ids=["unordered", "ordered"])
@pytest.mark.parametrize("max_pending", [16, None])
@soon
async def test_under_stress_all_that_was_accepted_is_accounted_for(
    ordered: bool, max_pending: int | None
) -> None:
    """Four threads and two tasks post to failing, slow and cancelled receivers; the grace is short.

    Accepted = done + failed + dropped; each event that a receiver failed is reported once, each
    that was cut off as well, and nobody who waits is forgotten.
    """
    signal, chance = Signal[tuple[str, int]]("stress"), random.Random(7)
    accepted: list[Delivery] = []
    reported: list[tuple[str, int]] = []
    began: list[tuple[str, int]] = []
    stop = threading.Event()

    @signal.connect
    def sync(sender: object, payload: tuple[str, int]) -> None:
        began.append(payload)

    @signal.connect
    async def not_sync(sender: object, payload: tuple[str, int]) -> None:
        number = payload[1] % 10
        if number == 3:
            raise BrokenError
        for _ in range(number):
            await checkpoint()
        if number == 9:
            await anyio.sleep_forever()

    def on_error(outcome: Outcome[Any], event: Event[Any, Any]) -> None:
        reported.append(event.payload)
        if chance.random() < 0.1:
            raise ZeroDivisionError

    def make(source: str, number: int) -> Event[tuple[str, int], Any]:
        return signal.event(f"shop {number % 4}", (source, number))

    dispatcher = Dispatcher(
        concurrency=4, max_pending=max_pending, ordered=ordered, grace=0.05, on_error=on_error
    )

    def work(source: str) -> None:
        for number in range(400):
            if stop.is_set():
                return
            try:
                delivery = dispatcher.post(make(source, number))
            except DispatcherFullError:
                stop.wait(0.0005)  # for room, which only the loop can make
                continue
            except DispatcherClosedError:
                return
            accepted.append(delivery)
            if number % 10 == 9 or number % 17 == 0:
                delivery.cancel()

    async def submit(source: str) -> None:
        for number in range(400):
            delivery = await dispatcher.submit(make(source, number))
            accepted.append(delivery)
            if number % 10 == 9:
                await checkpoint()
                delivery.cancel()
            statistics = dispatcher.statistics()
            assert min(statistics) >= 0

    waited: list[Delivery] = []
    threads: list[Work] = []

    async def wait_for_all() -> None:
        for number in range(100):
            delivery = await dispatcher.submit(make("waited", number * 10 + 1))
            accepted.append(delivery)
            await delivery
            waited.append(delivery)

    try:
        async with dispatcher:
            threads += [Work(partial(work, f"thread {each}")) for each in range(4)]
            async with anyio.create_task_group() as tasks:
                for each in range(2):
                    tasks.start_soon(submit, f"task {each}")
                tasks.start_soon(wait_for_all)
            for number in range(20):
                accepted.append(dispatcher.post(make("left", number * 10 + 9)))
                if max_pending:
                    await turns()
    except DispatcherFullError:
        pass
    finally:
        stop.set()
    for thread in threads:
        thread.finish()

    statistics = dispatcher.statistics()
    assert statistics[:2] == (0, 0)
    assert sum(statistics) == len(accepted)
    assert min(statistics[2:]) > 0
    assert all(delivery.is_done for delivery in accepted)
    assert len(waited) == 100
    assert len(reported) == len(set(reported))
    assert len(began) == len(set(began))
    ended, cut_off, heard = 0, dict[tuple[str, int], bool](), set(began)
    for delivery in accepted:
        try:
            errors = (await delivery).errors
        except DeliveryCancelledError as error:
            cut_off[delivery.event.payload] = error.began
        else:
            ended += 1
            assert bool(errors) == (delivery.event.payload[1] % 10 == 3)
    assert ended == statistics.done + statistics.failed
    assert len(cut_off) == statistics.dropped
    assert {payload for payload, began in cut_off.items() if began} <= heard
    assert {payload for payload, began in cut_off.items() if not began}.isdisjoint(heard)

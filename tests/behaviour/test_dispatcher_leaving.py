"""Leaving the block: what was accepted is delivered or reported, and nothing goes on after it."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

import asyncio
import math
import threading
from contextlib import AsyncExitStack, suppress
from typing import Any

import anyio
import anyio.to_thread
import pytest
from anyio.lowlevel import checkpoint

from aldis import (
    Delivery,
    DeliveryCancelledError,
    Dispatcher,
    Outcomes,
    Signal,
    Statistics,
)
from aldis.exceptions import DispatcherClosedError, DispatcherUseError
from tests.behaviour.recording import LIMIT, Calls, Shop, Work, nothing_unawaited
from tests.behaviour.test_dispatcher import Backend, Held, Reports, run_elsewhere, soon, turns

pytestmark = pytest.mark.anyio

SHOP = Shop()


class BrokenError(Exception):
    """What blocks raise here."""


def post_all(dispatcher: Dispatcher, signal: Signal[Any], *payloads: Any) -> list[Delivery]:
    """Post one event for each payload."""
    return [dispatcher.post(signal.event(SHOP, payload)) for payload in payloads]


# -- by itself ---------------------------------------------------------------------------------


@pytest.mark.parametrize("grace", [None, LIMIT, math.inf])
@soon
async def test_leaving_delivers_what_was_accepted(grace: float | None) -> None:
    """What runs, what is pending, and what receivers post meanwhile; no longer than that takes."""
    signal, chain, left, heard = Signal[int](), Signal[int](), anyio.Event(), list[int]()
    held, reports = Held(signal), Reports()
    async with anyio.create_task_group() as tasks:

        async def let_go() -> None:
            await left.wait()
            await turns()
            held.let_all_go()

        tasks.start_soon(let_go)
        async with Dispatcher(concurrency=2, grace=grace, on_error=reports) as dispatcher:

            async def go_on(sender: object, payload: int) -> None:
                heard.append(payload)
                if payload < 5:
                    await checkpoint()
                    dispatcher.post(chain.event(SHOP, payload + 1))

            def begin(sender: object, payload: int) -> None:
                if payload == 4:
                    dispatcher.post(chain.event(SHOP, 0))

            chain.connect(go_on)
            signal.connect(begin)
            post_all(dispatcher, signal, 0, 1, 2, 3, 4)
            await held.begin_of(0)
            left.set()

    assert sorted(held.began) == [0, 1, 2, 3, 4]
    assert heard == [0, 1, 2, 3, 4, 5]
    assert reports.seen == []
    assert dispatcher.statistics() == Statistics(0, 0, 11, 0, 0)


@soon
async def test_without_time_all_that_has_not_ended_is_reported() -> None:
    """With a grace of 0: what runs is cancelled, the rest does not begin; each is told of once."""
    for grace in (0, 0.0):
        signal, reports = Signal[int]("orders"), Reports()
        held = Held(signal)
        async with Dispatcher(concurrency=2, grace=grace, on_error=reports) as dispatcher:
            held.let_go(0)
            deliveries = post_all(dispatcher, signal, 0, 1, 2, 3, 4)
            await held.begin_of(1, 2)

        assert held.began == [0, 1, 2]
        assert sorted(held.cancelled) == [1, 2]
        assert sorted(reports.payloads) == [1, 2, 3, 4]
        for outcome, event in reports.seen:
            assert isinstance(outcome.error, DeliveryCancelledError)
            assert outcome.error.began == (event.payload in {1, 2})
            assert outcome.error.signal == "orders"
            assert outcome.receiver == signal.send_robust_async
        assert [delivery.is_done for delivery in deliveries] == [True] * 5
        assert (await deliveries[0]).values == ("held",)
        assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 4)


@soon
async def test_when_the_time_is_up_the_rest_is_cancelled_and_reported() -> None:
    """Receivers that are stuck do not keep the block; those that end in time are done.

    This takes the real time of the grace: there is no clock that asyncio could be given.
    """
    signal, reports = Signal[int](), Reports()
    held = Held(signal)
    async with Dispatcher(concurrency=3, grace=0.05, on_error=reports) as dispatcher:
        post_all(dispatcher, signal, 0, 1, 2, 3)
        await held.begin_of(0, 1, 2)
        held.let_go(1)

    assert sorted(held.cancelled) == [0, 2, 3]
    assert sorted(reports.payloads) == [0, 2, 3]
    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 3)


@soon
async def test_an_endless_chain_ends_with_the_grace() -> None:
    """Receivers that always post another event; the last is reported.

    This takes the real time of the grace, as above.
    """
    chain, reports, heard = Signal[int](), Reports(), list[int]()
    async with Dispatcher(grace=0.05, on_error=reports) as dispatcher:

        @chain.connect
        async def go_on(sender: object, payload: int) -> None:
            heard.append(payload)
            dispatcher.post(chain.event(SHOP, payload + 1))

        dispatcher.post(chain.event(SHOP, 0))

    statistics = dispatcher.statistics()
    assert statistics[:2] == (0, 0)
    assert statistics.done + statistics.dropped == len(heard) + 1 or statistics.dropped >= 1
    assert statistics.dropped == len(reports.seen) >= 1


@soon
async def test_what_a_receiver_posts_as_it_is_cut_off_is_reported_too() -> None:
    """It is accepted, as from any receiver, and there is nobody left to deliver it."""
    signal, reports, posted = Signal[int](), Reports(), list[Delivery]()
    begun = anyio.Event()
    async with Dispatcher(concurrency=1, grace=0, on_error=reports) as dispatcher:

        @signal.connect
        async def receive(sender: object, payload: int) -> None:
            begun.set()
            try:
                await anyio.sleep_forever()
            finally:
                posted.append(dispatcher.post(signal.event(SHOP, payload + 10)))

        dispatcher.post(signal.event(SHOP, 1))
        await begun.wait()

    assert sorted(reports.payloads) == [1, 11]
    assert posted[0].is_done
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 2)


@soon
async def test_receivers_that_clean_up_in_a_shield_are_waited_for() -> None:
    """Nothing outlives the block, however short the grace."""
    signal, begun, cleaned = Signal[int](), anyio.Event(), list[int]()

    @signal.connect
    async def receive(sender: object, payload: int) -> None:
        try:
            begun.set()
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await turns()
                cleaned.append(payload)

    async with Dispatcher(grace=0, on_error=Reports()) as dispatcher:
        dispatcher.post(signal.event(SHOP, 1))
        await begun.wait()

    assert cleaned == [1]


@soon
async def test_a_receiver_in_a_thread_is_waited_for() -> None:
    """It cannot be cancelled, so the block takes as long as the thread."""
    signal, begun, go, ended = Signal[int](), threading.Event(), threading.Event(), list[int]()

    def receive(sender: object, payload: int) -> None:
        begun.set()
        assert go.wait(LIMIT)
        ended.append(payload)

    signal.connect(receive, to_thread=True)
    async with anyio.create_task_group() as tasks:

        async def let_go() -> None:
            await turns()
            go.set()

        async with Dispatcher(grace=0, on_error=Reports()) as dispatcher:
            dispatcher.post(signal.event(SHOP, 1))
            await anyio.to_thread.run_sync(begun.wait, LIMIT)
            tasks.start_soon(let_go)
        assert ended == [1]

    assert dispatcher.statistics()[:2] == (0, 0)


# -- by a crash --------------------------------------------------------------------------------


CRASHES: list[type[BaseException]] = [
    BrokenError,
    StopIteration,
    StopAsyncIteration,
    GeneratorExit,
    RuntimeError,
    asyncio.CancelledError,
]


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("grace", [None, 0, LIMIT])
@soon
async def test_what_the_block_raises_comes_out_of_it(
    crash: type[BaseException], grace: float | None
) -> None:
    """The very object, bare and not in a group, with and without a grace."""
    error = crash()
    with pytest.raises(crash) as caught:  # noqa: PT012  # the block is the question
        async with Dispatcher(grace=grace):
            await checkpoint()
            raise error

    assert caught.value is error


@soon
async def test_a_group_that_the_block_raises_comes_out_as_it_is() -> None:
    """Not in another one."""
    error = ExceptionGroup("mine", [BrokenError()])
    with pytest.raises(ExceptionGroup) as caught:
        async with Dispatcher():
            raise error

    assert caught.value is error


@soon
async def test_without_grace_a_crash_waits_for_nothing() -> None:
    """What runs is cancelled, what is pending does not begin, all is reported."""
    signal, reports = Signal[int](), Reports()
    held = Held(signal)
    with pytest.raises(BrokenError):  # noqa: PT012  # the block is the question
        async with Dispatcher(concurrency=1, on_error=reports) as dispatcher:
            post_all(dispatcher, signal, 0, 1, 2)
            await held.begin_of(0)
            raise BrokenError

    assert held.cancelled == [0]
    assert held.began == [0]
    assert sorted(reports.payloads) == [0, 1, 2]
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 3)


@soon
async def test_with_grace_a_crash_lets_receivers_end() -> None:
    """What was accepted is delivered first, what receivers post included."""
    signal, chain, reports, calls = Signal[int](), Signal[int](), Reports(), Calls()
    held = Held(signal)
    chain.connect(calls.async_receiver("chained"))
    with pytest.raises(BrokenError):  # noqa: PT012  # the block is the question
        async with Dispatcher(concurrency=1, on_error=reports, grace=LIMIT) as dispatcher:

            def post(sender: object, payload: int) -> None:
                dispatcher.post(chain.event(SHOP, payload))

            signal.connect(post)
            post_all(dispatcher, signal, 0, 1, 2)
            await held.begin_of(0)
            held.let_all_go()
            raise BrokenError

    assert held.cancelled == []
    assert calls.names == ["chained"] * 3
    assert reports.seen == []
    assert dispatcher.statistics() == Statistics(0, 0, 6, 0, 0)


@soon
async def test_with_too_little_grace_a_crash_reports_the_rest() -> None:
    """And is raised after that, as it was. This takes the real time of the grace, as above."""
    signal, reports, error = Signal[int](), Reports(), BrokenError()
    held = Held(signal)
    with pytest.raises(BrokenError) as caught:  # noqa: PT012  # the block is the question
        async with Dispatcher(concurrency=1, on_error=reports, grace=0.05) as dispatcher:
            post_all(dispatcher, signal, 0, 1)
            await held.begin_of(0)
            raise error

    assert caught.value is error
    assert held.cancelled == [0]
    assert sorted(reports.payloads) == [0, 1]


# -- by a cancellation -------------------------------------------------------------------------


@soon
async def test_without_grace_a_cancelled_block_waits_for_nothing() -> None:
    """What runs is cancelled, the rest does not begin, all is reported; the scope catches it."""
    signal, reports = Signal[int](), Reports()
    held = Held(signal)
    with anyio.CancelScope() as scope:
        async with Dispatcher(concurrency=1, on_error=reports) as dispatcher:
            deliveries = post_all(dispatcher, signal, 0, 1, 2)
            await held.begin_of(0)
            scope.cancel()
            await anyio.sleep_forever()

    assert scope.cancelled_caught
    assert held.cancelled == [0]
    assert sorted(reports.payloads) == [0, 1, 2]
    assert all(delivery.is_done for delivery in deliveries)
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 3)


@soon
async def test_without_grace_a_block_cancelled_while_it_drains_ends() -> None:
    """As one that is cancelled before: what remains is reported."""
    signal, reports, left = Signal[int](), Reports(), anyio.Event()
    held = Held(signal)
    with anyio.CancelScope() as scope:

        async def cancel() -> None:
            await left.wait()
            await turns()
            scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cancel)
            async with Dispatcher(concurrency=1, on_error=reports) as dispatcher:
                post_all(dispatcher, signal, 0, 1)
                await held.begin_of(0)
                left.set()

    assert scope.cancelled_caught
    assert held.cancelled == [0]
    assert sorted(reports.payloads) == [0, 1]
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 2)


@pytest.mark.parametrize("drains", [False, True], ids=["running", "draining"])
@soon
async def test_with_grace_a_cancelled_block_lets_receivers_end(drains: bool) -> None:
    """A scope around it is cancelled, and what was accepted is delivered all the same."""
    signal, reports, left = Signal[int](), Reports(), anyio.Event()
    held = Held(signal)
    async with anyio.create_task_group() as outside:
        scope = anyio.CancelScope()

        async def cancel() -> None:
            await left.wait()
            await turns()
            scope.cancel()
            await turns()
            held.let_all_go()

        outside.start_soon(cancel)
        with scope:
            async with Dispatcher(concurrency=1, on_error=reports, grace=1) as dispatcher:
                post_all(dispatcher, signal, 0, 1, 2)
                await held.begin_of(0)
                left.set()
                if not drains:
                    await anyio.sleep_forever()

    assert held.cancelled == []
    assert held.began == [0, 1, 2]
    assert reports.seen == []
    assert dispatcher.statistics() == Statistics(0, 0, 3, 0, 0)


@soon
async def test_with_grace_a_crash_beside_the_block_lets_receivers_end() -> None:
    """A task next to it fails, and the task group that holds both is cancelled."""
    signal, reports, calls = Signal[int](), Reports(), Calls()
    signal.connect(calls.async_receiver("receiver", turns))
    begun = anyio.Event()
    with suppress(ExceptionGroup):
        async with anyio.create_task_group() as tasks:

            async def fail() -> None:
                await begun.wait()
                raise BrokenError

            tasks.start_soon(fail)
            async with Dispatcher(concurrency=1, on_error=reports, grace=1) as dispatcher:
                post_all(dispatcher, signal, 0, 1, 2)
                begun.set()
                await anyio.sleep_forever()

    assert calls.names == ["receiver"] * 3
    assert reports.seen == []


@soon
async def test_with_too_little_grace_a_cancelled_block_reports_the_rest() -> None:
    """It does not take longer than that. This takes the real time of the grace, as above."""
    signal, reports = Signal[int](), Reports()
    held = Held(signal)
    with anyio.CancelScope() as scope:
        async with Dispatcher(concurrency=1, on_error=reports, grace=0.05) as dispatcher:
            post_all(dispatcher, signal, 0, 1)
            await held.begin_of(0)
            scope.cancel()
            await anyio.sleep_forever()

    assert scope.cancelled_caught
    assert sorted(reports.payloads) == [0, 1]
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 2)


@soon
async def test_a_timeout_around_the_block_is_a_timeout() -> None:
    """anyio's, and asyncio's own where there is one: `TimeoutError` comes out, and no more."""
    signal, reports = Signal[int](), Reports()
    held = Held(signal)
    with pytest.raises(TimeoutError):  # noqa: PT012  # the block is the question
        with anyio.fail_after(0.01):
            async with Dispatcher(on_error=reports) as dispatcher:
                post_all(dispatcher, signal, 0)
                await anyio.sleep_forever()
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        for grace in (None, 0, 0.02):
            with pytest.raises(TimeoutError):  # noqa: PT012  # the block is the question
                async with asyncio.timeout(0.01):
                    async with Dispatcher(on_error=reports, grace=grace) as dispatcher:
                        post_all(dispatcher, signal, 1)
                        await anyio.sleep_forever()
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
    await turns()

    assert held.cancelled == held.began
    assert len(reports.seen) == len(held.began)


class Natively:
    """A block in a task of asyncio's own, which can be cancelled in its own way."""

    def __init__(self, **options: Any) -> None:
        self.signal = Signal[int]()
        self.held = Held(self.signal)
        self.reports = Reports()
        self.dispatcher = Dispatcher(concurrency=1, on_error=self.reports, **options)
        self.deliveries: list[Delivery] = []

    async def run(self) -> None:
        """Run the block."""
        async with self.dispatcher:
            self.deliveries = post_all(self.dispatcher, self.signal, 0, 1, 2)
            await asyncio.get_running_loop().create_future()


@soon
async def test_natively_cancelled_without_grace_the_block_waits_for_nothing(
    anyio_backend: Backend,
) -> None:
    """`Task.cancel()`, on asyncio: all is reported, and the task counts as cancelled."""
    if anyio_backend[0] != "asyncio":
        return
    natively = Natively()
    task = asyncio.ensure_future(natively.run())
    await natively.held.begin_of(0)
    task.cancel("why")
    with pytest.raises(asyncio.CancelledError):
        await task

    assert task.cancelled()
    assert natively.held.cancelled == [0]
    assert sorted(natively.reports.payloads) == [0, 1, 2]
    assert all(delivery.is_done for delivery in natively.deliveries)


@soon
async def test_natively_cancelled_with_grace_the_block_lets_receivers_end(
    anyio_backend: Backend,
) -> None:
    """What was accepted is delivered, and then the task counts as cancelled."""
    if anyio_backend[0] != "asyncio":
        return
    natively = Natively(grace=LIMIT)
    task = asyncio.ensure_future(natively.run())
    await natively.held.begin_of(0)
    task.cancel()
    await turns()
    assert not task.done()
    with pytest.raises(DispatcherClosedError):
        natively.dispatcher.post(natively.signal.event(SHOP, 3))
    natively.held.let_all_go()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert task.cancelled()
    assert natively.held.began == [0, 1, 2]
    assert natively.reports.seen == []


@soon
async def test_natively_cancelled_twice_the_block_waits_no_longer(anyio_backend: Backend) -> None:
    """The second one ends the grace; what remains is reported."""
    if anyio_backend[0] != "asyncio":
        return
    natively = Natively(grace=LIMIT)
    task = asyncio.ensure_future(natively.run())
    await natively.held.begin_of(0)
    task.cancel()
    await turns()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert natively.held.cancelled == [0]
    assert sorted(natively.reports.payloads) == [0, 1, 2]
    assert natively.dispatcher.statistics() == Statistics(0, 0, 0, 0, 3)


@pytest.mark.parametrize("moment", range(30))
@pytest.mark.parametrize("grace", [None, 0])
@soon
async def test_cancelling_the_block_at_each_moment_loses_nothing(
    grace: float | None, moment: int
) -> None:
    """However far it has come: each event that was accepted is delivered or reported, once."""
    signal, reports, calls = Signal[int](), Reports(), Calls()
    signal.connect(calls.async_receiver("receiver"))
    signal.connect(calls.receiver("behind"))
    deliveries: list[Delivery] = []
    dispatcher = Dispatcher(concurrency=2, max_pending=2, grace=grace, on_error=reports)
    with nothing_unawaited():
        async with anyio.create_task_group() as tasks:
            scope = anyio.CancelScope()

            async def block() -> None:
                with scope:
                    async with dispatcher:
                        for number in range(4):
                            event = signal.event(SHOP, number)
                            deliveries.append(await dispatcher.submit(event))
                        deliveries[1].cancel()
                        await dispatcher.drain()

            tasks.start_soon(block)
            for _ in range(moment):
                await checkpoint()
            scope.cancel()

    statistics = dispatcher.statistics()
    assert statistics[:2] == (0, 0)
    assert sum(statistics) >= len(deliveries)
    assert all(delivery.is_done for delivery in deliveries)
    assert len(reports.seen) == len({id(event) for _, event in reports.seen})
    assert statistics.dropped - len(reports.seen) in {0, 1}, "the one that was cancelled by name"


@soon
async def test_cancelled_before_it_begins_the_block_does_not_run() -> None:
    """Entering is no checkpoint of its own; all is consistent either way."""
    dispatcher, signal = Dispatcher(on_error=Reports()), Signal[int]()
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with dispatcher:
            dispatcher.post(signal.event(SHOP, 1))
            await checkpoint()

    assert dispatcher.statistics()[:2] == (0, 0)
    with pytest.raises(DispatcherClosedError):
        dispatcher.post(signal.event(SHOP, 1))


# -- those who wait elsewhere ------------------------------------------------------------------


@pytest.mark.parametrize("end", ["grace", "crash", "cancel"])
@soon
async def test_who_awaits_elsewhere_is_told_of_the_end(end: str) -> None:
    """Tasks outside the block wait for deliveries that are cut off; none waits for ever."""
    signal, told = Signal[int]("orders"), dict[int, bool]()
    held = Held(signal)
    async with anyio.create_task_group() as tasks:

        async def wait_for(delivery: Delivery) -> None:
            try:
                await delivery
            except DeliveryCancelledError as error:
                told[delivery.event.payload] = error.began

        grace = 0 if end == "grace" else None
        with anyio.CancelScope() as scope, suppress(BrokenError):
            async with Dispatcher(concurrency=1, grace=grace, on_error=Reports()) as dispatcher:
                for delivery in post_all(dispatcher, signal, 0, 1, 2):
                    tasks.start_soon(wait_for, delivery)
                await held.begin_of(0)
                await turns()
                if end == "crash":
                    raise BrokenError
                if end == "cancel":
                    scope.cancel()

    assert told == {0: True, 1: False, 2: False}


# -- several -----------------------------------------------------------------------------------


@soon
async def test_a_dispatcher_runs_for_one_block() -> None:
    """Another one is refused, within the first, after it and after a crash; that harms nothing."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("receiver"))
    async with Dispatcher() as dispatcher:
        dispatcher.post(signal.event(SHOP, 1))
        with pytest.raises(DispatcherUseError, match="make another one"):
            async with dispatcher:
                pytest.fail("it was entered twice")
        await dispatcher.post(signal.event(SHOP, 2))
    with pytest.raises(DispatcherUseError, match="one block"):
        await dispatcher.__aenter__()
    crashed = Dispatcher()
    with pytest.raises(BrokenError):
        async with crashed:
            raise BrokenError
    with pytest.raises(DispatcherUseError):
        await crashed.__aenter__()

    assert calls.names == ["receiver"] * 2


@soon
async def test_leaving_a_block_that_never_began_does_nothing() -> None:
    """By hand, since no `async with` does it."""
    assert await Dispatcher().__aexit__(None, None, None) is None


@soon
async def test_it_can_be_entered_by_an_exit_stack() -> None:
    """And left in the order of the stack."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("receiver"))
    async with AsyncExitStack() as stack:
        dispatchers = [await stack.enter_async_context(Dispatcher()) for _ in range(3)]
        for dispatcher in dispatchers:
            dispatcher.post(signal.event(SHOP, 1))

    assert calls.names == ["receiver"] * 3


@soon
async def test_a_dispatcher_within_the_block_of_another() -> None:
    """Receivers of the inner one post to the outer, which outlives it, and the other way round."""
    inner_signal, outer_signal, heard = Signal[int](), Signal[int](), list[Any]()
    async with Dispatcher(concurrency=1) as outer:
        async with Dispatcher(concurrency=1) as inner:

            @inner_signal.connect
            async def on_inner(sender: object, payload: int) -> None:
                heard.append(("inner", payload))
                if payload < 4:
                    outer.post(outer_signal.event(SHOP, payload + 1))

            @outer_signal.connect
            async def on_outer(sender: object, payload: int) -> None:
                heard.append(("outer", payload))
                with suppress(DispatcherClosedError):
                    await inner.post(inner_signal.event(SHOP, payload + 1))

            for number in (0, 2, 4):
                inner.post(inner_signal.event(SHOP, number))
            await outer.drain()
        outer.post(outer_signal.event(SHOP, 9))

    assert ("inner", 0) in heard
    assert heard.count(("outer", 1)) == 1
    assert heard[-1] == ("outer", 9)
    assert outer.statistics()[:2] == inner.statistics()[:2] == (0, 0)


@soon
async def test_a_dispatcher_within_a_receiver_of_another() -> None:
    """Its events are delivered there, and its end is the receiver's to wait for."""
    signal, inner_signal, calls = Signal[int](), Signal[int](), Calls()
    inner_signal.connect(calls.async_receiver("inner"))

    @signal.connect
    async def receive(sender: object, payload: int) -> tuple[int, ...]:
        async with Dispatcher(concurrency=1) as inner:
            for number in range(3):
                await inner.submit(inner_signal.event(SHOP, number))
            await inner.drain()
        return tuple(inner.statistics())

    async with Dispatcher(concurrency=1) as outer:
        outcomes = await outer.post(signal.event(SHOP, 1))

    assert outcomes.values == ((0, 0, 3, 0, 0),)
    assert calls.names == ["inner"] * 3


@soon
async def test_the_end_of_one_is_not_that_of_another() -> None:
    """Two side by side: one crashes, the other delivers on."""
    signal, reports = Signal[Any](), Reports()
    held = Held(signal)
    async with Dispatcher() as steady:
        theirs: Delivery | None = None
        with suppress(BrokenError):
            async with Dispatcher(on_error=reports) as crashing:
                theirs = steady.post(signal.event(SHOP, "steady"))
                crashing.post(signal.event(SHOP, 1))
                await held.begin_of("steady", 1)
                raise BrokenError
        assert theirs is not None
        assert not theirs.is_done
        held.let_all_go()
        assert (await theirs).values == ("held",)

    assert held.cancelled == [1]
    assert reports.payloads == [1]


@soon
async def test_several_loops_and_threads_at_a_time(anyio_backend: Backend) -> None:
    """Each with two dispatchers, all on one signal, posting to one another across loops."""
    signal, heard, ready = Signal[tuple[int, int]](), list[tuple[int, int]](), threading.Barrier(3)
    signal.connect(lambda sender, payload: heard.append(payload), weak=False)
    everyone: list[Dispatcher] = []
    outcomes: list[Outcomes[Any]] = []

    async def main() -> None:
        async with Dispatcher() as first, Dispatcher(concurrency=1) as second:
            everyone.extend((first, second))
            await anyio.to_thread.run_sync(ready.wait, LIMIT)
            for number in range(50):
                for which, dispatcher in enumerate(list(everyone)):
                    dispatcher.post(signal.event(SHOP, (which, number)))
                outcomes.append(await first.post(signal.event(SHOP, (-1, number))))
            await anyio.to_thread.run_sync(ready.wait, LIMIT)

    works = [Work(lambda: run_elsewhere(anyio_backend, main)) for _ in range(2)]
    await main()
    await anyio.to_thread.run_sync(lambda: [work.finish() for work in works])

    assert len(everyone) == 6
    assert len(heard) == 3 * 50 * 6 + 3 * 50
    assert all(outcome.errors == () for outcome in outcomes)
    assert all(each.statistics()[:2] == (0, 0) for each in everyone)


def test_without_an_event_loop_a_block_cannot_begin() -> None:
    """It is entered by hand here; the dispatcher is closed then, and counts nothing."""
    dispatcher = Dispatcher()
    with pytest.raises(RuntimeError):
        dispatcher.__aenter__().send(None)

    with pytest.raises(DispatcherClosedError):
        dispatcher.post(Signal[int]().event(SHOP, 1))
    assert sum(dispatcher.statistics()) == 0

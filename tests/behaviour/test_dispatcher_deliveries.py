"""Deliveries: what can be awaited for the outcomes of an event, or cancelled."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Any

import anyio
import anyio.to_thread
import pytest
from anyio.lowlevel import checkpoint

from aldis import Delivery, DeliveryCancelledError, Dispatcher, Outcomes, Signal, Statistics
from aldis.exceptions import DispatcherUseError
from tests.behaviour.recording import LIMIT, Calls, Shop, Work, in_thread
from tests.behaviour.test_dispatcher import Backend, Held, Reports, run_elsewhere, soon, turns

pytestmark = pytest.mark.anyio

SHOP = Shop()


class BrokenError(Exception):
    """What receivers raise here."""


# -- awaiting ----------------------------------------------------------------------------------


@soon
async def test_it_can_be_awaited_by_several_and_again() -> None:
    """All get the same outcomes: before the end, after it and after the block."""
    signal = Signal[Any]("signal")
    held = Held(signal)
    found: list[Outcomes[Any]] = []
    async with Dispatcher() as dispatcher:
        event = signal.event(SHOP, 1)
        delivery = dispatcher.post(event)
        assert delivery.event is event
        done = [delivery.is_done]

        async def look() -> None:
            found.append(await delivery)

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(look)
            await held.begin_of(1)
            done.append(delivery.is_done)
            held.let_go(1)
        await look()
    await look()

    assert [*done, delivery.is_done] == [False, False, True]
    assert delivery.event is event
    assert len(found) == 5
    assert all(each is found[0] for each in found)
    assert found[0].values == ("held",)


@soon
async def test_it_is_awaited_in_every_way_that_takes_an_awaitable() -> None:
    """`gather`, `wait_for` and `ensure_future` among them, where there is asyncio."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("receiver"))
    async with Dispatcher() as dispatcher:

        async def send() -> Outcomes[Any]:
            return await dispatcher.post(signal.event(SHOP, 1))

        assert (await send()).values == ("receiver",)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        both = await asyncio.gather(send(), dispatcher.post(signal.event(SHOP, 1)))
        assert [outcomes.values for outcomes in both] == [("receiver",)] * 2
        outcomes = await asyncio.wait_for(dispatcher.post(signal.event(SHOP, 1)), LIMIT)
        assert outcomes.values == ("receiver",)


@soon
async def test_receivers_that_fail_are_in_its_outcomes() -> None:
    """Awaiting it does not raise what they raised; `raise_errors` does."""
    signal, reports, calls = Signal[int](), Reports(), Calls()

    @signal.connect
    def fail(sender: object, payload: int) -> None:
        raise BrokenError

    signal.connect(calls.receiver("receiver"))
    async with Dispatcher(on_error=reports) as dispatcher:
        outcomes = await dispatcher.post(signal.event(SHOP, 1))

    assert outcomes.values == ("receiver",)
    with pytest.raises(ExceptionGroup) as caught:
        outcomes.raise_errors()
    assert [type(error) for error in caught.value.exceptions] == [BrokenError]


@soon
async def test_giving_up_waiting_does_not_cancel_it() -> None:
    """Whoever waits can be cancelled; the event goes on, and others may wait on."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher() as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        await held.begin_of(1)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await delivery
        assert scope.cancelled_caught
        assert not delivery.is_done
        held.let_go(1)
        assert (await delivery).values == ("held",)


@soon
async def test_a_receiver_may_await_what_it_posted() -> None:
    """As long as there is another place for it to run."""
    outer, inner = Signal[int](), Signal[int]()
    inner.connect(Calls().receiver("inner"), weak=False)
    async with Dispatcher(concurrency=2) as dispatcher:

        @outer.connect
        async def receive(sender: object, payload: int) -> object:
            return (await dispatcher.post(inner.event(SHOP, 2))).values

        outcomes = await dispatcher.post(outer.event(SHOP, 1))

    assert outcomes.values == (("inner",),)


# -- cancelling what is pending ----------------------------------------------------------------


@soon
async def test_a_pending_event_that_is_cancelled_is_not_delivered() -> None:
    """Who awaits it is told that it had not begun; the events around it are delivered."""
    signal, reports = Signal[int]("orders"), Reports()
    held = Held(signal)
    async with Dispatcher(concurrency=1, on_error=reports) as dispatcher:
        deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in range(4)]
        await held.begin_of(0)
        deliveries[2].cancel()
        with pytest.raises(DeliveryCancelledError) as caught:
            await deliveries[2]
        assert (caught.value.signal, caught.value.began) == ("orders", False)
        assert "not delivered to any receiver" in str(caught.value)
        assert deliveries[2].is_done
        held.let_all_go()
        await deliveries[3]

    assert held.began == [0, 1, 3]
    assert dispatcher.statistics() == Statistics(0, 0, 3, 0, 1)
    assert reports.seen == []


@soon
async def test_an_event_can_be_cancelled_as_soon_as_it_is_posted() -> None:
    """Before the loop has looked at it."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    async with Dispatcher() as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        delivery.cancel()
        other = dispatcher.post(signal.event(SHOP, 2))
        with pytest.raises(DeliveryCancelledError):
            await delivery
        await other

    assert [payload for _, payload in calls.seen] == [2]
    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 1)


# -- cancelling what runs ----------------------------------------------------------------------


@soon
async def test_a_running_event_that_is_cancelled_is_cut_off() -> None:
    """Its receiver is cancelled where it is, those behind it are not called; nobody reports it."""
    signal, calls, reports = Signal[int]("orders"), Calls(), Reports()
    held = Held(signal)
    signal.connect(calls.receiver("behind"))
    async with Dispatcher(on_error=reports) as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        await held.begin_of(1)
        delivery.cancel()
        with pytest.raises(DeliveryCancelledError) as caught:
            await delivery
        assert (caught.value.signal, caught.value.began) == ("orders", True)
        assert "not delivered to the end: it was cancelled" in str(caught.value)

        assert held.cancelled == [1]
        assert calls.names == []
        assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 1)
    assert reports.seen == []


@soon
async def test_cancelling_one_leaves_the_others_alone() -> None:
    """Those that run beside it, and those that wait."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(concurrency=3) as dispatcher:
        deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in range(6)]
        await held.begin_of(0, 1, 2)
        deliveries[1].cancel()
        await held.begin_of(3)
        await turns()
        assert held.cancelled == [1]
        assert held.held == 3
        held.let_all_go()

    assert sorted(held.began) == list(range(6))
    assert held.cancelled == [1]
    assert dispatcher.statistics() == Statistics(0, 0, 5, 0, 1)


@soon
async def test_cancelling_costs_no_concurrency() -> None:
    """After a hundred cancelled deliveries, two events run at a time, no more and no less."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(concurrency=2) as dispatcher:
        for number in range(100):
            delivery = dispatcher.post(signal.event(SHOP, number))
            await held.begin_of(number)
            delivery.cancel()
            with pytest.raises(DeliveryCancelledError):
                await delivery
        for number in range(100, 105):
            dispatcher.post(signal.event(SHOP, number))
        await held.begin_of(100, 101)
        await turns()
        assert held.held == 2
        assert dispatcher.statistics() == Statistics(3, 2, 0, 0, 100)
        held.let_all_go()

    assert held.most == 2
    assert dispatcher.statistics() == Statistics(0, 0, 5, 0, 100)


@soon
async def test_a_hundred_cancelled_at_once_cost_no_concurrency() -> None:
    """Some run, most are pending, and all are cancelled in one go."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(concurrency=2) as dispatcher:
        deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in range(100)]
        await held.begin_of(0, 1)
        for delivery in reversed(deliveries):
            delivery.cancel()
        for delivery in deliveries:
            with pytest.raises(DeliveryCancelledError) as caught:
                await delivery
            assert caught.value.began == (delivery.event.payload < 2)
        for number in range(100, 105):
            dispatcher.post(signal.event(SHOP, number))
        await held.begin_of(100, 101)
        await turns()
        assert held.held == 2
        held.let_all_go()

    assert held.began == [0, 1, 100, 101, 102, 103, 104]
    assert dispatcher.statistics() == Statistics(0, 0, 5, 0, 100)


@pytest.mark.parametrize("turns_before", range(8))
@soon
async def test_cancelling_at_each_moment_ends_it_once(turns_before: int) -> None:
    """Pending, starting, running, ending or done: it ends, and the next event is delivered."""
    signal, reports, calls = Signal[int](), Reports(), Calls()
    signal.connect(calls.async_receiver("first"))
    signal.connect(calls.async_receiver("second"))
    async with Dispatcher(concurrency=1, on_error=reports) as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        for _ in range(turns_before):
            await checkpoint()
        delivery.cancel()
        delivery.cancel()
        try:
            assert (await delivery).values == ("first", "second")
        except DeliveryCancelledError as error:
            began = error.began
            assert began == bool(calls.names)
        assert delivery.is_done
        calls.take()
        outcomes = await dispatcher.post(signal.event(SHOP, 2))
        assert outcomes.values == ("first", "second")

    done, dropped = dispatcher.statistics().done, dispatcher.statistics().dropped
    assert (done, dropped) in {(2, 0), (1, 1)}
    assert reports.seen == []


# -- cancelling twice, late, from elsewhere ----------------------------------------------------


@soon
async def test_cancelling_what_has_ended_changes_nothing() -> None:
    """Its outcomes stay, and whatever the worker does next goes on."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(concurrency=1) as dispatcher:
        held.let_go(1)
        delivery = dispatcher.post(signal.event(SHOP, 1))
        outcomes = await delivery
        following = dispatcher.post(signal.event(SHOP, 2))
        await held.begin_of(2)
        delivery.cancel()
        delivery.cancel()
        await turns()
        assert not following.is_done
        held.let_go(2)
        await following
        assert await delivery is outcomes
    delivery.cancel()

    assert dispatcher.statistics() == Statistics(0, 0, 2, 0, 0)


@soon
async def test_cancelling_twice_is_cancelling_once() -> None:
    """At once, and once more when it has ended."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(concurrency=1) as dispatcher:
        first = dispatcher.post(signal.event(SHOP, 1))
        second = dispatcher.post(signal.event(SHOP, 2))
        await held.begin_of(1)
        for delivery in (first, second, first, second):
            delivery.cancel()
        for delivery in (first, second, first, second):
            with pytest.raises(DeliveryCancelledError):
                await delivery
            delivery.cancel()
        held.let_all_go()
        await dispatcher.post(signal.event(SHOP, 3))

    assert held.cancelled == [1]
    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 2)


@soon
async def test_each_who_awaits_gets_an_error_of_its_own() -> None:
    """One traceback is not another's."""
    signal, caught = Signal[int](), list[DeliveryCancelledError]()
    held = Held(signal)
    async with Dispatcher() as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        await held.begin_of(1)
        delivery.cancel()
        for _ in range(3):
            try:
                await delivery
            except DeliveryCancelledError as error:
                caught.append(error)

    assert len({id(error) for error in caught}) == 3


@soon
async def test_it_can_be_cancelled_from_another_thread() -> None:
    """Also while the loop stands still, and without waiting."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(concurrency=1) as dispatcher:
        running = dispatcher.post(signal.event(SHOP, 1))
        pending = dispatcher.post(signal.event(SHOP, 2))
        await held.begin_of(1)

        def cancel() -> None:
            running.cancel()
            pending.cancel()
            dispatcher.post(signal.event(SHOP, 3)).cancel()

        in_thread(cancel)
        for delivery, began in ((running, True), (pending, False)):
            with pytest.raises(DeliveryCancelledError) as caught:
                await delivery
            assert caught.value.began == began
        held.let_all_go()

    assert held.began == [1]
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 3)


@soon
async def test_a_receiver_can_cancel_its_own_event() -> None:
    """A sync one from within, an async one at its next await, one in a thread when that ends."""
    signal = Signal[str]()
    deliveries: dict[str, Delivery] = {}
    after: list[str] = []

    @signal.connect
    def sync(sender: object, payload: str) -> None:
        if payload == "sync":
            deliveries[payload].cancel()

    @signal.connect
    async def not_sync(sender: object, payload: str) -> None:
        if payload == "async":
            deliveries[payload].cancel()
        await turns()
        if payload != "thread":
            after.append(payload)

    def in_a_thread(sender: object, payload: str) -> None:
        deliveries[payload].cancel()

    signal.connect(in_a_thread, to_thread=True)

    @signal.connect
    async def last(sender: object, payload: str) -> None:
        await turns()
        after.append(payload)

    async with Dispatcher() as dispatcher:
        for name in ("sync", "async", "thread"):
            deliveries[name] = dispatcher.post(signal.event(SHOP, name))
            with pytest.raises(DeliveryCancelledError) as caught:
                await deliveries[name]
            assert caught.value.began
        assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 3)

    assert after == []


@soon
async def test_a_thread_under_way_is_waited_for() -> None:
    """It cannot be cut off: the event ends, as done or as cancelled, when the thread has ended."""
    signal, begun, go = Signal[int](), threading.Event(), threading.Event()
    ended: list[int] = []

    def receive(sender: object, payload: int) -> None:
        begun.set()
        assert go.wait(LIMIT)
        ended.append(payload)

    signal.connect(receive, to_thread=True)
    async with Dispatcher(concurrency=1) as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        await anyio.to_thread.run_sync(begun.wait, LIMIT)
        delivery.cancel()
        await turns()
        assert not delivery.is_done
        go.set()
        with suppress(DeliveryCancelledError):
            await delivery
        assert ended == [1]
        await dispatcher.post(signal.event(SHOP, 2))

    assert ended == [1, 2]
    assert dispatcher.statistics() in {(0, 0, 1, 0, 1), (0, 0, 2, 0, 0)}


# -- receivers that do not obey ----------------------------------------------------------------


@soon
async def test_a_receiver_may_shield_itself() -> None:
    """The event ends when it has, one way or the other, and the next ones are delivered."""
    signal, gate, begun = Signal[int](), anyio.Event(), anyio.Event()
    calls, shielded = Calls(), list[int]()

    @signal.connect
    async def shield(sender: object, payload: int) -> None:
        with anyio.CancelScope(shield=True):
            begun.set()
            await gate.wait()
            shielded.append(payload)

    signal.connect(calls.async_receiver("behind"))
    async with Dispatcher(concurrency=1) as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        await begun.wait()
        delivery.cancel()
        await turns()
        assert not delivery.is_done
        gate.set()
        with pytest.raises(DeliveryCancelledError) as caught:
            await delivery
        assert caught.value.began
        assert (await dispatcher.post(signal.event(SHOP, 2))).values == (None, "behind")

    assert shielded == [1, 2]
    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 1)


@soon
async def test_a_receiver_that_swallows_its_cancellation_does_no_harm() -> None:
    """Once is not enough: it comes again at its next await; and the next events are delivered."""
    signal, calls, swallowed = Signal[int](), Calls(), list[int]()
    begun = anyio.Event()

    @signal.connect
    async def swallow(sender: object, payload: int) -> None:
        begun.set()
        try:
            if payload == 1:
                await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            swallowed.append(payload)
        await turns()

    signal.connect(calls.async_receiver("behind"))
    async with Dispatcher(concurrency=1) as dispatcher:
        first, second = (dispatcher.post(signal.event(SHOP, number)) for number in (1, 2))
        await begun.wait()
        first.cancel()
        with pytest.raises(DeliveryCancelledError):
            await first
        assert (await second).values == (None, "behind")

    assert swallowed == [1]
    assert calls.names == ["behind"]
    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 1)


@soon
async def test_a_receiver_that_swallows_its_cancellation_and_ends_does_no_harm() -> None:
    """Its event ends, as done or as cancelled; the next one is neither cancelled nor lost."""
    signal, begun = Signal[int](), anyio.Event()
    ended: list[int] = []

    @signal.connect
    async def swallow(sender: object, payload: int) -> None:
        begun.set()
        try:
            if payload == 1:
                await anyio.sleep_forever()
            await turns()
        except anyio.get_cancelled_exc_class():
            return
        ended.append(payload)

    async with Dispatcher(concurrency=1) as dispatcher:
        deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in (1, 2, 3)]
        await begun.wait()
        deliveries[0].cancel()
        await dispatcher.drain()
        assert all(delivery.is_done for delivery in deliveries)
        statistics = dispatcher.statistics()

    assert ended == [2, 3]
    assert statistics.done + statistics.dropped == 3


@soon
async def test_a_receiver_may_answer_its_cancellation_with_another_error() -> None:
    """The event ends once, as failed or as cancelled, and the next one is delivered."""
    signal, begun, reports = Signal[int](), anyio.Event(), Reports()

    @signal.connect
    async def fail(sender: object, payload: int) -> None:
        begun.set()
        try:
            if payload == 1:
                await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            raise BrokenError from None

    async with Dispatcher(concurrency=1, on_error=reports) as dispatcher:
        first, second = (dispatcher.post(signal.event(SHOP, number)) for number in (1, 2))
        await begun.wait()
        first.cancel()
        await second
        assert first.is_done

    statistics = dispatcher.statistics()
    assert (statistics.done, statistics.failed + statistics.dropped) == (1, 1)
    assert len(reports.seen) == statistics.failed


@soon
async def test_a_receiver_with_clean_up_that_awaits_is_waited_for() -> None:
    """In a shield, as anyio has it; the event ends after it."""
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

    async with Dispatcher() as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        await begun.wait()
        delivery.cancel()
        with pytest.raises(DeliveryCancelledError):
            await delivery
        assert cleaned == [1]


# -- elsewhere ---------------------------------------------------------------------------------


@soon
async def test_awaiting_it_in_another_event_loop_harms_nobody(anyio_backend: Backend) -> None:
    """It may be refused, but neither hangs nor ends the dispatcher; then it is good anywhere."""
    signal = Signal[int]()
    held, ended, begun = Held(signal), threading.Event(), threading.Event()
    async with Dispatcher() as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        await held.begin_of(1)

        async def wait() -> None:
            begun.set()
            with anyio.move_on_after(5) as scope:  # so that this thread ends, too
                with suppress(DispatcherUseError):
                    await delivery
            if not scope.cancelled_caught:
                ended.set()

        async def look() -> Outcomes[Any]:
            return await delivery

        work = Work(lambda: run_elsewhere(anyio_backend, wait))
        await anyio.to_thread.run_sync(begun.wait, LIMIT)
        await turns()
        held.let_go(1)
        assert (await delivery).values == ("held",)
        assert run_elsewhere(anyio_backend, look).values == ("held",)
        # Real time: another loop's answer is waited for, and there is none when it hangs.
        assert await anyio.to_thread.run_sync(ended.wait, 1)

    work.finish()

"""The tasks behind a dispatcher: no event is lost or delivered twice, and none is left asleep."""

# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import DeliveryCancelledError, Event, Outcome, Signal
from aldis._crew import Crew
from aldis._identity import sender_key
from aldis._posted import Posted
from tests.behaviour.recording import LIMIT

pytestmark = pytest.mark.anyio

settled = anyio.wait_all_tasks_blocked


async def turns() -> None:
    """Let all others run until they wait, where asking whether they do would take too long."""
    for _ in range(20):
        await checkpoint()


class Desk:
    """A crew, with all that it tells.

    Attributes:
        crew: the crew.
        heard: the payloads that were received, in order.
        reported: payload and error of what it reported.
        ends: how often it said that it has to stop.
        gate: what receivers wait for.
        then: what a receiver does with the payload before that.
    """

    def __init__(
        self, concurrency: int | None, max_pending: int | None = None, *, ordered: bool = False
    ) -> None:
        self.heard: list[Any] = []
        self.reported: list[tuple[Any, Exception | None]] = []
        self.ends = 0
        self.gate = anyio.Event()
        self.then: Callable[[Any], Any] | None = None
        self.signal = Signal[Any]("signal")
        self.signal.connect(self.receive)
        self._ordered = ordered
        self.crew = Crew(concurrency, max_pending, report=self.report, on_crash=self.end)

    def end(self) -> None:
        """Count the times that it is told."""
        self.ends += 1

    def report(self, outcome: Outcome[Any], event: Event[Any, Any, Any]) -> None:
        """Keep what failed."""
        self.reported.append((event.payload, outcome.error))

    async def receive(self, sender: object, payload: Any) -> Any:
        """Do what is to be done, or wait for the gate; fail for negative numbers."""
        self.heard.append(payload)
        if self.then is not None:
            return await self.then(payload)
        await self.gate.wait()
        if type(payload) is int and payload < 0:
            raise ValueError
        return payload

    async def wait_shielded(self, payload: object) -> None:
        """Wait for the gate, whoever cancels that."""
        with anyio.CancelScope(shield=True):
            await self.gate.wait()

    def make(self, payload: object, sender: object = "sender") -> Posted:
        """Make one that is not handed over."""
        event = self.signal.event(sender, payload)
        line = (id(self.signal), sender_key(sender)) if self._ordered else None
        return Posted(event, copy_context(), line, self.crew)

    def post(self, payload: object, sender: object = "sender") -> Posted:
        """Make one and hand it over, in a place of its own."""
        posted = self.make(payload, sender)
        assert self.crew.room.take()
        self.crew.hand_over(posted)
        return posted

    def free(self) -> int:
        """Count the free places, of which there is a bound."""
        free = 0
        while self.crew.room.take():
            free += 1
        for _ in range(free):
            self.crew.room.give_back()
        return free


@asynccontextmanager
async def running(
    concurrency: int | None = 2, max_pending: int | None = None, *, ordered: bool = False
) -> AsyncGenerator[Desk]:
    """Have a crew work for the length of a block, and then stop and close it."""
    desk = Desk(concurrency, max_pending, ordered=ordered)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(desk.crew.run)
        try:
            yield desk
        finally:
            desk.crew.stop()
    desk.crew.close()


def statistics(desk: Desk) -> tuple[int, ...]:
    """Count."""
    return tuple(desk.crew.ledger.count())


def is_empty(crew: Crew) -> bool:
    """Tell whether a crew holds on to no event and nobody who waits."""
    left = [crew._inbox, crew._requests, crew._agenda._ready, crew._agenda._lines, crew._drainers]
    return not any([*left, crew.ledger._pending, crew.ledger._live, crew._blocked_by])


# -- workers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 2, 3, None])
async def test_as_many_workers_as_there_is_work_and_no_more(concurrency: int | None) -> None:
    """Those that are idle are woken first, so that a trickle of events takes one worker."""
    async with running(concurrency) as desk:
        desk.gate.set()
        for number in range(20):
            desk.post(number)
            await desk.crew.finish()
            await settled()
        assert desk.crew._workers == 1
        desk.gate = anyio.Event()
        for number in range(5):
            desk.post(number)
        await settled()
        expected = 5 if concurrency is None else min(concurrency, 5)
        assert desk.crew.ledger.count().running == desk.crew._workers == expected
        desk.gate.set()
        await desk.crew.finish()
        await settled()
        assert len(desk.crew._idle) == desk.crew._workers

    assert statistics(desk) == (0, 0, 25, 0, 0)


async def test_a_trickle_of_events_does_not_pile_up_workers() -> None:
    """Without a bound, too: one more for each that runs, not for each that ever ran."""
    async with running(None) as desk:
        desk.gate.set()
        for number in range(200):
            desk.post(number, number)
            await checkpoint()
        await desk.crew.wait_idle()
        assert desk.crew._workers < 20


async def test_after_a_rush_a_few_workers_are_kept() -> None:
    """The others end; the next rush has as many again."""
    async with running(None) as desk:
        for _ in range(2):
            desk.gate = anyio.Event()
            for number in range(100):
                desk.post(number)
            await settled()
            assert desk.crew.ledger.count().running == desk.crew._workers == 100
            desk.gate.set()
            await desk.crew.finish()
            await settled()
            assert desk.crew._workers == len(desk.crew._idle) == 16


@pytest.mark.parametrize("ordered", [False, True])
async def test_what_has_ended_is_forgotten(ordered: bool) -> None:
    """However many senders there were, and however their events ended."""
    async with running(2, 200, ordered=ordered) as desk:
        desk.gate.set()
        for number in range(-50, 50):
            posted = desk.post(number, f"sender {number % 20}")
            if number % 7 == 0:
                posted.cancel()
            if number % 11 == 0:
                desk.crew.take_back(desk.post(number))
        await desk.crew.wait_idle()
        await settled()
        assert is_empty(desk.crew)
        assert desk.free() == 200


# -- handing over and taking back --------------------------------------------------------------


@pytest.mark.parametrize("ordered", [False, True])
async def test_what_was_handed_over_can_be_taken_back_in_time(ordered: bool) -> None:
    """Until it begins, whether the loop has looked at it or not; it makes room."""
    async with running(1, 4, ordered=ordered) as desk:
        first, second, third = desk.post(1), desk.post(2), desk.post(3)
        await settled()
        fourth, fifth = desk.post(4), desk.post(5)
        assert desk.free() == 0
        for posted in (second, fourth):
            assert desk.crew.take_back(posted)
            assert not desk.crew.take_back(posted)
        assert desk.free() == 2
        desk.gate.set()
        await desk.crew.finish()
        assert not desk.crew.take_back(first)
        await settled()
        assert desk.free() == 4

    assert desk.heard == [1, 3, 5]
    assert statistics(desk) == (0, 0, 3, 0, 0)
    assert [each.is_done for each in (first, second, third, fourth, fifth)] == [
        *(True, False, True, False, True)
    ]


async def test_who_waits_for_the_end_is_told_when_the_last_is_taken_back() -> None:
    """There is nothing left to wait for; the loop has not even looked at the event."""
    desk = Desk(1)
    posted = desk.post(1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(desk.crew.wait_idle)
        await settled()
        assert desk.crew.take_back(posted)
        tasks.start_soon(desk.crew.run)
        await settled()
        left = len(desk.crew._drainers)
        desk.crew.stop()
        desk.crew.close()
    assert left == 0


class Interrupted:
    """Takes the place of a part of a crew, and is interrupted at its first use.

    Attributes:
        rings: whether the bell has rung by then.
    """

    def __init__(self, holder: object, name: str, *, rings: bool = False) -> None:
        self.rings = rings
        self._holder, self._name = holder, name
        self._real = getattr(holder, name)
        setattr(holder, name, self)

    def _interrupt(self, *_: object) -> None:
        setattr(self._holder, self._name, self._real)
        if self.rings:
            self._real.ring()
        raise KeyboardInterrupt

    enter = append = ring = _interrupt


@pytest.mark.parametrize("moment", ["ledger", "_inbox", "_bell", "rung"])
async def test_a_handing_over_that_is_interrupted_leaves_nothing(moment: str) -> None:
    """As by Ctrl-C: the event is not delivered, its place is free, and it is not counted."""
    async with running(1, 1) as desk:
        desk.gate.set()
        await settled()
        posted = desk.make(1)
        assert desk.crew.room.take()
        Interrupted(desk.crew, "_bell" if moment == "rung" else moment, rings=moment == "rung")
        with pytest.raises(KeyboardInterrupt):
            desk.crew.hand_over(posted)
        await settled()
        assert statistics(desk) == (0, 0, 0, 0, 0)
        assert desk.free() == 1
        assert is_empty(desk.crew)
    assert desk.heard == []


# -- stopping and closing ----------------------------------------------------------------------


async def test_closing_settles_all_that_has_not_ended() -> None:
    """Running, ready, in a line and not looked at; each is reported once, but for the cancelled."""
    async with running(1, ordered=True) as desk:
        made = [desk.post(number) for number in range(4)]
        await settled()
        made[2].cancel()
        await settled()
        made.append(desk.post(4, "another sender"))
        await settled()
        desk.crew.stop()
        made.append(desk.post(5))
        made.append(desk.post(6))
        made[-1].cancel()
        assert statistics(desk) == (4, 1, 0, 0, 2)

    began = [(payload, error.began) for payload, error in desk.reported if is_cancelled(error)]
    assert began == [(0, True), (1, False), (3, False), (4, False), (5, False)]
    assert statistics(desk) == (0, 0, 0, 0, 7)
    assert is_empty(desk.crew)
    for posted in made:
        with pytest.raises(DeliveryCancelledError) as caught:
            await posted
        assert (caught.value.signal, caught.value.began) == ("signal", posted is made[0])
    await desk.crew.wait_idle()


def is_cancelled(error: object) -> Any:
    """Tell it in a way that checkers do not follow."""
    return isinstance(error, DeliveryCancelledError)


async def test_finishing_ends_when_the_crew_has_to_stop() -> None:
    """Who waits for all to be idle waits on, until the rest is settled."""
    told: list[tuple[str, bool]] = []

    async def wait(name: str, wait_for: Callable[[], Awaitable[None]]) -> None:
        await wait_for()
        told.append((name, desk.crew.ledger.is_busy()))

    async with anyio.create_task_group() as outside:
        async with running(1) as desk:
            desk.then = desk.wait_shielded
            desk.post(1)
            outside.start_soon(wait, "finish", desk.crew.finish)
            outside.start_soon(wait, "idle", desk.crew.wait_idle)
            await settled()
            assert told == []
            desk.crew.stop()
            await settled()
            assert told == [("finish", True)]
            desk.gate.set()

    assert told == [("finish", True), ("idle", False)]


async def test_giving_up_waiting_leaves_nothing() -> None:
    """Those who do not wait any more are forgotten, also while there is always something to do."""
    async with running() as desk:
        desk.post(1)
        await settled()
        for _ in range(20):
            with anyio.move_on_after(0):
                await desk.crew.wait_idle()
        assert desk.crew._drainers == []


class CrashError(BaseException):
    """Is no `Exception`."""


async def test_a_crash_stops_the_crew_once() -> None:
    """What is no `Exception` is kept; what has not ended is reported by closing."""

    async def crash(payload: object) -> None:
        await desk.wait_shielded(payload)
        if payload != "calm":
            raise CrashError(payload)

    async with running(3) as desk:
        desk.then = crash
        for payload in ("one", "two", "calm", "late"):
            desk.post(payload)
        await settled()
        assert desk.ends == 0
        desk.gate.set()
        await desk.crew.finish()
        assert desk.ends == 1

    assert sorted(str(error) for error in desk.crew.crashes) == ["one", "two"]
    assert desk.ends == 1
    assert statistics(desk)[:2] == (0, 0)
    assert sum(statistics(desk)) == 4
    assert {"one", "two", "late"} <= {payload for payload, _ in desk.reported}


# -- cancelling --------------------------------------------------------------------------------


async def test_a_request_that_comes_late_cancels_nobody() -> None:
    """Its event has ended, and the worker's scope is another event's."""
    async with running(1) as desk:
        desk.gate.set()
        first = desk.post(1)
        await desk.crew.wait_idle()
        desk.gate = anyio.Event()
        second = desk.post(2)
        await settled()
        desk.crew.cancel(first)
        await settled()
        assert not second.is_done
        desk.gate.set()
        await desk.crew.wait_idle()

    assert statistics(desk) == (0, 0, 2, 0, 0)


async def test_a_worker_that_was_cancelled_works_on() -> None:
    """There are as many as before, and they do as much."""
    async with running(2) as desk:
        cancelled: list[Posted] = []
        for _ in range(50):
            both = [desk.post(1), desk.post(2)]
            for posted in both:
                await turns()
                posted.cancel()
            cancelled += both
            await desk.crew.wait_idle()
        await settled()
        assert desk.crew._workers == 2
        assert statistics(desk) == (0, 0, 0, 0, 100)
        for number in range(3):
            desk.post(number)
        await settled()
        assert statistics(desk)[:2] == (1, 2)
        desk.gate.set()
        await desk.crew.wait_idle()

    assert desk.reported == []
    for posted in cancelled:
        with pytest.raises(DeliveryCancelledError):
            await posted


async def test_an_event_cancelled_before_it_was_looked_at_leaves_nobody_waiting() -> None:
    """A thread posts and cancels between two steps of the loop; it ends at once and makes room."""
    async with running(1, 1) as desk:
        await settled()
        posted = desk.post(1)
        posted.cancel()
        assert posted.is_done
        assert desk.free() == 1
        assert statistics(desk) == (0, 0, 0, 0, 1)
        with anyio.fail_after(LIMIT):
            await desk.crew.wait_idle()
            with pytest.raises(DeliveryCancelledError):
                await posted
        assert is_empty(desk.crew)
    assert desk.heard == []


ASYNCIO = [loop for loop in LOOPS if loop != "trio"]


@pytest.mark.parametrize("anyio_backend", ASYNCIO, indirect=True)
async def test_a_stray_cancellation_ends_no_task_of_the_crew() -> None:
    """Somebody cancels every task, twice each: the listener and idle workers go on."""
    async with running(2) as desk:
        for _ in range(3):
            desk.gate = anyio.Event()
            both = [desk.post(1), desk.post(2)]
            await settled()
            assert desk.crew.ledger.count().running == 2
            desk.gate.set()
            await desk.crew.finish()
            await settled()
            tasks = [task for task in asyncio.all_tasks() if "Crew." in task.get_name()]
            assert len(tasks) >= 3
            for task in tasks:
                task.cancel()
                task.cancel()
            await turns()
            assert [task for task in tasks if task.done() or task.cancelling()] == []
            assert all(posted.is_done for posted in both)
        desk.gate = anyio.Event()
        cut_off = desk.post(3)
        await settled()
        cut_off.cancel()
        await settled()
        assert cut_off.is_done

    assert statistics(desk) == (0, 0, 6, 0, 1)
    assert desk.reported == []


# -- receivers that await deliveries -----------------------------------------------------------


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("concurrency", [1, 2])
async def test_receivers_that_await_deliveries_do_not_starve(
    concurrency: int, ordered: bool
) -> None:
    """Chains that are longer than the crew is large, several at a time; then all is as before."""

    async def chain(payload: int) -> int:
        if payload % 10 == 9:
            return 0
        (outcome,) = await desk.post(payload + 1, f"sender {payload + 1}")
        result: int = outcome.value
        return result + 1

    async with running(concurrency, ordered=ordered) as desk:
        desk.then = chain
        with anyio.fail_after(LIMIT):
            chains = [desk.post(number * 10, number) for number in range(3)]
            lengths = [(await posted).values for posted in chains]
        assert lengths == [(9,)] * 3
        assert desk.crew._limit == concurrency
        desk.then = None
        for number in range(5):
            desk.post(number, number)
        await settled()
        assert statistics(desk)[:2] == (5 - concurrency, concurrency)
        desk.gate.set()
        await desk.crew.finish()
        await settled()
        assert desk.crew._workers <= concurrency


async def test_a_receiver_may_await_many_and_give_up() -> None:
    """Those that it awaits run one at a time, beside it; giving up makes no place for good."""

    async def receive(payload: object) -> object:
        if payload != "first":
            await desk.gate.wait()
            return payload
        made = [desk.post(number) for number in range(3)]
        with anyio.move_on_after(0):
            await made[0]
        await settled()
        found.append(desk.crew.ledger.count())
        desk.gate.set()
        return [(await posted).values for posted in made]

    found: list[Statistics] = []
    async with running(1) as desk:
        desk.then = receive
        with anyio.fail_after(LIMIT):
            outcomes = await desk.post("first")
        assert desk.crew._limit == 1
    assert outcomes.values == ([(0,), (1,), (2,)],)
    assert found[0].running <= 2


async def test_an_ordered_line_cannot_wait_for_itself() -> None:
    """Directly, and by a delivery in another line; of other lines a receiver may."""

    async def receive(payload: str) -> object:
        if payload == "last":
            return payload
        if payload == "by another":
            (outcome,) = await desk.post("directly", "another sender")
            return repr(outcome.error)
        await desk.post("last", "a third sender")
        with pytest.raises(DispatcherUseError, match="ordered=True"):
            await desk.post("last")
        raise ValueError(payload)

    async with running(1, ordered=True) as desk:
        desk.then = receive
        with anyio.fail_after(LIMIT):
            direct = await desk.post("directly")
            indirect = await desk.post("by another")
        assert [str(error) for error in direct.errors] == ["directly"]
        assert indirect.values == ("ValueError('directly')",)
        await desk.crew.finish()
        assert desk.crew._limit == 1
        assert is_empty(desk.crew)


async def test_a_receiver_cannot_wait_for_its_own_delivery() -> None:
    """It would wait for its own end; this is said, whether events are ordered or not."""

    async def receive(payload: object) -> object:
        with pytest.raises(DispatcherUseError), anyio.fail_after(1):
            await posted
        return "told"

    async with running(1) as desk:
        desk.then = receive
        posted = desk.post(1)
        assert (await posted).values == ("told",)


async def test_waiting_is_refused_in_another_event_loop() -> None:
    """Nobody would wake the task; it says what was called."""
    async with running(1) as desk:
        desk.crew.check_loop("await delivery")
        posted = desk.post(1)

        async def wait() -> None:
            with pytest.raises(DispatcherUseError, match="await delivery waits"):
                await posted
            with pytest.raises(DispatcherUseError, match="submit waits"):
                desk.crew.check_loop("submit")

        await anyio.to_thread.run_sync(lambda: anyio.run(wait))
        assert posted.flag is None

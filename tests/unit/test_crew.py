"""The tasks behind a dispatcher: no event is lost or delivered twice, and none is left asleep."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import DeliveryCancelledError
from aldis._ledger import Ledger
from aldis._posted import Posted
from tests.behaviour.recording import LIMIT
from tests.unit.crews import (
    STRAYS,
    Backend,
    is_empty,
    raise_it,
    running,
    settled,
    skip_on_trio,
    statistics,
    turns,
)

pytestmark = pytest.mark.anyio


# -- workers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 2, 3, None])
async def test_as_many_workers_as_there_is_work_and_no_more(concurrency: int | None) -> None:
    """Those that are idle are woken first, so that a trickle of events takes one worker."""
    async with running(concurrency) as shift:
        shift.gate.set()
        for number in range(20):
            shift.post(number)
            await shift.crew.finish()
            await settled()
        assert shift.crew._workers == 1
        shift.gate = anyio.Event()
        for number in range(5):
            shift.post(number)
        await settled()
        expected = 5 if concurrency is None else min(concurrency, 5)
        assert shift.crew.ledger.count().running == shift.crew._workers == expected
        shift.gate.set()
        await shift.crew.finish()
        await settled()
        assert len(shift.crew._idle) == shift.crew._workers

    assert statistics(shift) == (0, 0, 25, 0, 0)


async def test_a_trickle_of_events_does_not_pile_up_workers() -> None:
    """Without a bound, too: one more for each that runs, not for each that ever ran."""
    async with running(None) as shift:
        shift.gate.set()
        for number in range(200):
            shift.post(number, number)
            await checkpoint()
        await shift.crew.wait_idle()
        assert shift.crew._workers < 20


async def test_after_a_rush_a_few_workers_are_kept() -> None:
    """The others end; the next rush has as many again."""
    async with running(None) as shift:
        for _ in range(2):
            shift.gate = anyio.Event()
            for number in range(100):
                shift.post(number)
            await settled()
            assert shift.crew.ledger.count().running == shift.crew._workers == 100
            shift.gate.set()
            await shift.crew.finish()
            await settled()
            assert shift.crew._workers == len(shift.crew._idle) == 16


@pytest.mark.parametrize("ordered", [False, True])
async def test_what_has_ended_is_forgotten(ordered: bool) -> None:
    """However many senders there were, and however their events ended."""
    async with running(2, 200, ordered=ordered) as shift:
        shift.gate.set()
        for number in range(-50, 50):
            posted = shift.post(number, f"sender {number % 20}")
            if number % 7 == 0:
                posted.cancel()
            if number % 11 == 0:
                shift.crew.take_back(shift.post(number))
        await shift.crew.wait_idle()
        await settled()
        assert is_empty(shift.crew)
        assert shift.free() == 200


# -- stopping and closing ----------------------------------------------------------------------


async def test_closing_settles_all_that_has_not_ended() -> None:
    """Running, ready, in a line and not looked at; each is reported once, but for the cancelled."""
    async with running(1, ordered=True) as shift:
        made = [shift.post(number) for number in range(4)]
        await settled()
        made[2].cancel()
        await settled()
        made.append(shift.post(4, "another sender"))
        await settled()
        shift.crew.stop()
        made.append(shift.post(5))
        made.append(shift.post(6))
        made[-1].cancel()
        assert statistics(shift) == (4, 1, 0, 0, 2)

    began = [
        (payload, isinstance(error, DeliveryCancelledError) and error.began)
        for payload, error in shift.reported
    ]
    assert began == [(0, True), (1, False), (3, False), (4, False), (5, False)]
    assert statistics(shift) == (0, 0, 0, 0, 7)
    assert is_empty(shift.crew)
    for posted in made:
        with pytest.raises(DeliveryCancelledError) as caught:
            await posted
        assert (caught.value.signal, caught.value.began) == ("signal", posted is made[0])
    await shift.crew.wait_idle()


async def test_closing_leaves_alone_what_is_being_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever posts is told that it was refused: nobody else is told of it, whenever that is."""
    forget = Ledger.forget

    def forget_late(ledger: Ledger, posted: Posted) -> None:
        shift.crew.close()
        forget(ledger, posted)

    async with running(1) as shift:
        shift.crew.stop()
        posted = shift.post(1)
        monkeypatch.setattr(Ledger, "forget", forget_late)
        assert shift.crew.take_back(posted)

    assert shift.reported == []
    assert statistics(shift) == (0, 0, 0, 0, 0)
    assert is_empty(shift.crew)


async def test_finishing_ends_when_the_crew_has_to_stop() -> None:
    """Who waits for all to be idle waits on, until the rest is settled."""
    told: list[tuple[str, bool]] = []

    async def wait(name: str, wait_for: Callable[[], Awaitable[None]]) -> None:
        await wait_for()
        told.append((name, shift.crew.ledger.is_busy()))

    async with anyio.create_task_group() as outside, running(1) as shift:
        shift.then = shift.wait_shielded
        shift.post(1)
        outside.start_soon(wait, "finish", shift.crew.finish)
        outside.start_soon(wait, "idle", shift.crew.wait_idle)
        await settled()
        assert told == []
        shift.crew.stop()
        await settled()
        assert told == [("finish", True)]
        shift.gate.set()

    assert told == [("finish", True), ("idle", False)]


class CrashError(BaseException):
    """Is no `Exception`."""


async def test_a_crash_stops_the_crew_once() -> None:
    """What is no `Exception` is kept; what has not ended is reported by closing."""

    async def crash(payload: object) -> None:
        await shift.wait_shielded(payload)
        if payload != "calm":
            raise CrashError(payload)

    async with running(3) as shift:
        shift.then = crash
        for payload in ("one", "two", "calm", "late"):
            shift.post(payload)
        await settled()
        assert shift.ends == 0
        shift.gate.set()
        await shift.crew.finish()
        assert shift.ends == 1

    assert sorted(str(error) for error in shift.crew.crashes) == ["one", "two"]
    assert shift.ends == 1
    assert statistics(shift)[:2] == (0, 0)
    assert sum(statistics(shift)) == 4
    assert {"one", "two", "late"} <= {payload for payload, _ in shift.reported}


# -- cancelling --------------------------------------------------------------------------------


async def test_a_request_that_comes_late_cancels_nobody() -> None:
    """Its event has ended, and the worker's scope is another event's."""
    async with running(1) as shift:
        shift.gate.set()
        first = shift.post(1)
        await shift.crew.wait_idle()
        shift.gate = anyio.Event()
        second = shift.post(2)
        await settled()
        shift.crew.cancel(first)
        await settled()
        assert not second.is_done
        shift.gate.set()
        await shift.crew.wait_idle()

    assert statistics(shift) == (0, 0, 2, 0, 0)


async def test_a_worker_that_was_cancelled_works_on() -> None:
    """There are as many as before, and they do as much."""
    async with running(2) as shift:
        cancelled: list[Posted] = []
        for _ in range(50):
            both = [shift.post(1), shift.post(2)]
            for posted in both:
                await turns()
                posted.cancel()
            cancelled += both
            await shift.crew.wait_idle()
        await settled()
        assert shift.crew._workers == 2
        assert statistics(shift) == (0, 0, 0, 0, 100)
        for number in range(3):
            shift.post(number)
        await settled()
        assert statistics(shift)[:2] == (1, 2)
        shift.gate.set()
        await shift.crew.wait_idle()

    assert shift.reported == []
    for posted in cancelled:
        with pytest.raises(DeliveryCancelledError):
            await posted


async def test_an_interrupt_between_events_stops_the_crew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ctrl-C in a task of the crew; the event that it was for is reported."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    async with running(1) as shift:
        await settled()
        monkeypatch.setattr(shift.crew, "_call_workers", interrupt)
        shift.post(1)
        await shift.crew.finish()
        await settled()
        assert shift.ends == 1

    assert [type(error) for error in shift.crew.crashes] == [KeyboardInterrupt]
    assert [payload for payload, _ in shift.reported] == [1]
    assert statistics(shift) == (0, 0, 0, 0, 1)


@pytest.mark.parametrize("where", ["listener", "idle worker"])
@pytest.mark.parametrize("times", [1, 2])
async def test_a_task_that_is_cancelled_from_outside_stops_the_crew(
    where: str, times: int, anyio_backend: Backend
) -> None:
    """As by whoever cancels all tasks of the loop; that is no stray, and the block has to end."""
    skip_on_trio(anyio_backend)
    others = asyncio.all_tasks()
    async with running(1, ordered=True) as shift:
        shift.gate.set()
        await shift.post(1)
        await settled()
        tasks = {task.get_name(): task for task in asyncio.all_tasks() - others}
        worker = tasks.pop("aldis.Dispatcher worker")
        (listener,) = tasks.values()
        for _ in range(times):
            (listener if where == "listener" else worker).cancel()
        late = shift.post(2) if where == "listener" else None
        await shift.crew.finish()
        await turns()
        assert (shift.crew.was_cancelled, shift.ends, shift.crew.crashes) == (True, 1, [])
        late = late or shift.post(2)

    with pytest.raises(DeliveryCancelledError, match="ended first"):
        await late
    assert statistics(shift) == (0, 0, 1, 0, 1)
    assert [payload for payload, _ in shift.reported] == [2]


async def test_a_crew_that_is_stopped_was_not_cancelled() -> None:
    """Though all its tasks are."""
    async with running(2) as shift:
        shift.post(1)
        await settled()
    assert (shift.crew.was_cancelled, shift.ends) == (False, 0)


# -- stray cancellations -----------------------------------------------------------------------


@pytest.mark.parametrize("stray", STRAYS, ids=lambda each: each.__name__)
async def test_a_stray_cancellation_ends_its_event_alone(
    stray: Callable[[], Awaitable[None]], anyio_backend: Backend
) -> None:
    """That is told why, and what it was; those behind it, also in its line, are delivered."""
    skip_on_trio(anyio_backend)

    async def receive(payload: object) -> object:
        if payload == "stray":
            await stray()
        await turns()
        return payload

    async with running(1, ordered=True) as shift:
        shift.then = receive
        for _ in range(3):
            cut_off, behind = shift.post("stray"), shift.post("behind")
            with pytest.raises(DeliveryCancelledError, match="not meant for it") as caught:
                await cut_off
            assert caught.value.began
            assert type(caught.value.__cause__) is asyncio.CancelledError
            assert (await behind).values == ("behind",)
        await settled()
        assert shift.crew._workers == shift.crew._limit == 1
        assert is_empty(shift.crew)

    assert [payload for payload, _ in shift.reported] == ["stray"] * 3
    assert statistics(shift) == (0, 0, 3, 0, 3)
    assert (shift.ends, shift.crew.was_cancelled, shift.crew.crashes) == (0, False, [])


async def test_a_cancellation_that_a_sync_receiver_asks_for_is_taken_back(
    anyio_backend: Backend,
) -> None:
    """Its event has ended when it would be raised: it is nobody's."""
    skip_on_trio(anyio_backend)

    def cancel(sender: object, payload: object) -> None:
        task: Any = asyncio.current_task()
        task.cancel()

    async with running(1) as shift:
        shift.signal.disconnect(shift.receive)
        shift.signal.connect(cancel)
        for number in range(3):
            await shift.post(number)
        await turns()
        assert shift.crew._workers == 1

    assert statistics(shift) == (0, 0, 3, 0, 0)
    assert (shift.ends, shift.reported) == (0, [])


# -- what is reported --------------------------------------------------------------------------


def fail(sender: object, payload: object) -> None:
    """Fail, before others have their turn."""
    raise ValueError(payload)


@pytest.mark.parametrize("how", ["cancelled", "stopped", "stray"])
async def test_what_had_failed_before_an_event_was_cut_off_is_reported(
    how: str, anyio_backend: Backend
) -> None:
    """And then that it was cut off, unless a user has asked for it; and nothing that succeeded."""
    if how == "stray":
        skip_on_trio(anyio_backend)

    def succeed(sender: object, payload: object) -> None:
        pass

    async with running(1) as shift:
        shift.signal.connect(fail, priority=1)
        shift.signal.connect(succeed, priority=1)
        shift.then = lambda _: raise_it() if how == "stray" else anyio.sleep_forever()
        posted = shift.post(1)
        await settled()
        if how == "cancelled":
            posted.cancel()
            await settled()
        elif how == "stopped":
            shift.crew.stop()

    kinds = [type(error) for _, error in shift.reported]
    assert kinds == [ValueError] + [DeliveryCancelledError] * (how != "cancelled")
    assert statistics(shift) == (0, 0, 0, 0, 1)


@pytest.mark.parametrize("how", ["failed", "cut off"])
async def test_a_report_that_fails_costs_no_event(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the logger's can: it is printed as what nobody has caught, and the event has its end."""
    printed: list[type[BaseException]] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, traceback: printed.append(kind))

    def report(outcome: object, event: object) -> None:
        raise OSError

    async with running(1) as shift:
        monkeypatch.setattr(shift.crew, "_report", report)
        posted = shift.post(-1)
        await settled()
        if how == "failed":
            shift.gate.set()
            await shift.crew.finish()

    assert posted.is_done
    assert printed == [OSError]
    assert statistics(shift)[3:] == ((1, 0) if how == "failed" else (0, 1))


async def test_a_report_that_crashes_stops_the_crew(monkeypatch: pytest.MonkeyPatch) -> None:
    """And its event has its end."""

    def report(outcome: object, event: object) -> None:
        raise CrashError

    async with running(1) as shift:
        monkeypatch.setattr(shift.crew, "_report", report)
        shift.gate.set()
        posted = shift.post(-1)
        with anyio.fail_after(LIMIT):
            assert [type(error) for error in (await posted).errors] == [ValueError]
        assert shift.ends == 1

    assert [type(error) for error in shift.crew.crashes] == [CrashError]
    assert statistics(shift) == (0, 0, 0, 1, 0)


# -- lines -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ordered", [False, True])
async def test_it_knows_whose_end_an_event_waits_for(ordered: bool) -> None:
    """The first of its line; that one itself, and those in no line, wait for no other."""
    async with running(1, ordered=ordered) as shift:
        line = [shift.post(number) for number in range(3)]
        other = shift.post(3, "another sender")
        await settled()
        found = [tuple(shift.crew.ahead_of(each)) for each in (*line, other)]
        assert found == [(), (line[0],) * ordered, (line[0],) * ordered, ()]
        line[0].cancel()
        await settled()
        assert tuple(shift.crew.ahead_of(line[2])) == (line[1],) * ordered
        shift.gate.set()


# -- an event loop that ends -------------------------------------------------------------------


class Step:
    """Waits for whoever steps the coroutine by hand."""

    def __await__(self) -> Generator[None, None, None]:
        """Give the step back."""
        yield


@pytest.mark.parametrize("part", ["a task", "a delivery"])
async def test_an_event_loop_that_is_closed_around_it_is_no_crash(part: str) -> None:
    """Python closes what is left of it: nothing is reported then, and no one is told to stop."""

    async def wait(payload: object = None) -> None:
        await Step()

    async with running(1) as shift:
        shift.then = wait
        posted = shift.make(1)
        shift.crew.ledger.enter(posted)
        assert shift.crew.ledger.claim(posted)
        left: Any = shift.crew._deliver(posted, anyio.CancelScope())
        if part == "a task":
            left.close()
            left = shift.crew._guard(wait)
        left.send(None)
        left.close()
        assert (shift.ends, shift.crew.crashes, shift.reported) == (0, [], [])
        assert posted.scope is None
        assert not posted.is_done

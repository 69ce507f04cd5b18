"""Handing in and waiting: it is right at each step, and nobody ever waits for themselves."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import FrameType
from typing import Any

import anyio
import anyio.to_thread
import pytest
from anyio.lowlevel import checkpoint

from aldis import DeliveryCancelledError, DispatcherFullError
from tests.behaviour.recording import INSIDE, LIMIT, Intrusion
from tests.unit.crews import Shift, is_empty, running, settled, statistics

pytestmark = pytest.mark.anyio


# -- handing over and taking back --------------------------------------------------------------


@pytest.mark.parametrize("ordered", [False, True])
async def test_what_was_handed_over_can_be_taken_back_in_time(ordered: bool) -> None:
    """Until it begins, whether the loop has looked at it or not; it makes room."""
    async with running(1, 4, ordered=ordered) as shift:
        first, second, third = shift.post(1), shift.post(2), shift.post(3)
        await settled()
        fourth, fifth = shift.post(4), shift.post(5)
        assert shift.free() == 0
        for posted in (second, fourth):
            assert shift.crew.take_back(posted)
            assert not shift.crew.take_back(posted)
        assert shift.free() == 2
        shift.gate.set()
        await shift.crew.finish()
        assert not shift.crew.take_back(first)
        await settled()
        assert shift.free() == 4

    assert shift.heard == [1, 3, 5]
    assert statistics(shift) == (0, 0, 3, 0, 0)
    assert [each.is_done for each in (first, second, third, fourth, fifth)] == [
        *(True, False, True, False, True)
    ]


async def test_who_waits_for_the_end_is_told_when_the_last_is_taken_back() -> None:
    """There is nothing left to wait for; the loop has not even looked at the event."""
    shift = Shift(1)
    posted = shift.post(1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(shift.crew.wait_idle)
        await settled()
        assert shift.crew.take_back(posted)
        tasks.start_soon(shift.crew.run)
        await settled()
        left = len(shift.crew._drainers)
        shift.crew.stop()
        shift.crew.close()
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
    async with running(1, 1) as shift:
        shift.gate.set()
        await settled()
        posted = shift.make(1)
        assert shift.crew.room.take()
        Interrupted(shift.crew, "_bell" if moment == "rung" else moment, rings=moment == "rung")
        with pytest.raises(KeyboardInterrupt):
            shift.crew.hand_over(posted)
        await settled()
        assert statistics(shift) == (0, 0, 0, 0, 0)
        assert shift.free() == 1
        assert is_empty(shift.crew)
    assert shift.heard == []


async def test_an_event_cancelled_before_it_was_looked_at_leaves_nobody_waiting() -> None:
    """A thread posts and cancels between two steps of the loop; it ends at once and makes room."""
    async with running(1, 1) as shift:
        await settled()
        posted = shift.post(1)
        posted.cancel()
        assert posted.is_done
        assert shift.free() == 1
        assert statistics(shift) == (0, 0, 0, 0, 1)
        with anyio.fail_after(LIMIT):
            await shift.crew.wait_idle()
            with pytest.raises(DeliveryCancelledError):
                await posted
        assert is_empty(shift.crew)
    assert shift.heard == []


async def test_giving_up_waiting_leaves_nothing() -> None:
    """Those who do not wait any more are forgotten, also while there is always something to do."""
    async with running() as shift:
        shift.post(1)
        await settled()
        for _ in range(20):
            with anyio.move_on_after(0):
                await shift.crew.wait_idle()
        assert shift.crew._drainers == []


# -- receivers that wait for room --------------------------------------------------------------


async def test_those_who_wait_for_room_are_served_in_their_order() -> None:
    """Their events are handed over as soon as there is room, and delivered in that order."""
    async with running(1, 1) as shift:
        shift.post("running")
        await settled()
        shift.post("pending")
        told: list[bool] = []

        async def hand_over(payload: object) -> None:
            told.append(await shift.crew.hand_over_later(shift.make(payload)))

        async with anyio.create_task_group() as tasks:
            for number in range(5):
                tasks.start_soon(hand_over, number)
                await settled()
            assert (told, statistics(shift)) == ([], (1, 1, 0, 0, 0))
            shift.gate.set()
        await shift.crew.finish()
        assert told == [True] * 5
        assert shift.free() == 1

    assert shift.heard == ["running", "pending", *range(5)]


@pytest.mark.parametrize("how", ["give up", "stop"])
async def test_who_waits_for_room_in_vain_hands_nothing_over(how: str) -> None:
    """Cancelled or refused; nothing is counted or delivered, and nobody is left in the queue."""
    async with running(1, 1) as shift:
        shift.post("running")
        await settled()
        shift.post("pending")
        posted = shift.make("late")
        with anyio.move_on_after(0 if how == "give up" else LIMIT):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(shift.crew.hand_over_later, posted)
                await settled()
                shift.crew.room.refuse()
        assert not shift.crew.room._waiting
        shift.gate.set()
        await shift.crew.finish()
        assert statistics(shift) == (0, 0, 2, 0, 0)
        assert shift.free() == 1


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_in_a_ring_of_full_crews_the_last_to_wait_is_refused(size: int) -> None:
    """Receivers of each wait for room in the next one, several at a time; all come to an end."""
    refused: list[int | None] = []

    async def wait_for_next(place: int) -> None:
        follower = shifts[(place + 1) % size]
        try:
            assert await follower.crew.hand_over_later(follower.make("more"))
        except DispatcherFullError as error:
            refused.append(error.max_pending)

    async with AsyncExitStack() as stack:
        shifts = [await stack.enter_async_context(running(2, 2)) for _ in range(size)]
        starts = anyio.Event()

        def wire(place: int) -> None:
            async def receive(payload: object) -> None:
                if payload == "waits":
                    await starts.wait()
                    await wait_for_next(place)

            shifts[place].then = receive

        for payload in ("waits", "pending"):
            for place, shift in enumerate(shifts):
                wire(place)
                shift.post(payload)
                shift.post(payload)
            await settled()
        starts.set()
        with anyio.fail_after(LIMIT):
            for _ in range(2):  # what is handed over late may be in one that had finished
                for shift in shifts:
                    await shift.crew.finish()
        ends = [statistics(shift)[2] for shift in shifts]
        assert all(is_empty(shift.crew) for shift in shifts)

    assert set(refused) == {2}
    assert sum(ends) == size * 6 - len(refused)
    assert len(refused) < 2 * size or size == 1


async def test_many_receivers_that_wait_for_the_same_room_are_no_ring() -> None:
    """A third crew's receiver may wait for room in the crew that they belong to."""
    async with running(2, 1) as one, running(1, 1) as other, running(1, 1) as third:

        async def hand_over(shift: Shift) -> None:
            assert await shift.crew.hand_over_later(shift.make("more"))

        other.post("running")
        await settled()
        other.post("pending")
        one.then = lambda payload: hand_over(other) if payload == "waits" else settled()
        for _ in range(2):
            one.post("waits")
            await settled()
        one.post("pending")
        assert one.crew._blocked_by == [other.crew] * 2
        third.then = lambda payload: hand_over(one)
        third.post("waits")
        await settled()
        assert third.crew._blocked_by == [one.crew]
        other.gate.set()
        with anyio.fail_after(LIMIT):
            for shift in (third, one, other):
                await shift.crew.finish()
        found = [statistics(shift) for shift in (one, other, third)]
        assert all(is_empty(shift.crew) for shift in (one, other, third))

    assert found == [(0, 0, 4, 0, 0), (0, 0, 4, 0, 0), (0, 0, 1, 0, 0)]


# -- counting ----------------------------------------------------------------------------------


class Looking:
    """Looks at each line that Aldis runs in this thread, as a signal handler or a thread might."""

    def __init__(self, look: Callable[[FrameType], None]) -> None:
        self._look = look
        self._looks = False

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(INSIDE) or self._looks:
            return None
        if event == "line":
            self._looks = True
            self._look(frame)
            self._looks = False
        return self._trace

    def __enter__(self) -> None:
        """Begin."""
        self._before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        """End."""
        sys.settrace(self._before)


@pytest.mark.parametrize("ordered", [False, True])
async def test_the_books_are_right_at_each_line(ordered: bool) -> None:
    """Whoever looks between two steps of the loop finds every accepted event, and each once."""
    wrong: set[str] = set()
    posted, looks, ended = 0, 0, (0, 0, 0)

    def look(frame: FrameType) -> None:
        nonlocal ended, looks
        looks += 1
        found = shift.crew.ledger.count()
        shrinks = any(now < before for now, before in zip(found[2:], ended, strict=True))
        if min(found) < 0 or shrinks or not posted <= sum(found) <= posted + handing:
            wrong.add(f"{frame.f_code.co_name}:{frame.f_lineno}: {found}, {posted}, {ended}")
        ended = found[2:]

    handing = 0
    async with running(2, 100, ordered=ordered) as shift:
        await settled()
        # The crew's tasks are not traced, but each step that they take into Aldis's frames is.
        with Looking(look):
            for number in range(-5, 10):
                handing = 1
                made = shift.post(number)
                posted, handing = posted + 1, 0
                await checkpoint()
                if number % 3 == 0:
                    made.cancel()
                if number == 3:
                    shift.gate.set()
            await shift.crew.wait_idle()

    assert sorted(wrong) == []
    assert looks > 100


async def test_counting_in_another_thread_sees_each_event_once() -> None:
    """Though the loop delivers all of them between two steps of the counting."""
    wrong: list[object] = []
    posted = 0
    async with running(2) as shift:
        shift.gate.set()
        for step in range(100):
            paused, delivered = threading.Event(), threading.Event()
            for number in (1, 2, -3):
                shift.post(number)
            posted += 3

            def pause(
                paused: threading.Event = paused, delivered: threading.Event = delivered
            ) -> None:
                paused.set()
                assert delivered.wait(LIMIT)

            def count(
                posted: int = posted, step: int = step, paused: threading.Event = paused
            ) -> None:
                found = shift.crew.ledger.count()
                paused.set()
                if sum(found) != posted or found.dropped or min(found) < 0:
                    wrong.append((step, found, posted))

            intrusion = Intrusion(pause, step)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.to_thread.run_sync, intrusion.run, count)
                assert await anyio.to_thread.run_sync(paused.wait, LIMIT)
                await shift.crew.wait_idle()
                delivered.set()
            if not intrusion.done():
                break

    assert step > 8
    assert wrong == []

"""The tasks behind a dispatcher: their books are right at each moment, and none is left asleep."""

# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextvars import copy_context
from types import FrameType
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import DeliveryCancelledError, Event, Outcome, Signal, Statistics
from aldis._crew import Crew
from aldis._identity import sender_key
from aldis._posted import Posted
from tests.behaviour.recording import INSIDE, Intrusion

pytestmark = pytest.mark.anyio

LIMIT = 60.0


async def turns() -> None:
    """Let all others run until they wait."""
    for _ in range(20):
        await checkpoint()


class Desk:
    """A crew, with all that it tells.

    Attributes:
        crew: the crew.
        began: how many events have left its queue.
        errors: what it was told to report.
        posted: what was handed to it.
    """

    def __init__(
        self, tasks: anyio.abc.TaskGroup, concurrency: int | None = 2, *, ordered: bool = False
    ) -> None:
        self.began = 0
        self.errors: list[Exception | None] = []
        self.posted: list[Posted] = []
        self.gate = anyio.Event()
        self.signal = Signal[int]("signal")
        self.signal.connect(self.receive, weak=False)
        self._ordered = ordered
        self.crew = Crew(tasks, concurrency, on_begin=self.begin, on_error=self.fail)

    def begin(self) -> None:
        """Count one more."""
        self.began += 1

    def fail(self, outcome: Outcome[Any], event: Event[Any, Any]) -> None:
        """Keep what failed."""
        self.errors.append(outcome.error)

    async def receive(self, sender: object, payload: int) -> None:
        """Wait for the gate; fail for negative numbers."""
        await self.gate.wait()
        if payload < 0:
            raise ValueError

    def make(self, payload: int, sender: object = "sender") -> Posted:
        """Make one that is not handed over."""
        event = self.signal.event(sender, payload)
        line = (id(self.signal), sender_key(sender)) if self._ordered else None
        return Posted(event, copy_context(), line, self.crew.request_cancel)

    def hand_over(self, *payloads: int) -> list[Posted]:
        """Make some and hand them over."""
        made = [self.make(payload) for payload in payloads]
        for posted in made:
            self.crew.hand_over(posted)
        self.posted += made
        return made


# -- waking ------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 2, 3, None])
async def test_as_many_workers_as_there_is_work_and_no_more(concurrency: int | None) -> None:
    """Those that are idle are woken first, so that a trickle of events takes one worker."""
    async with anyio.create_task_group() as tasks:
        desk = Desk(tasks, concurrency)
        desk.gate.set()
        for number in range(20):
            desk.hand_over(number)
            await desk.crew.wait_idle()
            await turns()
        assert desk.crew._workers == 1
        desk.gate = anyio.Event()
        desk.hand_over(*range(5))
        await turns()
        expected = 5 if concurrency is None else min(concurrency, 5)
        assert desk.crew.statistics().running == expected
        assert desk.crew._workers == expected
        desk.gate.set()
        await desk.crew.wait_idle()
        await turns()
        assert len(desk.crew._idle) == desk.crew._workers
        tasks.cancel_scope.cancel()

    assert desk.began == 25


async def test_a_trickle_of_events_does_not_pile_up_workers() -> None:
    """Without a bound, too: one more for each that runs, not for each that ever ran."""
    async with anyio.create_task_group() as tasks:
        desk = Desk(tasks, None)
        desk.gate.set()
        for number in range(200):
            desk.hand_over(number, number)
            await checkpoint()
        await desk.crew.wait_idle()
        assert desk.crew._workers < 20
        tasks.cancel_scope.cancel()


async def test_lines_are_forgotten_when_they_have_ended() -> None:
    """However many senders there were, and however their events ended."""
    async with anyio.create_task_group() as tasks:
        desk = Desk(tasks, 2, ordered=True)
        desk.gate.set()
        for number in range(-50, 50):
            posted = desk.make(number, f"sender {number % 20}")
            desk.crew.hand_over(posted)
            if number % 7 == 0:
                posted.cancel()
        await desk.crew.wait_idle()
        await turns()
        assert desk.crew._agenda._lines == {}
        assert desk.crew._running == {}
        tasks.cancel_scope.cancel()


# -- taking back -------------------------------------------------------------------------------


async def test_what_was_handed_over_can_be_taken_back_in_time() -> None:
    """Until the loop has looked at it; then it is delivered."""
    async with anyio.create_task_group() as tasks:
        desk = Desk(tasks)
        desk.gate.set()
        early, late = desk.hand_over(1, 2)
        assert desk.crew.take_back(early)
        assert not desk.crew.take_back(early)
        assert sum(desk.crew.statistics()) == 1
        await desk.crew.wait_idle()
        assert not desk.crew.take_back(late)
        assert desk.crew.statistics() == Statistics(0, 0, 1, 0, 0)
        tasks.cancel_scope.cancel()

    assert not early.is_done
    assert late.is_done


# -- the rest ----------------------------------------------------------------------------------


async def test_the_rest_is_all_that_has_not_ended() -> None:
    """Running, ready, in a line and not looked at; each once, with whether it had begun."""
    async with anyio.create_task_group() as tasks:
        desk = Desk(tasks, 1, ordered=True)
        cancelled = desk.hand_over(0, 1, 2, 3)[2]
        await turns()
        cancelled.cancel()
        await turns()
        assert cancelled.is_done
        other = desk.make(4, "another sender")
        desk.crew.hand_over(other)
        await turns()
        tasks.cancel_scope.cancel()
        desk.hand_over(5)
        assert desk.crew.statistics() == Statistics(4, 1, 0, 0, 1)

    rest = desk.crew.rest()
    assert [(posted.event.payload, began) for posted, began in rest] == [
        (0, True),
        (4, False),
        (1, False),
        (3, False),
        (5, False),
    ]
    assert desk.crew.rest() == []
    for posted, began in rest:
        error = desk.crew.drop(posted, began=began)
        assert (error.signal, error.began) == ("signal", began)
        assert posted.is_done
    assert desk.crew.statistics() == Statistics(0, 0, 0, 0, 6)
    await desk.crew.wait_idle()


async def test_an_event_cancelled_before_it_was_looked_at_leaves_nobody_waiting() -> None:
    """A thread posts and cancels between two steps of the loop, and then the dispatcher ends."""
    drained: list[str] = []
    async with anyio.create_task_group() as outside:
        async with anyio.create_task_group() as tasks:
            desk = Desk(tasks)
            await turns()
            posted = desk.make(1)

            async def wait() -> None:
                await desk.crew.wait_idle()
                drained.append("drained")

            # What `_listen` does when both come after its look into the inbox, before that at
            # the requests.
            desk.crew._inbox.append(posted)
            desk.crew._cancel(posted)
            outside.start_soon(wait)
            await turns()
            tasks.cancel_scope.cancel()
        assert posted.is_done
        assert desk.crew.rest() == []
        assert desk.crew.statistics() == Statistics(0, 0, 0, 0, 1)
        await turns()
        outside.cancel_scope.cancel()  # where it would wait for ever

    assert drained == ["drained"]


async def test_giving_up_waiting_leaves_nothing() -> None:
    """Those who do not wait any more are forgotten, also while there is always something to do."""
    async with anyio.create_task_group() as tasks:
        desk = Desk(tasks)
        desk.hand_over(1)
        await turns()
        for _ in range(20):
            with anyio.move_on_after(0):
                await desk.crew.wait_idle()
        left = len(desk.crew._waiting)
        tasks.cancel_scope.cancel()

    assert left == 0


# -- cancelling --------------------------------------------------------------------------------


async def test_a_request_that_comes_late_cancels_nobody() -> None:
    """Its event has ended, and the worker's scope is another event's."""
    async with anyio.create_task_group() as tasks:
        desk = Desk(tasks, 1)
        desk.gate.set()
        (first,) = desk.hand_over(1)
        await desk.crew.wait_idle()
        desk.gate = anyio.Event()
        (second,) = desk.hand_over(2)
        await turns()
        desk.crew.request_cancel(first)
        await turns()
        assert not second.is_done
        desk.gate.set()
        await desk.crew.wait_idle()
        assert desk.crew.statistics() == Statistics(0, 0, 2, 0, 0)
        tasks.cancel_scope.cancel()


async def test_a_worker_that_was_cancelled_works_on() -> None:
    """There are as many as before, and they do as much."""
    async with anyio.create_task_group() as tasks:
        desk = Desk(tasks, 2)
        for _ in range(50):
            for posted in desk.hand_over(1, 2):
                await turns()
                posted.cancel()
            await desk.crew.wait_idle()
        assert desk.crew._workers == 2
        assert desk.crew.statistics() == Statistics(0, 0, 0, 0, 100)
        desk.hand_over(1, 2, 3)
        await turns()
        assert desk.crew.statistics()[:2] == (1, 2)
        desk.gate.set()
        await desk.crew.wait_idle()
        tasks.cancel_scope.cancel()

    for posted in desk.posted[:100]:
        with pytest.raises(DeliveryCancelledError):
            await posted


# -- the books ---------------------------------------------------------------------------------


class Looking:
    """Looks at each line that Aldis runs in this thread, as a signal handler or a thread might."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._looks = False

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(INSIDE) or self._looks:
            return None
        if event == "line":
            self._looks = True
            self._look()
            self._looks = False
        return self._trace

    def __enter__(self) -> None:
        """Begin."""
        self._before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        """End."""
        sys.settrace(self._before)


async def test_the_books_are_right_at_each_line() -> None:
    """Whoever looks between two steps of the loop finds every accepted event, and each once."""
    accepted = 0
    wrong: set[str] = set()

    def look() -> None:
        statistics = desk.crew.statistics()
        if min(statistics) < 0 or not accepted <= sum(statistics) <= accepted + handing:
            frame = sys._getframe(2)
            wrong.add(f"{frame.f_code.co_qualname}:{frame.f_lineno}: {statistics}, not {accepted}")

    handing = 0
    async with anyio.create_task_group() as tasks:
        desk = Desk(tasks, 2, ordered=True)
        # The tasks of the crew are frames of their own, made under the trace.
        with Looking(look):
            for number in range(-5, 10):
                handing = 1
                (posted,) = desk.hand_over(number)
                accepted, handing = accepted + 1, 0
                await checkpoint()
                if number % 3 == 0:
                    posted.cancel()
                if number == 3:
                    desk.gate.set()
            await desk.crew.wait_idle()
        tasks.cancel_scope.cancel()

    assert sorted(wrong) == []


async def test_counting_in_another_thread_sees_each_event_once() -> None:
    """Though the loop goes on between two steps of the counting."""
    async with anyio.create_task_group() as tasks:
        desk = Desk(tasks, 2)
        desk.gate.set()
        wrong: list[object] = []
        for step in range(30):
            start, done = threading.Event(), threading.Event()
            desk.hand_over(1, 2, -3)
            expected = len(desk.posted)

            def intrude(start: threading.Event = start, done: threading.Event = done) -> None:
                start.set()
                assert done.wait(LIMIT)

            intrusion = Intrusion(intrude, step)

            def count(
                intrusion: Intrusion = intrusion,
                start: threading.Event = start,
                expected: int = expected,
                step: int = step,
            ) -> None:
                def ask() -> None:
                    statistics = desk.crew.statistics()
                    if min(statistics) < 0 or sum(statistics) != expected:
                        wrong.append((step, statistics, expected))

                intrusion.run(ask)
                start.set()

            thread = threading.Thread(target=count)
            thread.start()
            assert await anyio.to_thread.run_sync(start.wait, LIMIT)
            await desk.crew.wait_idle()
            done.set()
            await anyio.to_thread.run_sync(thread.join, LIMIT)
            if intrusion.done():
                continue
            break
        tasks.cancel_scope.cancel()

    assert wrong == []

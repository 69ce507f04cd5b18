"""The buffer of a stream: what goes in from anywhere, what comes out, and what is dropped."""

# pyright: reportPossiblyUnboundVariable=false
# What is made in a loop that is run through once at least is looked at behind it.

from __future__ import annotations

import gc
import itertools
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import pytest

from aldis import Signal
from aldis._intake import Failure, Intake
from aldis._room import Room
from aldis.exceptions import OptionError, StreamLaggedError, StreamUseError
from tests.behaviour.recording import LIMIT, Intrusion
from tests.unit.interrupts import InterruptError, interrupting

EVENTS = [Signal[int]().event(None, number) for number in range(10)]


def lagging(limit: int = 2, **options: Any) -> Intake:
    """Make one that drops."""
    return Intake(limit, "lag", None, **options)


def waiting(limit: int = 2) -> Intake:
    """Make one that those who send wait for."""
    return Intake(limit, "wait", None)


def take_all(intake: Intake) -> list[Any]:
    """Take until there is nothing; a gap is its number."""
    found: list[Any] = []
    while True:
        try:
            item = intake.take()
        except StreamLaggedError as error:
            found.append(error.missed)
            continue
        if item is None:
            return found
        found.append(item)


def room_in(intake: Intake) -> int:
    """Count the places, giving them back."""
    count = 0
    while intake.reserve():
        count += 1
    for _ in range(count):
        intake.release()
    return count


# -- in and out --------------------------------------------------------------------------------


def test_it_is_never_called_as_a_receiver() -> None:
    """It only looks like one, so that a signal can hold it."""
    with pytest.raises(StreamUseError):
        lagging()(None, EVENTS[0])


def test_what_goes_in_comes_out_in_order() -> None:
    """Then there is nothing."""
    intake = lagging()
    for event in EVENTS[:2]:
        intake.put(event)
    assert take_all(intake) == EVENTS[:2]
    assert intake.take() is None


def test_the_oldest_is_dropped_and_counted() -> None:
    """The number comes first, once."""
    intake = lagging()
    for event in EVENTS:
        intake.put(event)
    assert take_all(intake) == [8, *EVENTS[8:]]
    assert take_all(intake) == []


def test_the_first_alone_is_kept_if_asked_for() -> None:
    """More is no gap."""
    intake = lagging(1, first_only=True)
    for event in EVENTS:
        intake.put(event)
    assert take_all(intake) == [EVENTS[0]]


def test_it_judges_by_where() -> None:
    """Nothing for what is not wanted, and what `where` raises in place of the event."""

    def where(event: Any) -> bool:
        if event is EVENTS[2]:
            raise ValueError
        return event is EVENTS[0]

    intake = Intake(2, "lag", where)
    assert intake.judge(EVENTS[0]) is EVENTS[0]
    assert intake.judge(EVENTS[1]) is None
    failure = intake.judge(EVENTS[2])
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, ValueError)


def test_a_where_that_is_async_in_disguise_is_told_to_the_reader() -> None:
    """What it returns is true, always; it is closed, so that nobody misses its awaiting."""

    async def where(event: Any) -> bool:
        return True

    failure = Intake(2, "lag", lambda event: where(event)).judge(EVENTS[0])
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, OptionError)
    assert "where=an async function" in str(failure.error)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_is_the_senders(error: type[BaseException]) -> None:
    """An interrupt in `where` is for nobody to read."""

    def where(event: Any) -> bool:
        raise error

    with pytest.raises(error):
        Intake(2, "lag", where).judge(EVENTS[0])


# -- places ------------------------------------------------------------------------------------


def test_one_that_drops_needs_no_places() -> None:
    """There is always one, and giving back does nothing."""
    intake = lagging(1)
    assert all(intake.reserve() for _ in range(5))
    intake.release()
    assert [intake.reserve(), intake.waits] == [True, False]


def test_there_are_as_many_places_as_were_asked_for() -> None:
    """Each is taken before something is put in, and free when that is taken out."""
    intake = waiting(3)
    for _ in range(3):
        assert room_in(intake) == 3
        for event in EVENTS[:3]:
            assert intake.reserve()
            intake.put(event)
        assert not intake.reserve()
        assert take_all(intake) == EVENTS[:3]


def test_a_closed_one_has_room_and_takes_nothing_in() -> None:
    """Whoever sends goes on, as if it were not there; what was there is gone."""
    intake = waiting(1)
    assert intake.reserve()
    intake.put(EVENTS[0])
    intake.close()
    assert [intake.is_closed, intake.reserve(), intake.reserve()] == [True] * 3
    intake.put(EVENTS[1])
    assert intake.take() is None
    intake.close()


@pytest.mark.anyio
async def test_closing_serves_those_who_wait() -> None:
    """They go on, with no place."""
    intake = waiting(1)
    assert intake.reserve()
    with anyio.fail_after(LIMIT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(intake.wait_for_place)
            await anyio.wait_all_tasks_blocked()
            intake.close()
        await intake.wait()


@pytest.mark.anyio
async def test_a_place_that_was_waited_for_is_taken() -> None:
    """Also when the waiter is cancelled behind it: then it is there for the next one."""
    intake = waiting(1)
    assert intake.reserve()
    with anyio.fail_after(LIMIT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(intake.wait_for_place)
            await anyio.wait_all_tasks_blocked()
            intake.release()
        assert not intake.reserve()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(intake.wait_for_place)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        intake.release()
        assert room_in(intake) == 1


# -- in the middle -----------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2])
def test_taking_in_the_middle_of_taking(count: int) -> None:
    """Whatever is there is taken once."""
    for step in itertools.count():
        intake, found = lagging(2), list[Any]()
        for event in EVENTS[:count]:
            intake.put(event)

        def take(intake: Intake = intake, found: list[Any] = found) -> None:
            found.append(intake.take())

        intrusion = Intrusion(take, step, each="opcode")
        intrusion.run(take)
        if not intrusion.done():
            break
        found += take_all(intake)
        assert sum(each is not None for each in found) == count, step
    assert step > 5


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_putting_in_the_middle_of_putting(limit: int) -> None:
    """Each item is there or counted."""
    for step in itertools.count():
        intake = lagging(limit)
        intake.put(EVENTS[0])
        intrusion = Intrusion(partial(intake.put, EVENTS[1]), step, each="opcode")
        intrusion.run(partial(intake.put, EVENTS[2]))
        if not intrusion.done():
            break
        found = take_all(intake)
        missed = [each for each in found if isinstance(each, int)]
        assert len(found) - len(missed) == min(limit, 3), step
        assert sum(missed) == max(0, 3 - limit), step
    assert step > 20


def interrupt_each_line(
    function: Any, make: Callable[[], Intake], use: Callable[[Intake], object]
) -> dict[int, Intake]:
    """Interrupt a function before each of its lines, as Ctrl-C might; give what came of each."""
    found: dict[int, Intake] = {}
    for line in itertools.count():
        intake = make()
        with interrupting(function, line) as come_to:
            use(intake)
        if len(come_to) <= line:
            return found
        found[come_to[-1]] = intake
    raise InterruptError


def test_what_comes_in_as_it_is_closed_is_let_go() -> None:
    """Another thread closes it between two steps of `put`: nobody would ever read the item."""

    class Closing(deque[Any]):
        """Has it closed by whoever is the first to put in."""

        def append(self, item: Any) -> None:
            """Close it, and put in."""
            intake.close()
            super().append(item)

    intake = lagging()
    intake._items = Closing()
    intake.put(EVENTS[0])
    assert not intake._items


def test_an_interrupted_drop_counts_once() -> None:
    """What it did not come to, the next one does."""

    def overfill(intake: Intake) -> None:
        for event in EVENTS[:4]:
            intake.put(event)

    for line, intake in interrupt_each_line(Intake._apply, lagging, overfill).items():
        before = len(intake._items) + intake._missed
        assert before in (3, 4), line
        for event in EVENTS[4:8]:
            intake.put(event)
        found = take_all(intake)
        assert (found[0], len(found)) in ((5, 3), (6, 3)), line


@pytest.mark.parametrize(
    "function", [Intake.put, Intake.take, Intake.release, Room.give_back], ids=lambda f: f.__name__
)
def test_an_interrupt_costs_one_place_at_most(function: Any) -> None:
    """And never gives one too many; docs/reliability.md says that no more is promised."""

    def use(intake: Intake) -> None:
        for event in EVENTS[:2]:
            if intake.reserve():
                intake.put(event)
            intake.take()

    for line, intake in interrupt_each_line(function, waiting, use).items():
        take_all(intake)
        assert room_in(intake) in (1, 2), line


# -- letting go --------------------------------------------------------------------------------


def test_what_was_taken_is_let_go() -> None:
    """By it and by its queue of operations."""

    class Watched:
        """Counts itself."""

    intake = lagging(2)
    for _ in range(5):
        intake.put(Signal[Any]().event(None, Watched()))
    assert len(take_all(intake)) == 3
    assert not intake.queue
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is Watched]

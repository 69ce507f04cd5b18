"""An event goes into all streams that want it, or into none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import pytest

from aldis import Signal
from aldis import _offering as offering
from aldis._intake import Failure, Intake
from aldis.exceptions import StreamFullError
from tests.behaviour.recording import LIMIT
from tests.unit.interrupts import interrupting

EVENT: Any = Signal[int]("signal").event(None, 1)


class Tap:
    """Stands for the connection of a stream."""

    def __init__(self, intake: Intake | None, *, live: bool = True) -> None:
        self.live = live
        self._intake = intake

    def __call__(self) -> Intake | None:
        """Give the referent."""
        return self._intake


def taps(*intakes: Intake | None) -> Any:
    """Make the taps of a plan."""
    return tuple(Tap(each) for each in intakes)


def make(limit: int = 1, where: Callable[[Any], object] | None = None) -> Intake:
    """Make one that those who send wait for."""
    return Intake(limit, "wait", where)


def count(intake: Intake) -> int:
    """Count what is in it."""
    taken = 0
    while intake.take() is not None:
        taken += 1
    return taken


def offer_by(kind: str, to: Any) -> None:
    """Offer in one of both ways, where there is nothing to wait for."""
    if kind == "sync":
        offering.offer(to, EVENT)
        return
    with pytest.raises(StopIteration):
        offering.offer_async(to, EVENT).send(None)


in_both_ways = pytest.mark.parametrize("kind", ["sync", "async"])


@in_both_ways
def test_all_have_it(kind: str) -> None:
    """Whether they drop or have others wait; without room there is nobody to tell."""
    intakes = [make(), Intake(1, "lag", None), make(2)]
    offer_by(kind, taps(*intakes))
    assert [count(each) for each in intakes] == [1, 1, 1]
    offer_by(kind, ())


@in_both_ways
def test_those_who_are_gone_or_do_not_want_it_have_it_not(kind: str) -> None:
    """A stream that died, one that was left, and one whose `where` says no."""
    left, unwilling, other = make(), make(where=lambda _: False), make()
    to = (*taps(None, unwilling, other), Tap(left, live=False))
    offer_by(kind, to)
    assert [count(each) for each in (left, unwilling, other)] == [0, 0, 1]


@in_both_ways
def test_what_is_no_exception_in_where_reaches_none(kind: str) -> None:
    """It comes out, and all places are free."""

    def where(_: object) -> bool:
        raise KeyboardInterrupt

    first, last = make(), make(where=where)
    with pytest.raises(KeyboardInterrupt):
        offer_by(kind, taps(first, last))
    assert [count(first), first.reserve(), last.reserve()] == [0, True, True]


def test_a_full_one_refuses_for_all() -> None:
    """The places that were taken before it was looked at are given back."""
    first, full, last = make(), make(), make()
    offering.offer(taps(full), EVENT)
    for _ in range(3):
        with pytest.raises(StreamFullError) as caught:
            offering.offer(taps(first, full, last), EVENT)
        assert caught.value.signal == "signal"
    assert [count(each) for each in (first, full, last)] == [0, 1, 0]
    offering.offer(taps(first, full, last), EVENT)
    assert [count(each) for each in (first, full, last)] == [1, 1, 1]


@pytest.mark.anyio
async def test_waiting_for_one_keeps_a_place_in_the_others() -> None:
    """Cancelled, it gives all of them back."""
    first, full = make(), make()
    offering.offer(taps(full), EVENT)
    with anyio.fail_after(LIMIT):
        for cancelled in (True, False):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(partial(offering.offer_async, taps(first, full), EVENT))
                await anyio.wait_all_tasks_blocked()
                assert not first.reserve()
                if cancelled:
                    tasks.cancel_scope.cancel()
                else:
                    assert count(full) == 1
            assert count(first) == (not cancelled)
    assert count(full) == 1


@in_both_ways
def test_places_are_taken_in_one_order(kind: str) -> None:
    """That in which the streams were made, whatever that of the connections."""
    asked: list[str] = []

    def note(name: str) -> Callable[[Any], bool]:
        def where(event: object) -> bool:
            asked.append(name)
            return True

        return where

    first, second, third = (make(where=note(name)) for name in ("first", "second", "third"))
    offer_by(kind, taps(third, first, second))
    assert asked == ["first", "second", "third"]
    assert first.serial < second.serial < third.serial


@pytest.mark.anyio
async def test_crosswise_nobody_waits_for_what_the_other_holds() -> None:
    """Two sendings that know the same two streams in another order both come through."""
    one, two = make(), make()
    offering.offer(taps(one, two), EVENT)
    with anyio.fail_after(LIMIT):
        async with anyio.create_task_group() as tasks:
            for to in (taps(one, two), taps(two, one)):
                tasks.start_soon(offering.offer_async, to, EVENT)
            for _ in range(3):
                await anyio.wait_all_tasks_blocked()
                assert [one.take(), two.take()] == [EVENT] * 2
    assert [count(one), count(two)] == [0, 0]


@pytest.mark.anyio
async def test_one_that_was_cancelled_before_reaches_none() -> None:
    """Though all have room: nothing of it has begun."""
    intakes = [make(), Intake(1, "lag", None)]
    with anyio.CancelScope() as scope:
        scope.cancel()
        await offering.offer_async(taps(*intakes), EVENT)
    assert scope.cancelled_caught
    assert [count(each) for each in intakes] == [0, 0]


@in_both_ways
def test_what_where_raises_stands_for_the_event(kind: str) -> None:
    """In that stream alone; a place is taken for it as for an event."""

    def where(_: object) -> bool:
        raise ValueError

    failing, other = make(where=where), make()
    offer_by(kind, taps(failing, other))
    found = failing.take()
    assert isinstance(found, Failure)
    assert isinstance(found.error, ValueError)
    assert other.take() is EVENT


def test_an_interrupt_leaves_it_in_the_first_streams() -> None:
    """Before each line of the offer; it costs each stream one place at most, and adds none."""
    line, hit, found = 0, True, list[int]()
    while hit:
        intakes = [make(2), make(2)]
        with interrupting(offering.offer, line) as come_to:
            offering.offer(taps(*intakes), EVENT)
        hit = len(come_to) > line
        found = [count(each) for each in intakes]
        assert found in ([0, 0], [1, 0], [1, 1]), come_to[-1]
        assert [each.reserve() for each in intakes] == [True, True], come_to[-1]
        assert [each.reserve() and each.reserve() for each in intakes] == [False] * 2, come_to[-1]
        line += 1
    assert found == [1, 1]

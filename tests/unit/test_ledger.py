"""The ledger: it adds up at each step of each change, and an event is claimed once."""

# pyright: reportPossiblyUnboundVariable=false
# What is made in a loop is looked at behind it.

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any

import pytest

from aldis import DeliveryCancelledError, Outcomes, Signal
from aldis._ledger import DONE, DROPPED, FAILED, Ledger, Statistics
from aldis._posted import Posted
from tests.behaviour.recording import Intrusion, Work, in_threads, switching_as_often_as_possible

Change = Callable[[Ledger, Posted], None]


class Nobody:
    """Is asked for nothing here."""

    def cancel(self, posted: Posted) -> None:
        """Is not called."""

    async def wait_for(self, posted: Posted) -> None:
        """Is not called."""

    def ahead_of(self, posted: Posted) -> tuple[Posted, ...]:
        """Is not called."""
        return ()


def make() -> Posted:
    """Make one that no ledger knows."""
    return Posted(Signal[int]("signal").event(None, 1), copy_context(), None, Nobody())


def claim(ledger: Ledger, posted: Posted) -> None:
    """Begin it."""
    assert ledger.claim(posted)


def cancel(ledger: Ledger, posted: Posted) -> None:
    """Cancel it, before its event loop has been there."""
    claim(ledger, posted)
    posted.settle(DeliveryCancelledError(None, began=False, reason="gone"))


def end(ledger: Ledger, posted: Posted) -> None:
    """Deliver it to its end."""
    claim(ledger, posted)
    ledger.end(posted, DONE)
    posted.settle(Outcomes[Any]([], None))


def fail(ledger: Ledger, posted: Posted) -> None:
    """Deliver it, with a failure."""
    claim(ledger, posted)
    ledger.end(posted, FAILED)
    posted.settle(ValueError())


def drop(ledger: Ledger, posted: Posted) -> None:
    """Cancel it, and have its event loop take note of that."""
    cancel(ledger, posted)
    ledger.end(posted, DROPPED)


CHANGES: list[tuple[Change, Statistics]] = [
    (claim, Statistics(0, 1, 0, 0, 0)),
    (cancel, Statistics(0, 0, 0, 0, 1)),
    (end, Statistics(0, 0, 1, 0, 0)),
    (fail, Statistics(0, 0, 0, 1, 0)),
    (drop, Statistics(0, 0, 0, 0, 1)),
]

each_change = pytest.mark.parametrize(
    ("change", "after"), CHANGES, ids=["claim", "cancel", "end", "fail", "drop"]
)
each_step = pytest.mark.parametrize("each", ["line", "opcode"])


# -- one after another -------------------------------------------------------------------------


def test_an_empty_ledger_has_nothing() -> None:
    """It is not busy, and what it does not know cannot be claimed."""
    ledger, stranger = Ledger(), make()

    assert ledger.count() == Statistics(0, 0, 0, 0, 0)
    assert not ledger.claim(stranger)
    assert [ledger.is_live(stranger), ledger.is_pending(stranger), ledger.is_busy()] == [False] * 3
    assert ledger.live() == []


@each_change
def test_an_event_is_counted_by_what_has_become_of_it(change: Change, after: Statistics) -> None:
    """Pending first; after the change, once, as that says."""
    ledger, posted = Ledger(), make()
    ledger.enter(posted)
    assert ledger.count() == Statistics(1, 0, 0, 0, 0)
    assert [ledger.is_pending(posted), ledger.is_live(posted), ledger.is_busy()] == [True] * 3
    change(ledger, posted)

    assert ledger.count() == after
    assert not ledger.is_pending(posted)
    assert ledger.is_busy() == ledger.is_live(posted) == (change in {claim, cancel})


def test_an_event_is_claimed_once() -> None:
    """Also when it has ended."""
    ledger, posted = Ledger(), make()
    ledger.enter(posted)

    assert [ledger.claim(posted) for _ in range(3)] == [True, False, False]
    ledger.end(posted, DONE)
    assert not ledger.claim(posted)


def test_an_event_that_is_forgotten_was_never_there() -> None:
    """It can be forgotten again."""
    ledger, posted = Ledger(), make()
    ledger.enter(posted)
    claim(ledger, posted)
    ledger.forget(posted)
    ledger.forget(posted)

    assert ledger.count() == Statistics(0, 0, 0, 0, 0)
    assert not ledger.is_busy()


def test_what_has_not_ended_is_given_in_the_order_of_posting() -> None:
    """Begun or not; what is given is a list of its own."""
    ledger, made = Ledger(), [make() for _ in range(5)]
    for posted in made:
        ledger.enter(posted)
    claim(ledger, made[3])
    end(ledger, made[1])
    live = ledger.live()
    assert live == [made[0], made[2], made[3], made[4]]
    live.clear()
    assert ledger.is_busy()


def test_what_has_ended_is_let_go() -> None:
    """Whatever became of it: the ledger holds numbers alone."""
    ledger = Ledger()
    for change in (end, fail, drop):
        posted = make()
        ledger.enter(posted)
        change(ledger, posted)

    assert ledger.count() == Statistics(0, 0, 1, 1, 1)
    assert [*ledger._pending, *ledger._live, ledger._ended[3]] == [None]


# -- at each step ------------------------------------------------------------------------------


@each_step
@each_change
def test_it_adds_up_at_each_step_of_a_change(change: Change, after: Statistics, each: str) -> None:
    """Whoever counts meanwhile sees the event once, and what had ended before as that."""
    ledger, wrong = Ledger(), set[Statistics]()
    for step in range(1000):
        ledger, posted, other = Ledger(), make(), make()
        for entered in (other, posted):
            ledger.enter(entered)
        end(ledger, other)

        def look(ledger: Ledger = ledger) -> None:
            found = ledger.count()
            if sum(found) != 2 or min(found) < 0 or found.done < 1:
                wrong.add(found)

        intrusion = Intrusion(look, step, each=each)
        intrusion.run(partial(change, ledger, posted))
        if not intrusion.done():
            break

    assert step > 0
    assert wrong == set()
    assert ledger.count() == Statistics(*map(sum, zip(after, (0, 0, 1, 0, 0), strict=True)))


@each_step
def test_entering_is_seen_once_it_is_done(each: str) -> None:
    """Meanwhile the event is there or not, and never without being in its place."""
    ledger, found = Ledger(), set[Statistics]()

    def look() -> None:
        found.add(ledger.count())

    for step in range(1000):
        ledger = Ledger()
        intrusion = Intrusion(look, step, each=each)
        intrusion.run(partial(ledger.enter, make()))
        if not intrusion.done():
            break

    assert found <= {Statistics(0, 0, 0, 0, 0), Statistics(1, 0, 0, 0, 0)}
    assert ledger.count() == Statistics(1, 0, 0, 0, 0)


@each_step
@each_change
def test_a_change_at_each_step_of_counting_is_seen_before_or_after(
    change: Change, after: Statistics, each: str
) -> None:
    """A change takes several steps of its own, and each of them may be the last that is seen."""
    before = Statistics(1, 0, 0, 0, 0)
    between = Statistics(0, 1, 0, 0, 0)
    ledger, found = Ledger(), set[Statistics]()

    def look() -> None:
        found.add(ledger.count())

    for step in range(1000):
        ledger, posted = Ledger(), make()
        ledger.enter(posted)
        intrusion = Intrusion(partial(change, ledger, posted), step, each=each)
        intrusion.run(look)
        if not intrusion.done():
            break

    assert step > 5
    assert {before, after} <= found
    assert found <= {before, between, after}


class Between(dict[Posted, None]):
    """Does something once, before it is copied and before something is taken out of it."""

    def __init__(self, do: Callable[[], object]) -> None:
        super().__init__()
        self._todo = [do]

    def copy(self) -> dict[Posted, None]:
        """Do it, and copy."""
        copied = super().copy()
        if self._todo:
            self._todo.pop()()
        return copied

    def pop(self, *given: Any) -> Any:
        """Do it, and take out."""
        if self._todo:
            self._todo.pop()()
        return super().pop(*given)


def test_what_ends_while_the_events_are_copied_is_counted_as_ended() -> None:
    """The counting begins anew."""
    ledger, posted = Ledger(), make()
    ledger._live = Between(partial(end, ledger, posted))
    ledger.enter(posted)

    assert ledger.count() == Statistics(0, 0, 1, 0, 0)


def test_what_has_ended_and_is_not_taken_out_yet_is_counted_once() -> None:
    """As what has ended."""
    ledger, posted, found = Ledger(), make(), list[Statistics]()
    ledger._live = Between(lambda: found.append(ledger.count()))
    ledger.enter(posted)
    end(ledger, posted)

    assert found == [Statistics(0, 0, 1, 0, 0)]


# -- threads -----------------------------------------------------------------------------------


def test_of_many_threads_one_claims_an_event() -> None:
    """Each event has exactly one who may decide on it."""
    ledger, made = Ledger(), [make() for _ in range(500)]
    for posted in made:
        ledger.enter(posted)
    won: list[list[Posted]] = [[] for _ in range(4)]

    def take(mine: list[Posted]) -> None:
        mine += [posted for posted in made if ledger.claim(posted)]

    with switching_as_often_as_possible():
        in_threads(*(partial(take, mine) for mine in won))

    assert sorted(id(posted) for mine in won for posted in mine) == sorted(map(id, made))
    assert ledger.count() == Statistics(0, 500, 0, 0, 0)


def test_a_claim_at_each_step_of_a_claim_is_one() -> None:
    """As from a signal handler of the same thread."""
    for step in range(100):
        ledger, posted = Ledger(), make()
        ledger.enter(posted)
        won: list[bool] = []

        def try_it(ledger: Ledger = ledger, posted: Posted = posted, won: Any = won) -> None:
            won.append(ledger.claim(posted))

        intrusion = Intrusion(try_it, step, each="opcode")
        intrusion.run(try_it)
        assert sum(won) == 1
        if not intrusion.done():
            break
    assert step > 3


def test_counting_while_other_threads_change_it_adds_up() -> None:
    """What has been entered is counted, once, and what has ended never becomes less."""
    ledger, goal = Ledger(), 1500
    entered = started = 0
    wrong: list[tuple[int, Statistics, int]] = []

    def work() -> None:
        nonlocal entered, started
        for number in range(goal):
            posted = make()
            started += 1
            ledger.enter(posted)
            entered += 1
            (end, fail, drop)[number % 3](ledger, posted)

    with switching_as_often_as_possible():
        working = Work(work)
        ended = (0, 0, 0)
        while sum(ended) < goal:
            least = entered
            found = ledger.count()
            most = started
            if not least <= sum(found) <= most or min(found) < 0:
                wrong.append((least, found, most))
            if any(now < before for now, before in zip(found[2:], ended, strict=True)):
                wrong.append((least, found, most))
            ended = found[2:]
            if not working.is_alive() and sum(ended) < goal:
                break
        working.finish()

    assert wrong == []
    assert ledger.count() == Statistics(0, 0, 500, 500, 500)

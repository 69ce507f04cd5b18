"""Turns: running code knows whose turn it is part of, and what could only wait for its end."""

from __future__ import annotations

import threading
from contextvars import Context, copy_context
from typing import Any

import pytest

from aldis._turn import Turn, begin_turn, running_turn, waits_for


class Thing:
    """What is delivered.

    Attributes:
        turn: the time in which it is.
        before: what it waits for.
        looks: how often that was asked for.
    """

    def __init__(self, *before: Thing, turn: Turn[Any] | None = None) -> None:
        self.turn = turn
        self.before = list(before)
        self.looks = 0

    def ahead(self) -> list[Thing]:
        """Give what it waits for."""
        self.looks += 1
        return self.before


def within(context: Context) -> Turn[Any] | None:
    """Ask in a context."""
    return context.run(running_turn)


# -- whose turn it is --------------------------------------------------------------------------


def test_outside_of_deliveries_there_is_none() -> None:
    """Nor in an empty context, as that of a new thread."""
    found: list[Turn[Any] | None] = []
    thread = threading.Thread(target=lambda: found.append(running_turn()))
    thread.start()
    thread.join()

    assert [running_turn(), within(Context()), *found] == [None] * 3


def test_what_runs_in_the_context_is_part_of_the_turn() -> None:
    """And nothing else is; the turn knows its owner, and waits for nothing yet."""
    context, owner = copy_context(), object()
    turn = begin_turn(context, owner)

    assert within(context) is within(context.run(copy_context)) is turn
    assert turn.owner is owner
    assert turn.awaits == []
    assert running_turn() is None


def test_the_turn_of_an_event_is_not_that_in_which_it_was_posted() -> None:
    """Though its context is a copy of that, and the other may still be running."""
    outer = copy_context()
    first = begin_turn(outer, "first")
    inner = outer.run(copy_context)
    second = begin_turn(inner, "second")

    assert [within(outer), within(inner)] == [first, second]
    second.end()
    assert [within(outer), within(inner)] == [first, None]


def test_a_turn_that_is_over_is_not_running() -> None:
    """In copies of its context neither, as in those of tasks that a receiver left behind."""
    context = copy_context()
    turn = begin_turn(context, "owner")
    left_behind = context.run(copy_context)
    turn.awaits.append(Thing())
    turn.end()

    assert [within(context), within(left_behind)] == [None, None]
    assert (turn.owner, turn.awaits) == (None, [])


def test_turns_that_are_over_do_not_pile_up() -> None:
    """Where each event posts the next one, for ever, a context holds one turn at most."""
    context = copy_context()
    size = len(context)
    for number in range(100):
        turn = begin_turn(context, number)
        context = context.run(copy_context)
        turn.end()

    assert len(context) == size + 1


# -- what waits for what -----------------------------------------------------------------------


def test_an_event_waits_for_its_own_turn() -> None:
    """And for no other one, nor for any when it has none."""
    turn, other = Turn("owner"), Turn("owner")

    assert waits_for(Thing(turn=turn), turn)
    assert not waits_for(Thing(turn=other), turn)
    assert not waits_for(Thing(), turn)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_an_event_waits_for_what_its_turn_awaits(length: int) -> None:
    """And so on, through any number of them; what awaits several waits for each of them."""
    turn, last = Turn("owner"), Turn("owner")
    first = Thing(turn=turn)
    for _ in range(length):
        between = Turn("owner")
        between.awaits += [Thing(turn=last), first, Thing()]
        first = Thing(turn=between)

    assert waits_for(first, turn)
    assert not waits_for(first, Turn("owner"))


def test_an_event_that_has_not_begun_waits_for_those_ahead() -> None:
    """And one that has begun does not: nothing is ahead of it any more."""
    turn, other = Turn("owner"), Turn("owner")
    ahead = Thing(turn=turn)

    assert waits_for(Thing(Thing(), Thing(ahead)), turn)
    assert not waits_for(Thing(ahead, turn=other), turn)


def test_each_event_is_looked_at_once() -> None:
    """Also where there are many ways to it, or events wait for each other in a circle."""
    turn = Turn("owner")
    bottom = Thing()
    first = bottom
    for _ in range(30):
        first = Thing(first, first)
    bottom.before.append(first)

    assert not waits_for(first, turn)
    assert (first.looks, bottom.looks) == (1, 1)

"""Turns: running code knows the deliveries that led to it, as long as they last."""

from __future__ import annotations

import threading
from contextvars import Context, copy_context
from dataclasses import dataclass

from aldis._identity import Key, sender_key
from aldis._turn import Turn, _turns, begin_turn, running_turns


@dataclass(frozen=True)
class Thing:
    """What is delivered."""

    line: tuple[int, Key] | None = None


def of(sender: object) -> Thing:
    """Make one in the line of a sender; the lines are equal each time."""
    return Thing((1, sender_key(sender)))


def within(context: Context) -> list[Turn]:
    """Ask in a context."""
    return context.run(running_turns)


def test_outside_of_deliveries_there_are_none() -> None:
    """Nor in an empty context, as that of a new thread."""
    found: list[Turn] = []
    thread = threading.Thread(target=lambda: found.extend(running_turns()))
    thread.start()
    thread.join()

    assert running_turns() == within(Context()) == found == []


def test_what_runs_in_the_context_is_part_of_the_turn() -> None:
    """And nothing else is; the turn knows its owner, its event and its line."""
    context, owner = copy_context(), object()
    turn = begin_turn(context, owner, of("a"))

    assert within(context) == [turn]
    assert (turn.owner, turn.item, turn.line) == (owner, of("a"), of("a").line)
    assert running_turns() == []


def test_a_turn_is_part_of_those_that_led_to_it() -> None:
    """Each event's context is a copy of that in which it was posted; the outermost comes first."""
    contexts, turns = [copy_context()], list[Turn]()
    for number in range(3):
        turns.append(begin_turn(contexts[-1], number, Thing()))
        contexts.append(contexts[-1].run(copy_context))

    assert [within(context) for context in contexts] == [turns[:1], turns[:2], turns, turns]


def test_a_turn_that_is_over_is_not_running() -> None:
    """In copies of its context neither, as in those of tasks that a receiver left behind."""
    context = copy_context()
    first = begin_turn(context, "first", Thing())
    left_behind = context.run(copy_context)
    second = begin_turn(context, "second", of("b"))
    first.end()

    assert within(left_behind) == []
    assert within(context) == [second]
    assert (first.owner, first.item) == (None, None)
    second.end()
    assert within(context) == []


def test_turns_that_are_over_do_not_pile_up() -> None:
    """Where each event posts the next one, for ever, a context holds a few turns at most."""
    context = copy_context()
    lengths: set[int] = set()
    for number in range(100):
        turn = begin_turn(context, number, Thing())
        lengths.add(len(context.get(_turns, ())))
        posted = context.run(copy_context)
        turn.end()
        context = posted

    assert max(lengths) == 1

"""The agenda against a model of plain lists."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from aldis._agenda import Agenda
from aldis._identity import Key, sender_key


@dataclass(eq=False)
class Thing:
    """What is put on an agenda."""

    name: int
    line: tuple[int, Key] | None = None


def line(sender: object, signal: int = 1) -> tuple[int, Key]:
    """Make the line of a sender; an equal one each time."""
    return (signal, sender_key(sender))


@dataclass(eq=False)
class Entry:
    """A thing in the model, with the moment at which it could be taken."""

    thing: Thing
    since: int | None = None
    taken: bool = False


class Model(RuleBasedStateMachine):
    """All that has not ended is in one list, in the order of adding.

    A thing may be taken when nothing before it in the list is of its line; of those that may, the
    one that could be taken first comes first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.agenda: Agenda[Thing] = Agenda()
        self.entries: list[Entry] = []
        self.gone: list[Thing] = []
        self.clock = 0

    def note_those_that_may_begin(self) -> None:
        """Give those that nothing is ahead of any more the present moment."""
        ahead: set[tuple[int, Key]] = set()
        for entry in self.entries:
            of = entry.thing.line
            if of is None or of not in ahead:
                if entry.since is None:
                    self.clock += 1
                    entry.since = self.clock
                if of is not None:
                    ahead.add(of)

    @property
    def waiting(self) -> list[Entry]:
        """Give those that may be taken, in their order."""
        ready = [entry for entry in self.entries if entry.since is not None and not entry.taken]
        return sorted(ready, key=lambda entry: entry.since or 0)

    @rule(sender=st.sampled_from([None, "a", "b", 1, True, 1.0]), signal=st.integers(1, 2))
    def add(self, sender: object, signal: int) -> None:
        """Add one, in a line or in none."""
        thing = Thing(self.clock, None if sender is None else line(sender, signal))
        self.agenda.add(thing)
        self.entries.append(Entry(thing))
        self.note_those_that_may_begin()

    @rule()
    def take(self) -> None:
        """Take the next one."""
        expected = self.waiting[0] if self.waiting else None
        assert self.agenda.take() is (None if expected is None else expected.thing)
        if expected is not None:
            expected.taken = True

    @precondition(lambda self: any(entry.taken for entry in self.entries))
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        """End any one of those that were taken."""
        entry = data.draw(st.sampled_from([each for each in self.entries if each.taken]))
        self.agenda.end(entry.thing)
        self.gone.append(entry.thing)
        self.entries.remove(entry)
        self.note_those_that_may_begin()

    @precondition(lambda self: any(not entry.taken for entry in self.entries))
    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        """Discard any one that was not taken."""
        entry = data.draw(st.sampled_from([each for each in self.entries if not each.taken]))
        self.agenda.discard(entry.thing)
        self.gone.append(entry.thing)
        self.entries.remove(entry)
        self.note_those_that_may_begin()

    @precondition(lambda self: self.gone)
    @rule(data=st.data())
    def discard_what_is_gone(self, data: st.DataObject) -> None:
        """Nothing happens to the others, also of its line."""
        self.agenda.discard(data.draw(st.sampled_from(self.gone)))

    @invariant()
    def counts_those_that_may_begin(self) -> None:
        """As many as in the model."""
        assert self.agenda.ready() == len(self.waiting)

    @invariant()
    def knows_the_first_of_each_line(self) -> None:
        """The one that all others of it wait for, taken or not."""
        for entry in self.entries:
            firsts = [each.thing for each in self.entries if each.thing.line == entry.thing.line]
            expected = None if entry.thing.line is None else firsts[0]
            assert self.agenda.first_of(entry.thing.line) is expected

    @invariant()
    def keeps_no_line_that_has_ended(self) -> None:
        """A line is there as long as something of it is, and no longer."""
        of = {entry.thing.line for entry in self.entries} - {None}
        assert set(self.agenda._lines) == of

    @invariant()
    def runs_one_of_each_line(self) -> None:
        """At most."""
        running = [each.thing.line for each in self.entries if each.taken and each.thing.line]
        assert len(running) == len(set(running))


TestModel = pytest.mark.filterwarnings("default")(Model.TestCase)
TestModel.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_an_empty_agenda_has_nothing() -> None:
    """Nothing to take or to count, and discarding what is not there is no error."""
    agenda: Agenda[Thing] = Agenda()
    agenda.discard(Thing(1))
    agenda.discard(Thing(2, line("a")))

    assert agenda.take() is None
    assert agenda.ready() == 0
    assert agenda.first_of(None) is agenda.first_of(line("a")) is None


def test_without_lines_it_is_first_come_first_served() -> None:
    """Ending one changes nothing for the others."""
    agenda: Agenda[Thing] = Agenda()
    things = [Thing(number) for number in range(3)]
    for thing in things:
        agenda.add(thing)
    assert agenda.take() is things[0]
    assert agenda.ready() == 2
    agenda.end(things[0])

    assert [agenda.take(), agenda.take(), agenda.take()] == [things[1], things[2], None]


def test_within_a_line_the_next_waits_for_the_end_of_the_one_before() -> None:
    """Others overtake, and what waited comes after those that were there first."""
    agenda: Agenda[Thing] = Agenda()
    first, second, other = Thing(1, line("a")), Thing(2, line("a")), Thing(3, line("b"))
    for thing in (first, second, other):
        agenda.add(thing)
    assert agenda.ready() == 2
    assert [agenda.take(), agenda.take(), agenda.take()] == [first, other, None]
    late = Thing(4)
    agenda.add(late)
    agenda.end(first)
    assert [agenda.take(), agenda.take()] == [late, second]
    agenda.end(second)
    agenda.end(other)

    assert agenda._lines == {}


def test_a_line_that_has_ended_is_forgotten() -> None:
    """However many senders there were."""
    agenda: Agenda[Thing] = Agenda()
    for number in range(1000):
        thing = Thing(number, line(number))
        agenda.add(thing)
        assert agenda.take() is thing
        agenda.end(thing)

    assert agenda._lines == {}


def test_what_is_discarded_lets_those_behind_it_begin() -> None:
    """The first of a line that was not taken, and one in the middle; it can be added again."""
    agenda: Agenda[Thing] = Agenda()
    first, second, third = (Thing(number, line("a")) for number in range(3))
    for thing in (first, second, third):
        agenda.add(thing)
    agenda.discard(second)
    agenda.discard(first)
    agenda.add(first)
    found: list[Thing | None] = []
    for _ in range(2):
        taken = agenda.take()
        assert taken is not None
        found += [taken, agenda.take()]
        agenda.end(taken)

    assert found == [third, None, first, None]
    assert agenda._lines == {}


def test_a_line_to_what_is_not_equal_to_itself_ends_too() -> None:
    """The key of a NaN is found again by the object that it holds."""
    agenda: Agenda[Thing] = Agenda()
    nan = float("nan")
    first, second = Thing(1, line(nan)), Thing(2, line(nan))
    agenda.add(first)
    agenda.add(second)
    assert agenda.ready() == 1
    for thing in (first, second):
        assert agenda.take() is thing
        agenda.end(thing)

    assert agenda._lines == {}

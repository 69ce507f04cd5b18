"""Faults of scale: what is done among many costs what it costs among few; lines are counted."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from tests.behaviour.recording import without_collector
from tests.faults.faces import BLINKER, EVERY, Face, Fails, on

FEW: Final = 10
MANY: Final = 5_000
SLACK: Final = 50
"""Lines, of what is done once in a while; a loop has thousands."""


class Owner:
    """Owns a receiver, or is a sender."""

    __slots__ = ("__weakref__",)

    def receive(self, sender: object, payload: object) -> None:
        """Do nothing."""


def count(work: Callable[[], object]) -> int:
    """Count the lines that are run: a loop that calls nothing counts, also one in a line."""
    steps = 0

    def note(frame: Any, event: str, argument: object) -> Any:
        nonlocal steps
        steps += 1
        return note

    with without_collector():
        before = sys.gettrace()
        sys.settrace(note)
        try:
            work()
        finally:
            sys.settrace(before)
    assert steps
    return steps


def connect_all(signal: Any, owners: Sequence[Owner]) -> None:
    """Connect a receiver of each owner."""
    for owner in owners:
        signal.connect(owner.receive)


# -- N1: many receivers ----------------------------------------------------------------------------


def steps_of(face: Face, many: int) -> list[int]:
    """Count what connecting, sending twice and dropping so many receivers takes."""
    signal, owners = face.make(), [Owner() for _ in range(many)]

    def drop() -> None:
        owners.clear()
        face.send(signal, None, None)
        assert not signal.receivers

    return [
        count(lambda: connect_all(signal, owners)),
        count(lambda: face.send(signal, None, None)),
        count(lambda: face.send(signal, None, None)),
        count(drop),
    ]


@on(*EVERY, blinker=True)
def test_n1_what_is_done_with_all_receivers_takes_steps_for_each(face: Face) -> None:
    """To connect, send and drop ten times as many takes ten times the steps, and no more."""
    steps_of(face, FEW)  # what is made once
    for few, many in zip(steps_of(face, 60), steps_of(face, 600), strict=True):
        assert many <= 10 * few + SLACK


def transient_bytes(work: Callable[[], object]) -> int:
    """Measure how much something allocates at a time, beyond what was there."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@on(*EVERY, blinker=True)
def test_n1_one_change_among_many_receivers_copies_none_of_them(face: Face) -> None:
    """To connect and disconnect one allocates as much among ten thousand as among ten."""
    needed: list[int] = []
    for many in (FEW, 10_000):
        owners, other = [Owner() for _ in range(many)], Owner()
        signal = face.make()
        connect_all(signal, owners)

        def change(signal: Any = signal, other: Owner = other) -> None:
            signal.connect(other.receive)
            signal.disconnect(other.receive)

        change()
        face.send(signal, None, None)
        needed.append(transient_bytes(change))
    assert needed[1] <= needed[0] + 2_000  # a list of ten thousand takes forty times as much


BYTES: Final = 600
"""What one weak connection may take, with its part of what a sending keeps for the next one."""


@on(*EVERY, blinker=Fails("takes more than twice as much"))
def test_n1_a_connection_takes_so_many_bytes_however_many_there_are(face: Face) -> None:
    """A weak connection takes 600 bytes at most, however many there are."""
    for many in (1_000, 4_000):
        owners = [Owner() for _ in range(many)]
        gc.collect()
        tracemalloc.start()
        try:
            signal = face.make()
            connect_all(signal, owners)
            face.send(signal, None, None)
            gc.collect()
            assert tracemalloc.get_traced_memory()[0] <= BYTES * many
        finally:
            tracemalloc.stop()


@on(*EVERY, blinker=True)
def test_n1_of_receivers_that_died_no_more_than_empty_tables_stays(face: Face) -> None:
    """Dead receivers leave less than a fifth of what they took, for others: it does not grow."""
    signal = face.make()
    left: list[int] = []
    tracemalloc.start()
    try:
        for _ in range(3):
            owners = [Owner() for _ in range(2_000)]
            owners_only = tracemalloc.get_traced_memory()[0]
            connect_all(signal, owners)
            face.send(signal, None, None)
            taken = tracemalloc.get_traced_memory()[0] - owners_only
            owners.clear()
            face.send(signal, None, None)
            gc.collect()
            left.append(tracemalloc.get_traced_memory()[0])
            assert left[-1] < taken / 5
    finally:
        tracemalloc.stop()
    assert left[2] < left[0] + 5_000


# -- N2: many senders ------------------------------------------------------------------------------


def connect_senders(face: Face, many: int) -> tuple[Any, list[Owner], list[Owner]]:
    """Make a signal with a receiver of its own for each sender, and one for all; settled."""
    signal, senders = face.make(), [Owner() for _ in range(many)]
    owners = [Owner() for _ in range(many)]
    for owner, sender in zip(owners, senders, strict=True):
        signal.connect(owner.receive, sender)
    face.send(signal, senders[0], None)
    return signal, owners, senders


Do = Callable[[Any, list[Owner], list[Owner]], None]


def takes_as_much(face: Face, do: Do) -> bool:
    """Tell whether something takes among many senders what it takes among few.

    Lines are counted, and what is allocated meanwhile: a copy that C makes is in one line.
    """
    steps: list[int] = []
    needed: list[int] = []
    # blinker goes through all senders when a receiver dies: with more, the test would not end.
    for many in (FEW, 1_000 if face is BLINKER else MANY):
        signal, owners, senders = connect_senders(face, many)
        again = partial(do, signal, owners, senders)
        again()
        steps.append(count(again))
        needed.append(transient_bytes(again))
    return abs(steps[1] - steps[0]) < SLACK and needed[1] <= needed[0] + 2_000


@on(*EVERY, blinker=Fails("goes through the receivers of every sender"))
def test_n2_a_change_among_many_senders_takes_as_many_steps_as_among_few(face: Face) -> None:
    """To connect, disconnect and send takes the same steps and bytes among 5,000 as among ten."""

    def change(signal: Any, owners: list[Owner], senders: list[Owner]) -> None:
        signal.connect(owners[1].receive, senders[2])
        assert len(face.send(signal, senders[2], None)) == 2
        assert len(face.send(signal, senders[3], None)) == 1
        assert signal.has_receivers_for(senders[3])
        signal.disconnect(owners[1].receive, senders[2])
        signal.disconnect(owners.pop().receive)
        face.send(signal, senders.pop(), None)

    assert takes_as_much(face, change)


@on(*EVERY, blinker=Fails("goes through the receivers of every sender"))
def test_n2_a_death_among_many_senders_takes_as_many_steps_as_among_few(face: Face) -> None:
    """The deaths of a receiver and of a sender take as much among 5,000 as among ten."""

    def die(signal: Any, owners: list[Owner], senders: list[Owner]) -> None:
        del owners[-1]
        face.send(signal, senders[0], None)
        del senders[-2]
        face.send(signal, senders[0], None)

    assert takes_as_much(face, die)

"""Faults of threads: many at once, two that cross, one that waits, and code at bad moments.

Each runs in a process of its own, so that a deadlock is a failure like any other.
`python -m tests.stress` runs the same for long, on other libraries as well.
"""

from __future__ import annotations

from tests.faults.faces import EVERY, OWN, Face, Fails, on
from tests.faults.stressing import catch, controls_of, survive

RACES = Fails("its tables are changed by several threads at once: it raises, loses, misdelivers")


@on(*EVERY, blinker=RACES)
def test_t1_four_threads_at_once(face: Face) -> None:
    """Nothing is raised, lost, misdelivered, called after its disconnect, or left in the tables."""
    survive("threads", face, fails=True)


@on(*OWN)
def test_t1_one_call_among_all_threads(face: Face) -> None:
    """A `once` connection gives one call, whoever sends; one that was made again stays."""
    survive("once", face)


@on(*EVERY, blinker=True)
def test_t2_two_signals_that_send_each_other(face: Face) -> None:
    """No lock is held while receivers run, so there is none to wait for."""
    survive("crossing", face)


@on(*EVERY, blinker=True)
def test_t3_connecting_beside_a_slow_receiver(face: Face) -> None:
    """Neither connecting nor disconnecting waits for the receiver that runs."""
    survive("waiting", face)


# Blinker's tables are in disorder there once in 10^5 operations: too seldom to be required.
@on(*EVERY)
def test_t4_receivers_that_die_in_the_middle_of_a_change(face: Face) -> None:
    """Wherever the collector comes, connections of the dead end, and no other one suffers."""
    survive("collector", face)


@on(*EVERY)
def test_t4_destructors_that_use_the_signal(face: Face) -> None:
    """What a `__del__` does in the middle of a change is made right after the change."""
    survive("destructors", face)


@on(*EVERY)
def test_t4_signal_handlers_that_use_the_signal(face: Face) -> None:
    """What a signal handler does in the middle of a change is made right after the change."""
    survive("handlers", face)


@controls_of("threads", "once", "crossing", "waiting", "collector", "destructors", "handlers")
def test_each_check_catches_its_control(check: str, control: str, kind: str) -> None:
    """A registry with one of its rules removed does not survive the check that is for the rule."""
    catch(check, control, kind)

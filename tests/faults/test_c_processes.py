"""Faults of processes: a fork beside threads, and an interrupt in the middle of a change."""

from __future__ import annotations

from tests.faults.faces import EVERY, Face, Fails, on
from tests.faults.stressing import catch, controls_of, survive

BREAKS = Fails("its tables disagree when it is interrupted between two of them")


@on(*EVERY, blinker=True)
def test_c2_children_forked_beside_busy_threads(face: Face) -> None:
    """Every child connects, sends and disconnects; none hangs, and the threads go on."""
    survive("forks", face)


@on(*EVERY, blinker=BREAKS)
def test_c3_interrupts_at_any_moment(face: Face) -> None:
    """The next call repairs what it breaks off: no lock is left held, and the tables agree."""
    survive("interrupts", face, fails=True)


@controls_of("forks", "interrupts")
def test_each_check_catches_its_control(check: str, control: str, kind: str) -> None:
    """A registry with one of its rules removed does not survive the check that is for the rule."""
    catch(check, control, kind)

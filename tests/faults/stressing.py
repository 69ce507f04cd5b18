"""The short forms of the stress runs: on a face nothing goes wrong, and each control is caught."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.faces import BLINKER, Face
from tests.stress.apart import DESIGNS, run_apart
from tests.stress.checks import CHECKS, is_promised
from tests.stress.controls import CONTROLS
from tests.stress.findings import ANY_FAULT, Terms

SHORT = Terms(seconds=1.2, interrupts=400, children=10)
# Ends with the first fault: the time is what it has at most, on a machine that does much else.
UNTIL_IT_FAILS = Terms(seconds=60, interrupts=20_000, children=100, until=ANY_FAULT, patience=1.5)


def survive(check: str, face: Face, *, fails: bool = False) -> None:
    """Require that nothing goes wrong.

    Args:
        check: what is tried.
        face: on what.
        fails: blinker is known to fail, and is given the time that this can take.
    """
    if not CHECKS[check].suits(DESIGNS[face.name]):
        pytest.skip("there is no such thing on this system")
    terms = UNTIL_IT_FAILS if fails and face is BLINKER else SHORT
    if not is_promised(check):
        pytest.skip("this interpreter has no part in it: see `is_promised`")
    result = run_apart(check, face.name, terms)
    assert result.is_clean(), result


def catch(check: str, control: str, kind: str) -> None:
    """Require that a check shows what is wrong with a control, and not just anything."""
    if not CHECKS[check].suits(DESIGNS[control]):
        pytest.skip("there is no such thing on this system")
    # What is left is counted at the end; all else ends the check when it is there.
    most = SHORT.seconds if kind == "left" else UNTIL_IT_FAILS.seconds
    seconds = most / CHECKS[check].share
    result = run_apart(check, control, replace(UNTIL_IT_FAILS, seconds=seconds, until=kind))
    assert result.shows(kind), result


def controls_of(*checks: str) -> pytest.MarkDecorator:
    """Run a test with each control that one of these checks has to catch."""
    found = [
        (check, control.name, control.caught_by[check])
        for check in checks
        for control in CONTROLS
        if check in control.caught_by and not control.why_not()
    ]
    return pytest.mark.parametrize(("check", "control", "kind"), found)

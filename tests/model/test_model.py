"""Signals do what a few plain lists do, whatever is done to them in whichever order.

`python -m tests.model --examples 20000` takes longer.
"""

from __future__ import annotations

import sys

import pytest

from aldis._registry import Registry
from tests.interpreters import needs_gil
from tests.model.broken import BROKEN, DYING, face_of
from tests.model.defects import DEFECTS, PLAIN
from tests.model.faces import BlinkerFace, DropInFace, Face, KeywordFace
from tests.model.machine import Focus, make_machine, run

pytestmark = pytest.mark.skipif(
    sys.implementation.name != "cpython", reason="what dies when is said by reference counts"
)


@pytest.mark.parametrize("face", [Face, KeywordFace, DropInFace])
def test_a_signal_does_what_the_model_does(face: type[Face]) -> None:
    """Connections, order, silences, deaths, warnings and what is told agree after every step."""
    run(make_machine(face), 50)


@needs_gil
def test_lost_receivers_are_told_of_in_time() -> None:
    """What is lost is told of by the next operation, also where nobody asks in between."""
    run(make_machine(Face, DYING), 50)


@pytest.mark.parametrize(
    ("registry", "focus"), BROKEN, ids=[registry.__name__ for registry, _ in BROKEN]
)
def test_a_broken_rule_is_found(registry: type[Registry], focus: Focus) -> None:
    """The machine fails on a signal that lacks one of the rules."""
    with pytest.raises(AssertionError):
        run(make_machine(face_of(registry), focus), 600)


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # that is one of the defects
def test_a_defect_of_blinker_is_found(defect: str) -> None:
    """The machine fails on blinker, and passes on the drop-in, in what the defect is about."""
    make, focus = DEFECTS[defect]
    with pytest.raises(AssertionError):
        run(make_machine(make, focus), 300)
    run(make_machine(DropInFace, focus), 8)


def test_blinker_passes_where_it_has_no_defect() -> None:
    """What is found in blinker is not found in the model's own mistakes."""
    run(make_machine(BlinkerFace, PLAIN), 25)

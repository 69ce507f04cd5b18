"""What two threads do at once holds under every schedule that a search tries.

`python -m tests.schedules --schedules 20000` tries more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.schedules.controls import CONTROLS, MOST, Control, sound
from tests.schedules.scenarios import APART, SCENARIOS, Make, name_of
from tests.schedules.searching import STRATEGIES, search

pytest.importorskip("interleave_test", reason="interleave-test is not here; it takes Python 3.12")

SCHEDULES = {"random": 10, "bursts": 30, "pct": 30, "dfs": 30}
"""Of each strategy; of those that switch within the queue alone there are more, and quick ones."""


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("scenario", [*SCENARIOS, *APART], ids=name_of)
def test_a_scenario_holds(scenario: Callable[[Make], None], strategy: str) -> None:
    """Whichever thread is stopped after whichever bytecode, the scenario's promise is kept."""
    schedules = SCHEDULES.get(strategy, 50)
    found = search(sound(scenario), strategy, schedules)

    assert found.failure is None
    assert found.schedules == schedules or found.is_exhausted
    assert found.distinct > 1


@pytest.mark.parametrize(
    "control", CONTROLS, ids=[f"{each.name}: {name_of(each.scenario)}" for each in CONTROLS]
)
# Threads that a failure breaks off may be in a callback of the collector's.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_control_is_found(control: Control) -> None:
    """What is known to be wrong is found, as what it is and not as some other failure."""
    found = search(partial(control.scenario, control.make), control.strategy, MOST)

    assert found.failure is not None
    assert any(f"model raised {each.__name__} " in found.failure for each in control.errors)


def test_each_scenario_has_a_control() -> None:
    """No scenario is one that could not fail."""
    assert {control.scenario for control in CONTROLS} == {*SCENARIOS, *APART}

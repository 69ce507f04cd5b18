"""What two threads do at once holds under every schedule that a search tries.

`python -m tests.schedules --schedules 20000` tries more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.schedules.controls import CONTROLS, Control, keyword_signal
from tests.schedules.scenarios import BACKGROUND, SCENARIOS, Make, name_of
from tests.schedules.searching import STRATEGIES, search

pytest.importorskip("interleave_test", reason="interleave-test is not here; it takes Python 3.12")

SCHEDULES = 50
MOST = 3000
"""The rarest control takes some 800."""


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("scenario", [*SCENARIOS, *BACKGROUND], ids=name_of)
def test_a_scenario_holds(scenario: Callable[[Make], None], strategy: str) -> None:
    """Whichever thread is stopped after whichever bytecode, the scenario's promise is kept."""
    found = search(partial(scenario, keyword_signal), strategy, SCHEDULES)

    assert found.failure is None
    assert found.schedules == SCHEDULES or found.is_exhausted
    assert found.distinct > 1


@pytest.mark.parametrize("control", CONTROLS, ids=[each.name for each in CONTROLS])
# Threads that a failure breaks off may be in a callback of the collector's.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_control_is_found(control: Control) -> None:
    """What is known to be wrong is found by one of three strategies."""
    # A search ends with the first failure, so that the number bounds those that find nothing.
    searches = (
        search(
            partial(control.scenario, control.make),
            strategy,
            MOST if strategy.startswith("queue") else MOST // 10,
        )
        for strategy in ("queue bursts", "bursts", "pct")
    )
    assert any(found.failure for found in searches)

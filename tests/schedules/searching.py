"""Searching the schedules of threads: which thread runs on after each bytecode of Aldis.

`interleave-test` has one thread run at a time and decides after each step which one goes on. It is
imported where it is needed, since it takes Python 3.12.
"""

# pyright: reportMissingModuleSource=false
# typings/ has what is used of it.

from __future__ import annotations

import gc
import importlib
import random
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import blinker

import aldis

if TYPE_CHECKING:
    from interleave_test import Strategy

_INSIDE = Path(aldis.__file__).parent
# What reads and writes the tables. The rest only takes arguments apart and makes texts.
_QUEUE = (_INSIDE / "_inbox.py", Path(__file__).parent / "controls.py")
_TABLES = (
    *_QUEUE,
    *(_INSIDE / f"{name}.py" for name in ("_registry", "_news", "_changes", "_line", "_plan")),
    *(_INSIDE / f"{name}.py" for name in ("_connection", "_delivery", "_wiring", "_signal")),
    *(_INSIDE / f"{name}.py" for name in ("_room", "_ledger")),
    Path(blinker.__file__).parent / "base.py",
)
"""What is stopped anywhere. The rest only takes arguments apart and makes texts."""
STRATEGIES = ("random", "bursts", "pct", "dfs", "queue bursts", "queue dfs")
"""Any thread at each step; a few switches in all; by priorities; one switch, in each place once.

Those of the queue switch threads within its code alone, and the last one twice in a schedule.
"""
_SWITCHES = 6


class Found(NamedTuple):
    """What came of a search.

    Attributes:
        strategy: how it was searched.
        schedules: how many were tried.
        distinct: how many of them differ.
        decisions: how often, in all, there was a choice of threads.
        is_exhausted: whether there are no others with one thread taken off in the middle.
        seconds: how long it took.
        failure: what was found, or `None`.
    """

    strategy: str
    schedules: int
    distinct: int
    decisions: int
    is_exhausted: bool
    seconds: float
    failure: str | None


def together(*works: Callable[[], object]) -> None:
    """Do several things, each in a thread of its own; for the scenarios."""
    import interleave_test

    def quietly(work: Callable[[], object]) -> None:
        work()  # what it gives is not kept: results keep their receivers alive

    for task in [interleave_test.spawn(partial(quietly, work), name="thread") for work in works]:
        task.join()


def search(
    scenario: Callable[[], object], strategy: str, schedules: int, *, seed: int = 1
) -> Found:
    """Run a scenario under many schedules, until one fails."""
    import interleave_test

    def model() -> None:
        with interleave_test.no_interleave():  # before and after the threads there is one alone
            scenario()

    chosen = _counting(strategy)
    begun = time.monotonic()
    with _ready():
        result = interleave_test.explore(
            model,
            iterations=schedules,
            seed=seed,
            strategy=chosen,
            include=_QUEUE if strategy.startswith("queue") else _TABLES,
            raise_on_failure=False,
        )
    seconds = time.monotonic() - begun
    failure = None if result.failure is None else result.failure.format()
    return Found(
        strategy,
        result.schedules_run,
        len(chosen.seen),
        chosen.decisions,
        result.exhausted,
        seconds,
        failure,
    )


@contextmanager
def _ready() -> Generator[None]:
    import interleave_test

    # The lock of an inbox is asked whether this thread has it; the modelled one cannot say.
    lock: Any = interleave_test.RLock
    had = hasattr(lock, "_is_owned")
    if not had:
        lock._is_owned = _is_owned
    # What the collector runs would be a step that no schedule knows of; and while the scheduler
    # itself decides, it would wait for itself.
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        if not had:
            del lock._is_owned


def _is_owned(lock: Any) -> bool:
    # By its name: what is private is in no stub.
    scheduler = importlib.import_module("interleave_test._scheduler").current_scheduler()
    return scheduler is not None and lock._owner is not None and lock._owner is scheduler.me()


def _counting(name: str) -> Any:
    """Make a strategy that counts the schedules that differ."""
    import interleave_test

    kinds: dict[str, Callable[[], Strategy]] = {
        "pct": interleave_test.PCTStrategy,
        "dfs": partial(interleave_test.DFSStrategy, max_preemptions=1),
        "queue dfs": partial(interleave_test.DFSStrategy, max_preemptions=2),
    }
    is_bursting = name.endswith("bursts")

    class Counting(interleave_test.Strategy):
        def __init__(self) -> None:
            self.inner = kinds.get(name, interleave_test.RandomStrategy)()
            self.seen: set[int] = set()
            self.picked: list[int] = []
            self.decisions = 0
            self.chance = random.Random()
            self.length = 100

        def more(self) -> bool | None:
            return self.inner.more()

        def begin(self, iteration: int, seed: int) -> None:
            self.picked = []
            self.chance = random.Random(seed)
            self.inner.begin(iteration, seed)

        def pick(self, runnable: Any, current: Any, index: int) -> Any:
            stays = is_bursting and self.chance.random() * self.length > _SWITCHES
            if stays and current is not None:
                chosen = current
            else:
                chosen = self.inner.pick(runnable, current, index)
            self.picked.append(chosen.tid)
            return chosen

        def end(self) -> None:
            self.length = max(len(self.picked), self.length)
            self.decisions += len(self.picked)
            self.seen.add(hash(tuple(self.picked)))
            self.inner.end()
            self.exhausted = self.inner.exhausted

    return Counting()

"""Which checks there are, and to which designs each can be put."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.stress.crossing import run_crossing
from tests.stress.designs import Design
from tests.stress.destructors import run_collector, run_destructors
from tests.stress.findings import HAS_GIL, IS_CPYTHON, Result, Terms
from tests.stress.forks import run_forks
from tests.stress.handlers import run_handlers
from tests.stress.interrupts import run_interrupts
from tests.stress.once import run_once
from tests.stress.threads import run_threads
from tests.stress.waiting import run_waiting


def _always(design: type[Design]) -> bool:
    return True


def _has_alarms(design: type[Design]) -> bool:
    return hasattr(signal, "setitimer")


@dataclass(frozen=True)
class Check:
    """One way to stress a design.

    Attributes:
        fault: its id.
        title: what is done, as the head of a column.
        run: does it.
        suits: tells whether it can be put to a design here.
        share: what part of the time of the longest check it is given.
    """

    fault: str
    title: str
    run: Callable[[Design, Terms], Result]
    suits: Callable[[type[Design]], bool] = _always
    share: float = 0.25


CHECKS: Final = {
    "threads": Check("T1", "threads", run_threads, share=1.0),
    "once": Check("T1", "one call among all threads", run_once, lambda design: design.once),
    "crossing": Check("T2", "two signals send each other", run_crossing),
    "waiting": Check("T3", "connect beside a slow receiver", run_waiting),
    "collector": Check(
        "T4", "receivers die in the middle", run_collector, lambda design: design.weak
    ),
    "destructors": Check("T4", "`__del__` uses the signal", run_destructors),
    "handlers": Check("T4", "a SIGALRM handler uses the signal", run_handlers, _has_alarms),
    "forks": Check("C2", "children use the signal", run_forks, lambda _: hasattr(os, "fork")),
    "interrupts": Check("C3", "interrupts", run_interrupts, _has_alarms),
}


def is_promised(check: str) -> bool:
    """Tell whether a check has to hold here.

    PyPy may interrupt between any two bytecodes. Without the GIL a forked child can find an object
    locked by a thread that it does not have: the same happens to a plain dict, with no library.
    """
    return (IS_CPYTHON or check != "interrupts") and (HAS_GIL or check != "forks")

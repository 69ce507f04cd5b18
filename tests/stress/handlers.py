"""A signal handler of the system uses the signal in the middle of anything (T4)."""

from __future__ import annotations

import signal as os_signal

from tests.stress.designs import Design
from tests.stress.destructors import Intruder
from tests.stress.findings import Findings, Result, Terms, watched
from tests.stress.workers import Worker, count_left


def run_handlers(design: Design, terms: Terms) -> Result:
    """Have SIGALRM come a random moment after each step."""
    findings = Findings(terms)
    worker = Worker(design, design.make(), 0, findings)
    intruder = Intruder(worker)

    def intrude(number: int, frame: object) -> None:
        intruder.intrude()

    def set_alarm() -> None:
        intruder.settle()
        set_timer()
        if design.once:
            intruder.connect_once()
            set_timer()

    def set_timer() -> None:
        os_signal.setitimer(os_signal.ITIMER_REAL, worker.random.uniform(5e-6, 2e-4))

    worker.expected = intruder.connected
    worker.litter = set_alarm
    before = os_signal.signal(os_signal.SIGALRM, intrude)
    with watched(findings):
        try:
            worker.work()
        finally:
            os_signal.setitimer(os_signal.ITIMER_REAL, 0)
            os_signal.signal(os_signal.SIGALRM, before)
        intruder.leave()
        worker.leave()
        count_left(design, worker.signal, findings)
    return findings.conclude(worker.operations)

"""Many threads connect, disconnect, send and collect at once (T1)."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.stress.designs import Design
from tests.stress.findings import (
    BROKEN,
    DONE,
    Findings,
    Result,
    Terms,
    describe,
    under_pressure,
    watched,
)
from tests.stress.workers import Worker, count_left

THREADS = 4


def run_threads(design: Design, terms: Terms) -> Result:
    """Have four workers use one signal."""
    findings = Findings(terms, THREADS)
    signal = design.make()
    workers = [Worker(design, signal, place, findings) for place in range(THREADS)]
    for worker in workers:
        worker.others = workers
    with watched(findings), under_pressure():
        in_threads(findings, *(worker.work for worker in workers))
        for worker in workers:
            worker.leave()
        count_left(design, signal, findings)
    return findings.conclude(sum(worker.operations for worker in workers))


def in_threads(findings: Findings, *works: Callable[[], object]) -> None:
    """Do each in a thread of its own, and wait for all."""

    def run(place: int, work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            findings.note(BROKEN, describe(error))
        findings.beats[place] = DONE

    threads = [
        threading.Thread(target=run, args=(place, work), daemon=True)
        for place, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

"""One thread connects for one call, and again for more, while others send: the last word counts."""

from __future__ import annotations

import time
from typing import Any

from tests.stress.designs import Design
from tests.stress.findings import DONE, Findings, Result, Terms, under_pressure, watched
from tests.stress.threads import THREADS, in_threads
from tests.stress.workers import Owner, Sending, Worker, count_left

AT_A_TIME = 6


def run_once(design: Design, terms: Terms) -> Result:
    """Have one thread change, and three send."""
    rounds = Rounds(design, Findings(terms, THREADS))
    findings = rounds.findings
    with watched(findings), under_pressure():
        in_threads(findings, rounds.change, *[rounds.send] * (THREADS - 1))
        rounds.count_calls()
        rounds.workers[0].leave()
        count_left(design, rounds.signal, findings)
    return findings.conclude(rounds.workers[0].operations)


class CountingOwner(Owner):
    """An owner that is to be called once.

    Attributes:
        calls: what it was called with.
    """

    def __init__(self, findings: Findings) -> None:
        super().__init__(findings)
        self.calls: list[Sending] = []

    def receive(self, sender: Any, payload: Sending, **_: object) -> None:
        """Count the call."""
        super().receive(sender, payload)
        self.calls.append(payload)
        if len(self.calls) > 1:
            self._findings.note("misdelivered", "called again, after its one call")


class Rounds:
    """What the threads do.

    Attributes:
        findings: what goes wrong.
        signal: the signal.
        workers: the one that changes, then those that send.
    """

    def __init__(self, design: Design, findings: Findings) -> None:
        self._design = design
        self.findings = findings
        self.signal = design.make()
        self.workers = [Worker(design, self.signal, n, findings) for n in range(THREADS)]
        self._places = iter(range(1, THREADS))
        self._called_once: list[CountingOwner] = []

    def change(self) -> None:
        """Go on until the time is over."""
        worker = self.workers[0]
        until = time.monotonic() + self.findings.terms.seconds
        while time.monotonic() < until and not self.findings.are_enough():
            self._connect_twice(worker)
            owners = [CountingOwner(self.findings) for _ in range(AT_A_TIME)]
            for owner in owners:
                worker.attempt(self._design.connect_once, owner.receive)
            worker.send_to(worker.senders[0])
            self._called_once += owners
            self.findings.beats[0] += 1

    def _connect_twice(self, worker: Worker) -> None:
        owner = Owner(self.findings)
        worker.attempt(self._design.connect_once, owner.receive)
        worker.attempt(self._design.connect, owner.receive)
        for _ in range(2):
            payload = worker.send_to(worker.senders[0])
            if payload is not None and owner.heard[0] is not payload:
                self.findings.note("lost", "connected again, for more than one call")
        worker.end(owner, None)
        worker.send_to(worker.senders[0])

    def send(self) -> None:
        """Send for as long as the other thread changes."""
        place = next(self._places)
        worker = self.workers[place]
        while self.findings.beats[0] != DONE:
            worker.send_to(worker.senders[0])
            self.findings.beats[place] += 1

    def count_calls(self) -> None:
        """See that those for one call have had it."""
        for owner in self._called_once:
            if not owner.calls:
                self.findings.note("lost", "never called")
        self._called_once.clear()

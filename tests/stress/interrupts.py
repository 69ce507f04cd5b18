"""An interrupt such as that of Ctrl-C, at any moment of any change (C3)."""

from __future__ import annotations

import signal as os_signal
import time
from typing import Any

from tests.stress.designs import Design
from tests.stress.findings import Findings, Result, Terms, describe, watched
from tests.stress.workers import Sender, Worker

ROUNDS = 1_000


class InterruptError(KeyboardInterrupt):
    """Tells our interrupt from that of whoever runs this."""


def run_interrupts(design: Design, terms: Terms) -> Result:
    """Interrupt the use of one new signal after another, and see in which state each is."""
    findings = Findings(terms)
    trial = Trial(design)
    worker = Worker(design, None, 0, findings)
    duration = trial.measure()
    interrupts = 0
    with watched(findings):
        while interrupts < terms.interrupts and not findings.are_enough():
            trial.begin()
            interrupts += trial.interrupt(worker.random.uniform(5e-6, duration))
            if design.is_held(trial.signal):
                findings.note("held")
            else:
                words = trial.find_disagreement()
                if words:
                    findings.note("disagree", words)
            findings.beats[0] += 1
    return findings.conclude(interrupts)


class Trial:
    """The use of a signal, which is interrupted somewhere.

    Attributes:
        signal: the signal.
    """

    def __init__(self, design: Design) -> None:
        self._design = design
        self._armed = False
        self._heard: list[object] = []
        self._sender = Sender()
        self.signal: Any = None
        os_signal.signal(os_signal.SIGALRM, self._strike)

    def begin(self) -> None:
        """Take a new signal and a new sender."""
        self.signal = self._design.make()
        self._sender = Sender()

    def measure(self) -> float:
        """Give how long one use takes, and a little more."""
        self.begin()
        begun = time.perf_counter()
        for _ in range(20):
            self._design.use(self.signal, self._receive, self._sender)
        return (time.perf_counter() - begun) / 20 * 1.5 + 5e-6

    def interrupt(self, delay: float) -> bool:
        """Use the signal until it is interrupted; tell whether it was."""
        try:
            self._armed = True
            os_signal.setitimer(os_signal.ITIMER_REAL, delay)
            for _ in range(ROUNDS):  # more than enough, if nobody swallows the interrupt
                self._design.use(self.signal, self._receive, self._sender)
        except InterruptError:
            return True
        finally:
            self._armed = False
            os_signal.setitimer(os_signal.ITIMER_REAL, 0)
        return False

    def find_disagreement(self) -> str:
        """Use the signal once more, and say what is wrong with it, if anything is."""
        design, signal, sender = self._design, self.signal, self._sender
        try:
            if not design.agrees(signal):
                return "its tables say different things"
            self._heard.clear()
            design.connect(signal, self._receive, sender)
            design.send(signal, sender, "again")
            if len(self._heard) != 1:
                return f"connected, it is called {len(self._heard)} times"
            design.disconnect_all(signal, self._receive, sender)
            design.send(signal, sender, "never")
            if len(self._heard) != 1:
                return "disconnected, it is called"
            left = design.count_left(signal)
            return "entries are left" if left else ""
        except Exception as error:
            return describe(error)

    def _receive(self, sender: object, payload: object, **_: object) -> None:
        self._heard.append(payload)

    def _strike(self, number: int, frame: object) -> None:
        if self._armed:
            raise InterruptError

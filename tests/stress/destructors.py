"""The collector comes in the middle of anything: to receivers, or to `__del__` (T4)."""

from __future__ import annotations

import time
from random import Random
from typing import Any

from tests.stress.designs import Design
from tests.stress.findings import (
    Findings,
    Result,
    Terms,
    describe,
    under_pressure,
    vary_collections,
    watched,
)
from tests.stress.workers import Owner, Sender, Sending, Worker, count_left

MOST = 4


def run_collector(design: Design, terms: Terms) -> Result:
    """Have connected receivers die wherever the collector finds them."""
    findings = Findings(terms)
    worker = Worker(design, design.make(), 0, findings)

    def connect(sender: Sender) -> Owner:
        owner = Owner(findings, sender.number if design.filters else 0)
        worker.attempt(design.connect, owner.receive, sender if design.filters else None)
        return owner

    def litter() -> None:
        sender = Sender()
        vary_collections(worker.random)
        mortal = connect(sender)
        mortal.cycle = mortal, sender
        del mortal  # which the collector is to find while its successor takes its place
        owner = connect(sender)
        payload = worker.send_to(sender)
        if payload is not None and owner.heard[0] is not payload:
            findings.note("lost", "connected while another one died")
        worker.end(owner, sender)

    return _run(worker, litter)


def run_destructors(design: Design, terms: Terms) -> Result:
    """Have `__del__` use the signal wherever the collector calls it."""
    findings = Findings(terms)
    worker = Worker(design, design.make(), 0, findings)
    intruder = Intruder(worker)

    def litter() -> None:
        intruder.settle()
        vary_collections(worker.random)
        Mayfly(intruder)

    worker.expected = intruder.connected
    return _run(worker, litter, intruder)


def _run(worker: Worker, litter: Any, intruder: Intruder | None = None) -> Result:
    worker.litter = litter
    findings = worker.findings
    with watched(findings), under_pressure():
        worker.work()
        if intruder is not None:
            intruder.leave()
        worker.leave()
        count_left(worker.design, worker.signal, findings)
    return findings.conclude(worker.operations)


class Mayfly:
    """Uses a signal when the collector frees it."""

    def __init__(self, intruder: Intruder) -> None:
        self._intruder = intruder
        self._cycle = self

    def __del__(self) -> None:
        """Use it."""
        self._intruder.intrude()


class Intruder:
    """Uses the signal of a worker at moments that nobody has chosen.

    What it does in the middle of an operation may wait for the end of that one. So a worker looks
    only at what had been done before its own next operation began.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._place = len(worker.findings.beats)
        self._random = Random(f"{worker.findings.terms.seed} intruder")
        self._owners: list[Owner] = []
        self._gone: list[Owner] = []
        self._left = False
        self.fleeting: Owner | None = None

    def intrude(self) -> None:
        """Connect, disconnect or send; what is raised is noted, not passed on to whom it hits."""
        if self._left:
            return
        try:
            steps = [self._connect, self._disconnect, self._send]
            self._random.choice([self._connect_again] if self.fleeting else steps)()
        except Exception as error:
            self._worker.findings.note("exceptions", f"in the middle: {describe(error)}")

    def connected(self) -> tuple[Owner, ...]:
        """Give the owners that are connected by now."""
        return tuple(self._owners)

    def settle(self) -> None:
        """Call what was disconnected before the worker's last operations ended."""
        worker = self._worker
        gone = self._gone[:]
        if gone:
            worker.send_to(worker.senders[0])
            for owner in gone:
                owner.ended = time.monotonic_ns()
            del self._gone[: len(gone)]

    def leave(self) -> None:
        """Do nothing more, and disconnect all."""
        self._left = True
        for owner in self._owners:
            self._worker.end(owner, self._sender())
        self._owners.clear()

    def connect_once(self) -> None:
        """Connect for one call, and send; then see that what was done in the middle holds."""
        worker, design = self._worker, self._worker.design
        owner = Owner(worker.findings)
        worker.attempt(design.connect_once, owner.receive)
        self.fleeting = owner
        worker.send_to(worker.senders[0])
        self.fleeting = None
        # `strong` tells that it was connected again, for more than one call.
        for _ in range(2):
            payload = worker.send_to(worker.senders[0])
            if owner.strong and payload is not None and owner.heard[0] is not payload:
                worker.findings.note("lost", "connected again, for more than one call")
        worker.end(owner, None)

    def _connect_again(self) -> None:
        owner = self.fleeting
        if owner is not None:
            self._worker.design.connect(self._worker.signal, owner.receive, weak=False)
            owner.strong = True

    def _sender(self) -> Any:
        return self._worker.senders[0] if self._worker.design.filters else None

    def _connect(self) -> None:
        if len(self._owners) >= MOST:
            return
        sender = self._sender()
        owner = Owner(self._worker.findings, sender.number if sender else 0)
        self._worker.design.connect(self._worker.signal, owner.receive, sender)
        self._owners.append(owner)

    def _disconnect(self) -> None:
        if self._owners:
            owner = self._owners.pop()
            owner.leaving = True
            self._worker.design.disconnect(self._worker.signal, owner.receive, self._sender())
            self._gone.append(owner)

    def _send(self) -> None:
        worker = self._worker
        worker.design.send(worker.signal, worker.senders[0], Sending(self._place))

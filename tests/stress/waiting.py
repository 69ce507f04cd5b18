"""A receiver stands still, and another thread connects, sends and disconnects meanwhile (T3)."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.stress.designs import Design
from tests.stress.findings import Findings, Result, Terms, watched
from tests.stress.threads import in_threads
from tests.stress.workers import Owner, Sender, Worker


def run_waiting(design: Design, terms: Terms) -> Result:
    """See which of them waits for the receiver, as long as there is patience for."""
    findings = Findings(Terms(patience=5 * terms.patience), 2)
    signal, sender, done = design.make(), Sender(), threading.Event()
    begun = threading.Event()
    in_vain: list[object] = []
    stands_for = None if design.any else sender
    worker = Worker(design, signal, 1, findings)
    owner = Owner(findings, strong=True)

    def stand_still(sender: object, payload: object, **_: object) -> None:
        if not begun.is_set():
            begun.set()
            if not done.wait(terms.patience):
                in_vain.append(payload)  # before it lets go of whatever is waited for

    def send() -> None:
        design.send(signal, sender, "slow")

    def go_on(kind: str, operation: Callable[..., object], *arguments: object) -> None:
        done.clear()
        begun.clear()
        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        begun.wait()
        worker.attempt(operation, *arguments)
        if in_vain:
            findings.note("waits", kind)
        in_vain.clear()
        done.set()
        thread.join()
        findings.beats[1] += 1

    def use_it() -> None:
        go_on("connect", design.connect, owner.receive, stands_for)
        go_on("disconnect", design.disconnect, owner.receive, stands_for)

    design.connect(signal, stand_still, stands_for)
    with watched(findings):
        in_threads(findings, int, use_it)
    return findings.conclude(worker.operations)

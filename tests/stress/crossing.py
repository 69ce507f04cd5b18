"""Two signals send each other from two threads (T2)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.stress.designs import Design
from tests.stress.findings import Findings, Result, Terms, watched
from tests.stress.threads import in_threads
from tests.stress.workers import Sender

DEPTH = 6
ROUNDS = 50
PATIENCE = 5.0


def run_crossing(design: Design, terms: Terms) -> Result:
    """Have each thread begin with another signal, and meet in the receivers of both."""
    findings = Findings(terms, 2)
    ping, pong, sender = design.make(), design.make(), Sender()
    meeting = threading.Barrier(2)
    calls: list[int] = []

    def passing_on_to(signal: Any) -> Callable[..., None]:
        def receiver(sender: object, payload: int, **_: object) -> None:
            calls.append(payload)
            if payload == DEPTH:
                with suppress(threading.BrokenBarrierError):  # they cannot both be in a receiver
                    meeting.wait(PATIENCE)
            if payload:
                design.send(signal, sender, payload - 1)

        return receiver

    def sending_to(place: int, signal: Any) -> Callable[[], None]:
        def send() -> None:
            for _ in range(ROUNDS):
                design.send(signal, sender, DEPTH)
                findings.beats[place] += 1

        return send

    receivers = passing_on_to(pong), passing_on_to(ping)
    for signal, receiver in zip((ping, pong), receivers, strict=True):
        design.connect(signal, receiver, None if design.any else sender)
    with watched(findings):
        in_threads(findings, sending_to(0, ping), sending_to(1, pong))
    for _ in range(2 * ROUNDS * (DEPTH + 1) - len(calls)):
        findings.note("lost", "not every sending has come back")
    return findings.conclude(len(calls))

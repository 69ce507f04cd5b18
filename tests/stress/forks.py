"""A process is forked while other threads connect and send; its children use the signal (C2)."""

from __future__ import annotations

import os
import signal as os_signal
import threading
import time
from collections import Counter
from dataclasses import replace
from typing import Any

from tests.stress.designs import Design
from tests.stress.findings import Findings, Result, Terms, describe, under_pressure, watched
from tests.stress.workers import Owner, Sender, Worker

BATCH = 10
FAILED = 3


def run_forks(design: Design, terms: Terms) -> Result:
    """Fork children, some at a time, and see that each comes to a good end."""
    findings = Findings(replace(terms, patience=2 * BATCH * terms.patience))
    signal = design.make()
    over = threading.Event()

    workers = [Worker(design, signal, place, Findings(terms, 3)) for place in (1, 2)]

    def keep_busy(worker: Worker) -> None:
        while not over.is_set():
            worker.connect()
            worker.send()
            worker.disconnect()
            rounds[worker.place] += 1

    rounds: Counter[int] = Counter()
    threads = [
        threading.Thread(target=keep_busy, args=(worker,), daemon=True) for worker in workers
    ]
    forked = 0
    with watched(findings), under_pressure():
        for thread in threads:
            thread.start()
        while forked < terms.children and not findings.are_enough():
            before = rounds.copy()
            children = [fork(design, signal, terms) for _ in range(BATCH)]
            forked += len(children)
            for child in children:
                note_end(os.waitpid(child, 0)[1], findings)
                findings.beats[0] += 1
            # Children of idle threads would show nothing, and a stuck thread is a fault itself.
            if not go_on(threads, rounds, before, terms.patience):
                findings.note("hang", "a thread beside the forks")
        over.set()
        for thread in threads:
            thread.join(terms.patience)
    return findings.conclude(forked)


def go_on(
    threads: list[threading.Thread], rounds: Counter[int], before: Counter[int], patience: float
) -> bool:
    """Tell whether each thread has done something since, or does so in time."""
    until = time.monotonic() + patience
    while any(rounds[place] == before[place] for place in (1, 2)):
        if time.monotonic() > until or not all(thread.is_alive() for thread in threads):
            return False
        threads[0].join(0.001)
    return True


def fork(design: Design, signal: Any, terms: Terms) -> int:
    """Fork a child that uses the signal, and is ended when it hangs."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os_signal.signal(os_signal.SIGALRM, os_signal.SIG_DFL)
            os_signal.alarm(max(1, int(terms.patience)))
            code = 0 if use(design, signal, terms) else FAILED
        finally:
            os._exit(code)
    return child


def use(design: Design, signal: Any, terms: Terms) -> bool:
    """Connect, send, disconnect and send again."""
    findings = Findings(terms)
    worker = Worker(design, signal, 0, findings)
    sender: Sender | None = worker.senders[0] if design.filters else None
    owner = Owner(findings, sender.number if sender else 0)
    try:
        design.connect(signal, owner.receive, sender)
        payload = worker.send_to(worker.senders[0])
        called = owner.heard[0] is payload
        design.disconnect(signal, owner.receive, sender)
        payload = worker.send_to(worker.senders[0])
        return called and payload is not None and owner.heard[0] is not payload
    except Exception as error:
        findings.note("exceptions", describe(error))
        return False


def note_end(status: int, findings: Findings) -> None:
    """Note what has become of a child."""
    code = os.waitstatus_to_exitcode(status)
    if code == -os_signal.SIGALRM:
        findings.note("hang")
    elif code:
        findings.note("fail", f"exit code {code}")

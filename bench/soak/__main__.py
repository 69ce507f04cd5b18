"""Soak a dispatcher on both backends: `python -m bench.soak [--events 1000000]`."""

from __future__ import annotations

import argparse
import sys
import threading
from dataclasses import dataclass, field
from functools import partial
from random import Random
from time import perf_counter
from typing import Any

import anyio

from aldis import Dispatcher, Event, Outcome
from aldis import Statistics as Counts
from bench.soak.health import Sample, count_running, describe_growth, take_sample
from bench.soak.ledger import Ledger
from bench.soak.posters import Poster, PosterThread
from bench.soak.receivers import Receivers
from bench.soak.work import Kind, Menu, make

THREADS = 4
TASKS = 2
ROUNDS = 20
WARM_UP = 4
"""After how many rounds memory must be flat."""
LEFT_BEHIND = 200
"""How many events nobody ends: leaving the block has to."""
PATIENCE = 600
"""Seconds after which a round or the end counts as a hang."""


@dataclass
class Run:
    """What came of one soak.

    Attributes:
        ledger: who saw what.
        menu: which kinds of events there are.
        samples: what the process held after each round.
        seconds: how long posting and draining took.
        retries: how often there was no room.
        faults: what should not be.
    """

    ledger: Ledger
    menu: Menu
    samples: list[Sample] = field(default_factory=list[Sample])
    seconds: float = 0.0
    retries: int = 0
    faults: list[str] = field(default_factory=list[str])


async def soak(events: int, seed: int, menu: Menu, *, ordered: bool) -> Run:
    """Post all events in rounds, and leave a few to the end of the block.

    Each round ends with a drain, so that memory is looked at when the dispatcher holds nothing.
    """
    run = Run(Ledger(events), menu)
    receivers = Receivers(run.ledger)

    def tell(outcome: Outcome[Any], event: Event[Any, Any]) -> None:
        run.ledger.report(outcome, event.payload.number)

    before = count_running()
    dispatcher = Dispatcher(on_error=tell, grace=0.05, ordered=ordered)
    receivers.connect(dispatcher)
    last = events - LEFT_BEHIND
    async with dispatcher:
        begin = perf_counter()
        for number in range(ROUNDS):
            part = range(last * number // ROUNDS, last * (number + 1) // ROUNDS)
            with anyio.fail_after(PATIENCE):
                await run_round(run, dispatcher, part, f"{seed} {number}")
            run.samples.append(take_sample(part.stop))
        run.seconds = perf_counter() - begin
        if count_running()[0] != before[0]:
            run.faults.append("there are more threads than before")
        random = Random(seed)
        for number in range(last, events):
            _ = dispatcher.post(make(random, number, Kind.HELD))
            run.ledger.accepted[number] += 1
    await anyio.wait_all_tasks_blocked()
    if count_running() != before:
        run.faults.append(f"(threads, tasks): {before} before, {count_running()} after")
    check(run, dispatcher.statistics())
    return run


async def run_round(run: Run, dispatcher: Dispatcher, part: range, seed: str) -> None:
    """Post a part of the events from all threads and tasks, and drain."""
    count = THREADS + TASKS
    posters = [
        Poster(dispatcher, run.ledger, Random(f"{seed} {place}"), run.menu)
        for place in range(count)
    ]
    shares = [part[place::count] for place in range(count)]
    threads = [PosterThread(posters[place], shares[place]) for place in range(THREADS)]
    async with anyio.create_task_group() as tasks:
        for place in range(THREADS, count):
            tasks.start_soon(posters[place].post_in_task, shares[place])
        for thread in threads:
            tasks.start_soon(thread.finish)
    await dispatcher.drain()
    for poster in posters:
        await poster.await_cancelled()
        run.retries += poster.retries


def check(run: Run, counts: Counts) -> None:
    """Compare what the dispatcher has counted with what the others have."""
    ledger = run.ledger
    told = {
        "pending": (counts.pending, 0),
        "running": (counts.running, 0),
        "done": (counts.done, sum(ledger.heard)),
        "failed": (counts.failed, sum(ledger.failed)),
        "dropped": (counts.dropped, sum(ledger.cancelled) + sum(ledger.abandoned)),
        "done + failed + dropped": (
            counts.done + counts.failed + counts.dropped,
            sum(ledger.accepted),
        ),
    }
    run.faults += [
        f"{name} is {ours} to the dispatcher, and {theirs} to those who saw it"
        for name, (ours, theirs) in told.items()
        if ours != theirs
    ]
    run.faults += ledger.faults()


def report(backend: str, run: Run) -> list[str]:
    """Print the table of one soak, and give what should not be."""
    ledger = run.ledger
    rows = {
        "accepted": sum(ledger.accepted),
        "done: a receiver heard it": sum(ledger.heard),
        "failed: on_error was told": sum(ledger.failed),
        "dropped: its delivery was cancelled": sum(ledger.cancelled),
        "  of these, had begun": ledger.begun,
        "dropped: on_error was told": sum(ledger.abandoned),
        "times without room": run.retries,
        "events per second": round(sum(ledger.accepted) / run.seconds),
    }
    lines, grown = describe_growth(run.samples[WARM_UP:])
    print(f"\n{backend}")
    for name, value in rows.items():
        print(f"  {name:<40}{value:>14,}")
    for line in lines:
        print(f"  {line}")
    faults = run.faults + grown
    for fault in faults:
        print(f"  WRONG: {fault}")
    return faults


def main(arguments: list[str] | None = None) -> int:
    """Soak on each backend; 0 when all held."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ordered", action="store_true", help="as the dispatcher's option")
    parser.add_argument("--nested", action="store_true", help=f"also: {Kind.NESTED.value}")
    parser.add_argument("--strays", action="store_true", help=f"also: {Kind.STRAY.value}")
    parser.add_argument("--backend", choices=("asyncio", "trio"), action="append")
    options = parser.parse_args(arguments)
    if options.events < 10 * LEFT_BEHIND:
        parser.error(f"--events must be {10 * LEFT_BEHIND} at least")
    print(f"{options.events:,} events, seed {options.seed}, Python {sys.version.split()[0]}")
    faults: list[str] = []
    for backend in options.backend or ("asyncio", "trio"):
        threads = threading.active_count()
        more = [Kind.NESTED] if options.nested else []
        more += [Kind.STRAY] if options.strays and backend == "asyncio" else []
        menu = Menu.make(*more)
        work = partial(soak, options.events, options.seed, menu, ordered=options.ordered)
        run = anyio.run(work, backend=backend)
        if threading.active_count() != threads:
            run.faults.append("a thread outlived the loop")
        faults += report(backend, run)
    print(f"\n{'all held' if not faults else 'NOT all held'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

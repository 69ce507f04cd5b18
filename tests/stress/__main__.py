"""Stresses Aldis, its peers and the controls, and writes a report: `python -m tests.stress`.

Exits with 1 when anything at all goes wrong with a face of Aldis, and when a check does not catch
the control that is for it.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from tests.stress.apart import DESIGNS, ROOT, run_apart
from tests.stress.checks import CHECKS, is_promised
from tests.stress.controls import Control
from tests.stress.designs import FACES, Design
from tests.stress.findings import HAS_GIL, Result, Terms
from tests.stress.peers import PEERS
from tests.stress.report import make_report, name_interpreter, tell

PATIENCE = 60.0
"""For Aldis, of which a pause is not to be taken for a deadlock."""
LITTLE_PATIENCE = 5.0
LEAST = 20.0
"""How many seconds a control has at least, in which it nearly always shows at once."""


@dataclass(frozen=True)
class Task:
    """One check to be put to one design."""

    check: str
    design: type[Design]
    terms: Terms


def read_arguments() -> argparse.Namespace:
    """Read what to do."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="for the longest checks")
    parser.add_argument("--interrupts", type=int, default=20_000)
    parser.add_argument("--children", type=int, default=100)
    parser.add_argument("--designs", nargs="+", choices=list(DESIGNS), metavar="DESIGN")
    parser.add_argument("--checks", nargs="+", choices=list(CHECKS), metavar="CHECK")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--report", type=Path, help="where to write it")
    return parser.parse_args()


def find_skipped(designs: list[type[Design]]) -> dict[str, str]:
    """Name the designs that cannot be tried, and why."""
    reasons = {design.name: design.why_not() for design in designs}
    return {name: why for name, why in reasons.items() if why}


def find_tasks(designs: list[type[Design]], checks: list[str], terms: Terms) -> Iterator[Task]:
    """Pair designs with checks: of controls, those that are to catch them."""
    for name in checks:
        for design in designs:
            if issubclass(design, Control):
                kind = design.caught_by.get(name)
                if kind and CHECKS[name].suits(design):
                    seconds = max(terms.seconds, LEAST) / CHECKS[name].share
                    most = replace(terms, seconds=seconds, patience=LITTLE_PATIENCE, until=kind)
                    yield Task(name, design, most)
            elif CHECKS[name].suits(design) and name in (design.only or CHECKS):
                patience = PATIENCE if design.aldis else LITTLE_PATIENCE
                yield Task(name, design, replace(terms, patience=patience))


def run_all(tasks: list[Task], jobs: int) -> dict[tuple[str, str], Result]:
    """Run them, and tell of each as it ends."""
    results: dict[tuple[str, str], Result] = {}
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(run_apart, t.check, t.design.name, t.terms): t for t in tasks}
        for number, future in enumerate(as_completed(running), 1):
            task = running[future]
            result = results[task.check, task.design.name] = future.result()
            words = tell(task.check, result)
            progress = f"[{number}/{len(tasks)}] {task.check}: {task.design.name}: {words}"
            print(progress, flush=True)
    return {(t.check, t.design.name): results[t.check, t.design.name] for t in tasks}


def find_wrong(tasks: list[Task], results: dict[tuple[str, str], Result]) -> Iterator[str]:
    """Tell what is not as it has to be."""
    for task in tasks:
        result = results[task.check, task.design.name]
        words = f"{task.check}: {task.design.name}"
        if task.design.aldis and not result.is_clean() and is_promised(task.check):
            yield f"{words}: {result.tell()}; {'; '.join(result.samples)}"
        if issubclass(task.design, Control) and is_promised(task.check):
            kind = task.design.caught_by[task.check]
            if not result.shows(kind):
                yield f"{words}: not caught, for want of {kind}: {result.tell() or 'nothing'}"


def main() -> int:
    """Do all of it."""
    arguments = read_arguments()
    terms = Terms(arguments.seconds, arguments.interrupts, arguments.children, seed=arguments.seed)
    names = arguments.designs or list(DESIGNS)
    chosen = [design for name, design in DESIGNS.items() if name in names]
    skipped = find_skipped(chosen)
    designs = [design for design in chosen if design.name not in skipped]
    tasks = list(find_tasks(designs, arguments.checks or list(CHECKS), terms))
    print(f"{platform.python_implementation()} {sys.version}, GIL: {HAS_GIL}")
    for name, why in skipped.items():
        print(f"skipped: {name}, {why}")
    results = run_all(tasks, arguments.jobs)
    versions = {each.name: each().version() for each in (*FACES, *PEERS) if each in designs}
    default = ROOT / ".venv" / "stress" / f"report-{name_interpreter()}.md"
    path: Path = arguments.report or default
    path.parent.mkdir(parents=True, exist_ok=True)
    report = make_report(results, versions, skipped, terms)
    path.write_text(report, encoding="utf-8")
    wrong = list(find_wrong(tasks, results))
    print(f"\n{report}\nwritten to {path}")
    for words in wrong:
        print(f"WRONG: {words}")
    print("NOT all held" if wrong else "all held")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

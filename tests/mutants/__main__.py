"""Changes the registry, the connections and the delivery in small ways, and asks who notices.

Each mutant is a copy of the package with one small change. The tests that run the changed line are
run on it: one of them is to fail or to hang, or else `survivors.toml` says why none can, and none
is asked. Exits with 1 when a survivor is not explained, when what is explained is not there any
more, and when fewer than 95 % of those of the registry, the connections or the delivery are
noticed.
"""

from __future__ import annotations

import argparse
import compileall
import importlib
import multiprocessing
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import NamedTuple

from tests.mutants.changing import Change, Mutant, control_of, in_normal_form, mutants_of
from tests.mutants.report import (
    NOTICED,
    Result,
    find_faults,
    read_explained,
    read_results,
    table,
    write_results,
)
from tests.mutants.serving import ELSEWHERE, Server, serve
from tests.mutants.suite import ROOT, Ended, Survey, read_survey, run_tests, take_survey

MODULES = (
    "_registry",
    "_news",
    "_changes",
    "_inbox",
    "_line",
    "_plan",
    "_connection",
    "_identity",
    "_delivery",
    "_async_delivery",
    "_together",
    "_wiring",
    "_outcome",
    "_cancellation",
    "_signal",
)
# What every run of the tests needs, and nothing of what is tested.
LOADED = (
    "anyio._backends._asyncio",
    "anyio._backends._trio",
    "hypothesis",
    "sybil.parsers.markdown",
)
_forking = multiprocessing.get_context("fork")


Choose = Callable[[Mutant], list[str]]
"""Gives the tests that are run on a mutant."""


class Setting(NamedTuple):
    """What all trials have in common.

    Attributes:
        survey: which tests run which line.
        folder: where the copies of the package are made.
        workers: how many processes work at the same time.
    """

    survey: Survey
    folder: Path
    workers: int


def main() -> int:
    """Try all mutants, or those that are asked for, and say what is wrong."""
    arguments = read_arguments()
    folder: Path = arguments.folder.absolute()
    begun = time.monotonic()
    original = copy_source(folder / "original")
    survey = survey_of(original, folder / "survey.json")
    sources = {each: (original / "aldis" / f"{each}.py").read_text() for each in arguments.modules}
    mutants = [mutant for module in sources for mutant in mutants_of(module, sources[module])]
    results = folder / "results.json"
    if arguments.survivors:
        left = {each.change for each in read_results(results) if each.ended not in NOTICED}
        mutants = [mutant for mutant in mutants if mutant.change in left]
    explained = read_explained()
    known = [mutant for mutant in mutants if mutant.change in explained]
    if not arguments.explained:  # why no test can notice these has been thought through
        mutants = [mutant for mutant in mutants if mutant.change not in explained]
    setting = Setting(survey, folder, arguments.workers)
    check_controls(sources, setting)
    print(f"{len(mutants)} mutants, {len(survey.seconds)} tests", flush=True)
    for test in survey.failed:
        print(f"Left out, it fails where nothing is changed: {test}", flush=True)
    tried = try_all(mutants, setting, quick=arguments.quick)
    if not arguments.explained:
        tried += [Result(mutant.change, "passed") for mutant in known]
    write_results(results, tried)
    whole = not arguments.survivors and set(arguments.modules) == set(MODULES)
    faults = find_faults(tried, explained, whole=whole)
    took = f"{time.monotonic() - begun:.0f} seconds"
    report = "\n".join([table(tried, explained), took, *faults])
    (folder / "report.txt").write_text(f"{report}\n")
    print(report)
    return bool(faults)


def read_arguments() -> argparse.Namespace:
    """Read where to work, and on what."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("modules", nargs="*", default=MODULES)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--survivors", action="store_true", help="only those of the last run")
    parser.add_argument("--quick", action="store_true", help="only tests of a few seconds")
    parser.add_argument("--explained", action="store_true", help="also what is explained")
    return parser.parse_args()


def copy_source(target: Path) -> Path:
    """Copy the package, with the modules that are to be changed in their normal form."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "src", target, ignore=shutil.ignore_patterns("__pycache__"))
    for module in MODULES:
        file = target / "aldis" / f"{module}.py"
        file.write_text(in_normal_form(file.read_text()))
    compileall.compile_dir(target, quiet=1)
    return target


def survey_of(source: Path, file: Path) -> Survey:
    """See which tests run which line, unless that is known and nothing has changed since."""
    watched = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "conftest.py"]
    if not file.exists() or file.stat().st_mtime < max(each.stat().st_mtime for each in watched):
        ended = take_survey(source, MODULES, file)
        if ended != "passed":
            sys.exit(f"The tests have not passed where nothing is changed: they {ended}.")
    return read_survey(file)


def check_controls(sources: dict[str, str], setting: Setting) -> None:
    """Require that the tests pass, on either way of running them, where nothing is changed."""
    controls: list[Mutant] = []
    for module, source in sources.items():
        lines = setting.survey.lines[module]
        controls.append(control_of(module, source, max(lines, key=lambda line: len(lines[line]))))
    survey = setting.survey
    widest = max(controls, key=lambda each: len(survey.lines[each.module][each.line]))
    ended = [
        *try_in_place(controls, setting, survey.quick),
        *try_in_place([widest], setting, survey.rest),
        *try_anew(controls[:1], setting, survey.quick),
    ]
    failed = [change.module for change, end in ended if end != "passed"]
    if failed:
        sys.exit(f"Tests fail where nothing is changed: {', '.join(failed)}")


def try_all(mutants: list[Mutant], setting: Setting, *, quick: bool) -> list[Result]:
    """Try each mutant with the tests that are likely to notice it, then with the others."""
    survey = setting.survey
    ended = dict(try_in_place(mutants, setting, survey.quick))

    def left(*ends: Ended) -> list[Mutant]:
        return [mutant for mutant in mutants if ended[mutant.change] in ends]

    outside = left(ELSEWHERE)
    ended.update(try_anew(outside, setting, survey.quick))
    if not quick:
        ended.update(try_anew(left("passed"), setting, lambda _: sorted(survey.apart)))
        inside = [mutant for mutant in left("passed") if mutant not in outside]
        ended.update(try_in_place(inside, setting, survey.rest))
        outside = [mutant for mutant in left("passed") if mutant in outside]
        ended.update(try_anew(outside, setting, survey.rest))
    return [Result(mutant.change, ended[mutant.change]) for mutant in mutants]


def try_in_place(
    mutants: list[Mutant], setting: Setting, choose: Choose
) -> Iterator[tuple[Change, Ended]]:
    """Try those mutants whose change is inside of a function."""
    queue: SimpleQueue[Mutant | None] = _forking.SimpleQueue()
    results: SimpleQueue[tuple[Change, Ended]] = _forking.SimpleQueue()
    for number in range(setting.workers):
        source = copy_source(setting.folder / f"worker-{number}")
        server = Server(setting.survey, choose, queue, results)
        _forking.Process(target=serve, args=(source, server), daemon=True).start()
    waiting: list[Mutant | None] = [*mutants, *[None] * setting.workers]
    waiting.reverse()
    for _ in range(2 * setting.workers):  # a queue holds no more than a pipe does
        queue.put(waiting.pop() if waiting else None)
    for _ in mutants:
        yield results.get()
        if waiting:
            queue.put(waiting.pop())


def try_anew(
    mutants: list[Mutant], setting: Setting, choose: Choose
) -> Iterator[tuple[Change, Ended]]:
    """Try mutants that have to be imported, or whose tests start processes."""
    if not mutants:
        return
    with _forking.Pool(setting.workers, begin_worker, (setting,)) as pool:
        chosen = ((mutant, choose(mutant)) for mutant in mutants)
        yield from pool.imap_unordered(import_one, chosen)


_here: tuple[Survey, Path]  # what a worker of the pool goes by


def begin_worker(setting: Setting) -> None:
    """Make a worker's copy of the package, and load for all its children what they need."""
    global _here  # noqa: PLW0603  # a process of a pool has no other place
    number = multiprocessing.current_process().name.rpartition("-")[-1]
    _here = (setting.survey, copy_source(setting.folder / f"anew-{number}"))
    for module in LOADED:
        importlib.import_module(module)


def import_one(trial: tuple[Mutant, list[str]]) -> tuple[Change, Ended]:
    """Run tests on a mutant until one notices it."""
    (mutant, tests), (survey, source) = trial, _here
    file = source / "aldis" / f"{mutant.module}.py"
    original = file.read_text()
    for compiled in file.parent.glob(f"__pycache__/{mutant.module}.*"):
        compiled.unlink()
    file.write_text(mutant.source)
    try:
        return mutant.change, run_tests(source, tests, survey) if tests else "passed"
    finally:
        file.write_text(original)


if __name__ == "__main__":
    sys.exit(main())

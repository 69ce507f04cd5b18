"""Which tests run which line, and running some of them in a process of their own."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Collection, Generator, Iterable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import coverage
import pytest

from tests.mutants.changing import Mutant

ROOT = Path(__file__).parents[2]
# The face and the inside of what is changed; other projects' tests and the checkers' are too slow.
TESTS = (
    "tests/unit",
    "tests/behaviour",
    "tests/drop_in/test_defects.py",
    "tests/drop_in/test_differences.py",
    "tests/drop_in/test_kept.py",
)
# Of the event loops, one of each backend: the others run the same code of Aldis.
LEFT_OUT = ("[uvloop", "-uvloop", "asyncio-eager")
# Where the tests of a module are, besides the unit file of its name: what is tried first.
LIKELY = {
    "_registry": (
        "unit/test_registry_snapshots",
        "unit/test_registry_offers",
        "unit/test_changes",
    ),
    "_news": ("unit/test_connectable", "unit/test_changes", "unit/test_registry"),
    "_changes": ("unit/test_registry", "unit/test_connectable"),
    "_inbox": ("unit/test_interrupts", "behaviour/test_rule_04_reentrancy"),
    "_line": ("unit/test_changes", "unit/test_registry"),
    "_plan": ("unit/test_changes", "unit/test_delivery", "unit/test_registry_offers"),
    "_connection": ("unit/test_changes", "unit/test_plan"),
    "_delivery": ("unit/test_async_delivery", "unit/test_signal", "drop_in/test_kept"),
    "_async_delivery": ("unit/test_delivery", "behaviour/test_rule_11_cancellation"),
    "_together": (
        "unit/test_async_delivery",
        "unit/test_delivery",
        "unit/test_signal",
        "behaviour/test_sending_later",
        "behaviour/test_rule_11_cancellation",
    ),
    "_outcome": ("behaviour/test_sending", "behaviour/test_names_and_reprs"),
    "_cancellation": ("unit/test_async_delivery", "behaviour/test_rule_11_cancellation"),
    "_signal": (
        "behaviour/test_sending_later",
        "behaviour/test_sending",
        "behaviour/test_connecting",
        "behaviour/test_meta_signals",
        "behaviour/test_names_and_reprs",
        "behaviour/test_rule_11_cancellation",
    ),
    "_wiring": (
        "unit/test_connectable",
        "unit/test_changes",
        "unit/test_registry",
        "unit/test_offering",
        "behaviour/test_middleware_installing",
        "behaviour/test_middleware_refusals",
        "behaviour/test_streams_ending",
        "behaviour/test_rule_10_once",
        "behaviour/test_meta_signals",
        "behaviour/test_rule_06_lost_receivers",
    ),
}
OPTIONS = ["-q", "-x", "-p", "no:cacheprovider", "--tb=no", "-W"]
OPTIONS.append("ignore::pytest.PytestAssertRewriteWarning")  # of the plugins that are preloaded

BROKEN = 70
"""What a process exits with in which no test was run: it is the runner that failed."""

Ended: TypeAlias = str
"""What became of a run: `"passed"`, `"failed"`, `"hung"`, or `"broken"` where nothing was run."""


class Survey(NamedTuple):
    """What a run of all tests has shown.

    Attributes:
        lines: the tests that run each line, by module and number.
        seconds: how long each test takes.
        apart: the tests that start processes, in which nobody sees what they run.
        failed: those that failed though nothing was changed.
    """

    lines: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]
    apart: set[str]
    failed: list[str]

    def quick(self, mutant: Mutant) -> list[str]:
        """Give the tests that are likely to notice a change, and some that are quick."""
        names = (f"unit/test{mutant.module}", *LIKELY.get(mutant.module, ()))
        likely = {f"tests/{name}.py" for name in names}
        left = self._ranked(mutant)
        own = [test for test in left if _file_of(test) in likely]
        first = [test for test in own if "trio" not in test and self.cost(test) < 1]
        return first + self._within(3, [test for test in left if test not in set(first)])

    def rest(self, mutant: Mutant) -> list[str]:
        """Give the other tests that may notice it."""
        done = set(self.quick(mutant))
        return [test for test in self._ranked(mutant) if test not in done]

    def _ranked(self, mutant: Mutant) -> list[str]:
        # Those that run the line come before those that run the function alone: behind an `await`
        # that a cancellation ended, Python 3.11 tells coverage nothing of the lines. What runs at
        # the import is run by all tests.
        lines = self.lines[mutant.module]
        exact = set(lines.get(mutant.line, ()))
        covering = {test for line in mutant.around for test in lines.get(line, ())}
        return sorted(
            (covering or set(self.seconds)) - self.apart,
            key=lambda test: ("trio" in test, test not in exact, self.cost(test)),
        )

    def _within(self, seconds: float, tests: list[str]) -> list[str]:
        ends = itertools.accumulate(map(self.cost, tests))
        return [test for test, end in zip(tests, ends, strict=True) if end < seconds]

    def cost(self, test: str) -> float:
        """Tell how many seconds a test takes."""
        return self.seconds[test]


def _file_of(test: str) -> str:
    return test.partition("::")[0]


def take_survey(source: Path, modules: Collection[str], file: Path) -> Ended:
    """Run all tests on a copy of the package, under coverage, and write what they show.

    Those few that fail, as a clock may make them on a busy machine, are asked nothing more.
    """

    def run() -> int:
        tracer = coverage.Coverage(data_file=None, include=[f"{source}/aldis/_*.py"])
        watch = _Watch(tracer)
        tracer.start()
        try:
            code = int(pytest.main([*OPTIONS, "--maxfail=9", *TESTS], plugins=[watch]))
        finally:
            tracer.stop()
        data = tracer.get_data()
        lines = {
            module: {
                line: [test for test in tests if test in watch.seconds]
                for line, tests in data.contexts_by_lineno(f"{source}/aldis/{module}.py").items()
            }
            for module in modules
        }
        file.write_text(json.dumps([lines, watch.seconds, sorted(watch.apart), watch.failed]))
        return code if len(watch.failed) > 8 else 0

    return in_a_child(source, run, seconds=1200)


def read_survey(file: Path) -> Survey:
    """Read what a survey has written."""
    lines, seconds, apart, failed = json.loads(file.read_text())
    numbered = {
        module: {int(line): tests for line, tests in by_line.items()}
        for module, by_line in lines.items()
    }
    return Survey(numbered, seconds, set(apart), failed)


def limit_of(survey: Survey, test: str) -> float:
    """Tell after how many seconds a test hangs."""
    return 3 + 5 * survey.cost(test)


def run_tests(source: Path, tests: list[str], survey: Survey) -> Ended:
    """Run tests on a copy of the package, in a process of their own, up to the first failure."""
    chosen = _Chosen(tests, survey)
    files = dict.fromkeys(map(_file_of, tests))

    def run() -> int:
        return int(pytest.main([*OPTIONS, *files], plugins=[chosen]))

    return in_a_child(source, run, seconds=30 + 5 * sum(map(survey.cost, tests)))


def in_a_child(source: Path, run: Callable[[], int], seconds: float) -> Ended:
    """Run in a forked process what is to import the package from `source`."""
    child = os.fork()
    if not child:
        code = BROKEN
        try:
            begin_child(source)
            code = run()
        finally:
            os._exit(code)
    return wait_for(child, seconds)


def wait_for(child: int, seconds: float) -> Ended:
    """Wait for a process that leads a session of its own, then end all that it has started."""
    try:
        ended = os.pidfd_open(child)
        try:
            in_time = select.select([ended], [], [], seconds)[0]
        finally:
            os.close(ended)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # with whatever it has started
        _, status = os.waitpid(child, 0)
    if not in_time or os.WIFSIGNALED(status):
        return "hung"
    code = os.WEXITSTATUS(status)
    if code in {BROKEN, pytest.ExitCode.NO_TESTS_COLLECTED}:
        return "broken"
    return "failed" if code else "passed"


def begin_child(source: Path) -> None:
    """Lead a session of its own, say nothing, and find the package in `source`."""
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    # The same size within the same second is the same file to Python, were it to keep bytecode.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["PYTHONPATH"] = f"{source}{os.pathsep}{ROOT}"
    sys.path[:0] = [str(source), str(ROOT)]
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


class _Watch:
    """Notes which test runs, how long it takes, and whether it starts a process."""

    def __init__(self, tracer: coverage.Coverage) -> None:
        self.seconds: dict[str, float] = {}
        self.apart: set[str] = set()
        self.failed: list[str] = []
        self._tracer = tracer
        self._test = ""
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: object) -> None:
        if event in {"subprocess.Popen", "os.fork"} and self._test:
            self.apart.add(self._test)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the loops that show nothing more."""
        items[:] = [item for item in items if not any(each in item.nodeid for each in LEFT_OUT)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Have the lines that are run from here on noted under this test."""
        self._test = item.nodeid
        self._tracer.switch_context(self._test)
        begun = time.monotonic()
        try:
            return (yield)
        finally:
            self._tracer.switch_context("")
            if self._test in self.failed:
                self.apart.discard(self._test)
            else:
                self.seconds[self._test] = time.monotonic() - begun
            self._test = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """See how a test went."""
        if report.failed:
            self.failed.append(report.nodeid)


class _Chosen:
    """Runs some tests in the given order, each within a time of its own."""

    def __init__(self, tests: Iterable[str], survey: Survey) -> None:
        self._places = {test: place for place, test in enumerate(tests)}
        self._survey = survey

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the others."""
        chosen = [item for item in items if item.nodeid in self._places]
        items[:] = sorted(chosen, key=lambda item: self._places[item.nodeid])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Let an alarm end the process when the test hangs."""
        signal.setitimer(signal.ITIMER_REAL, limit_of(self._survey, item.nodeid))
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

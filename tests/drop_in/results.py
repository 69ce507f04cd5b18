"""What the tests of a run came to, and what must not be so of two runs of one suite."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET


@dataclass(frozen=True)
class Run:
    """One run of a suite, with one of the two libraries."""

    library: str
    modules: tuple[str, ...]
    """The true names of the modules that stood under `blinker` and its submodules in that run."""
    outcomes: dict[str, tuple[str, ...]]
    """By test. A test that fails, and whose teardown fails as well, has two."""
    messages: dict[str, str]
    """What pytest says of each test that did not pass."""
    seconds: float = 0.0

    def count(self, *words: str) -> int:
        """Count the outcomes that are one of these words."""
        return sum(word in words for outcome in self.outcomes.values() for word in outcome)


def read_run(path: Path, library: str, seconds: float = 0.0) -> Run:
    """Read the JUnit file that pytest has written."""
    root = ET.parse(path).getroot()
    outcomes: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    messages: dict[str, str] = {}
    for case in root.iter("testcase"):
        test = f"{case.get('classname')}::{case.get('name')}"
        word, message = _judge(case)
        outcomes[test] += (word,)
        if message:
            messages[test] = message
    modules = [each for each in root.iter("property") if each.get("name") == "blinker"]
    names = modules[0].get("value", "").split() if modules else []
    return Run(library, tuple(names), dict(outcomes), messages, seconds)


def _judge(case: ET.Element) -> tuple[str, str]:
    for tag, word in ("failure", "failed"), ("error", "error"), ("skipped", "skipped"):
        found = case.find(tag)
        if found is not None:
            expected = found.get("type") == "pytest.xfail"
            return "xfailed" if expected else word, found.get("message", "")
    return "passed", ""


def differing(control: Run, subject: Run) -> list[str]:
    """Name the tests that did not come to the same in both runs, in order."""
    tests = {**control.outcomes, **subject.outcomes}
    return [test for test in tests if control.outcomes.get(test) != subject.outcomes.get(test)]


def find_faults(control: Run, subject: Run, passing: int | None = None) -> list[str]:
    """Say what is wrong with the two runs; `passing` tests, and no other, must be all they had."""
    faults = [fault for run in (control, subject) for fault in _find_faults(run, passing)]
    for test in differing(control, subject):
        faults.append(f"{test} differs:")
        faults.extend(f"  with {_describe(run, test)}" for run in (control, subject))
    return faults


def _find_faults(run: Run, passing: int | None) -> list[str]:
    faults: list[str] = []
    if not run.outcomes:
        faults.append(f"With {run.library}, no test was collected.")
    if not _is_true_to_its_name(run):
        modules = ", ".join(run.modules) or "nothing"
        faults.append(f"In the run with {run.library}, the name `blinker` stood for {modules}.")
    passed = run.count("passed")
    if passing is not None and not passed == passing == len(run.outcomes):
        faults.append(f"With {run.library}, {passed} tests passed: it must be all {passing}.")
    return faults


def _is_true_to_its_name(run: Run) -> bool:
    names = [f"{module}." for module in run.modules]
    return bool(names) and all(name.startswith(f"{run.library}.") for name in names)


def _describe(run: Run, test: str) -> str:
    outcome = " and ".join(run.outcomes.get(test, ("not there",)))
    message = run.messages.get(test, "").partition("\n")[0]
    return f"{run.library}: {outcome}{message and f' ({message})'}"

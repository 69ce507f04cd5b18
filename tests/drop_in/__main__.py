"""Runs other projects' tests on blinker and on Aldis, and tells the difference.

`make drop-in` has made the folder that is named to it: `env` is the environment, `suites` holds the
unpacked sdists. Exits with 1 when a test comes to something else with Aldis than with blinker, and
when a comparison proves nothing.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.drop_in.results import Run, differing, find_faults
from tests.drop_in.suites import ALDIS, BLINKER, QUART, SUITES, BrokenRunError, Suite, run_suite

VERSION = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"

LINE = "{:<17} {:<7} {:>5}  {:>21}  {:>21}  {:>6}  {:>15}"
HEADINGS = (
    LINE.format("", "", "", BLINKER.name, ALDIS.name, "", "seconds"),
    LINE.format("suite", "version", "tests", *["passed failed skipped"] * 2, "differ", "each"),
)


def main() -> int:
    """Run every suite with both libraries, and say what is wrong."""
    folder, quart = read_arguments()
    python = folder / "env" / "bin" / "python"
    results = folder / "results"
    results.mkdir(exist_ok=True)
    print(*HEADINGS, sep="\n")
    faults: list[str] = []
    for suite, sources in find_suites(folder / "suites", quart):
        for fault in compare(suite, sources, python, results):
            faults.append(f"{suite.name}: {fault}")
    if quart is None:
        print("\nQuart's own tests are in no release: make drop-in QUART=<a checkout of its tag>")
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults)


def read_arguments() -> tuple[Path, Path | None]:
    """Read the folder that make has made, and where Quart is checked out."""
    parser = argparse.ArgumentParser(prog="python -m tests.drop_in", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quart", type=Path)
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    quart: Path | None = arguments.quart
    return folder.absolute(), quart and quart.absolute()


def find_suites(folder: Path, quart: Path | None) -> Iterator[tuple[Suite, Path]]:
    """Give each suite with the folder of its tests; sdists name theirs in many ways."""
    unpacked = {re.sub(r"[-_.]+", "-", each.name).lower(): each for each in folder.iterdir()}
    for suite in SUITES:
        if suite.folder is not None:
            yield suite, suite.folder
        else:
            (name,) = (name for name in unpacked if re.fullmatch(rf"{suite.name}-[\d-]+", name))
            yield suite, unpacked[name]
    if quart is not None:
        yield QUART, quart


def compare(suite: Suite, sources: Path, python: Path, results: Path) -> list[str]:
    """Run a suite with both libraries, print its line of the table, and say what is wrong."""
    version = "ours" if suite.folder else read_version(sources)
    installed = version if suite.folder else ask(python, "-c", VERSION, suite.name)
    if installed != version:
        return [f"The tests are those of {version}, but {installed} is installed."]
    try:
        control = run_suite(suite, sources, BLINKER, python, results)
        subject = run_suite(suite, sources, ALDIS, python, results)
    except BrokenRunError as error:
        return [
            f"{error}, which ends so:",
            *error.log.read_text(encoding="utf-8").splitlines()[-20:],
        ]
    print(tell(suite, version, control, subject), flush=True)
    return find_faults(control, subject, suite.passing)


def read_version(sources: Path) -> str:
    """Read which version the sources are of."""
    project = sources / "pyproject.toml"
    if project.exists():
        version: str = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
        return version
    return sources.name.rpartition("-")[2]


def ask(python: Path, *arguments: str) -> str:
    """Run an interpreter, and give what it prints."""
    done = subprocess.run([python, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def tell(suite: Suite, version: str, control: Run, subject: Run) -> str:
    """Put two runs of a suite in a line of the table."""
    tests = len({**control.outcomes, **subject.outcomes})
    seconds = " ".join(f"{run.seconds:7.1f}" for run in (control, subject))
    counts = (count(run) for run in (control, subject))
    differences = len(differing(control, subject))
    return LINE.format(suite.name, version, tests, *counts, differences, seconds)


def count(run: Run) -> str:
    """Put the outcomes of a run in three columns."""
    passed, failed = run.count("passed"), run.count("failed", "error")
    return f"{passed:>6} {failed:>6} {run.count('skipped', 'xfailed'):>7}"


if __name__ == "__main__":
    sys.exit(main())

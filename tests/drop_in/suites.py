"""Whose tests are run, and how: the same files, with blinker or with Aldis under its name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.drop_in.results import Run, read_run

HERE = Path(__file__).parent
TIME_LIMIT = 300
RAN_TO_THE_END = (0, 1, 5)  # pytest's exit codes: all passed, some failed, there were none

# What would lead the run of somebody else's tests astray.
PREFIXES_LEFT_OUT = ("COV", "FLASK_", "PYTEST_", "PYTHON", "QUART_")


@dataclass(frozen=True)
class Suite:
    """The tests of a distribution, with the options that pytest needs for them."""

    name: str
    options: tuple[str, ...] = ()
    passing: int | None = None
    """How many tests it has, where every one must pass."""
    folder: Path | None = None
    """Where its tests are, if they are ours and not those of a release."""


@dataclass(frozen=True)
class Library:
    """What the name `blinker` is to stand for, and the folders that see to it."""

    name: str
    folders: tuple[Path, ...] = ()


BLINKER = Library("blinker")
ALDIS = Library("aldis.blinker", (HERE / "alias",))

# Plugins are named, and the rest stays out: one that a suite does not know can stumble over its
# configuration. blinker's does not say how long the loop of a fixture lives; that is a warning, and
# its warnings are errors.
ASYNCIO = ("-p", "asyncio", "-p", "pytest_cov")
SUITES = (
    Suite(
        "blinker",
        ("-p", "asyncio", "-o", "asyncio_default_fixture_loop_scope=function"),
        passing=25,
    ),
    Suite("flask"),
    Suite("flask-login"),
    # Python 3.13 warns of the databases it leaves open, in whichever test the collector runs.
    Suite("flask-sqlalchemy", ("-W", "ignore:unclosed database:ResourceWarning")),
    Suite("quart-auth", ASYNCIO),
    Suite("quart-cors", ASYNCIO),
    Suite("quart-trio", ("-p", "trio", "-p", "pytest_cov")),
    # None of these, nor Quart's own tests, connects a receiver to what Quart sends: ours do.
    Suite(
        "quart-signals",
        ("-p", "asyncio", "--noconftest", "--rootdir=.", "quart_signals.py"),
        passing=18,
        folder=HERE / "own",
    ),
)
# No release of Quart holds its tests, so they come from a checkout, or not at all.
QUART = Suite("quart", ASYNCIO)


class BrokenRunError(Exception):
    """The tests could not be run to their end."""

    def __init__(self, log: Path) -> None:
        super().__init__(log)
        self.log = log

    def __str__(self) -> str:
        return f"The tests did not run to their end: see {self.log}"


def run_suite(suite: Suite, folder: Path, library: Library, python: Path, results: Path) -> Run:
    """Run the tests in a folder by an interpreter, and keep what they say in `results`.

    Raises:
        BrokenRunError: If pytest could not run them, or they did not come to an end.
    """
    report, log = (results / f"{suite.name}-{library.name}.{end}" for end in ("xml", "log"))
    report.unlink(missing_ok=True)
    begin = perf_counter()
    with log.open("w", encoding="utf-8") as output:
        try:
            done = subprocess.run(
                [python, "-m", "pytest", *_options(suite), f"--junit-xml={report}"],
                cwd=folder,  # its own configuration applies
                env=dict(_environment(library)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise BrokenRunError(log) from error
    if done.returncode not in RAN_TO_THE_END or not report.exists():
        raise BrokenRunError(log)
    return read_run(report, library.name, perf_counter() - begin)


def _options(suite: Suite) -> tuple[str, ...]:
    return ("-p", "no:cacheprovider", "-p", "drop_in_witness", *suite.options)


def _environment(library: Library) -> Iterator[tuple[str, str]]:
    for name, value in os.environ.items():
        if not name.startswith(PREFIXES_LEFT_OUT):
            yield name, value
    yield "PYTHONPATH", os.pathsep.join(map(str, (*library.folders, HERE / "witness")))
    yield "PYTHONHASHSEED", "0"
    yield "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"

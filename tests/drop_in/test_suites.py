"""What `make drop-in` notices, seen on made-up suites."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.drop_in.results import find_faults
from tests.drop_in.suites import ALDIS, BLINKER, BrokenRunError, Library, Suite, run_suite


def faults_of(
    source: str, folder: Path, subject: Library = ALDIS, passing: int | None = None
) -> list[str]:
    """Run these tests with blinker and with something else, and say what is wrong."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    suite = Suite("made-up")
    control, other = (
        run_suite(suite, folder, library, Path(sys.executable), folder)
        for library in (BLINKER, subject)
    )
    return find_faults(control, other, passing)


def test_nothing_is_said_of_tests_that_come_to_the_same(tmp_path: Path) -> None:
    """That they pass is not asked, and the name is followed into subprocesses."""
    source = """
import subprocess, sys
import blinker, blinker.base, pytest
from blinker._utilities import Symbol

def test_passing():
    assert blinker.Signal is blinker.base.Signal

def test_failing():
    assert False

@pytest.mark.skip
def test_skipped(): ...

def test_a_subprocess():
    program = "import blinker; print(blinker.__name__)"
    told = subprocess.check_output([sys.executable, "-c", program])
    assert told.decode().strip() == blinker.__name__
"""
    assert faults_of(source, tmp_path) == []


def test_a_test_that_comes_to_something_else_is_named(tmp_path: Path) -> None:
    """So is one that is there with only one of the libraries."""
    source = """
import blinker
import pytest

@pytest.fixture
def fixture():
    yield
    if blinker.__name__ != "blinker":
        raise ValueError

def test_failing():
    assert blinker.__name__ == "blinker", "what it says"

def test_torn_down(fixture): ...

def test_failing_twice(fixture):
    assert blinker.__name__ == "blinker"

def test_xfailed():
    if blinker.__name__ != "blinker":
        pytest.xfail("reason")
    pytest.skip("reason")

@pytest.mark.parametrize("name", [blinker.__name__])
def test_there(name): ...
"""
    assert faults_of(source, tmp_path) == [
        "test_it::test_failing differs:",
        "  with blinker: passed",
        "  with aldis.blinker: failed (AssertionError: what it says)",
        "test_it::test_torn_down differs:",
        "  with blinker: passed",
        '  with aldis.blinker: error (failed on teardown with "ValueError")',
        "test_it::test_failing_twice differs:",
        "  with blinker: passed",
        '  with aldis.blinker: failed and error (failed on teardown with "ValueError")',
        "test_it::test_xfailed differs:",
        "  with blinker: skipped (reason)",
        "  with aldis.blinker: xfailed (reason)",
        "test_it::test_there[blinker] differs:",
        "  with blinker: passed",
        "  with aldis.blinker: not there",
        "test_it::test_there[aldis.blinker] differs:",
        "  with blinker: not there",
        "  with aldis.blinker: passed",
    ]


def test_a_suite_that_must_pass_is_counted(tmp_path: Path) -> None:
    """The same failure in both runs is a fault there, and so is a test too few."""
    source = "import blinker\ndef test_passing(): ...\ndef test_failing(): assert False\n"
    assert faults_of(source, tmp_path, passing=2) == [
        "With blinker, 1 tests passed: it must be all 2.",
        "With aldis.blinker, 1 tests passed: it must be all 2.",
    ]


def test_a_run_without_tests_is_a_fault(tmp_path: Path) -> None:
    """Two empty runs are no agreement."""
    faults = faults_of("import blinker\n", tmp_path)
    assert [fault for fault in faults if "collected" in fault] == [
        "With blinker, no test was collected.",
        "With aldis.blinker, no test was collected.",
    ]


def test_a_name_that_does_not_stand_for_the_library_is_a_fault(tmp_path: Path) -> None:
    """Without the alias in its place, blinker would be compared with itself."""
    source = "import blinker.base\ndef test_passing(): ...\n"
    library = Library("aldis.blinker")
    (fault,) = faults_of(source, tmp_path, library)
    assert fault.startswith("In the run with aldis.blinker, the name `blinker` stood for blinker, ")


def test_tests_that_never_import_blinker_are_a_fault(tmp_path: Path) -> None:
    """They compare nothing."""
    assert faults_of("def test_passing(): ...\n", tmp_path) == [
        "In the run with blinker, the name `blinker` stood for nothing.",
        "In the run with aldis.blinker, the name `blinker` stood for nothing.",
    ]


def test_tests_that_cannot_be_collected_break_the_run(tmp_path: Path) -> None:
    """Also where they cannot be collected with either of the libraries."""
    with pytest.raises(BrokenRunError, match=r"see .*made-up-blinker\.log$"):
        faults_of("import no_such_module\n", tmp_path)

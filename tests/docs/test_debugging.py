"""What docs/how-to/debugging.md says of Python's warnings and imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interpreters import needs_refcounting

LOSES = """
from aldis import Signal


def test_it():
    signal = Signal[int]("numbers")
    signal.connect(lambda sender, number: None)
    signal.send(None, 1)
    signal.connect(lambda sender, number: None)
    signal.send(None, 1)


if __name__ == "__main__":
    test_it()
    test_it()
    print("sent")
"""

NAME = "error::aldis.LostReceiverWarning"

pytestmark = needs_refcounting


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with nothing but what is installed."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env=alone | variables,
        timeout=100,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a program that loses receivers, and is a test as well."""
    if run(tmp_path, "-c", "import aldis").returncode:
        pytest.skip("aldis is not installed here")
    (tmp_path / "test_loses.py").write_text(LOSES)
    return tmp_path


@pytest.mark.parametrize("way", ["option", "variable"])
def test_the_full_name_is_ignored_on_the_command_line(folder: Path, way: str) -> None:
    """Python cannot import what is installed at that time, and says so."""
    if way == "option":
        done = run(folder, "-W", NAME, "test_loses.py")
    else:
        done = run(folder, "test_loses.py", PYTHONWARNINGS=NAME)
    assert done.stdout == "sent\n"
    assert "Invalid -W option ignored: invalid module name: 'aldis'" in done.stderr


def test_runtime_warnings_can_be_errors_on_the_command_line(folder: Path) -> None:
    """The warning is one of them."""
    done = run(folder, "-W", "error::RuntimeWarning", "test_loses.py")
    assert done.stdout == ""
    assert "aldis.exceptions.LostReceiverWarning: " in done.stderr


def test_a_warning_is_shown_once_for_each_place(folder: Path) -> None:
    """Two lambdas are lost twice each."""
    done = run(folder, "test_loses.py")
    assert done.stderr.count("LostReceiverWarning: ") == 2


@pytest.mark.parametrize("way", ["option", "file"])
def test_the_full_name_works_in_pytest(folder: Path, way: str) -> None:
    """As its option, and in its file."""
    options = ["-W", NAME] if way == "option" else []
    lines = f"filterwarnings =\n    {NAME}\n" if way == "file" else ""
    (folder / "pytest.ini").write_text(f"[pytest]\n{lines}")
    done = run(folder, "-m", "pytest", "-p", "no:cacheprovider", *options, "test_loses.py")
    assert done.returncode == 1
    assert "aldis.exceptions.LostReceiverWarning" in done.stdout


def test_a_module_that_is_run_is_another_when_it_is_imported(tmp_path: Path) -> None:
    """It then has two signals of one name."""
    (tmp_path / "shop.py").write_text("""
from aldis import Signal

placed = Signal[str]("placed")

if __name__ == "__main__":
    import receivers

    assert placed.receivers == ()
    assert receivers.placed is not placed
    print(receivers.placed.name == placed.name, len(receivers.placed.receivers))
""")
    (tmp_path / "receivers.py").write_text("""
from shop import placed


@placed.connect
def receive(sender, order): ...
""")
    done = run(tmp_path, "shop.py", PYTHONPATH=os.pathsep.join(each for each in sys.path if each))
    assert (done.stdout, done.stderr) == ("True 1\n", "")

"""The testing patterns: what a test gets that does not keep to them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.migration_stages import ROOT

RUN = """\
import sys
from pathlib import Path
from examples.testing.__main__ import run

sys.exit(run(Path(sys.argv[1])))
"""

SETTINGS = "[pytest]\naddopts = --import-mode=importlib\nfilterwarnings = error\n"

HEAD = """\
from examples.testing.bookshop import sold

def hear(shop, sale): ...

"""

STRONG = """
def test_strong():
    sold.connect(lambda shop, sale: None, weak=False)
"""

OF_ONE_SENDER = """
def test_of_one_sender():
    sold.connect(hear, "a shop that is a text, and so stays")
"""

LOCAL = """
def test_local():
    @sold.connect
    def hear(shop, sale): ...
"""

CLEAN = """
def test_clean():
    with sold.connected_to(lambda shop, sale: None):
        assert len(sold.receivers) == 3
"""

WRONG = """
def test_wrong():
    assert len(sold.receivers) == 3
"""


def run(folder: Path, test: str) -> tuple[int, str]:
    """Run a test in a folder that has the conftest of the example; give its code and its text."""
    shutil.copy(ROOT / "examples" / "testing" / "conftest.py", folder)
    (folder / "pytest.ini").write_text(SETTINGS, encoding="utf-8")
    (folder / "test_it.py").write_text(HEAD + test, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, str(folder)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("test", "told"),
    [
        (STRONG, "use connected_to(); left behind: <Connection of "),
        (OF_ONE_SENDER, "use connected_to(); left behind: <Connection of "),
        (LOCAL, "LostReceiverWarning: "),
    ],
    ids=["strong", "of-one-sender", "local"],
)
def test_what_is_left_behind_fails(tmp_path: Path, test: str, told: str) -> None:
    """A test that leaves a connection behind fails right after it, and is told which one it is."""
    code, text = run(tmp_path, test)
    name, _, rest = text.removeprefix("test_it.py\n").partition(": passed\n")
    assert (code, rest.startswith(f"{name}: failed\n")) == (1, True)
    assert told in rest
    assert f"{tmp_path / 'test_it.py'}:" in rest


def test_clean_test_passes(tmp_path: Path) -> None:
    """A test that leaves nothing behind is listed once, as passed."""
    assert run(tmp_path, CLEAN) == (0, "test_it.py\n    clean: passed\n")


def test_failing_test_is_shown(tmp_path: Path) -> None:
    """A test that fails is listed with its traceback, and the program says so by its exit code."""
    code, text = run(tmp_path, WRONG)
    assert (code, text.startswith("test_it.py\n    wrong: failed\n")) == (1, True)
    assert "assert len(sold.receivers) == 3" in text

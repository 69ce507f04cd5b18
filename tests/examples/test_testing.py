"""The testing patterns: what a test gets that does not keep to them, and what the next one gets."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aldis import ANY, Signal
from examples.testing.capturing import captured
from examples.testing.isolating import unchanged
from tests.examples.migration_stages import ROOT

RUN = """\
import sys
from pathlib import Path
from examples.testing.__main__ import run

sys.exit(run(Path(sys.argv[1])))
"""


def repr_of(_sender: object, number: int) -> str:
    """Receive a number."""
    return repr(number)


def length(_sender: object, text: str) -> int:
    """Receive a text."""
    return len(text)


SETTINGS = "[pytest]\naddopts = --import-mode=importlib\nfilterwarnings = error\n"

HEAD = """\
from examples.testing.bookshop import count_down, mail_receipt, sold

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

DISCONNECTED = """
def test_disconnected():
    sold.disconnect(mail_receipt)
"""

SWAPPED = """
def test_swapped():
    sold.disconnect(count_down)
    sold.connect(hear)
"""

REORDERED = """
def test_reordered():
    sold.disconnect(mail_receipt)
    sold.connect(mail_receipt)
"""

WITH_OTHER_OPTIONS = """
def test_with_other_options():
    sold.connect(count_down, priority=1)
"""

LOST_AND_LEFT = """
def test_lost_and_left():
    sold.connect(hear)
    @sold.connect
    def lost(shop, sale): ...
"""

NEXT = """
def test_next():
    assert sold.receivers == (mail_receipt, count_down)
    assert [each.priority for each in sold.connections] == [0, 0]
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
        (STRONG, r"left behind: <Connection of .*test_it\.py:\d+"),
        (OF_ONE_SENDER, r"left behind: <Connection of .*test_it\.py:\d+"),
        (LOCAL, r"LostReceiverWarning: (?s:.*)test_it\.py:\d+"),
        (DISCONNECTED, r"gone: <Connection of .*\.mail_receipt "),
        (SWAPPED, r"left behind: <Connection of .*\.hear .*; gone: .*\.count_down "),
        (REORDERED, r"in another order: .*\.count_down .*\.mail_receipt "),
        (WITH_OTHER_OPTIONS, r"gone: <Connection of .*\.count_down "),
        (LOST_AND_LEFT, "LostReceiverWarning: "),
    ],
    ids=["strong", "one-sender", "local", "gone", "swapped", "reordered", "options", "lost-left"],
)
def test_what_is_changed_for_good_fails(tmp_path: Path, test: str, told: str) -> None:
    """The test fails right after it, is told what it has changed, and the next one starts anew."""
    code, text = run(tmp_path, test + NEXT)
    name, _, rest = text.removeprefix("test_it.py\n").partition(": passed\n")
    assert (code, rest.startswith(f"{name}: failed\n")) == (1, True)
    assert re.search(told, rest)
    assert rest.endswith("\n    next: passed\n")


def test_clean_test_passes(tmp_path: Path) -> None:
    """A test that leaves nothing behind is listed once, as passed."""
    assert run(tmp_path, CLEAN) == (0, "test_it.py\n    clean: passed\n")


def test_failing_test_is_shown(tmp_path: Path) -> None:
    """A test that fails is listed with its traceback, and the program says so by its exit code."""
    code, text = run(tmp_path, WRONG)
    assert (code, text.startswith("test_it.py\n    wrong: failed\n")) == (1, True)
    assert "assert len(sold.receivers) == 3" in text


def test_block_that_fails_leaves_nothing() -> None:
    """What the block raises comes out, and what it has changed is undone all the same."""
    signal = Signal[int]("signal")

    def connect_and_fail() -> None:
        signal.connect(print)
        raise ValueError("of the block")

    with pytest.raises(ValueError, match="of the block"), unchanged(signal):
        connect_and_fail()
    assert not signal.receivers


def test_what_is_put_back_is_what_it_was() -> None:
    """Sender, options and place are those of before, also where one receiver has two senders."""
    signal = Signal[int, object, object]("signal")
    signal.connect(print, "a", weak=False, priority=2)
    signal.connect(print, "b", once=True)
    signal.connect(repr_of, to_thread=True)
    with pytest.raises(AssertionError, match="gone: "), unchanged(signal):
        signal.disconnect(print)
    assert [
        (each.receiver, each.sender, each.weak, each.once, each.priority, each.to_thread)
        for each in signal.connections
    ] == [
        (print, "a", False, False, 2, False),
        (print, "b", True, True, 0, False),
        (repr_of, ANY, True, False, 0, True),
    ]


def test_leak_does_not_touch_what_an_outer_block_holds() -> None:
    """What `connected_to` has connected outside stays, and ends with its own block."""
    signal = Signal[int]("signal")
    with signal.connected_to(repr_of):
        with pytest.raises(AssertionError, match="left behind: "), unchanged(signal):
            signal.connect(print)
        assert signal.receivers == (repr_of,)
    assert not signal.receivers


def test_captured_adds_nothing() -> None:
    """A captured signal gives the results of its receivers alone, though it declares their type."""
    signal = Signal[str, object, int]("signal")
    with captured(signal) as sent, signal.connected_to(length):
        assert signal.send("me", "four").values == (4,)
    signal.send("me", "behind the block")
    assert sent == [("me", "four")]


def test_captured_ends_with_a_block_that_fails() -> None:
    """What is sent behind the block is not captured, whatever the block has raised."""
    signal = Signal[str]("signal")
    with pytest.raises(ValueError, match="of the block"), captured(signal) as sent:
        raise ValueError("of the block")
    signal.send(None, "behind the block")
    assert sent == []


@pytest.mark.parametrize("module", ["capturing", "isolating"])
def test_page_has_the_same_helpers(module: str) -> None:
    """docs/how-to/testing.md executes the helpers of the example, to the letter."""
    page = (ROOT / "docs" / "how-to" / "testing.md").read_text(encoding="utf-8")
    source = (ROOT / "examples" / "testing" / f"{module}.py").read_text(encoding="utf-8")
    helpers = source[source.index("@contextmanager") :]
    assert f"```python\n{helpers}" in page

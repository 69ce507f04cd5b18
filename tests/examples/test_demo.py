"""The demo from end to end, and what it does where it cannot keep its promise."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examples import run_demo
from examples.run_demo import (
    BACKENDS,
    MISTAKES,
    ROOT,
    DemoError,
    Message,
    ask_mypy,
    find_obstacle,
    read_mistakes,
    show_history,
    show_mistakes,
)
from tests.examples.repositories import MOTLEY, RENE, Commit, make_repository, needs_git
from tests.interpreters import needs_mypy


def copy_project(to: Path) -> Path:
    """Copy what the demo needs, as an unpacked archive holds it; not the repository."""
    shutil.copytree(
        ROOT / "examples", to / "examples", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "mypy.ini", to)
    return to


def run(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo as `make demo` does, in whatever folder."""
    return subprocess.run(
        [sys.executable, os.fspath(root / "examples" / "run_demo.py")],
        capture_output=True,
        check=False,
        encoding="utf-8",
        cwd=root,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )


@needs_mypy
@needs_git
def test_both_halves(tmp_path: Path) -> None:
    """The demo replays its own repository on asyncio and trio, and has mypy find ten mistakes."""
    done = run(copy_project(make_repository(tmp_path / "clone", MOTLEY)))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    for backend in BACKENDS:
        start = lines.index(f"==> The history of this repository, on {backend}")
        assert lines[start + 1].startswith("    $ python -m examples.history --backend " + backend)
        assert lines[start + 2] == "    commits    7 (git counts 7), 1 of them merges"
        assert "    audit      17 lines" in lines[start:]
    assert "    The summaries match, and so do the audit logs, byte for byte." in lines
    assert lines[-1] == "    mypy found 10 of 10."


@needs_mypy
def test_without_a_repository(tmp_path: Path) -> None:
    """In an unpacked archive the demo says that it has no history, and shows the second half."""
    if any((folder / ".git").exists() for folder in tmp_path.parents):
        pytest.skip("temporary files are kept in a git repository here")
    done = run(copy_project(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "No history to replay: this is no git repository" in done.stdout
    assert "mypy found 10 of 10." in done.stdout


@needs_git
def test_name_that_the_terminal_cannot_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An author whose name is no text is followed all the same, and shown with escapes."""
    repository = copy_project(make_repository(tmp_path / "odd", [Commit(RENE)]))
    show_history(repository)
    shown = capsys.readouterr().out
    assert r"'--author=Ren\udce9'" in shown
    assert r"followed   Ren\xe9: commits 1" in shown


@needs_git
def test_repository_without_commits(tmp_path: Path) -> None:
    """A repository that has no commits yet is an obstacle that is named."""
    assert find_obstacle(make_repository(tmp_path / "new")) == "this repository has no commits yet."


def test_git_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing git is an obstacle that is named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_obstacle(ROOT) == "git is not installed."


@needs_git
@pytest.mark.parametrize(
    ("summaries", "complaint"),
    [
        ({"asyncio": "1", "trio": "2"}, "the two backends gave different summaries"),
        ({"asyncio": "1", "trio": "1"}, "the two backends gave different audit logs"),
    ],
)
def test_backends_that_differ(
    motley: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    summaries: dict[str, str],
    complaint: str,
) -> None:
    """When the summaries, or the audit logs, do not match, the demo fails and says so."""

    def replay(_root: Path, backend: str, _author: str, audit: Path) -> str:
        audit.write_text(backend)
        return summaries[backend]

    monkeypatch.setattr(run_demo, "replay", replay)
    monkeypatch.setattr(run_demo, "ROOT", motley)
    assert run_demo.main() == 1
    assert capsys.readouterr().err == f"\nThe demo failed: {complaint}\n"


@needs_git
def test_replay_that_fails(motley: Path) -> None:
    """When the example itself fails, the demo fails with what it said."""
    with pytest.raises(DemoError, match=r"No module named .*examples"):
        show_history(motley)


@needs_mypy
def test_mistake_that_mypy_misses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake to which mypy says nothing fails the demo, by its name."""
    mistakes = read_mistakes((ROOT / MISTAKES).read_text(encoding="utf-8"))
    messages = [message for message in ask_mypy(ROOT) if message.line not in mistakes[1].lines]

    def miss_one(_root: Path) -> list[Message]:
        return messages

    monkeypatch.setattr(run_demo, "ask_mypy", miss_one)
    with pytest.raises(DemoError, match=r"mypy did not find: The receiver forgets the sender\.$"):
        show_mistakes(ROOT)


@needs_mypy
def test_mypy_that_cannot_run(tmp_path: Path) -> None:
    """When mypy cannot do its work, the demo fails with what it said."""
    with pytest.raises(DemoError, match=r"mypy cannot run: .*mistakes"):
        ask_mypy(tmp_path)

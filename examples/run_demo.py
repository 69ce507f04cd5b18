"""Runs the main job of Aldis: real input on two backends, and wrong receivers caught by mypy."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MISTAKES = Path("examples", "mistakes.py")
BACKENDS = ("asyncio", "trio")


class DemoError(Exception):
    """Something did not go as the demo promises."""


def main() -> int:
    """Run both halves.

    Returns:
        0 when everything went as promised; without a repository the first half is left out.
    """
    try:
        show_history(ROOT)
        show_mistakes(ROOT)
    except DemoError as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    return 0


# -- the first half: signals fed with a history, on two backends --------------------------------


def show_history(root: Path) -> None:
    """Replay the history of the repository on each backend, and compare what came of it."""
    obstacle = find_obstacle(root)
    if obstacle:
        say(f"No history to replay: {obstacle}")
        return
    author = ask_git(root, "log", "-1", "--format=%an")
    with tempfile.TemporaryDirectory() as folder:
        audits = [Path(folder, f"{backend}.jsonl") for backend in BACKENDS]
        summaries = [
            replay(root, backend, author, audit)
            for backend, audit in zip(BACKENDS, audits, strict=True)
        ]
        say("The two, compared")
        if summaries[0] != summaries[1]:
            raise DemoError("the two backends gave different summaries")
        if audits[0].read_bytes() != audits[1].read_bytes():
            raise DemoError("the two backends gave different audit logs")
    show("    The summaries match, and so do the audit logs, byte for byte.")


def find_obstacle(root: Path) -> str | None:
    """Say why there is no history here, if there is none."""
    if shutil.which("git") is None:
        return "git is not installed."
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return "this is no git repository (an unpacked archive?). A clone has one."
    if not ask_git(root, "rev-parse", "--verify", "--quiet", "HEAD"):
        return "this repository has no commits yet."
    return None


def ask_git(root: Path, *arguments: str) -> str:
    """Give git's answer, which is empty when it has none."""
    command = ["git", "-C", os.fspath(root), *arguments]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # as listed here
    return os.fsdecode(done.stdout).strip()


def replay(root: Path, backend: str, author: str, audit: Path) -> str:
    """Run the example as a user would, and show and give its summary."""
    say(f"The history of this repository, on {backend}")
    options = ["--backend", backend, f"--author={author}", "--audit", os.fspath(audit)]
    shown = [*options[:-1], audit.name]
    show(f"    $ python -m examples.history {shlex.join(shown)}")
    done = run_python(root, "examples.history", *options)
    if done.returncode != 0:
        raise DemoError(done.stderr.strip())
    show(indent(done.stdout))
    return done.stdout


# -- the second half: wrong receivers, and what mypy says to them -------------------------------


@dataclass(frozen=True, slots=True)
class Mistake:
    """A section of the file of mistakes."""

    number: int
    title: str
    code: str
    first_line: int

    @property
    def lines(self) -> range:
        """The numbers of its lines."""
        return range(self.first_line, self.first_line + self.code.count("\n") + 1)


@dataclass(frozen=True, slots=True)
class Message:
    """An error or a note of mypy's."""

    line: int
    text: str


def show_mistakes(root: Path) -> None:
    """Show each mistake and the errors of mypy that it gets."""
    say(f"Ten mistakes, and what mypy says to them: mypy {MISTAKES.as_posix()}")
    mistakes = read_mistakes((root / MISTAKES).read_text(encoding="utf-8"))
    messages = ask_mypy(root)
    missed = [each.title for each in mistakes if not messages_for(each, messages)]
    for mistake in mistakes:
        show(f"\n    {mistake.number}. {mistake.title}")
        show(indent(mistake.code, "        | "))
        for message in messages_for(mistake, messages):
            show(indent(message.text, "        "))
    if missed:
        raise DemoError(f"mypy did not find: {', '.join(missed)}")
    show(f"\n    mypy found {len(mistakes)} of {len(mistakes)}.")


def read_mistakes(source: str) -> list[Mistake]:
    """Find the sections of the file: each begins with a comment that numbers and names it."""
    lines = source.splitlines()
    heads = [(index, found) for index, line in enumerate(lines) if (found := _HEAD.fullmatch(line))]
    ends = [index for index, _ in heads[1:]] + [len(lines)]
    return [
        Mistake(
            number=int(head[1]),
            title=head[2],
            code="\n".join(lines[start + 1 : end]).rstrip(),
            first_line=start + 2,  # lines are counted from 1, and the comment is no part of it
        )
        for (start, head), end in zip(heads, ends, strict=True)
    ]


_HEAD = re.compile(r"# (\d+)\. (.+)")


def ask_mypy(root: Path) -> list[Message]:
    """Have mypy check the file; its lists of overloads are left out, since they say no more."""
    done = run_python(root, "mypy", "--no-error-summary", "--no-color-output", str(MISTAKES))
    if done.stderr or done.returncode not in {0, 1}:
        raise DemoError(f"mypy cannot run: {(done.stderr or done.stdout).strip()}")
    return list(_read_messages(done.stdout))


def _read_messages(output: str) -> Iterator[Message]:
    for line in output.splitlines():
        found = _MESSAGE.fullmatch(line)
        if found is None or Path(found["path"]) != MISTAKES:
            raise DemoError(f"mypy found something else: {line}")
        if not _OVERLOADS.match(found["text"]):
            yield Message(int(found["line"]), found["text"])


_MESSAGE = re.compile(r"(?P<path>.+?):(?P<line>\d+): (?P<text>(error|note): .+)")
_OVERLOADS = re.compile(r"note: (Possible overload variants:|    )")


def messages_for(mistake: Mistake, messages: list[Message]) -> list[Message]:
    """Choose the messages about one mistake."""
    return [message for message in messages if message.line in mistake.lines]


# -- both ----------------------------------------------------------------------------------------


def say(step: str) -> None:
    """Print what the next step does."""
    show(f"\n==> {step}")


def show(text: str) -> None:
    """Print text that may hold letters which the terminal does not know."""
    encoding = sys.stdout.encoding
    print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)


def indent(text: str, margin: str = "    ") -> str:
    """Put a margin before each line."""
    return "\n".join(f"{margin}{line}".rstrip() for line in text.splitlines())


def run_python(root: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module with this Python, in the root of the project."""
    return subprocess.run(  # noqa: S603  # this Python, and modules that are named here
        [sys.executable, "-m", module, *arguments],
        cwd=root,
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )


if __name__ == "__main__":
    sys.exit(main())

"""The tutorial, followed to the letter: its files are written, and its commands are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.interpreters import needs_mypy

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"


class Step(NamedTuple):
    """What a reader does next: write a file, change one, or run a command."""

    kind: str
    what: str
    text: str


def steps(page: str) -> Iterator[Step]:
    """Read what is to be done, in order."""
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        kind, text = found.groups()
        said = " ".join(page[: found.start()].rstrip().rsplit("\n\n", 1)[-1].split())
        if kind == "console":
            for command, output in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                yield Step("run", command, output)
        elif written := re.search(r"Write `(\w+\.py)`(?: anew|, with a mistake in it)?:$", said):
            yield Step("write", written[1], text)
        else:
            changed = re.search(r"In `(\w+\.py)`, (?:the class|`\w+`) becomes$", said)
            assert changed, f"nobody knows what to do with this:\n{text}"
            yield Step("change", changed[1], text)


def change(file: Path, part: str) -> None:
    """Put a class or a method in the place of the one of its name."""
    head = next(line for line in part.splitlines() if re.match(r"\s*(class|(async )?def) ", line))
    name = re.search(r"(?:class|def) (\w+)", head)
    assert name
    margin = re.escape(head[: len(head) - len(head.lstrip())])
    old = rf"^(?:{margin}@.*\n)?{margin}(?:class|def) {name[1]}\b.*\n(?:{margin}    .*\n)*"
    text, count = re.subn(old, lambda _: part, file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert count == 1
    file.write_text(text, encoding="utf-8")


def run(command: str, folder: Path) -> str:
    """Run a command of this environment, warnings being errors, and give what it prints."""
    program, *arguments = command.split()
    started = {"python": [sys.executable], "rm": ["rm"]}.get(
        program, [sys.executable, "-m", program]
    )
    done = subprocess.run(
        [*started, *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "error"},
        timeout=100,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def without_time(printed: str) -> str:
    """Leave out how long it took."""
    return re.sub(r"in \d+\.\d+s", "in 0.00s", printed)


@needs_mypy
def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    """Whoever follows it has each file, and sees what stands below each command."""
    done: dict[str, int] = {"write": 0, "change": 0, "run": 0}
    for kind, what, text in steps(PAGE.read_text(encoding="utf-8")):
        if kind == "write":
            (tmp_path / what).write_text(text, encoding="utf-8")
        elif kind == "change":
            change(tmp_path / what, text)
        else:
            assert without_time(run(what, tmp_path)) == without_time(text), what
        done[kind] += 1
    assert min(done.values()) >= 2

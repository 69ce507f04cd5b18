"""docs/mistakes.md shows the code of examples/mistakes.py, and what checkers really say to it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from examples.run_demo import (
    MISTAKES,
    ROOT,
    Message,
    Mistake,
    ask_mypy,
    messages_for,
    read_mistakes,
)
from tests.interpreters import needs_mypy

PAGE = ROOT / "docs" / "mistakes.md"
SOURCE = (ROOT / MISTAKES).read_text(encoding="utf-8")
IN_FILE = read_mistakes(SOURCE)

_HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)
_LABEL = re.compile(r"^(mypy|pyright):$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


OTHERS = {
    "ty": ["ty", "check", "--no-progress", "--output-format=concise", "--python"],
    "pyrefly": [
        *("pyrefly", "check", "--progress-bar=no", "--preset=default", "--output-format=min-text"),
        "--python-interpreter-path",
    ],
    "zuban": ["zuban", "check", "--strict", "--python-executable"],
}


@dataclass(frozen=True)
class Section:
    """A part of the page: its code, what mypy and pyright say, and what stands below."""

    title: str
    code: list[str]
    answers: list[list[str]]
    mend: str


def read_page() -> dict[str, Section]:
    """Take the page apart at its headings."""
    _, *parts = _HEADING.split(PAGE.read_text(encoding="utf-8"))
    titles, bodies = parts[::2], parts[1::2]
    return {
        title: Section(
            title,
            code=_blocks("py", body)[0],
            answers=_blocks("text", body),
            mend=_LABEL.sub("", _BLOCK.sub("", body)).strip(),
        )
        for title, body in zip(titles, bodies, strict=True)
    }


def _blocks(kind: str, body: str) -> list[list[str]]:
    return [found[1].split("\n") for found in _BLOCK.findall(body) if found[0] == kind]


def ask_pyright(folder: Path) -> list[Message]:
    """Have pyright check the file, by its default rules; the first line of each error says it.

    That no overload fits comes with what is wrong with the nearest one.
    """
    name = MISTAKES.name
    shutil.copy(ROOT / MISTAKES, folder)
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(
        [*command, name],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        timeout=100,
        check=False,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)["generalDiagnostics"]
    return [
        Message(each["range"]["start"]["line"] + 1, f"{each['severity']}: {text} ({each['rule']})")
        for each in found
        if not (text := each["message"].split("\n")[0]).startswith("No overloads for")
    ]


def heading_of(mistake: Mistake) -> str:
    """Give the heading that a mistake has on the page."""
    return f"{mistake.number}. {mistake.title.removesuffix('.')}"


needs_pyright = pytest.mark.skipif(
    find_spec("pyright") is None, reason="pyright is not installed here"
)
each_mistake = pytest.mark.parametrize(
    "mistake", IN_FILE, ids=[f"mistake-{mistake.number}" for mistake in IN_FILE]
)


@pytest.fixture(scope="module")
def page() -> dict[str, Section]:
    """The page, by its headings."""
    return read_page()


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    """All that mypy says to the file."""
    return ask_mypy(ROOT)


@pytest.fixture(scope="module")
def of_pyright(tmp_path_factory: pytest.TempPathFactory) -> list[Message]:
    """All that pyright says to the file."""
    return ask_pyright(tmp_path_factory.mktemp("pyright"))


def test_page_and_file_name_the_same_ten(page: dict[str, Section]) -> None:
    """The page has the ten mistakes of the file, in the same order, after what is declared."""
    assert [mistake.number for mistake in IN_FILE] == list(range(1, 11))
    assert list(page) == ["What is declared", *map(heading_of, IN_FILE)], (
        "the headings of docs/mistakes.md are not the comments of examples/mistakes.py"
    )


def test_declarations_on_the_page_are_those_of_the_file(page: dict[str, Section]) -> None:
    """What the page declares is what stands above the first mistake in the file."""
    above = SOURCE[: SOURCE.index("# 1. ")].rstrip()
    _, _, declared = above.partition('"""\n\n')
    assert page["What is declared"].code == declared.split("\n"), (
        "copy the declarations of examples/mistakes.py to docs/mistakes.md"
    )


@each_mistake
def test_code_on_the_page_is_that_of_the_file(page: dict[str, Section], mistake: Mistake) -> None:
    """The code of each mistake on the page is the file's, line by line."""
    assert page[heading_of(mistake)].code == mistake.code.split("\n"), (
        f"copy mistake {mistake.number} of examples/mistakes.py to docs/mistakes.md"
    )


@needs_mypy
@each_mistake
def test_answer_on_the_page_is_mypys(
    page: dict[str, Section], messages: list[Message], mistake: Mistake
) -> None:
    """What mypy says to each mistake on the page is what it says, word for word."""
    said = [message.text for message in messages_for(mistake, messages)]
    assert page[heading_of(mistake)].answers[0] == said, (
        f"copy what mypy says to mistake {mistake.number} to docs/mistakes.md:\n" + "\n".join(said)
    )


@needs_pyright
@each_mistake
def test_answer_on_the_page_is_pyrights(
    page: dict[str, Section], of_pyright: list[Message], mistake: Mistake
) -> None:
    """What pyright says to each mistake on the page is what it says, by its default rules."""
    said = [message.text for message in messages_for(mistake, of_pyright)]
    assert page[heading_of(mistake)].answers[1:] == [said], (
        f"copy what pyright says to mistake {mistake.number} to docs/mistakes.md:\n"
        + "\n".join(said)
    )


@needs_mypy
@each_mistake
def test_every_mistake_is_an_error_with_a_mend(
    page: dict[str, Section], messages: list[Message], mistake: Mistake
) -> None:
    """Mypy finds an error in each mistake, and the page says in one sentence how to mend it."""
    said = messages_for(mistake, messages)
    assert any(message.text.startswith("error: ") for message in said)
    assert re.fullmatch(r"[A-Z].+[^.]\.", page[heading_of(mistake)].mend, re.DOTALL)


@needs_mypy
def test_nothing_else_is_wrong_with_the_file(messages: list[Message]) -> None:
    """Mypy says nothing about the lines between the mistakes: the declarations are right."""
    in_mistakes = [message for each in IN_FILE for message in messages_for(each, messages)]
    assert in_mistakes == messages


@pytest.mark.parametrize("checker", list(OTHERS))
def test_the_other_checkers_find_each_mistake(checker: str, tmp_path: Path) -> None:
    """In words of their own, at the lines of each, and nothing else."""
    program, *options = OTHERS[checker]
    if find_spec(program) is None:
        pytest.skip(f"{program} is not installed here")
    shutil.copy(ROOT / MISTAKES, tmp_path)
    found_at = str(Path(sys.executable).with_name(program))
    command = [found_at, *options, sys.executable, MISTAKES.name]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=100, check=False
    )
    found = {int(line) for line in re.findall(r"mistakes\.py:(\d+)\b", done.stdout)}
    assert [each.number for each in IN_FILE if found.isdisjoint(each.lines)] == []
    assert found <= {line for each in IN_FILE for line in each.lines}


@needs_pyright
def test_nothing_else_is_wrong_to_pyright(of_pyright: list[Message]) -> None:
    """Nor does it to the declarations."""
    in_mistakes = [message for each in IN_FILE for message in messages_for(each, of_pyright)]
    assert in_mistakes == of_pyright


def test_no_code_of_the_page_is_run() -> None:
    """The page has no block that the test run would execute: its code is wrong on purpose."""
    assert "```python" not in PAGE.read_text(encoding="utf-8")

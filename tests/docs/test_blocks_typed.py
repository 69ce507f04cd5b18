"""The code blocks of the pages, as mypy sees them: each page is one module, and has no error."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser

from tests.interpreters import needs_mypy

pytestmark = needs_mypy

ROOT: Final = Path(__file__).parents[2]
OPTIONS: Final = ["--strict", "--warn-unreachable", "--config-file=", "--no-error-summary"]

# Blocks that may have errors: the page, a line of the block that no other has, and the reason.
EXEMPT: Final = {
    (
        "docs/why.md",
        "def leave_something(signal: blinker.Signal | Signal[Order]) -> weakref.ref[object]:",
    ): "one decorator stands for those of two libraries, whose types have nothing in common",
    (
        "docs/why.md",
        "basket.events.total.connect(totals.append)",
    ): "psygnal's `evented` gives a class the attribute `events`, which no type checker sees",
}


class Block(NamedTuple):
    """A block that the test run executes: the number of its first line, and its lines."""

    begin: int
    lines: list[str]


class Message(NamedTuple):
    """What mypy says, and to which line."""

    line: int
    text: str


def blocks_of(page: Path) -> list[Block]:
    """Find the blocks by what finds them for the test run."""
    document = Document.parse(str(page), PythonCodeBlockParser())
    return [Block(each.line + 1, str(each.parsed).splitlines()) for each in document.examples()]


def read_pages() -> dict[str, list[Block]]:
    """Give the blocks of each page that has any."""
    paths = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
    pages = {path.relative_to(ROOT).as_posix(): blocks_of(path) for path in paths}
    return {page: blocks for page, blocks in pages.items() if blocks}


def join(blocks: list[Block]) -> str:
    """Make one module of a page, whose lines have the numbers that they have on the page."""
    lines: list[str] = []
    for begin, code in blocks:
        lines += [""] * (begin - 1 - len(lines)) + code
    return "\n".join([*lines, ""])


PAGES: Final = read_pages()


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Message]]:
    """Ask mypy once, about all pages."""
    folder = tmp_path_factory.mktemp("pages")
    names = {f"page_{number}.py": page for number, page in enumerate(PAGES)}
    for name, page in names.items():
        (folder / name).write_text(join(PAGES[page]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *OPTIONS, *names],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"MYPYPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "typings")])},
        timeout=300,
        check=False,
    )
    assert done.stderr == ""
    found: dict[str, list[Message]] = {page: [] for page in PAGES}
    for line in done.stdout.splitlines():
        about = re.fullmatch(r"(page_\d+\.py):(\d+): (.+)", line)
        assert about, f"this is not about a page: {line}"
        found[names[about[1]]].append(Message(int(about[2]), about[3]))
    return found


def exempt_lines(page: str) -> Iterator[range]:
    """Give the lines of the blocks of a page that may have errors."""
    for where, line in EXEMPT:
        if where == page:
            (block,) = (each for each in PAGES[page] if line in each.lines)
            yield range(block.begin, block.begin + len(block.lines))


@pytest.mark.parametrize("page", PAGES)
def test_mypy_has_nothing_to_say_to_the_blocks_of_a_page(
    page: str, said: dict[str, list[Message]]
) -> None:
    """Whoever copies them in order gets no error, and no line is left unseen as unreachable."""
    exempt = list(exempt_lines(page))
    errors = [each for each in said[page] if not any(each.line in lines for lines in exempt)]
    assert not errors, "\n".join(f"\n{page}:{line}: {text}" for line, text in errors)


@pytest.mark.parametrize("page", sorted({page for page, _ in EXEMPT}))
def test_blocks_that_are_exempt_need_to_be(page: str, said: dict[str, list[Message]]) -> None:
    """Mypy has something to say to each of them."""
    for lines in exempt_lines(page):
        assert any(each.line in lines for each in said[page]), f"{page}:{lines.start} has no error"


@pytest.mark.parametrize("page", PAGES)
def test_lines_have_the_numbers_that_they_have_on_the_page(page: str) -> None:
    """So that what mypy says leads to them."""
    on_page = (ROOT / page).read_text(encoding="utf-8").splitlines()
    module = join(PAGES[page]).splitlines()
    assert any(module)
    for number, line in enumerate(module):
        assert not line or on_page[number].endswith(line)

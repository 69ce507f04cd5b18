"""The table of faults in docs/reliability.md, made of the names and docstrings of the tests."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from tests.faults.catalogue import FAULTS, GROUPS

FOLDER: Final = Path(__file__).parent
PAGE: Final = FOLDER.parents[1] / "docs" / "reliability.md"
BEGIN: Final = "<!-- The table of faults: `make faults-table` writes it. -->\n"
END: Final = "<!-- The end of the table of faults. -->\n"
_HEAD: Final = (
    "| fault | | promised | holds for | blinker 1.9 | test |\n"
    "| --- | --- | --- | --- | --- | --- |\n"
)
_NAME: Final = re.compile(r"test_(?P<id>[a-z]\d+)_")


@dataclass(frozen=True)
class Promise:
    """What one test holds.

    Attributes:
        fault: the id of the fault.
        text: what is promised, the first line of the test's docstring.
        faces: the names of the faces that it runs on; `Signal` where it is not parametrized.
        blinker: what the same test comes to on blinker 1.9.
        path: the file of the test.
        name: the name of the test.
    """

    fault: str
    text: str
    faces: tuple[str, ...]
    blinker: str
    path: Path
    name: str


def find_modules() -> list[ModuleType]:
    """Import the modules that hold tests of faults."""
    names = sorted(path.stem for path in FOLDER.glob("test_*.py"))
    return [importlib.import_module(f"tests.faults.{name}") for name in names]


def find_promises() -> list[Promise]:
    """Find what every test of a fault holds, in the order of the catalogue."""
    found = [promise for module in find_modules() for promise in _read(module)]
    places = {fault: place for place, fault in enumerate(FAULTS)}
    return sorted(found, key=lambda promise: places.get(promise.fault, -1))


def _read(module: ModuleType) -> Iterator[Promise]:
    for name, test in vars(module).items():
        match = _NAME.match(name)
        if match is None or not isinstance(test, FunctionType):
            continue
        lines = (test.__doc__ or "").splitlines() or [""]
        faces, blinker = _read_faces(getattr(test, "pytestmark", []))
        path = FOLDER / f"{module.__name__.rpartition('.')[2]}.py"
        yield Promise(match["id"].upper(), lines[0], faces, blinker, path, name)


def _read_faces(marks: list[Any]) -> tuple[tuple[str, ...], str]:
    for mark in marks:
        if mark.name == "parametrize" and mark.args[0] == "face":
            names = [parameter.id for parameter in mark.args[1]]
            tried = [p for p in mark.args[1] if p.id == "blinker"]
            outcome = ("fails" if tried[0].marks else "passes") if tried else ""
            return tuple(name for name in names if name != "blinker"), outcome
    return ("Signal",), ""


def make_table() -> str:
    """Write the table, a part for each group, as Markdown."""
    promises = find_promises()
    parts: list[str] = []
    for letter, title in GROUPS.items():
        rows = [_make_row(each) for each in promises if each.fault[0] == letter]
        if rows:
            head = (
                "| fault | | promised | holds for | blinker 1.9 | test |\n" + "| --- " * 6 + "|\n"
            )
            parts.append(f"\n### {title}\n\n{head}{''.join(rows)}")
    return "".join(parts) + "\n"


def _make_row(promise: Promise) -> str:
    faces = ", ".join(f"`{name}`" for name in promise.faces)
    link = f"[`{promise.name}`](../{promise.path.relative_to(FOLDER.parents[1]).as_posix()})"
    cells = (promise.fault, FAULTS[promise.fault], promise.text, faces, promise.blinker, link)
    return "| " + " | ".join(cells) + " |\n"


def renew(page: str) -> str:
    """Give the page with the table as it is now.

    Raises:
        ValueError: the page has no place for the table.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"docs/reliability.md needs the lines {BEGIN!r} and {END!r}")
    return before + begin + make_table() + end + after

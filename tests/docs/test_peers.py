"""The table of peers in docs/why.md: each cell is what its probe finds, and none is without one."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.docs.peers import connecting, sending
from tests.docs.peers.connecting import is_installed
from tests.docs.peers.faces import FACES, Face, PyDispatcher
from tests.interpreters import needs_mypy

PAGE: Final = (Path(__file__).parents[2] / "docs" / "why.md").read_text(encoding="utf-8")

# Each row of the table, and the probe that is put to every library.
ROWS: Final[dict[str, Callable[[type[Face]], str]]] = {
    "a type checker sees a receiver, and a send, of the wrong type": connecting.types,
    "`connect` refuses a receiver that cannot be called": connecting.refusal,
    "old receivers fit a payload that grows": connecting.growth,
    "weak by default, and tells of a function that is lost": connecting.lifetimes,
    "a receiver can be for one sender": connecting.senders,
    "senders that are texts or numbers match by value": connecting.identity,
    "calls in the order of connecting, and by priority": sending.order,
    "gives what receivers return": sending.results,
    "calls the rest when one fails, and gives the errors": sending.robustness,
    "an async send awaits async receivers, and calls sync ones": sending.awaiting,
    "on trio as well": sending.trio,
    "a sync send refuses async receivers before any has run": sending.refusing_async,
    "any thread may connect and disconnect meanwhile": connecting.threads,
    "connects for one call": connecting.once,
    "mutes, and connects, for the length of a block": connecting.blocks,
    "delivers in the background, and as a stream": sending.background,
    "runs code around each call (middleware)": sending.middleware,
    "objects that tell of changes of their fields": connecting.evented,
    "packages that it needs": connecting.requirements,
}


def read_table() -> list[tuple[tuple[str, str], str]]:
    """Give each cell of the page's table, beside its row and its library."""
    _, _, rest = PAGE.partition("<!-- The table of peers. -->\n\n")
    table, _, _ = rest.partition("\n\n<!-- The end of the table of peers. -->")
    head, _, *lines = (
        [each.strip() for each in line.strip("|").split("|")] for line in table.splitlines()
    )
    return [
        ((line[0], name), cell)
        for line in lines
        for name, cell in zip(head[1:], line[1:], strict=True)
    ]


CELLS: Final = dict(read_table())


@pytest.fixture(autouse=True)
def empty_tables() -> Iterator[None]:
    """Leave nothing in the tables of PyDispatcher, which are the process's."""
    yield
    if is_installed(PyDispatcher):
        found: Any = importlib.import_module(PyDispatcher.module)
        for table in (found.connections, found.senders, found.sendersBack):
            table.clear()


def test_each_cell_has_a_probe() -> None:
    """The page has a row for each probe and a column for each library, and no others."""
    expected = [(title, kind.name) for title in ROWS for kind in FACES]
    assert [where for where, _ in read_table()] == expected


@pytest.mark.parametrize("kind", FACES, ids=[kind.name for kind in FACES])
@pytest.mark.parametrize(
    "title",
    [
        pytest.param(title, marks=needs_mypy) if probe is connecting.types else title
        for title, probe in ROWS.items()
    ],
)
def test_cell(title: str, kind: type[Face]) -> None:
    """What the probe finds is what the page says."""
    if not is_installed(kind):
        pytest.skip(f"{kind.name} is not installed")
    assert ROWS[title](kind) == CELLS[title, kind.name]

"""Modules are imported when something is first looked up in them."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from aldis._later import Later

ROOT = Path(__file__).parents[2]


def test_it_imports_nothing_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """To stand for a module costs nothing."""
    monkeypatch.delitem(sys.modules, "this", raising=False)
    Later("this")
    assert "this" not in sys.modules


def test_it_gives_what_is_in_the_module() -> None:
    """The very object, the first time and later."""
    stands: Any = Later("tomllib")
    assert stands.loads is tomllib.loads
    assert stands.loads is tomllib.loads


def test_what_was_found_is_not_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next time costs no import."""
    stands: Any = Later("tomllib")
    found = stands.loads
    monkeypatch.setitem(sys.modules, "tomllib", None)  # to import it would fail
    assert stands.loads is found
    with pytest.raises(ModuleNotFoundError):
        _ = stands.load


def test_what_is_not_there_is_an_attribute_error() -> None:
    """As with the module itself."""
    stands: Any = Later("tomllib")
    with pytest.raises(AttributeError, match="tomllib"):
        _ = stands.nothing


def test_what_is_imported_later_stands_in_a_lower_layer() -> None:
    """import-linter leaves out what stands under `TYPE_CHECKING`, so that this takes its place."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = settings["tool"]["importlinter"]["contracts"][0]
    place = {name: n for n, layer in enumerate(contract["layers"]) for name in layer.split(" | ")}
    pairs = [
        (path.stem, name)
        for path in (ROOT / "src" / "aldis").glob("_[a-z]*.py")
        for name in re.findall(r'"aldis\.(_\w+)"', path.read_text(encoding="utf-8"))
    ]
    assert ("_connectable", "_offering") in pairs
    assert [pair for pair in pairs if place[pair[0]] >= place[pair[1]]] == []

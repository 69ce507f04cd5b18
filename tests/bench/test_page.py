"""The page on performance: its tables are those of what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.page import PAGE, RESULTS, TABLES, fill_in, read


def test_the_tables_of_the_page_are_those_of_the_results() -> None:
    """Nobody has typed a number: `python -m bench.page` writes the same page again."""
    page = PAGE.read_text(encoding="utf-8")
    assert fill_in(page) == page


@pytest.mark.parametrize("name", TABLES)
def test_each_table_stands_on_the_page(name: str) -> None:
    """What is measured is shown."""
    assert f"<!-- begin: {name} -->" in PAGE.read_text(encoding="utf-8")


def test_the_main_interpreter_is_the_oldest() -> None:
    """Tables of one run are of the interpreter that has the targets."""
    assert [run["python"].rpartition(".")[0] for run in read(RESULTS / "targets")] == [
        "CPython 3.11",
        "CPython 3.12",
        "CPython 3.13",
    ]


def test_runs_are_read_in_the_order_of_their_versions(tmp_path: Path) -> None:
    """3.9 comes before 3.10."""
    for version in ("3.10.1", "3.9.2"):
        text = json.dumps({"python": f"CPython {version}"})
        (tmp_path / f"{version}.json").write_text(text, encoding="utf-8")
    assert [run["python"] for run in read(tmp_path)] == ["CPython 3.9.2", "CPython 3.10.1"]


def test_what_stands_between_marks_is_replaced() -> None:
    """The prose around them stays."""
    page = "before\n<!-- begin: facts -->\nold\n<!-- end -->\nafter\n"
    filled = fill_in(page)
    assert filled.startswith("before\n<!-- begin: facts -->\n\nCPython 3.11")
    assert filled.endswith("\n\n<!-- end -->\nafter\n")
    assert "old" not in filled
    assert fill_in(filled) == filled


def test_a_mark_of_no_table_is_an_error() -> None:
    """It would leave a hole."""
    with pytest.raises(KeyError, match="other"):
        fill_in("<!-- begin: other -->\n<!-- end -->\n")


def test_the_full_tables_stand_beside_the_results() -> None:
    """With least and most of each ratio, for each interpreter."""
    for each in RESULTS.rglob("*.json"):
        table = each.with_suffix(".md").read_text(encoding="utf-8")
        assert table.startswith(json.loads(each.read_text(encoding="utf-8"))["python"])

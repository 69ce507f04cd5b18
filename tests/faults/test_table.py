"""The table in docs/reliability.md is that of the tests."""

from __future__ import annotations

from tests.faults.table import PAGE, renew


def test_the_page_has_the_table_as_it_is_now() -> None:
    """`make faults-table` was run after the last change of a test's name, docstring or faces."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == renew(page)

"""The table in docs/reliability.md is that of the tests, and no fault is without one."""

from __future__ import annotations

from tests.faults.catalogue import FAULTS
from tests.faults.table import PAGE, find_promises, renew

PROMISES = (
    find_promises()
)  # now: a test would be held to what it leaves of the modules that it imports


def test_every_fault_has_a_test() -> None:
    """The catalogue and the names of the tests agree."""
    assert {promise.fault for promise in PROMISES} == set(FAULTS)


def test_the_page_has_the_table_as_it_is_now() -> None:
    """`make faults-table` was run after the last change of a test's name, docstring or faces."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == renew(page)

"""The table in docs/reliability.md is that of the tests, and no fault is without one."""

from __future__ import annotations

from tests.faults.catalogue import FAULTS
from tests.faults.table import PAGE, find_promises, renew

# Found as this is collected: a test would be held to what it leaves of the modules that it imports.
PROMISES = find_promises()


def test_every_fault_has_a_test() -> None:
    """The catalogue and the names of the tests agree."""
    assert {promise.fault for promise in PROMISES} == set(FAULTS)


def test_the_page_has_the_table_as_it_is_now() -> None:
    """`make faults-table` was run after the last change of a test's name, docstring or faces."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == renew(page)


def test_no_two_promises_are_the_same() -> None:
    """Each row of a fault says something of its own, in a sentence that begins and ends."""
    said = [(promise.fault, promise.text) for promise in PROMISES]
    assert len(set(said)) == len(said)
    for fault, text in said:
        assert text[0].isupper() or not text[0].isalpha(), (fault, text)
        assert text.endswith("."), (fault, text)
        assert text.split()[0] not in {"And", "Likewise", "Nor", "So"}, (fault, text)

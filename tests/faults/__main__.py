"""Writes the table of faults into docs/reliability.md anew: `python -m tests.faults`."""

from tests.faults.table import PAGE, renew

PAGE.write_text(renew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

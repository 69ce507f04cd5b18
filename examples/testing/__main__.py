"""Run the patterns and list what came of them: `python -m examples.testing`.

`pytest examples/testing` runs them too, with pytest's own report.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


class Listing:
    """A plugin that prints each test with its outcome, and what went wrong."""

    def __init__(self) -> None:
        self._file = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print the test itself, and what was not as it should be before and after it."""
        if report.when != "call" and report.passed:
            return
        file, _, name = report.nodeid.partition("::")
        if file != self._file:
            self._file = file
            print(file)
        title = name.removeprefix("test_").replace("_", " ").replace("[", " [")
        print(f"    {title}: {report.outcome}")
        if report.failed:
            print(report.longreprtext)


def run(folder: Path) -> int:
    """Run the tests of a folder, and tell how it went as an exit code."""
    return pytest.main([str(folder), "-p", "no:terminal"], plugins=[Listing()])


if __name__ == "__main__":
    sys.exit(run(Path(__file__).parent))

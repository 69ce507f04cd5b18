"""A pytest plugin that writes into a run's results which library had blinker's name in it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _witness(record_testsuite_property: Callable[[str, object], None]) -> Iterator[None]:
    yield
    modules = [sys.modules[name] for name in sys.modules if name.split(".")[0] == "blinker"]
    record_testsuite_property("blinker", " ".join(sorted(each.__name__ for each in modules)))

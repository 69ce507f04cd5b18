"""Runs the code blocks of the README and the docs as tests, and sees what tests leave behind."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from tests.interpreters import HAS_GIL

pytest_plugins = ["tests.leaks"]

# The pages say when functions die. Without a GIL, those of a module do when the collector comes.
if HAS_GIL:
    pytest_collect_file = Sybil(parsers=[PythonCodeBlockParser()], patterns=["*.md"]).pytest()


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start, though a shell in the background bars it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one event loop be chosen, for a smoke run."""
    parser.addoption("--loop", help="run the async tests on this event loop alone, as on asyncio")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests on the event loops that were not chosen."""
    chosen = config.getoption("loop")
    if chosen is None:
        return
    left_out = [item for item in items if _loop_of(item) not in (None, chosen)]
    items[:] = [item for item in items if _loop_of(item) in (None, chosen)]
    config.hook.pytest_deselected(items=left_out)


def _loop_of(item: pytest.Item) -> object:
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    return parameters.get("anyio_backend")

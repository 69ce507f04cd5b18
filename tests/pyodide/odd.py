"""What Pyodide has not, as a plugin of pytest: an event loop that blocks, threads and processes."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

_asked_for: list[str] = []


class AbsentError(BaseException):
    """Goes past all that deals with failures, up to pytest."""


class _Nothing:
    """Waits for time to pass, since there is nothing else to wait for."""

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None:
            raise RuntimeError("nothing will happen any more: this test waits for ever")
        time.sleep(timeout)
        return []

    def close(self) -> None: ...


class BlockingLoop(asyncio.BaseEventLoop):
    """Runs until what it was given is complete, which the loop of a web page cannot."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Nothing()

    def _process_events(self, events: object) -> None: ...

    def _write_to_self(self) -> None: ...


def pytest_configure() -> None:
    """Have asyncio make loops that block, and note what is asked for in vain."""
    asyncio._set_running_loop(None)
    modules: list[Any] = [asyncio, asyncio.events]
    for module in modules:
        module.new_event_loop = BlockingLoop
    absent: list[tuple[Any, str, str]] = [
        (threading.Thread, "start", "threads"),
        (subprocess, "Popen", "processes"),
        (os, "fork", "processes"),
    ]
    for owner, name, what in absent:
        setattr(owner, name, _absence_of(what))


def _absence_of(what: str) -> Any:
    def refuse(*arguments: object, **options: object) -> None:
        _asked_for.append(what)
        raise AbsentError(f"Pyodide has no {what}")

    return refuse


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    """Skip a test whose fixtures ask for what is absent, and say so."""
    _asked_for.clear()
    with _told():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """Skip a test that asks for what is absent, and say so."""
    with _told():
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Let what was begun in vain be taken down in vain."""
    try:
        yield
        if _asked_for:
            gc.collect()
    except Exception:
        if not _asked_for:
            raise


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except BaseException:
        if _asked_for:
            pytest.skip(f"Pyodide has no {_asked_for[0]}")
        raise

"""The event loops that everything async runs on: what all tests share."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from typing import Any

import pytest

LOOPS = ["asyncio", "uvloop", "trio"]
if sys.version_info >= (3, 12):
    LOOPS.insert(1, "asyncio-eager")

    def _new_eager_loop() -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        loop.set_task_factory(asyncio.eager_task_factory)
        return loop


def _options_of(loop: str) -> tuple[str, dict[str, Any]]:
    if loop == "uvloop":
        return "asyncio", {"use_uvloop": True}
    if sys.version_info >= (3, 12) and loop == "asyncio-eager":
        return "asyncio", {"loop_factory": _new_eager_loop}
    return loop, {}


@pytest.fixture(params=LOOPS)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Have each async test run once on each loop: its backend, with the backend's options."""
    loop: str = request.param
    if loop == "uvloop" and importlib.util.find_spec("uvloop") is None:
        pytest.skip("uvloop is not installed")
    return _options_of(loop)


@pytest.fixture
def ran_untraced(request: pytest.FixtureRequest) -> bool:
    """Run the test in another process when this one is traced, and tell whether that was done.

    A process that is forked while other threads are in the tracer can find it locked for ever.
    """
    if sys.gettrace() is None:
        return False
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", request.node.nodeid],
        cwd=request.config.rootpath,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return True

"""The event loops that everything async runs on: what all tests share."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from typing import Any

import pytest

from aldis import Signal

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


@pytest.fixture(params=[False, True], ids=["first", "later"])
def first_or_later(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each test run twice: with sends that are the first since a change, and with later ones.

    Those find the snapshot made, and may take the shortest way.
    """
    if not request.param:
        return
    kind: Any = Signal
    send, send_async = kind.send, kind.send_async

    def prepare(signal: Any) -> None:
        if not signal._registry.queue:
            signal._registry.select(None)

    def send_later(signal: Any, sender: object, payload: object) -> object:
        prepare(signal)
        return send(signal, sender, payload)

    async def send_later_async(
        signal: Any, sender: object, payload: object, *, concurrency: int | None = 1
    ) -> object:
        prepare(signal)
        return await send_async(signal, sender, payload, concurrency=concurrency)

    monkeypatch.setattr(kind, "send", send_later)
    monkeypatch.setattr(kind, "send_async", send_later_async)

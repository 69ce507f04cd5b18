"""What docs/how-to/flask.md says of Flask, where the page itself does not show it."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import weakref
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
import pytest
from anyio.from_thread import start_blocking_portal

from aldis import Dispatcher, LostReceiverWarning, Signal
from tests.interpreters import needs_mypy, needs_refcounting

if TYPE_CHECKING:
    from flask import Flask

MISSING = [each for each in ("flask", "asgiref") if find_spec(each) is None]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


class Orders:
    """A sender."""


@pytest.fixture
def app() -> Flask:
    """Give an application."""
    from flask import Flask

    return Flask("bookshop")


@needs_refcounting
def test_a_receiver_of_the_factory_is_lost_without_weak_false() -> None:
    """The warning names it, at the next send."""
    placed = Signal[str]("placed")

    def create_app() -> None:
        @placed.connect
        def warn_of_large_ones(sender: object, order: str) -> None: ...

    create_app()
    with pytest.warns(LostReceiverWarning, match="warn_of_large_ones"):
        placed.send(None, "o-1")


@pytest.mark.parametrize("refers", [False, True], ids=["parameter", "variable"])
def test_a_strong_receiver_that_refers_to_its_sender_keeps_both(*, refers: bool) -> None:
    """It lasts for good; one that does not refer to its sender ends with it."""
    placed = Signal[str]("placed")

    def create_app() -> weakref.ref[Orders]:
        orders = Orders()
        found: object = orders if refers else None

        @placed.connect_via(orders, weak=False)
        def receive(sender: object, order: str) -> object:
            return found

        return weakref.ref(orders)

    kept = create_app()
    gc.collect()
    assert (kept() is not None, len(placed.connections)) == (refers, int(refers))


def test_what_a_receiver_raises_is_a_500(app: Flask) -> None:
    """The client gets it from `send`; with `send_robust` the view goes on."""
    placed = Signal[str]("placed")

    @placed.connect
    def fail(sender: object, order: str) -> None:
        raise ValueError(order)

    @app.get("/strict")
    def strict() -> str:
        placed.send(None, "o-1")
        return "ok"

    @app.get("/robust")
    def robust() -> str:
        return str(len(placed.send_robust(None, "o-1").errors))

    client = app.test_client()
    assert client.get("/strict").status_code == 500
    assert client.get("/robust").text == "1"


def test_receivers_see_the_request(app: Flask) -> None:
    """They run in the thread and the context of the view."""
    from flask import current_app, g, request

    seen: list[object] = []
    placed = Signal[str]("placed")

    @placed.connect
    def receive(sender: object, order: str) -> None:
        seen.extend([current_app.name, request.path, g.user, threading.get_ident()])

    @app.get("/orders")
    def view() -> str:
        g.user = "ada"
        placed.send(None, "o-1")
        return str(threading.get_ident())

    answer = app.test_client().get("/orders")
    assert seen == ["bookshop", "/orders", "ada", int(answer.text)]


def test_the_loop_of_an_async_view_ends_with_the_view(app: Flask) -> None:
    """Each request has another one."""
    loops: list[asyncio.AbstractEventLoop] = []

    @app.get("/orders")
    async def view() -> str:
        loops.append(asyncio.get_running_loop())
        return "ok"

    for _ in range(2):
        app.test_client().get("/orders")
    assert loops[0] is not loops[1]
    assert all(loop.is_closed() for loop in loops)


def test_a_dispatchers_receiver_finds_the_request_torn_down(app: Flask) -> None:
    """It still sees `current_app` and `request`, behind the end of what the request had."""
    from flask import current_app, request

    ended = threading.Event()
    seen: list[object] = []
    placed = Signal[str]("placed")

    @placed.connect
    async def receive(sender: object, order: str) -> None:
        await anyio.to_thread.run_sync(ended.wait)
        seen.extend([current_app.name, request.path])

    @app.teardown_request
    def end(error: object) -> None:
        ended.set()

    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Dispatcher()) as dispatcher,
    ):

        @app.get("/orders")
        def view() -> str:
            _ = dispatcher.post(placed.event(None, "o-1"))
            assert not ended.is_set()
            return "ok"

        app.test_client().get("/orders")
    assert seen == ["bookshop", "/orders"]


@needs_mypy
def test_mypy_takes_current_app_for_an_application(tmp_path: Path) -> None:
    """It lets a send for the proxy pass, and needs the comment of the page where that is undone."""
    program = tmp_path / "program.py"
    program.write_text("""
from flask import Flask, current_app

from aldis import Signal

signed_in = Signal[str, Flask]("signed_in")
signed_in.send(current_app, "lost")


def this_app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]
""")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stdout == "Success: no issues found in 1 source file\n"

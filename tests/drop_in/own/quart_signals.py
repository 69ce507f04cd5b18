"""What Quart's signals tell sync and async receivers: Quart's own tests connect none to them.

Run by `make drop-in` with blinker and with Aldis, in an environment that has Quart.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

# By name, since the checkers' environment has no Quart.
quart = import_module("quart")
signals = import_module("quart.signals")

pytestmark = pytest.mark.asyncio

# These two are sent without a wrapper for sync receivers, and with the message as the sender.
UNWRAPPED = ("websocket_received", "websocket_sent")
WRAPPED = sorted(
    name
    for name in vars(signals)
    if hasattr(getattr(signals, name), "send_async") and name not in UNWRAPPED
)

Heard = list[tuple[str, tuple[str, ...]]]


class FailedError(Exception):
    """What a view of the application raises."""


@pytest.fixture
def app() -> Any:
    """Make an application that sends every signal of a request and of a websocket."""

    async def index() -> Any:
        await quart.flash("a message", "a category")
        return await quart.render_template_string("rendered")

    async def talk() -> None:
        while True:
            await quart.websocket.send(await quart.websocket.receive())

    async def fail() -> None:
        raise FailedError

    app = quart.Quart(__name__)
    app.secret_key = "secret"
    app.add_url_rule("/", view_func=index)
    app.add_url_rule("/fail", view_func=fail)
    app.add_websocket("/talk", view_func=talk)
    app.add_websocket("/fail", view_func=fail)
    return app


@pytest.fixture(params=["sync", "async"])
def heard(request: pytest.FixtureRequest, app: Any) -> Iterator[Heard]:
    """Connect a receiver of the one kind to each signal, and note what they are told of the app."""
    heard: Heard = []
    kept = [_connect(name, app, heard, request.param == "async") for name in WRAPPED]
    yield heard
    for name, receiver in zip(WRAPPED, kept, strict=True):
        getattr(signals, name).disconnect(receiver, app)


def _connect(name: str, app: Any, heard: Heard, is_async: bool) -> Any:
    def receiver(sender: object, **keywords: object) -> None:
        assert sender is app
        assert threading.current_thread() is not threading.main_thread()
        heard.append((name, tuple(sorted(keywords))))

    async def async_receiver(sender: object, **keywords: object) -> None:
        await asyncio.sleep(0)
        assert sender is app
        heard.append((name, tuple(sorted(keywords))))

    return getattr(signals, name).connect(async_receiver if is_async else receiver, app)


async def test_a_request(app: Any, heard: Heard) -> None:
    """Every signal of a request is heard, in order, with its keywords."""
    response = await app.test_client().get("/")
    assert await response.get_data(as_text=True) == "rendered"
    assert heard == [
        ("appcontext_pushed", ()),
        ("request_started", ()),
        ("message_flashed", ("category", "message")),
        ("before_render_template", ("context", "template")),
        ("template_rendered", ("context", "template")),
        ("request_finished", ("response",)),
        ("request_tearing_down", ("exc",)),
        ("appcontext_tearing_down", ("exc",)),
        ("appcontext_popped", ()),
    ]


async def test_a_request_that_fails(app: Any, heard: Heard) -> None:
    """The exception is told of too."""
    response = await app.test_client().get("/fail")
    assert response.status_code == 500
    assert ("got_request_exception", ("exception",)) in heard


async def test_a_websocket(app: Any, heard: Heard) -> None:
    """Its beginning is heard, in order; the view is waiting for the next message by then."""
    async with app.test_client().websocket("/talk") as websocket:
        await websocket.send("hello")
        assert await websocket.receive() == "hello"
        assert heard == [("appcontext_pushed", ()), ("websocket_started", ())]


async def test_a_websocket_that_fails(app: Any, heard: Heard) -> None:
    """The exception is told of too."""
    async with app.test_client().websocket("/fail") as websocket:
        with pytest.raises(quart.testing.WebsocketResponseError):
            await websocket.receive()
    assert ("got_websocket_exception", ("exception",)) in heard


async def test_a_background_task_that_fails(app: Any, heard: Heard) -> None:
    """Its exception is told of."""

    async def fail() -> None:
        raise FailedError

    async with app.test_app():
        app.add_background_task(fail)
    assert ("got_background_exception", ("exception",)) in heard


async def test_a_start_that_fails(app: Any, heard: Heard) -> None:
    """Its exception is told of."""

    async def fail() -> None:
        raise FailedError

    app.before_serving(fail)
    with pytest.raises(FailedError):
        await app.startup()
    assert ("got_serving_exception", ("exception",)) in heard


async def test_another_application(heard: Heard) -> None:
    """Receivers connected to an application hear nothing of others."""
    await quart.Quart(__name__).test_client().get("/")
    assert heard == []


async def test_a_receiver_that_fails(app: Any) -> None:
    """Its exception is the request's."""

    async def receiver(sender: object) -> None:
        raise FailedError

    with signals.request_started.connected_to(receiver, app):
        assert (await app.test_client().get("/")).status_code == 500
    assert (await app.test_client().get("/")).status_code == 200


async def test_a_receiver_that_is_collected(app: Any) -> None:
    """It is not called any more."""
    heard: Heard = []
    receiver = _connect("request_started", app, heard, is_async=True)
    await app.test_client().get("/")
    del receiver
    await app.test_client().get("/")
    assert heard == [("request_started", ())]


@pytest.mark.parametrize("name", UNWRAPPED)
async def test_messages(app: Any, name: str) -> None:
    """A message is the sender of its signals; equal strings are one sender."""
    heard: list[object] = []

    async def receiver(sender: object) -> None:
        heard.append(sender)

    equal = str(b"hello", "ascii")
    with getattr(signals, name).connected_to(receiver, equal):
        async with app.test_client().websocket("/talk") as websocket:
            await websocket.send("hello")
            await websocket.receive()
        async with app.test_client().websocket("/talk") as websocket:
            await websocket.send("goodbye")
            await websocket.receive()
    assert heard == ["hello"]

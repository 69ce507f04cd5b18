"""The service: it answers at once, sends receipts behind its back, and drains when shut down."""

from __future__ import annotations

from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Literal

import pytest
from anyio import sleep_forever
from anyio.lowlevel import checkpoint

from examples.service.orders import OrderPlaced, Shop, order_placed
from tests.examples.migration_stages import run_python

FOLDER = Path(__file__).parents[2] / "examples" / "service"
MISSING = [package for package in ("fastapi", "httpx2") if find_spec(package) is None]

needs_web = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
on_each_backend = pytest.mark.parametrize("backend", ["asyncio", "trio"])


def make_shop(sent: list[str]) -> Shop:
    """Make a shop that notes its mails, and its troubles, in a list."""

    async def send_mail(email: str, text: str) -> None:
        await checkpoint()
        sent.append(f"{email}: {text}")

    return Shop(send_mail, sent.append)


@needs_web
def test_transcript_on_trio() -> None:
    """On trio the service does what it does on asyncio, line by line."""
    lines = (FOLDER / "output.txt").read_text(encoding="utf-8").splitlines()
    assert run_python("-m", "examples.service", "trio") == lines


def test_program_alone() -> None:
    """The trio program runs by itself; it prints what it prints behind the service."""
    lines = (FOLDER / "output.txt").read_text(encoding="utf-8").splitlines()
    assert run_python("-m", "examples.service.program") == lines[lines.index("") + 1 :]


@needs_web
@on_each_backend
def test_app_that_starts_again(backend: Literal["asyncio", "trio"]) -> None:
    """An app that was shut down can be started again, and then counts anew."""
    from fastapi.testclient import TestClient

    from examples.service.app import create_app

    sent: list[str] = []
    app = create_app(make_shop(sent))
    for order_id in ("o-1", "o-2"):
        with TestClient(app, backend=backend) as client:
            assert set(client.get("/orders").json().values()) == {0}
            order = {"order_id": order_id, "email": "ann@example.org"}
            answer = client.post("/orders", json=order)
            assert (answer.status_code, answer.json()) == (202, {"accepted": order_id})
    assert sent == [
        "ann@example.org: receipt for o-1",
        "packers@example.org: pack o-1",
        "ann@example.org: receipt for o-2",
        "packers@example.org: pack o-2",
    ]


@needs_web
@on_each_backend
def test_shutdown_takes_no_longer_than_the_grace(backend: Literal["asyncio", "trio"]) -> None:
    """What then has not left is cut off, and each order reported: begun or not."""
    from fastapi.testclient import TestClient

    from examples.service.app import create_app

    reported: list[str] = []

    async def never_send_mail(_email: str, _text: str) -> None:
        await sleep_forever()

    app = create_app(Shop(never_send_mail, reported.append), grace=0)
    with TestClient(app, backend=backend) as client:
        for order_id in ("o-1", "o-2"):
            order = {"order_id": order_id, "email": "ann@example.org"}
            assert client.post("/orders", json=order).status_code == 202
    assert sorted(text[: len("trouble with o-1")] for text in reported) == [
        "trouble with o-1",
        "trouble with o-2",
    ]
    assert all("its dispatcher ended first" in text for text in reported)


@needs_web
def test_ten_seconds_are_the_grace() -> None:
    """An app that is told nothing else gives its shutdown as long as the docs say."""
    from examples.service.app import create_app

    assert signature(create_app).parameters["grace"].default == 10


@needs_web
def test_order_that_is_none() -> None:
    """What is no order is refused by its type; nothing is posted, and nobody is told."""
    from fastapi.testclient import TestClient

    from examples.service.app import create_app

    sent: list[str] = []
    with TestClient(create_app(make_shop(sent))) as client:
        assert client.post("/orders", json={"order_id": "o-1"}).status_code == 422
        assert set(client.get("/orders").json().values()) == {0}
    assert sent == []


@needs_web
def test_dispatcher_in_its_place() -> None:
    """FastAPI's `dependency_overrides` gives the routes another dispatcher: here, a closed one."""
    from fastapi.testclient import TestClient

    from aldis import Dispatcher
    from aldis.exceptions import DispatcherClosedError
    from examples.service.app import create_app, get_dispatcher

    app = create_app(make_shop([]))
    app.dependency_overrides[get_dispatcher] = lambda: Dispatcher()
    order = {"order_id": "o-1", "email": "ann@example.org"}
    with TestClient(app) as client, pytest.raises(DispatcherClosedError):
        client.post("/orders", json=order)


@pytest.mark.anyio
async def test_receivers_on_any_loop() -> None:
    """The receivers need neither the web nor a dispatcher, and one that fails stops no other."""
    sent: list[str] = []
    outcomes = await order_placed.send_robust_async(make_shop(sent), OrderPlaced("o-1", "nowhere"))
    assert [str(error) for error in outcomes.errors] == ["nowhere is no address"]
    assert sent == ["packers@example.org: pack o-1"]

"""The web app: it answers at once, sends receipts behind its back, and drains when shut down."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

import pytest
from anyio.lowlevel import checkpoint

from tests.examples.migration_stages import run_python

MISSING = [package for package in ("starlette", "httpx2") if find_spec(package) is None]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

TRANSCRIPT = """\
POST /orders o-1: 202 {"accepted":"o-1"}
POST /orders o-2: 202 {"accepted":"o-2"}
POST /orders o-3: 202 {"accepted":"o-3"}
POST /orders o-4: 503 {"error":"too many orders, come back later"}
GET /orders: {"pending":2,"running":1,"done":0,"failed":0,"dropped":0}
the post office opens, and the app shuts down
to ann@example.org: receipt for o-1
no receipt for o-2: nowhere is no address
to bob@example.org: receipt for o-3
the app has shut down
"""

on_each_backend = pytest.mark.parametrize("backend", ["asyncio", "trio"])


@on_each_backend
def test_transcript(backend: str) -> None:
    """Orders are answered before any receipt leaves, and a shutdown waits for the last of them."""
    assert run_python("-m", "examples.web", backend) == TRANSCRIPT.splitlines()


@on_each_backend
def test_app_that_starts_again(backend: Literal["asyncio", "trio"]) -> None:
    """An app that was shut down can be started again, and then counts anew."""
    from starlette.testclient import TestClient

    from examples.web.app import Shop, create_app

    sent: list[str] = []

    async def send_mail(email: str, text: str) -> None:
        await checkpoint()
        sent.append(text)

    app = create_app(Shop(send_mail), sent.append)
    for order_id in ("o-1", "o-2"):
        with TestClient(app, backend=backend) as client:
            assert set(client.get("/orders").json().values()) == {0}
            order = {"order_id": order_id, "email": "ann@example.org"}
            assert client.post("/orders", json=order).json() == {"accepted": order_id}
    assert sent == ["receipt for o-1", "receipt for o-2"]

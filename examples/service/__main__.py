"""Visit the service, then run the program: `python -m examples.service [asyncio | trio]`.

The post office is closed while customers order, so that they see answers and no receipts. It opens
when the app shuts down. The app then ends when each receipt has left or its failure is reported,
after ten seconds at most.

The word says which event loop the service runs on; the program always runs on trio.
"""

from __future__ import annotations

import sys
from typing import Literal

import anyio
import trio
from anyio.from_thread import BlockingPortal
from fastapi.testclient import TestClient

from examples.service.app import create_app
from examples.service.orders import Shop
from examples.service.program import enter_orders

ORDERS = {
    "o-1": "ann@example.org",
    "o-2": "nowhere",
    "o-3": "bob@example.org",
    "o-4": "cid@example.org",
}


class PostOffice:
    def __init__(self) -> None:
        self._is_open = anyio.Event()

    async def send_mail(self, email: str, text: str) -> None:
        """Send a mail, when open."""
        await self._is_open.wait()
        print(f"to {email}: {text}")

    async def open(self) -> None:
        """Let the mails go."""
        self._is_open.set()


def visit(backend: Literal["asyncio", "trio"]) -> None:
    office = PostOffice()
    app = create_app(Shop(office.send_mail, print), max_pending=2)
    with TestClient(app, backend=backend) as client:
        portal = portal_of(client)
        for order_id, email in ORDERS.items():
            answer = client.post("/orders", json={"order_id": order_id, "email": email})
            print(f"POST /orders {order_id}: {answer.status_code} {answer.text}")
            portal.call(anyio.wait_all_tasks_blocked)  # what can begin has begun
        print(f"GET /orders: {client.get('/orders').text}")
        print("the post office opens, and the app shuts down")
        portal.call(office.open)
    print("the app has shut down")


def portal_of(client: TestClient) -> BlockingPortal:
    """Give the way into the event loop in which the app runs."""
    if client.portal is None:
        raise RuntimeError("the client is not open; enter its block first")
    return client.portal


if __name__ == "__main__":
    visit("trio" if sys.argv[1:] == ["trio"] else "asyncio")
    print()
    trio.run(enter_orders)

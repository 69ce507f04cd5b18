"""What docs/how-to/starlette-and-fastapi.md says, where the page itself does not show it."""

from __future__ import annotations

import re
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio
import pytest

from aldis import Dispatcher, Signal, StreamLaggedError

MISSING = [each for each in ("fastapi", "httpx2", "starlette") if find_spec(each) is None]
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "starlette-and-fastapi.md"

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


class Client:
    """The far end of a websocket."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.is_reading = True
        self._messages: list[Any] = [{"type": "websocket.connect"}]
        self._left = anyio.Event()

    def leave(self) -> None:
        """Close the connection."""
        self._messages.append({"type": "websocket.disconnect", "code": 1001})
        self._left.set()

    async def receive(self) -> Any:
        """Give what the client does next."""
        if not self._messages:
            await self._left.wait()
        return self._messages.pop(0)

    async def send(self, message: Any) -> None:
        """Take in what the server sends, or have it wait."""
        if not self.is_reading and message["type"] == "websocket.send":
            await anyio.sleep_forever()
        self.sent.append(message)


@pytest.fixture
def page() -> dict[str, Any]:
    """Run the blocks of the page that declare the signals and the websocket."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    (websocket,) = (block for block in blocks if "def follow_order" in block)
    names: dict[str, Any] = {}
    for code in (blocks[0], websocket.split("\nlive = ")[0]):
        exec(code, names)
    return names


def open_websocket(page: dict[str, Any], client: Client) -> Any:
    """Give the server's end, of a connection about one order."""
    scope = {"type": "websocket", "path_params": {"order_id": "o-1"}}
    return page["WebSocket"](scope, client.receive, client.send)


@pytest.mark.parametrize("watches", [True, False])
async def test_a_client_that_leaves_is_noticed(page: dict[str, Any], *, watches: bool) -> None:
    """At once with the second task; without it nothing ends while no event comes."""
    client = Client()
    if not watches:

        async def look_away(websocket: object, scope: object) -> None:
            """Do nothing."""

        page["end_with_client"] = look_away
    moved: Signal[Any] = page["order_moved"]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(page["follow_order"], open_websocket(page, client))
        await anyio.wait_all_tasks_blocked()
        assert moved.receivers
        client.leave()
        await anyio.wait_all_tasks_blocked()
        assert bool(moved.receivers) is not watches
        tasks.cancel_scope.cancel()


async def test_a_client_that_reads_too_slowly_ends_its_connection(page: dict[str, Any]) -> None:
    """It is told by the error of the stream, in the group of the tasks."""
    client = Client()
    moved: Signal[Any] = page["order_moved"]

    async def follow() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            await page["follow_order"](open_websocket(page, client))
        assert caught.value.subgroup(StreamLaggedError)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow)
        await anyio.wait_all_tasks_blocked()
        for _ in range(40):  # the stream keeps 32
            moved.send("o-1", page["Step"]("o-1", "packed"))
    assert not moved.receivers


def test_plain_routes_of_fastapi_post_from_threads() -> None:
    """They run in another thread than the event loop; a model of pydantic's can be the payload."""
    from fastapi import FastAPI
    from fastapi.testclient import TestClient
    from pydantic import BaseModel

    class Order(BaseModel):
        order_id: str

    placed: Signal[Order] = Signal("placed")
    threads: list[int] = []
    heard: list[Order] = []

    @placed.connect
    async def receive(sender: object, order: Order) -> None:
        await anyio.lowlevel.checkpoint()
        threads.append(threading.get_ident())
        heard.append(order)

    app = FastAPI()

    def place(order: Order) -> None:
        threads.append(threading.get_ident())
        _ = dispatcher.post(placed.event(None, order))

    place.__annotations__["order"] = Order
    app.post("/orders")(place)
    with TestClient(app) as client:
        assert client.portal is not None
        with client.portal.wrap_async_context_manager(Dispatcher()) as dispatcher:
            assert client.post("/orders", json={"order_id": "o-1"}).status_code == 200
    assert heard == [Order(order_id="o-1")]
    assert len(set(threads)) == 2

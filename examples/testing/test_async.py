"""Async receivers, events to wait for, and a dispatcher; each on asyncio and on trio."""

from __future__ import annotations

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import Dispatcher, Event
from examples.testing.bookshop import Shop, shipped, sold

pytestmark = pytest.mark.anyio


async def test_async_receiver(shop: Shop) -> None:
    """When an async sending comes back, its async receivers have ended."""
    await shop.ship("Emma")
    assert shop.mails == ["Emma is on its way"]


async def test_capture_with_an_async_receiver(shop: Shop) -> None:
    """A receiver of the test's own may be async."""
    titles: list[str] = []

    async def capture(_shop: Shop, title: str) -> None:
        await checkpoint()
        titles.append(title)

    with shipped.connected_to(capture):
        await shop.ship("Emma")
    assert titles == ["Emma"]


async def test_stream(shop: Shop) -> None:
    """A stream that is open before the deed has all of its events, to be read afterwards."""
    async with sold.stream(shop) as events:
        shop.sell("Emma")
        shop.sell("Ulysses")
        assert [(await anext(events)).payload.title for _ in range(2)] == ["Emma", "Ulysses"]


async def test_wait(shop: Shop) -> None:
    """A task that waits is started first, and gets the first event that it asks for."""

    def is_ulysses(event: Event[str, Shop]) -> bool:
        return event.payload == "Ulysses"

    async def wait() -> None:
        event = await shipped.wait(shop, where=is_ulysses)
        shop.mails.append(f"{event.payload} was waited for")

    with anyio.fail_after(5):  # a test that would wait for ever fails
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            await shop.ship("Emma")
            await shop.ship("Ulysses")
    assert "Ulysses was waited for" in shop.mails


async def test_leave_a_dispatcher(shop: Shop) -> None:
    """When the block of a dispatcher is left, what was posted is delivered."""
    async with Dispatcher() as dispatcher:
        _ = dispatcher.post(shipped.event(shop, "Emma"))
        assert shop.mails == []
    assert shop.mails == ["Emma is on its way"]


async def test_drain_a_dispatcher(shop: Shop) -> None:
    """Within the block, draining waits for what was posted so far."""
    async with Dispatcher() as dispatcher:
        _ = dispatcher.post(shipped.event(shop, "Emma"))
        await dispatcher.drain()
        assert shop.mails == ["Emma is on its way"]


async def test_await_a_delivery(shop: Shop) -> None:
    """One event alone is waited for by its delivery, which gives the outcomes."""
    async with Dispatcher() as dispatcher:
        outcomes = await dispatcher.post(shipped.event(shop, "Emma"))
    assert outcomes.errors == ()


async def test_failure_behind_the_back(shop: Shop) -> None:
    """What receivers raise in the background comes to `on_error`; a test collects it."""
    errors: list[Exception | None] = []

    async def fail(_shop: Shop, title: str) -> None:
        await checkpoint()
        raise ValueError(f"{title} was lost")

    with shipped.connected_to(fail):
        async with Dispatcher(
            on_error=lambda outcome, _: errors.append(outcome.error)
        ) as dispatcher:
            _ = dispatcher.post(shipped.event(shop, "Emma"))
    assert [str(error) for error in errors] == ["Emma was lost"]

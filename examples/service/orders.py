"""What happens in the shop, and what follows; nothing here knows of the web, or of a loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aldis import Event, Outcome, Signal


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: str
    email: str


@dataclass(frozen=True, eq=False)
class Shop:
    send_mail: Callable[[str, str], Awaitable[None]]
    report: Callable[[str], object]


order_placed = Signal[OrderPlaced, Shop]("order_placed", doc="An order was accepted.")


@order_placed.connect
async def send_receipt(shop: Shop, order: OrderPlaced) -> None:
    if "@" not in order.email:
        raise ValueError(f"{order.email} is no address")
    await shop.send_mail(order.email, f"receipt for {order.order_id}")


@order_placed.connect
async def tell_packers(shop: Shop, order: OrderPlaced) -> None:
    await shop.send_mail("packers@example.org", f"pack {order.order_id}")


def report_failure(outcome: Outcome[object], event: Event[OrderPlaced, Shop]) -> None:
    """Tell the shop what went wrong: the `on_error` of its dispatchers."""
    event.sender.report(f"trouble with {event.payload.order_id}: {outcome.error}")

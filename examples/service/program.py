"""The trio program: orders that came by telephone are entered, to the same receivers."""

from __future__ import annotations

import trio

from aldis import Dispatcher
from examples.service.orders import OrderPlaced, Shop, order_placed, report_failure

URGENT = OrderPlaced("t-1", "dora@example.org")
OTHERS = [
    OrderPlaced("t-2", "emil@example.org"),
    OrderPlaced("t-3", "unknown"),
    OrderPlaced("t-4", "fay@example.org"),
]


class MailServer:
    """Takes one mail at a time."""

    def __init__(self) -> None:
        self._line = trio.Lock()

    async def send_mail(self, email: str, text: str) -> None:
        """Send a mail, when it is its turn."""
        async with self._line:
            print(f"to {email}: {text}")


async def enter_orders() -> None:
    shop = Shop(MailServer().send_mail, print)

    results = await order_placed.send_async(shop, URGENT)
    print(f"{URGENT.order_id}: {len(results)} receivers have ended")

    async with Dispatcher(max_pending=1, ordered=True, on_error=report_failure) as dispatcher:
        for order in OTHERS:
            _ = await dispatcher.submit(order_placed.event(shop, order))  # waits for room
    counts = dispatcher.statistics()
    print(f"the others: {counts.done} done, {counts.failed} failed")


if __name__ == "__main__":
    trio.run(enter_orders)

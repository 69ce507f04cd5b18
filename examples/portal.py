"""A program without an event loop: a dispatcher in a thread beside it, posted to from threads.

`python -m examples.portal [asyncio | trio]`
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from anyio.from_thread import BlockingPortal, start_blocking_portal
from anyio.lowlevel import checkpoint

from aldis import Delivery, Dispatcher, DispatcherFullError, Outcome, Signal


@dataclass(frozen=True, eq=False)
class Till:
    name: str


@dataclass(frozen=True, slots=True)
class Sale:
    number: int
    cents: int


sale_made = Signal[Sale, Till]("sale_made")


class Books:
    """Belongs to the event loop: no lock is needed where only receivers write."""

    def __init__(self) -> None:
        self.sales: dict[str, list[Sale]] = {}

    async def book(self, till: Till, sale: Sale) -> int:
        """Book a sale, and answer with its place."""
        await checkpoint()  # a database would be written to here
        sales = self.sales.setdefault(till.name, [])
        sales.append(sale)
        return len(sales)


def sell(portal: BlockingPortal, dispatcher: Dispatcher, till: Till, sales: range) -> None:
    """Run in a thread of its own."""
    for number in sales:
        event = sale_made.event(till, Sale(number, 100 + number))
        try:
            _ = dispatcher.post(event)  # never waits
        except DispatcherFullError:
            _ = portal.call(dispatcher.submit, event)  # waits for room, in the loop


async def outcomes_of(delivery: Delivery) -> Sequence[Outcome[object]]:
    return await delivery


def main(backend: str) -> None:
    books = Books()
    sale_made.connect(books.book)
    tills = [Till("bakery"), Till("cheese"), Till("garden")]
    with start_blocking_portal(backend) as portal:
        own = Dispatcher(max_pending=50, ordered=True)
        with portal.wrap_async_context_manager(own) as dispatcher:
            delivery = dispatcher.post(sale_made.event(tills[0], Sale(0, 990)))
            outcomes = portal.call(outcomes_of, delivery)
            print(f"the first sale is number {outcomes[0].value} in the books")

            with ThreadPoolExecutor() as pool:
                sellers = [
                    pool.submit(sell, portal, dispatcher, till, range(1, 501)) for till in tills
                ]
            for seller in sellers:
                seller.result()  # raises what went wrong in its thread
            portal.call(dispatcher.drain)
            print(f"{dispatcher.statistics().done} sales are in the books")

            for till in tills:
                _ = dispatcher.post(sale_made.event(till, Sale(501, 5)))
            print("closing time")
    for till in tills:
        sales = books.sales[till.name]
        numbers = [sale.number for sale in sales]
        print(
            f"{till.name}: {len(sales)} sales, {sum(sale.cents for sale in sales)} cents, "
            f"{'in order' if numbers == sorted(numbers) else 'in disorder'}"
        )


if __name__ == "__main__":
    main("trio" if sys.argv[1:] == ["trio"] else "asyncio")

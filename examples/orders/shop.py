"""The shop takes orders, and tells of each by a signal."""

from __future__ import annotations

from dataclasses import dataclass

from aldis import Outcomes, Results, Signal


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: str
    email: str
    item: str
    quantity: int


@dataclass(frozen=True, eq=False)
class Shop:
    name: str

    def place(self, order: OrderPlaced) -> Results[str]:
        """Take an order, unless a receiver raises: then those behind it are not called.

        Returns:
            The receivers, each with what it has done.

        Raises:
            OutOfStockError: there is too little of the item.
        """
        return order_placed.send(self, order)

    def record(self, order: OrderPlaced) -> Outcomes[str]:
        """Take in an order that stands already, so that each receiver has to hear of it.

        Returns:
            For each receiver what it has done, or what it raised.
        """
        return order_placed.send_robust(self, order)


order_placed = Signal[OrderPlaced, Shop, str](
    "order_placed", doc="A customer has ordered; receivers return what they have done."
)

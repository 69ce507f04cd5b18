"""The shop asks for a price before it takes an order, and tells of the order when it stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from aldis import Outcomes, Results, Signal


@dataclass(frozen=True, slots=True)
class Order:
    order_id: str
    email: str
    item: str
    quantity: int


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order: Order
    price: int  # in cents


class OrderRefusedError(Exception):
    """An order was not taken, and nothing has happened."""


class OutOfStockError(OrderRefusedError):
    def __init__(self, item: str, wanted: int, left: int) -> None:
        super().__init__(item, wanted, left)
        self.item = item
        self.wanted = wanted
        self.left = left

    def __str__(self) -> str:
        return f"{self.wanted} of {self.item} wanted, {self.left} left"


@dataclass(frozen=True, eq=False)
class Shop:
    name: str
    stock: Counter[str]

    def quote(self, order: Order) -> Results[int]:
        """Ask what an order would cost; a price that lacks a part is none, so `send` it is.

        Returns:
            The receivers, each with its part of the price.

        Raises:
            Exception: what a receiver raises, such as an `OrderRefusedError`.
        """
        return price_asked.send(self, order)

    def place(self, order: Order) -> Outcomes[str]:
        """Take an order: what can refuse it comes first, then the deed, then the news of it.

        The order stands whatever becomes of the news, so `send_robust` it is.

        Returns:
            For each receiver of the news what it has done, or what it raised.

        Raises:
            OutOfStockError: there is too little of the item.
            Exception: what `quote` raises. In each case nothing has happened.
        """
        price = sum(self.quote(order).values)
        self._reserve(order)
        return order_placed.send_robust(self, OrderPlaced(order, price))

    def _reserve(self, order: Order) -> None:
        left = self.stock[order.item]
        if order.quantity > left:
            raise OutOfStockError(order.item, order.quantity, left)
        self.stock[order.item] = left - order.quantity


price_asked = Signal[Order, Shop, int](
    "price_asked", doc="Receivers return a part of the price, or raise; they change nothing."
)
order_placed = Signal[OrderPlaced, Shop, str](
    "order_placed", doc="An order stands; receivers return what they have done."
)

"""What follows from an order: the customer gets a mail, the stock shrinks, the metrics grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from examples.orders.shop import OrderPlaced, Shop


class OutOfStockError(Exception):
    def __init__(self, item: str, wanted: int, left: int) -> None:
        super().__init__(item, wanted, left)
        self.item = item
        self.wanted = wanted
        self.left = left

    def __str__(self) -> str:
        return f"{self.wanted} of {self.item} wanted, {self.left} left"


class Mailer:
    def __init__(self) -> None:
        self.outbox: list[str] = []

    def confirm(self, shop: Shop, order: OrderPlaced) -> str:
        """Tell the customer that the order has arrived."""
        self.outbox.append(f"to {order.email}: {shop.name} thanks for order {order.order_id}")
        return f"mailed to {order.email}"


class Inventory:
    def __init__(self, stock: Mapping[str, int]) -> None:
        self.stock = Counter(stock)

    def reserve(self, _shop: Shop, order: OrderPlaced) -> str:
        """Set the goods aside.

        Raises:
            OutOfStockError: there are not enough of them; none is set aside then.
        """
        left = self.stock[order.item]
        if order.quantity > left:
            raise OutOfStockError(order.item, order.quantity, left)
        self.stock[order.item] -= order.quantity
        return f"reserved {order.quantity} of {order.item}"


class Metrics:
    def __init__(self) -> None:
        self.orders = Counter[str]()

    def count(self, shop: Shop, _order: OrderPlaced) -> str:
        """Count an order of a shop."""
        self.orders[shop.name] += 1
        return f"counted as order {self.orders[shop.name]}"

"""What a price is made of, and what follows from an order: a mail, a new supply, a count."""

from __future__ import annotations

from collections import Counter

from examples.orders.shop import Order, OrderPlaced, OrderRefusedError, Shop

PRICES = {"lamp": 1900}  # in cents
PARCEL = 490


def price_goods(_shop: Shop, order: Order) -> int:
    if order.item not in PRICES:
        raise OrderRefusedError(f"no {order.item} is sold here")
    return PRICES[order.item] * order.quantity


def price_parcel(_shop: Shop, _order: Order) -> int:
    return PARCEL


class Mailer:
    def __init__(self) -> None:
        self.outbox: list[str] = []

    def confirm(self, shop: Shop, placed: OrderPlaced) -> str:
        """Tell the customer that the order has arrived.

        Raises:
            ValueError: the address is none.
        """
        order = placed.order
        if "@" not in order.email:
            raise ValueError(f"{order.email} is no address")
        self.outbox.append(f"to {order.email}: {shop.name} thanks for order {order.order_id}")
        return f"mailed to {order.email}"


class Inventory:
    """Sees to it that a shop does not run out of what it sells."""

    def __init__(self, at_least: int) -> None:
        self.at_least = at_least
        self.wanted: list[str] = []

    def update(self, shop: Shop, placed: OrderPlaced) -> str:
        """Note an item of which too little is left."""
        item = placed.order.item
        left = shop.stock[item]
        if left >= self.at_least:
            return f"{left} of {item} left"
        self.wanted.append(item)
        return f"{left} of {item} left, more is wanted"


class Metrics:
    def __init__(self) -> None:
        self.orders = Counter[str]()

    def count(self, shop: Shop, _placed: OrderPlaced) -> str:
        """Count an order of a shop."""
        self.orders[shop.name] += 1
        return f"counted as order {self.orders[shop.name]}"

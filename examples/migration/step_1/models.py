"""What a shop is, and what an order is: all of the application that knows of no signal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Order:
    """An order; amounts are in cents."""

    order_id: str
    customer: str
    sku: str
    quantity: int
    total: int
    status: str = "placed"


@dataclass
class Shop:
    """A shop and its books: it is the sender of all signals, and receivers write to its books."""

    name: str
    prices: dict[str, int]
    stock: dict[str, int]
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    audit: list[str] = field(default_factory=list[str])
    outbox: list[str] = field(default_factory=list[str])
    points: Counter[str] = field(default_factory=Counter[str])
    wanted: set[str] = field(default_factory=set[str])
    troubles: list[str] = field(default_factory=list[str])


class OrderRefusedError(Exception):
    """Receivers had objections to an order."""

    def __init__(self, objections: list[str]) -> None:
        super().__init__(objections)
        self.objections = objections


class CarrierError(Exception):
    """A carrier does not take a parcel."""


def book_carrier(carrier: str, order_id: str) -> None:
    """Stand for the web service of a carrier; all but one of them are out of reach.

    Raises:
        CarrierError: it is out of reach.
    """
    if carrier != "post":
        raise CarrierError(f"{carrier} does not answer about {order_id}")

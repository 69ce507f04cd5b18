"""Receives what the shop tells of: stock, mail, loyalty, audit and metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

from flask import Flask

from examples.migration.step_3.models import Shop, book_carrier
from examples.migration.step_3.orders import check_stock
from examples.migration.step_3.signals import (
    Checkout,
    Parcel,
    order_cancelled,
    order_checking,
    order_paid,
    order_placed,
    order_shipped,
    stock_low,
)

# -- stock ---------------------------------------------------------------------------------------


@order_checking.connect
def object_to_empty_shelf(shop: Shop, checkout: Checkout) -> str | None:
    """Object when there is not enough of it."""
    left = shop.stock[checkout.sku]
    return f"there are only {left} of {checkout.sku}" if checkout.quantity > left else None


@order_placed.connect
def take_from_shelf(shop: Shop, *, order_id: str, **_: object) -> None:
    """Take the goods, which can leave too few."""
    order = shop.orders[order_id]
    shop.stock[order.sku] -= order.quantity
    check_stock(shop, order.sku)


@order_cancelled.connect
def put_back(shop: Shop, *, order_id: str, **_: object) -> None:
    """Have the goods again."""
    order = shop.orders[order_id]
    shop.stock[order.sku] += order.quantity


@stock_low.connect
def order_more(shop: Shop, *, sku: str, **_: object) -> None:
    """Put it on the list for the wholesaler."""
    shop.wanted.add(sku)


# -- what one shop alone has ---------------------------------------------------------------------


def limit_orders(shop: Shop, most: int) -> None:
    """Have one shop sell no more than so many at a time."""

    @order_checking.connect_via(shop, weak=False)
    def object_to_many(_shop: Shop, checkout: Checkout) -> str | None:
        return f"we sell {most} at a time" if checkout.quantity > most else None


# -- mail ----------------------------------------------------------------------------------------


@order_placed.connect
def mail_receipt(shop: Shop, *, order_id: str, customer: str, total: int, **_: object) -> None:
    """Tell the customer that the order has arrived."""
    shop.outbox.append(f"{customer}: thank you for {order_id}, it costs {total / 100:.2f}")


@order_shipped.connect
def mail_carrier(shop: Shop, parcel: Parcel) -> None:
    """Tell the customer who brings it."""
    shop.outbox.append(f"{parcel.customer}: {parcel.carrier} brings {parcel.order_id}")


@order_cancelled.connect
def mail_regrets(shop: Shop, *, order_id: str, customer: str, **_: object) -> None:
    """Tell the customer that nothing will come."""
    shop.outbox.append(f"{customer}: {order_id} is cancelled")


# -- carriers ------------------------------------------------------------------------------------


@order_shipped.connect
def book(_shop: Shop, parcel: Parcel) -> None:
    """Have the carrier come; who sends the signal sees to it that a failure stops no other."""
    book_carrier(parcel.carrier, parcel.order_id)


# -- loyalty -------------------------------------------------------------------------------------


@order_paid.connect
def add_points(shop: Shop, *, customer: str, total: int, **_: object) -> None:
    """Give a point for each whole coin."""
    shop.points[customer] += total // 100


# -- audit ---------------------------------------------------------------------------------------


def write_audit(shop: Shop, **payload: object) -> None:
    """Write down what has become of an order, and all that is told of it."""
    order = shop.orders[str(payload["order_id"])]
    told = ", ".join(f"{key} {value}" for key, value in sorted(payload.items()))
    shop.audit.append(f"{order.status}: {told}")


order_placed.connect(write_audit)
order_paid.connect(write_audit)
order_cancelled.connect(write_audit)


@order_shipped.connect
def write_parcel(shop: Shop, parcel: Parcel) -> None:
    """Write down that an order was shipped."""
    write_audit(shop, **asdict(parcel))


# -- metrics -------------------------------------------------------------------------------------


class Metrics:
    """Counts what happens in all shops; it receives for as long as somebody holds it."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        order_placed.connect(self.count_placed)
        order_paid.connect(self.count_paid)
        stock_low.connect(self.count_low)

    def count_placed(self, _shop: Shop, **_: object) -> None:
        """Count an order."""
        self.counts["placed"] += 1

    def count_paid(self, _shop: Shop, **_: object) -> None:
        """Count an order that was paid."""
        self.counts["paid"] += 1

    def count_low(self, _shop: Shop, **_: object) -> None:
        """Count how often little was left."""
        self.counts["low"] += 1

    def count_request(self, _app: Flask, **_: object) -> None:
        """Count a request; Flask tells of it."""
        self.counts["requests"] += 1

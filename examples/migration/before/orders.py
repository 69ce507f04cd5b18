"""Takes orders and tells of what happens to them: all that is sent is sent here."""

from __future__ import annotations

from examples.migration.before.models import Order, OrderRefusedError, Shop
from examples.migration.before.signals import (
    order_cancelled,
    order_checking,
    order_paid,
    order_placed,
    order_shipped,
    stock_low,
)

_LOW = 3


def place(shop: Shop, customer: str, sku: str, quantity: int) -> Order:
    """Accept an order.

    Raises:
        OrderRefusedError: there were objections.
    """
    answers = order_checking.send(shop, quantity=quantity, sku=sku)
    objections = sorted(str(answer) for _, answer in answers if answer is not None)
    if objections:
        raise OrderRefusedError(objections)
    order_id = f"{shop.name}-{len(shop.orders) + 1}"
    order = Order(order_id, customer, sku, quantity, total=shop.prices[sku] * quantity)
    shop.orders[order_id] = order
    order_placed.send(shop, order_id=order_id, customer=customer, total=order.total)
    return order


def pay(shop: Shop, order: Order) -> None:
    """Note that the money for an order has arrived."""
    order.status = "paid"
    order_paid.send(shop, customer=order.customer, total=order.total, order_id=order.order_id)


def ship(shop: Shop, order: Order, carrier: str) -> None:
    """Hand the goods to a carrier."""
    order.status = "shipped"
    order_shipped.send(shop, order_id=order.order_id, carrier=carrier, customer=order.customer)


def cancel(shop: Shop, order: Order, reason: str) -> None:
    """Take an order back."""
    order.status = "cancelled"
    order_cancelled.send(shop, order_id=order.order_id, customer=order.customer, reason=reason)


def check_stock(shop: Shop, sku: str) -> None:
    """Tell when little is left of something."""
    if shop.stock[sku] < _LOW and stock_low.has_receivers_for(shop):
        stock_low.send(shop, sku=sku, left=shop.stock[sku])

"""Tells people what they have to know: each hears one signal, and picks by its payload."""

from __future__ import annotations

from collections.abc import Callable

from examples.order_states.signals import (
    Order,
    Status,
    StatusEntered,
    StepTaken,
    status_entered,
    step_taken,
)

SendMail = Callable[[str, str], object]


class ShipmentNotice:
    def __init__(self, send_mail: SendMail) -> None:
        self._send_mail = send_mail

    @status_entered.receiver
    def tell_customer(self, order: Order, entered: StatusEntered) -> None:
        """Tell the customer that the order is on its way."""
        if entered.status is Status.SHIPPED:
            self._send_mail(order.email, f"{order.number} is on its way to {order.address}")


class CancellationAlert:
    def __init__(self, send_mail: SendMail) -> None:
        self._send_mail = send_mail

    @step_taken.receiver
    def tell_sales(self, order: Order, taken: StepTaken) -> None:
        """Tell sales that an order is off, and whether there is money to give back."""
        if taken.target is Status.CANCELLED:
            todo = "refund it" if taken.source is Status.PAID else "nothing was paid"
            self._send_mail("sales@example.org", f"{order.number} was cancelled: {todo}")

"""Take two orders through their steps, some of them denied: `python -m examples.order_states`."""

from __future__ import annotations

import logging
import sys

from aldis import connect_methods
from examples.order_states.log import OrderLog
from examples.order_states.machine import OrderMachine
from examples.order_states.notices import CancellationAlert, ShipmentNotice
from examples.order_states.signals import Order, Step


def main() -> None:
    receivers = OrderLog(make_logger()), ShipmentNotice(send_mail), CancellationAlert(send_mail)
    for each in receivers:
        connect_methods(each)

    order = Order("o-1", "ann@example.org")
    machine = OrderMachine(order)
    machine.take(Step.PAY)
    machine.take(Step.SHIP)
    order.address = "1 Harbour Street"
    machine.take(Step.SHIP)
    machine.take(Step.CANCEL)
    machine.take(Step.DELIVER)

    machine = OrderMachine(Order("o-2", "bob@example.org"))
    machine.take(Step.PAY)
    machine.take(Step.CANCEL)


def make_logger() -> logging.Logger:
    """Log to where the mails are printed; without times, so that the output stays the same."""
    logging.basicConfig(format="%(levelname)-7s %(message)s", stream=sys.stdout)
    logger = logging.getLogger("orders")
    logger.setLevel(logging.DEBUG)
    return logger


def send_mail(address: str, text: str) -> None:
    print(f"MAIL    to {address}: {text}")


if __name__ == "__main__":
    main()

"""Logs everything that happens to orders: a receiver for each signal."""

from __future__ import annotations

import logging

from examples.order_states.signals import (
    Order,
    StatusEntered,
    StatusLeft,
    StepDenied,
    StepTaken,
    status_entered,
    status_left,
    step_denied,
    step_taken,
)


class OrderLog:
    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    @status_left.receiver
    def log_left(self, order: Order, left: StatusLeft) -> None:
        """Log the status that an order is about to leave."""
        self._logger.debug("%s leaves %s", order.number, left.status.name)

    @status_entered.receiver
    def log_entered(self, order: Order, entered: StatusEntered) -> None:
        """Log the status that an order has from now on."""
        self._logger.debug("%s enters %s", order.number, entered.status.name)

    @step_taken.receiver
    def log_taken(self, order: Order, taken: StepTaken) -> None:
        """Log a step as a whole."""
        names = taken.source.name, taken.target.name
        self._logger.info("%s: %s, from %s to %s", order.number, taken.step.value, *names)

    @step_denied.receiver
    def log_denied(self, order: Order, denied: StepDenied) -> None:
        """Log a step that was not taken."""
        facts = denied.step.value, denied.status.name, denied.reason
        self._logger.warning("%s: no %s when %s, %s", order.number, *facts)

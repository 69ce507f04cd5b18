"""Turns the callbacks of `transitions` into signals: the only module that knows of it."""

from __future__ import annotations

import logging
from typing import TypeVar

from transitions import EventData, Machine, MachineError, State

from aldis import Signal
from examples.order_states.signals import (
    Order,
    Status,
    StatusEntered,
    StatusLeft,
    Step,
    StepDenied,
    StepTaken,
    status_entered,
    status_left,
    step_denied,
    step_taken,
)

PayloadT = TypeVar("PayloadT")

logger = logging.getLogger(__name__)


class OrderMachine:
    """Takes an order from status to status, and signals what comes of each step.

    An order has one machine: its steps wait there for each other.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._steps: list[Step] = []
        self._machine = Machine(
            model=None,  # to a model it would add a method for each step, which bypasses `take`
            states=[State(each, on_exit=self._leave, on_enter=self._enter) for each in Status],
            initial=None,  # the order has its status already
            model_attribute="status",
            auto_transitions=False,  # no ways but those below
            send_event=True,  # our methods are given the EventData
            after_state_change=self._tell_step,
        )
        add = self._machine.add_transition
        add(Step.PAY.value, Status.PLACED, Status.PAID)
        add(Step.SHIP.value, Status.PAID, Status.SHIPPED, conditions=self._has_address)
        add(Step.DELIVER.value, Status.SHIPPED, Status.DELIVERED)
        add(Step.CANCEL.value, [Status.PLACED, Status.PAID], Status.CANCELLED)

    def take(self, step: Step) -> None:
        """Take a step, or deny it; signals tell which.

        A step that a receiver takes waits until all have heard of the step before it.
        """
        self._steps.append(step)
        if len(self._steps) > 1:
            return
        try:
            for each in self._steps:  # which grows while receivers take more
                self._take_now(each)
        finally:
            self._steps.clear()

    def _take_now(self, step: Step) -> None:
        try:
            if self._machine.events[step.value].trigger(self._order):
                return
            denied = StepDenied(step, self._order.status, "condition not met")
        except MachineError:
            denied = StepDenied(step, self._order.status, "wrong status")
        self._send(step_denied, denied)

    def _has_address(self, _event: EventData) -> bool:
        return self._order.address is not None

    def _leave(self, event: EventData) -> None:
        self._send(status_left, StatusLeft(self._order.status, Step(event.event.name)))

    def _enter(self, event: EventData) -> None:
        self._send(status_entered, StatusEntered(self._order.status, Step(event.event.name)))

    def _tell_step(self, event: EventData) -> None:
        if event.transition is not None:  # which it never is once the status is another
            source, target = Status[event.transition.source], Status[event.state.name]
            self._send(step_taken, StepTaken(Step(event.event.name), source, target))

    def _send(self, signal: Signal[PayloadT, Order], payload: PayloadT) -> None:
        # What a receiver raised would stop the machine in the middle of a step.
        for error in signal.send_robust(self._order, payload).errors:
            logger.error("a receiver of %s failed", signal.name, exc_info=error)

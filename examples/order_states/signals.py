"""Declares what happens to an order: four signals, none of which knows of a state machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from aldis import Signal


class Status(Enum):
    PLACED = auto()
    PAID = auto()
    SHIPPED = auto()
    DELIVERED = auto()
    CANCELLED = auto()


class Step(Enum):
    PAY = "pay"
    SHIP = "ship"
    DELIVER = "deliver"
    CANCEL = "cancel"


# A signal is sent by the very order that it is about, so orders are the same only if they are one.
@dataclass(eq=False)
class Order:
    number: str
    email: str
    address: str | None = None
    status: Status = Status.PLACED


@dataclass(frozen=True, slots=True)
class StatusLeft:
    status: Status
    step: Step


@dataclass(frozen=True, slots=True)
class StatusEntered:
    status: Status
    step: Step


@dataclass(frozen=True, slots=True)
class StepTaken:
    step: Step
    source: Status
    target: Status


@dataclass(frozen=True, slots=True)
class StepDenied:
    step: Step
    status: Status
    reason: Literal["wrong status", "condition not met"]


status_left = Signal[StatusLeft, Order]("status_left")
status_entered = Signal[StatusEntered, Order]("status_entered")
step_taken = Signal[StepTaken, Order]("step_taken")
step_denied = Signal[StepDenied, Order]("step_denied")

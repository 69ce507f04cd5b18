"""Declares what happens in a shop; a shop is the sender of each signal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict, Unpack

from aldis import KeywordSignal, Signal
from aldis.blinker import Namespace
from examples.migration.step_3.models import Shop


@dataclass(frozen=True, slots=True)
class Checkout:
    sku: str
    quantity: int


class OrderPlaced(TypedDict):
    order_id: str
    customer: str
    total: int


class OrderPaid(TypedDict):
    customer: str
    total: int
    order_id: str


@dataclass(frozen=True, slots=True)
class Parcel:
    order_id: str
    carrier: str
    customer: str


class OrderCancelled(TypedDict):
    order_id: str
    customer: str
    reason: str


order_checking = Signal[Checkout, Shop, str | None](
    "order_checking", doc="An order is about to be accepted; receivers return objections."
)


@KeywordSignal
def order_placed(sender: Shop, /, **payload: Unpack[OrderPlaced]) -> None:
    """An order was accepted."""


@KeywordSignal
def order_paid(sender: Shop, /, **payload: Unpack[OrderPaid]) -> None:
    """The money has arrived."""


order_shipped = Signal[Parcel, Shop]("order_shipped", doc="A carrier is to take the goods.")


@KeywordSignal
def order_cancelled(sender: Shop, /, **payload: Unpack[OrderCancelled]) -> None:
    """The customer changed their mind."""


# One that has not moved yet: there is no hurry.
_signals = Namespace()
stock_low = _signals.signal("stock_low", doc="Little is left of something.")

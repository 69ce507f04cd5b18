"""Declares what happens in a shop; a shop is the sender of each signal."""

from __future__ import annotations

from typing import TypedDict, Unpack

from aldis import KeywordSignal
from aldis.blinker import Namespace
from examples.migration.step_2.models import Shop


class OrderChecking(TypedDict):
    quantity: int
    sku: str


class OrderPlaced(TypedDict):
    order_id: str
    customer: str
    total: int


class OrderPaid(TypedDict):
    customer: str
    total: int
    order_id: str


class OrderShipped(TypedDict):
    order_id: str
    carrier: str
    customer: str


class OrderCancelled(TypedDict):
    order_id: str
    customer: str
    reason: str


@KeywordSignal
def order_checking(sender: Shop, /, **payload: Unpack[OrderChecking]) -> None:
    """An order is about to be accepted; receivers return objections."""


@KeywordSignal
def order_placed(sender: Shop, /, **payload: Unpack[OrderPlaced]) -> None:
    """An order was accepted."""


@KeywordSignal
def order_paid(sender: Shop, /, **payload: Unpack[OrderPaid]) -> None:
    """The money has arrived."""


@KeywordSignal
def order_shipped(sender: Shop, /, **payload: Unpack[OrderShipped]) -> None:
    """A carrier is to take the goods."""


@KeywordSignal
def order_cancelled(sender: Shop, /, **payload: Unpack[OrderCancelled]) -> None:
    """The customer changed their mind."""


# One that has not moved yet: there is no hurry.
_signals = Namespace()
stock_low = _signals.signal("stock_low", doc="Little is left of something.")

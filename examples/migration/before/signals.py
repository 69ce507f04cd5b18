"""Declares what happens in a shop; a shop is the sender of each signal."""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

order_checking = _signals.signal(
    "order_checking", doc="An order is about to be accepted; receivers return objections."
)
order_placed = _signals.signal("order_placed", doc="An order was accepted.")
order_paid = _signals.signal("order_paid", doc="The money has arrived.")
order_shipped = _signals.signal("order_shipped", doc="A carrier is to take the goods.")
order_cancelled = _signals.signal("order_cancelled", doc="The customer changed their mind.")
stock_low = _signals.signal("stock_low", doc="Little is left of something.")

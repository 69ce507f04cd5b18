"""Aldis, the typed event bus: signals whose receivers and sends your type checker validates."""

from aldis._bound import BoundSignal
from aldis._connection import Connection
from aldis._dispatcher import Dispatcher
from aldis._event import Event
from aldis._keywords import KeywordSignal
from aldis._ledger import Statistics
from aldis._merging import stream
from aldis._methods import connect_methods, disconnect_methods
from aldis._namespace import Namespace
from aldis._outcome import Outcome, Outcomes, Results
from aldis._posted import Delivery
from aldis._signal import Signal
from aldis._stream import Stream
from aldis._types import ANY
from aldis.exceptions import (
    AldisError,
    AsyncReceiverError,
    DeliveryCancelledError,
    DispatcherFullError,
    LostReceiverWarning,
    PayloadMismatchError,
    ReceiverError,
    StreamLaggedError,
)

__all__ = [
    "ANY",
    "AldisError",
    "AsyncReceiverError",
    "BoundSignal",
    "Connection",
    "Delivery",
    "DeliveryCancelledError",
    "Dispatcher",
    "DispatcherFullError",
    "Event",
    "KeywordSignal",
    "LostReceiverWarning",
    "Namespace",
    "Outcome",
    "Outcomes",
    "PayloadMismatchError",
    "ReceiverError",
    "Results",
    "Signal",
    "Statistics",
    "Stream",
    "StreamLaggedError",
    "connect_methods",
    "disconnect_methods",
    "stream",
]

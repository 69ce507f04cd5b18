"""Aldis, the typed event bus: signals whose receivers and sends your type checker validates."""

from aldis._bound import BoundSignal
from aldis._connection import Connection
from aldis._event import Event
from aldis._keywords import KeywordSignal
from aldis._methods import connect_methods, disconnect_methods
from aldis._namespace import Namespace
from aldis._outcome import Outcome, Outcomes, Results
from aldis._signal import Signal
from aldis._types import ANY
from aldis.exceptions import (
    AldisError,
    AsyncReceiverError,
    LostReceiverWarning,
    PayloadMismatchError,
    ReceiverError,
)

__all__ = [
    "ANY",
    "AldisError",
    "AsyncReceiverError",
    "BoundSignal",
    "Connection",
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
    "connect_methods",
    "disconnect_methods",
]

"""Aldis, the typed event bus: signals whose receivers and sends your type checker validates."""

import sys
from typing import TYPE_CHECKING, Final

from aldis._bound import BoundSignal
from aldis._connection import Connection
from aldis._later import Later
from aldis._outcome import Outcome, Outcomes, Results
from aldis._signal import Signal
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

if TYPE_CHECKING:
    from aldis._dispatcher import Dispatcher
    from aldis._event import Event
    from aldis._keywords import KeywordSignal
    from aldis._ledger import Statistics
    from aldis._merging import stream
    from aldis._methods import connect_methods, disconnect_methods
    from aldis._namespace import Namespace
    from aldis._posted import Delivery
    from aldis._stream import Stream

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

# What not every program uses is imported when it is first looked up here (PEP 562): with all of it,
# `import aldis` takes half as long again, and twice as long with what that imports from outside.
_LATER: Final = {
    "Delivery": Later("aldis._posted"),
    "Dispatcher": Later("aldis._dispatcher"),
    "Event": Later("aldis._event"),
    "KeywordSignal": Later("aldis._keywords"),
    "Namespace": Later("aldis._namespace"),
    "Statistics": Later("aldis._ledger"),
    "Stream": Later("aldis._stream"),
    "connect_methods": Later("aldis._methods"),
    "disconnect_methods": Later("aldis._methods"),
    "stream": Later("aldis._merging"),
}

if not TYPE_CHECKING:  # pragma: no branch  # checkers would take it for leave to look up any name

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            text = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(text, name=name, obj=sys.modules[__name__])
        # Kept, so that it is looked up once; threads that come at once all find the same.
        found: object = getattr(_LATER[name], name)
        setattr(sys.modules[__name__], name, found)
        return found

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[__name__]), *__all__})

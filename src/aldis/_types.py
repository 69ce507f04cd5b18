"""Type variables and aliases: the words that every signature of Aldis is written in."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, ParamSpec

if TYPE_CHECKING:
    from typing import Protocol

if sys.version_info >= (3, 13):
    from typing import TypeVar
else:
    from typing_extensions import TypeVar

# A PEP 695 class parameter would be inferred as covariant; these classic ones keep a signal
# invariant, and the defaults of PEP 696 let `Signal[OrderPlaced]` stand for the common case.
PayloadT = TypeVar("PayloadT")
SenderT = TypeVar("SenderT", default=Any)
ResultT = TypeVar("ResultT", default=object)

PayloadT_co = TypeVar("PayloadT_co", covariant=True)
SenderT_co = TypeVar("SenderT_co", covariant=True, default=Any)
ResultT_co = TypeVar("ResultT_co", covariant=True, default=object)

EventT_co = TypeVar("EventT_co", covariant=True)
ReturnT = TypeVar("ReturnT")
P = ParamSpec("P")

AnyReceiver = Callable[..., object]
"""A receiver whose parameters no longer matter: it is shown, compared or described, not called."""


if TYPE_CHECKING:

    class Note(Protocol):
        """Puts an operation into a registry's queue."""

        def __call__(self, operation: object, /) -> None: ...


class AnySender(enum.Enum):
    """The type of `ANY`; it has that one member, so that a checker can tell it from a sender."""

    ANY = "ANY"

    def __repr__(self) -> str:
        return "ANY"

    __str__ = __repr__


ANY: Final = AnySender.ANY
"""Connects a receiver to every sender: the default of `connect`'s `sender`."""

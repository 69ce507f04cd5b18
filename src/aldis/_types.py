"""Type variables and aliases: the words that every signature of Aldis is written in."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, ParamSpec

if TYPE_CHECKING:
    from typing import Protocol

if TYPE_CHECKING:
    from typing_extensions import TypeVar
elif sys.version_info >= (3, 13):
    from typing import TypeVar
else:
    import typing

    # Made in the way of typing_extensions, which would take 7 ms to import, with the `inspect` that
    # it needs, where `import aldis` takes 14.
    def TypeVar(name: str, *, covariant: bool = False, **options: object) -> object:  # noqa: N802
        """Make a type variable, which can have a `default`."""
        made = typing.TypeVar(name, covariant=covariant)
        if "default" in options:
            default = made.__default__ = options["default"]
            made.has_default = lambda: True

            def fill_in(alias: Any, args: tuple[object, ...]) -> tuple[object, ...]:  # noqa: ANN401
                is_left_out = alias.__parameters__.index(made) == len(args)
                return (*args, default) if is_left_out else args

            # What `Signal[OrderPlaced]` asks of each parameter before it counts the arguments.
            made.__typing_prepare_subst__ = fill_in
        return made


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

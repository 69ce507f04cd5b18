"""Many signals under one name, each found by its own."""

from __future__ import annotations

from collections.abc import Iterator
from types import GenericAlias
from typing import Any, Final

from aldis._declared import show_apart
from aldis._signal import Signal
from aldis._types import PayloadT
from aldis.exceptions import PayloadMismatchError


class Namespace:
    """Keeps signals by name, for parts of a program that cannot import one another.

    The same name always gives the same signal. A namespace keeps its signals alive.

    Attributes:
        name: what stands before the names of its signals, or `None`.
    """

    __slots__ = ("__weakref__", "_signals", "name")

    def __init__(self, name: str | None = None) -> None:
        """Make an empty namespace.

        Args:
            name: what stands before the names of its signals.
        """
        self.name: Final = name
        self._signals: dict[str, Signal[Any, Any, Any]] = {}

    def signal(
        self, name: str, payload_type: type[PayloadT], *, doc: str | None = None
    ) -> Signal[PayloadT]:
        """Give the signal of a name, made when the name is asked for first.

        Args:
            name: the name within the namespace.
            payload_type: the type of its payload, a class; a signal for a union is declared with
                `Signal[A | B]()`.
            doc: what the signal stands for; only the first call's counts.

        Returns:
            The signal.

        Raises:
            PayloadMismatchError: the name is taken by a signal with another payload type.
        """
        found = self._signals.get(name)
        if found is None:
            full_name = name if self.name is None else f"{self.name}.{name}"
            made = Signal[PayloadT](full_name, doc=doc)
            made.__orig_class__ = GenericAlias(Signal, (payload_type,))
            # Atomic: of two threads that ask for a new name, both get the signal of the first.
            found = self._signals.setdefault(name, made)
        if found.payload_type != payload_type:
            asked, declared = show_apart(payload_type, found.payload_type)
            raise PayloadMismatchError(str(found.name), found=asked, declared=declared)
        return found

    def __iter__(self) -> Iterator[Signal[Any, Any, Any]]:
        """Go through the signals that were asked for so far, in the order of first asking."""
        return iter(tuple(self._signals.values()))

    def __repr__(self) -> str:
        """Name the namespace and its signals."""
        names = ", ".join(self._signals) or "no signals"
        return f"<Namespace {self.name!r}: {names}>"

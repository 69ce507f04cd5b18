"""The names of blinker's own module `base`, and its namespaces."""

from __future__ import annotations

from typing import Any, Protocol

from aldis._types import ANY as _ANY
from aldis.blinker._signal import NamedSignal, Signal
from aldis.blinker._views import ANY_ID

__all__ = [
    "ANY",
    "ANY_ID",
    "NamedSignal",
    "Namespace",
    "Signal",
    "default_namespace",
    "signal",
]


ANY: Any = _ANY
"""Stands for every sender; `aldis.ANY` under the type that blinker's users annotate it with."""


class Namespace(dict[str, NamedSignal]):
    """Signals by name."""

    def signal(self, name: str, doc: str | None = None) -> NamedSignal:
        """Give the signal of a name, made when it is first asked for.

        Args:
            name: its name.
            doc: the docstring of a new one.

        Returns:
            The same signal for the same name, in all threads.
        """
        if name not in self:
            self.setdefault(name, NamedSignal(name, doc))
        return self[name]


class _PNamespaceSignal(Protocol):
    """The type of `signal`."""

    def __call__(self, name: str, doc: str | None = None) -> NamedSignal: ...


default_namespace: Namespace = Namespace()
"""The namespace of `signal`."""

signal: _PNamespaceSignal = default_namespace.signal
"""Gives the signal of a name in `default_namespace`, made when it is first asked for."""

"""Many signals under one name, each found by its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from types import GenericAlias
from typing import Any, Final, Literal, cast, overload

from aldis._call import Call, Sending
from aldis._declared import is_same_type, show_apart
from aldis._inspection import describe
from aldis._middleware import Installed, Undo, check_middleware
from aldis._outcome import Outcomes, Results
from aldis._signal import Signal
from aldis._types import PayloadT
from aldis._uncopied import Uncopied
from aldis._wiring import install, uninstall
from aldis.exceptions import PayloadMismatchError, list_names, quote, shorten


class Namespace(Uncopied):
    """Keeps signals by name, for parts of a program that cannot import one another.

    The same name always gives the same signal. A namespace keeps its signals alive.

    Attributes:
        name: what stands before the names of its signals, or `None`.
    """

    __slots__ = ("__weakref__", "_installed", "_signals", "name")

    _called = "a Namespace"
    _instead = "keep it in a module, and refer to it there"

    def __init__(self, name: str | None = None) -> None:
        """Make an empty namespace.

        Args:
            name: what stands before the names of its signals.

        Raises:
            TypeError: the name is no text.
        """
        self.name: Final = None if name is None else _plain(name, "namespace")
        self._signals: dict[str, Signal[Any, Any, Any]] = {}
        self._installed: dict[Installed, None] = {}

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
            TypeError: the name is no text.
        """
        name = _plain(name, "signal")
        found = self._signals.get(name)
        if found is None:
            full_name = name if self.name is None else f"{self.name}.{name}"
            made = Signal[PayloadT](full_name, doc=doc)
            made.__orig_class__ = GenericAlias(Signal, (payload_type,))
            # Atomic: of two threads that ask for a new name, both get the signal of the first.
            found = self._signals.setdefault(name, made)
        if not is_same_type(found.payload_type, payload_type):
            asked, declared = show_apart(payload_type, found.payload_type)
            raise PayloadMismatchError(str(found.name), found=asked, declared=declared)
        # Only now that others can find it: who undoes a middleware looks for all that have it.
        for installed in tuple(self._installed):
            install(installed, found)
        return found

    @overload
    def use(
        self,
        middleware: Callable[[Call[Any, Any, Any]], Generator[None, Any, Any]],
        *,
        around: Literal["receiver"] = ...,
    ) -> Callable[[], None]: ...
    @overload
    def use(
        self,
        middleware: Callable[
            [Call[Any, Any, Any], Callable[[], Awaitable[Any]]], Coroutine[Any, Any, Any]
        ],
        *,
        around: Literal["receiver"] = ...,
    ) -> Callable[[], None]: ...
    @overload
    def use(
        self,
        middleware: Callable[
            [Sending[Any, Any]], Generator[None, Results[Any] | Outcomes[Any], None]
        ],
        *,
        around: Literal["sending"],
    ) -> Callable[[], None]: ...
    def use(
        self, middleware: Callable[..., Any], *, around: Literal["receiver", "sending"] = "receiver"
    ) -> Callable[[], None]:
        """Put a middleware around all signals of the namespace, those of later included.

        It stands outside of what the signals themselves use.

        Args:
            middleware: as for `Signal.use`.
            around: as for `Signal.use`.

        Returns:
            What undoes this very install, for all signals; called again, it does nothing.

        Raises:
            NotMiddlewareError: as for `Signal.use`.
            OptionError: as for `Signal.use`.
        """
        installed = check_middleware(middleware, around, inner=False)
        # First the table, then the signals: one that is made meanwhile looks into the table.
        self._installed[installed] = None
        install(installed, *self)
        # The signals may outlive the namespace, and only that one knows them all.
        uninstall_all = self._uninstall
        return Undo(lambda: uninstall_all, installed)

    def _uninstall(self, installed: Installed) -> None:
        self._installed.pop(installed, None)
        uninstall(installed, *self)

    def __iter__(self) -> Iterator[Signal[Any, Any, Any]]:
        """Go through the signals that were asked for so far, in the order of first asking."""
        return iter(tuple(self._signals.values()))

    def __repr__(self) -> str:
        """Name the namespace and its signals."""
        name = None if self.name is None else quote(self.name)
        names = list_names([shorten(each) for each in tuple(self._signals)]) or "no signals"
        return f"<Namespace {name}: {names}>"


def _plain(name: object, of: str) -> str:
    if not issubclass(type(name), str):
        raise TypeError(f"the name of a {of} is a str, not {describe(name)}; pass a str")
    return str.__str__(cast("str", name))  # a subclass has a say in all else

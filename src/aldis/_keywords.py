"""A signal whose payload is passed as keyword arguments: the bridge from blinker's habit."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Generic, overload

from aldis._async_delivery import await_each, try_each_async
from aldis._connectable import MISSING, Connectable
from aldis._connection import Options
from aldis._connector import KeywordConnector
from aldis._delivery import call_each, try_each
from aldis._methods import Marking
from aldis._outcome import Outcomes, Results
from aldis._prototype import read_prototype
from aldis._registry import Registry
from aldis._types import ANY, AnyReceiver, P, ReturnT
from aldis._untouched import name_of
from aldis.exceptions import quote


class KeywordSignal(Connectable[object], Generic[P]):
    """A signal that is sent with keyword arguments, as blinker's are, and statically checked.

    It is declared by a prototype function, which is never called::

        @KeywordSignal
        def order_placed(sender: object, /, **payload: Unpack[OrderPlaced]) -> None:
            "An order was accepted."

        order_placed.send(shop, order_id="o-1", total=Decimal("9.99"))

    Receivers take `(sender, **payload)`, or some keywords by name and `**rest` for what else there
    is and will be. It stays small: for concurrency, events, or typed results there is `Signal`.

    Attributes:
        name: the name of the prototype; in a class body, with that of the class.
        doc: the docstring of the prototype.
    """

    __slots__ = ("_named_by_class",)

    def __init__(self, prototype: Callable[P, object], /) -> None:
        """Declare a signal, used as `@KeywordSignal`.

        Args:
            prototype: a function `(sender, /, **payload)` or `(sender, /, *, key, ...)`.

        Raises:
            PrototypeError: it has another shape; a `TypeError`.
        """
        call = read_prototype(prototype)
        name = getattr(prototype, "__name__", None)
        super().__init__(name, inspect.getdoc(prototype), call)
        self._named_by_class = False

    def _make_registry(self) -> Registry:
        return Registry(_spread)

    # -- connecting ----------------------------------------------------------------------------

    @overload
    def connect(
        self,
        receiver: Callable[P, ReturnT],
        sender: object = ...,
        *,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Callable[P, ReturnT]: ...
    @overload
    def connect(
        self,
        *,
        sender: object = ...,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> KeywordConnector[P]: ...
    def connect(
        self,
        receiver: Any = MISSING,
        sender: object = ANY,
        *,
        weak: bool = True,
        once: bool = False,
        priority: int = 0,
        to_thread: bool = False,
    ) -> Any:
        """Connect a receiver, as a call, as `@signal.connect` or as `@signal.connect(weak=False)`.

        Args:
            receiver: called with `(sender, **payload)`; left out, a decorator is returned.
            sender: as for `Signal.connect`.
            weak: as for `Signal.connect`.
            once: as for `Signal.connect`.
            priority: as for `Signal.connect`.
            to_thread: as for `Signal.connect`.

        Returns:
            The receiver itself, or the decorator.

        Raises:
            ReceiverError: as for `Signal.connect`.
            OptionError: as for `Signal.connect`.
        """
        options = Options(weak, once, priority, to_thread)
        if receiver is MISSING:
            return KeywordConnector[P](partial(self._connect, sender=sender, options=options))
        self._connect(receiver, sender, options)
        return receiver

    def connect_via(
        self,
        sender: object,
        *,
        weak: bool = True,
        once: bool = False,
        priority: int = 0,
        to_thread: bool = False,
    ) -> KeywordConnector[P]:
        """Give a decorator that connects a receiver to one sender.

        Args:
            sender: as for `Signal.connect`.
            weak: as for `Signal.connect`, and with the same default.
            once: as for `Signal.connect`.
            priority: as for `Signal.connect`.
            to_thread: as for `Signal.connect`.

        Returns:
            A decorator; it raises what `connect` raises.
        """
        options = Options(weak, once, priority, to_thread)
        return KeywordConnector(partial(self._connect, sender=sender, options=options))

    def connected_to(
        self, receiver: Callable[P, object], sender: object = ANY
    ) -> AbstractContextManager[None]:
        """Connect a receiver for the length of a `with` block, as `Signal.connected_to` does.

        Args:
            receiver: as for `connect`.
            sender: as for `connect`.

        Returns:
            The context manager; entering it raises what `connect` raises.
        """
        return self._connected_to(receiver, sender)

    @property
    def receiver(self) -> Marking[P, object, object]:
        """Marks a method of a class for `connect_methods`, as `Signal.receiver` does."""
        return Marking(self, self._call)

    # -- sending -------------------------------------------------------------------------------

    # The parameters of the four sends are the prototype's, and nothing of ours can stand among
    # them: `self` is positional-only, so that every keyword is free for a payload.

    def send(self, /, *args: P.args, **kwargs: P.kwargs) -> Results[object]:
        """Call the receivers, one after another; the first exception propagates.

        Args:
            *args: the sender.
            **kwargs: the payload.

        Returns:
            The receivers that were called, each with what it returned, in order.

        Raises:
            AsyncReceiverError: as for `Signal.send`.
        """
        return self._run(call_each, _sender_of(args), kwargs)

    def send_robust(self, /, *args: P.args, **kwargs: P.kwargs) -> Outcomes[object]:
        """Call the receivers, one after another, whatever they raise.

        Args:
            *args: the sender.
            **kwargs: the payload.

        Returns:
            What came of each receiver, in order.

        Raises:
            AsyncReceiverError: as for `Signal.send_robust`.
        """
        return self._run(try_each, _sender_of(args), kwargs)

    async def send_async(self, /, *args: P.args, **kwargs: P.kwargs) -> Results[object]:
        """Call the receivers, sync and async ones alike, one after another.

        Args:
            *args: the sender.
            **kwargs: the payload.

        Returns:
            The receivers that were called, each with what it returned, in order.
        """
        return await self._run_async(await_each, _sender_of(args), kwargs)

    async def send_robust_async(self, /, *args: P.args, **kwargs: P.kwargs) -> Outcomes[object]:
        """Call the receivers, sync and async ones alike, one after another, whatever they raise.

        Args:
            *args: the sender.
            **kwargs: the payload.

        Returns:
            What came of each receiver, in order.
        """
        return await self._run_async(try_each_async, _sender_of(args), kwargs)

    # -- what else -----------------------------------------------------------------------------

    def __set_name__(self, owner: type, name: str) -> None:
        """Put the name of the class before the signal's own."""
        if not self._named_by_class:
            self._rename(f"{owner.__qualname__}.{name}")
            self._named_by_class = True

    def __repr__(self) -> str:
        """Name the signal, the call of its receivers and the number of its connections."""
        name = quote(self.name or "")
        count = sum(record.is_present() for record in self._registry.all_records())
        return f"<{name_of(type(self))} {name}, {self._call.shown}, connections {count}>"


def _sender_of(args: object) -> object:
    given = typing.cast("tuple[object, ...]", args)  # zuban takes `P.args` for no tuple
    if len(given) != 1:
        raise TypeError(
            f"a keyword signal is sent with one positional argument, the sender, and {len(given)} "
            f"were given; pass the payload by keyword"
        )
    return given[0]


def _call_spread(receiver: AnyReceiver, sender: object, payload: dict[str, Any]) -> object:
    return receiver(sender, **payload)


def _spread(_record: object, receiver: AnyReceiver) -> Callable[[Any, Any], object]:
    return partial(_call_spread, receiver)

"""The decorators that connect with options: what `connect(...)` and `connect_via(...)` return."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, ParamSpec, overload

from aldis._types import PayloadT, ResultT, ReturnT, SenderT

P = ParamSpec("P")


class Connector(Generic[PayloadT, SenderT, ResultT]):
    """Connects the function below it, and gives that same function back."""

    __slots__ = ("_connect",)

    def __init__(self, connect: Callable[[Any], object]) -> None:
        self._connect = connect

    # Three overloads, as for `Signal.connect`, whose comment says why.
    @overload
    def __call__(
        self: Connector[PayloadT, SenderT, object],
        receiver: Callable[[SenderT, PayloadT], ReturnT],
        /,
    ) -> Callable[[SenderT, PayloadT], ReturnT]: ...
    @overload
    def __call__(
        self, receiver: Callable[[SenderT, PayloadT], ResultT], /
    ) -> Callable[[SenderT, PayloadT], ResultT]: ...
    @overload
    def __call__(  # pyright: ignore[reportOverlappingOverload]
        self, receiver: Callable[[SenderT, PayloadT], Coroutine[Any, Any, ResultT]], /
    ) -> Callable[[SenderT, PayloadT], Coroutine[Any, Any, ResultT]]: ...
    @overload
    def __call__(
        self, receiver: Callable[[SenderT, PayloadT], ResultT | Awaitable[ResultT]], /
    ) -> Callable[[SenderT, PayloadT], ResultT]: ...
    def __call__(self, receiver: Any, /) -> Any:
        """Connect `receiver` with the options that were given, and return it.

        Raises:
            ReceiverError: it cannot be connected; nothing was changed.
        """
        self._connect(receiver)
        return receiver


class KeywordConnector(Generic[P]):
    """Connects the function below it to a keyword signal, and gives that same function back."""

    __slots__ = ("_connect",)

    def __init__(self, connect: Callable[[Any], object]) -> None:
        self._connect = connect

    def __call__(self, receiver: Callable[P, ReturnT], /) -> Callable[P, ReturnT]:
        """Connect `receiver` with the options that were given, and return it.

        Raises:
            ReceiverError: it cannot be connected; nothing was changed.
        """
        self._connect(receiver)
        return receiver

"""Putting middleware around the calls and the sendings of a signal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, Literal, overload

from aldis._call import Call, Sending
from aldis._connectable import Connectable
from aldis._outcome import Outcomes, Results
from aldis._types import PayloadT, ResultT, SenderT


class Wrappable(Connectable[SenderT], Generic[PayloadT, SenderT, ResultT]):
    """The part of a signal that has to do with middleware."""

    __slots__ = ()

    @overload
    def use(
        self,
        middleware: Callable[[Call[PayloadT, SenderT, ResultT]], Generator[None, ResultT, ResultT]],
        *,
        around: Literal["receiver"] = ...,
    ) -> Callable[[], None]: ...
    @overload
    def use(
        self,
        middleware: Callable[
            [Call[PayloadT, SenderT, ResultT], Callable[[], Awaitable[ResultT]]],
            Coroutine[Any, Any, ResultT],
        ],
        *,
        around: Literal["receiver"] = ...,
    ) -> Callable[[], None]: ...
    @overload
    def use(
        self,
        middleware: Callable[
            [Sending[PayloadT, SenderT]],
            Generator[None, Results[ResultT] | Outcomes[ResultT], None],
        ],
        *,
        around: Literal["sending"],
    ) -> Callable[[], None]: ...
    def use(
        self, middleware: Callable[..., Any], *, around: Literal["receiver", "sending"] = "receiver"
    ) -> Callable[[], None]:
        """Put a middleware around each call of a receiver, or around each sending.

        A generator function runs up to its `yield` before the call. The `yield` gives what the
        receiver returned, awaited in an async send, or raises what it raised; what the generator
        returns is the result. An async function gets `proceed` as well, awaits `proceed()` once, or
        not at all to skip the receiver, and returns the result; while one is installed, a sync send
        is refused. Around a sending, the `yield` gives what the sending gives, and what the
        generator returns counts for nothing.

        What was installed first is outermost. It is held strongly until it is undone. A change
        during a sending counts from the next sending on.

        Args:
            middleware: a generator function `(call)`, an async function `(call, proceed)`, or with
                `around="sending"` a generator function `(sending)`; a method, a partial or an
                object with such a `__call__` as well.
            around: what it is put around: each `"receiver"`, or the whole `"sending"`.

        Returns:
            What undoes this very install, from any thread; called again, it does nothing.

        Raises:
            NotMiddlewareError: it can be none; a `TypeError`. Nothing was changed.
            OptionError: `around` has another value; a `TypeError`.
        """
        return self._use(middleware, around)

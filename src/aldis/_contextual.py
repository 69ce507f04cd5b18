"""Awaiting a coroutine in a context of its own, whatever that of the task may be."""

from __future__ import annotations

import sys
from collections.abc import Coroutine, Generator
from contextvars import Context, ContextVar
from typing import Any, Generic, TypeVar, cast

_T_co = TypeVar("_T_co", covariant=True)


class InContext(Generic[_T_co]):
    """An awaitable that runs each step of a coroutine in a context.

    To its event loop the task is the one that awaits: timeouts, scopes and cancellations are that
    task's. A task for each coroutine would have a context of its own too, at several times the
    cost.
    """

    __slots__ = ("_context", "_coroutine")

    def __init__(self, context: Context, coroutine: Coroutine[Any, Any, _T_co]) -> None:
        self._context = context
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, _T_co]:
        coroutine, run = self._coroutine, self._context.run
        del self  # and with it the context, from the frame that an error's traceback will hold
        step: Any = coroutine.send
        argument: Any = None
        try:
            while True:
                try:
                    waits_for = run(step, argument)
                except StopIteration as end:
                    return cast("_T_co", end.value)  # kept in no local: see below
                try:
                    argument = yield waits_for
                    step = coroutine.send
                except GeneratorExit:
                    run(coroutine.close)
                    raise
                except BaseException as error:  # noqa: BLE001  # the coroutine's to deal with
                    step, argument = coroutine.throw, error
        finally:
            # An error's frames can lead here, from Python 3.13 on also those of one in the result.
            del coroutine, run, step, argument


class Adoption:
    """Makes contexts fit for the event loop that is running, whichever they were copied in.

    `sniffio`, where it is there, keeps the name of the async library in a context variable, and
    anyio goes by it: what was posted under another library would be taken for that one's.
    """

    __slots__ = ("_library", "_name")

    def __init__(self) -> None:
        sniffio: Any = sys.modules.get("sniffio")
        self._name: ContextVar[str | None] | None = None
        if sniffio is not None:
            self._name = sniffio.current_async_library_cvar
            self._library: str | None = sniffio.current_async_library()

    def adopt(self, context: Context) -> None:
        """Make a context fit."""
        name = self._name
        if name is not None and context.get(name) != self._library:
            context.run(name.set, self._library)

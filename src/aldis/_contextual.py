"""Awaiting a coroutine in a context of its own, whatever that of the task may be."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from contextvars import Context
from typing import Any, Generic, TypeVar

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
        step: Any = coroutine.send
        argument: Any = None
        while True:
            try:
                waits_for = run(step, argument)
            except StopIteration as end:
                result: _T_co = end.value
                return result
            try:
                argument = yield waits_for
                step = coroutine.send
            except GeneratorExit:
                run(coroutine.close)
                raise
            except BaseException as error:  # noqa: BLE001  # it is the coroutine's to deal with
                step, argument = coroutine.throw, error

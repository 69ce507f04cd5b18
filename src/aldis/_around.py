"""How middleware is stepped: opened before a call, and brought to its end with what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import suppress
from functools import partial
from types import CoroutineType, GeneratorType
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, cast

from aldis._call import Call, Sending
from aldis._connection import Record
from aldis._inspection import describe
from aldis._middleware import Installed, Layers
from aldis._plan import Plan
from aldis._types import AnyReceiver
from aldis.exceptions import AsyncReceiverError, MiddlewareError

_T = TypeVar("_T")
Deliver: TypeAlias = Callable[[Plan, "str | None", object, object], _T]

# Typed as Any: a checker would narrow to a coroutine or a generator of unknown types.
_COROUTINE: Final[Any] = CoroutineType
_GENERATOR: Final[Any] = GeneratorType
_PASSED: Final[Any] = object()
"""Stands for an error that a middleware let pass."""
IN_THREAD: Final = "leave out to_thread=True"
"""The mend for a receiver that gives its coroutine to middleware in a worker thread."""


class Opened(NamedTuple):
    """A middleware that waits at its `yield`."""

    installed: Installed
    generator: Generator[None, Any, Any]


def wrap(layers: Layers, record: Record, receiver: AnyReceiver) -> Callable[[Any, Any], object]:
    """Give what a sync send calls in a receiver's place."""
    return partial(call_within, layers, record, receiver)


def call_within(
    layers: Layers, record: Record, receiver: AnyReceiver, sender: object, payload: object
) -> object:
    """Call a receiver inside its middleware, in a sync send."""
    call = Call(layers.signal(), sender, payload, receiver, record)
    return call_here(layers.receivers, call)


def call_here(
    installed: Iterable[Installed], call: Call[Any, Any, Any], mend: str | None = None
) -> object:
    """Call a receiver inside middleware where nothing can be awaited."""
    opened: list[Opened] = []
    try:
        enter(installed, call, opened)
        value: Any = call.receiver(call.sender, call.payload)
        if type(value) is _COROUTINE:
            raise refuse_coroutine(value, call.receiver, call.signal.name, mend)
    except BaseException as error:  # noqa: BLE001  # each middleware sees it, and may raise it again
        return leave(opened, None, error)
    return leave(opened, value)


def refuse_coroutine(
    coroutine: Any,  # noqa: ANN401  # its caller has seen what it is
    receiver: object,
    signal: str | None,
    mend: str | None = None,
) -> AsyncReceiverError:
    """Close a coroutine that nobody can await, and make the error that says so."""
    coroutine.close()  # it has not begun, so that nothing of it runs
    error = AsyncReceiverError(signal, [describe(receiver)], started=True)
    if mend is not None:
        error.mend = mend
    return error


def send_within(
    deliver: Deliver[_T], plan: Plan, signal: str | None, sender: object, payload: object
) -> _T:
    """Deliver inside the middleware around the sending."""
    opened: list[Opened] = []
    try:
        if plan.layers is not None:
            enter(plan.layers.sendings, _sending(plan.layers, sender, payload), opened)
        result = deliver(plan, signal, sender, payload)
    except BaseException as error:  # noqa: BLE001  # it is raised again
        return cast("_T", leave(opened, None, error, replaces=False))
    try:
        return cast("_T", leave(opened, result, replaces=False))
    finally:
        del result  # tracebacks of the errors in outcomes lead to this frame, as in `try_each`


async def await_within(
    deliver: Deliver[Awaitable[_T]], plan: Plan, signal: str | None, sender: object, payload: object
) -> _T:
    """Deliver inside the middleware around the sending, which is stepped in this task."""
    opened: list[Opened] = []
    try:
        if plan.layers is not None:
            enter(plan.layers.sendings, _sending(plan.layers, sender, payload), opened)
        result = await deliver(plan, signal, sender, payload)
    except BaseException as error:  # noqa: BLE001  # it is raised again
        return cast("_T", leave(opened, None, error, replaces=False))
    try:
        return cast("_T", leave(opened, result, replaces=False))
    finally:
        del result  # tracebacks of the errors in outcomes lead to this frame, as in `try_each`


def _sending(layers: Layers, sender: object, payload: object) -> Sending[Any, Any]:
    return Sending(layers.signal(), sender, payload)


def enter(installed: Iterable[Installed], subject: object, opened: list[Opened]) -> None:
    """Run middleware up to its `yield`, outermost first, noting each as soon as it waits there."""
    for each in installed:
        generator: Any = each.middleware(subject)
        if type(generator) is not _GENERATOR:
            if type(generator) is _COROUTINE:
                generator.close()
            raise MiddlewareError(describe(each.middleware), found="did not return a generator")
        try:
            next(generator)
        except StopIteration:
            raise MiddlewareError(describe(each.middleware), found="did not yield") from None
        opened.append(Opened(each, generator))


def leave(
    opened: list[Opened],
    value: object,
    error: BaseException | None = None,
    *,
    replaces: bool = True,
) -> object:
    """Bring middleware to its end, innermost first, with what was returned or raised.

    Unless it `replaces`, what it returns counts for nothing, and what was raised is raised again.
    """
    try:
        while opened:
            last = opened.pop()
            try:
                given = _finish(last, value) if error is None else _throw(last, error)
            except BaseException as other:  # noqa: BLE001  # it goes on outwards in its place
                error = other
            else:
                if replaces and given is not _PASSED:
                    value, error = given, None
        if error is not None:
            raise error
        return value
    finally:
        del error  # its traceback holds this frame


def _finish(opened: Opened, value: object) -> object:
    try:
        opened.generator.send(value)
    except StopIteration as stop:
        return stop.value
    raise _yielded_twice(opened)


def _throw(opened: Opened, error: BaseException) -> object:
    """Throw an error into a middleware; give what it returns instead, if it does."""
    traceback = error.__traceback__
    try:
        opened.generator.throw(error)
    except StopIteration as stop:
        return stop.value
    except BaseException as other:
        # What leaves a generator is never a StopIteration: Python makes a RuntimeError of it.
        if other is not error and not (
            type(other) is RuntimeError
            and isinstance(error, StopIteration)
            and other.__cause__ is error
        ):
            raise
        error.__traceback__ = traceback  # without the way through the middleware
        return _PASSED
    else:
        raise _yielded_twice(opened) from error
    finally:
        del error  # should another one be raised, its traceback holds this frame


def _yielded_twice(opened: Opened) -> MiddlewareError:
    with suppress(Exception):  # it is not to hide what is wrong with it
        opened.generator.close()
    return MiddlewareError(describe(opened.installed.middleware), found="yielded twice")

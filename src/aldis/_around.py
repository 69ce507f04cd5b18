"""How middleware is stepped: opened before a call, and brought to its end with what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import suppress
from functools import partial
from types import CoroutineType, GeneratorType
from typing import Any, Final, TypeAlias, TypeVar, cast

from aldis._call import Call, Sending
from aldis._cancellation import notice
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
_set_context: Final[Any] = BaseException.__dict__["__context__"].__set__
IN_THREAD: Final = (
    "nothing can await it inside of middleware in a worker thread; leave out to_thread=True"
)
"""The mend for a receiver that gives its coroutine to middleware in a worker thread."""


Opened: TypeAlias = tuple[Installed, Generator[None, Any, Any]]
"""A middleware that waits at its `yield`: a plain tuple, since one is made for each call."""


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
        raised = error
    else:
        return leave(opened, value)
    try:
        return leave(opened, None, raised)  # out of the `except`: one may recover from it
    finally:
        del raised  # whose traceback holds this frame


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
    result = raised = None
    try:
        if plan.layers is not None:
            enter(plan.layers.sendings, _sending(plan.layers, sender, payload), opened)
        result = deliver(plan, signal, sender, payload)
    except BaseException as error:  # noqa: BLE001  # it is raised again
        raised = error
    try:
        return cast("_T", leave(opened, result, raised, replaces=False))
    finally:
        del result, raised  # tracebacks of errors lead to this frame, as in `try_each`


async def await_within(
    deliver: Deliver[Awaitable[_T]], plan: Plan, signal: str | None, sender: object, payload: object
) -> _T:
    """Deliver inside the middleware around the sending, which is stepped in this task."""
    opened: list[Opened] = []
    kept: list[Installed] = []
    result = raised = None
    try:
        if plan.layers is not None:
            enter(plan.layers.sendings, _sending(plan.layers, sender, payload), opened)
        result = await deliver(plan, signal, sender, payload)
    except BaseException as error:  # noqa: BLE001  # it is raised again
        raised = error
    try:
        return cast("_T", leave(opened, result, raised, replaces=False, kept=kept))
    except BaseException as error:
        if kept and error is raised and not issubclass(type(error), Exception):
            # A scope in it knew its own cancellation again: raised outside of it, that one would
            # end the task without a word.
            await notice()
            found = "kept a cancellation, so that there is nothing to return"
            raise MiddlewareError(describe(kept[0].middleware), found=found) from None
        raise
    finally:
        del result, raised  # tracebacks of errors lead to this frame, as in `try_each`


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
        opened.append((each, generator))


def leave(
    opened: list[Opened],
    value: Any,  # noqa: ANN401  # whatever a receiver returned
    error: BaseException | None = None,
    *,
    replaces: bool = True,
    kept: list[Installed] | None = None,
) -> object:
    """Bring middleware to its end, innermost first, with what was returned or raised.

    Unless it `replaces`, what it returns counts for nothing, and what was raised is raised again;
    who did not let it pass is noted in `kept`.
    """
    context = raised = None
    try:
        while opened:
            installed, generator = opened.pop()
            returned, result, raised = _end(installed, generator, value, error)
            if not returned:
                error = raised
            elif replaces:
                value, error = _result_of(installed, result)
            elif kept is not None and error is not None:
                kept.append(installed)
        if error is None:
            return value
        context = error.__context__
        try:
            raise error
        except BaseException:
            # Not what is being handled here, which is only a part. An exception may be frozen.
            _set_context(error, context)
            raise
    finally:
        del error, raised, context  # tracebacks lead to this frame


def _end(
    installed: Installed,
    generator: Generator[None, Any, Any],
    value: object,
    error: BaseException | None,
) -> tuple[bool, Any, BaseException | None]:
    """Bring one middleware to its end; give whether it returned, and what it returned or raised."""
    traceback = None if error is None else error.__traceback__
    try:
        if error is None:
            generator.send(value)
        else:
            generator.throw(error)
    except StopIteration as stop:
        return True, stop.value, None
    except BaseException as other:  # noqa: BLE001  # it goes on outwards
        if error is None or not _is_passed(error, other):
            return False, None, other
        return False, None, error.with_traceback(traceback)  # without the way through it
    else:
        return False, None, _fail_to_end(installed, generator, error)
    finally:
        del error, traceback  # as above


def _result_of(installed: Installed, value: Any) -> tuple[object, BaseException | None]:  # noqa: ANN401
    if type(value) is not _COROUTINE:
        return value, None
    value.close()  # nobody would await it
    return None, MiddlewareError(describe(installed.middleware), found="returned a coroutine")


def _is_passed(thrown: BaseException, raised: BaseException) -> bool:
    """Tell whether a middleware let pass what was thrown into it."""
    # Python makes a RuntimeError of a StopIteration that would leave a generator.
    return raised is thrown or (
        type(raised) is RuntimeError
        and issubclass(type(thrown), StopIteration)
        and raised.__cause__ is thrown
    )


def _fail_to_end(
    installed: Installed, generator: Generator[None, Any, Any], cause: BaseException | None
) -> MiddlewareError:
    with suppress(Exception):  # it is not to hide what is wrong with it
        generator.close()
    error = MiddlewareError(describe(installed.middleware), found="yielded twice")
    error.__cause__ = cause
    return error

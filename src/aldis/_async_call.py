"""How one receiver is called in an async send: here or in a thread, and inside its middleware."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from types import CoroutineType, GeneratorType
from typing import Any, TypeGuard, cast

from aldis._around import IN_THREAD, Opened, call_here, enter, leave
from aldis._call import Call
from aldis._callee import CO_ITERABLE_COROUTINE
from aldis._connection import Record
from aldis._inspection import describe
from aldis._middleware import Installed, Layers
from aldis._plan import Plan
from aldis._types import AnyReceiver
from aldis._untouched import look_up
from aldis.exceptions import MiddlewareError

# anyio is imported where it is first needed, as `_cancellation` says.


def call_receiver(
    plan: Plan, record: Record, receiver: AnyReceiver, sender: object, payload: object
) -> object:
    """Call a receiver, here or in a thread; what comes back may have to be awaited."""
    adapt, call = plan.adapt, receiver
    if adapt is not None:
        if plan.layers is not None:
            return _call_within(plan.layers, record, receiver, sender, payload)
        call = adapt(record, receiver)
    if record.options.to_thread:
        return _call_in_thread(call, sender, payload)
    return call(sender, payload)


def _call_within(
    layers: Layers, record: Record, receiver: AnyReceiver, sender: object, payload: object
) -> object:
    """Call a receiver inside its middleware; a coroutine steps that in the task that awaits it."""
    call = Call(layers.signal(), sender, payload, receiver, record)
    if layers.asyncs or record.is_async:
        return _await_within(layers.receivers, call, record)
    if record.options.to_thread:
        return _call_in_thread(call_here, layers.receivers, call, IN_THREAD)
    opened: list[Opened] = []
    try:
        enter(layers.receivers, call, opened)
        value = receiver(sender, payload)
    except BaseException as error:  # noqa: BLE001  # each middleware sees it, and may raise it again
        raised = error
    else:
        return _await_opened(opened, value) if is_awaitable(value) else leave(opened, value)
    try:
        return leave(opened, None, raised)
    finally:
        del raised  # whose traceback holds this frame


async def _await_within(
    installed: tuple[Installed, ...], call: Call[Any, Any, Any], record: Record
) -> object:
    """Call a receiver and await it inside middleware, which is stepped in this task."""
    opened: list[Opened] = []
    try:
        place = next((place for place, each in enumerate(installed) if each.is_async), None)
        if place is not None:
            enter(installed[:place], call, opened)
            inner = partial(_await_within, installed[place + 1 :], call, record)
            value = await _await_async(installed[place], call, Step(installed[place], inner))
        elif record.options.to_thread:
            value = await _call_in_thread(call_here, installed, call, IN_THREAD)
        else:
            enter(installed, call, opened)
            value = call.receiver(call.sender, call.payload)
            if is_awaitable(value):
                value = await value
    except BaseException as error:  # noqa: BLE001  # each middleware sees it, and may raise it again
        raised = error
    else:
        return leave(opened, value)
    try:
        return leave(opened, None, raised)
    finally:
        del raised  # whose traceback holds this frame


async def _await_opened(opened: list[Opened], awaitable: Awaitable[object]) -> object:
    try:
        value = await awaitable
    except BaseException as error:  # noqa: BLE001  # each middleware sees it, and may raise it again
        raised = error
    else:
        return leave(opened, value)
    try:
        return leave(opened, None, raised)
    finally:
        del raised  # whose traceback holds this frame


async def _await_async(installed: Installed, call: Call[Any, Any, Any], step: Step) -> object:
    """Await an async middleware, and see to it that it does not leave its call lying about."""
    try:
        awaitable = installed.middleware(call, step)
        if not is_awaitable(awaitable):
            raise MiddlewareError(describe(installed.middleware), found="returned no awaitable")
        value = await awaitable
    finally:
        forgotten = step.end()
    if forgotten:
        found = "called proceed() without awaiting it to its end"
        raise MiddlewareError(describe(installed.middleware), found=found)
    return value


class Step:
    """What an async middleware gets as `proceed`: the call that it stands around, for one use."""

    __slots__ = ("_coroutine", "_inner", "_installed")

    def __init__(
        self, installed: Installed, inner: Callable[[], Coroutine[Any, Any, object]]
    ) -> None:
        self._installed = installed
        self._inner: Callable[[], Coroutine[Any, Any, object]] | None = inner
        self._coroutine: Coroutine[Any, Any, object] | None = None

    def __call__(self) -> Awaitable[Any]:
        """Make the call, to be awaited.

        Raises:
            MiddlewareError: it was made before, or the middleware has ended.
        """
        inner, self._inner = self._inner, None
        if inner is None:
            found = "called proceed() twice, or after its own end"
            raise MiddlewareError(describe(self._installed.middleware), found=found)
        self._coroutine = inner()
        return self._coroutine

    def end(self) -> bool:
        """Allow no call any more; tell whether one was made and not awaited to its end."""
        coroutine, self._inner, self._coroutine = self._coroutine, None, None
        if coroutine is None:
            return False
        # Long loaded, by what awaits; `_signatures` says why not above.
        from inspect import CORO_CLOSED, CORO_CREATED, getcoroutinestate  # noqa: PLC0415

        state = getcoroutinestate(coroutine)
        if state == CORO_CREATED:
            coroutine.close()
        return state != CORO_CLOSED


async def _call_in_thread(call: Callable[..., object], *arguments: object) -> object:
    import anyio  # noqa: PLC0415  # see above

    outcomes: list[tuple[object, BaseException | None]] = []
    try:
        # A task of its own: its shield against cancellation, which has the thread waited for, also
        # holds against `Task.cancel()` on the task of the sending.
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_run_in_thread, outcomes, call, arguments)
        value, error = outcomes[0]
        if error is not None:
            raise error
        return await value if is_awaitable(value) else value
    except BaseException:
        for value, _ in outcomes:
            if type(value) is CoroutineType:
                value.close()  # of no effect on one that was awaited
        raise
    finally:
        del outcomes  # with the error in it, whose traceback holds this frame
        value = error = None


async def _run_in_thread(
    outcomes: list[tuple[object, BaseException | None]],
    call: Callable[..., object],
    arguments: tuple[object, ...],
) -> None:
    from anyio import to_thread  # noqa: PLC0415  # see above

    # anyio runs it in a copy of the context.
    outcomes.append(await to_thread.run_sync(_try, call, arguments))


def _try(
    call: Callable[..., object], arguments: tuple[object, ...]
) -> tuple[object, BaseException | None]:
    try:
        return call(*arguments), None
    except BaseException as error:  # noqa: BLE001  # it is raised again in the task of the sending
        return None, error


def is_awaitable(value: object) -> TypeGuard[Awaitable[Any]]:
    """Tell whether a result has to be awaited."""
    # By the type alone: asking the value would run its `__getattr__` or `__class__`.
    kind = type(value)
    if kind is CoroutineType:
        return True
    # Nor is the type asked where it has a metaclass with a say in that.
    if hasattr(kind, "__await__") if type(kind) is type else look_up(kind, "__await__"):
        return True
    if kind is not GeneratorType:
        return False
    return bool(cast("Any", value).gi_code.co_flags & CO_ITERABLE_COROUTINE)

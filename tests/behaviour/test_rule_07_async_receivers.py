"""Rule 7: what counts as async, and what happens to it under `send` and `send_async`."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
import types
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial, wraps
from typing import Any
from unittest.mock import AsyncMock, create_autospec

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import AldisError, AsyncReceiverError, KeywordSignal, Signal
from tests.behaviour.recording import (
    Calls,
    Shop,
    Way,
    in_each_async_way,
    nothing_unawaited,
)
from tests.interpreters import needs_refcounting

SHOP = Shop()


async def coroutine_function(sender: object, payload: int) -> str:
    """Receive, in an async way."""
    await checkpoint()
    return "async"


async def with_more(more: object, sender: object, payload: int) -> str:
    """Receive, with something before it."""
    await checkpoint()
    return "async"


@types.coroutine
def generator_based(sender: object, payload: int) -> Generator[Any, Any, str]:
    """Receive, in the oldest of async ways."""
    yield from checkpoint().__await__()
    return "async"


def plain(sender: object, payload: int) -> str:
    """Receive, in a sync way."""
    return "plain"


class AsyncCallable:
    """An object with an async `__call__`."""

    async def __call__(self, sender: object, payload: int) -> str:
        """Receive, in an async way."""
        await checkpoint()
        return "async"


class InheritedAsyncCallable(AsyncCallable):
    """An object whose async `__call__` is inherited."""


class Owner:
    """An owner of async methods of every kind."""

    async def method(self, sender: object, payload: int) -> str:
        """Receive, as a method."""
        await checkpoint()
        return "async"

    @classmethod
    async def class_method(cls, sender: object, payload: int) -> str:
        """Receive, as a class method."""
        await checkpoint()
        return "async"

    @staticmethod
    async def static_method(sender: object, payload: int) -> str:
        """Receive, as a static method."""
        await checkpoint()
        return "async"


def wrapped_in_async(function: Callable[..., object]) -> Callable[[object, int], Any]:
    """Wrap in an async function that says that it is the plain one."""

    @wraps(function)
    async def wrapper(sender: object, payload: int) -> str:
        await checkpoint()
        return "async"

    return wrapper


def wrapped_in_sync(function: Callable[..., Any]) -> Callable[[object, int], Any]:
    """Wrap in a sync function that says that it is the async one."""

    @wraps(function)
    def wrapper(sender: object, payload: int) -> object:
        return function(sender, payload)

    return wrapper


OWNER = Owner()
ASYNC: dict[str, Any] = {
    "coroutine function": coroutine_function,
    "generator-based coroutine": generator_based,
    "callable object": AsyncCallable(),
    "inherited callable object": InheritedAsyncCallable(),
    "bound method": OWNER.method,
    "class method": Owner.class_method,
    "static method": Owner.static_method,
    "static method object": Owner.__dict__["static_method"],
    "bound __call__": AsyncCallable().__call__,
    "partial": partial(with_more, "more"),
    "partial without arguments": partial(coroutine_function),
    "partial of a partial": partial(partial(with_more, "more")),
    "partial of a method": partial(OWNER.method),
    "partial of a callable object": partial(AsyncCallable()),
    "wrapped in an async function": wrapped_in_async(plain),
}
if sys.version_info >= (3, 12):

    @inspect.markcoroutinefunction
    def marked(sender: object, payload: int) -> Coroutine[Any, Any, str]:
        """Receive, as a function that says that it is async."""
        return coroutine_function(sender, payload)

    class MarkedCallable:
        """An object that says that it is async."""

        def __call__(self, sender: object, payload: int) -> Coroutine[Any, Any, str]:
            """Receive."""
            return coroutine_function(sender, payload)

    ASYNC["marked function"] = marked
    ASYNC["partial of a marked function"] = partial(marked)
    ASYNC["marked object"] = inspect.markcoroutinefunction(MarkedCallable())
    ASYNC["bound marked method"] = types.MethodType(
        inspect.markcoroutinefunction(lambda self, sender, payload: coroutine_function(1, 2)),
        SHOP,
    )

SYNC_RETURNING_COROUTINES: dict[str, Any] = {
    "function": lambda sender, payload: coroutine_function(sender, payload),
    "wrapped in a sync function": wrapped_in_sync(coroutine_function),
    "async mock": AsyncMock(return_value="async"),
    "autospec": create_autospec(coroutine_function, return_value="async"),
}


# -- what is async -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ASYNC)
def test_send_refuses_what_is_known_to_be_async(kind: str) -> None:
    """`send` with an async receiver raises before any receiver has run (A1)."""
    signal, calls = Signal[int]("order_placed"), Calls()
    signal.connect(calls.receiver("first"), priority=1)
    signal.connect(ASYNC[kind], weak=False)
    for send in (signal.send, signal.send_robust):
        with nothing_unawaited(), pytest.raises(AsyncReceiverError) as caught:
            send(SHOP, 1)
        assert not caught.value.started

    assert calls.names == []


@pytest.mark.anyio
@in_each_async_way
async def test_send_async_awaits_what_is_known_to_be_async(way: Way) -> None:
    """Each form of async receiver is awaited (A2)."""
    with nothing_unawaited():
        for kind, receiver in ASYNC.items():
            signal = Signal[int]()
            signal.connect(receiver, weak=False)
            assert await way(signal, SHOP, 1) == ("async",), kind


@pytest.mark.parametrize("kind", ASYNC)
def test_a_connection_says_that_it_is_async(kind: str) -> None:
    """Whether a receiver is async is settled at connect and can be read."""
    signal = Signal[int]()
    signal.connect(ASYNC[kind], weak=False)
    signal.connect(plain)

    assert {each.receiver: each.is_async for each in signal.connections} == {
        ASYNC[kind]: True,
        plain: False,
    }


def test_wrapped_is_never_followed() -> None:
    """A wrapper is what it is itself, not what `__wrapped__` says."""
    signal = Signal[int]()
    around_async, around_sync = wrapped_in_sync(coroutine_function), wrapped_in_async(plain)
    signal.connect(around_async)
    signal.connect(around_sync)

    assert [each.is_async for each in signal.connections] == [False, True]


def test_a_sync_call_of_a_class_with_async_instances_is_sync() -> None:
    """A class as a receiver makes instances; that those are async callables is another matter."""
    signal = Signal[int]()

    class Made:
        def __init__(self, sender: object, payload: int) -> None: ...

        async def __call__(self) -> None: ...

    signal.connect(Made)

    ((_, value),) = signal.send(SHOP, 1)
    assert type(value) is Made


def test_an_instance_attribute_does_not_make_an_object_async() -> None:
    """Python calls the `__call__` of the class, so that one decides."""
    signal = Signal[int]()

    class Counter:
        def __call__(self, sender: object, payload: int) -> str:
            return "plain"

    counter = Counter()
    counter.__dict__["__call__"] = coroutine_function
    signal.connect(counter)

    assert signal.send(SHOP, 1).values == ("plain",)


# -- refused by send ---------------------------------------------------------------------------


def test_the_refusal_names_every_async_receiver_and_the_mend() -> None:
    """All async receivers of the sending are named, and how to send instead."""
    signal = Signal[int]("order_placed")
    signal.connect(coroutine_function)
    signal.connect(OWNER.method)
    signal.connect(plain)
    with pytest.raises(AsyncReceiverError) as caught:
        signal.send(SHOP, 1)

    text = str(caught.value)
    assert "coroutine_function" in text
    assert "Owner.method" in text
    assert "plain" not in text
    assert "order_placed" in text
    assert text.endswith("use await send_async(...), or send_robust_async(...)")
    assert len(caught.value.receivers) == 2
    assert caught.value.signal == "order_placed"


def test_the_refusal_is_a_runtime_error() -> None:
    """Code that knows blinker's error catches it as the same."""
    assert issubclass(AsyncReceiverError, RuntimeError)
    assert issubclass(AsyncReceiverError, AldisError)


def test_an_async_receiver_for_another_sender_refuses_nothing() -> None:
    """Only the receivers of this very sending count."""
    signal, calls, other = Signal[int](), Calls(), Shop()
    signal.connect(coroutine_function, other)
    signal.connect(calls.receiver("receiver"))

    assert signal.send(SHOP, 1).values == ("receiver",)
    with pytest.raises(AsyncReceiverError):
        signal.send(other, 1)


@needs_refcounting
def test_a_disconnected_or_dead_async_receiver_refuses_nothing() -> None:
    """What is gone needs no async sending."""
    signal = Signal[int]()
    owner = Owner()
    signal.connect(coroutine_function)
    signal.connect(owner.method)
    signal.disconnect(coroutine_function)
    del owner

    assert signal.send(SHOP, 1).values == ()


def test_a_used_up_async_receiver_refuses_nothing() -> None:
    """A `once` receiver that had its call needs no async sending."""
    signal, calls = Signal[int](), Calls()
    signal.connect(coroutine_function, once=True)
    signal.connect(calls.receiver("receiver"))

    assert anyio.run(signal.send_async, SHOP, 1).values == ("async", "receiver")
    assert signal.send(SHOP, 1).values == ("receiver",)


def test_a_muted_send_checks_nothing() -> None:
    """A muted signal, or a muted async receiver, is sent to from sync code."""
    signal, calls = Signal[int](), Calls()
    signal.connect(coroutine_function)
    signal.connect(calls.receiver("receiver"))
    with signal.muted():
        assert signal.send(SHOP, 1).values == ()
    with signal.muted(coroutine_function):
        assert signal.send(SHOP, 1).values == ("receiver",)


def test_keyword_signals_refuse_async_receivers_too() -> None:
    """The rule holds for signals whose payload is passed by keyword."""

    @KeywordSignal
    def placed(sender: object, /, *, total: int) -> None:
        """An order was accepted."""

    async def receiver(sender: object, *, total: int) -> int:
        await checkpoint()
        return total

    placed.connect(receiver)
    with pytest.raises(AsyncReceiverError):
        placed.send(SHOP, total=1)
    assert anyio.run(partial(placed.send_async, SHOP, total=1)).values == (1,)


# -- a coroutine from a sync callable ----------------------------------------------------------


@pytest.mark.parametrize("kind", SYNC_RETURNING_COROUTINES)
def test_send_closes_a_coroutine_that_a_sync_callable_returns(kind: str) -> None:
    """It never runs, and nothing complains that it was not awaited."""
    signal, calls = Signal[int]("order_placed"), Calls()
    signal.connect(calls.receiver("first"))
    signal.connect(SYNC_RETURNING_COROUTINES[kind])
    signal.connect(calls.receiver("last"))
    with nothing_unawaited(), pytest.raises(AsyncReceiverError) as caught:
        signal.send(SHOP, 1)

    assert calls.names[:1] in ([], ["first"])
    assert "last" not in calls.names
    assert str(caught.value).endswith("use await send_async(...), or send_robust_async(...)")


def test_the_refused_coroutine_is_closed() -> None:
    """Its state is `CORO_CLOSED`, and its body never began."""
    signal = Signal[int]()
    made: list[Coroutine[Any, Any, str]] = []

    def receiver(sender: object, payload: int) -> Coroutine[Any, Any, str]:
        made.append(coroutine_function(sender, payload))
        return made[0]

    signal.connect(receiver)
    with pytest.raises(AsyncReceiverError) as caught:
        signal.send(SHOP, 1)

    assert inspect.getcoroutinestate(made[0]) == inspect.CORO_CLOSED
    assert caught.value.started
    assert "receiver" in caught.value.receivers[0]


def test_send_robust_makes_an_outcome_of_the_refused_coroutine() -> None:
    """The others run, and the error of this one says what it is."""
    signal, calls = Signal[int](), Calls()

    def receiver(sender: object, payload: int) -> Any:
        return coroutine_function(sender, payload)

    signal.connect(receiver)
    signal.connect(calls.receiver("last"))
    with nothing_unawaited():
        outcomes = signal.send_robust(SHOP, 1)

    assert outcomes.values == ("last",)
    (error,) = outcomes.errors
    assert isinstance(error, AsyncReceiverError)


@pytest.mark.anyio
@in_each_async_way
@pytest.mark.parametrize("kind", SYNC_RETURNING_COROUTINES)
async def test_send_async_awaits_a_coroutine_that_a_sync_callable_returns(
    kind: str, way: Way
) -> None:
    """Whatever made the coroutine, an async sending awaits it."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("first"))
    signal.connect(SYNC_RETURNING_COROUTINES[kind])
    with nothing_unawaited():
        assert await way(signal, SHOP, 1) == ("first", "async")


# -- other awaitables --------------------------------------------------------------------------


class Promise:
    """An awaitable that is no coroutine, as futures are."""

    def __init__(self, value: str = "kept") -> None:
        self.value = value

    def __await__(self) -> Generator[Any, Any, str]:
        """Wait for it."""
        yield from checkpoint().__await__()
        return self.value


class UndecidedMeta(type):
    """A metaclass that answers for every attribute."""

    def __getattr__(cls, name: str) -> object:
        raise AssertionError(name)


class Secretive(metaclass=UndecidedMeta):
    """A result that is to be asked for nothing."""

    def __getattribute__(self, name: str) -> object:
        raise AssertionError(name)

    def __bool__(self) -> bool:
        raise AssertionError

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        raise AssertionError


def test_other_awaitables_are_results_of_send() -> None:
    """A future-like object passes through `send` like any other result."""
    signal, promise = Signal[int](), Promise()
    receiver: Callable[[object, int], Awaitable[str]] = lambda sender, payload: promise
    signal.connect(receiver)

    assert signal.send(SHOP, 1).values == (promise,)
    assert signal.send_robust(SHOP, 1).values == (promise,)


def test_a_future_is_a_result_of_send() -> None:
    """An asyncio future passes through `send`, not cancelled and not awaited."""
    signal = Signal[int]()

    async def main() -> None:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        receiver: Callable[[object, int], Any] = lambda sender, payload: future
        signal.connect(receiver)
        assert signal.send(SHOP, 1).values == (future,)
        assert not future.done()
        future.set_result("kept")
        assert (await signal.send_async(SHOP, 1)).values == ("kept",)
        assert (await signal.send_async(SHOP, 1, concurrency=None)).values == ("kept",)

    asyncio.run(main())


def test_a_task_is_a_result_of_send_and_awaited_by_send_async() -> None:
    """A receiver may start a task of its own; whether to wait for it is the sender's choice."""
    signal = Signal[int]()

    def receiver(sender: object, payload: int) -> asyncio.Task[str]:
        return asyncio.ensure_future(coroutine_function(sender, payload))

    async def main() -> None:
        signal.connect(receiver)
        ((_, task),) = signal.send(SHOP, 1)
        assert isinstance(task, asyncio.Task)
        assert await task == "async"
        assert (await signal.send_async(SHOP, 1)).values == ("async",)
        assert (await signal.send_async(SHOP, 1, concurrency=2)).values == ("async",)

    asyncio.run(main())


@pytest.mark.anyio
@in_each_async_way
async def test_send_async_awaits_any_awaitable(way: Way) -> None:
    """Objects with `__await__` are awaited, whoever returns them."""
    signal, calls = Signal[int](), Calls()
    receiver: Callable[[object, int], Awaitable[str]] = lambda sender, payload: Promise()
    generator: Callable[[object, int], Any] = lambda sender, payload: generator_based(1, 2)
    signal.connect(receiver)
    signal.connect(generator)
    signal.connect(calls.receiver("last"))

    assert await way(signal, SHOP, 1) == ("kept", "async", "last")


@pytest.mark.anyio
@in_each_async_way
async def test_an_awaitable_is_awaited_once(way: Way) -> None:
    """What awaiting gives is the result, even when that can be awaited again."""
    signal, inner = Signal[int](), Promise()

    async def receiver(sender: object, payload: int) -> Promise:
        await checkpoint()
        return inner

    signal.connect(receiver)

    assert await way(signal, SHOP, 1) == (inner,)


@pytest.mark.parametrize("name", ["__await__", "__class__"])
def test_no_result_is_asked_for_anything(name: str) -> None:
    """The check for a coroutine goes by exact type, never by an attribute."""
    signal, secretive = Signal[int](), Secretive()
    receiver: Callable[[object, int], Any] = lambda sender, payload: secretive
    signal.connect(receiver)

    assert next(iter(signal.send(SHOP, 1)))[1] is secretive
    assert next(iter(signal.send_robust(SHOP, 1))).value is secretive


# -- never left un-awaited ---------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize("concurrency", [1, 2, None])
async def test_no_coroutine_is_left_when_a_receiver_fails(concurrency: int | None) -> None:
    """Coroutines made before the failure are awaited; none is made after it."""
    signal = Signal[int]()
    returning: Callable[[object, int], Any] = lambda sender, payload: coroutine_function(1, 2)
    another: Callable[[object, int], Any] = lambda sender, payload: coroutine_function(1, 2)

    def fail(sender: object, payload: int) -> None:
        raise ValueError

    signal.connect(returning)
    signal.connect(another)
    signal.connect(coroutine_function)
    signal.connect(fail)
    signal.connect(OWNER.method)
    with nothing_unawaited(), pytest.raises((ValueError, ExceptionGroup)):
        await signal.send_async(SHOP, 1, concurrency=concurrency)


@pytest.mark.anyio
@in_each_async_way
async def test_no_coroutine_is_left_when_the_sending_is_cancelled(way: Way) -> None:
    """A cancelled sending leaves no coroutine behind, begun or not."""
    signal, calls = Signal[int](), Calls()
    returning: Callable[[object, int], Any] = lambda sender, payload: coroutine_function(1, 2)
    with nothing_unawaited():
        with anyio.CancelScope() as scope:
            signal.connect(calls.receiver("cancels", scope.cancel), priority=1)
            signal.connect(returning)
            signal.connect(coroutine_function)
            signal.connect(OWNER.method)
            await way(signal, SHOP, 1)
        assert scope.cancelled_caught


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("concurrency", [1, 2, None])
def test_no_coroutine_is_left_when_asyncio_cancels_every_task(
    concurrency: int | None, robust: bool
) -> None:
    """Tasks that asyncio cancels before they begin leave no receiver's coroutine behind."""
    signal = Signal[int]()
    returning: Callable[[object, int], Any] = lambda sender, payload: coroutine_function(1, 2)
    another: Callable[[object, int], Any] = lambda sender, payload: coroutine_function(1, 2)

    def cancel_all(sender: object, payload: int) -> None:
        for task in asyncio.all_tasks():
            task.cancel()

    async def main() -> None:
        send = signal.send_robust_async if robust else signal.send_async
        await send(SHOP, 1, concurrency=concurrency)
        await anyio.sleep_forever()

    signal.connect(returning)
    signal.connect(another)
    signal.connect(cancel_all)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(main())
        gc.collect()

    # anyio 4.16 leaves coroutines of its own tasks in this case, whatever runs in them.
    assert [str(each.message) for each in caught if "coroutine_function" in str(each.message)] == []

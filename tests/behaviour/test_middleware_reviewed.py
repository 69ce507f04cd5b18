"""What a close look at middleware and marked methods has found, each as it failed."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import Dispatcher, Outcomes, Results, Signal, connect_methods
from aldis.exceptions import MarkedMethodError, MiddlewareError
from aldis.middleware import Call, Proceed, Sending, log_calls
from tests.behaviour.recording import Calls, Shop, nothing_unawaited
from tests.behaviour.test_dispatcher import Backend, Reports, soon
from tests.interpreters import needs_c_methods

SHOP = Shop()
Stepped = Generator[None, Any, Any]
Around = Generator[None, Results[Any] | Outcomes[Any], None]


@dataclass(frozen=True)
class RefusedError(Exception):
    """An error that cannot be changed."""

    code: int


def let_pass(subject: object) -> Stepped:
    """Change nothing."""
    return (yield)


@pytest.mark.parametrize("around", ["receiver", "sending"])
def test_frozen_errors_pass_through_middleware(around: Any) -> None:
    """As they are; each middleware comes to its end."""
    signal, ended = Signal[int](), list[str]()

    @signal.connect
    def refuse(sender: object, payload: int) -> None:
        raise RefusedError(payload)

    def outer(subject: object) -> Stepped:
        try:
            return (yield)
        except RefusedError:
            ended.append("outer")
            raise

    wrapped: Any = outer
    inner: Any = let_pass
    signal.use(wrapped, around=around)
    signal.use(inner, around=around)
    signal.use(log_calls())
    with pytest.raises(RefusedError) as caught:
        signal.send(SHOP, 7)

    assert caught.value.code == 7
    assert ended == ["outer"]


@pytest.mark.anyio
@soon
async def test_a_scope_around_a_sending_that_ends_it_is_told() -> None:
    """Its cancellation ends there: the task goes on, with an error that names the middleware."""
    signal, reports, went_on = Signal[int](), Reports(), list[str]()

    @signal.connect
    async def hang(sender: object, payload: int) -> None:
        await anyio.sleep_forever()

    def give_up(sending: Sending[Any, Any]) -> Around:
        with anyio.move_on_after(0):
            yield

    signal.use(give_up, around="sending")
    async with anyio.create_task_group() as tasks:

        async def send() -> None:
            with pytest.raises(MiddlewareError, match=r"give_up.* kept a cancellation"):
                await signal.send_async(SHOP, 1)
            went_on.append("went on")

        tasks.start_soon(send)
    async with Dispatcher(on_error=reports) as dispatcher:
        _ = dispatcher.post(signal.event(SHOP, 1))

    assert went_on == ["went on"]
    assert [type(error) for error in reports.errors] == [MiddlewareError]


@pytest.mark.anyio
@soon
async def test_a_cancellation_that_middleware_keeps_goes_on() -> None:
    """One from outside is raised, whatever stands around the sending does with it."""
    signal, ended = Signal[int](), list[str]()

    @signal.connect
    async def hang(sender: object, payload: int) -> None:
        await anyio.sleep_forever()

    def keep(sending: Sending[Any, Any]) -> Around:
        try:
            yield
        except BaseException:
            ended.append("kept")

    signal.use(keep, around="sending")
    with anyio.move_on_after(0) as scope:
        await signal.send_async(SHOP, 1)
        ended.append("went on")

    assert scope.cancelled_caught
    assert ended == ["kept"]


@pytest.mark.anyio
@pytest.mark.parametrize("concurrency", [1, 2, None])
@soon
async def test_one_receiver_cannot_keep_a_cancellation(
    concurrency: int | None, anyio_backend: Backend
) -> None:
    """A `Task.cancel()` that it swallows still ends the sending, however many run at a time."""
    if anyio_backend[0] == "trio":
        pytest.skip("trio has no Task.cancel()")
    import asyncio

    signal = Signal[int]()

    @signal.connect
    async def swallow(sender: object, payload: int) -> str:
        try:
            await anyio.sleep_forever()
        except asyncio.CancelledError:
            return "swallowed"
        raise AssertionError

    task = asyncio.ensure_future(signal.send_async(SHOP, 1, concurrency=concurrency))
    await anyio.wait_all_tasks_blocked()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.anyio
@soon
async def test_a_call_that_goes_on_behind_its_middleware_is_told() -> None:
    """It was called, and not awaited to its end."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("receiver"))
    async with anyio.create_task_group() as tasks:

        async def detach(call: Call[Any, Any, Any], proceed: Proceed[Any]) -> Any:
            async def go_on() -> None:
                await proceed()

            tasks.start_soon(go_on)
            await checkpoint()
            await checkpoint()
            return "x"

        async def hang(sender: object, payload: int) -> None:
            await anyio.sleep_forever()

        signal.use(detach)
        with signal.connected_to(hang), pytest.raises(MiddlewareError, match="to its end"):
            await signal.send_async(SHOP, 1)
        tasks.cancel_scope.cancel()


@pytest.mark.anyio
@pytest.mark.parametrize("is_async", [False, True])
@soon
async def test_a_coroutine_is_no_result(is_async: bool) -> None:
    """Whatever kind of receiver the middleware stands around; it is closed."""
    signal, calls = Signal[int](), Calls()
    make = calls.async_receiver if is_async else calls.receiver
    receiver = make("receiver")
    signal.connect(receiver)

    def forget(call: Call[Any, Any, Any]) -> Stepped:
        yield
        return checkpoint()

    signal.use(forget)
    with (
        nothing_unawaited(),
        pytest.raises(MiddlewareError, match="returned a coroutine"),
    ):
        await signal.send_async(SHOP, 1)


@pytest.mark.parametrize("send", ["send", "send_async"])
def test_a_failure_that_was_recovered_from_has_not_happened(send: str) -> None:
    """Outside of who recovered, nothing is being handled."""
    signal, handled = Signal[int](), list[object]()

    @signal.connect
    def fail(sender: object, payload: int) -> None:
        raise ValueError

    def look(call: Call[Any, Any, Any]) -> Stepped:
        result = yield
        handled.append(sys.exc_info()[1])
        return result

    def recover(call: Call[Any, Any, Any]) -> Stepped:
        try:
            return (yield)
        except ValueError:
            return "recovered"

    signal.use(look)
    signal.use(recover)
    if send == "send":
        results: Any = signal.send(SHOP, 1)
    else:
        results = anyio.run(signal.send_async, SHOP, 1)

    assert results.values == ("recovered",)
    assert handled == [None]


def wrapped_in_a_class(function: Callable[..., Any]) -> Any:
    """Decorate by an object, as some libraries do."""

    class Wrapper:
        """Stands for the function."""

        def __init__(self) -> None:
            wrapper: Any = self
            functools.update_wrapper(wrapper, function)

    return Wrapper()


@needs_c_methods
@pytest.mark.parametrize("decorate", [functools.lru_cache, wrapped_in_a_class])
def test_a_mark_below_a_decorator_that_makes_an_object_is_refused(
    decorate: Callable[[Any], Any],
) -> None:
    """It would else be lost without a word."""
    signal = Signal[int]()

    class Warehouse:
        """Has two marked methods, of which one is hidden."""

        @signal.receiver
        def plain(self, sender: object, payload: int) -> None: ...

        @decorate
        @signal.receiver
        def hidden(self, sender: object, payload: int) -> None: ...

    warehouse = Warehouse()
    with pytest.raises(MarkedMethodError, match="hidden"):
        connect_methods(warehouse)
    assert signal.receivers == ()

"""Middleware in async sends: tasks, contexts, timeouts, threads, and the async form."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Generator
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import Signal
from aldis.middleware import Call, Proceed
from tests.behaviour.recording import Calls, Shop, Way, in_each_async_way, nothing_unawaited

pytestmark = pytest.mark.anyio

SHOP = Shop()
Stepped = Generator[None, Any, Any]
variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="outside")


class BrokenError(Exception):
    """What receivers raise here."""


def in_context(call: Call[Any, Any, Any]) -> Stepped:
    """Set a context variable for the length of a call."""
    token = variable.set("inside")
    try:
        return (yield)
    finally:
        variable.reset(token)  # fails in any other context


def in_time(call: Call[Any, Any, Any]) -> Stepped:
    """Bound the time of a call: none at all for what has a low priority."""
    try:
        with anyio.fail_after(0 if call.connection.priority < 0 else 60):
            return (yield)
    except TimeoutError:
        return "too late"


async def read(sender: object, payload: object) -> str:
    """Give the context variable as it is after a while."""
    await checkpoint()
    return variable.get()


async def hang(sender: object, payload: object) -> str:
    """Never return."""
    await anyio.sleep_forever()
    raise AssertionError


def disguised_read(sender: object, payload: object) -> Any:
    """Return an awaitable, though that does not show before the call."""
    return read(sender, payload)


def disguised_hang(sender: object, payload: object) -> Any:
    """Return what never ends."""
    return hang(sender, payload)


# -- generator functions -----------------------------------------------------------------------


@in_each_async_way
async def test_a_context_variable_holds_for_the_length_of_a_call(way: Way) -> None:
    """The middleware is stepped in the task and the context in which the call is awaited."""
    signal = Signal[int]()
    signal.connect(read)
    signal.connect(disguised_read)
    signal.connect(lambda sender, payload: variable.get(), weak=False)
    signal.connect(lambda sender, payload: variable.get(), weak=False, to_thread=True)
    signal.connect(disguised_read, SHOP)
    signal.use(in_context)

    assert await way(signal, SHOP, 1) == ("inside",) * 4
    assert variable.get() == "outside"


@in_each_async_way
async def test_a_timeout_holds_for_each_call(way: Way) -> None:
    """And for nothing else: a cancel scope that is opened around the `yield` is closed there."""
    signal, calls = Signal[int](), Calls()
    signal.connect(read)
    signal.connect(hang, priority=-1)
    signal.connect(disguised_hang, priority=-1)
    signal.connect(read, SHOP, priority=-2)
    signal.connect(calls.receiver("last"), priority=-3)
    signal.use(in_time)

    with anyio.fail_after(10):
        assert await way(signal, SHOP, 1) == ("outside", "too late", "too late", "last")


@in_each_async_way
async def test_sync_receivers_are_called_in_order(way: Way) -> None:
    """Inside of middleware too, at the same time as async ones."""
    signal, calls = Signal[int](), Calls()
    for number in range(5):
        signal.connect(calls.receiver(f"{number}"))
    signal.connect(read)
    signal.use(in_context)

    assert await way(signal, SHOP, 1) == ("0", "1", "2", "3", "4", "inside")
    assert calls.names == ["0", "1", "2", "3", "4"]


async def test_async_receivers_still_run_at_the_same_time() -> None:
    """Each in its own task, with its own middleware."""
    signal, met = Signal[int](), anyio.Event()

    async def wait(sender: object, payload: int) -> str:
        await met.wait()
        return variable.get()

    async def meet(sender: object, payload: int) -> str:
        met.set()
        return variable.get()

    signal.connect(wait)
    signal.connect(meet)
    signal.use(in_context)
    with anyio.fail_after(10):
        results = await signal.send_async(SHOP, 1, concurrency=None)
    assert results.values == ("inside", "inside")


async def test_a_failure_cancels_the_rest_through_their_middleware() -> None:
    """Those see the cancellation at their `yield`."""
    signal, seen = Signal[int](), list[str]()

    async def fail(sender: object, payload: int) -> None:
        await anyio.wait_all_tasks_blocked()
        raise BrokenError

    def look(call: Call[int]) -> Generator[None, object, object]:
        try:
            return (yield)
        except BaseException as error:
            seen.append("broken" if isinstance(error, BrokenError) else "cancelled")
            raise

    signal.connect(hang)
    signal.connect(fail)
    signal.use(look)
    with pytest.raises(ExceptionGroup) as caught:
        await signal.send_async(SHOP, 1, concurrency=None)
    assert [type(error) for error in caught.value.exceptions] == [BrokenError]
    assert seen == ["broken", "cancelled"]


@in_each_async_way
async def test_a_cancellation_that_middleware_catches_goes_on(way: Way) -> None:
    """It is for the sending, or for the task that sends."""
    signal = Signal[int]()

    def swallow(call: Call[int]) -> Generator[None, object, object]:
        try:
            return (yield)
        except BaseException:
            return "swallowed"

    signal.connect(hang)
    signal.use(swallow)
    async with anyio.create_task_group() as tasks:

        async def send() -> None:
            await way(signal, SHOP, 1)
            await checkpoint()  # trio raises a cancellation again at the next checkpoint alone
            raise AssertionError

        tasks.start_soon(send)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()


async def test_a_sending_that_is_dropped_ends_its_middleware() -> None:
    """What is thrown into the coroutine of the sending is thrown at the `yield`."""
    signal, seen = Signal[int](), list[type]()

    def look(call: Call[int]) -> Generator[None, object, object]:
        try:
            return (yield)
        except BaseException as error:
            seen.append(type(error))
            raise

    signal.connect(read)
    signal.use(look)
    sending = signal.send_async(SHOP, 1)
    sending.send(None)
    sending.close()
    assert seen == [GeneratorExit]


# -- the async form ----------------------------------------------------------------------------


@in_each_async_way
async def test_an_async_function_stands_around_every_kind_of_receiver(way: Way) -> None:
    """It awaits whatever it wants, and what it returns is the result."""
    signal, calls = Signal[int](), Calls()
    limiter = anyio.CapacityLimiter(1)

    async def limit(call: Call[int], proceed: Proceed[object]) -> object:
        async with limiter:
            return (call.payload, await proceed())

    signal.connect(calls.receiver("sync"))
    signal.connect(calls.async_receiver("async"))
    signal.connect(calls.receiver("thread"), to_thread=True)
    signal.connect(disguised_read)
    signal.use(limit)

    expected = ((7, "sync"), (7, "async"), (7, "thread"), (7, "outside"))
    assert await way(signal, SHOP, 7) == expected


@in_each_async_way
async def test_a_receiver_is_skipped_when_the_call_is_not_made(way: Way) -> None:
    """What the middleware returns is its result all the same."""
    signal, calls = Signal[int](), Calls()

    async def skip(call: Call[int], proceed: Proceed[object]) -> object:
        return "skipped"

    signal.connect(calls.receiver("receiver"))
    signal.connect(calls.async_receiver("async receiver"))
    signal.use(skip)
    with nothing_unawaited():
        assert await way(signal, SHOP, 1) == ("skipped", "skipped")
    assert calls.names == []


async def recover(call: Call[Any, Any, Any], proceed: Proceed[Any]) -> Any:
    """Make a value of a failure."""
    try:
        return await proceed()
    except BrokenError:
        return "mended"


@in_each_async_way
async def test_it_can_turn_a_failure_into_a_value(way: Way) -> None:
    """Of a sync receiver, of an async one, and of middleware inside of it."""
    signal, calls = Signal[int](), Calls()

    def fail() -> None:
        raise BrokenError

    async def fail_later() -> None:
        await checkpoint()
        fail()

    def fail_for_even(call: Call[Any, Any, Any]) -> Stepped:
        if call.payload % 2 == 0:
            fail()
        return (yield)

    signal.connect(calls.receiver("broken", fail))
    signal.connect(calls.async_receiver("broken later", fail_later))
    signal.use(recover)
    signal.use(fail_for_even)
    assert await way(signal, SHOP, 1) == ("mended", "mended")
    assert len(calls.take()) == 2
    assert await way(signal, SHOP, 2) == ("mended", "mended")
    assert calls.names == []


@in_each_async_way
async def test_both_forms_nest_in_the_order_of_installing(way: Way) -> None:
    """A generator function outside of an async function outside of a generator function."""
    signal, calls = Signal[int](), Calls()

    def outer(call: Call[int]) -> Generator[None, object, object]:
        return ("outer", (yield))

    async def middle(call: Call[int], proceed: Proceed[object]) -> object:
        return ("middle", await proceed())

    def inner(call: Call[int]) -> Generator[None, object, object]:
        return ("inner", (yield))

    signal.connect(calls.receiver("receiver"))
    for each in (outer, inner):
        signal.use(each)
        if each is outer:
            signal.use(middle)
    assert await way(signal, SHOP, 1) == (("outer", ("middle", ("inner", "receiver"))),)


async def test_with_to_thread_only_what_is_inside_of_it_runs_in_the_worker_thread() -> None:
    """An async function awaits in the task of the sending, and so does what is outside of it."""
    signal, seen = Signal[int](), dict[str, int]()

    def outer(call: Call[int]) -> Generator[None, object, object]:
        seen["outer"] = threading.get_ident()
        return (yield)

    async def middle(call: Call[int], proceed: Proceed[object]) -> object:
        seen["middle"] = threading.get_ident()
        return await proceed()

    def inner(call: Call[int]) -> Generator[None, object, object]:
        seen["inner"] = threading.get_ident()
        return (yield)

    signal.connect(lambda sender, payload: threading.get_ident(), weak=False, to_thread=True)
    signal.use(outer)
    signal.use(middle)
    signal.use(inner)
    (worker,) = (await signal.send_async(SHOP, 1)).values
    here = threading.get_ident()
    assert worker != here
    assert seen == {"outer": here, "middle": here, "inner": worker}


async def test_a_coroutine_that_a_cancelled_task_never_began_is_closed() -> None:
    """With its middleware, of which nothing has run."""
    signal, calls = Signal[int](), Calls()

    def fail(sender: object, payload: int) -> None:
        raise BrokenError

    signal.connect(calls.async_receiver("never"))
    signal.connect(fail, priority=-1)
    signal.use(in_context)
    with nothing_unawaited(), pytest.raises(ExceptionGroup):
        await signal.send_async(SHOP, 1, concurrency=None)
    assert variable.get() == "outside"

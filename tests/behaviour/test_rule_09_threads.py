"""Rule 9: sync receivers run inline, or with `to_thread=True` in a worker thread."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import anyio.from_thread
import anyio.lowlevel
import pytest

from aldis import KeywordSignal, Signal
from aldis.exceptions import AsyncThreadError
from tests.behaviour.recording import LIMIT, Calls, Shop, Way, in_each_async_way, in_each_way

SHOP = Shop()
variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="default")


def where(sender: object, payload: int) -> int:
    """Say which thread makes the call."""
    return threading.get_ident()


def here() -> int:
    """Say which thread this is."""
    return threading.get_ident()


@pytest.mark.anyio
@in_each_way
async def test_a_sync_receiver_runs_inline(way: Way) -> None:
    """Without the option, every way of sending calls in its own thread."""
    signal = Signal[int]()
    signal.connect(where)

    assert await way(signal, SHOP, 1) == (here(),)


@pytest.mark.anyio
@in_each_async_way
async def test_with_to_thread_an_async_sending_calls_in_a_worker_thread(way: Way) -> None:
    """Only the receiver that asks for it leaves the thread of the loop."""
    signal = Signal[int]()
    signal.connect(partial(where), to_thread=True, weak=False)
    signal.connect(where)

    in_worker, inline = await way(signal, SHOP, 1)
    assert in_worker != here()
    assert inline == here()


def test_under_send_it_runs_inline() -> None:
    """A sync sending has no loop to wait in, so the option does nothing there."""
    signal = Signal[int]()
    signal.connect(where, to_thread=True)

    assert signal.send(SHOP, 1).values == (here(),)
    assert signal.send_robust(SHOP, 1).values == (here(),)


@pytest.mark.anyio
@in_each_async_way
async def test_the_context_of_the_sender_is_there(way: Way) -> None:
    """The receiver reads the context variables of the sending."""
    signal = Signal[int]()

    def read(sender: object, payload: int) -> str:
        return variable.get()

    signal.connect(read, to_thread=True)
    token = variable.set("of the sender")
    try:
        assert await way(signal, SHOP, 1) == ("of the sender",)
    finally:
        variable.reset(token)


@pytest.mark.anyio
@in_each_async_way
async def test_what_it_sets_stays_there(way: Way) -> None:
    """What a receiver sets in its thread reaches neither the sender nor the next receiver."""
    signal = Signal[int]()

    def read_and_set(more: object, sender: object, payload: int) -> str:
        before = variable.get()
        variable.set("set in the thread")
        return before

    kept = [partial(read_and_set, each) for each in range(3)]
    for each in kept:
        signal.connect(each, to_thread=True)

    assert await way(signal, SHOP, 1) == ("default", "default", "default")
    assert variable.get() == "default"


@pytest.mark.anyio
@in_each_async_way
async def test_results_and_errors_come_back(way: Way) -> None:
    """The thread makes no difference for what the sending gives or raises."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("first"), to_thread=True)
    signal.connect(calls.receiver("second"))
    signal.connect(calls.receiver("third"), to_thread=True)
    assert await way(signal, SHOP, 1) == ("first", "second", "third")

    def fail(sender: object, payload: int) -> None:
        raise ValueError("in the thread")

    signal.connect(fail, to_thread=True)
    with pytest.raises((ValueError, ExceptionGroup)) as caught:
        await way(signal, SHOP, 1)
    errors = caught.value.exceptions if isinstance(caught.value, ExceptionGroup) else [caught.value]
    assert [str(each) for each in errors] == ["in the thread"]


@pytest.mark.anyio
async def test_one_after_another_means_one_thread_at_a_time() -> None:
    """With `concurrency=1` the next receiver waits for the thread of the one before."""
    signal, calls = Signal[int](), Calls()
    running = 0

    def alone() -> None:
        nonlocal running
        running += 1
        assert running == 1
        running -= 1

    for name in "abc":
        signal.connect(calls.receiver(name, alone), to_thread=True)

    assert (await signal.send_async(SHOP, 1)).values == ("a", "b", "c")
    assert calls.names == ["a", "b", "c"]


@pytest.mark.anyio
@pytest.mark.parametrize("concurrency", [3, None])
@pytest.mark.parametrize("robust", [False, True])
async def test_at_the_same_time_means_several_threads(
    concurrency: int | None, robust: bool
) -> None:
    """Receivers that wait for each other come through when they run at the same time."""
    signal, calls = Signal[int](), Calls()
    meeting = threading.Barrier(3)
    for name in "abc":
        signal.connect(calls.receiver(name, lambda: meeting.wait(LIMIT)), to_thread=True)

    send: Any = signal.send_robust_async if robust else signal.send_async
    results = await send(SHOP, 1, concurrency=concurrency)

    assert results.values == ("a", "b", "c")


@pytest.mark.anyio
@in_each_async_way
async def test_the_loop_goes_on_while_a_thread_runs(way: Way) -> None:
    """A receiver in a thread may wait for what the loop does."""
    signal, calls = Signal[int](), Calls()

    def ask_the_loop() -> None:
        anyio.from_thread.run(anyio.lowlevel.checkpoint)

    signal.connect(calls.receiver("receiver", ask_the_loop), to_thread=True)

    assert await way(signal, SHOP, 1) == ("receiver",)


@pytest.mark.anyio
@in_each_async_way
async def test_a_coroutine_made_in_a_thread_is_awaited_in_the_loop(way: Way) -> None:
    """Any awaitable that a receiver returns is awaited, wherever it was called."""
    signal = Signal[int]()

    async def back_in_the_loop() -> int:
        await anyio.lowlevel.checkpoint()
        return here()

    receiver: Callable[[object, int], Any] = lambda sender, payload: back_in_the_loop()
    signal.connect(receiver, to_thread=True)

    assert await way(signal, SHOP, 1) == (here(),)


@pytest.mark.anyio
async def test_keyword_signals_know_it_too() -> None:
    """The option works for signals whose payload is passed by keyword."""

    @KeywordSignal
    def placed(sender: object, /, *, total: int) -> None:
        """An order was accepted."""

    def receiver(sender: object, *, total: int) -> bool:
        return here() == total

    placed.connect(receiver, to_thread=True)

    assert placed.send(SHOP, total=here()).values == (True,)
    assert (await placed.send_async(SHOP, total=here())).values == (False,)


# -- not for async receivers -------------------------------------------------------------------


class AsyncCallable:
    """An object with an async `__call__`, and an async method."""

    async def __call__(self, sender: object, payload: int) -> None:
        """Receive."""

    async def method(self, sender: object, payload: int) -> None:
        """Receive."""


async def coroutine_function(sender: object, payload: int) -> None:
    """Receive."""


@pytest.mark.parametrize(
    "receiver",
    [
        coroutine_function,
        partial(coroutine_function),
        AsyncCallable(),
        AsyncCallable().method,
    ],
    ids=["function", "partial", "object", "method"],
)
def test_an_async_receiver_with_to_thread_is_a_type_error(receiver: Any) -> None:
    """The error names the receiver and ends with the mend; nothing is connected."""
    signal = Signal[int]()
    with pytest.raises(TypeError) as caught:
        signal.connect(receiver, to_thread=True)

    assert isinstance(caught.value, AsyncThreadError)
    assert "is async" in str(caught.value)
    assert str(caught.value).endswith("leave out to_thread=True, or connect a plain function")
    assert signal.connections == ()


def test_the_refusal_leaves_an_equal_connection_as_it_is() -> None:
    """A reconnect that is refused replaces no option."""
    signal = Signal[int]()
    signal.connect(coroutine_function, priority=3)
    with pytest.raises(AsyncThreadError):
        signal.connect(coroutine_function, to_thread=True)

    (connection,) = signal.connections
    assert connection.priority == 3
    assert not connection.to_thread

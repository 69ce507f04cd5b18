"""Sends that take the shortest way, and what goes away in the middle of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest

from aldis import Results, Signal
from aldis._cancellation import forgive
from aldis._outcome import NO_RESULTS
from aldis._registry import Registry
from aldis.exceptions import ConcurrencyError
from tests.interpreters import needs_refcounting

pytestmark = pytest.mark.anyio

in_each_concurrency = pytest.mark.parametrize("concurrency", [1, 2, None])


class Owner:
    """Has receivers."""

    def receive(self, sender: object, payload: object) -> str:
        """Receive."""
        return "method"


def make(name: str) -> Any:
    """Make a receiver."""

    def receive(sender: object, payload: object) -> str:
        return name

    return receive


def make_async(name: str) -> Any:
    """Make an async receiver."""

    async def receive(sender: object, payload: object) -> str:
        return name

    return receive


def prepared(*receivers: Any) -> Signal[object]:
    """Make a signal whose snapshot is there."""
    signal = Signal[object]("prepared")
    for each in receivers:
        signal.connect(each)
    signal._registry.select(None)
    return signal


class Meanwhile:
    """A queue that is looked at once, and in which something happens just after."""

    def __init__(self, queue: Any, happening: Callable[[], object]) -> None:
        self._queue = queue
        self._happening: Callable[[], object] | None = happening

    def __bool__(self) -> bool:
        happening, self._happening = self._happening, None
        found = bool(self._queue)
        if happening is not None:
            happening()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def __getitem__(self, index: int) -> object:
        return self._queue[index]


def send_while(signal: Signal[object], happening: Callable[[], object]) -> Results[object]:
    """Send, and have something happen between the last look at the queue and the first call."""
    registry: Any = signal._registry
    queue, registry.queue = registry.queue, Meanwhile(registry.queue, happening)
    try:
        return signal.send(None, None)
    finally:
        registry.queue = queue


async def send_async_while(
    signal: Signal[object], happening: Callable[[], object], concurrency: int | None
) -> Results[object]:
    """Do the same with an async send."""
    registry: Any = signal._registry
    queue, registry.queue = registry.queue, Meanwhile(registry.queue, happening)
    try:
        return await signal.send_async(None, None, concurrency=concurrency)
    finally:
        registry.queue = queue


@needs_refcounting
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("how", ["dies", "ends"])
@pytest.mark.parametrize("kind", ["function", "method"])
def test_who_goes_at_the_last_moment_is_not_called(kind: str, how: str, count: int) -> None:
    """One receiver alone gives no results; one of two leaves the other."""
    going: list[Any] = [make("first") if kind == "function" else Owner().receive]
    if kind == "method":
        going.append(going[0].__self__)
    kept = make("kept")
    signal = prepared(going[0], *[kept][: count - 1])

    def go() -> None:
        if how == "ends":
            signal.disconnect(going[0])
        else:
            going.clear()

    results = send_while(signal, go)
    assert results.values == ("kept",)[: count - 1]
    assert count == 2 or results is NO_RESULTS


@needs_refcounting
@pytest.mark.parametrize("count", [1, 2])
def test_a_method_whose_function_went_at_the_last_moment_is_forgotten(count: int) -> None:
    """Its owner lives on, and nobody else would tell of its end."""
    kind: Any = type("Kind", (), {"receive": lambda self, sender, payload: "never"})
    owner, kept = kind(), make("kept")
    signal = prepared(owner.receive, *[kept][: count - 1])
    for _ in range(2):
        if hasattr(kind, "receive"):
            results = send_while(signal, lambda: delattr(kind, "receive"))
        else:
            results = signal.send(None, None)
        assert results.values == ("kept",)[: count - 1]
    assert signal.receivers == (kept,)[: count - 1]
    assert len(signal._registry.all_records()) == count - 1


def test_a_method_that_has_ended_is_not_put_into_the_queue() -> None:
    """Each later sending of that snapshot would put it there once more."""
    owner = Owner()
    signal = prepared(owner.receive)
    (record,) = signal._registry.all_records()
    noted: list[object] = []
    record.note = noted.append
    assert send_while(signal, lambda: signal.disconnect(owner.receive)) is NO_RESULTS
    assert noted == []


@needs_refcounting
@in_each_concurrency
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("how", ["dies", "ends"])
async def test_an_async_receiver_that_goes_at_the_last_moment_is_not_called(
    how: str, count: int, concurrency: int | None
) -> None:
    """With none left there is nothing to await: that is when a cancellation is looked for."""
    for is_cancelled in (False, True):
        receivers = [make_async(f"r{number}") for number in range(count)]
        signal = prepared(*receivers)

        def go(signal: Signal[object] = signal, receivers: list[Any] = receivers) -> None:
            while receivers:
                receiver = receivers.pop()
                if how == "ends":
                    signal.disconnect(receiver)

        with anyio.CancelScope() as scope:
            if is_cancelled:
                scope.cancel()
            results = await send_async_while(signal, go, concurrency)
            assert not is_cancelled
            assert results.values == ()
        assert scope.cancelled_caught is is_cancelled


@in_each_concurrency
async def test_async_receivers_that_one_of_them_ends_are_passed_over(
    concurrency: int | None,
) -> None:
    """The first one, or at the same time the last one, which runs before the others."""
    signal = prepared()
    receivers: list[Any] = []

    def make_ending(number: int) -> Any:
        async def receive(sender: object, payload: object) -> int:
            for each in receivers:
                if each is not receivers[number]:
                    signal.disconnect(each)
            return number

        return receive

    receivers += [make_ending(number) for number in range(4)]
    for each in receivers:
        signal.connect(each)
    signal._registry.select(None)
    if concurrency == 2:
        receivers[2:] = []
        signal = prepared(*receivers)
    results = await signal.send_async(None, None, concurrency=concurrency)
    assert results.values == (0 if concurrency == 1 else len(receivers) - 1,)


@in_each_concurrency
@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3])
async def test_sender_and_payload_are_passed_on_each_way(
    count: int, mixed: bool, concurrency: int | None
) -> None:
    """To functions and methods, be they async or not."""
    sender, payload = Owner(), Owner()

    async def receive_async(sender: object, payload: object) -> object:
        return (sender, payload)

    async def receive_too(sender: object, payload: object) -> object:
        return (sender, payload)

    class Receiver:
        async def receive(self, sender: object, payload: object) -> object:
            return (sender, payload)

        def receive_too(self, sender: object, payload: object) -> object:
            return (sender, payload)

    owner = Receiver()
    methods = [owner.receive, owner.receive_too, receive_async]
    receivers = (methods if mixed else [receive_async, receive_too])[:count]
    signal = prepared(*receivers)
    results = await signal.send_async(sender, payload, concurrency=concurrency)
    assert [receiver for receiver, _ in results] == receivers
    assert [value == (sender, payload) for value in results.values] == [True for _ in receivers]


@pytest.mark.parametrize("count", [0, 1, 2])
async def test_a_wrong_concurrency_is_refused_on_each_way(count: int) -> None:
    """Whatever there is to call, and before it is."""

    async def refuse(sender: object, payload: object) -> None:
        pytest.fail("it was called")

    async def refuse_too(sender: object, payload: object) -> None:
        pytest.fail("it was called")

    signal = prepared(*[refuse, refuse_too][:count])
    wrong: list[Any] = [0, -1, True, 1.0, "1"]
    for each in wrong:
        with pytest.raises(ConcurrencyError):
            await signal.send_async(None, None, concurrency=each)


def test_connections_that_have_just_ended_are_none() -> None:
    """Another thread may have ended them, and not yet made the change known."""
    first, second = make("first"), make("second")
    signal = prepared(first, second)
    records = signal._registry.select(None).records
    records[0].end()
    assert signal.has_receivers_for(None)
    assert signal.receivers == (second,)
    records[1].end()
    assert not signal.has_receivers_for(None)
    assert not signal.receivers


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_later_send_asks_for_no_snapshot(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it take the lock; for a sender, where none is filtered on, neither."""
    receivers = [make("first"), make("second")][:count]
    signal = prepared(*receivers)

    def refuse(*arguments: object) -> None:
        pytest.fail("the longer way was taken")

    monkeypatch.setattr(Registry, "select", refuse)
    monkeypatch.setattr(Registry, "_hold", refuse)
    for sender in (None, "sender", signal):
        assert signal.send(sender, None).values == ("first", "second")[:count]


@in_each_concurrency
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_task_that_a_receiver_cancels_gets_no_results(
    count: int, concurrency: int | None
) -> None:
    """Though nobody waits any more; one that was cancelled before, and went on, gets them."""
    cancelling: list[bool] = []

    async def cancel(sender: object, payload: object) -> str:
        task = asyncio.current_task()
        if cancelling and task is not None:
            task.cancel()
        return "cancelled"

    first = make_async("first")
    signal = prepared(*[first][: count - 1], cancel)
    with suppress(asyncio.CancelledError):
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await anyio.sleep_forever()
    results = await signal.send_async(None, None, concurrency=concurrency)
    assert results.values == ("first", "cancelled")[2 - count :]
    cancelling.append(True)
    with pytest.raises(asyncio.CancelledError):
        await signal.send_async(None, None, concurrency=concurrency)
    forgive()


@in_each_concurrency
@pytest.mark.parametrize("count", [1, 2])
async def test_a_later_async_send_asks_for_no_snapshot(
    count: int, concurrency: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a sync one."""
    receivers = [make_async("first"), make_async("second")][:count]
    signal = prepared(*receivers)

    def refuse(*arguments: object) -> None:
        pytest.fail("the longer way was taken")

    monkeypatch.setattr(Registry, "select", refuse)
    monkeypatch.setattr(Registry, "_hold", refuse)
    results = await signal.send_async(None, None, concurrency=concurrency)
    assert results.values == ("first", "second")[:count]


@in_each_concurrency
async def test_what_is_async_no_more_gives_its_result(concurrency: int | None) -> None:
    """An object, alone, whose class has got another `__call__` since it was connected."""

    class Changing:
        async def __call__(self, sender: object, payload: object) -> str:
            return "async"

    receiver, kind = Changing(), Changing
    signal = prepared(receiver)
    assert (await signal.send_async(None, None, concurrency=concurrency)).values == ("async",)
    changed: Any = kind
    changed.__call__ = lambda self, sender, payload: "sync"
    assert (await signal.send_async(None, None, concurrency=concurrency)).values == ("sync",)

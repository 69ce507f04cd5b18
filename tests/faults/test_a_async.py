"""Faults of async receivers: sent the wrong way, not recognized, failing, or gone in between."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportPossiblyUnboundVariable=false
# Receivers that are connected in passing have no annotations; what is made in a loop or in a block
# whose error is caught is looked at behind it.

from __future__ import annotations

import inspect
import weakref
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from types import CoroutineType
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import AsyncReceiverError
from tests.behaviour.recording import lost_receivers, nothing_unawaited
from tests.faults.faces import BLINKER, EVERY, OWN, SIGNAL, Face, Fails, on
from tests.faults.waiting import Three, nobody_left, nothing, send_robust, turns

pytestmark = pytest.mark.anyio

in_several_ways = pytest.mark.parametrize("concurrency", [2, None], ids=["two", "all"])


async def receive_async(sender: object, payload: object) -> str:
    """Receive, and wait in between."""
    await checkpoint()
    return "awaited"


class AsyncCall:
    """Is async only when it is called."""

    async def __call__(self, sender: object, payload: object) -> str:
        """Receive."""
        return await receive_async(sender, payload)

    async def method(self, sender: object, payload: object) -> str:
        """Receive."""
        return await receive_async(sender, payload)


class Promise:
    """Is awaitable, and no coroutine."""

    def __await__(self) -> Generator[Any, Any, str]:
        return receive_async(None, None).__await__()


def return_coroutine(sender: object, payload: object) -> Awaitable[str]:
    """Receive in an async way, and not look like it."""
    return receive_async(sender, payload)


def return_promise(sender: object, payload: object) -> Awaitable[str]:
    """Receive with what can be awaited, or not."""
    return Promise()


def make_disguised() -> list[Any]:
    """Make async receivers of all kinds that can be told before they are called."""
    owner = AsyncCall()
    made: list[Any] = [
        receive_async,
        partial(receive_async),
        owner.method,
        partial(owner.method),
        owner,
        partial(owner),
    ]
    if mark := getattr(inspect, "markcoroutinefunction", None):  # from Python 3.12 on
        made.append(mark(lambda sender, payload: receive_async(sender, payload)))
    return made


def send_and_close(face: Face, signal: Any) -> list[Any]:
    """Send, and close what blinker leaves un-awaited; another test would be told of it."""
    values = face.values(signal, None, "payload")
    for value in values:
        if isinstance(value, CoroutineType):
            value.close()
    return values


# -- A1: a sync send -----------------------------------------------------------------------------


@on(*EVERY, blinker=Fails("calls those that come before the async one"))
def test_a1_a_sync_send_to_an_async_receiver_calls_nobody(face: Face) -> None:
    """`send` raises `AsyncReceiverError`, a `RuntimeError`, before any receiver has run."""
    called: list[object] = []
    for _ in range(3):  # blinker takes them in any order
        signal = face.make()
        for number in range(20):
            signal.connect(lambda sender, payload, n=number: called.append(n), weak=False)
        signal.connect(receive_async)
        with pytest.raises(RuntimeError) as caught:
            face.send(signal, None, "payload")
        assert called == []
        assert type(caught.value) is AsyncReceiverError


@on(*OWN)
def test_a1_a_robust_sync_send_to_an_async_receiver_calls_nobody(face: Face) -> None:
    """`send_robust` raises it too: the mistake is that of who sends, and no receiver's failure."""
    signal, called = face.make(), list[object]()
    signal.connect(lambda sender, payload: called.append(payload), weak=False)
    signal.connect(receive_async)
    with pytest.raises(AsyncReceiverError, match="receive_async"):
        send_robust(face, signal)
    assert called == []


# -- A2: in disguise -----------------------------------------------------------------------------


@on(*EVERY, blinker=Fails("gives back the coroutine of an async `__call__`", pytest.fail.Exception))
def test_a2_a_sync_send_knows_async_receivers_of_every_kind(face: Face) -> None:
    """`send` refuses objects with an async `__call__`, methods and partials, as async functions."""
    for receiver in make_disguised():
        signal = face.make()
        signal.connect(receiver, weak=False)
        with nothing_unawaited(), pytest.raises(RuntimeError):
            send_and_close(face, signal)


@on(*EVERY, blinker=Fails("takes those with an async `__call__` for sync ones", RuntimeError))
async def test_a2_an_async_send_awaits_whatever_can_be_awaited(face: Face) -> None:
    """`send_async` awaits async receivers of every kind, and what a plain function returns."""
    for receiver in [*make_disguised(), return_coroutine, return_promise]:
        signal = face.make()
        signal.connect(receiver, weak=False)
        async with nobody_left():
            ((_, value),) = await face.send_async(signal, None, "payload")
            assert value == "awaited"


@on(*OWN, blinker=Fails("gives it to who sends, un-awaited", pytest.fail.Exception))
def test_a2_a_sync_send_closes_the_coroutine_of_a_plain_function(face: Face) -> None:
    """`send` closes a coroutine that a plain function returns, and raises `AsyncReceiverError`."""
    signal = face.make()
    signal.connect(return_coroutine)
    with nothing_unawaited(), pytest.raises(AsyncReceiverError, match="return_coroutine"):
        send_and_close(face, signal)


@on(*EVERY, blinker=True)
def test_a2_a_sync_send_gives_back_other_awaitables(face: Face) -> None:
    """For `send`, awaitables that are no coroutines are results like any other, and untouched."""
    signal = face.make()
    signal.connect(return_promise)
    (value,) = face.values(signal)
    assert type(value) is Promise


# -- A3: one after another -------------------------------------------------------------------------


class BrokenError(Exception):
    """What receivers raise here."""


async def fail() -> None:
    """Wait, then fail."""
    await checkpoint()
    raise BrokenError


@on(*EVERY, blinker=True)
async def test_a3_a_failure_ends_the_sending_at_once(face: Face) -> None:
    """The error is raised bare; those before have ended, those behind are not called."""
    three = Three(face, checkpoint, fail)
    async with nobody_left():
        with pytest.raises(BrokenError):
            await three.send()
    assert three.began == three.ended
    assert three.began[-1] == 1
    if face is not BLINKER:  # which takes them in any order
        assert three.began == [0, 1]


@on(*OWN)
async def test_a3_a_failure_in_a_robust_sending_stops_nobody(face: Face) -> None:
    """In a robust sending the others run, and each outcome is in its receiver's place."""
    three = Three(face, checkpoint, fail)
    async with nobody_left():
        outcomes = await send_robust(face, three.signal, "send_robust_async")
    assert three.ended == [0, 1, 2]
    assert [type(each.error) for each in outcomes] == [type(None), BrokenError, type(None)]
    assert outcomes.values == (0, 2)


# -- A4: at the same time --------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [3, None], ids=["three", "all"])
async def test_a4_two_that_fail_at_once_are_in_one_group(concurrency: int | None) -> None:
    """One group has both, in the order of connecting; the third is cancelled and awaited."""
    together, cleaned_up = anyio.Event(), list[bool]()

    async def fail_with(error: Exception) -> None:
        await together.wait()
        raise error

    async def wait() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await turns()
            cleaned_up.append(True)

    first, second = BrokenError("first"), BrokenError("second")
    three = Three(SIGNAL, partial(fail_with, first), wait, partial(fail_with, second))

    async def begin() -> None:
        await turns()
        assert sorted(three.began) == [0, 1, 2]
        together.set()

    async with nobody_left(), anyio.create_task_group() as tasks:
        tasks.start_soon(begin)
        with pytest.raises(ExceptionGroup) as caught:
            await three.send_at_a_time(concurrency)
        assert cleaned_up == [True]
    assert caught.value.exceptions == (first, second)


@in_several_ways
async def test_a4_one_that_fails_alone_is_in_a_group_too(concurrency: int | None) -> None:
    """A group is raised also where one fails alone, and where there is no other receiver."""
    for count in (1, 3):
        signal = SIGNAL.make()
        for number in range(count):
            then = fail if number == 0 else anyio.sleep_forever
            signal.connect(lambda sender, payload, then=then: then(), weak=False)
        async with nobody_left():
            with pytest.raises(ExceptionGroup) as caught:
                await signal.send_async(None, 1, concurrency=concurrency)
        assert [type(each) for each in caught.value.exceptions] == [BrokenError]


@in_several_ways
async def test_a4_in_a_robust_sending_all_come_to_their_end(concurrency: int | None) -> None:
    """A robust sending cancels nobody: each of the three has its outcome, in order."""
    three = Three(SIGNAL, fail, turns, fail)
    async with nobody_left():
        await three.send_at_a_time(concurrency, robust=True)
    assert sorted(three.ended) == [0, 1, 2]
    (outcomes,) = three.given
    assert [type(each.error) for each in outcomes] == [BrokenError, type(None), BrokenError]


# -- A8: gone while another one waits --------------------------------------------------------------


@on(*EVERY, blinker=True)
async def test_a8_a_receiver_disconnected_while_another_waits_is_skipped(face: Face) -> None:
    """A receiver disconnected while an earlier one waits is not called any more."""
    signal, called, receivers = face.make(), list[object](), list[Any]()

    def make() -> Any:
        async def receive(sender: object, payload: object) -> None:
            called.append(receive)
            await turns()
            for each in receivers:
                if each is not receive:
                    signal.disconnect(each)
            await turns()

        return receive

    receivers += [make() for _ in range(3)]
    for receiver in receivers:
        signal.connect(receiver)
    async with nobody_left():
        await face.send_async(signal, None, "payload")
    assert len(called) == 1


@on(*EVERY, blinker=Fails("still calls it"))
async def test_a8_disconnected_for_this_sender_while_another_waits_it_is_skipped(
    face: Face,
) -> None:
    """The same holds of `disconnect(receiver, sender)`, which ends one connection."""
    sender, signal, called, receivers = object(), face.make(), list[object](), list[Any]()

    def make() -> Any:
        async def receive(sender: object, payload: object) -> None:
            called.append(receive)
            await turns()
            for each in receivers:
                if each is not receive:
                    signal.disconnect(each, sender)

        return receive

    receivers += [make() for _ in range(3)]
    for receiver in receivers:
        signal.connect(receiver, sender)
    async with nobody_left():
        await face.send_async(signal, sender, "payload")
    assert len(called) == 1


@on(*EVERY, blinker=True)
async def test_a8_a_receiver_freed_while_another_waits_is_skipped(face: Face) -> None:
    """A sending that waits keeps no receiver alive but the one that runs: others are freed."""
    signal, called, owners = face.make(), list[int](), list[Any]()

    class Owner:
        async def receive(self, sender: object, payload: object) -> None:
            called.append(id(self))
            others = [weakref.ref(each) for each in owners if each is not self]
            owners[:] = [self]
            await turns()
            assert [each() for each in others] == [None, None]

    owners += [Owner() for _ in range(3)]
    for owner in owners:
        signal.connect(owner.receive)
    del owner
    async with nobody_left():
        await face.send_async(signal, None, "payload")
    assert len(called) == 1


async def test_a8_of_many_at_a_time_those_that_have_not_begun_are_skipped() -> None:
    """With room for two at a time, one disconnected or freed before its turn is not called."""
    signal, called, go = SIGNAL.make(), list[str](), anyio.Event()

    def make(name: str) -> Callable[[object, object], Awaitable[None]]:
        async def receive(sender: object, payload: object) -> None:
            called.append(name)
            await go.wait()

        return receive

    receivers = [make(name) for name in "abcde"]
    for receiver in receivers:
        signal.connect(receiver)
    del receiver

    async def let_go() -> None:
        await turns()
        signal.disconnect(receivers[2])
        del receivers[3]
        go.set()

    with lost_receivers():
        async with nobody_left(), anyio.create_task_group() as tasks:
            tasks.start_soon(let_go)
            await signal.send_async(None, 1, concurrency=2)
        assert sorted(called) == ["a", "b", "e"]
        assert len(signal.receivers) == 3


# -- A11: ten thousand -----------------------------------------------------------------------------


class Crowd:
    """Many receivers, which wait until all of them have begun.

    Attributes:
        count: how many they are.
        signal: what they are connected to.
        everybody: set when the last one has begun.
        running: how many have begun and not ended.
    """

    def __init__(self, count: int) -> None:
        self.signal = SIGNAL.make()
        self.everybody = anyio.Event()
        self.running = 0
        self.count = count
        for number in range(count):
            self.signal.connect(Member(self, number).receive, weak=False)


class Member:
    """One of a crowd."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self._crowd = crowd
        self._number = number

    async def receive(self, sender: object, payload: Callable[[], Awaitable[object]]) -> int:
        """Wait for the last one; then do what the payload says."""
        crowd = self._crowd
        crowd.running += 1
        try:
            if crowd.running == crowd.count:
                crowd.everybody.set()
            await crowd.everybody.wait()
            await payload()
        finally:
            crowd.running -= 1
        return self._number


async def test_a11_ten_thousand_receivers_run_at_the_same_time() -> None:
    """All of them run before any ends, and the results are in order."""
    crowd = Crowd(10_000)
    async with nobody_left():
        results = await crowd.signal.send_async(None, nothing, concurrency=None)
    assert results.values == tuple(range(10_000))


async def test_a11_one_that_fails_among_thousands_cancels_all_others() -> None:
    """One that fails cancels all others, which are awaited; the group has that one error."""
    crowd = Crowd(2_000)

    async def fail_alone(sender: object, payload: object) -> None:
        await crowd.everybody.wait()
        raise BrokenError

    crowd.signal.connect(fail_alone)
    async with nobody_left():
        with pytest.raises(ExceptionGroup) as caught:
            await crowd.signal.send_async(None, anyio.sleep_forever, concurrency=None)
        assert crowd.running == 0
    assert [type(each) for each in caught.value.exceptions] == [BrokenError]

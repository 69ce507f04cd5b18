"""Faults of cancellation: at any point, resisted, by deadlines, and with nothing to await."""

# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose cancellation is caught is looked at behind it.

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import DeliveryCancelledError, Dispatcher, Statistics
from tests.behaviour.test_cancellation_matrix import (
    OPERATIONS,
    Operation,
    by_scope,
    by_task,
    inject_everywhere,
)
from tests.behaviour.test_dispatcher import Reports
from tests.faults.faces import EVERY, OWN, SIGNAL, Face, Fails, on
from tests.faults.waiting import PLACES, Backend, Three, nobody_left, skip_on_trio, turns

pytestmark = pytest.mark.anyio

Work = Callable[[], Coroutine[Any, Any, Any]]
Cancel = Callable[[Coroutine[Any, Any, Any], int], Awaitable[int]]
BY_SCOPE: list[Cancel] = [by_scope]
BY_TASK: list[Cancel] = [by_task, partial(by_task, late=True)]
"""As it falls asleep, and as it is woken."""
in_each_place = pytest.mark.parametrize("place", PLACES)
in_several_ways = pytest.mark.parametrize("concurrency", [3, None], ids=["three", "all"])
in_each_way = pytest.mark.parametrize("by", ["scope", "task"])
ALL = [list(PLACES)]


class CleanUpError(Exception):
    """What a receiver raises while it cleans up."""


def works(place: int, work: Work, others: Work = checkpoint) -> list[Work]:
    """Have the receiver in one place do something of its own."""
    return [work if each == place else others for each in PLACES]


async def swallow() -> None:
    """Wait to be cancelled, and say nothing."""
    with suppress(anyio.get_cancelled_exc_class()):
        await anyio.sleep_forever()


async def fail_cleaning_up() -> None:
    """Wait to be cancelled, and fail in answer."""
    try:
        await anyio.sleep_forever()
    finally:
        raise CleanUpError


async def clean_up_slowly() -> None:
    """Wait to be cancelled, and take some time to end."""
    try:
        await anyio.sleep_forever()
    finally:
        with anyio.CancelScope(shield=True):
            await turns(10)


def ways_of(three: Three, face: Face) -> list[Work]:
    """Give the ways to send; only `Signal` sends to several at a time."""
    if face is not SIGNAL:
        return [three.send]
    return [three.send, partial(three.send_at_a_time, 3), partial(three.send_at_a_time, None)]


async def cancel_while(send: Work, by: str, times: int = 1) -> bool:
    """Cancel a sending while it waits, and tell whether it has ended by that."""
    scope = anyio.CancelScope()

    async def send_in_scope() -> None:
        with scope:
            await send()
            await checkpoint()  # a scope that is cancelled says so at each await

    async def cancel(task: Any) -> None:
        for _ in range(times):
            await turns(5)
            scope.cancel() if task is None else task.cancel()

    async with anyio.create_task_group() as tasks:
        if by == "scope":
            tasks.start_soon(cancel, None)
            await send_in_scope()
            return scope.cancelled_caught
        task = asyncio.ensure_future(send())
        tasks.start_soon(cancel, task)
        await asyncio.wait([task])
        return task.cancelled()
    raise AssertionError  # a group raises what its block raises


async def cancel_and(send: Work, by: str) -> bool:
    """Cancel who is about to send, and tell whether it has ended by that."""
    scope = anyio.CancelScope()

    async def cancel_itself_and_send() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await send()

    if by == "scope":
        scope.cancel()
        with scope:
            await send()
        return scope.cancelled_caught
    task = asyncio.ensure_future(cancel_itself_and_send())
    await asyncio.wait([task])
    return task.cancelled()


# -- A5: at any point ------------------------------------------------------------------------------


@in_each_way
@on(*EVERY, blinker=True)
async def test_a5_cancelled_before_its_start_a_sending_gives_nothing(
    face: Face, by: str, anyio_backend: Backend
) -> None:
    """Cancelled before its start, a sending ends by that, and gives no results."""
    if by == "task":
        skip_on_trio(anyio_backend)
    for way in range(3 if face is SIGNAL else 1):
        three = Three(face)
        async with nobody_left():
            assert await cancel_and(ways_of(three, face)[way], by)
        assert three.given == []
        assert sorted(three.began) == sorted(three.ended)


def sending(face: Face, way: int) -> Operation:
    """Send to three that wait twice each, and look at what came of it."""

    @asynccontextmanager
    async def operation() -> AsyncGenerator[Work]:
        three = Three(face, *works(0, partial(turns, 2), partial(turns, 2)))
        yield ways_of(three, face)[way]
        assert sorted(three.began) == sorted(three.ended)
        assert [sorted(each) for each in three.given] in ([], ALL)
        assert sorted(three.ended) == list(PLACES) or not three.given

    return operation


@in_each_way
@on(*EVERY, blinker=True)
async def test_a5_cancelled_at_each_await_a_sending_is_complete_or_gives_nothing(
    face: Face, by: str, anyio_backend: Backend
) -> None:
    """Cancelled at each await, a sending ends when its receivers have, with all results or none."""
    if by == "task":
        skip_on_trio(anyio_backend)
    cancels = BY_SCOPE if by == "scope" else BY_TASK
    for way in range(3 if face is SIGNAL else 1):
        for cancel in cancels:
            assert await inject_everywhere(sending(face, way), cancel) >= 2


@in_each_way
@in_each_place
@on(*EVERY, blinker=True)
async def test_a5_cancelled_again_while_receivers_clean_up_a_sending_gives_nothing(
    face: Face, place: int, by: str, anyio_backend: Backend
) -> None:
    """Scopes wait for shielded clean-up, a second `Task.cancel()` cuts it short; no results."""
    if by == "task":
        skip_on_trio(anyio_backend)
    for way in range(3 if face is SIGNAL else 1):
        three = Three(face, *works(place, clean_up_slowly))
        async with nobody_left():
            assert await cancel_while(ways_of(three, face)[way], by, times=2)
        assert three.given == []
        assert sorted(three.began) == sorted(three.ended)


@pytest.mark.parametrize(
    "name",
    ["wait", "next, wait", "send_async into two full streams", "submit", "await delivery", "drain"]
    + [f"dispatcher, grace {grace}, into a full stream" for grace in (None, 5)],
)
async def test_a5_streams_and_dispatchers_are_cancelled_at_each_await(
    name: str, anyio_backend: Backend
) -> None:
    """Streams and dispatchers lose no event and no place: each is delivered or reported."""
    operation, least = OPERATIONS[name]  # there are more of them in the cancellation matrix
    for cancel in BY_SCOPE if anyio_backend[0] == "trio" else BY_SCOPE + BY_TASK:
        assert await inject_everywhere(operation, cancel) >= least


# -- A6: resisted ----------------------------------------------------------------------------------


@in_each_place
@on(*EVERY, blinker=True)
async def test_a6_a_scope_that_a_receiver_swallows_stays_cancelled(face: Face, place: int) -> None:
    """Where a receiver swallows a scope's cancellation, the next await raises it again."""
    for way in range(3 if face is SIGNAL else 1):
        three = Three(face, *works(place, swallow))
        async with nobody_left():
            assert await cancel_while(ways_of(three, face)[way], "scope")
        assert [sorted(each) for each in three.given] in ([], ALL)


@in_each_place
@on(*OWN, blinker=Fails("goes on as if nothing had happened"))
async def test_a6_a_task_cancel_that_a_receiver_swallows_is_not_lost(
    face: Face, place: int, anyio_backend: Backend
) -> None:
    """`Task.cancel()` raises once; swallowed by a receiver, it ends the sending all the same."""
    skip_on_trio(anyio_backend)
    for way in range(3 if face is SIGNAL else 1):
        three = Three(face, *works(place, swallow))
        async with nobody_left():
            assert await cancel_while(ways_of(three, face)[way], "task")
        assert three.given == []


@in_each_place
@on(*EVERY, blinker=True)
async def test_a6_a_failure_in_clean_up_is_raised_and_the_scope_stays_cancelled(
    face: Face, place: int
) -> None:
    """One after another, the error of a clean-up is raised bare, and nobody behind is called."""
    three = Three(face, *works(place, fail_cleaning_up))
    raised: list[BaseException] = []

    async def send() -> None:
        try:
            await three.send()
        except CleanUpError as error:
            raised.append(error)

    async with nobody_left():
        assert await cancel_while(send, "scope")
    assert len(raised) == 1
    assert three.began[-1] == place


@in_each_way
@in_several_ways
@in_each_place
async def test_a6_at_the_same_time_a_failure_in_clean_up_stands_beside_the_cancellation(
    place: int, concurrency: int | None, by: str, anyio_backend: Backend
) -> None:
    """At the same time, a group has the error beside the cancellation, which is not lost."""
    if by == "task":
        skip_on_trio(anyio_backend)
    three = Three(SIGNAL, *works(place, fail_cleaning_up, anyio.sleep_forever))
    kinds: set[type[BaseException]] = set()

    async def send() -> None:
        with pytest.raises(BaseExceptionGroup) as caught:
            await three.send_at_a_time(concurrency)
        kinds.update(type(each) for each in leaves_of(caught.value))

    async with nobody_left():
        assert await cancel_while(send, by) == (by == "scope")
    assert kinds == {CleanUpError, anyio.get_cancelled_exc_class()}
    assert sorted(three.ended) == list(PLACES)


def leaves_of(error: BaseException) -> list[BaseException]:
    """Give what a group holds, at whatever depth."""
    inner: Any = getattr(error, "exceptions", None)
    return [error] if inner is None else [leaf for each in inner for leaf in leaves_of(each)]


# -- A7: deadlines ---------------------------------------------------------------------------------


@in_each_place
@on(*EVERY, blinker=True)
async def test_a7_a_deadline_that_passes_around_a_sending_ends_it(face: Face, place: int) -> None:
    """A deadline around it is a `TimeoutError`, without results; who waits has cleaned up."""
    for way in range(3 if face is SIGNAL else 1):

        async def let_it_pass() -> None:
            deadline.deadline = anyio.current_time()
            await anyio.sleep_forever()

        three = Three(face, *works(place, let_it_pass))
        async with nobody_left():
            with pytest.raises(TimeoutError), anyio.fail_after(math.inf) as deadline:
                await ways_of(three, face)[way]()
        assert three.given == []
        assert place in three.ended
        assert sorted(three.began) == sorted(three.ended)


@in_each_place
@on(*EVERY, blinker=True)
async def test_a7_a_deadline_inside_a_receiver_is_its_own(face: Face, place: int) -> None:
    """A receiver that gives up in time has returned, and nobody else notices."""

    async def give_up() -> None:
        with anyio.move_on_after(0):
            await anyio.sleep_forever()

    for way in range(3 if face is SIGNAL else 1):
        three = Three(face, *works(place, give_up))
        async with nobody_left():
            await ways_of(three, face)[way]()
        assert [sorted(each) for each in three.given] == ALL


@on(*EVERY, blinker=True)
async def test_a7_a_timeout_in_a_receiver_is_a_failure_like_others(face: Face) -> None:
    """A receiver's own `TimeoutError` is a failure like others: raised bare, or in a group."""

    async def time_out() -> None:
        with anyio.fail_after(0):
            await anyio.sleep_forever()

    three = Three(face, time_out)
    async with nobody_left():
        with pytest.raises(TimeoutError):
            await three.send()
        if face is SIGNAL:
            with pytest.raises(ExceptionGroup) as caught:
                await three.send_at_a_time(None)
            assert [type(each) for each in caught.value.exceptions] == [TimeoutError]
    assert three.given == []


async def test_a7_a_deadline_around_the_block_of_a_dispatcher_ends_it() -> None:
    """Around a dispatcher, it cancels what runs, what waits never begins; each is reported."""
    three, reports = Three(SIGNAL, anyio.sleep_forever), Reports()
    async with nobody_left():
        with anyio.move_on_after(math.inf) as deadline:
            async with Dispatcher(concurrency=1, on_error=reports) as dispatcher:
                deliveries = [dispatcher.post(three.signal.event(None, n)) for n in range(2)]
                await turns()
                deadline.deadline = anyio.current_time()
        assert deadline.cancelled_caught
    assert three.began == three.ended == [0]
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 2)
    assert sorted(reports.payloads) == [0, 1]
    for delivery, began in zip(deliveries, (True, False), strict=True):
        with pytest.raises(DeliveryCancelledError) as caught:
            await delivery
        assert caught.value.began is began


# -- A12: nothing to await -------------------------------------------------------------------------


@in_each_way
@on(*OWN, blinker=Fails("gives its results as if it had not been cancelled"))
async def test_a12_with_nothing_to_await_a_cancellation_is_noticed(
    face: Face, by: str, anyio_backend: Backend
) -> None:
    """It ends by that, with sync receivers and with none: a loop of sendings can be cancelled."""
    if by == "task":
        skip_on_trio(anyio_backend)

    called: list[object] = []

    def receive(sender: object, payload: object) -> None:
        called.append(payload)

    async def send_thrice() -> None:
        for _ in range(3):
            await face.send_async(signal, None, "payload")

    signal = face.make()
    async with nobody_left():
        assert await cancel_and(send_thrice, by)
        signal.connect(receive)
        assert await cancel_and(send_thrice, by)
    assert len(called) <= 1


@on(*EVERY)
async def test_a12_with_nothing_to_await_a_sending_is_no_schedule_point(face: Face) -> None:
    """Looking for a cancellation lets no other task run in between."""
    signal, ran, go = face.make(), list[str](), anyio.Event()

    def receive(sender: object, payload: object) -> None: ...

    async def other() -> None:
        await go.wait()
        ran.append("other")

    signal.connect(receive)
    async with nobody_left(), anyio.create_task_group() as tasks:
        tasks.start_soon(other)
        await turns()
        go.set()
        await face.send_async(signal, None, "payload")
        await face.send_async(face.make(), None, "payload")
        assert ran == []

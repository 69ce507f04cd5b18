"""Rule 11: cancellation reaches running receivers; a cancelled sending gives no partial results."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import anyio.from_thread
import pytest
from anyio.lowlevel import checkpoint

from aldis import Signal
from tests.behaviour.recording import (
    LIMIT,
    Calls,
    Shop,
    Way,
    in_each_async_way,
    nothing_unawaited,
    run_python,
)
from tests.interpreters import IS_CPYTHON

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("first_or_later")]

SHOP = Shop()
POSITIONS = [0, 1, 2]
in_each_concurrent_way = pytest.mark.parametrize("concurrency", [2, 3, None])
in_each_position = pytest.mark.parametrize("position", POSITIONS)
both_robust_and_not = pytest.mark.parametrize("robust", [False, True], ids=["plain", "robust"])


@asynccontextmanager
async def nobody_left() -> AsyncGenerator[None]:
    """Require that the block leaves no task running and no coroutine un-awaited."""
    before = {task.id for task in anyio.get_running_tasks()}
    with nothing_unawaited():
        yield
        assert {task.id for task in anyio.get_running_tasks()} == before


async def turns() -> None:
    """Let all others run until they wait; much quicker than to ask whether they do."""
    for _ in range(20):
        await checkpoint()


class Trio:
    """A signal with three async receivers, of which the one at `position` is special."""

    def __init__(self, position: int, special: Callable[[], Awaitable[object]]) -> None:
        self.calls = Calls()
        self.signal = Signal[int]()
        self.ended: list[str] = []
        for number in POSITIONS:
            then = special if number == position else checkpoint
            self.signal.connect(self._receiver("abc"[number], then), weak=False)

    def _receiver(self, name: str, then: Callable[[], Awaitable[object]]) -> Any:
        async def receiver(sender: object, payload: int) -> str:
            self.calls.note(name, sender, payload)
            try:
                await then()
            finally:
                self.ended.append(name)
            return name

        return receiver


async def send_in(way: Way, signal: Signal[int], results: list[Any]) -> None:
    """Send and keep what the sending gives."""
    results.append(await way(signal, SHOP, 1))


# -- before the start --------------------------------------------------------------------------


@in_each_async_way
async def test_a_sending_in_a_cancelled_scope_gives_nothing(way: Way) -> None:
    """Whatever is connected, a sending that was cancelled before its start ends by that."""
    results: list[Any] = []
    async with nobody_left():
        for kinds in ["", "s", "ss", "a", "aa", "sa", "as", "sas", "asa", "t", "st"]:
            signal, calls = Signal[int](), Calls()
            for number, kind in enumerate(kinds):
                if kind == "a":
                    signal.connect(calls.async_receiver(str(number)))
                else:
                    signal.connect(calls.receiver(str(number)), to_thread=kind == "t")
            with anyio.CancelScope() as scope:
                scope.cancel()
                await send_in(way, signal, results)
            assert scope.cancelled_caught, kinds

    assert results == []


@in_each_async_way
async def test_a_cancelled_sending_with_nothing_to_await_is_noticed(way: Way) -> None:
    """Sync receivers alone, and still the cancellation ends a loop of sendings (A12)."""
    signal, calls = Signal[int](), Calls()
    with anyio.CancelScope() as scope:
        signal.connect(calls.receiver("cancels", scope.cancel))
        signal.connect(calls.receiver("last"))
        for _ in range(3):
            await way(signal, SHOP, 1)

    assert scope.cancelled_caught
    assert len(calls.names) <= 4


@in_each_async_way
async def test_with_nothing_to_await_a_sending_is_no_schedule_point(way: Way) -> None:
    """No other task runs in between."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    go = anyio.Event()
    ran: list[str] = []

    async def other() -> None:
        await go.wait()
        ran.append("other")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(other)
        await turns()
        go.set()
        await way(signal, SHOP, 1)
        await way(Signal[int](), SHOP, 1)
        assert ran == []

    assert ran == ["other"]


@in_each_async_way
async def test_a_receiver_whose_turn_never_came_leaves_the_check_to_the_sending(way: Way) -> None:
    """When what was to be awaited is disconnected first, cancellation is noticed all the same."""
    signal, calls = Signal[int](), Calls()
    target = calls.async_receiver("target")
    results: list[Any] = []
    with anyio.CancelScope() as scope:

        def cancel() -> None:
            signal.disconnect(target)
            scope.cancel()

        signal.connect(calls.receiver("cancels", cancel))
        signal.connect(target)
        await send_in(way, signal, results)

    assert scope.cancelled_caught
    assert results == []


# -- at each await, level-triggered ------------------------------------------------------------


@in_each_async_way
@in_each_position
async def test_cancellation_reaches_the_receiver_that_runs(way: Way, position: int) -> None:
    """At whichever receiver, its clean-up runs, and the sending gives nothing."""
    trio = Trio(position, anyio.sleep_forever)
    results: list[Any] = []
    async with nobody_left(), anyio.create_task_group() as tasks:
        tasks.start_soon(send_in, way, trio.signal, results)
        await turns()
        tasks.cancel_scope.cancel()

    assert "abc"[position] in trio.ended
    assert sorted(trio.ended) == sorted(trio.calls.names)
    assert results == []


@pytest.mark.parametrize("robust", [False, True])
@in_each_position
async def test_one_after_another_the_rest_is_not_called(robust: bool, position: int) -> None:
    """Behind the receiver that was cancelled, nobody is called."""
    trio = Trio(position, anyio.sleep_forever)
    send: Any = trio.signal.send_robust_async if robust else trio.signal.send_async
    async with nobody_left(), anyio.create_task_group() as tasks:
        tasks.start_soon(send, SHOP, 1)
        await turns()
        tasks.cancel_scope.cancel()

    assert trio.calls.names == list("abc")[: position + 1]


@both_robust_and_not
async def test_at_most_n_at_a_time_the_rest_never_begins(robust: bool) -> None:
    """Receivers that wait for room when the cancellation comes are not called."""
    signal, calls = Signal[int](), Calls()
    for name in "abcde":
        signal.connect(calls.async_receiver(name, anyio.sleep_forever))
    send: Any = signal.send_robust_async if robust else signal.send_async

    async def send_two_at_a_time() -> None:
        await send(SHOP, 1, concurrency=2)

    async with nobody_left(), anyio.create_task_group() as tasks:
        tasks.start_soon(send_two_at_a_time)
        await turns()
        assert sorted(calls.names) == ["a", "b"]
        tasks.cancel_scope.cancel()

    assert sorted(calls.names) == ["a", "b"]


@in_each_async_way
@in_each_position
async def test_a_receiver_that_cancels_the_sending_ends_it(way: Way, position: int) -> None:
    """A receiver may cancel the scope that it is sent in."""
    results: list[Any] = []
    async with nobody_left():
        with anyio.CancelScope() as scope:

            async def cancel() -> None:
                scope.cancel()
                await checkpoint()

            await send_in(way, Trio(position, cancel).signal, results)

    assert scope.cancelled_caught
    assert results == []


# -- deadlines ---------------------------------------------------------------------------------


@in_each_async_way
@in_each_position
async def test_a_deadline_around_a_sending_ends_it(way: Way, position: int) -> None:
    """A deadline that has passed raises TimeoutError around the sending, and gives nothing (A7)."""
    trio = Trio(position, anyio.sleep_forever)
    results: list[Any] = []
    async with nobody_left():
        with pytest.raises(TimeoutError), anyio.fail_after(0):
            await send_in(way, trio.signal, results)

    assert results == []


@in_each_async_way
@in_each_position
async def test_a_deadline_inside_a_receiver_is_its_own(way: Way, position: int) -> None:
    """A receiver that gives up by its own deadline has returned; nothing else notices (A7)."""

    async def give_up() -> None:
        with anyio.move_on_after(0):
            await anyio.sleep_forever()

    trio = Trio(position, give_up)
    async with nobody_left():
        assert await way(trio.signal, SHOP, 1) == ("a", "b", "c")


@in_each_position
async def test_a_timeout_in_a_receiver_is_a_failure_like_any_other(position: int) -> None:
    """`fail_after` in a receiver raises TimeoutError, which is no cancellation of the sending."""

    async def fail() -> None:
        with anyio.fail_after(0):
            await anyio.sleep_forever()

    trio = Trio(position, fail)
    async with nobody_left():
        with pytest.raises(TimeoutError):
            await trio.signal.send_async(SHOP, 1)
        with pytest.raises(ExceptionGroup) as caught:
            await trio.signal.send_async(SHOP, 1, concurrency=None)
        assert [type(each) for each in caught.value.exceptions] == [TimeoutError]
        outcomes = await trio.signal.send_robust_async(SHOP, 1, concurrency=None)
        assert [type(each.error) for each in outcomes].index(TimeoutError) == position


# -- shields -----------------------------------------------------------------------------------


@in_each_async_way
@in_each_position
async def test_a_shielded_receiver_is_waited_for(way: Way, position: int) -> None:
    """It comes to its end, and then the sending is cancelled, with no results."""
    done = anyio.Event()

    async def shielded() -> None:
        with anyio.CancelScope(shield=True):
            await done.wait()

    trio = Trio(position, shielded)
    results: list[Any] = []
    async with nobody_left(), anyio.create_task_group() as tasks:
        tasks.start_soon(send_in, way, trio.signal, results)
        await turns()
        tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await turns()
            assert "abc"[position] not in trio.ended
            done.set()

    assert "abc"[position] in trio.ended
    assert results in ([], [("a", "b", "c")])


@in_each_async_way
@in_each_position
async def test_a_shielded_receiver_in_a_cancelled_scope_leaves_no_holes(
    way: Way, position: int
) -> None:
    """Of others that were cancelled beside it, the sending never gives results without them."""

    async def shielded() -> None:
        with anyio.CancelScope(shield=True):
            await turns()

    trio = Trio(position, shielded)
    results: list[Any] = []
    async with nobody_left():
        with anyio.CancelScope() as scope:
            scope.cancel()
            await send_in(way, trio.signal, results)
            await checkpoint()

    assert scope.cancelled_caught
    assert results == []


@in_each_async_way
async def test_a_shielded_sending_is_complete(way: Way) -> None:
    """A sending that is shielded from a cancelled scope gives all results."""
    trio = Trio(0, checkpoint)
    async with nobody_left():
        with anyio.CancelScope() as outer:
            outer.cancel()
            with anyio.CancelScope(shield=True):
                assert await way(trio.signal, SHOP, 1) == ("a", "b", "c")


# -- receivers that resist ---------------------------------------------------------------------


def swallower(scope: anyio.CancelScope) -> Callable[[], Awaitable[None]]:
    """Make what cancels a scope and then swallows the cancellation once."""

    async def swallow() -> None:
        scope.cancel()
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            pass

    return swallow


@in_each_async_way
@in_each_position
async def test_a_cancellation_that_a_receiver_swallows_is_not_lost(way: Way, position: int) -> None:
    """The scope stays cancelled, and what results there are have no holes (A6)."""
    results: list[Any] = []
    async with nobody_left():
        with anyio.CancelScope() as scope:
            await send_in(way, Trio(position, swallower(scope)).signal, results)
            await checkpoint()

    assert scope.cancelled_caught
    assert results in ([], [("a", "b", "c")])


class CleanUpError(Exception):
    """What a receiver raises while it cleans up."""


def failing_clean_up(scope: anyio.CancelScope) -> Callable[[], Awaitable[None]]:
    """Make what cancels a scope and then fails in cleaning up after the cancellation."""

    async def fail() -> None:
        scope.cancel()
        try:
            await anyio.sleep_forever()
        finally:
            raise CleanUpError

    return fail


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Give what a group holds, at whatever depth."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from leaves(each)
    else:
        yield error


@in_each_concurrent_way
@in_each_position
async def test_a_failure_in_clean_up_is_in_the_group_beside_the_cancellation(
    concurrency: int | None, position: int
) -> None:
    """The error comes out in a group, and the cancellation is not lost (A6)."""
    scope = anyio.CancelScope()
    trio = Trio(position, failing_clean_up(scope))
    after: list[Any] = []

    async def send(signal: Signal[Any], sender: object, payload: object) -> Any:
        return await signal.send_async(sender, payload, concurrency=concurrency)

    async with nobody_left():
        with pytest.raises(BaseExceptionGroup) as caught, scope:
            await send_in(send, trio.signal, after)

    assert [type(each) for each in leaves(caught.value)] == [CleanUpError]
    assert after == []


@in_each_position
async def test_one_after_another_a_failure_in_clean_up_is_raised_bare(position: int) -> None:
    """The first exception propagates as it is, and the scope stays cancelled (A6)."""
    scope = anyio.CancelScope()
    trio = Trio(position, failing_clean_up(scope))
    async with nobody_left():
        with scope:
            with pytest.raises(CleanUpError):
                await trio.signal.send_async(SHOP, 1)
            await checkpoint()

    assert scope.cancelled_caught
    assert trio.calls.names == list("abc")[: position + 1]


@pytest.mark.parametrize("concurrency", [1, 2, None])
@in_each_position
async def test_a_robust_sending_does_not_lose_a_cancellation_to_a_failure_in_clean_up(
    concurrency: int | None, position: int
) -> None:
    """The error is an outcome, and the scope is cancelled nonetheless."""
    scope = anyio.CancelScope()
    trio = Trio(position, failing_clean_up(scope))
    outcomes: list[Any] = []
    async with nobody_left():
        with scope:
            outcomes.append(await trio.signal.send_robust_async(SHOP, 1, concurrency=concurrency))
            await checkpoint()

    assert scope.cancelled_caught
    assert [len(each) for each in outcomes] in ([], [3])


# -- the first failure cancels the rest --------------------------------------------------------


@in_each_concurrent_way
@in_each_position
async def test_a_failure_cancels_the_others_and_waits_for_them(
    concurrency: int | None, position: int
) -> None:
    """When the group is raised, every receiver that had begun has ended (A4)."""
    signal, calls = Signal[int](), Calls()
    running = anyio.Event()
    ended: list[str] = []

    def make(name: str, fails: bool) -> Any:
        async def receiver(sender: object, payload: int) -> None:
            calls.note(name, sender, payload)
            try:
                if fails:
                    await running.wait()
                    raise ValueError(name)
                await anyio.sleep_forever()
            finally:
                with anyio.CancelScope(shield=True):
                    await checkpoint()
                ended.append(name)

        return receiver

    for number in POSITIONS:
        signal.connect(make("abc"[number], number == position), weak=False)

    async def let_it_fail() -> None:
        await turns()
        running.set()

    async with nobody_left(), anyio.create_task_group() as tasks:
        tasks.start_soon(let_it_fail)
        if concurrency == 2 and position == 2:
            tasks.start_soon(anyio.sleep_forever)  # it would never begin: there is no room
            tasks.cancel_scope.cancel()
            return
        with pytest.raises(ExceptionGroup) as caught:
            await signal.send_async(SHOP, 1, concurrency=concurrency)
        assert [str(each) for each in caught.value.exceptions] == ["abc"[position]]
        assert sorted(ended) == sorted(calls.names)


@in_each_concurrent_way
async def test_two_failures_are_one_group_in_the_order_of_the_receivers(
    concurrency: int | None,
) -> None:
    """Whoever fails first, the group is in receiver order, and has both (A4)."""
    signal = Signal[int]()
    both = anyio.Event()

    async def first(sender: object, payload: int) -> None:
        try:
            await both.wait()
        finally:
            raise ValueError("first")

    async def second(sender: object, payload: int) -> None:
        await turns()
        raise KeyError("second")

    signal.connect(first)
    signal.connect(second)
    async with nobody_left():
        with pytest.raises(ExceptionGroup) as caught:
            await signal.send_async(SHOP, 1, concurrency=concurrency)

    assert [type(each) for each in caught.value.exceptions] == [ValueError, KeyError]


# -- native cancellation, edge-triggered -------------------------------------------------------


@pytest.fixture
def native(anyio_backend_name: str) -> None:
    """Skip where there are no tasks of asyncio's."""
    if anyio_backend_name != "asyncio":
        pytest.skip("trio has no Task.cancel()")


@pytest.mark.usefixtures("native")
@in_each_async_way
@in_each_position
async def test_task_cancel_reaches_the_receiver_that_runs(way: Way, position: int) -> None:
    """`Task.cancel()` of asyncio ends the sending, after the clean-up of its receivers (A5)."""
    trio = Trio(position, anyio.sleep_forever)
    results: list[Any] = []
    async with nobody_left():
        task = asyncio.ensure_future(send_in(way, trio.signal, results))
        await turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert task.cancelled()
    assert "abc"[position] in trio.ended
    assert sorted(trio.ended) == sorted(trio.calls.names)
    assert results == []


@pytest.mark.usefixtures("native")
@in_each_async_way
async def test_task_cancel_before_the_start_is_noticed_at_the_first_await(way: Way) -> None:
    """A task that cancelled itself before it sends gets no results."""
    trio = Trio(0, checkpoint)
    results: list[Any] = []

    async def cancel_and_send() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await send_in(way, trio.signal, results)

    async with nobody_left():
        task = asyncio.ensure_future(cancel_and_send())
        with pytest.raises(asyncio.CancelledError):
            await task

    assert results == []


@pytest.mark.usefixtures("native")
@in_each_concurrent_way
@in_each_position
async def test_task_cancel_is_not_lost_to_a_failure_in_clean_up(
    concurrency: int | None, position: int
) -> None:
    """The group has the error, and beside it the cancellation where others were cancelled (A6)."""
    signal, calls = Signal[int](), Calls()

    async def fail() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise CleanUpError

    for number in POSITIONS[: concurrency or 3]:
        signal.connect(
            calls.async_receiver(str(number), fail if number == position else anyio.sleep_forever)
        )
    if concurrency == 2 and position == 2:
        signal.connect(calls.async_receiver("fails", fail), priority=1)
    async with nobody_left():
        task = asyncio.ensure_future(signal.send_async(SHOP, 1, concurrency=concurrency))
        await turns()
        task.cancel()
        with pytest.raises(BaseExceptionGroup) as caught:
            await task

    assert {type(each) for each in leaves(caught.value)} == {CleanUpError, asyncio.CancelledError}


@pytest.mark.usefixtures("native")
@in_each_concurrent_way
@in_each_position
async def test_task_cancel_is_not_lost_when_one_receiver_swallows_it(
    concurrency: int | None, position: int
) -> None:
    """The other receivers are cancelled, and so is the sending (A6)."""
    signal, calls = Signal[int](), Calls()

    async def swallow() -> None:
        with suppress(asyncio.CancelledError):
            await anyio.sleep_forever()

    for number in POSITIONS[: concurrency or 3]:
        special = number == min(position, (concurrency or 3) - 1)
        signal.connect(
            calls.async_receiver(str(number), swallow if special else anyio.sleep_forever)
        )
    async with nobody_left():
        task = asyncio.ensure_future(signal.send_async(SHOP, 1, concurrency=concurrency))
        await turns()
        task.cancel()
        await turns()
        ended = task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert ended, "the sending went on after Task.cancel()"


@pytest.mark.usefixtures("native")
@pytest.mark.parametrize("concurrency", [1, 2, None])
@in_each_position
async def test_task_cancel_of_a_robust_sending_is_not_lost_to_a_failure_in_clean_up(
    concurrency: int | None, position: int
) -> None:
    """An error that a receiver makes of a cancellation does not make the sending go on."""
    signal, calls = Signal[int](), Calls()

    async def fail() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise CleanUpError

    for number in POSITIONS:
        signal.connect(
            calls.async_receiver(str(number), fail if number == position else checkpoint)
        )
    async with nobody_left():
        task = asyncio.ensure_future(signal.send_robust_async(SHOP, 1, concurrency=concurrency))
        await turns()
        task.cancel()
        with pytest.raises((asyncio.CancelledError, BaseExceptionGroup)):
            await task


@pytest.mark.usefixtures("native")
@in_each_async_way
@in_each_position
async def test_a_receiver_that_is_cancelled_from_within_leaves_no_hole(
    way: Way, position: int
) -> None:
    """A CancelledError that a receiver raises by itself propagates; it is no missing result."""

    async def await_what_was_cancelled() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    trio = Trio(position, await_what_was_cancelled)
    async with nobody_left():
        with pytest.raises(asyncio.CancelledError):
            await way(trio.signal, SHOP, 1)


@pytest.mark.usefixtures("native")
@both_robust_and_not
@in_each_concurrent_way
@in_each_position
async def test_a_receiver_that_is_cancelled_from_within_ends_the_sending_at_once(
    robust: bool, concurrency: int | None, position: int
) -> None:
    """The others, which wait, are cancelled, as for any other failure."""
    signal, calls = Signal[int](), Calls()
    go: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def wait_for_it() -> None:
        await go

    for number in POSITIONS[: concurrency or 3]:
        special = number == min(position, (concurrency or 3) - 1)
        then = wait_for_it if special else anyio.sleep_forever
        signal.connect(calls.async_receiver(str(number), then))
    send: Any = signal.send_robust_async if robust else signal.send_async
    async with nobody_left():
        task = asyncio.ensure_future(send(SHOP, 1, concurrency=concurrency))
        await turns()
        go.cancel()
        await turns()
        ended = task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert ended, "the sending went on without one of its receivers"


# -- worker threads ----------------------------------------------------------------------------


@in_each_async_way
async def test_a_receiver_in_a_thread_is_waited_for(way: Way) -> None:
    """A thread cannot be cancelled: the sending ends when it does, without results (A10)."""
    signal, calls = Signal[int](), Calls()
    begun, resume = anyio.Event(), threading.Event()
    results: list[Any] = []
    ended: list[str] = []

    def work() -> None:
        anyio.from_thread.run_sync(begun.set)
        assert resume.wait(LIMIT)
        ended.append("thread")

    signal.connect(calls.receiver("in a thread", work), to_thread=True)
    signal.connect(calls.async_receiver("async", anyio.sleep_forever))
    async with nobody_left():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send_in, way, signal, results)
            await begun.wait()
            await turns()
            tasks.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                await turns()
                assert ended == []
                resume.set()
        assert ended == ["thread"]

    assert results == []


@pytest.mark.usefixtures("native")
@in_each_async_way
async def test_a_receiver_in_a_thread_is_waited_for_after_task_cancel(way: Way) -> None:
    """`Task.cancel()` ends the sending when the thread has ended, without results (A10)."""
    signal, calls = Signal[int](), Calls()
    begun, resume = anyio.Event(), threading.Event()
    results: list[Any] = []

    def work() -> None:
        anyio.from_thread.run_sync(begun.set)
        assert resume.wait(LIMIT)

    signal.connect(calls.receiver("in a thread", work), to_thread=True)
    signal.connect(calls.async_receiver("async", anyio.sleep_forever))
    async with nobody_left():
        task = asyncio.ensure_future(send_in(way, signal, results))
        await begun.wait()
        await turns()
        task.cancel()
        await turns()
        ended_before_the_thread = task.done()
        resume.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert not ended_before_the_thread
    assert results == []


@in_each_async_way
async def test_a_coroutine_made_in_a_thread_is_not_left_by_a_cancelled_sending(way: Way) -> None:
    """What a thread returns after the cancellation is awaited or closed."""
    signal = Signal[int]()
    scope = anyio.CancelScope()

    async def back_in_the_loop() -> None:
        await checkpoint()

    def make(sender: object, payload: int) -> Any:
        anyio.from_thread.run_sync(scope.cancel)
        return back_in_the_loop()

    signal.connect(make, to_thread=True)
    results: list[Any] = []
    async with nobody_left():
        with scope:
            await send_in(way, signal, results)
            await checkpoint()

    assert scope.cancelled_caught
    assert results == []


# -- many --------------------------------------------------------------------------------------


async def test_ten_thousand_receivers_at_the_same_time() -> None:
    """With no bound, all of them run before any ends, and the results are in order (A11)."""
    count = 10_000
    signal, everybody = Signal[int](), anyio.Event()
    running = 0

    class Numbered:
        def __init__(self, number: int) -> None:
            self.number = number

        async def receive(self, sender: object, payload: int) -> int:
            nonlocal running
            running += 1
            if running == count:
                everybody.set()
            await everybody.wait()
            return self.number

    owners = [Numbered(number) for number in range(count)]
    for owner in owners:
        signal.connect(owner.receive)
    async with nobody_left():
        results = await signal.send_async(SHOP, 1, concurrency=None)

    assert results.values == tuple(range(count))


async def test_a_thousand_receivers_are_cancelled_together() -> None:
    """One failure among a thousand cancels all others, and nobody is left."""
    signal, calls = Signal[int](), Calls()
    ended = 0

    async def wait(sender: object, payload: int) -> None:
        nonlocal ended
        try:
            await anyio.sleep_forever()
        finally:
            ended += 1

    class Numbered:
        async def receive(self, sender: object, payload: int) -> None:
            await wait(sender, payload)

    async def fail() -> None:
        await turns()
        raise ValueError

    owners = [Numbered() for _ in range(1000)]
    for owner in owners:
        signal.connect(owner.receive)
    signal.connect(calls.async_receiver("fails", fail))
    async with nobody_left():
        with pytest.raises(ExceptionGroup) as caught:
            await signal.send_async(SHOP, 1, concurrency=None)

    assert len(caught.value.exceptions) == 1
    assert ended == 1000


# -- Ctrl-C ------------------------------------------------------------------------------------

CTRL_C = """
    import signal as process
    import anyio
    from aldis import Signal

    placed = Signal[int]("placed")

    @placed.connect
    async def waits(sender, payload):
        try:
            await anyio.sleep_forever()
        finally:
            print("cleaned up")

    @placed.connect
    async def interrupts(sender, payload):
        await anyio.wait_all_tasks_blocked()
        process.raise_signal(process.SIGINT)
        await anyio.sleep_forever()

    async def main():
        await placed.send_async(None, 1, concurrency=None)

    try:
        anyio.run(main, backend=BACKEND)
    except* KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_after_ctrl_c_the_clean_up_of_receivers_runs(backend: str) -> None:
    """A KeyboardInterrupt while receivers run cancels them and comes out (A9)."""
    if backend == "asyncio" and not IS_CPYTHON:
        pytest.skip("PyPy's `except*` takes no KeyboardInterrupt that is in no group")
    assert run_python(CTRL_C.replace("BACKEND", repr(backend))) == "cleaned up\ninterrupted\n"

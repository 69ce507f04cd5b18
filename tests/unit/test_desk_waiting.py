"""Receivers that await deliveries: their place is lent meanwhile, and circles are refused."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

from contextlib import AsyncExitStack

import anyio
import anyio.to_thread
import pytest

from aldis import DeliveryCancelledError, Statistics
from aldis._crew import Crew
from aldis._posted import Posted
from aldis.exceptions import DispatcherUseError
from tests.behaviour.recording import LIMIT
from tests.unit.crews import is_empty, running, settled, statistics, turns

pytestmark = pytest.mark.anyio


# -- no worker is missing ----------------------------------------------------------------------


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("concurrency", [1, 2])
async def test_receivers_that_await_deliveries_do_not_starve(
    concurrency: int, ordered: bool
) -> None:
    """Chains that are longer than the crew is large, several at a time; then all is as before."""

    async def chain(payload: int) -> int:
        if payload % 10 == 9:
            return 0
        (outcome,) = await shift.post(payload + 1, f"sender {payload + 1}")
        result: int = outcome.value
        return result + 1

    async with running(concurrency, ordered=ordered) as shift:
        shift.then = chain
        with anyio.fail_after(LIMIT):
            chains = [shift.post(number * 10, number) for number in range(3)]
            lengths = [(await posted).values for posted in chains]
        assert lengths == [(9,)] * 3
        assert shift.crew._limit == concurrency
        shift.then = None
        for number in range(5):
            shift.post(number, number)
        await settled()
        assert statistics(shift)[:2] == (5 - concurrency, concurrency)
        shift.gate.set()
        await shift.crew.finish()
        await settled()
        assert shift.crew._workers <= concurrency


async def test_a_receiver_may_await_many_and_give_up() -> None:
    """Those that it awaits run one at a time, beside it; giving up makes no place for good."""

    async def receive(payload: object) -> object:
        if payload != "first":
            await shift.gate.wait()
            return payload
        made = [shift.post(number) for number in range(3)]
        with anyio.move_on_after(0):
            await made[0]
        await settled()
        found.append(shift.crew.ledger.count())
        shift.gate.set()
        return [(await posted).values for posted in made]

    found: list[Statistics] = []
    async with running(1) as shift:
        shift.then = receive
        with anyio.fail_after(LIMIT):
            outcomes = await shift.post("first")
        assert shift.crew._limit == 1
    assert outcomes.values == ([(0,), (1,), (2,)],)
    assert found[0].running <= 2


async def test_an_ordered_line_cannot_wait_for_itself() -> None:
    """Directly, and by a delivery in another line; of other lines a receiver may."""

    async def receive(payload: str) -> object:
        if payload == "last":
            return payload
        if payload == "by another":
            (outcome,) = await shift.post("directly", "another sender")
            return repr(outcome.error)
        await shift.post("last", "a third sender")
        with pytest.raises(DispatcherUseError, match="wait for itself"):
            await shift.post("last")
        raise ValueError(payload)

    async with running(1, ordered=True) as shift:
        shift.then = receive
        with anyio.fail_after(LIMIT):
            direct = await shift.post("directly")
            indirect = await shift.post("by another")
        assert [str(error) for error in direct.errors] == ["directly"]
        assert indirect.values == ("ValueError('directly')",)
        await shift.crew.finish()
        assert shift.crew._limit == 1
        assert is_empty(shift.crew)


@pytest.mark.parametrize("ordered", [False, True])
async def test_a_receiver_cannot_wait_for_its_own_delivery(ordered: bool) -> None:
    """It would wait for its own end, and so for ever."""

    async def receive(payload: object) -> str:
        with anyio.move_on_after(0):
            try:
                await posted
            except DispatcherUseError:
                return "refused"
        return "waited"

    async with running(1, ordered=ordered) as shift:
        shift.then = receive
        posted = shift.post(1)
        with anyio.fail_after(LIMIT):
            assert (await posted).values == ("refused",)
        assert shift.crew._limit == 1


async def test_waiting_is_refused_in_another_event_loop() -> None:
    """Nobody would wake the task; it says what was called."""
    async with running(1) as shift:
        shift.crew.check_loop("await delivery")
        posted = shift.post(1)

        async def wait() -> None:
            with pytest.raises(DispatcherUseError, match="await delivery waits"):
                await posted
            with pytest.raises(DispatcherUseError, match="submit waits"):
                shift.crew.check_loop("submit")

        await anyio.to_thread.run_sync(lambda: anyio.run(wait))
        assert posted.flag is None


# -- circles -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("crews", [1, 2])
async def test_of_a_circle_of_receivers_that_await_each_other_the_last_is_refused(
    crews: int, size: int
) -> None:
    """Of one crew or of several; all of them come to their end."""
    refused: list[int] = []
    made: list[Posted] = []

    async def receive(payload: int) -> None:
        await settled()
        try:
            await made[(payload + 1) % size]
        except DispatcherUseError:
            refused.append(payload)

    async with AsyncExitStack() as stack:
        shifts = [await stack.enter_async_context(running(size)) for _ in range(crews)]
        for shift in shifts:
            shift.then = receive
        made += [shifts[number % crews].post(number) for number in range(size)]
        with anyio.fail_after(LIMIT):
            for posted in made:
                await posted
        assert [shift.crew._limit for shift in shifts] == [size] * crews

    assert len(refused) == 1


async def test_a_circle_through_a_line_is_refused() -> None:
    """A receiver awaits one whose receiver awaits what is behind the first, in its line."""

    async def receive(payload: str) -> object:
        if payload == "behind":
            return payload
        if payload == "first":
            await made[1]
            return payload
        with pytest.raises(DispatcherUseError):
            await made[2]
        return "refused"

    async with running(2, ordered=True) as shift:
        shift.then = receive
        made = [shift.post("first"), shift.post("other", "another sender"), shift.post("behind")]
        with anyio.fail_after(LIMIT):
            assert [(await each).values for each in made] == [("first",), ("refused",), ("behind",)]
        assert is_empty(shift.crew)


async def test_what_is_no_circle_is_not_refused() -> None:
    """Several await the same; and a circle that was given up is none."""

    async def receive(payload: object) -> object:
        if payload == "gives up":
            with anyio.move_on_after(0):
                await made[1]
        elif payload != "last":
            await turns()
            await made[0]
            await made[-1]
        return payload

    async with running(2) as shift:
        shift.then = receive
        made = [shift.post(each) for each in ("gives up", "one", "two", "last")]
        with anyio.fail_after(LIMIT):
            values = [(await each).values for each in made]
        assert shift.crew._limit == 2
    assert values == [("gives up",), ("one",), ("two",), ("last",)]


# -- lending -----------------------------------------------------------------------------------


async def test_a_place_is_given_back_when_the_event_ends() -> None:
    """Not when its receiver has woken up: nobody begins beside it in between."""
    limits: list[float] = []

    async def receive(payload: object) -> None:
        if payload == "first":
            awaited = shift.post("awaited")
            await awaited
            limits.append(shift.crew._limit)
            await shift.gate.wait()

    async with running(1) as shift:
        shift.then = receive
        shift.post("first")
        shift.post("next")
        await settled()
        assert limits == [1]
        assert shift.heard == ["first", "next", "awaited"]
        shift.post("later")
        await settled()
        assert "later" not in shift.heard
        shift.gate.set()
        await shift.crew.finish()


async def test_without_a_bound_no_worker_is_called_for_a_lent_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each event has one already; else their number would grow with its square."""
    begun = list[Crew]()
    work = Crew._work

    async def count(crew: Crew) -> None:
        begun.append(crew)
        await work(crew)

    monkeypatch.setattr(Crew, "_work", count)

    async def wait(payload: object) -> None:
        await (shift.gate.wait() if payload == "awaited" else awaited)

    async with running(None) as shift:
        shift.then = wait
        awaited = shift.post("awaited")
        for number in range(9):
            shift.post(number, number)
        await settled()
        assert len(begun) == 10
        shift.gate.set()
        await shift.crew.finish()


async def test_several_tasks_of_a_receiver_lend_its_place_once() -> None:
    """Until the last of what they await has ended."""

    async def receive(payload: object) -> None:
        if payload == "first":
            made = [shift.post(number) for number in range(3)]
            async with anyio.create_task_group() as tasks:
                for posted in (*made, made[0]):
                    tasks.start_soon(wait, posted)
        else:
            await shift.gate.wait()

    async def wait(posted: Posted) -> None:
        await posted

    async with running(1) as shift:
        shift.then = receive
        first = shift.post("first")
        await settled()
        assert (shift.crew._limit, statistics(shift)[:2]) == (2, (2, 2))
        shift.gate.set()
        await first
        assert shift.crew._limit == 1
        await settled()
        assert shift.crew._workers == 1


async def test_what_a_receiver_left_behind_waits_on_without_it() -> None:
    """The place goes back with the receiver; to give up later changes nothing more."""

    async def receive(payload: object) -> None:
        if payload == "first":
            tasks.start_soon(wait)
            await turns()
        else:
            await shift.gate.wait()

    async def wait() -> None:
        with scope:
            await awaited

    scope = anyio.CancelScope()
    async with anyio.create_task_group() as tasks, running(2) as shift:
        shift.then = receive
        awaited = shift.post("awaited")
        # A task begins in the context of whoever starts it: that of the receiver.
        await shift.post("first")
        assert shift.crew._limit == 2
        assert len(awaited.waiting) == 1
        scope.cancel()
        await turns()
        assert (awaited.waiting, shift.crew._limit) == ([], 2)
        shift.gate.set()
        await awaited


async def test_a_receiver_that_is_cancelled_as_it_awaits_has_lent_nothing() -> None:
    """Nor is the event that it awaits cancelled with it."""

    async def receive(payload: object) -> object:
        if payload == "first":
            await awaited
        await shift.gate.wait()
        return payload

    async with running(2) as shift:
        shift.then = receive
        awaited = shift.post("awaited")
        first = shift.post("first")
        await settled()
        assert shift.crew._limit == 3
        first.cancel()
        with pytest.raises(DeliveryCancelledError):
            await first
        assert (shift.crew._limit, awaited.waiting) == (2, [])
        shift.gate.set()
        assert (await awaited).values == ("awaited",)


async def test_a_receiver_that_awaits_in_another_loop_lends_nothing() -> None:
    """In a thread that it waits for: the places there are none of its crew's."""
    limits: list[float] = []

    async def wait_there() -> None:
        async with running(1) as other:
            posted = other.post("there")
            with anyio.move_on_after(0):
                await posted
            await settled()
            limits.append(shift.crew._limit)
            other.gate.set()
            assert (await posted).values == ("there",)
            limits.append(other.crew._limit)

    async def receive(payload: object) -> None:
        await anyio.to_thread.run_sync(anyio.run, wait_there)

    async with running(1) as shift:
        shift.then = receive
        with anyio.fail_after(LIMIT):
            assert (await shift.post("here")).errors == ()
        limits.append(shift.crew._limit)
    assert limits == [1, 1, 1]

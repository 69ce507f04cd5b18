"""How receivers are awaited: what they are called with, what they may return, what is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from typing import Any, TypeAlias

import anyio
import anyio.lowlevel
import pytest

import aldis.blinker
from aldis import Signal
from aldis._async_delivery import try_each_async
from aldis.exceptions import ConcurrencyError
from tests.behaviour.recording import LIMIT

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("first_or_later")]

Send: TypeAlias = Callable[[Any, object], Awaitable[list[object]]]


async def send_serially(signal: Any, sender: object) -> list[object]:
    """Send to one after another; give what they have returned."""
    return list((await signal.send_async(sender, "payload")).values)


async def send_robustly(signal: Any, sender: object) -> list[object]:
    """Send to one after another, whatever one raises."""
    return list((await signal.send_robust_async(sender, "payload")).values)


async def send_together(signal: Any, sender: object) -> list[object]:
    """Send to all at the same time."""
    return list((await signal.send_async(sender, "payload", concurrency=None)).values)


async def send_robustly_together(signal: Any, sender: object) -> list[object]:
    """Send to all at the same time, whatever one raises."""
    return list((await signal.send_robust_async(sender, "payload", concurrency=None)).values)


async def send_dropped_in(signal: Any, sender: object) -> list[object]:
    """Send as blinker does."""
    return [value for _, value in await signal.send_async(sender, payload="payload")]


OWN: list[Send] = [send_serially, send_robustly, send_together, send_robustly_together]
in_each_way = pytest.mark.parametrize("send", OWN)
in_each_way_and_dropped_in = pytest.mark.parametrize("send", [*OWN, send_dropped_in])


def make_signal(send: Send) -> Any:
    """Make a signal of the kind that can be sent so."""
    return aldis.blinker.Signal() if send is send_dropped_in else Signal[str]("orders")


class Later:
    """Can be awaited, and is no coroutine."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, Any, object]:
        yield from anyio.lowlevel.checkpoint().__await__()
        return self.value


class Owner:
    """Receives by methods of every kind."""

    def sync(self, sender: object, payload: object) -> object:
        """Return at once."""
        return ("sync", self, sender, payload)

    async def awaited(self, sender: object, payload: object) -> object:
        """Return a little later."""
        await anyio.lowlevel.checkpoint()
        return ("awaited", self, sender, payload)

    def later(self, sender: object, payload: object) -> object:
        """Return what has to be awaited, and does not look like it."""
        return Later(("later", self, sender, payload))

    def nothing(self, sender: object, payload: object) -> None:
        """Return nothing."""


@in_each_way_and_dropped_in
@pytest.mark.parametrize("once", [False, True])
async def test_every_kind_of_method_hears_the_same_and_is_awaited(send: Send, once: bool) -> None:
    """Whether the plan is a plain one or not."""
    signal, owner, heard = make_signal(send), Owner(), list[object]()

    def function(sender: object, payload: object) -> object:
        heard.append((sender, payload))
        return Later("function")

    for each in (owner.sync, owner.awaited, owner.later, owner.nothing, function):
        if once and send is not send_dropped_in:
            signal.connect(each, once=True)
        else:
            signal.connect(each)
    if once and send is send_dropped_in:  # with two connections, each has to be admitted
        signal.connect(function, sender="sender")
    names = ["sync", "awaited", "later"]
    wanted = [*[(name, owner, "sender", "payload") for name in names], None, "function"]
    assert await send(signal, "sender") == wanted
    assert heard == [("sender", "payload")]


@in_each_way_and_dropped_in
async def test_who_is_freed_by_one_before_it_is_passed_over(send: Send) -> None:
    """And the ones behind it are called."""
    signal, owners, heard = make_signal(send), [Owner()], list[str]()

    async def first(sender: object, payload: object) -> None:
        owners.clear()

    async def last(sender: object, payload: object) -> None:
        heard.append("last")

    signal.connect(first)
    signal.connect(owners[0].awaited)
    signal.connect(last)
    assert len(await send(signal, "sender")) in {2, 3}  # at the same time, it may have been begun
    assert heard == ["last"]


@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize(
    ("send", "count"),  # a group of tasks, which several have, is left by an await
    [(send_serially, 2), (send_robustly, 2), *[(send, 1) for send in OWN]],
)
async def test_what_was_awaited_to_its_end_is_given_though_the_scope_is_cancelled(
    send: Send, once: bool, count: int
) -> None:
    """A cancellation after the last await is for the next one to notice."""
    signal = make_signal(send)
    calls: list[int] = []

    def make() -> Any:
        async def receiver(sender: object, payload: object) -> str:
            await anyio.lowlevel.checkpoint()
            calls.append(1)
            if len(calls) == count:
                scope.cancel()
            return "value"

        return receiver

    receivers = [make() for _ in range(count)]
    for each in receivers:
        signal.connect(each, once=once)
    given: list[object] = []
    with anyio.CancelScope() as scope:
        given = await send(signal, "sender")
        await anyio.lowlevel.checkpoint()
        pytest.fail("the scope was not cancelled")
    assert given == ["value"] * count


@in_each_way
async def test_an_async_receiver_alone_looks_for_a_cancellation_by_itself(send: Send) -> None:
    """It is begun, and ended where it first waits."""
    signal, heard = make_signal(send), list[str]()

    async def receiver(sender: object, payload: object) -> None:
        heard.append("begun")
        await anyio.lowlevel.checkpoint()
        heard.append("went on")

    signal.connect(receiver)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await send(signal, "sender")
    assert scope.cancelled_caught
    assert heard == ["begun"]


async def test_who_notes_outcomes_looks_for_a_cancellation_by_itself() -> None:
    """As a dispatcher does, between two events: what was noted stays."""
    signal, noted, heard = make_signal(send_robustly), list[Any](), list[object]()
    signal.connect(lambda sender, payload: heard.append(payload), weak=False)
    plan = signal._registry.select(None)
    outcomes: Any = None
    with anyio.CancelScope() as scope:
        scope.cancel()
        outcomes = await try_each_async(plan, "orders", None, "payload", noted)
    assert heard == ["payload"]
    noted.clear()
    assert len(outcomes) == 1


@pytest.mark.parametrize("concurrency", [1, None])
@pytest.mark.parametrize("count", [1, 2])
async def test_a_group_names_the_signal(concurrency: int | None, count: int) -> None:
    """In its message, and in a note to each error."""
    signal = make_signal(send_serially)

    def fail(sender: object, payload: object) -> None:
        raise ValueError

    signal.connect(fail)
    if count == 2:
        signal.connect(Owner().nothing, weak=False)
    outcomes = await signal.send_robust_async("sender", "payload", concurrency=concurrency)
    with pytest.raises(ExceptionGroup, match="signal 'orders'"):
        outcomes.raise_errors()
    if concurrency is None:
        with pytest.raises(ExceptionGroup, match="signal 'orders'"):
            await signal.send_async("sender", "payload", concurrency=None)


async def test_a_group_that_holds_a_cancellation_names_the_signal_too() -> None:
    """What fails in its clean-up stands beside the cancellation."""
    signal = make_signal(send_together)

    async def wait(sender: object, payload: object) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise ValueError

    async def cancel(sender: object, payload: object) -> None:
        scope.cancel()
        await anyio.sleep_forever()

    signal.connect(wait)
    signal.connect(cancel)
    messages: list[str] = []
    with anyio.CancelScope() as scope:
        try:
            await send_together(signal, "sender")
        except BaseExceptionGroup as errors:
            messages.append(errors.message)
            raise errors.subgroup(anyio.get_cancelled_exc_class()) or errors from None
    assert "signal 'orders'" in messages[0]


@pytest.mark.parametrize(
    ("concurrency", "found"), [(0, "0"), (-1, "-1"), (True, "True"), ("many", "<str>")]
)
async def test_what_bounds_nothing_is_refused_by_its_value_or_its_type(
    concurrency: Any, found: str
) -> None:
    """Numbers are shown, other objects never are."""
    signal = make_signal(send_together)
    with pytest.raises(ConcurrencyError) as refused:
        await signal.send_async("sender", "payload", concurrency=concurrency)
    assert refused.value.found == found


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("limit", [2, 3, 4])
async def test_a_receiver_with_two_connections_takes_one_place_among_many(
    limit: int, robust: bool
) -> None:
    """It is called once, and what it has left free is free for the next."""
    signal, owners = make_signal(send_together), [Owner(), Owner(), Owner()]
    for owner in owners:
        signal.connect(owner.awaited, "sender")
    signal.connect(owners[0].awaited)
    signal.connect(owners[1].awaited)
    send = signal.send_robust_async if robust else signal.send_async
    results = await send("sender", "payload", concurrency=limit)
    assert [value[1] for value in results.values] == owners


@pytest.mark.parametrize("limit", [1, 2])
async def test_nobody_is_called_behind_a_failure_at_the_same_time(limit: int) -> None:
    """Whoever waits for a free place stays away."""
    signal, heard = make_signal(send_together), list[int]()

    def make(number: int) -> Any:
        async def receiver(sender: object, payload: object) -> None:
            heard.append(number)
            await anyio.lowlevel.checkpoint()
            raise ValueError

        return receiver

    receivers = [make(number) for number in range(5)]
    for each in receivers:
        signal.connect(each)
    with pytest.raises((ValueError, ExceptionGroup)):
        await signal.send_async("sender", "payload", concurrency=limit)
    assert sorted(heard) == list(range(limit))


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(
    "passed_over", ["connected twice", "done, and connected twice", "disconnected meanwhile"]
)
async def test_a_hole_is_no_result_though_others_were_passed_over(passed_over: str) -> None:
    """What withdrew the last receiver is raised: the sending cannot be complete."""
    signal, owner = make_signal(send_together), Owner()

    def disconnect(sender: object, payload: object) -> None:
        if passed_over == "disconnected meanwhile":
            signal.disconnect(owner.awaited)

    async def withdraw(sender: object, payload: object) -> None:
        raise asyncio.CancelledError("from within")

    signal.connect(disconnect)
    signal.connect(withdraw)
    signal.connect(owner.sync)
    if passed_over == "done, and connected twice":
        signal.connect(owner.sync, "sender")
    else:
        signal.connect(owner.awaited)
    if passed_over == "connected twice":
        signal.connect(owner.awaited, "sender")
    with pytest.raises(asyncio.CancelledError) as withdrawn:
        await send_together(signal, "sender")
    if passed_over == "disconnected meanwhile":
        assert str(withdrawn.value) == "from within"


@pytest.mark.parametrize("concurrency", [1, 2, None])
async def test_who_failed_is_named_by_its_outcome(concurrency: int | None) -> None:
    """Whether it was awaited by itself or beside others."""
    signal, owner = Signal[object](), Owner()

    async def fail(sender: object, payload: object) -> None:
        await anyio.lowlevel.checkpoint()
        raise ValueError

    for each in (owner.awaited, fail, owner.sync):
        signal.connect(each)
    outcomes = await signal.send_robust_async("sender", None, concurrency=concurrency)
    assert [each.receiver for each in outcomes] == [owner.awaited, fail, owner.sync]
    assert [type(each) for each in outcomes.errors] == [ValueError]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_hole_is_no_result_of_async_receivers_alone() -> None:
    """What withdrew one of them is raised, though another was passed over."""
    signal, owner = Signal[object](), Owner()

    async def disconnect(sender: object, payload: object) -> None:
        signal.disconnect(owner.awaited)

    async def withdraw(sender: object, payload: object) -> None:
        raise asyncio.CancelledError("from within")

    async def wait(sender: object, payload: object) -> None:
        await anyio.wait_all_tasks_blocked()

    for each in (disconnect, withdraw, owner.awaited, wait):
        signal.connect(each)
    with pytest.raises(asyncio.CancelledError, match="from within"):
        await signal.send_async(None, None, concurrency=None)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_scope_knows_its_cancellation_though_another_receiver_was_withdrawn() -> None:
    """What one receiver raises on its own account does not come out of a scope of the caller's."""
    signal = make_signal(send_together)

    async def withdraw(sender: object, payload: object) -> None:
        raise asyncio.CancelledError("from within")

    async def cancel_in_the_end(sender: object, payload: object) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.wait_all_tasks_blocked()
            scope.cancel()

    signal.connect(withdraw)
    signal.connect(cancel_in_the_end)
    with anyio.CancelScope() as scope:
        await send_together(signal, "sender")
        pytest.fail("there are results")
    assert scope.cancelled_caught


@in_each_way
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_task_cancel_that_the_last_receiver_swallows_is_raised(
    send: Send, count: int
) -> None:
    """By the sending itself: there may be no other await to notice it."""
    signal = make_signal(send)

    async def swallow(sender: object, payload: object) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)

    if count == 2:
        signal.connect(Owner().nothing, weak=False)
    signal.connect(swallow)
    task = asyncio.ensure_future(send(signal, "sender"))
    await anyio.wait_all_tasks_blocked()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("count", [1, 2])
async def test_what_fails_after_task_cancel_is_what_is_raised(count: int) -> None:
    """The last receiver has made another error of the cancellation, and nobody hides it."""
    signal = make_signal(send_together)

    async def turn(sender: object, payload: object) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise ValueError from None

    if count == 2:
        signal.connect(Owner().nothing, weak=False)
    signal.connect(turn)
    task = asyncio.ensure_future(send_together(signal, "sender"))
    await anyio.wait_all_tasks_blocked()
    task.cancel()
    with pytest.raises(BaseExceptionGroup) as failed:
        await task
    assert failed.group_contains(ValueError)


@in_each_way
async def test_sync_receivers_give_their_results_though_one_cancels_the_scope(send: Send) -> None:
    """There was one look for a cancellation, before the first of them."""
    signal, given = make_signal(send), list[object]()

    def cancel(sender: object, payload: object) -> str:
        scope.cancel()
        return "value"

    signal.connect(cancel)
    with anyio.CancelScope() as scope:
        given = await send(signal, "sender")
    assert given == ["value"]


async def test_who_notes_outcomes_is_not_stopped_by_receivers_that_went_away() -> None:
    """Though they were to be awaited, and nothing was."""
    signal, noted, owner = make_signal(send_robustly), list[Any](), Owner()

    def disconnect(sender: object, payload: object) -> None:
        signal.disconnect(owner.awaited)

    signal.connect(disconnect)
    signal.connect(owner.awaited)
    plan = signal._registry.select(None)
    outcomes: Any = None
    with anyio.CancelScope() as scope:
        scope.cancel()
        outcomes = await try_each_async(plan, "orders", None, "payload", noted)
    assert len(outcomes) == 1


@in_each_way
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_cancellation_that_was_caught_before_does_not_end_a_sending(
    send: Send, count: int
) -> None:
    """It is what was asked for since the sending began that counts."""
    signal, owner = make_signal(send), Owner()
    signal.connect(owner.awaited)
    if count == 2:
        signal.connect(owner.nothing)

    async def catch_and_send() -> list[object]:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        return await send(signal, "sender")

    task = asyncio.ensure_future(catch_and_send())
    await anyio.wait_all_tasks_blocked()
    task.cancel()
    assert len(await task) == count


@pytest.mark.parametrize("concurrency", [1, None])
@pytest.mark.parametrize("once", [False, True])
async def test_outcomes_and_results_name_their_receivers(
    concurrency: int | None, once: bool
) -> None:
    """In the order of connecting."""
    signal, owner = make_signal(send_robustly), Owner()
    methods = [owner.sync, owner.awaited, owner.later]
    for each in methods:
        signal.connect(each, once=once)
    if once:
        outcomes = await signal.send_robust_async("sender", "payload", concurrency=concurrency)
        assert [each.receiver for each in outcomes] == methods
    else:
        results = await signal.send_async("sender", "payload", concurrency=concurrency)
        assert [each for each, _ in results] == methods
        outcomes = await signal.send_robust_async("sender", "payload", concurrency=concurrency)
        assert [each.receiver for each in outcomes] == methods


async def test_what_plain_receivers_return_is_awaited_at_the_same_time() -> None:
    """The first may wait for what the last one does."""
    signal, event = make_signal(send_together), anyio.Event()

    async def wait() -> str:
        await event.wait()
        return "waited"

    async def release() -> str:
        event.set()
        return "released"

    receivers: list[Any] = [lambda sender, payload: wait(), lambda sender, payload: release()]
    for each in (*receivers, Owner().nothing):
        signal.connect(each, weak=False)
    with anyio.fail_after(LIMIT):
        assert await send_together(signal, "sender") == ["waited", "released", None]

"""Rule 3: who connects during a sending waits for the next; who disconnects is not called."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from aldis import ANY, Signal
from tests.behaviour.recording import (
    LIMIT,
    Calls,
    Shop,
    Way,
    Work,
    in_each_async_way,
    in_each_serial_way,
    in_each_way,
    in_thread,
)
from tests.interpreters import needs_refcounting

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("first_or_later")]

SHOP = Shop()


# -- connecting --------------------------------------------------------------------------------


@in_each_way
@pytest.mark.parametrize("sender", [ANY, SHOP], ids=["any", "shop"])
@pytest.mark.parametrize("priority", [-1, 0, 1])
async def test_a_receiver_connected_during_a_sending_waits_for_the_next(
    way: Way, sender: object, priority: int
) -> None:
    """Neither its priority nor its sender lets a new connection into a running sending."""
    signal, calls = Signal[int](), Calls()
    late = calls.receiver("late")
    early = calls.receiver("early", lambda: signal.connect(late, sender, priority=priority))
    signal.connect(early)
    signal.connect(calls.receiver("last"))

    assert await way(signal, SHOP, 1) == ("early", "last")
    assert "late" in await way(signal, SHOP, 1)


@in_each_way
async def test_a_receiver_connected_anew_during_a_sending_waits_for_the_next(way: Way) -> None:
    """Disconnected and connected again, a receiver has no part in the running sending."""
    signal, calls = Signal[int](), Calls()
    target = calls.receiver("target")

    def renew() -> None:
        signal.disconnect(target)
        signal.connect(target)

    signal.connect(calls.receiver("first", renew))
    signal.connect(target)

    assert await way(signal, SHOP, 1) == ("first",)
    assert await way(signal, Shop(), 1) == ("first",)


async def test_a_nested_sending_sees_what_was_connected_before_it() -> None:
    """A sending from inside a receiver is a next sending."""
    signal, calls = Signal[int](), Calls()
    late = calls.receiver("late")

    def connect_and_send(sender: object, payload: int) -> None:
        if payload == 0:
            signal.connect(late)
            assert signal.send(SHOP, 1).values == (None, "late")

    signal.connect(connect_and_send)

    assert signal.send(SHOP, 0).values == (None,)


@in_each_async_way
async def test_a_receiver_connected_by_another_task_waits_for_the_next(way: Way) -> None:
    """A connection made while a receiver is suspended waits for the next sending."""
    signal, calls = Signal[int](), Calls()
    resume = anyio.Event()
    signal.connect(calls.async_receiver("first", resume.wait))
    signal.connect(calls.async_receiver("second"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(way, signal, SHOP, 1)
        await anyio.wait_all_tasks_blocked()
        signal.connect(calls.async_receiver("late"))
        resume.set()

    assert sorted(calls.take()) == ["first", "second"]
    await way(signal, SHOP, 1)
    assert sorted(calls.names) == ["first", "late", "second"]


# -- disconnecting -----------------------------------------------------------------------------


@in_each_way
async def test_a_receiver_disconnected_during_a_sending_is_not_called(way: Way) -> None:
    """A receiver whose turn has not come is not called any more."""
    signal, calls = Signal[int](), Calls()
    target = calls.receiver("target")
    signal.connect(calls.receiver("first", lambda: signal.disconnect(target)))
    signal.connect(target)
    signal.connect(calls.receiver("last"))

    assert await way(signal, SHOP, 1) == ("first", "last")
    assert await way(signal, SHOP, 1) == ("first", "last")


@in_each_way
async def test_disconnecting_for_one_sender_holds_in_the_running_sending(way: Way) -> None:
    """A connection to the sender ends in mid-sending; the one to another sender stays."""
    signal, calls = Signal[int](), Calls()
    other, target = Shop(), calls.receiver("target")
    signal.connect(calls.receiver("first", lambda: signal.disconnect(target, SHOP)))
    signal.connect(target, SHOP)
    signal.connect(target, other)

    assert await way(signal, SHOP, 1) == ("first",)
    assert await way(signal, other, 1) == ("first", "target")


@in_each_way
async def test_a_receiver_that_disconnects_itself_has_its_call(way: Way) -> None:
    """Disconnecting itself changes nothing for the rest and takes effect from the next on."""
    signal, calls = Signal[int](), Calls()
    removed: list[bool] = []
    itself: list[Callable[[object, object], str]] = []
    itself.append(calls.receiver("self", lambda: removed.append(signal.disconnect(itself[0]))))
    signal.connect(itself[0])
    signal.connect(calls.receiver("last"))

    assert await way(signal, SHOP, 1) == ("self", "last")
    assert await way(signal, SHOP, 1) == ("last",)
    assert removed == [True]


@needs_refcounting
@in_each_way
async def test_a_receiver_freed_by_an_earlier_one_is_skipped(way: Way) -> None:
    """An owner that dies during a sending is not called any more (W4)."""
    signal, calls = Signal[int](), Calls()
    owners = [Shop(calls, "owner")]
    signal.connect(calls.receiver("first", owners.clear))
    signal.connect(owners[0].receive)
    signal.connect(calls.receiver("last"))

    assert await way(signal, SHOP, 1) == ("first", "last")


async def test_an_inner_sending_does_not_call_what_the_outer_one_disconnected() -> None:
    """A disconnect holds in each later sending, nested ones included."""
    signal, calls = Signal[int](), Calls()
    target = calls.receiver("target")

    def disconnect_and_send(sender: object, payload: int) -> None:
        if payload == 0:
            signal.disconnect(target)
            signal.send(SHOP, 1)

    signal.connect(disconnect_and_send)
    signal.connect(target)
    signal.send(SHOP, 0)

    assert calls.names == []


async def test_an_outer_sending_does_not_call_what_an_inner_one_disconnected() -> None:
    """A disconnect holds in every sending of its thread that is under way."""
    signal, calls = Signal[int](), Calls()
    target = calls.receiver("target")

    def send_and_disconnect(sender: object, payload: int) -> None:
        if payload < 3:
            signal.send(SHOP, payload + 1)
        signal.disconnect(target)

    signal.connect(send_and_disconnect)
    signal.connect(target)
    signal.send(SHOP, 0)

    assert calls.names == []


@in_each_async_way
async def test_a_receiver_disconnected_by_another_task_is_not_called(way: Way) -> None:
    """While an earlier receiver is suspended, tasks of the same thread disconnect exactly (A8)."""
    signal, calls = Signal[int](), Calls()
    resume = anyio.Event()
    target = calls.async_receiver("target")
    signal.connect(calls.async_receiver("first", resume.wait))
    signal.connect(calls.async_receiver("second", resume.wait))
    signal.connect(target)
    called = False

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(way, signal, SHOP, 1)
        await anyio.wait_all_tasks_blocked()
        called = "target" in calls.names
        signal.disconnect(target)
        resume.set()

    # At the same time, all of them may have begun before the disconnect; none begins after it.
    assert calls.names.count("target") == int(called)
    calls.take()
    await way(signal, SHOP, 1)
    assert "target" not in calls.names


@needs_refcounting
@in_each_async_way
async def test_an_owner_that_dies_while_an_earlier_receiver_is_suspended_is_skipped(
    way: Way,
) -> None:
    """What dies before its turn is left out, and the results have no hole for it (A8)."""
    signal, calls = Signal[int](), Calls()
    resume = anyio.Event()
    owners = [Shop(calls, "owner")]
    results: list[Any] = []
    begun = False

    async def first(sender: object, payload: int) -> str:
        owners.clear()
        await resume.wait()
        return "first"

    async def send() -> None:
        results.append(await way(signal, SHOP, 1))

    signal.connect(first)
    signal.connect(calls.async_receiver("second", resume.wait))
    receive = owners[0].receive
    signal.connect(receive, priority=-1)
    del receive

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send)
        await anyio.wait_all_tasks_blocked()
        begun = "owner" in calls.names
        resume.set()

    assert results == [("first", "second", *(["owner"] if begun else []))]
    assert signal.receivers_for(SHOP) == signal.receivers
    assert len(signal.receivers) == 2


# -- other threads -----------------------------------------------------------------------------


class Paused:
    """A receiver that stands still in its call until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.resume = threading.Event()

    def receive(self, sender: object, payload: object) -> str:
        """Stand still in the first call alone."""
        if not self.begun.is_set():
            self.begun.set()
            assert self.resume.wait(LIMIT)
        return "paused"


def test_a_disconnect_in_another_thread_allows_at_most_one_more_call() -> None:
    """A sending that runs in another thread may begin one call more; later ones begin none."""
    signal, calls, paused = Signal[int](), Calls(), Paused()
    target = calls.receiver("target")
    signal.connect(paused.receive)
    signal.connect(target)
    sending = Work(lambda: signal.send(SHOP, 1))
    assert paused.begun.wait(LIMIT)

    assert signal.disconnect(target)
    signal.send(SHOP, 2)
    assert calls.names == []

    paused.resume.set()
    assert sending.finish().values[0] == "paused"
    assert len(calls.take()) <= 1

    in_thread(lambda: signal.send(SHOP, 3))
    assert calls.names == []


def test_a_receiver_connected_in_another_thread_waits_for_the_next_sending() -> None:
    """A sending under way in one thread does not see what another thread connects."""
    signal, calls, paused = Signal[int](), Calls(), Paused()
    signal.connect(paused.receive)
    sending = Work(lambda: signal.send(SHOP, 1))
    assert paused.begun.wait(LIMIT)

    late = calls.receiver("late")
    signal.connect(late)
    assert signal.send(SHOP, 2).values == ("paused", "late")

    paused.resume.set()
    assert sending.finish().values == ("paused",)


@pytest.mark.parametrize(
    "operation",
    [
        lambda signal, paused: signal.disconnect(paused.receive),
        lambda signal, paused: signal.connect(paused.receive, priority=1),
        lambda signal, paused: signal.connect(Shop().receive),
        lambda signal, paused: signal.send(SHOP, 2),
        lambda signal, paused: signal.receivers,
    ],
    ids=["disconnect", "reconnect", "connect", "send", "ask"],
)
def test_nothing_waits_for_running_receivers(
    operation: Callable[[Signal[int], Paused], object],
) -> None:
    """Each operation returns while a receiver stands still in another thread."""
    signal, paused = Signal[int](), Paused()
    signal.connect(paused.receive)
    sending = Work(lambda: signal.send(SHOP, 1))
    assert paused.begun.wait(LIMIT)

    in_thread(lambda: operation(signal, paused))
    assert sending.is_alive()

    paused.resume.set()
    sending.finish()


@in_each_serial_way
async def test_changes_between_sendings_are_exact(way: Way) -> None:
    """Each sending calls precisely who is connected when it begins."""
    signal, calls = Signal[int](), Calls()
    one, two = calls.receiver("one"), calls.receiver("two")

    assert await way(signal, SHOP, 1) == ()
    signal.connect(one)
    assert await way(signal, SHOP, 1) == ("one",)
    signal.connect(two, SHOP)
    assert await way(signal, SHOP, 1) == ("one", "two")
    signal.disconnect(one)
    assert await way(signal, SHOP, 1) == ("two",)
    signal.disconnect(two)
    assert await way(signal, SHOP, 1) == ()

"""Rule 2: a receiver is called once a sending; with several connections, by the earliest."""

from __future__ import annotations

import threading

import anyio
import pytest

from aldis import Signal
from tests.behaviour.recording import Calls, Shop, Way, in_each_async_way, in_each_way

pytestmark = pytest.mark.anyio

SHOP = Shop()


@in_each_way
async def test_a_receiver_with_two_matching_connections_is_called_once(way: Way) -> None:
    """A connection to `ANY` and one to the sender make one call and one result."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)
    signal.connect(receiver, SHOP)

    assert await way(signal, SHOP, 1) == ("receiver",)
    assert calls.names == ["receiver"]


@in_each_way
async def test_the_earliest_of_several_connections_gives_the_place(way: Way) -> None:
    """A receiver is called where its first connection stands."""
    signal, calls = Signal[int](), Calls()
    first, second = calls.receiver("first"), calls.receiver("second")
    signal.connect(first, SHOP)
    signal.connect(second)
    signal.connect(first)

    assert await way(signal, SHOP, 1) == ("first", "second")
    assert await way(signal, Shop(), 1) == ("second", "first")


async def test_the_first_in_the_order_of_sending_is_the_earliest() -> None:
    """A higher priority makes a later connection the earliest."""
    signal, calls = Signal[int](), Calls()
    first, second = calls.receiver("first"), calls.receiver("second")
    signal.connect(first)
    signal.connect(second)
    signal.connect(second, SHOP, priority=1)

    assert signal.send(SHOP, 1).values == ("second", "first")


@in_each_way
async def test_a_later_connection_steps_in_for_one_disconnected_in_mid_sending(way: Way) -> None:
    """When the earliest connection ends before its turn, the next one makes the call."""
    signal, calls = Signal[int](), Calls()
    target = calls.receiver("target")
    signal.connect(calls.receiver("first", lambda: signal.disconnect(target, SHOP)))
    signal.connect(target, SHOP)
    signal.connect(calls.receiver("between"))
    signal.connect(target)

    assert await way(signal, SHOP, 1) == ("first", "between", "target")


@in_each_way
async def test_a_receiver_already_called_is_not_called_again_by_its_other_connection(
    way: Way,
) -> None:
    """Disconnecting the connection that made the call does not make the other one call."""
    signal, calls = Signal[int](), Calls()
    target = calls.receiver("target")
    signal.connect(target, SHOP)
    signal.connect(calls.receiver("next", lambda: signal.disconnect(target, SHOP)))
    signal.connect(target)

    assert await way(signal, SHOP, 1) == ("target", "next")


@in_each_async_way
async def test_an_async_receiver_is_awaited_once(way: Way) -> None:
    """The rule holds for async receivers, at the same time or one after another."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.async_receiver("receiver")
    signal.connect(receiver)
    signal.connect(calls.async_receiver("between"))
    signal.connect(receiver, SHOP)

    assert await way(signal, SHOP, 1) == ("receiver", "between")


async def test_a_later_connection_steps_in_while_an_earlier_receiver_is_suspended() -> None:
    """A disconnect from another task makes the next connection the earliest."""
    signal, calls = Signal[int](), Calls()
    resume = anyio.Event()
    target = calls.async_receiver("target")
    signal.connect(calls.async_receiver("first", resume.wait))
    signal.connect(target, SHOP)
    signal.connect(calls.async_receiver("between"))
    signal.connect(target)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(signal.send_async, SHOP, 1)
        await anyio.wait_all_tasks_blocked()
        signal.disconnect(target, SHOP)
        resume.set()

    assert calls.names == ["first", "between", "target"]


@in_each_way
async def test_two_accesses_of_a_bound_method_are_one_receiver(way: Way) -> None:
    """Bound methods are the same receiver when object and function are."""
    signal, calls = Signal[int](), Calls()
    shop = Shop(calls)
    signal.connect(shop.receive)
    signal.connect(shop.receive, SHOP)

    assert await way(signal, SHOP, 1) == ("shop",)


@in_each_way
async def test_two_of_everything_on_one_owner_are_two_receivers(way: Way) -> None:
    """Two methods of one object, and one method of two objects, are receivers of their own."""
    signal, calls = Signal[int](), Calls()
    one, two = Shop(calls, "one"), Shop(calls, "two")
    for receiver in (one.receive, one.receive_too, two.receive, two.receive_too):
        signal.connect(receiver)
        signal.connect(receiver, SHOP)

    assert await way(signal, SHOP, 1) == ("one", "one too", "two", "two too")


async def test_connected_to_beside_an_equal_connection_calls_once() -> None:
    """A connection of `connected_to` beside an equal one adds no call."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)

    with signal.connected_to(receiver), signal.connected_to(receiver):
        assert signal.send(SHOP, 1).values == ("receiver",)

    assert signal.send(SHOP, 1).values == ("receiver",)


async def test_the_options_of_the_earliest_connection_hold() -> None:
    """Whether a worker thread makes the call is for the connection that makes it to say."""
    signal = Signal[int]()

    def where(sender: object, payload: int) -> int:
        return threading.get_ident()

    signal.connect(where, SHOP, to_thread=True)
    signal.connect(where)

    assert (await signal.send_async(SHOP, 1)).values != (threading.get_ident(),)
    assert (await signal.send_async(Shop(), 1)).values == (threading.get_ident(),)


async def test_the_earliest_connection_is_the_one_that_is_used_up() -> None:
    """Of an early `once` connection and a later lasting one, one call uses up the first."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver, SHOP, once=True)
    signal.connect(receiver)

    for _ in range(2):
        assert signal.send(SHOP, 1).values == ("receiver",)

    assert [each.once for each in signal.connections] == [False]


async def test_a_later_once_connection_is_not_used_up_by_the_call_of_an_earlier_one() -> None:
    """The connection that does not make the call keeps its one call."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)
    signal.connect(receiver, SHOP, once=True)

    signal.send(SHOP, 1)

    assert sorted(each.once for each in signal.connections) == [False, True]


async def test_receivers_for_names_a_receiver_once() -> None:
    """What a sending calls once, the queries show once."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)
    signal.connect(receiver, SHOP)

    assert signal.receivers_for(SHOP) == (receiver,)
    assert signal.receivers == (receiver,)
    assert len(signal.connections) == 2

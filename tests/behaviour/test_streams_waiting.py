"""With `overflow="wait"` nothing is lost: those who send wait, in order, or are told at once."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

# pyright: reportPossiblyUnboundVariable=false
# What is made in a loop or a block that is run through once at least is looked at behind it.

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal

import anyio
import anyio.abc
import pytest

from aldis import Signal, Stream, stream
from aldis.exceptions import StreamFullError
from tests.behaviour.recording import (
    Calls,
    Intrusion,
    Shop,
    Way,
    in_each_async_way,
    in_threads,
)
from tests.behaviour.test_dispatcher import Backend, soon, turns
from tests.behaviour.test_streams import BrokenError, enter, leave, read_all

pytestmark = pytest.mark.anyio

SHOP = Shop()
WAIT: Literal["wait"] = "wait"
in_each_loop = pytest.mark.parametrize(
    "other", [("asyncio", {}), ("trio", {})], ids=["asyncio", "trio"]
)


class Senders:
    """Those who send by `send_async`, each in a task of its own.

    Attributes:
        done: whose sending has ended by itself, in order.
        scopes: cancels one of them.
    """

    def __init__(self, tasks: anyio.abc.TaskGroup, signal: Signal[Any]) -> None:
        self.done: list[Any] = []
        self.scopes: dict[Any, anyio.CancelScope] = {}
        self._tasks = tasks
        self._signal = signal

    async def _send(self, payload: Any) -> None:
        with self.scopes[payload]:
            await self._signal.send_async(SHOP, payload)
            self.done.append(payload)

    async def join(self, *payloads: Any) -> None:
        """Have some send, one after another."""
        for payload in payloads:
            self.scopes[payload] = anyio.CancelScope()
            self._tasks.start_soon(self._send, payload)
            await turns()


@asynccontextmanager
async def sending(signal: Signal[Any]) -> AsyncGenerator[Senders]:
    """Have some send, for the length of a block."""
    async with anyio.create_task_group() as tasks:
        yield Senders(tasks, signal)
        await turns()
        tasks.cancel_scope.cancel()


def room_of(signal: Signal[Any]) -> int:
    """Fill the streams of a signal by sync sends, and count how many went in."""
    for sent in itertools.count():
        try:
            signal.send(SHOP, "filling")
        except StreamFullError:
            return sent
    raise AssertionError


# -- async sends -------------------------------------------------------------------------------


@in_each_async_way
@soon
async def test_an_async_send_waits_for_room(way: Way) -> None:
    """No receiver is called before; one event that is read makes room for one."""
    signal, calls, done = Signal[int](), Calls(), list[int]()
    signal.connect(calls.receiver("sync"), priority=1)
    signal.connect(calls.async_receiver("async"))
    async with (
        signal.stream(buffer=2, overflow=WAIT) as events,
        anyio.create_task_group() as tasks,
    ):

        async def send() -> None:
            for number in range(4):
                assert await way(signal, SHOP, number) == ("sync", "async")
                done.append(number)

        tasks.start_soon(send)
        await turns()
        assert (done, len(calls.names)) == ([0, 1], 4)
        assert (await anext(events)).payload == 0
        await turns()
        assert (done, len(calls.names)) == ([0, 1, 2], 6)
        assert await read_all(events) == [1, 2, 3]
    assert done == [0, 1, 2, 3]


@soon
async def test_those_who_wait_come_in_the_order_of_waiting() -> None:
    """Each place that is made goes to the first of them, and its event next into the stream."""
    signal = Signal[str]()
    async with (
        signal.stream(buffer=2, overflow=WAIT) as events,
        sending(signal) as senders,
    ):
        await senders.join(*"abcdefg")
        assert senders.done == ["a", "b"]
        for count, payload in enumerate("abcdefg", start=3):
            assert (await anext(events)).payload == payload
            await turns()
            assert senders.done == list("abcdefg")[:count]


async def test_those_who_are_served_at_once_keep_their_order(anyio_backend: Backend) -> None:
    """Though a reader of several events wakes them together, in whatever order the loop likes."""
    if anyio_backend[0] == "trio":
        pytest.skip("trio runs those that are woken together in any order")
    for _ in range(50):
        signal = Signal[int]()
        async with (
            signal.stream(buffer=4, overflow=WAIT) as events,
            sending(signal) as senders,
        ):
            await senders.join(*range(12))
            assert [(await anext(events)).payload for _ in range(12)] == list(range(12))


@soon
async def test_a_sync_send_overtakes_nobody() -> None:
    """Where somebody waits, it finds no room, even as a place is made."""
    signal = Signal[str]()
    async with (
        signal.stream(buffer=1, overflow=WAIT) as events,
        sending(signal) as senders,
    ):
        await senders.join("a", "b")
        assert (await anext(events)).payload == "a"
        with pytest.raises(StreamFullError):
            signal.send(SHOP, "sync")
        assert await read_all(events) == ["b"]
        signal.send(SHOP, "sync")
        assert await read_all(events) == ["sync"]


@pytest.mark.parametrize("gone", ["b", "c", "d", "bc", "cd", "bd", "bcd"])
@soon
async def test_who_gives_up_waiting_keeps_no_place(gone: str) -> None:
    """Wherever it stands; the others go on in their order, and there is as much room as before."""
    signal, calls = Signal[str](), Calls()
    signal.connect(calls.receiver("receiver"))
    async with signal.stream(buffer=1, overflow=WAIT) as events:
        async with sending(signal) as senders:
            await senders.join(*"abcd")
            for each in gone:
                senders.scopes[each].cancel()
            await turns()
            left = [each for each in "abcd" if each not in gone]
            assert await read_all(events) == left
            assert senders.done == left
        assert [payload for _, payload in calls.seen] == left
        assert room_of(signal) == 1


@soon
async def test_who_is_cancelled_as_it_is_served_passes_the_place_on() -> None:
    """In one turn of the loop; or its event is there, and its receivers are called or cancelled."""
    signal = Signal[str]()
    async with signal.stream(buffer=1, overflow=WAIT) as events:
        async with sending(signal) as senders:
            await senders.join(*"abc")
            assert (await anext(events)).payload == "a"
            senders.scopes["b"].cancel()
            await turns()
            assert await read_all(events) in (["c"], ["b", "c"])
            assert "c" in senders.done
        assert room_of(signal) == 1


@soon
async def test_many_senders_and_one_reader() -> None:
    """All of it arrives, once, and what one sends in its order; a third of them give up."""
    signal, found = Signal[tuple[int, int]](), list[tuple[int, int]]()
    async with signal.stream(buffer=3, overflow=WAIT) as events:

        async def send(number: int) -> None:
            for count in range(10):
                with anyio.CancelScope() as scope:
                    if (number + count) % 3 == 0:
                        tasks.start_soon(cancel_later, scope)
                    await signal.send_async(SHOP, (number, count))

        async def cancel_later(scope: anyio.CancelScope) -> None:
            await turns()
            scope.cancel()

        async def read() -> None:
            async for event in events:
                found.append(event.payload)

        async with anyio.create_task_group() as reading:
            async with anyio.create_task_group() as tasks:
                for number in range(30):
                    tasks.start_soon(send, number)
                await turns()
                reading.start_soon(read)
            await turns()
            leave(events)
    assert len(found) == len(set(found)) >= 200
    for number in range(30):
        own = [count for which, count in found if which == number]
        assert own == sorted(own)


@soon
async def test_what_where_refuses_takes_no_room() -> None:
    """Nor does it wait: sync and async sends of it go through a full stream."""
    signal = Signal[int]()
    async with signal.stream(where=lambda event: event.payload > 0, buffer=1, overflow=WAIT) as it:
        signal.send(SHOP, 1)
        for _ in range(3):
            signal.send(SHOP, 0)
            await signal.send_async(SHOP, -1)
        with pytest.raises(StreamFullError):
            signal.send(SHOP, 2)
        assert await read_all(it) == [1]


@soon
async def test_what_where_raises_takes_a_place_until_it_is_read() -> None:
    """It is no less an item than an event is."""
    signal = Signal[int]()

    def where(event: object) -> bool:
        raise BrokenError

    async with signal.stream(where=where, buffer=1, overflow=WAIT) as events:
        signal.send(SHOP, 1)
        with pytest.raises(StreamFullError):
            signal.send(SHOP, 2)
        with pytest.raises(BrokenError):
            await anext(events)
        assert room_of(signal) == 1


# -- sync sends --------------------------------------------------------------------------------


@pytest.mark.parametrize("robust", [False, True], ids=["send", "send_robust"])
@soon
async def test_a_sync_send_into_a_full_stream_is_refused_at_once(robust: bool) -> None:
    """No receiver was called, no `once` used up, and no other stream has it, whatever the order."""
    signal, calls = Signal[int]("placed"), Calls()
    signal.connect(calls.receiver("receiver"), priority=5)
    signal.connect(calls.receiver("once"), once=True)
    send: Any = signal.send_robust if robust else signal.send
    async with (
        signal.stream() as before,
        signal.stream(buffer=9, overflow=WAIT) as roomy,
        signal.stream(buffer=1, overflow=WAIT, where=lambda event: event.payload != 0) as full,
        signal.stream(buffer=8, overflow=WAIT) as behind,
    ):
        with signal.muted(*calls_of(signal)):
            send(SHOP, 1)
        for _ in range(3):
            with pytest.raises(StreamFullError, match=r"'placed'.*send_async") as caught:
                send(SHOP, 2)
            assert caught.value.signal == "placed"
        assert calls.names == []
        assert await read_all(full) == [1]
        send(SHOP, 3)
        for each in (before, roomy, behind):
            assert await read_all(each) == [1, 3]
        assert calls.names == ["receiver", "once"]
        with signal.muted(*calls_of(signal)):
            for _ in range(8):
                send(SHOP, 0)
            with pytest.raises(StreamFullError):
                send(SHOP, 0)


def calls_of(signal: Signal[Any]) -> list[Any]:
    """Give the receivers that are functions."""
    return [each for each in signal.receivers if hasattr(each, "__code__")]


@soon
async def test_threads_never_put_in_more_than_there_is_room_for() -> None:
    """Of many sync sends at the same time as many succeed as there are places."""
    signal = Signal[int]()
    async with signal.stream(buffer=50, overflow=WAIT) as events:
        for _ in range(3):
            went_in: list[int] = []

            def send(thread: int, went_in: list[int] = went_in) -> None:
                for number in range(40):
                    try:
                        signal.send(SHOP, thread * 40 + number)
                    except StreamFullError:
                        continue
                    went_in.append(thread * 40 + number)

            in_threads(*(partial(send, each) for each in range(4)))
            assert len(went_in) == 50
            assert sorted(await read_all(events)) == sorted(went_in)


async def test_a_send_in_the_middle_of_a_send_or_of_leaving() -> None:
    """Whatever comes in between, there is never more in it than there is room, nor less room."""
    for step in itertools.count():
        signal, refused = Signal[int](), list[int]()
        async with signal.stream(buffer=2, overflow=WAIT) as events:
            signal.send(SHOP, 0)

            def send(number: int, signal: Signal[int] = signal, to: list[int] = refused) -> None:
                try:
                    signal.send(SHOP, number)
                except StreamFullError:
                    to.append(number)

            intrusion = Intrusion(partial(send, 1), step)
            intrusion.run(partial(send, 2))
            if not intrusion.done():
                break
            found = await read_all(events)
            assert sorted(found + refused) == [0, 1, 2], step
            assert (len(found), room_of(signal)) == (2, 2), step
    assert step > 20


# -- several streams ---------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(3))
@soon
async def test_one_full_stream_among_others(place: int) -> None:
    """None of them has the event before all have room; cancelled, it leaves all their places."""
    signal = Signal[str]()
    streams = [signal.stream(buffer=1 + 2 * (each != place), overflow=WAIT) for each in range(3)]
    for each in streams:
        enter(each)
    async with sending(signal) as senders:
        await senders.join("a", "b", "c")
        full = streams[place]
        others = [each for each in streams if each is not full]
        assert [await read_all(each) for each in others] == [["a"], ["a"]]
        senders.scopes["b"].cancel()
        await turns()
        assert await read_all(full) == ["a", "c"]
        assert [await read_all(each) for each in others] == [["c"], ["c"]]
    assert room_of(signal) == 1
    assert await read_all(full) == ["filling"]
    for each in others:
        assert await read_all(each) == ["filling"]
    leave(full)
    assert room_of(signal) == 3
    for each in others:
        leave(each)


@soon
async def test_all_streams_have_the_same_order() -> None:
    """Though senders wait for one after the other."""
    signal = Signal[str]()
    async with (
        signal.stream(buffer=1, overflow=WAIT) as one,
        signal.stream(buffer=2, overflow=WAIT) as two,
        signal.stream() as three,
        sending(signal) as senders,
    ):
        await senders.join(*"abcdef")
        found: dict[Stream[Any], list[Any]] = {one: [], two: []}
        for turn in itertools.cycle((two, one, one, two, two)):
            with anyio.move_on_after(0.001):
                found[turn].append((await anext(turn)).payload)
            if len(found[one]) == len(found[two]) == 6:
                break
        assert [*found.values(), await read_all(three)] == [list("abcdef")] * 3


@soon
async def test_streams_that_were_entered_crosswise_are_no_deadlock() -> None:
    """Of two signals, in two loops at once or by a receiver of the meta signal in the middle."""
    one, two = Signal[int]("one"), Signal[int]("two")
    first, second = (stream(*both, buffer=1, overflow=WAIT) for both in ((one, two), (two, one)))

    def come_between(sender: object, payload: object) -> None:
        one.receiver_connected.disconnect(come_between)
        enter(second)

    one.receiver_connected.connect(come_between)
    async with first, sending(one) as to_one, sending(two) as to_two:
        one.send(SHOP, 0)
        await to_one.join(1)
        await to_two.join(2)
        async with anyio.create_task_group() as tasks:
            for each in (first, second):
                tasks.start_soon(read_some, each, 3)
            while len(to_one.done) + len(to_two.done) < 2:
                await turns()
    leave(second)


async def read_some(events: Stream[Any], count: int) -> None:
    """Read as many."""
    for _ in range(count):
        await anext(events)

"""A slow reader slows nobody, has the newest events, and is told how many it has missed."""

# pyright: reportPossiblyUnboundVariable=false
# What is made in a loop or a block that is run through once at least is looked at behind it.

from __future__ import annotations

import gc
import itertools
import weakref
from collections.abc import Generator
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import pytest
from anyio.lowlevel import checkpoint

from aldis import Dispatcher, Signal, Stream, StreamLaggedError, stream
from tests.behaviour.recording import (
    Intrusion,
    Shop,
    Way,
    in_each_way,
    in_thread,
    in_threads,
    is_gone,
    switching_as_often_as_possible,
)
from tests.behaviour.test_dispatcher import Backend, soon, turns
from tests.behaviour.test_streams import enter, leave, read_all

pytestmark = pytest.mark.anyio

SHOP = Shop()


def total(found: list[Any]) -> int:
    """Count the events that were read, and those that were missed."""
    return sum(int(each.split()[1]) if isinstance(each, str) else 1 for each in found)


# -- told --------------------------------------------------------------------------------------


@in_each_way
@pytest.mark.parametrize("buffer", [1, 2, 7])
@soon
async def test_the_newest_events_are_kept(way: Way, buffer: int) -> None:
    """As many as the buffer holds; the reader is told first how many went before them."""
    signal = Signal[int]()
    async with signal.stream(buffer=buffer) as events:
        for number in range(10):
            await way(signal, SHOP, number)
        with pytest.raises(StreamLaggedError) as caught:
            await anext(events)
        assert caught.value.missed == 10 - buffer
        assert str(caught.value).startswith(f"{10 - buffer} events were dropped")
        assert await read_all(events) == list(range(10 - buffer, 10))


@soon
async def test_a_full_buffer_has_lost_nothing() -> None:
    """256 of them by default; one more is one missed."""
    signal = Signal[int]()
    async with signal.stream() as full, signal.stream() as lagging:
        for number in range(256):
            signal.send(SHOP, number)
        assert await read_all(full) == list(range(256))
        signal.send(SHOP, 256)
        assert await read_all(lagging) == ["missed 1", *range(1, 257)]
        assert await read_all(full) == [256]


@soon
async def test_each_gap_is_told_once_and_where_it_is() -> None:
    """Iteration goes on behind each of them, however many there are."""
    signal = Signal[int]()
    async with signal.stream(buffer=3) as events:
        numbers = iter(range(100))
        for count in (2, 5, 1, 3, 4, 9):
            for _ in range(count):
                signal.send(SHOP, next(numbers))
            if count != 1:
                found = await read_all(events)
                assert total(found) == count if count != 3 else 4
        assert await read_all(events) == []
        for _ in range(4):
            signal.send(SHOP, next(numbers))
        assert (await read_all(events))[0] == "missed 1"


@soon
async def test_what_is_missed_adds_up_until_it_is_told() -> None:
    """Also while the reader reads some of it, between the error and the next event."""
    signal = Signal[int]()
    async with signal.stream(buffer=2) as events:
        for number in range(5):
            signal.send(SHOP, number)
        for missed, number in ((3, 5), (1, 6), (1, 7)):
            with pytest.raises(StreamLaggedError) as caught:
                await anext(events)
            assert caught.value.missed == missed
            signal.send(SHOP, number)
        assert await read_all(events) == ["missed 1", 6, 7]


@soon
async def test_the_sender_and_other_streams_notice_nothing() -> None:
    """Not a sync send, not an async one, not a dispatcher, and nobody who reads in time."""
    signal = Signal[int]()
    async with (
        signal.stream(buffer=1) as slow,
        signal.stream() as quick,
        Dispatcher() as dispatcher,
    ):
        signal.send(SHOP, 1)
        await signal.send_async(SHOP, 2)
        await dispatcher.post(signal.event(SHOP, 3))
        assert await read_all(quick) == [1, 2, 3]
        assert await read_all(slow) == ["missed 2", 3]


@soon
async def test_what_where_refuses_pushes_nothing_out() -> None:
    """It is not among those that were missed either."""
    signal = Signal[int]()
    async with signal.stream(where=lambda event: event.payload % 10 == 0, buffer=2) as events:
        for number in range(41):
            signal.send(SHOP, number)
        assert await read_all(events) == ["missed 3", 30, 40]


@soon
async def test_what_where_raises_counts_as_an_event() -> None:
    """It takes a place in the buffer, and can be missed."""
    signal = Signal[int]()

    def where(event: object) -> bool:
        raise ValueError

    async with signal.stream(where=where, buffer=2) as events:
        for number in range(5):
            signal.send(SHOP, number)
        with pytest.raises(StreamLaggedError) as caught:
            await anext(events)
        assert caught.value.missed == 3
        for _ in range(2):
            with pytest.raises(ValueError):
                await anext(events)
        assert await read_all(events) == []


@soon
async def test_merged_signals_share_one_buffer() -> None:
    """What goes is the oldest of all."""
    one, two = Signal[int](), Signal[str]()
    async with stream(one, two, buffer=3) as events:
        for number in range(4):
            one.send(SHOP, number)
        two.send(SHOP, "last")
        assert await read_all(events) == ["missed 2", 2, 3, "last"]


@soon
async def test_a_loop_goes_on_behind_the_error() -> None:
    """The usual way to read: a loop around the loop."""
    signal, found = Signal[int](), list[int]()
    async with signal.stream(buffer=2) as events, anyio.create_task_group() as tasks:

        async def read() -> None:
            while True:
                try:
                    async for event in events:
                        found.append(event.payload)
                    break
                except StreamLaggedError as error:
                    found.append(-error.missed)

        tasks.start_soon(read)
        for number in range(5):
            signal.send(SHOP, number)
        await turns()
        signal.send(SHOP, 5)
        await turns()
        leave(events)
    assert found == [-3, 3, 4, 5]


@soon
async def test_a_closed_stream_tells_of_no_gap() -> None:
    """Its loop ends, whatever was there."""
    signal = Signal[int]()
    async with signal.stream(buffer=1) as events:
        for number in range(5):
            signal.send(SHOP, number)
    assert await read_all(events) == []


# -- counted -----------------------------------------------------------------------------------


@pytest.mark.parametrize("buffer", [8, 64, 5000])
async def test_from_many_threads_each_event_is_read_or_counted(buffer: int) -> None:
    """While the reader reads; and what comes of one thread is in its order."""
    signal, found = Signal[tuple[int, int]](), list[Any]()
    async with signal.stream(buffer=buffer) as events, anyio.create_task_group() as tasks:

        async def read() -> None:
            while not found or found[-1] != (-1, 0):
                try:
                    found.append((await anext(events)).payload)
                except StreamLaggedError as error:
                    found.append(f"missed {error.missed}")

        def send(thread: int) -> None:
            for number in range(1000):
                signal.send(SHOP, (thread, number))

        def send_all() -> None:
            with switching_as_often_as_possible():
                in_threads(*(partial(send, each) for each in range(4)))
            signal.send(SHOP, (-1, 0))

        with anyio.fail_after(60):
            tasks.start_soon(read)
            await anyio.to_thread.run_sync(send_all)

    assert total(found) == 4001
    if buffer == 5000:
        assert len(found) == 4001
    for thread in range(4):
        own = [each[1] for each in found if each[0] == thread]
        assert own == sorted(set(own))


async def test_several_streams_of_one_signal_each_count_for_themselves() -> None:
    """With threads that send, and readers of different speed."""
    signal = Signal[int]()
    streams = [signal.stream(buffer=buffer) for buffer in (4, 16, 64)]
    for each in streams:
        enter(each)
    found: list[list[Any]] = [[] for _ in streams]

    async def read(place: int) -> None:
        while not found[place] or found[place][-1] != -1:
            try:
                found[place].append((await anext(streams[place])).payload)
            except StreamLaggedError as error:
                found[place].append(f"missed {error.missed}")
            for _ in range(place * 2):
                await checkpoint()

    def send_all() -> None:
        with switching_as_often_as_possible():
            in_threads(*[lambda: [signal.send(SHOP, number) for number in range(500)]] * 3)
        signal.send(SHOP, -1)

    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            for place in range(3):
                tasks.start_soon(read, place)
            await anyio.to_thread.run_sync(send_all)
    for each in streams:
        leave(each)

    assert [total(each) for each in found] == [1501] * 3


# -- in the middle -----------------------------------------------------------------------------


@pytest.mark.parametrize("buffer", [1, 2, 3])
async def test_a_send_in_the_middle_of_a_send(buffer: int) -> None:
    """At whichever step another one comes in, each event is read or counted, and just once."""
    for step in itertools.count():
        signal = Signal[int]()
        async with signal.stream(buffer=buffer) as events:
            signal.send(SHOP, 0)
            intrusion = Intrusion(partial(signal.send, SHOP, 1), step)
            intrusion.run(partial(signal.send, SHOP, 2))
            if not intrusion.done():
                break
            found = await read_all(events)
            numbers = [each for each in found if isinstance(each, int)]
            assert (total(found), len(numbers), len(set(numbers))) == (3, buffer, buffer), step
    assert step > 20


async def test_a_gap_is_told_before_what_comes_behind_it(anyio_backend: Backend) -> None:
    """Though a send comes in the middle of the reader's step, as from a signal handler."""
    if anyio_backend[0] == "trio":
        pytest.skip("trio's tasks cannot be stepped by hand")
    for step in itertools.count():
        signal, found = Signal[int](), list[Any]()
        async with signal.stream(buffer=1) as events:
            signal.send(SHOP, 0)
            reading = read_now(events, found)
            next(reading)
            intrusion = Intrusion(partial(signal.send, SHOP, 1), step)
            intrusion.run(partial(next, reading, None))
            if not intrusion.done():
                break
            found += await read_all(events)
            assert found in ([0, 1], ["missed 1", 1]), step
    assert step > 5


def read_now(events: Stream[Any], found: list[Any]) -> Generator[None]:
    """Read one event that is there: its first step lets others run, the second reads."""
    reading = events.__anext__()
    reading.send(None)
    yield
    try:
        reading.send(None)
    except StopIteration as stop:
        found.append(stop.value.payload)
    except StreamLaggedError as error:
        found.append(f"missed {error.missed}")


async def test_leaving_in_the_middle_of_a_send_that_drops() -> None:
    """The sender knows nothing of it."""
    for step in itertools.count():
        signal = Signal[int]()
        events = signal.stream(buffer=1)
        enter(events)
        signal.send(SHOP, 0)
        intrusion = Intrusion(partial(leave, events), step)
        intrusion.run(partial(signal.send, SHOP, 1))
        if not intrusion.done():
            leave(events)
            break
    assert step > 20


async def test_the_destructor_of_what_is_dropped_may_send() -> None:
    """It is called outside of every lock; what it sends is an event like any other."""
    signal = Signal[Any]()

    class Dying:
        def __init__(self, left: int) -> None:
            self.left = left

        def __del__(self) -> None:
            if self.left:
                signal.send(SHOP, Dying(self.left - 1))

    async with signal.stream(buffer=1) as events:
        in_thread(lambda: [signal.send(SHOP, Dying(3)) for _ in range(3)])
        signal.send(SHOP, Dying(0))
        found = await read_all(events)
        assert len(found) == 2
        assert total(found) >= 4


async def test_what_was_dropped_is_let_go() -> None:
    """At once, by count and by the collector alike, and by who reads."""
    signal, refs = Signal[Shop](), list[weakref.ref[Shop]]()
    async with signal.stream(buffer=2) as events:
        for _ in range(5):
            shop = Shop()
            refs.append(weakref.ref(shop))
            signal.send(SHOP, shop)
            del shop
        gc.collect()
        assert [ref() is None for ref in refs] == [True] * 3 + [False] * 2
        with pytest.raises(StreamLaggedError):
            await anext(events)
        for ref in refs[3:]:
            await anext(events)
            assert is_gone(ref)

"""Closed, cancelled or lost: a stream leaves nothing behind; and `wait`, the shortest stream."""

# pyright: reportPossiblyUnboundVariable=false
# What is made in a loop or a block that is run through once at least is looked at behind it.

from __future__ import annotations

import asyncio
import gc
import itertools
import weakref
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from aldis import Signal, Stream, StreamLaggedError, stream
from aldis._untouched import module_of, name_of
from aldis.exceptions import StreamFullError, StreamUseError
from tests.behaviour.recording import (
    Calls,
    Intrusion,
    Shop,
    in_thread,
    is_gone,
    nothing_unawaited,
    run_python,
    without_collector,
)
from tests.behaviour.test_dispatcher import forget, run_elsewhere, soon, turns
from tests.behaviour.test_streams import BrokenError, enter, leave, read_all
from tests.interpreters import needs_refcounting

pytestmark = pytest.mark.anyio

SHOP = Shop()


# -- one block, one reader ---------------------------------------------------------------------


@soon
async def test_behind_the_block_the_loop_ends() -> None:
    """At once, whatever was there; again and again."""
    signal = Signal[int]()
    async with signal.stream() as events:
        signal.send(SHOP, 1)
    for _ in range(3):
        assert [event async for event in events] == []
        with pytest.raises(StopAsyncIteration):
            await anext(events)


@soon
async def test_a_stream_is_read_within_its_block() -> None:
    """Before, the reader is told what to write."""
    signal = Signal[int]()
    events = signal.stream()
    with pytest.raises(StreamUseError, match="async with"):
        await anext(events)
    async with events:
        signal.send(SHOP, 1)
        assert await read_all(events) == [1]


@soon
async def test_a_stream_is_for_one_block() -> None:
    """A second one is refused, inside and behind the first, and disturbs nothing."""
    signal = Signal[int]()
    events = signal.stream()
    async with events:
        with pytest.raises(StreamUseError, match="make another one"):
            async with events:
                pass
        signal.send(SHOP, 1)
        assert await read_all(events) == [1]
    with pytest.raises(StreamUseError, match="make another one"):
        async with events:
            pass
    assert signal.receivers == ()


@soon
async def test_a_stream_has_one_reader() -> None:
    """A second task is refused, and the first goes on; when it was cancelled, another may read."""
    signal, found = Signal[int](), list[int]()
    async with signal.stream() as events, anyio.create_task_group() as tasks:

        async def read() -> None:
            found.append((await anext(events)).payload)

        tasks.start_soon(read)
        await turns()
        for _ in range(2):
            with pytest.raises(StreamUseError, match="for each reader"):
                await anext(events)
        signal.send(SHOP, 1)
        await turns()
        assert found == [1]
        with anyio.move_on_after(0):
            await read()
        tasks.start_soon(read)
        await turns()
        tasks.cancel_scope.cancel()
    signal.send(SHOP, 2)
    assert found == [1]


@pytest.mark.parametrize("how", ["task", "thread", "loop"])
@soon
async def test_a_reader_elsewhere_comes_to_its_end(how: str) -> None:
    """When the block is left, by whomever, a waiting reader wakes up and is done."""
    signal, ended = Signal[int](), list[str]()
    events = signal.stream()
    enter(events)

    async def read() -> None:
        async for _ in events:
            pass
        ended.append("ended")

    async def end() -> None:
        leave(events)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        await turns()
        if how == "task":
            tasks.start_soon(end)
        elif how == "thread":
            in_thread(partial(leave, events))
        else:
            run_elsewhere(("trio", {}), end)
    assert ended == ["ended"]
    assert signal.receivers == ()


@soon
async def test_a_cancelled_reader_loses_nothing() -> None:
    """Whenever it was cancelled, the next one goes on where it would have."""
    signal, found = Signal[int](), list[int]()
    async with signal.stream() as events:

        async def read() -> None:
            async for event in events:
                found.append(event.payload)

        for number in range(60):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(read)
                for _ in range(number % 6):
                    await anyio.lowlevel.checkpoint()
                in_thread(partial(signal.send, SHOP, number))
                for _ in range(number % 5):
                    await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()
        found += await read_all(events)
    assert found == list(range(60))


@soon
async def test_what_the_block_raises_comes_out() -> None:
    """As it is; the stream is ended."""
    signal = Signal[int]()
    with pytest.raises(BrokenError):
        async with signal.stream() as events:
            raise BrokenError
    assert signal.receivers == ()
    assert await read_all(events) == []


@soon
async def test_a_failing_meta_receiver_leaves_nothing_behind() -> None:
    """What it raises comes out of entering or leaving, as of connecting; the change stands."""
    one, two = Signal[int](), Signal[int]()

    def fail(sender: object, payload: object) -> None:
        raise BrokenError

    with two.receiver_connected.connected_to(fail), pytest.raises(BrokenError):
        enter(stream(one, two))
    assert one.receivers == two.receivers == ()
    events = stream(one, two)
    with pytest.raises(BrokenError):
        async with events:
            two.receiver_disconnected.connect(fail)
    assert one.receivers == two.receivers == ()
    assert await read_all(events) == []


@soon
async def test_its_sender_may_go() -> None:
    """No stream keeps a sender alive; its end is nothing to the reader, who may have other ones."""
    signal = Signal[int]()
    for keep in (True, False):
        shop = Shop()
        ref = weakref.ref(shop)
        sources = [signal.bind(shop), signal.bind(SHOP)] if keep else [signal.bind(SHOP)]
        async with stream(*sources) as events:
            signal.send(shop, 1)
            signal.send(SHOP, 2)
            for payload in (1, 2) if keep else (2,):
                assert (await anext(events)).payload == payload
            del shop, sources
            gc.collect()
            signal.send(SHOP, 3)
            assert (await anext(events)).payload == 3
        del events
        assert is_gone(ref)


@soon
async def test_it_keeps_its_sender_no_more_than_a_connection_does() -> None:
    """Connected to a sender that goes, it has no more events, and is nobody's receiver."""
    signal, shop = Signal[int](), Shop()
    async with signal.stream(shop):
        assert len(signal.receivers_for(shop)) == 1
        ref = weakref.ref(shop)
        del shop
        assert is_gone(ref)
        assert signal.receivers == ()


# -- nothing is left ---------------------------------------------------------------------------


def aldis_objects() -> Counter[str]:
    """Count the objects of Aldis's types that are alive."""
    gc.collect()
    kinds: list[type[Any]] = [type(each) for each in gc.get_objects()]
    return Counter(name_of(kind) for kind in kinds if module_of(kind).startswith("aldis"))


async def close(signal: Signal[Any], events: Stream[Any]) -> None:
    """Leave the block, with events unread."""
    async with events:
        signal.send(SHOP, Shop())


async def read(signal: Signal[Any], events: Stream[Any]) -> None:
    """Leave it with all of them read."""
    async with events:
        signal.send(SHOP, Shop())
        async for _ in events:
            break


async def cancel(signal: Signal[Any], events: Stream[Any]) -> None:
    """Cancel the reader."""
    with anyio.move_on_after(0.001):
        async with events:
            signal.send(SHOP, Shop())
            async for _ in events:
                pass


async def lag(signal: Signal[Any], events: Stream[Any]) -> None:
    """Come out by an error."""
    with suppress(StreamLaggedError):
        async with events:
            for _ in range(3):
                with suppress(StreamFullError):
                    signal.send(SHOP, Shop())
            async for _ in events:
                break
            raise StreamLaggedError(1)


async def lose(signal: Signal[Any], events: Stream[Any]) -> None:
    """Drop it without leaving."""
    enter(events)
    signal.send(SHOP, Shop())


async def lose_reading(signal: Signal[Any], events: Stream[Any]) -> None:
    """Drop it in the middle of reading, with its frame."""
    enter(events)
    reading = events.__anext__()
    reading.send(None)
    reading.close()


async def refuse(signal: Signal[Any], events: Stream[Any]) -> None:
    """Have it never entered, since its task was cancelled."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with events:
            raise AssertionError


async def never_enter(signal: Signal[Any], events: Stream[Any]) -> None:
    """Have it never entered."""


async def wait_in_vain(signal: Signal[Any], events: Stream[Any]) -> None:
    """Wait for one event that does not come."""
    with anyio.move_on_after(0.001):
        await signal.wait(SHOP)


async def wait_for_one(signal: Signal[Any], events: Stream[Any]) -> None:
    """Wait for one event."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(signal.wait, SHOP)
        await turns()
        signal.send(SHOP, Shop())


USES = [
    close, read, cancel, lag, lose, lose_reading, refuse, never_enter, wait_in_vain, wait_for_one,
]  # fmt: skip
in_each_use = pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
Use = Callable[[Signal[Any], Stream[Any]], Any]


@needs_refcounting
@in_each_use
@pytest.mark.parametrize("overflow", ["lag", "wait"])
@soon
async def test_nothing_of_it_is_left(use: Use, overflow: Any) -> None:
    """No object of Aldis's, no connection, no task, no coroutine; however often."""
    signal = Signal[Any]()
    signal.connect(Calls().receiver("receiver"), SHOP, weak=False)
    make = partial(signal.stream, SHOP, buffer=1, overflow=overflow)
    await use(signal, make())
    await turns()
    connections, tasks = signal.connections, len(anyio.get_running_tasks())
    counted = aldis_objects()
    with nothing_unawaited():
        for _ in range(30):
            await use(signal, make())
        await turns()
        assert len(signal.connections) == len(connections) == 1
        assert len(anyio.get_running_tasks()) == tasks
    del connections
    left = aldis_objects() - counted
    assert sum(left.values()) < 20, left


@in_each_use
@soon
async def test_it_is_gone_without_the_collector(use: Use) -> None:
    """Stream, payloads and all: nothing goes in a circle."""
    if use in {cancel, wait_in_vain}:
        return  # asyncio's tasks keep a cancellation, and by it the frames it went through
    signal, refs = Signal[Any](), list[weakref.ref[Any]]()

    def note(sender: object, payload: object) -> None:
        refs.append(weakref.ref(payload))

    signal.connect(note)
    with without_collector():
        events = signal.stream(SHOP)
        refs.append(weakref.ref(events))
        await use(signal, events)
        del events
        await turns()
        assert [ref() for ref in refs] == [None] * len(refs)


@soon
async def test_what_where_raised_is_gone_without_the_collector() -> None:
    """With the event in the frames of its traceback."""
    signal = Signal[Shop]()

    def where(event: object) -> bool:
        raise BrokenError

    async with signal.stream(where=where) as events:
        with without_collector():
            shop = Shop()
            ref = weakref.ref(shop)
            signal.send(SHOP, shop)
            del shop
            with suppress(BrokenError):
                await anext(events)
            await turns()
            assert ref() is None


async def test_a_closed_stream_that_is_kept_keeps_no_event() -> None:
    """Though it was left in the middle of the send, at whichever step."""
    kept: list[tuple[weakref.ref[Shop], Stream[Any]]] = []
    for step in itertools.count():
        signal, shop = Signal[Shop](), Shop()
        events = signal.stream()
        kept.append((weakref.ref(shop), events))
        enter(events)
        intrusion = Intrusion(partial(leave, events), step)
        intrusion.run(partial(signal.send, SHOP, shop))
        del shop
        if not intrusion.done():
            leave(events)
            break
    assert step > 20
    gc.collect()
    assert [step for step, (ref, _) in enumerate(kept) if ref() is not None] == []


def test_a_loop_that_was_closed_leaves_nothing() -> None:
    """With a reader in the middle of its block, and nobody who ends it."""
    signal = Signal[int]()

    async def read() -> None:
        async with signal.stream() as events:
            async for _ in events:
                pass

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(forget)
    task = loop.create_task(read())
    loop.run_until_complete(asyncio.sleep(0))
    signal.send(SHOP, 1)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert signal.has_receivers_for(None)
    signal.send(SHOP, 2)
    del task
    gc.collect()
    assert signal.receivers == ()


def test_a_stream_may_be_there_when_the_interpreter_ends() -> None:
    """Nothing is said, and nothing hangs."""
    code = """
        import anyio
        from aldis import Signal
        signal = Signal()
        kept = []
        async def main():
            kept.append(await signal.stream().__aenter__())
            kept.append(anyio.lowlevel.current_token())
        anyio.run(main, backend="asyncio")
        signal.send(None, 1)
        print("end")
    """
    assert run_python(code) == "end\n"

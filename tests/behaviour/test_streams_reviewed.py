"""What a close look at streams found once, so that it stays mended."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import anyio
import pytest

from aldis import Signal, Stream, stream
from aldis.exceptions import OptionError, StreamUseError
from tests.behaviour.recording import (
    Calls,
    Intrusion,
    Shop,
    Way,
    in_each_way,
    nothing_unawaited,
    without_collector,
)
from tests.behaviour.test_dispatcher import Backend, soon, turns
from tests.behaviour.test_streams import BrokenError, enter, leave
from tests.interpreters import needs_gil, needs_refcounting

pytestmark = pytest.mark.anyio

SHOP = Shop()
WAIT: Literal["wait"] = "wait"
Streams = list[Stream[Any]]


# -- closed while somebody begins to wait ------------------------------------------------------


def leave_it(streams: Streams) -> None:
    """Leave its block, as its thread may at any time."""
    for each in streams:
        leave(each)


def lose_it(streams: Streams) -> None:
    """Let go of it, as the collector may at any allocation."""
    streams.clear()


@needs_refcounting
@pytest.mark.parametrize("end", [leave_it, pytest.param(lose_it, marks=needs_gil)])
@soon
async def test_nobody_waits_for_room_in_a_stream_that_was_closed_meanwhile(
    end: Callable[[Streams], None], anyio_backend: Backend
) -> None:
    """It ends at each step of a sender's: that one finds it full, or waits already, or neither."""
    name, options = anyio_backend
    for step in range(1000):
        signal, calls = Signal[int](), Calls()
        signal.connect(calls.receiver("receiver"))
        streams = [signal.stream(buffer=1, overflow=WAIT)]
        enter(streams[0])
        signal.send(SHOP, 0)
        intrusion = Intrusion(partial(end, streams), step)
        elsewhere = partial(_send_until_it_ends, signal, intrusion, partial(end, streams))
        intrusion.run(partial(anyio.run, elsewhere, backend=name, backend_options=options))
        assert [payload for _, payload in calls.seen] == [0, 1]
        assert len(signal.receivers) == 1
        if not intrusion.done():
            return
    pytest.fail("a sending has too many steps")


async def _send_until_it_ends(
    signal: Signal[int], intrusion: Intrusion, end: Callable[[], None]
) -> None:
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(signal.send_async, SHOP, 1)
            await turns()
            if not intrusion.done():  # it waits, and there was no such step before
                end()


# -- disconnected ------------------------------------------------------------------------------


@pytest.mark.parametrize("overflow", ["lag", "wait"])
@soon
async def test_who_disconnects_all_receivers_ends_the_loops_of_streams(overflow: Any) -> None:
    """A reader that waits comes to the end of its loop, and those who wait for room go on."""
    signal, calls, ended = Signal[int](), Calls(), list[str]()
    signal.connect(calls.receiver("receiver"))

    async def read(name: str, open_stream: Stream[Any]) -> None:
        async with open_stream as events:
            async for _ in events:
                pass
            ended.append(name)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read, "all", signal.stream(overflow=overflow))
        tasks.start_soon(read, "of one sender", signal.stream(SHOP, overflow=overflow))
        tasks.start_soon(read, "merged", stream(signal, overflow=overflow))
        await turns()
        assert len(signal.receivers) == 4
        for each in signal.receivers:
            assert signal.disconnect(each)
        await turns()
        assert sorted(ended) == ["all", "merged", "of one sender"]
    assert signal.receivers == ()
    signal.send(SHOP, 1)
    assert calls.names == []


@soon
async def test_what_a_stream_is_among_receivers_cannot_be_called() -> None:
    """It says so with an error of its own, and takes nothing in."""
    signal = Signal[int]()
    async with signal.stream() as events:
        (receiver,) = signal.receivers
        with pytest.raises(StreamUseError, match="send its signal"):
            receiver(SHOP, 1)
        signal.send(SHOP, 2)
        assert (await anext(events)).payload == 2


# -- where -------------------------------------------------------------------------------------


class AsyncWhere:
    """Would have to be awaited."""

    async def __call__(self, event: Any) -> bool:
        """Judge an event."""
        return False


async def judge_async(event: Any) -> bool:
    """Would have to be awaited, too."""
    return False


def judge_later(event: Any) -> Any:
    """Looks plain, and is none."""
    return judge_async(event)


def judge_nothing() -> bool:
    """Takes no event."""
    return False


def judge_two(event: Any, other: Any) -> bool:
    """Takes too many."""
    return False


def judge_named(*, event: Any) -> bool:
    """Takes it by name alone."""
    return False


WRONG: list[Any] = [
    judge_async,
    partial(judge_async),
    AsyncWhere(),
    AsyncWhere().__call__,
    judge_nothing,
    judge_two,
    judge_named,
]
OPENINGS: dict[str, Callable[[Signal[Any], Any], Any]] = {
    "stream": lambda signal, where: signal.stream(where=where),
    "bound": lambda signal, where: signal.bind(SHOP).stream(where=where),
    "merged": lambda signal, where: stream(signal, Signal[int](), where=where),
    "wait": lambda signal, where: signal.wait(where=where),
}


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize("where", WRONG, ids=range(len(WRONG)))
@soon
async def test_a_where_that_cannot_judge_is_refused_at_once(opening: str, where: Any) -> None:
    """An async one would let everything pass; one with another signature would fail each time."""
    signal = Signal[int]()
    with nothing_unawaited(), pytest.raises(OptionError, match="where") as caught:
        await OPENINGS[opening](signal, where)
    assert isinstance(caught.value, TypeError)
    assert signal.receivers == ()


@in_each_way
@soon
async def test_a_coroutine_that_where_returns_is_closed_and_told_to_the_reader(way: Way) -> None:
    """The sender notices nothing, and the loop can go on."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    with nothing_unawaited():
        async with signal.stream(where=judge_later) as events:
            for payload in (1, 2):
                assert await way(signal, SHOP, payload) == ("receiver",)
                with pytest.raises(OptionError, match="where"):
                    await anext(events)


class Payload:
    """Can be seen to be gone."""


def fail(event: Any) -> bool:
    """Raise."""
    raise BrokenError


@pytest.mark.parametrize("where", [fail, judge_later], ids=["fail", "async"])
@in_each_way
@soon
async def test_an_error_of_where_keeps_no_event(way: Way, where: Any) -> None:
    """Once it was dropped the event is gone, without the collector."""
    signal = Signal[Payload]()
    with without_collector():
        async with signal.stream(where=where) as events:
            payload = Payload()
            alive = weakref.ref(payload)
            await way(signal, SHOP, payload)
            del payload
            with pytest.raises((BrokenError, OptionError)):
                await anext(events)
            assert alive() is None


@soon
async def test_a_reader_that_sends_into_its_own_full_stream_waits_for_itself() -> None:
    """As the docs say; giving up costs no event and no place."""
    signal = Signal[int]()
    async with signal.stream(buffer=1, overflow="wait") as events:
        signal.send(SHOP, 1)
        with anyio.CancelScope() as scope:

            async def give_up() -> None:
                await anyio.wait_all_tasks_blocked()
                scope.cancel()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(give_up)
                await signal.send_async(SHOP, 2)
                pytest.fail("there was room")
        assert scope.cancelled_caught
        assert (await anext(events)).payload == 1
        signal.send(SHOP, 3)
        assert (await anext(events)).payload == 3

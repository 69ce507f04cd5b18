"""What a stream brings at a glance: every event once, in order; and what its other tests share."""

from __future__ import annotations

from functools import partial
from typing import Any

import anyio
import pytest

import aldis
from aldis import Dispatcher, Event, KeywordSignal, Signal, Stream, StreamLaggedError, stream
from aldis.exceptions import AsyncReceiverError, LimitError, OptionError
from tests.behaviour.recording import Calls, Shop, Way, in_each_way
from tests.behaviour.test_dispatcher import Hidden, soon, turns
from tests.interpreters import needs_refcounting

pytestmark = pytest.mark.anyio

SHOP = Shop()


# -- shared ------------------------------------------------------------------------------------


async def read_events(events: Stream[Any]) -> list[Any]:
    """Read what is there, until the reader would wait: events, and the errors between them."""
    found: list[Any] = []

    async def read() -> None:
        while True:
            try:
                async for event in events:
                    found.append(event)
                return
            except (StreamLaggedError, BrokenError) as error:
                found.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        before = -1
        while before < len(found):
            before = len(found)
            await turns()
        tasks.cancel_scope.cancel()
    return found


async def read_all(events: Stream[Any]) -> list[Any]:
    """Read what is there: payloads, and for a gap how many were missed, as a text."""
    return [
        f"missed {each.missed}" if isinstance(each, StreamLaggedError) else each.payload
        for each in await read_events(events)
    ]


def enter(events: Stream[Any]) -> None:
    """Enter a stream without a block, where no loop may take its turn."""
    with pytest.raises(StopIteration):
        events.__aenter__().send(None)


def leave(events: Stream[Any]) -> None:
    """Leave a stream without a block, from anywhere."""
    with pytest.raises(StopIteration):
        events.__aexit__(None, None, None).send(None)


class BrokenError(Exception):
    """What is raised on purpose."""


# -- subscribed --------------------------------------------------------------------------------


@in_each_way
@soon
async def test_a_stream_has_each_event_of_its_block(way: Way) -> None:
    """Nothing from before and nothing from behind it; in the order of sending, by each way."""
    signal = Signal[int]()
    await way(signal, SHOP, 0)
    events = signal.stream()
    await way(signal, SHOP, 1)
    async with events as entered:
        assert entered is events
        for number in (2, 3, 4):
            await way(signal, SHOP, number)
        found = await read_events(events)
    await way(signal, SHOP, 5)

    assert [type(each) for each in found] == [Event] * 3
    assert [each.payload for each in found] == [2, 3, 4]
    assert all(each.sender is SHOP and each.signal is signal for each in found)


@needs_refcounting
@in_each_way
@soon
async def test_an_event_is_there_before_a_receiver_is_called(way: Way) -> None:
    """Whatever its priority; also where the receiver then fails."""
    signal, seen = Signal[int](), list[list[int]]()
    async with signal.stream() as events:

        def look(sender: object, payload: int) -> None:
            try:
                events.__anext__().send(None)
            except StopIteration as stop:
                seen.append(stop.value.payload)
            raise BrokenError

        signal.connect(look, priority=1000)
        with pytest.raises((BrokenError, ExceptionGroup)):
            await way(signal, SHOP, 7)
        assert await read_all(events) == [7]


@in_each_way
@soon
async def test_it_is_no_result(way: Way) -> None:
    """Nor does it call or change what receivers give, one or several, `once` or not."""
    signal, calls = Signal[int](), Calls()
    async with signal.stream(), signal.stream():
        assert await way(signal, SHOP, 1) == ()
        signal.connect(calls.receiver("b"))
        assert await way(signal, SHOP, 1) == ("b",)
        signal.connect(calls.receiver("a"), priority=1, once=True)
        assert await way(signal, SHOP, 1) == ("a", "b")
        assert await way(signal, SHOP, 1) == ("b",)


@soon
async def test_a_refused_send_reaches_no_stream() -> None:
    """A sync send with async receivers is refused before."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("async"))
    async with signal.stream() as events:
        for send in (signal.send, signal.send_robust):
            with pytest.raises(AsyncReceiverError):
                send(SHOP, 1)
        assert await read_all(events) == []


@soon
async def test_a_muted_signal_sends_nothing_to_streams() -> None:
    """Entered before or meanwhile; muted receivers mute no stream."""
    signal, calls = Signal[int](), Calls()
    receiver = signal.connect(calls.receiver("receiver"))
    async with signal.stream() as before:
        with signal.muted():
            async with signal.stream() as meanwhile:
                signal.send(SHOP, 1)
                await signal.send_async(SHOP, 2)
        with signal.muted(receiver):
            signal.send(SHOP, 3)
        assert (await read_all(before), calls.names) == ([3], [])
    assert await read_all(meanwhile) == []


@soon
async def test_a_stream_of_one_sender() -> None:
    """Senders are told apart as by receivers; `bind` gives the same."""
    signal = Signal[int]()
    async with (
        signal.stream(SHOP) as of_shop,
        signal.stream(1) as of_one,
        signal.bind(SHOP).stream(where=lambda event: event.payload > 1) as bound,
    ):
        for number, sender in enumerate((SHOP, Shop(), 1, True, 1.0, SHOP)):
            signal.send(sender, number)
        assert await read_all(of_shop) == [0, 5]
        assert await read_all(of_one) == [2]
        assert await read_all(bound) == [5]


@pytest.mark.parametrize("filtered", ["receiver", "stream", "stream of two"])
@soon
async def test_a_stream_has_the_events_of_senders_that_others_filter_on(filtered: str) -> None:
    """Whoever else is connected to one sender, and how; each event once."""
    signal, other = Signal[int](), None
    async with signal.stream() as events:
        if filtered == "receiver":
            signal.connect(Calls().receiver("receiver"), SHOP, weak=False)
        elif filtered == "stream":
            enter(other := signal.stream(SHOP))
        else:
            enter(other := stream(signal.bind(SHOP), Signal[int]()))
        for _ in range(2):
            signal.send(SHOP, 1)
            signal.send(None, 2)
            await signal.send_async(SHOP, 3)
        assert await read_all(events) == [1, 2, 3, 1, 2, 3]
    del other


@needs_refcounting
@soon
async def test_it_counts_as_a_receiver() -> None:
    """In every query, for the length of its block."""
    signal, calls = Signal[int](), Calls()
    receiver = signal.connect(calls.receiver("receiver"), Shop(name="another"))
    del receiver
    assert not signal.has_receivers_for(SHOP)
    async with signal.stream(SHOP) as events:
        assert signal.has_receivers_for(SHOP)
        assert not signal.has_receivers_for(None)
        assert [len(signal.receivers_for(SHOP)), len(signal.receivers)] == [1, 1]
        (connection,) = signal.connections
        assert connection.sender is SHOP
        assert connection.receiver is signal.receivers[0]
        assert not connection.is_async
        merged = stream(signal, signal)
        enter(merged)
        assert [len(signal.receivers_for(SHOP)), len(signal.connections)] == [2, 3]
        leave(merged)
        signal.send(SHOP, 1)
        assert await read_all(events) == [1]
    assert not signal.has_receivers_for(SHOP)
    assert signal.receivers == signal.receivers_for(SHOP) == ()
    assert signal.connections == ()


@soon
async def test_connecting_and_disconnecting_are_told() -> None:
    """By the meta signals, which can be streamed as well."""
    signal = Signal[int]("signal")
    async with (
        signal.receiver_connected.stream() as connected,
        signal.receiver_disconnected.stream() as disconnected,
    ):
        async with signal.stream(SHOP):
            (begun,) = await read_events(connected)
            assert await read_all(disconnected) == []
        (ended,) = await read_events(disconnected)

    assert begun.sender is signal is ended.sender
    assert begun.payload.receiver is ended.payload.receiver
    assert begun.payload.sender is SHOP is ended.payload.sender


@soon
async def test_events_of_dispatchers_come_as_they_are() -> None:
    """The very object that was posted, with its id; a send makes one for all streams."""
    signal = Signal[int]()
    event = signal.event(SHOP, 1)
    async with signal.stream() as one, signal.stream() as two, Dispatcher() as dispatcher:
        await dispatcher.post(event)
        signal.send(SHOP, 2)
        first, second = await read_events(one)
        assert first is event
        assert await read_events(two) == [event, second]


def test_keyword_signals_have_none() -> None:
    """An event is of a signal with one payload."""

    @KeywordSignal
    def placed(sender: object, /, **payload: int) -> None: ...

    assert not hasattr(placed, "stream")
    assert not hasattr(placed, "wait")
    wrong: Any = placed
    with pytest.raises(TypeError, match="is none"):
        aldis.stream(wrong)


# -- where -------------------------------------------------------------------------------------


@soon
async def test_where_takes_what_it_says() -> None:
    """Whatever is true; it sees the event that the reader gets, once."""
    signal, seen = Signal[int](), list[Any]()
    truths: dict[int, Any] = {1: True, 2: "yes", 3: False, 4: None, 5: [], 6: [0]}

    def where(event: Event[int, Any, Any]) -> bool:
        seen.append(event)
        found: bool = truths[event.payload]
        return found

    async with signal.stream(where=where) as events:
        for number in truths:
            signal.send(SHOP, number)
        found = await read_events(events)
    assert [each.payload for each in found] == [1, 2, 6]
    assert [seen[0], seen[1], seen[5]] == found
    assert [each.payload for each in seen] == [1, 2, 3, 4, 5, 6]


@in_each_way
@soon
async def test_what_where_raises_the_reader_gets(way: Way) -> None:
    """The sender and its receivers go on, and so do other streams and the reading."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))

    def where(event: Event[int, Any, Any]) -> bool:
        if event.payload == 2:
            raise BrokenError
        return True

    async with signal.stream(where=where) as events, signal.stream() as others:
        for number in (1, 2, 3):
            assert await way(signal, SHOP, number) == ("receiver",)
        first, second, third = await read_events(events)
        assert (first.payload, type(second), third.payload) == (1, BrokenError, 3)
        assert await read_all(others) == [1, 2, 3]


@soon
async def test_where_may_do_what_it_likes() -> None:
    """Send, connect and end streams, its own included."""
    signal, other = Signal[int](), Signal[int]()
    events = list[Stream[Any]]()

    def where(event: Event[int, Any, Any]) -> bool:
        other.send(SHOP, event.payload)
        signal.connect(receiver)
        leave(events[event.payload])
        return True

    receiver = Calls().receiver("receiver")
    events = [signal.stream(where=where), signal.stream(), signal.stream()]
    async with other.stream() as heard:
        for each in events:
            enter(each)
        signal.send(SHOP, 1)
        assert await read_all(events[2]) == [1]
        signal.send(SHOP, 0)
        assert await read_all(events[2]) == [0]
        assert [await read_all(each) for each in events[:2]] == [[], []]
        assert await read_all(heard) == [1, 0]
    leave(events[2])


# -- several -----------------------------------------------------------------------------------


@soon
async def test_streams_are_independent() -> None:
    """Any number, entered and left in any order; what one has read the others have still."""
    signal = Signal[int]()
    streams = [signal.stream() for _ in range(20)]
    for number, each in enumerate(streams):
        enter(each)
        signal.send(SHOP, number)
    for number, each in enumerate(streams):
        if number % 3 == 0:
            leave(each)
    signal.send(SHOP, 20)
    for number, each in enumerate(streams):
        expected = list(range(number, 21)) if number % 3 else []
        assert await read_all(each) == expected
        leave(each)
    assert signal.receivers == ()


@soon
async def test_several_signals_in_one_stream() -> None:
    """In the order of sending, however many signals; of bound ones their sender's alone."""
    signals = [Signal[int](str(number)) for number in range(6)]
    async with stream(*signals[:5], signals[5].bind(SHOP)) as events:
        for number in (3, 1, 5, 0, 2, 4, 5):
            signals[number].send(SHOP, number)
            signals[number].send(None, -number)
        found = await read_events(events)
    assert [each.payload for each in found] == [3, -3, 1, -1, 5, 0, 0, 2, -2, 4, -4, 5]
    assert all(each.signal is signals[abs(each.payload)] for each in found)
    assert all(each.receivers == () for each in signals)


@pytest.mark.parametrize("order", ["aa", "ab", "ba", "bab", "bb", "aba"])
@soon
async def test_a_signal_that_is_named_twice_gives_each_event_once(order: str) -> None:
    """As itself (a), or bound to a sender (b)."""
    signal = Signal[int]()
    sources: dict[str, Any] = {"a": signal, "b": signal.bind(SHOP)}
    async with stream(*(sources[each] for each in order), buffer=2, overflow="wait") as events:
        signal.send(SHOP, 1)
        signal.send(None, 2)
        assert await read_all(events) == ([1, 2] if "a" in order else [1])
        signal.send(SHOP, 3)
        signal.send(SHOP, 4)
        assert await read_all(events) == [3, 4]


# -- options -----------------------------------------------------------------------------------


@pytest.mark.parametrize("buffer", [0, -1, True, 1.0, "1", None, Hidden()])
def test_a_buffer_is_a_positive_int(buffer: Any) -> None:
    """All else is refused, and shown by its type where it is no number."""
    for make in (Signal[int]().stream, Signal[int]().bind(SHOP).stream, partial(stream, SIGNAL)):
        with pytest.raises(LimitError, match=r"buffer=.*pass a positive int"):
            make(buffer=buffer)


def test_a_buffer_is_shown_without_calling_the_users_code() -> None:
    """Nothing of a user's object gets into a message."""

    class Number(int):
        def __str__(self) -> str:
            raise AssertionError

    with pytest.raises(LimitError):
        SIGNAL.stream(buffer=Number(3))


@pytest.mark.parametrize("overflow", ["", "drop", "LAG", b"lag", None, True, Hidden()])
def test_overflow_is_one_of_two_words(overflow: Any) -> None:
    """All else is refused, here and where signals are merged."""
    for make in (SIGNAL.stream, SIGNAL.bind(SHOP).stream, partial(stream, SIGNAL)):
        with pytest.raises(OptionError, match=r"overflow=.*pass 'lag' or 'wait'"):
            make(overflow=overflow)


async def _where_async(event: object) -> bool:
    return False


@pytest.mark.parametrize(
    "where",
    [
        1,
        "where",
        _where_async,
        lambda: True,
    ],
    ids=["int", "str", "async", "of nothing"],
)
@soon
async def test_where_is_a_plain_function(where: Any) -> None:
    """All else is refused, by `wait` too; what is async would be true, always."""
    for make in (SIGNAL.stream, SIGNAL.bind(SHOP).stream, partial(stream, SIGNAL)):
        with pytest.raises(OptionError, match=r"where=.*pass a plain function"):
            make(where=where)
    with pytest.raises(OptionError):
        await SIGNAL.wait(where=where)


@pytest.mark.parametrize("wrong", [7, "signal", Signal, Hidden()], ids=["7", "str", "class", "own"])
def test_only_signals_are_merged(wrong: Any) -> None:
    """And at least one; who is refused is told what was found."""
    with pytest.raises(TypeError, match="is none"):
        stream(SIGNAL, wrong)
    make: Any = stream
    with pytest.raises(TypeError, match="pass one or more"):
        make()


SIGNAL = Signal[int]("signal")

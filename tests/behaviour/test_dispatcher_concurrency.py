"""How many events run at a time, and which of them keep their order."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from __future__ import annotations

import random
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import DeliveryCancelledError, Dispatcher, Signal, Statistics
from tests.behaviour.recording import Shop
from tests.behaviour.test_dispatcher import Held, Reports, soon, turns

pytestmark = pytest.mark.anyio

SHOP = Shop()


# -- at most n ---------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 3, None])
@soon
async def test_so_many_events_run_at_a_time(concurrency: int | None) -> None:
    """So many at most, and so many indeed; whoever ends makes room for the next in order."""
    signal = Signal[int]()
    held = Held(signal)
    at_once = 7 if concurrency is None else concurrency
    async with Dispatcher(concurrency=concurrency) as dispatcher:
        for number in range(7):
            dispatcher.post(signal.event(SHOP, number))
        await held.begin_of(*range(at_once))
        await turns()
        assert held.held == at_once
        assert dispatcher.statistics() == Statistics(7 - at_once, at_once, 0, 0, 0)
        for number in range(7 - at_once):
            held.let_go(number)
            await held.begin_of(number + at_once)
            await turns()
            assert held.held == at_once
        held.let_all_go()

    assert sorted(held.began) == list(range(7))
    assert held.most == at_once


@soon
async def test_more_room_is_used_when_more_comes() -> None:
    """Events posted one by one, each when the one before runs, run together."""
    signal = Signal[tuple[int, int]]()
    held = Held(signal)
    async with Dispatcher(concurrency=3) as dispatcher:
        for round_ in range(3):
            for number in range(4):
                dispatcher.post(signal.event(SHOP, (round_, number)))
                await turns()
            assert held.held == 3
            held.let_go(*[(round_, number) for number in range(4)])
            await dispatcher.drain()

    assert held.most == 3


@soon
async def test_failures_cost_no_concurrency() -> None:
    """After many events that failed, as many run at a time as before."""
    failing, signal, reports = Signal[int](), Signal[int](), Reports()
    held = Held(signal)

    @failing.connect
    async def fail(sender: object, payload: int) -> None:
        await checkpoint()
        raise ValueError

    async with Dispatcher(concurrency=2, on_error=reports) as dispatcher:
        for number in range(20):
            await dispatcher.post(failing.event(SHOP, number))
        for number in range(4):
            dispatcher.post(signal.event(SHOP, number))
        await held.begin_of(0, 1)
        await turns()
        assert held.held == 2
        held.let_all_go()

    assert reports.payloads == list(range(20))


@soon
async def test_the_receivers_of_one_event_run_one_after_another() -> None:
    """The concurrency is that of events."""
    signal = Signal[int]()
    first, second = Held(signal), Held(signal)
    async with Dispatcher(concurrency=8) as dispatcher:
        dispatcher.post(signal.event(SHOP, 1))
        await first.begin_of(1)
        await turns()
        assert second.began == []
        first.let_go(1)
        await second.begin_of(1)
        second.let_go(1)


@soon
async def test_one_at_a_time_all_comes_in_order() -> None:
    """Each event begins when the one before has ended, receivers that wait included."""
    signal, log = Signal[int](), list[tuple[str, int]]()

    @signal.connect
    async def receive(sender: object, payload: int) -> None:
        log.append(("begin", payload))
        for _ in range(payload % 3):
            await checkpoint()
        log.append(("end", payload))

    async with Dispatcher(concurrency=1) as dispatcher:
        for number in range(50):
            dispatcher.post(signal.event(SHOP, number))

    assert log == [(what, number) for number in range(50) for what in ("begin", "end")]


@soon
async def test_other_tasks_get_their_turn() -> None:
    """Many events with sync receivers alone do not keep the loop for themselves."""
    signal, heard = Signal[int](), list[int]()
    signal.connect(lambda sender, payload: heard.append(payload), weak=False)
    seen: list[int] = []
    async with Dispatcher(concurrency=1, max_pending=None) as dispatcher:
        for number in range(1000):
            dispatcher.post(signal.event(SHOP, number))
        while len(heard) < 1000:  # how often it comes round is the question
            seen.append(len(heard))
            await checkpoint()

    assert len(seen) > 100


# -- ordered -----------------------------------------------------------------------------------


class Line:
    """Events of one signal and sender, in an ordered dispatcher."""

    def __init__(self, dispatcher: Dispatcher, signal: Signal[Any], sender: object) -> None:
        self.dispatcher = dispatcher
        self.signal = signal
        self.sender = sender

    def post(self, *payloads: object) -> None:
        """Post one event for each payload."""
        for payload in payloads:
            self.dispatcher.post(self.signal.event(self.sender, payload))


@soon
async def test_of_one_sender_each_event_waits_for_the_one_before() -> None:
    """For all of its receivers, while the events of others overtake."""
    signal = Signal[str]()
    first, second = Held(signal), Held(signal)
    async with Dispatcher(ordered=True, concurrency=None) as dispatcher:
        one, other = Line(dispatcher, signal, Shop()), Line(dispatcher, signal, Shop())
        one.post("a1", "a2", "a3")
        other.post("b1", "b2")
        await first.begin_of("a1", "b1")
        await turns()
        assert first.began == ["a1", "b1"]

        first.let_go("b1")
        second.let_go("b1")
        await first.begin_of("b2")
        first.let_go("a1")
        await second.begin_of("a1")
        await turns()
        assert first.began == ["a1", "b1", "b2"], "a2 waits for the second receiver as well"

        second.let_go("a1")
        await first.begin_of("a2")
        first.let_all_go()
        second.let_all_go()

    assert [each for each in second.began if each[0] == "a"] == ["a1", "a2", "a3"]
    assert [each for each in second.began if each[0] == "b"] == ["b1", "b2"]


@soon
async def test_a_long_line_keeps_no_place_from_others() -> None:
    """Those that wait in it do not count as running."""
    signal = Signal[Any]()
    held = Held(signal)
    async with Dispatcher(ordered=True, concurrency=2) as dispatcher:
        one, other = Line(dispatcher, signal, Shop()), Line(dispatcher, signal, Shop())
        one.post(*range(100))
        other.post("other", "another")
        await held.begin_of(0, "other")
        held.let_go("other")
        await held.begin_of("another")
        assert held.began == [0, "other", "another"]
        held.let_all_go()

    assert [each for each in held.began if isinstance(each, int)] == list(range(100))


@soon
async def test_without_ordered_events_of_one_sender_run_together() -> None:
    """It has to be asked for."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(concurrency=3) as dispatcher:
        Line(dispatcher, signal, SHOP).post(1, 2, 3)
        await held.begin_of(1, 2, 3)
        held.let_all_go()


class Text(str):
    """A subclass, which matches by identity."""

    __slots__ = ()


class Equal:
    """Equal to all others of its kind, and one sender of its own all the same."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        raise AssertionError


EQUAL, SHARED = Equal(), object()
SAME: list[tuple[object, object]] = [
    ("shop" + str(1), "shop" + str(1)),
    (10**20, 10**20),
    (b"ab" * 2, b"abab"),
    (2.5, 5 / 2),
    (True, True),
    (None, None),
    (SHOP, SHOP),
    (SHOP.receive, SHOP.receive),
    (EQUAL, EQUAL),
    (Shop, Shop),
]
DIFFERENT: list[tuple[object, object]] = [
    (1, True),
    (0, False),
    (1, 1.0),
    ("a", b"a"),
    (Text("a"), "a"),
    (Text("a"), Text("a")),
    (Shop(), Shop()),
    (Equal(), Equal()),
    (SHOP.receive, SHOP.receive_too),
    (SHOP.receive, Shop().receive),
    (SHOP.receive, SHOP),
    ((1,), tuple(iter([1]))),  # equal constants are one object
    (None, 0),
]


@pytest.mark.parametrize("pair", SAME, ids=range(len(SAME)))
@soon
async def test_equal_senders_are_in_one_line(pair: tuple[object, object]) -> None:
    """By the rule of senders: values by type and value, methods by object and function."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(ordered=True, concurrency=None) as dispatcher:
        for number, sender in enumerate(pair):
            Line(dispatcher, signal, sender).post(number)
        await held.begin_of(0)
        await turns()
        assert held.began == [0]
        held.let_all_go()

    assert held.began == [0, 1]


@pytest.mark.parametrize("pair", DIFFERENT, ids=range(len(DIFFERENT)))
@soon
async def test_different_senders_are_in_different_lines(pair: tuple[object, object]) -> None:
    """By the same rule, everything else by identity."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(ordered=True, concurrency=None) as dispatcher:
        for number, sender in enumerate(pair):
            Line(dispatcher, signal, sender).post(number)
        await held.begin_of(0, 1)
        held.let_all_go()


@soon
async def test_signals_of_one_sender_are_in_different_lines() -> None:
    """Also signals of one name."""
    signals = [Signal[int]("same"), Signal[int]("same")]
    both = [Held(signal) for signal in signals]
    async with Dispatcher(ordered=True, concurrency=None) as dispatcher:
        for signal in signals:
            Line(dispatcher, signal, SHOP).post(1)
        for held in both:
            await held.begin_of(1)
            held.let_all_go()


@soon
async def test_not_a_number_is_a_sender_like_others() -> None:
    """It is not equal to itself, and its line goes on all the same."""
    signal, nan = Signal[int](), float("nan")
    held = Held(signal)
    async with Dispatcher(ordered=True) as dispatcher:
        Line(dispatcher, signal, nan).post(1, 2, 3)
        Line(dispatcher, signal, float("nan")).post(4)
        held.let_all_go()

    assert sorted(held.began) == [1, 2, 3, 4]


@soon
async def test_a_line_goes_on_after_a_failure() -> None:
    """The next event of a failing one begins."""
    signal, reports = Signal[int](), Reports()

    @signal.connect
    async def fail(sender: object, payload: int) -> None:
        await checkpoint()
        raise ValueError

    async with Dispatcher(ordered=True, on_error=reports) as dispatcher:
        Line(dispatcher, signal, SHOP).post(1, 2, 3)

    assert reports.payloads == [1, 2, 3]


@soon
async def test_a_line_goes_on_after_a_cancellation() -> None:
    """Of the event that runs, and of one that waits in it."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(ordered=True) as dispatcher:
        deliveries = [dispatcher.post(signal.event(SHOP, number)) for number in range(5)]
        await held.begin_of(0)
        for number in (0, 1, 3):
            deliveries[number].cancel()
        await held.begin_of(2)
        await turns()
        assert held.began == [0, 2]
        held.let_all_go()
        for number in (0, 1, 3):
            with pytest.raises(DeliveryCancelledError):
                await deliveries[number]

    assert held.began == [0, 2, 4]
    assert dispatcher.statistics() == Statistics(0, 0, 2, 0, 3)


@soon
async def test_a_line_that_ended_begins_anew() -> None:
    """Again and again, and from within its own receivers."""
    signal, heard = Signal[int](), list[int]()
    running = 0
    async with Dispatcher(ordered=True) as dispatcher:

        @signal.connect
        async def receive(sender: object, payload: int) -> None:
            nonlocal running
            running += 1
            assert running == 1
            heard.append(payload)
            if payload < 3:
                dispatcher.post(signal.event(SHOP, payload + 1))
            await checkpoint()
            running -= 1

        for start in (0, 2, 3):
            outcomes = await dispatcher.post(signal.event(SHOP, start))
            assert outcomes.errors == ()
            await dispatcher.drain()

    assert heard == [0, 1, 2, 3, 2, 3, 3]


@pytest.mark.parametrize("concurrency", [1, 2, 5, None])
@pytest.mark.parametrize("seed", range(3))
@soon
async def test_many_lines_keep_their_order(concurrency: int | None, seed: int) -> None:
    """Whatever takes how long: one at a time in each line, and no more than so many in all."""
    chance = random.Random(seed)
    signal, running = Signal[tuple[int, int, int]](), list[int]()
    heard: dict[int, list[int]] = {}
    most = 0

    @signal.connect
    async def receive(sender: object, payload: tuple[int, int, int]) -> None:
        nonlocal most
        line, number, takes = payload
        assert line not in running
        running.append(line)
        most = max(most, len(running))
        for _ in range(takes):
            await checkpoint()
        heard.setdefault(line, []).append(number)
        running.remove(line)

    async with (
        Dispatcher(ordered=True, concurrency=concurrency, max_pending=None) as dispatcher,
        anyio.create_task_group() as tasks,
    ):

        async def post(share: int) -> None:
            for number in range(60):
                line = share * 10 + chance.randrange(3)
                takes = chance.randrange(6)
                dispatcher.post(signal.event(f"line {line}", (line, number, takes)))
                if chance.random() < 0.3:
                    await checkpoint()

        for share in range(3):
            tasks.start_soon(post, share)

    assert dispatcher.statistics() == Statistics(0, 0, 180, 0, 0)
    assert sum(map(len, heard.values())) == 180
    assert all(numbers == sorted(numbers) for numbers in heard.values())
    assert most <= (9 if concurrency is None else concurrency)

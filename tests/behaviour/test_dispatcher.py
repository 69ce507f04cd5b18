"""What a dispatcher promises at a glance; and what its other tests, one file a theme, share."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import Delivery, Dispatcher, Event, Outcome, Outcomes, Signal, Statistics
from aldis.exceptions import ConcurrencyError, LimitError, OptionError
from tests.behaviour.recording import Calls, Shop, in_thread

P = ParamSpec("P")
SHOP = Shop()
SOON = 10.0
"""Seconds after which an async test counts as hanging; none comes near it."""

Backend = tuple[str, dict[str, Any]]


# -- shared ------------------------------------------------------------------------------------


def soon(test: Callable[P, Awaitable[None]]) -> Callable[P, Coroutine[Any, Any, None]]:
    """Have an async test fail where it would hang."""

    @functools.wraps(test)
    async def bounded(*args: P.args, **kwargs: P.kwargs) -> None:
        with anyio.fail_after(SOON):
            await test(*args, **kwargs)

    return bounded


async def turns() -> None:
    """Let all others run until they wait; much quicker than to ask whether they do."""
    for _ in range(20):
        await checkpoint()


def run_elsewhere(backend: Backend, main: Callable[[], Awaitable[Any]]) -> Any:
    """Run an event loop in a thread of its own."""
    name, options = backend
    return in_thread(lambda: anyio.run(main, backend=name, backend_options=options))


def forget(*_: object) -> None:
    """Stand for an `on_error` that keeps nothing."""


class Reports:
    """An `on_error` that keeps what it is told.

    Attributes:
        seen: the outcomes with their events, in order.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[Outcome[Any], Event[Any, Any]]] = []

    def __call__(self, outcome: Outcome[Any], event: Event[Any, Any]) -> None:
        """Keep it."""
        self.seen.append((outcome, event))

    @property
    def payloads(self) -> list[Any]:
        """Whose events were reported, by their payloads."""
        return [event.payload for _, event in self.seen]

    @property
    def errors(self) -> list[Any]:
        """What was reported."""
        return [outcome.error for outcome, _ in self.seen]


class Held:
    """An async receiver that holds each event until it is let go.

    Attributes:
        began: the payloads, in the order in which they came.
        ended: the payloads, in the order in which they were let go or cancelled.
        cancelled: the payloads that were cancelled.
        most: how many were held at a time, at most.
    """

    def __init__(self, signal: Signal[Any], sender: Any = None) -> None:
        self.began: list[Any] = []
        self.ended: list[Any] = []
        self.cancelled: list[Any] = []
        self.most = 0
        self._begins: dict[Any, anyio.Event] = {}
        self._gates: dict[Any, anyio.Event] = {}
        self._open = False
        if sender is None:
            signal.connect(self.receive, weak=False)
        else:
            signal.connect(self.receive, sender, weak=False)

    async def receive(self, sender: object, payload: Any) -> str:
        """Hold one event."""
        self.began.append(payload)
        self.most = max(self.most, self.held)
        self._begins.setdefault(payload, anyio.Event()).set()
        try:
            if not self._open:
                await self._gates.setdefault(payload, anyio.Event()).wait()
        except anyio.get_cancelled_exc_class():
            self.cancelled.append(payload)
            raise
        finally:
            self.ended.append(payload)
        return "held"

    @property
    def held(self) -> int:
        """How many are held now."""
        return len(self.began) - len(self.ended)

    async def begin_of(self, *payloads: Any) -> None:
        """Wait until these have come."""
        for payload in payloads:
            await self._begins.setdefault(payload, anyio.Event()).wait()

    def let_go(self, *payloads: Any) -> None:
        """Let go of these."""
        for payload in payloads:
            self._gates.setdefault(payload, anyio.Event()).set()

    def let_all_go(self) -> None:
        """Let go of all, also of those to come."""
        self._open = True
        for gate in self._gates.values():
            gate.set()


# -- at a glance -------------------------------------------------------------------------------


@pytest.mark.anyio
@soon
async def test_an_event_is_delivered_to_every_receiver() -> None:
    """Sync and async receivers are called in their order, with the sender and the payload."""
    signal, calls, payload = Signal[Any]("signal"), Calls(), object()
    signal.connect(calls.receiver("sync"))
    signal.connect(calls.async_receiver("async"))
    signal.connect(calls.receiver("in a thread"), to_thread=True)
    async with Dispatcher() as dispatcher:
        outcomes = await dispatcher.post(signal.event(SHOP, payload))

    assert isinstance(outcomes, Outcomes)
    assert outcomes.values == ("sync", "async", "in a thread")
    assert calls.names == ["sync", "async", "in a thread"]
    assert calls.seen == [(SHOP, payload)] * 3


@pytest.mark.anyio
@soon
async def test_an_event_is_delivered_as_by_send_robust_async() -> None:
    """Priorities, senders, `once` and muting count; a failure leaves the other receivers called."""
    signal, calls, reports = Signal[Any](), Calls(), Reports()

    def fail() -> None:
        raise ValueError

    signal.connect(calls.receiver("third"))
    signal.connect(calls.receiver("second", fail), priority=1, once=True)
    signal.connect(calls.async_receiver("first"), SHOP, priority=2)
    muted = signal.connect(calls.receiver("muted"))
    async with Dispatcher(on_error=reports) as dispatcher:
        with signal.muted(muted):
            outcomes = await dispatcher.post(signal.event(SHOP, 1))
        again = await dispatcher.post(signal.event(None, 2))

    assert outcomes.values == ("first", "third")
    assert [type(error) for error in outcomes.errors] == [ValueError]
    assert again.values == ("third", "muted")
    assert calls.names == ["first", "second", "third", "third", "muted"]
    assert len(reports.seen) == 1


@pytest.mark.anyio
@soon
async def test_nobody_need_listen() -> None:
    """An event without receivers, or of a muted signal, is done with no outcomes."""
    signal, calls = Signal[int](), Calls()
    async with Dispatcher() as dispatcher:
        assert list(await dispatcher.post(signal.event(SHOP, 1))) == []
        signal.connect(calls.receiver("receiver"))
        with signal.muted():
            assert list(await dispatcher.post(signal.event(SHOP, 1))) == []

        assert dispatcher.statistics() == Statistics(0, 0, 2, 0, 0)
    assert calls.names == []


@pytest.mark.anyio
@soon
async def test_an_event_can_be_posted_twice() -> None:
    """Each time is a delivery of its own."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    event = signal.event(SHOP, 1)
    async with Dispatcher() as dispatcher:
        first, second = dispatcher.post(event), dispatcher.post(event)
        assert first is not second
        await first
        await second

    assert calls.names == ["receiver", "receiver"]


@pytest.mark.anyio
@soon
async def test_a_delivery_need_not_be_kept() -> None:
    """Leaving the block delivers what nobody awaits."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("receiver"))
    async with Dispatcher() as dispatcher:
        assert isinstance(dispatcher.post(signal.event(SHOP, 1)), Delivery)
        await dispatcher.submit(signal.event(SHOP, 2))
        assert isinstance(dispatcher, Dispatcher)

    assert [payload for _, payload in calls.seen] == [1, 2]


@pytest.mark.anyio
@soon
async def test_a_block_without_events_ends_at_once() -> None:
    """With and without a grace."""
    for grace in (None, 0, 0.0, 3600.0, math.inf):
        async with Dispatcher(grace=grace) as dispatcher:
            pass
        assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 0)


# -- options -----------------------------------------------------------------------------------


class Hidden:
    """Says nothing of itself in a message."""

    def __repr__(self) -> str:
        raise AssertionError

    __str__ = __repr__


NO_COUNTS: list[Any] = [0, -1, True, False, 1.0, 1.5, math.nan, math.inf, "16", b"1", [], Hidden()]
NO_TIMES: list[Any] = [-1, -0.001, True, False, math.nan, -math.inf, "1", int, 1j, Hidden()]


@pytest.mark.parametrize("concurrency", NO_COUNTS)
def test_concurrency_is_a_positive_int_or_none(concurrency: Any) -> None:
    """All else is a `ValueError`, as for `send_async`."""
    with pytest.raises(ConcurrencyError) as caught:
        Dispatcher(concurrency=concurrency)

    assert isinstance(caught.value, ValueError)
    assert str(caught.value)


@pytest.mark.parametrize("max_pending", NO_COUNTS)
def test_max_pending_is_a_positive_int_or_none(max_pending: Any) -> None:
    """All else is a `ValueError` that says what it takes."""
    with pytest.raises(LimitError) as caught:
        Dispatcher(max_pending=max_pending)

    assert isinstance(caught.value, ValueError)
    assert caught.value.option == "max_pending"
    assert str(caught.value).startswith("max_pending=")
    assert str(caught.value).endswith("pass a positive int, or None")


@pytest.mark.parametrize("grace", NO_TIMES)
def test_grace_is_a_number_from_0_up_or_none(grace: Any) -> None:
    """All else is a `ValueError` that says what it takes."""
    with pytest.raises(LimitError) as caught:
        Dispatcher(grace=grace)

    assert isinstance(caught.value, ValueError)
    assert caught.value.option == "grace"
    assert str(caught.value).startswith("grace=")
    assert str(caught.value).endswith("pass seconds from 0 up, or None")


def test_a_bad_limit_is_shown_shortened() -> None:
    """Numbers as they are, other things by their type, and never at length."""
    wrong: Any = "x" * 10_000
    for options, shown in (
        ({"max_pending": -7}, "max_pending=-7 "),
        ({"max_pending": True}, "max_pending=True "),
        ({"max_pending": wrong}, "max_pending=<str> "),
        ({"grace": math.nan}, "grace=nan "),
        ({"grace": Hidden()}, "grace=<Hidden> "),
    ):
        given: Any = options
        with pytest.raises(LimitError) as caught:
            Dispatcher(**given)
        assert str(caught.value).startswith(shown)
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize("max_pending", [1, 10_000, pytest.param(sys.maxsize, id="maxsize"), None])
def test_any_positive_max_pending_is_accepted(max_pending: int | None) -> None:
    """A large one costs nothing before there are events."""
    assert Dispatcher(max_pending=max_pending).statistics() == Statistics(0, 0, 0, 0, 0)


@pytest.mark.anyio
@soon
async def test_any_grace_is_accepted_that_is_a_number() -> None:
    """Also one that no clock can count to."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("receiver"))
    for grace in (0.1, 10**9, sys.float_info.max, 10**400):
        async with Dispatcher(grace=grace) as dispatcher:
            dispatcher.post(signal.event(SHOP, 1))
    assert len(calls.names) == 4


async def report_async(outcome: object, event: object) -> None:
    """Would have to be awaited."""


class AsyncReport:
    """Would have to be awaited, too."""

    async def __call__(self, outcome: object, event: object) -> None:
        """Report."""


@pytest.mark.parametrize(
    "on_error",
    [7, "report", report_async, functools.partial(report_async), AsyncReport()],
    ids=["int", "str", "async", "async partial", "async call"],
)
def test_on_error_is_a_plain_callable(on_error: Any) -> None:
    """What is async or cannot be called is refused with a `TypeError`."""
    with pytest.raises(OptionError, match="on_error") as caught:
        Dispatcher(on_error=on_error)

    assert isinstance(caught.value, TypeError)


def test_options_are_passed_by_name() -> None:
    """Nobody can take one number for the other."""
    make: Any = Dispatcher
    with pytest.raises(TypeError, match="positional"):
        make(4)

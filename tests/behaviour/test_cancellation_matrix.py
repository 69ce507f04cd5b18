"""Whatever waits can be cancelled wherever it waits: nothing hangs, leaks, or is lost uncounted.

Each operation is run again and again, cancelled at its first point of waiting, at its second, and
so on, until it comes to its end uncancelled. After each run the same is asked: whether anything is
left running, and whether every event and every place is where it should be.
"""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import Delivery, DeliveryCancelledError, Dispatcher, Signal, Statistics, stream
from aldis.exceptions import DispatcherFullError
from tests.behaviour.recording import (
    CONCURRENT_WAYS,
    SERIAL_ASYNC_WAYS,
    Shop,
    Way,
    nothing_unawaited,
)
from tests.behaviour.test_dispatcher import SOON, Backend, Reports, forget, turns
from tests.behaviour.test_streams import enter, leave, read_all
from tests.behaviour.test_streams_waiting import WAIT, room_of

pytestmark = pytest.mark.anyio

SHOP = Shop()
Operation = Callable[[], AbstractAsyncContextManager[Callable[[], Coroutine[Any, Any, Any]]]]
"""Makes ready what is to be cancelled, gives it, and looks at what came of it."""


# -- injecting ---------------------------------------------------------------------------------


class Cancelled:
    """Awaits something, and has its task cancelled at the n-th time that it waits.

    Attributes:
        points: how many times it has begun to wait.
    """

    def __init__(self, work: Coroutine[Any, Any, Any], at: int) -> None:
        self.points = 0
        self.falling_asleep: Callable[[], object] = forget
        self.waking_up: Callable[[], object] = forget
        self._work = work
        self._at = at

    def __await__(self) -> Generator[Any, Any, Any]:
        """Step through it by hand."""
        resume: Callable[[], Any] = partial(self._work.send, None)
        while True:
            try:
                waits_for = resume()
            except StopIteration as stop:
                return stop.value
            self.points += 1
            if self.points == self._at:
                self.falling_asleep()
            try:
                resume = partial(self._work.send, (yield waits_for))
                if self.points == self._at:
                    self.waking_up()
            except BaseException as error:
                resume = partial(self._work.throw, error)


async def by_scope(work: Coroutine[Any, Any, Any], at: int) -> int:
    """Cancel the scope around it as it falls asleep; count its points of waiting."""
    cancelled = Cancelled(work, at)
    with anyio.CancelScope() as scope:
        cancelled.falling_asleep = scope.cancel
        await cancelled
    return cancelled.points


async def by_task(work: Coroutine[Any, Any, Any], at: int, *, late: bool = False) -> int:
    """Cancel the task that runs it, as asyncio does: as it falls asleep, or as it was woken."""
    cancelled = Cancelled(work, at)

    def cancel_late() -> None:
        raise asyncio.CancelledError

    async def run() -> None:
        task: Any = asyncio.current_task()
        if late:
            cancelled.waking_up = cancel_late
        else:
            cancelled.falling_asleep = task.cancel
        await cancelled

    with suppress(asyncio.CancelledError):
        await asyncio.ensure_future(run())
    return cancelled.points


async def inject_everywhere(
    operation: Operation, cancel: Callable[[Coroutine[Any, Any, Any], int], Awaitable[int]]
) -> int:
    """Cancel an operation at each point in turn; give their number."""
    at = 0
    for at in itertools.count(1):
        before = {task.id for task in anyio.get_running_tasks()}
        with anyio.fail_after(SOON), nothing_unawaited():
            async with operation() as work:
                points = await cancel(work(), at)
                await turns()
            await turns()
            assert {task.id for task in anyio.get_running_tasks()} == before, at
        if points < at:
            break
    return at - 1


async def after_turns(then: Callable[[], object], count: int) -> None:
    """Do something some turns of the loop from now."""
    for _ in range(count):
        await checkpoint()
    then()


class Receivers:
    """A sync receiver, an async one and one in a thread, that note their calls."""

    def __init__(self, signal: Signal[Any], *, to_thread: bool = True) -> None:
        self.began = 0
        self.ended = 0
        self.finished: list[Any] = []
        signal.connect(self.receive, weak=False)
        signal.connect(self.receive_async, weak=False)
        if to_thread:
            signal.connect(self.receive_in_thread, weak=False, to_thread=True)

    def receive(self, sender: object, payload: Any) -> None:
        """Note it."""
        self.began += 1
        self.ended += 1

    async def receive_async(self, sender: object, payload: Any) -> None:
        """Note it, and wait in between."""
        self.began += 1
        try:
            await checkpoint()
            await checkpoint()
            self.finished.append(payload)
        finally:
            self.ended += 1

    def receive_in_thread(self, sender: object, payload: Any) -> None:
        """Note it."""
        self.began += 1
        self.ended += 1


# -- sending -----------------------------------------------------------------------------------


def sending(way: Way, *, full: int = 0) -> Operation:
    """Send, with so many full streams ahead that are read a little later."""

    @asynccontextmanager
    async def operation() -> AsyncGenerator[Callable[[], Coroutine[Any, Any, Any]]]:
        signal = Signal[Any]()
        streams = [signal.stream(buffer=1, overflow=WAIT) for _ in range(full)]
        for each in streams:
            enter(each)
        if full:
            signal.send(SHOP, "before")
        receivers = Receivers(signal)
        read: list[list[Any]] = [[] for _ in streams]
        sent: list[str] = []

        async def send() -> None:
            await way(signal, SHOP, "sent")
            sent.append("sent")

        async def read_later(place: int) -> None:
            for _ in range(5 + 3 * place):
                await checkpoint()
            read[place] += await read_all(streams[place])

        async with anyio.create_task_group() as tasks:
            for place in range(full):
                tasks.start_soon(read_later, place)
            yield send
        assert receivers.began == receivers.ended
        for place, each in enumerate(streams):
            read[place] += await read_all(each)
            assert read[place] == ["before", "sent"][: len(read[place])]
            assert len(read[place]) == len(read[0]) >= 1 + len(sent)
            assert (receivers.began > 0) <= (len(read[place]) == 2)
        for each in streams[1:]:
            leave(each)
        if streams:
            receivers_now = [each for each in signal.receivers if hasattr(each, "__self__")]
            for receiver in receivers_now:
                signal.disconnect(receiver)
            assert room_of(signal) == 1
            leave(streams[0])
            assert signal.receivers == ()

    return operation


# -- streams -----------------------------------------------------------------------------------


def streaming(overflow: Any, *, merged: bool = False) -> Operation:
    """Enter a stream, read what is there and what comes, and leave it."""

    @asynccontextmanager
    async def operation() -> AsyncGenerator[Callable[[], Coroutine[Any, Any, Any]]]:
        one, two = Signal[int](), Signal[int]()
        sources = (one, two) if merged else (one,)

        async def read() -> None:
            async with stream(*sources, buffer=2, overflow=overflow) as events:
                one.send(SHOP, 1)
                sources[-1].send(SHOP, 2)
                feeding.start_soon(after_turns, partial(one.send, SHOP, 3), 7)
                for number in (1, 2, 3):
                    assert (await anext(events)).payload == number

        async with anyio.create_task_group() as feeding:
            yield read
        assert one.receivers == two.receivers == ()
        await one.send_async(SHOP, 4)

    return operation


def reading(overflow: Any) -> Operation:
    """Read in a stream that stays; what a cancelled reader leaves, the next one reads."""

    @asynccontextmanager
    async def operation() -> AsyncGenerator[Callable[[], Coroutine[Any, Any, Any]]]:
        signal, found = Signal[int](), list[int]()
        async with signal.stream(buffer=6, overflow=overflow) as events:

            async def read() -> None:
                async for event in events:
                    found.append(event.payload)
                    if event.payload == 5:
                        break

            async with anyio.create_task_group() as feeding:
                for number in range(3):
                    signal.send(SHOP, number)
                for number in (3, 4, 5):
                    feeding.start_soon(after_turns, partial(signal.send, SHOP, number), 4 * number)
                yield read
            found += await read_all(events)
            assert found == [0, 1, 2, 3, 4, 5]
            if overflow == WAIT:
                assert room_of(signal) == 6

    return operation


@asynccontextmanager
async def waiting() -> AsyncGenerator[Callable[[], Coroutine[Any, Any, Any]]]:
    """Wait for one event."""
    signal, found = Signal[int](), list[int]()

    async def wait() -> None:
        found.append((await signal.wait(where=lambda event: event.payload > 0)).payload)

    async with anyio.create_task_group() as feeding:
        for number in range(3):
            feeding.start_soon(after_turns, partial(signal.send, SHOP, number), 4 * number + 2)
        yield wait
    assert found in ([], [1])
    assert signal.receivers == ()


# -- dispatchers -------------------------------------------------------------------------------


def in_dispatcher(what: str) -> Operation:
    """Post and await, submit or drain, in a dispatcher that stays and is full, or soon will be."""

    @asynccontextmanager
    async def operation() -> AsyncGenerator[Callable[[], Coroutine[Any, Any, Any]]]:
        signal, accepted = Signal[int](), 0
        receivers, reports = Receivers(signal, to_thread=False), Reports()
        full = what.endswith("into a full stream")
        async with (
            signal.stream(buffer=1 if full else 1000, overflow=WAIT) as events,
            Dispatcher(concurrency=2, max_pending=2, on_error=reports) as dispatcher,
        ):

            async def use() -> None:
                nonlocal accepted
                if what.startswith("submit"):
                    for _ in range(8):
                        await dispatcher.submit(signal.event(SHOP, 1))
                        accepted += 1
                    return
                deliveries = [dispatcher.post(signal.event(SHOP, 1)) for _ in range(2)]
                accepted += 2
                await (deliveries[1] if what.startswith("await") else dispatcher.drain())

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(after_turns, lambda: tasks.start_soon(drop, events), 8)
                yield use
                await dispatcher.drain()
                tasks.cancel_scope.cancel()
            statistics = dispatcher.statistics()
            assert accepted <= sum(statistics) <= accepted + what.startswith("submit")
            assert statistics == Statistics(0, 0, len(receivers.finished), 0, 0)
            for _ in range(2):
                dispatcher.post(signal.event(SHOP, 2))
            with pytest.raises(DispatcherFullError):
                dispatcher.post(signal.event(SHOP, 3))
            await read_all(events)
        assert receivers.began == receivers.ended
        assert reports.seen == []

    return operation


async def drop(events: Any) -> None:
    """Read for ever."""
    async for _ in events:
        pass


def dispatching(grace: float | None, *, full: bool = False) -> Operation:
    """Enter a dispatcher, use it in every way, and leave it."""

    @asynccontextmanager
    async def operation() -> AsyncGenerator[Callable[[], Coroutine[Any, Any, Any]]]:
        signal, made = Signal[int](), list[Dispatcher]()
        receivers, reports = Receivers(signal, to_thread=False), Reports()
        deliveries: list[Delivery] = []
        events = signal.stream(buffer=1, overflow=WAIT)

        async def use() -> None:
            async with Dispatcher(
                concurrency=2, max_pending=2, grace=grace, on_error=reports
            ) as dispatcher:
                made.append(dispatcher)
                deliveries.append(dispatcher.post(signal.event(SHOP, 0)))
                await deliveries[0]
                for number in range(1, 6):
                    deliveries.append(await dispatcher.submit(signal.event(SHOP, number)))
                await dispatcher.drain()
                for number in (6, 7):
                    deliveries.append(dispatcher.post(signal.event(SHOP, number)))

        async with anyio.create_task_group() as tasks:
            if full:
                enter(events)
                tasks.start_soon(after_turns, lambda: tasks.start_soon(drop, events), 8)
            yield use
            tasks.cancel_scope.cancel()
        if full:
            await read_all(events)
            assert room_of(signal_without_receivers(signal)) == 1
            leave(events)
        assert receivers.began == receivers.ended
        for dispatcher in made:
            pending, running, done, failed, dropped = dispatcher.statistics()
            assert (pending, running, failed) == (0, 0, 0)
            assert len(deliveries) <= done + dropped <= len(deliveries) + 1
            assert done == len(receivers.finished)
            assert dropped == len(reports.seen)
        assert all(type(error) is DeliveryCancelledError for error in reports.errors)
        assert all(each.is_done for each in deliveries)

    return operation


def signal_without_receivers(signal: Signal[Any]) -> Signal[Any]:
    """End all connections but those of streams."""
    for receiver in signal.receivers:
        if hasattr(receiver, "__self__"):
            signal.disconnect(receiver)
    return signal


# -- the matrix --------------------------------------------------------------------------------


def _operations() -> dict[str, tuple[Operation, int]]:
    ways: dict[str, Any] = {
        str(each.id): each.values[0] for each in SERIAL_ASYNC_WAYS + CONCURRENT_WAYS
    }
    found: dict[str, tuple[Operation, int]] = {}
    for name, way in ways.items():
        found[name] = sending(way), 2
        found[f"{name} into a full stream"] = sending(way, full=1), 3
    found["send_async into two full streams"] = sending(ways["send_async"], full=2), 4
    for overflow in ("lag", "wait"):
        found[f"stream, {overflow}"] = streaming(overflow), 4
        found[f"next, {overflow}"] = reading(overflow), 6
    found["stream of two"] = streaming("lag", merged=True), 4
    found["wait"] = waiting, 2
    for what in ("submit", "await delivery", "drain"):
        found[what] = in_dispatcher(what), 1
        found[f"{what} into a full stream"] = in_dispatcher(f"{what} into a full stream"), 1
    for grace in (None, 0, 5):
        found[f"dispatcher, grace {grace}"] = dispatching(grace), 8
        found[f"dispatcher, grace {grace}, into a full stream"] = dispatching(grace, full=True), 8
    return found


OPERATIONS = _operations()


@pytest.mark.parametrize("name", OPERATIONS)
async def test_cancelled_by_a_scope(name: str) -> None:
    """At each point of waiting."""
    operation, least = OPERATIONS[name]
    assert await inject_everywhere(operation, by_scope) >= least


@pytest.mark.parametrize("late", [False, True], ids=["asleep", "woken"])
@pytest.mark.parametrize("name", OPERATIONS)
async def test_cancelled_by_its_task(name: str, late: bool, anyio_backend: Backend) -> None:
    """At each point of waiting, and at the moment in which it was to go on, in asyncio's way."""
    if anyio_backend[0] == "trio":
        pytest.skip("trio knows scopes alone")
    operation, least = OPERATIONS[name]
    assert await inject_everywhere(operation, partial(by_task, late=late)) >= least

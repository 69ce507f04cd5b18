"""Submitting: waiting for room, in turn, and never for oneself."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import Delivery, Dispatcher, DispatcherFullError, Signal
from aldis.exceptions import AldisError, DispatcherClosedError, DispatcherUseError
from tests.behaviour.recording import LIMIT, Calls, Shop, Work
from tests.behaviour.test_dispatcher import Backend, Held, forget, run_elsewhere, soon, turns

pytestmark = pytest.mark.anyio

SHOP = Shop()


class Queue:
    """A dispatcher of one event at a time, with one held and no room for more.

    Attributes:
        accepted: what was submitted, in the order in which it was accepted.
        refused: the errors of what was submitted and not accepted.
    """

    def __init__(self, dispatcher: Dispatcher, *, pending: int = 1) -> None:
        self.signal = Signal[Any]("queue")
        self.held = Held(self.signal)
        self.dispatcher = dispatcher
        self.accepted: list[Any] = []
        self.refused: list[type[AldisError]] = []
        self._pending = pending

    async def fill(self) -> None:
        """Leave no room."""
        self.dispatcher.post(self.signal.event(SHOP, "running"))
        await self.held.begin_of("running")
        for _ in range(self._pending):
            self.dispatcher.post(self.signal.event(SHOP, "pending"))

    async def submit(self, payload: object) -> None:
        """Submit and note what comes of it."""
        try:
            await self.dispatcher.submit(self.signal.event(SHOP, payload))
        except AldisError as error:
            self.refused.append(type(error))
        else:
            self.accepted.append(payload)


# -- waiting -----------------------------------------------------------------------------------


@soon
async def test_with_room_it_is_accepted_and_can_be_awaited() -> None:
    """As from `post`, what comes back is the delivery."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("receiver"))
    async with Dispatcher() as dispatcher:
        delivery = await dispatcher.submit(signal.event(SHOP, 1))
        assert isinstance(delivery, Delivery)
        assert (await delivery).values == ("receiver",)


@soon
async def test_without_room_it_waits_until_an_event_begins() -> None:
    """Nothing is accepted before, and nothing is lost."""
    async with Dispatcher(concurrency=1, max_pending=1) as dispatcher:
        queue = Queue(dispatcher)
        await queue.fill()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(queue.submit, 1)
            await turns()
            assert queue.accepted == []
            assert dispatcher.statistics().pending == 1
            queue.held.let_go("running")
            await turns()
            assert queue.accepted == [1]
            queue.held.let_all_go()

    assert queue.held.began == ["running", "pending", 1]


@soon
async def test_a_producer_is_held_back() -> None:
    """However fast it is, no more than `max_pending` events ever wait."""
    signal, heard = Signal[int](), list[int]()
    most = 0

    @signal.connect
    async def slow(sender: object, payload: int) -> None:
        for _ in range(3):
            await checkpoint()
        heard.append(payload)

    async with Dispatcher(concurrency=2, max_pending=3) as dispatcher:
        for number in range(200):
            await dispatcher.submit(signal.event(SHOP, number))
            most = max(most, dispatcher.statistics().pending)

    assert most == 3
    assert sorted(heard) == list(range(200))


@soon
async def test_without_max_pending_it_never_waits() -> None:
    """There is always room."""
    async with Dispatcher(concurrency=1, max_pending=None) as dispatcher:
        queue = Queue(dispatcher, pending=2000)
        await queue.fill()
        await queue.submit(1)
        queue.held.let_all_go()

    assert queue.accepted == [1]


@soon
async def test_it_is_a_checkpoint_also_with_room() -> None:
    """A cancelled one is not accepted, and others get their turn."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    ran: list[str] = []

    async def other() -> None:
        ran.append("other")

    async with Dispatcher() as dispatcher, anyio.create_task_group() as tasks:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await dispatcher.submit(signal.event(SHOP, 1))
        assert scope.cancelled_caught
        assert sum(dispatcher.statistics()) == 0
        tasks.start_soon(other)
        for number in range(2, 10):  # trio lets those who are ready go in any order
            await dispatcher.submit(signal.event(SHOP, number))
        assert ran == ["other"]

    assert [payload for _, payload in calls.seen] == list(range(2, 10))


# -- in turn -----------------------------------------------------------------------------------


@soon
async def test_those_who_wait_are_served_in_their_order() -> None:
    """With room for one at a time."""
    async with Dispatcher(concurrency=1, max_pending=1) as dispatcher:
        queue = Queue(dispatcher)
        await queue.fill()
        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(queue.submit, number)
                await turns()
            queue.held.let_all_go()

    assert sorted(queue.accepted) == list(
        range(10)
    )  # trio lets tasks of one moment run in any order
    assert queue.held.began == ["running", "pending", *range(10)]


@soon
async def test_those_who_wait_are_served_in_their_order_when_much_room_comes_at_once() -> None:
    """Several events begin at the same moment, and so several are woken at the same moment."""
    async with Dispatcher(concurrency=4, max_pending=4) as dispatcher:
        queue = Queue(dispatcher)
        names = [f"running {number}" for number in range(4)]
        for name in names:
            dispatcher.post(queue.signal.event(SHOP, name))
        await queue.held.begin_of(*names)
        for number in range(4):
            dispatcher.post(queue.signal.event(SHOP, f"pending {number}"))
        async with anyio.create_task_group() as tasks:
            for number in range(12):
                tasks.start_soon(queue.submit, number)
                await turns()
            queue.held.let_all_go()

    assert queue.held.began[8:] == list(range(12))
    assert sorted(queue.accepted) == list(range(12))


@soon
async def test_who_comes_later_overtakes_nobody_who_waits() -> None:
    """Whenever it comes, before, while or after those who wait are woken."""
    for late in range(12):
        async with Dispatcher(concurrency=1, max_pending=1) as dispatcher:
            queue = Queue(dispatcher)
            await queue.fill()
            async with anyio.create_task_group() as tasks:
                for number in range(3):
                    tasks.start_soon(queue.submit, number)
                    await turns()
                queue.held.let_all_go()
                for _ in range(late):
                    await checkpoint()
                tasks.start_soon(queue.submit, "late")

        assert queue.held.began[2:] == [0, 1, 2, "late"], f"{late} turns late"


@soon
async def test_who_submits_again_and_again_starves_nobody() -> None:
    """One who waits gets room though another always asks for it."""
    signal, calls = Signal[Any](), Calls()
    signal.connect(calls.async_receiver("receiver"))
    waited: list[int] = []
    async with Dispatcher(concurrency=1, max_pending=1) as dispatcher:
        submitted = 0
        async with anyio.create_task_group() as tasks:

            async def hog() -> None:
                nonlocal submitted
                while True:
                    await dispatcher.submit(signal.event(SHOP, "hog"))
                    submitted += 1

            async def modest() -> None:
                for _ in range(20):
                    before = submitted
                    await dispatcher.submit(signal.event(SHOP, "modest"))
                    waited.append(submitted - before)
                tasks.cancel_scope.cancel()

            for _ in range(3):
                tasks.start_soon(hog)
            tasks.start_soon(modest)

    assert len(waited) == 20
    assert max(waited) <= 8, "three others had more than two turns each"


# -- given up ----------------------------------------------------------------------------------


@soon
async def test_a_cancelled_one_leaves_the_queue() -> None:
    """The room goes to the next, and what was not accepted is not delivered."""
    async with Dispatcher(concurrency=1, max_pending=1) as dispatcher:
        queue = Queue(dispatcher)
        await queue.fill()
        async with anyio.create_task_group() as tasks:
            scope = anyio.CancelScope()

            async def give_up() -> None:
                with scope:
                    await queue.submit("gives up")

            tasks.start_soon(give_up)
            await turns()
            tasks.start_soon(queue.submit, "waits")
            await turns()
            scope.cancel()
            await turns()
            assert queue.accepted == []
            queue.held.let_all_go()

    assert queue.accepted == ["waits"]
    assert "gives up" not in queue.held.began


@pytest.mark.parametrize("others", [0, 1])
@soon
async def test_one_cancelled_as_it_is_woken_passes_its_room_on(others: int) -> None:
    """The next one is not left waiting beside a free place."""
    async with Dispatcher(concurrency=1, max_pending=1) as dispatcher:
        queue, scope = Queue(dispatcher), anyio.CancelScope()

        async def give_up() -> None:
            with scope:
                await queue.submit("gives up")

        await wake_and_cancel(queue, give_up, scope.cancel, others)

    assert [each for each in queue.accepted if each != "gives up"] == list(range(others))


@pytest.mark.parametrize("others", [0, 1])
@soon
async def test_one_natively_cancelled_as_it_is_woken_passes_its_room_on(
    others: int, anyio_backend: Backend
) -> None:
    """By `Task.cancel()`, on asyncio, which comes though the task is on its way."""
    if anyio_backend[0] != "asyncio":
        return
    async with Dispatcher(concurrency=1, max_pending=1) as dispatcher:
        queue, own = Queue(dispatcher), list[asyncio.Task[Any]]()

        async def give_up() -> None:
            own.append(asyncio.ensure_future(queue.submit("gives up")))

        await wake_and_cancel(queue, give_up, lambda: own[0].cancel(), others)
        with pytest.raises(asyncio.CancelledError):
            await own[0]

    assert queue.accepted == list(range(others))
    assert "gives up" not in queue.held.began


async def wake_and_cancel(
    queue: Queue,
    first: Callable[[], Coroutine[Any, Any, None]],
    cancel: Callable[[], object],
    others: int,
) -> None:
    """Have the first one wait, then others; cancel it when it has just been woken."""
    await queue.fill()

    def cancel_first(sender: object, payload: object) -> None:
        if payload == "pending":  # it has just begun, and so the first who waits was just woken
            cancel()

    queue.signal.connect(cancel_first, priority=1, weak=False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(first)
        await turns()
        for number in range(others):
            tasks.start_soon(queue.submit, number)
            await turns()
        queue.held.let_all_go()


# -- the end -----------------------------------------------------------------------------------


@soon
async def test_those_who_wait_are_told_when_the_block_ends() -> None:
    """They raise, and their events are not delivered."""
    async with (
        anyio.create_task_group() as tasks,
        Dispatcher(concurrency=1, max_pending=1) as dispatcher,
    ):
        queue = Queue(dispatcher)
        await queue.fill()
        for number in range(3):
            tasks.start_soon(queue.submit, number)
        await turns()

        async def let_go() -> None:
            await turns()
            assert queue.refused == [DispatcherClosedError] * 3
            queue.held.let_all_go()

        tasks.start_soon(let_go)

    assert queue.held.began == ["running", "pending"]
    assert queue.accepted == []


@soon
async def test_those_who_wait_are_told_when_the_block_crashes() -> None:
    """With the same error."""
    async with anyio.create_task_group() as tasks:
        dispatcher = Dispatcher(concurrency=1, max_pending=1, on_error=forget)
        queue = Queue(dispatcher)
        with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the block is the question
            async with dispatcher:
                await queue.fill()
                for number in range(3):
                    tasks.start_soon(queue.submit, number)
                await turns()
                raise ZeroDivisionError

    assert queue.refused == [DispatcherClosedError] * 3
    assert queue.held.began == ["running"]


# -- from a receiver ---------------------------------------------------------------------------


@soon
async def test_from_a_receiver_of_the_same_full_dispatcher_it_raises() -> None:
    """It might wait for itself; with room it is accepted."""
    signal, noted = Signal[str](), Signal[int]()
    heard: list[int] = []
    errors: list[BaseException] = []

    @noted.connect
    def hear(sender: object, payload: int) -> None:
        heard.append(payload)

    async with Dispatcher(concurrency=1, max_pending=2) as dispatcher:

        @signal.connect
        async def receive(sender: object, payload: str) -> None:
            for number in range(4):
                try:
                    await dispatcher.submit(noted.event(SHOP, number))
                except DispatcherFullError as error:
                    errors.append(error)

        assert (await dispatcher.post(signal.event(SHOP, "go"))).errors == ()

    assert heard == [0, 1]
    assert len(errors) == 2


@soon
async def test_from_what_a_receiver_runs_it_raises_too() -> None:
    """Its child tasks, and receivers that it sends to itself, keep it waiting."""
    signal, nested, noted = Signal[str](), Signal[str](), Signal[int]()
    errors: list[type[BaseException]] = []
    async with Dispatcher(concurrency=1, max_pending=1) as dispatcher:

        async def submit(*_: object) -> None:
            try:
                await dispatcher.submit(noted.event(SHOP, 1))
            except DispatcherFullError as error:
                errors.append(type(error))

        async def receive(sender: object, payload: str) -> None:
            await submit()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(submit)
            await nested.send_async(SHOP, "nested")

        nested.connect(submit)
        signal.connect(receive)
        assert (await dispatcher.post(signal.event(SHOP, "go"))).errors == ()

    assert errors == [DispatcherFullError] * 2


@soon
async def test_from_a_receiver_of_another_dispatcher_it_waits() -> None:
    """The other one's events go on meanwhile."""
    relayed = Signal[int]()
    async with Dispatcher(concurrency=1, max_pending=1) as inner:
        queue = Queue(inner)
        await queue.fill()

        @relayed.connect
        async def relay(sender: object, payload: int) -> None:
            await queue.submit(payload)

        async with Dispatcher() as outer:
            for number in range(3):
                outer.post(relayed.event(SHOP, number))
            await turns()
            assert queue.accepted == []
            assert outer.statistics().running == 3
            queue.held.let_all_go()

    assert sorted(queue.accepted) == [0, 1, 2]


@soon
async def test_two_dispatchers_that_fill_each_other_do_not_deadlock() -> None:
    """Receivers of each submit to the other; the one that might wait for itself raises."""
    ping, pong = Signal[int](), Signal[int]()
    heard: list[int] = []
    async with (
        Dispatcher(concurrency=1, max_pending=1, on_error=forget) as first,
        Dispatcher(concurrency=1, max_pending=1, on_error=forget) as second,
    ):

        @ping.connect
        async def to_second(sender: object, payload: int) -> None:
            heard.append(payload)
            if payload < 6:
                for _ in range(3):
                    await second.submit(pong.event(SHOP, payload + 1))

        @pong.connect
        async def to_first(sender: object, payload: int) -> None:
            heard.append(payload)
            if payload < 6:
                for _ in range(3):
                    await first.submit(ping.event(SHOP, payload + 1))

        await first.submit(ping.event(SHOP, 0))
        for _ in range(10):
            await first.drain()
            await second.drain()

    assert heard[:2] == [0, 1]
    for dispatcher in (first, second):
        assert dispatcher.statistics()[:2] == (0, 0)


# -- elsewhere ---------------------------------------------------------------------------------


@pytest.mark.parametrize("other", ["asyncio", "trio"])
@soon
async def test_from_another_event_loop_it_raises(other: str) -> None:
    """With a text that names `post`, whether there is room or not."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    async with Dispatcher(max_pending=1) as dispatcher:

        async def submit() -> None:
            with pytest.raises(DispatcherUseError, match=r"post\(event\)"):
                await dispatcher.submit(signal.event(SHOP, 1))

        run_elsewhere((other, {}), submit)
        dispatcher.post(signal.event(SHOP, 2))
        run_elsewhere((other, {}), submit)

    assert [payload for _, payload in calls.seen] == [2]


@soon
async def test_two_loops_each_submit_to_their_own(anyio_backend: Backend) -> None:
    """At the same time, in two threads."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))

    async def main() -> None:
        async with Dispatcher(concurrency=1, max_pending=1) as dispatcher:
            for number in range(100):
                await dispatcher.submit(signal.event(SHOP, number))

    works = [Work(lambda: run_elsewhere(anyio_backend, main)) for _ in range(2)]
    await main()
    for work in works:
        work.join(LIMIT)
        work.finish()

    assert len(calls.names) == 300

"""Posting: from anywhere, without waiting, as long as there is room and the block runs."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from __future__ import annotations

import gc
import signal as os_signal
import threading
import time
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
import pytest

from aldis import Delivery, Dispatcher, DispatcherFullError, Signal
from aldis.exceptions import AldisError, DispatcherClosedError
from tests.behaviour.recording import LIMIT, Calls, Shop, Work, in_thread, in_threads
from tests.behaviour.test_dispatcher import Backend, Held, Reports, run_elsewhere, soon, turns
from tests.interpreters import needs_refcounting

pytestmark = pytest.mark.anyio

SHOP = Shop()


class Noted:
    """A signal whose sync receiver notes the payloads."""

    def __init__(self) -> None:
        self.signal = Signal[Any]("noted")
        self.payloads: list[Any] = []
        self.signal.connect(self.receive)

    def receive(self, sender: object, payload: Any) -> None:
        """Note it."""
        self.payloads.append(payload)

    def event(self, payload: object) -> Any:
        """Make an event."""
        return self.signal.event(SHOP, payload)


# -- from where --------------------------------------------------------------------------------


@soon
async def test_from_async_code_and_from_sync_code_below_it() -> None:
    """Both are in the thread of the loop."""
    noted = Noted()
    async with Dispatcher() as dispatcher:

        def post_plainly() -> None:
            dispatcher.post(noted.event("sync"))

        dispatcher.post(noted.event("async"))
        post_plainly()

    assert noted.payloads == ["async", "sync"]


@soon
async def test_from_a_call_of_the_loop_itself() -> None:
    """No task is running there."""
    noted, posted = Noted(), anyio.Event()
    async with Dispatcher() as dispatcher:

        def post() -> None:
            dispatcher.post(noted.event("scheduled"))
            posted.set()

        native: Any = anyio.lowlevel.current_token().native_token
        schedule: Any = getattr(native, "run_sync_soon", None) or native.call_soon
        schedule(post)
        await posted.wait()

    assert noted.payloads == ["scheduled"]


@soon
async def test_from_other_threads() -> None:
    """All arrives, and what one thread posts stays in its order."""
    noted = Noted()
    async with Dispatcher(concurrency=1, max_pending=None) as dispatcher:

        def post(thread: int) -> None:
            for number in range(200):
                dispatcher.post(noted.event((thread, number)))

        await anyio.to_thread.run_sync(
            lambda: in_threads(*(partial(post, each) for each in range(4)))
        )

    assert len(noted.payloads) == 800
    for thread in range(4):
        own = [number for which, number in noted.payloads if which == thread]
        assert own == list(range(200))


@soon
async def test_from_a_worker_thread_of_anyio() -> None:
    """And from what it calls back in the loop."""
    noted = Noted()
    async with Dispatcher() as dispatcher:

        def post() -> None:
            dispatcher.post(noted.event("worker"))
            anyio.from_thread.run_sync(dispatcher.post, noted.event("from it"))

        await anyio.to_thread.run_sync(post)

    assert noted.payloads == ["worker", "from it"]


@soon
async def test_from_another_event_loop(anyio_backend: Backend) -> None:
    """Of the same kind or not: posting needs none."""
    noted = Noted()
    others: list[Backend] = [("asyncio", {}), ("trio", {})]
    async with Dispatcher() as dispatcher:

        async def post() -> None:
            dispatcher.post(noted.event("foreign"))

        for other in others:
            run_elsewhere(other, post)

    assert noted.payloads == ["foreign", "foreign"]


@soon
async def test_from_a_signal_handler() -> None:
    """A handler runs between any two steps of the loop's thread, and wakes it all the same."""
    noted = Noted()
    async with Dispatcher() as dispatcher:
        heard = anyio.Event()

        def receive(sender: object, payload: object) -> None:
            heard.set()

        noted.signal.connect(receive)

        def handle(*_: object) -> None:
            dispatcher.post(noted.event("handler"))

        before = os_signal.signal(os_signal.SIGUSR1, handle)
        try:
            os_signal.raise_signal(os_signal.SIGUSR1)
            await heard.wait()
        finally:
            os_signal.signal(os_signal.SIGUSR1, before)

    assert noted.payloads == ["handler"]


@needs_refcounting
@soon
async def test_from_a_destructor_and_a_weak_reference() -> None:
    """By the last reference and by the collector, here and in another thread."""
    noted = Noted()
    async with Dispatcher() as dispatcher:

        class Dying:
            itself: Any = None

            def __del__(self) -> None:
                dispatcher.post(noted.event("del"))

        def die() -> None:
            Dying()
            watched = Shop()
            ref = weakref.ref(watched, lambda _: dispatcher.post(noted.event("ref")))
            del watched
            assert ref() is None
            cycle = Dying()
            cycle.itself = cycle
            del cycle
            gc.collect()

        die()
        in_thread(die)

    assert sorted(noted.payloads) == ["del"] * 4 + ["ref"] * 2


@soon
async def test_from_receivers_of_every_kind() -> None:
    """Sync, async and in a thread; what they post is delivered too."""
    noted, first = Noted(), Signal[str]()
    async with Dispatcher(concurrency=1) as dispatcher:

        @first.connect
        def sync(sender: object, payload: str) -> None:
            dispatcher.post(noted.event("sync"))

        @first.connect
        async def not_sync(sender: object, payload: str) -> None:
            dispatcher.post(noted.event("async"))
            await anyio.lowlevel.checkpoint()
            await dispatcher.submit(noted.event("submitted"))

        def in_a_thread(sender: object, payload: str) -> None:
            assert threading.current_thread() is not threading.main_thread()
            dispatcher.post(noted.event("thread"))

        first.connect(in_a_thread, to_thread=True)
        dispatcher.post(first.event(SHOP, "go"))

    assert noted.payloads == ["sync", "async", "submitted", "thread"]


@soon
async def test_from_an_on_error() -> None:
    """It can post what is to be said about the failure."""
    noted, failing = Noted(), Signal[int]()

    @failing.connect
    def fail(sender: object, payload: int) -> None:
        raise ValueError

    async with Dispatcher(
        on_error=lambda outcome, event: dispatcher.post(noted.event(event.payload))
    ) as dispatcher:
        await dispatcher.post(failing.event(SHOP, 7))
        await dispatcher.drain()

    assert noted.payloads == [7]


def test_from_a_plain_program_with_a_portal(anyio_backend: Backend) -> None:
    """The block is entered and left through it; posting needs no portal."""
    noted = Noted()
    backend, options = anyio_backend
    with anyio.from_thread.start_blocking_portal(backend, options) as portal:
        made = portal.call(_make)
        with portal.wrap_async_context_manager(made) as dispatcher:
            for number in range(100):
                dispatcher.post(noted.event(number))

    assert noted.payloads == list(range(100))


async def _make() -> Dispatcher:
    return Dispatcher(concurrency=1)


# -- without waiting ---------------------------------------------------------------------------


def _spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


@soon
async def test_posting_does_not_wait_for_a_busy_loop() -> None:
    """While the loop is busy for a while, a thread posts, and has done so before it is free.

    This takes real time, because time in which nothing else runs in the loop is the question.
    """
    for busy in (time.sleep, _spin):
        noted = Noted()
        returned: list[float] = []
        async with Dispatcher() as dispatcher:

            def post(to: Dispatcher, what: Noted, done: list[float]) -> None:
                to.post(what.event("busy"))
                done.append(time.monotonic())

            work = Work(partial(post, dispatcher, noted, returned))
            busy(0.2)
            free = time.monotonic()
            assert noted.payloads == []
            work.finish()

        assert returned[0] < free
        assert noted.payloads == ["busy"]


@soon
async def test_a_loop_that_waits_for_the_posting_thread_is_no_deadlock() -> None:
    """Posting, being refused, cancelling and counting all return while the loop stands still."""
    noted = Noted()
    async with Dispatcher(max_pending=2) as dispatcher:

        def use() -> None:
            dispatcher.post(noted.event("cancelled")).cancel()
            dispatcher.post(noted.event("delivered"))
            dispatcher.post(noted.event("delivered too"))
            with pytest.raises(DispatcherFullError):
                dispatcher.post(noted.event("refused"))
            assert dispatcher.statistics().pending == 2

        in_thread(use)

    assert noted.payloads == ["delivered", "delivered too"]


@soon
async def test_a_thread_posts_while_a_receiver_blocks_the_loop() -> None:
    """A sync receiver that waits for another thread's post is no deadlock either."""
    noted, blocking = Noted(), Signal[int]()
    async with Dispatcher() as dispatcher:

        @blocking.connect
        def block(sender: object, payload: int) -> None:
            in_thread(lambda: dispatcher.post(noted.event("meanwhile")))

        await dispatcher.post(blocking.event(SHOP, 1))

    assert noted.payloads == ["meanwhile"]


# -- when --------------------------------------------------------------------------------------


@soon
async def test_before_and_after_the_block_nothing_is_accepted() -> None:
    """From the loop's thread and from another, by `post` and by `submit`."""
    noted = Noted()
    dispatcher = Dispatcher()

    async def refused() -> None:
        with pytest.raises(DispatcherClosedError):
            dispatcher.post(noted.event("no"))
        with pytest.raises(DispatcherClosedError):
            await dispatcher.submit(noted.event("no"))
        with pytest.raises(DispatcherClosedError, match="async with dispatcher"):
            in_thread(lambda: dispatcher.post(noted.event("no")))

    await refused()
    async with dispatcher:
        dispatcher.post(noted.event("yes"))
    await refused()

    assert noted.payloads == ["yes"]
    assert sum(dispatcher.statistics()) == 1


def test_when_the_loop_has_gone_nothing_is_accepted(anyio_backend: Backend) -> None:
    """Posting and cancelling after the event loop was closed are as after the block."""
    noted = Noted()

    async def main() -> tuple[Dispatcher, Delivery]:
        async with Dispatcher() as dispatcher:
            return dispatcher, dispatcher.post(noted.event("yes"))

    dispatcher, delivery = run_elsewhere(anyio_backend, main)

    with pytest.raises(DispatcherClosedError):
        dispatcher.post(noted.event("no"))
    delivery.cancel()
    assert delivery.is_done
    assert noted.payloads == ["yes"]


@soon
async def test_while_the_block_drains_receivers_alone_may_post() -> None:
    """From outside it is refused, by `submit` as well; a chain of receivers is followed."""
    signal, left = Signal[int](), anyio.Event()
    held, refused = Held(signal), list[type[AldisError]]()
    chain, heard = Signal[int](), list[int]()
    async with anyio.create_task_group() as outside:

        async def post_from_outside(dispatcher: Dispatcher) -> None:
            await left.wait()
            await turns()
            post = partial(dispatcher.post, signal.event(SHOP, 2))
            for way in (post, partial(in_thread, post)):
                try:
                    way()
                except DispatcherClosedError as error:
                    refused.append(type(error))
            try:
                await dispatcher.submit(signal.event(SHOP, 2))
            except DispatcherClosedError as error:
                refused.append(type(error))
            held.let_all_go()

        async with Dispatcher() as dispatcher:

            async def go_on(sender: object, payload: int) -> None:
                heard.append(payload)
                await anyio.lowlevel.checkpoint()
                if payload < 10:
                    dispatcher.post(chain.event(SHOP, payload + 1))

            def begin(sender: object, payload: int) -> None:
                dispatcher.post(chain.event(SHOP, 0))

            chain.connect(go_on)
            signal.connect(begin)
            outside.start_soon(post_from_outside, dispatcher)
            dispatcher.post(signal.event(SHOP, 1))
            await held.begin_of(1)
            left.set()

    assert refused == [DispatcherClosedError] * 3
    assert held.began == [1]
    assert heard == list(range(11))


@soon
async def test_while_the_block_drains_a_receiver_in_a_thread_may_post() -> None:
    """The thread has the context that says so."""
    noted, slow = Noted(), Signal[int]()
    left = threading.Event()
    async with Dispatcher() as dispatcher:

        def receive(sender: object, payload: int) -> None:
            assert left.wait(LIMIT)
            dispatcher.post(noted.event("drained"))

        slow.connect(receive, to_thread=True)
        dispatcher.post(slow.event(SHOP, 1))
        left.set()

    assert noted.payloads == ["drained"]


@soon
async def test_posting_goes_on_until_the_moment_of_closing() -> None:
    """Threads that post until they are refused: each event that was accepted has its end."""
    noted, reports = Noted(), Reports()
    accepted: list[Delivery] = []
    async with Dispatcher(max_pending=None, on_error=reports) as dispatcher:

        def post() -> None:
            while True:
                try:
                    accepted.append(dispatcher.post(noted.event(1)))
                except DispatcherClosedError:
                    return

        posting = [Work(post) for _ in range(3)]
        while len(accepted) < 100:  # other threads append
            await anyio.lowlevel.checkpoint()
    for work in posting:
        work.finish()

    assert all(delivery.is_done for delivery in accepted)
    assert len(noted.payloads) + len(reports.seen) == len(accepted)
    assert sum(dispatcher.statistics()) == len(accepted)


# -- room --------------------------------------------------------------------------------------


@soon
async def test_a_full_dispatcher_refuses_and_loses_nothing() -> None:
    """What was accepted before is delivered, what was refused is not."""
    noted = Noted()
    async with Dispatcher(max_pending=3) as dispatcher:
        for number in range(3):
            dispatcher.post(noted.event(number))
        for _ in range(5):
            with pytest.raises(DispatcherFullError, match="3 events wait") as caught:
                dispatcher.post(noted.event("no"))
            assert caught.value.max_pending == 3
        with pytest.raises(DispatcherFullError):
            in_thread(lambda: dispatcher.post(noted.event("no")))
        assert dispatcher.statistics().pending == 3

    assert noted.payloads == [0, 1, 2]


@soon
async def test_room_comes_back_when_an_event_begins() -> None:
    """Those that run do not count, only those that wait."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(concurrency=2, max_pending=3) as dispatcher:
        for number in (1, 2):
            dispatcher.post(signal.event(SHOP, number))
        await held.begin_of(1, 2)
        for number in (3, 4, 5):
            dispatcher.post(signal.event(SHOP, number))
        with pytest.raises(DispatcherFullError):
            dispatcher.post(signal.event(SHOP, 0))
        held.let_go(1)
        await held.begin_of(3)
        dispatcher.post(signal.event(SHOP, 6))
        with pytest.raises(DispatcherFullError):
            dispatcher.post(signal.event(SHOP, 0))
        held.let_all_go()

    assert sorted(held.began) == [1, 2, 3, 4, 5, 6]


@soon
async def test_what_is_refused_takes_no_room() -> None:
    """After any number of wrong calls there is room for as many as before."""
    noted = Noted()
    async with Dispatcher(max_pending=2) as dispatcher:
        wrong: Any = "event"
        for _ in range(10):
            with pytest.raises(TypeError):
                dispatcher.post(wrong)
        dispatcher.post(noted.event(1))
        dispatcher.post(noted.event(2))
        for _ in range(10):
            with pytest.raises(DispatcherFullError):
                dispatcher.post(noted.event(3))
        await dispatcher.drain()
        dispatcher.post(noted.event(4))
        dispatcher.post(noted.event(5))

    assert noted.payloads == [1, 2, 4, 5]


@soon
async def test_a_pending_event_that_is_cancelled_makes_room() -> None:
    """It no longer waits, so another may."""
    signal = Signal[int]()
    held = Held(signal)
    async with Dispatcher(concurrency=1, max_pending=2) as dispatcher:
        dispatcher.post(signal.event(SHOP, 0))
        await held.begin_of(0)
        for delivery in [dispatcher.post(signal.event(SHOP, number)) for number in (1, 2)]:
            delivery.cancel()
        await turns()
        assert dispatcher.statistics().pending == 0
        try:
            dispatcher.post(signal.event(SHOP, 3))
        finally:
            held.let_all_go()

    assert held.began == [0, 3]


@soon
async def test_threads_never_get_more_room_than_there_is() -> None:
    """Of many posts at the same moment, exactly as many are accepted as may wait."""
    noted, full = Noted(), list[int]()
    async with Dispatcher(max_pending=50) as dispatcher:

        def post() -> None:
            for _ in range(100):
                try:
                    dispatcher.post(noted.event(1))
                except DispatcherFullError:
                    full.append(1)

        in_threads(*[post] * 4)
        assert dispatcher.statistics().pending == 50

    assert len(noted.payloads) == 50
    assert len(full) == 350


@soon
async def test_without_max_pending_any_number_may_wait() -> None:
    """`None` sets no bound."""
    noted = Noted()
    async with Dispatcher(max_pending=None) as dispatcher:
        for number in range(5000):
            dispatcher.post(noted.event(number))

    assert noted.payloads == list(range(5000))


# -- what --------------------------------------------------------------------------------------


Make = Callable[[], Any]
NO_EVENTS: dict[str, Make] = {
    "None": lambda: None,
    "a signal": Signal[int],
    "a class": lambda: Signal,
    "a tuple": lambda: (SHOP, 1),
    "a text": lambda: "secret",
    "an object": object,
    "a receiver": lambda: Calls().receiver("receiver"),
}


@pytest.mark.parametrize("make", NO_EVENTS.values(), ids=NO_EVENTS)
@soon
async def test_what_is_no_event_is_refused(make: Make) -> None:
    """With a text that names what makes one, wherever the block is, and without a `repr`."""
    dispatcher = Dispatcher()

    async def refused() -> None:
        with pytest.raises(TypeError, match=r"signal\.event\(sender, payload\)") as posted:
            dispatcher.post(make())
        with pytest.raises(TypeError, match=r"signal\.event\(sender, payload\)") as submitted:
            await dispatcher.submit(make())
        assert "secret" not in f"{posted.value} {submitted.value}"

    await refused()
    async with dispatcher:
        await refused()
        assert sum(dispatcher.statistics()) == 0

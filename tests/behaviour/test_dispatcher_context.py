"""Context variables: the poster's reach the receivers, and what receivers set stays there."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest
import sniffio
from anyio.lowlevel import checkpoint

from aldis import Dispatcher, Signal
from tests.behaviour.recording import Calls, Shop, in_thread
from tests.behaviour.test_dispatcher import Backend, Reports, run_elsewhere, soon

pytestmark = pytest.mark.anyio

SHOP = Shop()
request: ContextVar[str] = ContextVar("request", default="none")


class Looks:
    """A signal whose receivers, one of each kind, note the variable as they find it."""

    def __init__(self) -> None:
        self.signal = Signal[Any]("looks")
        self.found: list[str] = []
        self.signal.connect(self.look, priority=3)
        self.signal.connect(self.look_async, priority=2)
        self.signal.connect(self.look_in_thread, priority=1, to_thread=True)

    def look(self, sender: object, payload: object) -> None:
        """Look."""
        self.found.append(f"sync {request.get()}")

    async def look_async(self, sender: object, payload: object) -> None:
        """Look before and after waiting."""
        self.found.append(f"async {request.get()}")
        await checkpoint()
        self.found.append(f"awaited {request.get()}")

    def look_in_thread(self, sender: object, payload: object) -> None:
        """Look in a thread."""
        self.found.append(f"thread {request.get()}")

    def event(self) -> Any:
        """Make an event."""
        return self.signal.event(SHOP, None)

    @staticmethod
    def all_of(value: str) -> list[str]:
        """Say what is found when all find the same."""
        return [f"{kind} {value}" for kind in ("sync", "async", "awaited", "thread")]


def set_request(value: str) -> None:
    """Set the variable in the context of the caller."""
    request.set(value)


# -- reaching ----------------------------------------------------------------------------------


@soon
async def test_the_posters_variables_reach_receivers_of_every_kind() -> None:
    """By `post` and by `submit`; from the block's own task too, whose variables were set later."""
    looks = Looks()
    async with Dispatcher() as dispatcher:
        set_request("posted")
        await dispatcher.post(looks.event())
        set_request("submitted")
        await (await dispatcher.submit(looks.event()))

    assert looks.found == looks.all_of("posted") + looks.all_of("submitted")


@soon
async def test_they_reach_across_threads() -> None:
    """Out of a thread of its own, which has variables of its own, and a worker of anyio's."""
    looks = Looks()
    async with Dispatcher(concurrency=1) as dispatcher:

        def post() -> None:
            set_request("from a thread")
            dispatcher.post(looks.event())

        in_thread(post)
        await dispatcher.drain()
        set_request("from a worker")
        await anyio.to_thread.run_sync(dispatcher.post, looks.event())

    assert looks.found == looks.all_of("from a thread") + looks.all_of("from a worker")


@pytest.mark.parametrize("other", ["asyncio", "trio"])
@soon
async def test_they_reach_out_of_another_event_loop(other: str) -> None:
    """What that loop keeps in the context about itself does no harm."""
    looks = Looks()
    async with Dispatcher() as dispatcher:

        async def post() -> None:
            set_request("foreign")
            dispatcher.post(looks.event())

        run_elsewhere((other, {}), post)

    assert looks.found == looks.all_of("foreign")


@soon
async def test_they_are_those_of_the_moment_of_posting() -> None:
    """What the poster sets afterwards reaches nobody."""
    looks = Looks()
    async with Dispatcher() as dispatcher:
        set_request("then")
        dispatcher.post(looks.event())
        set_request("later")

    assert looks.found == looks.all_of("then")


@soon
async def test_those_of_the_block_reach_nobody() -> None:
    """Only who posts counts, not who runs the dispatcher."""
    looks = Looks()
    set_request("block")
    async with Dispatcher() as dispatcher:

        def post() -> None:
            assert request.get() == "none"
            dispatcher.post(looks.event())

        in_thread(post)

    assert looks.found == looks.all_of("none")


@soon
async def test_a_chain_of_posts_carries_what_each_receiver_had() -> None:
    """What a receiver sets and then posts goes with that event."""
    looks, chain = Looks(), Signal[int]()
    async with Dispatcher() as dispatcher:

        @chain.connect
        async def go_on(sender: object, payload: int) -> None:
            request.set(f"{request.get()} {payload}")
            await checkpoint()
            if payload < 3:
                dispatcher.post(chain.event(SHOP, payload + 1))
            else:
                dispatcher.post(looks.event())

        set_request("chain")
        dispatcher.post(chain.event(SHOP, 1))
        await dispatcher.drain()

    assert looks.found == looks.all_of("chain 1 2 3")
    assert request.get() == "chain"


# -- leaking -----------------------------------------------------------------------------------


@soon
async def test_what_a_receiver_sets_does_not_leak() -> None:
    """Not to the poster, not to other events, not to the worker that goes on to the next."""
    setting, looks = Signal[str](), Looks()

    @setting.connect
    def sync(sender: object, payload: str) -> None:
        request.set(payload)

    @setting.connect
    async def not_sync(sender: object, payload: str) -> None:
        request.set(payload + "!")
        await checkpoint()
        request.set(payload + "!!")

    setting.connect(sync, priority=-1, to_thread=True)
    async with Dispatcher(concurrency=1) as dispatcher:
        set_request("poster")
        for _ in range(3):
            await dispatcher.post(setting.event(SHOP, "leaked"))
            assert request.get() == "poster"
            await dispatcher.post(looks.event())
        in_thread(lambda: dispatcher.post(looks.event()))

    assert looks.found == looks.all_of("poster") * 3 + looks.all_of("none")


@soon
async def test_what_a_receiver_sets_does_not_leak_when_it_fails_or_is_cancelled() -> None:
    """However it ends, the next event of the same worker has the variables of its own poster."""
    setting, looks, begun = Signal[str](), Looks(), anyio.Event()

    @setting.connect
    async def receive(sender: object, payload: str) -> None:
        request.set("leaked")
        await checkpoint()
        if payload == "fail":
            raise ValueError
        begun.set()
        await anyio.sleep_forever()

    async with Dispatcher(concurrency=1, on_error=Reports()) as dispatcher:
        await dispatcher.post(setting.event(SHOP, "fail"))
        dispatcher.post(looks.event())
        cancelled = dispatcher.post(setting.event(SHOP, "hang"))
        await begun.wait()
        cancelled.cancel()
        await dispatcher.post(looks.event())

    assert looks.found == looks.all_of("none") * 2


@soon
async def test_receivers_that_wait_keep_their_own() -> None:
    """Two events that run in turns, and each finds what it set, at each step; tokens are good."""
    signal, found = Signal[str](), dict[str, list[str]]()

    @signal.connect
    async def receive(sender: object, payload: str) -> None:
        found[payload] = [request.get()]
        for number in range(5):
            token = request.set(f"{payload} {number}")
            await checkpoint()
            found[payload].append(request.get())
            request.reset(token)
            await checkpoint()
        found[payload].append(request.get())

    async with Dispatcher(concurrency=2) as dispatcher:
        for name in ("one", "two"):
            set_request(f"of {name}")
            dispatcher.post(signal.event(SHOP, name))
        set_request("poster")

    for name in ("one", "two"):
        set_to = [f"{name} {number}" for number in range(5)]
        assert found[name] == [f"of {name}", *set_to, f"of {name}"]


@soon
async def test_receivers_of_one_event_share_a_context() -> None:
    """What the first sets, the second finds, as under `send_robust_async`; but for a thread's."""
    signal, looks = Signal[int](), Looks()

    def set_it(sender: object, payload: object) -> None:
        request.set("first")

    def set_in_thread(sender: object, payload: object) -> None:
        request.set("thread")

    looks.signal.connect(set_it, priority=9)
    looks.signal.connect(set_in_thread, priority=8, to_thread=True)
    async with Dispatcher() as dispatcher:
        await dispatcher.post(looks.event())
        dispatcher.post(signal.event(SHOP, 1))

    assert looks.found == looks.all_of("first")


# -- anyio within ------------------------------------------------------------------------------


async def outcome_of(receive: Any) -> Any:
    """Deliver one event to a receiver, and give what came of it."""
    signal = Signal[int]()
    signal.connect(receive)
    async with Dispatcher(concurrency=1, on_error=Reports()) as dispatcher:
        set_request("poster")
        (outcome,) = await dispatcher.post(signal.event(SHOP, 1))
        calls = Calls()
        signal.disconnect(receive)
        signal.connect(calls.async_receiver("next"))
        assert (await dispatcher.post(signal.event(SHOP, 2))).values == ("next",)
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


@soon
async def test_timeouts_work_in_receivers() -> None:
    """One that runs out raises `TimeoutError` there; one that does not does nothing."""

    async def run_out(sender: object, payload: int) -> None:
        with anyio.fail_after(0):
            await anyio.sleep_forever()

    async def in_time(sender: object, payload: int) -> str:
        with anyio.fail_after(60):
            await checkpoint()
        with anyio.move_on_after(0) as scope:
            await anyio.sleep_forever()
        assert scope.cancelled_caught
        await checkpoint()
        return request.get()

    with pytest.raises(TimeoutError):
        await outcome_of(run_out)
    assert await outcome_of(in_time) == "poster"


@soon
async def test_task_groups_work_in_receivers() -> None:
    """Child tasks have the poster's variables, and their failures come as a group."""
    found: list[str] = []

    async def child() -> None:
        await checkpoint()
        found.append(request.get())

    async def receive(sender: object, payload: int) -> str:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(child)
            request.set("changed")
        return request.get()

    async def fail() -> None:
        await checkpoint()
        raise ZeroDivisionError

    async def receive_failing(sender: object, payload: int) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fail)
            await anyio.sleep_forever()

    assert await outcome_of(receive) == "changed"
    assert found == ["poster"] * 3
    with pytest.raises(ExceptionGroup) as caught:
        await outcome_of(receive_failing)
    assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]


@soon
async def test_scopes_work_in_receivers() -> None:
    """Their own scope catches its cancellation, at whatever depth, and nobody else's."""

    async def receive(sender: object, payload: int) -> list[bool]:
        with anyio.CancelScope() as outer:
            with anyio.CancelScope() as inner:
                inner.cancel()
                await checkpoint()
            with anyio.CancelScope(shield=True):
                outer.cancel()
                await checkpoint()
            await checkpoint()
        await checkpoint()
        return [inner.cancelled_caught, outer.cancelled_caught]

    assert await outcome_of(receive) == [True, True]


@soon
async def test_the_library_and_the_task_are_known_in_receivers() -> None:
    """The loop is named as elsewhere, and there is one task from the first step to the last."""
    library = sniffio.current_async_library()

    async def receive(sender: object, payload: int) -> list[Any]:
        task = anyio.get_current_task()
        await checkpoint()
        assert anyio.get_current_task() == task
        return [sniffio.current_async_library(), anyio.get_cancelled_exc_class()]

    assert await outcome_of(receive) == [library, anyio.get_cancelled_exc_class()]


@soon
async def test_locks_streams_and_threads_work_in_receivers() -> None:
    """What anyio offers can be awaited, also from a worker thread back into the loop."""

    async def receive(sender: object, payload: int) -> str:
        lock = anyio.Lock()
        send, get = anyio.create_memory_object_stream[str](0)

        async def give() -> None:
            async with send, lock:
                await send.send(await anyio.to_thread.run_sync(work))

        def work() -> str:
            return anyio.from_thread.run(back)

        async def back() -> str:
            await checkpoint()
            return request.get()

        async with anyio.create_task_group() as tasks, get:
            tasks.start_soon(give)
            received = await get.receive()
        return f"{received}"

    assert await outcome_of(receive) == "poster"


@soon
async def test_a_receiver_in_a_thread_can_call_back_into_the_loop() -> None:
    """By anyio's own way, with the poster's variables."""
    signal = Signal[int]()

    async def back() -> str:
        await checkpoint()
        return request.get()

    def receive(sender: object, payload: int) -> str:
        return anyio.from_thread.run(back)

    signal.connect(receive, to_thread=True)
    async with Dispatcher() as dispatcher:
        set_request("poster")
        outcomes = await dispatcher.post(signal.event(SHOP, 1))

    assert outcomes.values == ("poster",)


@soon
async def test_asyncio_itself_works_in_receivers(anyio_backend: Backend) -> None:
    """Its timeouts, tasks and groups, where there is asyncio."""
    if anyio_backend[0] != "asyncio":
        return
    found: list[str] = []

    async def child() -> str:
        await asyncio.sleep(0)
        return request.get()

    async def receive(sender: object, payload: int) -> str:
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        found.append(await asyncio.create_task(child()))
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(child())
        found.append(task.result())
        found.extend(await asyncio.gather(child(), child()))
        found.append(await asyncio.wait_for(child(), 60))
        loop, heard = asyncio.get_running_loop(), asyncio.Event()

        def hear() -> None:
            found.append(request.get())
            heard.set()

        loop.call_soon(hear)
        await heard.wait()
        return request.get()

    assert await outcome_of(receive) == "poster"
    assert found == ["poster"] * 6

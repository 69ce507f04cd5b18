"""What a close look at dispatchers found once: cancellations, and how a block ends."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import Delivery, DeliveryCancelledError, Dispatcher, Signal, Statistics
from aldis.exceptions import DispatcherUseError
from tests.behaviour.recording import LIMIT, Intrusion, Shop, Work, in_thread, run_python
from tests.behaviour.test_dispatcher import SOON, Backend, Held, Reports, run_elsewhere, soon, turns

pytestmark = pytest.mark.anyio

SHOP = Shop()


def leaves(error: BaseException) -> list[BaseException]:
    """Give the errors in a group, and in the groups in it."""
    inner: Any = getattr(error, "exceptions", None)
    return [error] if inner is None else [leaf for each in inner for leaf in leaves(each)]


# -- cancellations -----------------------------------------------------------------------------


@soon
async def test_a_stray_cancellation_is_told_with_its_origin(anyio_backend: Backend) -> None:
    """On asyncio; the reason says that it was neither the grace nor a user."""
    if anyio_backend[0] != "asyncio":
        return
    signal, reports, stray = Signal[int](), Reports(), asyncio.CancelledError("origin")

    async def receive(sender: object, payload: int) -> None:
        if payload:
            raise stray
        await anyio.sleep_forever()

    signal.connect(receive, weak=False)
    async with Dispatcher(on_error=reports, grace=0) as dispatcher:
        delivery = dispatcher.post(signal.event(SHOP, 1))
        with pytest.raises(DeliveryCancelledError) as caught:
            await delivery
        dispatcher.post(signal.event(SHOP, 0))
        await turns()

    by_stray, by_grace = reports.errors
    for error in (caught.value, by_stray):
        assert error.__cause__ is stray
        assert error.reason == "a receiver raised a cancellation that was not meant for it"
        assert error.began
    assert (by_grace.__cause__, by_grace.reason != by_stray.reason) == (None, True)


Choice = Callable[[set[Any]], list[Any]]


def the_first(tasks: set[Any]) -> list[Any]:
    """Choose the task that calls the others."""
    return [task for task in tasks if task.get_name() == "aldis.Dispatcher"]


def the_workers(tasks: set[Any]) -> list[Any]:
    """Choose those that deliver."""
    return [task for task in tasks if "worker" in task.get_name()]


@pytest.mark.parametrize(
    ("chosen", "busy"),
    [(list, True), (list, False), (the_first, True), (the_first, False), (the_workers, False)],
)
@soon
async def test_a_task_that_is_cancelled_from_outside_ends_the_block(
    chosen: Choice, busy: bool, anyio_backend: Backend
) -> None:
    """As by a loop over `all_tasks()`, on asyncio; the block says so, and each event is told."""
    if anyio_backend[0] != "asyncio":
        return
    signal, reports, before = Signal[int](), Reports(), asyncio.all_tasks()
    held = Held(signal)
    dispatcher = Dispatcher(concurrency=1, on_error=reports, grace=SOON)
    with pytest.raises(DispatcherUseError, match="from outside"):  # noqa: PT012
        async with dispatcher:
            await dispatcher.post(Signal[int]().event(SHOP, 0))
            await turns()
            if busy:
                dispatcher.post(signal.event(SHOP, 1))
                dispatcher.post(signal.event(SHOP, 2))
                await held.begin_of(1)
            for task in chosen(asyncio.all_tasks() - before):
                task.cancel()
            await anyio.sleep_forever()
    assert asyncio.all_tasks() == before
    assert sorted(reports.payloads) == ([1, 2] if busy else [])
    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 2 if busy else 0)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # of a task without a start
@pytest.mark.parametrize("grace", [None, SOON])
@pytest.mark.parametrize("wait", [anyio.sleep_forever, checkpoint], ids=["waiting", "leaving"])
@pytest.mark.parametrize("moment", range(4))
@soon
async def test_a_task_that_is_cancelled_before_it_starts_leaves_no_block_waiting(
    moment: int, wait: Callable[[], Awaitable[None]], grace: float | None, anyio_backend: Backend
) -> None:
    """Whichever it is, and whether or not it began: the block ends, and each event is told."""
    if anyio_backend[0] != "asyncio":
        return
    signal, reports, before = Signal[int](), Reports(), asyncio.all_tasks()
    Held(signal)
    with pytest.raises(DispatcherUseError, match="from outside"):  # noqa: PT012
        async with Dispatcher(on_error=reports, grace=grace) as dispatcher:
            dispatcher.post(signal.event(SHOP, 1))
            for _ in range(moment):
                await asyncio.sleep(0)
            for task in asyncio.all_tasks() - before:
                task.cancel()
            await wait()
    assert reports.payloads == [1]
    assert asyncio.all_tasks() == before
    gc.collect()  # the coroutine of the task without a start, before another test is told of it


def counting_loop(calls: list[object]) -> asyncio.AbstractEventLoop:
    """Make an event loop that notes each time when it is asked to call something."""
    loop: Any = asyncio.SelectorEventLoop()
    plain = loop.call_soon

    def call_soon(*args: Any, **kwargs: Any) -> Any:
        calls.append(args[0])
        return plain(*args, **kwargs)

    loop.call_soon = call_soon
    made: asyncio.AbstractEventLoop = loop
    return made


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # as above
@pytest.mark.parametrize("moment", range(6))
def test_the_shutdown_of_asyncio_ends_a_block_without_spinning(moment: int) -> None:
    """It cancels all tasks, those of the dispatcher as well; the grace is not used for turning."""
    signal, reports, calls = Signal[int](), Reports(), list[object]()
    Held(signal)
    dispatcher = Dispatcher(concurrency=2, on_error=reports, grace=0.2)

    async def block(begins: asyncio.Event) -> None:
        async with dispatcher:
            begins.set()
            await anyio.sleep_forever()

    async def main() -> asyncio.Task[None]:
        begins = asyncio.Event()
        task = asyncio.create_task(block(begins))
        await begins.wait()
        await turns()
        for number in range(5):
            dispatcher.post(signal.event(SHOP, number))
        for _ in range(moment):
            await asyncio.sleep(0)
        return task

    def run() -> asyncio.Task[None]:
        with asyncio.Runner(loop_factory=partial(counting_loop, calls)) as runner:
            return runner.run(main())

    assert in_thread(run).done()
    assert len(calls) < 1000
    assert sorted(reports.payloads) == list(range(5))
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 5)
    gc.collect()  # as above


@pytest.mark.parametrize("how", ["timeout", "once", "twice"])
@soon
async def test_a_grace_holds_against_the_first_native_cancellation(
    how: str, anyio_backend: Backend
) -> None:
    """On asyncio, while the block drains; the second `Task.cancel()` ends it."""
    if anyio_backend[0] != "asyncio":
        return
    signal, reports, limits = Signal[int](), Reports(), list[asyncio.Timeout]()
    held = Held(signal)

    async def block() -> None:
        async with asyncio.timeout(None) as limit:
            limits.append(limit)
            async with Dispatcher(on_error=reports, grace=SOON) as dispatcher:
                dispatcher.post(signal.event(SHOP, 1))

    task = asyncio.ensure_future(block())
    await held.begin_of(1)
    await turns()
    if how == "timeout":
        limits[0].reschedule(0)
    else:
        task.cancel()
    await turns()
    assert not task.done()
    assert held.held == 1
    if how == "twice":
        task.cancel()
    else:
        held.let_all_go()
    with pytest.raises(TimeoutError if how == "timeout" else asyncio.CancelledError):
        await task
    assert (held.cancelled, reports.payloads) == (([1], [1]) if how == "twice" else ([], []))


@pytest.mark.parametrize("when", ["in its event", "in a later one", "never"])
def test_a_scope_that_a_receiver_leaves_open_ends_the_block(
    when: str, anyio_backend: Backend
) -> None:
    """The event loop refuses to leave the task with it: all that is not delivered is told."""
    signal, reports, heard, scopes = Signal[int](), Reports(), list[int](), list[Any]()
    cancels_at = {"in its event": 0, "in a later one": 2, "never": -1}[when]

    async def receive(sender: object, payload: int) -> None:
        if payload == 0:
            scopes.append(anyio.CancelScope())
            scopes[0].__enter__()
        if payload == cancels_at:
            scopes[0].cancel()
        await turns()
        heard.append(payload)

    async def main() -> None:
        dispatchers.append(Dispatcher(concurrency=1, on_error=reports))
        async with dispatchers[0]:
            for number in range(4):
                dispatchers[0].post(signal.event(SHOP, number))

    dispatchers = list[Dispatcher]()
    signal.connect(receive, weak=False)
    with pytest.raises(BaseExceptionGroup) as caught:
        run_elsewhere(anyio_backend, main)
    assert {type(each) for each in leaves(caught.value)} == {RuntimeError}
    delivered = list(range(4))[: cancels_at if cancels_at >= 0 else 4]
    assert heard == delivered
    assert reports.payloads == list(range(len(delivered), 4))
    assert dispatchers[0].statistics() == Statistics(0, 0, len(heard), 0, 4 - len(heard))


def test_an_event_that_a_thread_is_cancelling_while_the_block_ends_never_began(
    anyio_backend: Backend,
) -> None:
    """The thread stands at any step of `cancel()`: who awaits is told so, `on_error` of nothing."""
    unreported = [_cancel_while_it_ends(anyio_backend, step) for step in range(60)]
    assert True in unreported
    assert unreported[-1] is None, "cancelling has too many steps"


def _cancel_while_it_ends(backend: Backend, step: int) -> bool | None:
    """Tell whether the thread had it, so that it is not reported; `None` if no step is left."""
    signal, reports, inside, go = Signal[int](), Reports(), threading.Event(), threading.Event()
    held = Held(signal)
    claimed: list[bool] = []

    def stand() -> None:
        claimed.append(dispatcher.statistics().pending == 0)
        inside.set()
        go.wait(LIMIT)

    def cancel(delivery: Delivery) -> None:
        intrusion.run(delivery.cancel)
        inside.set()

    async def main() -> Delivery:
        async with dispatcher:
            dispatcher.post(signal.event(SHOP, 0))
            delivery = dispatcher.post(signal.event(SHOP, 1))
            await held.begin_of(0)
            works.append(Work(partial(cancel, delivery)))
            inside.wait(LIMIT)
        go.set()
        works[0].finish()
        with pytest.raises(DeliveryCancelledError) as caught:
            await delivery
        assert not caught.value.began
        return delivery

    works, intrusion = list[Work](), Intrusion(stand, step)
    dispatcher = Dispatcher(concurrency=1, grace=0, on_error=reports)
    run_elsewhere(backend, main)
    both = zip(reports.errors, reports.payloads, strict=True)
    told = [error.began for error, payload in both if payload == 1]
    if not claimed:
        return None
    assert told in ([], [False])
    assert not (claimed[0] and told)
    assert dispatcher.statistics() == Statistics(0, 0, 0, 0, 2)
    return claimed[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_in_a_forked_process_a_dispatcher_is_closed(backend: str) -> None:
    """There nobody would deliver; in the parent it goes on."""
    code = f"""
        import os, anyio
        from aldis import Dispatcher, Signal
        from aldis.exceptions import DispatcherClosedError
        signal, heard = Signal(), []

        @signal.connect
        def receive(sender, payload):
            heard.append(payload)

        async def main():
            async with Dispatcher() as dispatcher:
                child = os.fork()
                if not child:
                    try:
                        dispatcher.post(signal.event(None, 1))
                    except DispatcherClosedError:
                        os._exit(7)
                    os._exit(1)
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
                dispatcher.post(signal.event(None, 2))
            print(heard)

        anyio.run(main, backend="{backend}")
    """
    assert run_python(code).split() == ["7", "[2]"]

"""Faults of ends: Ctrl-C, worker threads that cannot be stopped, and who may be left behind."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPossiblyUnboundVariable=false, reportGeneralTypeIssues=false
# What is made in a block whose end is looked at is looked at behind it.

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import pytest
from anyio.lowlevel import checkpoint

from aldis import Delivery, DeliveryCancelledError, Dispatcher, Signal
from tests.behaviour.recording import (
    CONCURRENT_WAYS,
    LIMIT,
    Way,
    run_python,
    without_collector,
)
from tests.behaviour.test_dispatcher import Reports
from tests.faults.faces import EVERY, OWN, SIGNAL, Face, on
from tests.faults.waiting import (
    PLACES,
    Backend,
    Three,
    nobody_left,
    send_robust,
    skip_on_trio,
    turns,
)

pytestmark = pytest.mark.anyio

Work = Callable[[], Coroutine[Any, Any, Any]]
ROOT = str(Path(__file__).parents[2])
on_each_backend = pytest.mark.parametrize("backend", ["asyncio", "trio"])


class BrokenError(Exception):
    """What receivers raise here."""


# -- A9: Ctrl-C ----------------------------------------------------------------------------------

CTRL_C = """
    import os, signal, sys, threading
    sys.path.insert(0, ROOT)
    import anyio
    from aldis import Dispatcher
    from tests.faults.faces import BLINKER, EVERY

    (face,) = [each for each in (*EVERY, BLINKER) if each.name == NAME]
    happened = face.make()

    def interrupt():
        # From another thread: it comes while the event loop waits, as that of a user does.
        threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()

    async def wait(sender, payload):
        try:
            if payload == "interrupt":
                interrupt()
            await anyio.sleep_forever()
        finally:
            print("cleaned up")

    async def main():
        happened.connect(wait)
        await SEND

    try:
        anyio.run(main, backend=BACKEND)
    except BaseException as error:
        print(type(error).__name__)
        print(*[type(each).__name__ for each in getattr(error, "exceptions", ())])
"""
AT_THE_SAME_TIME = """
        async def wait_too(sender, payload):
            await wait(sender, None)

        happened.connect(wait_too)
        await happened.send_async(None, "interrupt", concurrency=None)
"""
IN_BACKGROUND = """
        async def read():
            async with happened.stream() as events:
                async for event in events:
                    print("read", event.payload)

        def report(outcome, event):
            print("dropped", event.payload)

        dispatcher = Dispatcher(concurrency=1, on_error=report)
        try:
            async with dispatcher, anyio.create_task_group() as tasks:
                tasks.start_soon(read)
                await anyio.wait_all_tasks_blocked()
                dispatcher.post(happened.event(None, "first"))
                dispatcher.post(happened.event(None, "second"))
                await anyio.wait_all_tasks_blocked()
                interrupt()
                await anyio.sleep_forever()
        finally:
            print(sum(dispatcher.statistics()[:2]), "left,", len(happened.receivers), "connected")
"""


def run_interrupted(backend: str, name: str, send: str) -> list[str]:
    """Run a program that interrupts itself; give the lines that it prints."""
    program = CTRL_C.replace("        await SEND\n", send)
    for word, value in {"BACKEND": backend, "NAME": name, "ROOT": ROOT}.items():
        program = program.replace(word, repr(value))
    return run_python(program).splitlines()


@on_each_backend
@on(*EVERY, blinker=True)
def test_a9_after_ctrl_c_the_receiver_that_waits_cleans_up(face: Face, backend: str) -> None:
    """One after another, who waits cleans up, and a bare `KeyboardInterrupt` comes out."""
    send = '        await face.send_async(happened, None, "interrupt")\n'
    assert run_interrupted(backend, face.name, send) == ["cleaned up", "KeyboardInterrupt", ""]


@on_each_backend
def test_a9_after_ctrl_c_all_receivers_that_wait_clean_up(backend: str) -> None:
    """At the same time, all clean up; it comes out bare on asyncio, in a group on trio."""
    came_out = ["KeyboardInterrupt", ""]
    if backend == "trio":
        came_out = ["BaseExceptionGroup", "KeyboardInterrupt"]
    found = run_interrupted(backend, "Signal", AT_THE_SAME_TIME)
    assert found == ["cleaned up", "cleaned up", *came_out]


@on_each_backend
def test_a9_after_ctrl_c_a_dispatcher_and_a_stream_end(backend: str) -> None:
    """In a dispatcher, who runs cleans up, each event is reported, and streams are left."""
    lines = run_interrupted(backend, "Signal", IN_BACKGROUND)
    assert sorted(lines[:-3]) == ["cleaned up", "dropped first", "dropped second", "read first"]
    assert lines[-3] == "0 left, 1 connected"
    assert "KeyboardInterrupt" in lines[-2:]


@pytest.mark.parametrize("robust", [False, True], ids=["plain", "robust"])
@pytest.mark.parametrize("concurrency", [1, 2, None])
async def test_a9_errors_that_are_collected_make_no_cycle(
    concurrency: int | None, robust: bool
) -> None:
    """A group has errors in the order of connecting; dropped, it frees the payload at once."""

    class Payload:
        """Can be watched."""

    async def fail(sender: object, payload: object, place: int) -> None:
        for _ in range(9 - place):
            await checkpoint()
        try:
            if place:
                await failing.wait()
        finally:
            failing.set()
            raise BrokenError(place)

    signal, failing = Signal[Any](), anyio.Event()
    for place in range(9):
        signal.connect(partial(fail, place=place), weak=False)
    with without_collector():
        payload = Payload()
        ref = weakref.ref(payload)
        places: list[Any] = []
        try:
            if robust:  # a variable that held the outcomes would be a cycle of its own
                (
                    await signal.send_robust_async(None, payload, concurrency=concurrency)
                ).raise_errors()
            else:
                await signal.send_async(None, payload, concurrency=concurrency)
        except (BrokenError, ExceptionGroup) as error:
            places += [each.args[0] for each in getattr(error, "exceptions", [error])]
        del payload
        await turns()
        assert ref() is None
    assert places == sorted(places)
    assert (len(places) == 9) >= robust
    assert places[0] == 0


# -- A10: worker threads -------------------------------------------------------------------------


class Thread:
    """A receiver that runs in a thread until it is let go.

    Attributes:
        begun: set when it runs.
        ended: what it has done since.
    """

    def __init__(self) -> None:
        self.begun = anyio.Event()
        self.ended: list[str] = []
        self._resume = threading.Event()

    def receive(self, sender: object, payload: object) -> None:
        """Wait, in the thread."""
        anyio.from_thread.run_sync(self.begun.set)
        assert self._resume.wait(LIMIT)
        self.ended.append("thread")

    async def watch(self, cancel: Callable[[], object]) -> None:
        """Cancel what waits for it, see that it goes on waiting, and let go."""
        with anyio.CancelScope(shield=True):
            await self.begun.wait()
            await turns()
            cancel()
            await turns()
            self.ended.append("cancelled")
            self._resume.set()


@pytest.mark.parametrize("by", ["scope", "task"])
@on(*OWN)
async def test_a10_a_cancelled_sending_waits_for_its_worker_thread(
    face: Face, by: str, anyio_backend: Backend
) -> None:
    """A thread cannot be stopped: the sending ends when it does, with all results or none."""
    if by == "task":
        skip_on_trio(anyio_backend)
    signal, thread = face.make(), Thread()
    signal.connect(thread.receive, to_thread=True)
    given: list[int] = []

    async def send() -> None:
        given.append(len(await face.send_async(signal, None, "payload")))
        await checkpoint()

    async with nobody_left(), anyio.create_task_group() as tasks:
        with anyio.CancelScope() as scope:
            if by == "scope":
                tasks.start_soon(thread.watch, scope.cancel)
                await send()
            else:
                task = asyncio.ensure_future(send())
                tasks.start_soon(thread.watch, task.cancel)
                await asyncio.wait([task])
                assert task.cancelled()
        assert thread.ended == ["cancelled", "thread"]
        assert scope.cancelled_caught == (by == "scope")
    assert given in ([], [1])  # trio lets what has come to its end return


async def test_a10_at_the_same_time_a_failure_waits_for_the_worker_threads() -> None:
    """At the same time, the group of a failure is raised when the threads have ended."""
    signal, thread = Signal[int](), Thread()
    failing = anyio.Event()

    async def fail(sender: object, payload: int) -> None:
        await failing.wait()
        raise BrokenError

    signal.connect(thread.receive, to_thread=True)
    signal.connect(fail)
    async with nobody_left(), anyio.create_task_group() as tasks:
        tasks.start_soon(thread.watch, failing.set)
        with pytest.raises(ExceptionGroup):
            await signal.send_async(None, 1, concurrency=None)
        assert thread.ended == ["cancelled", "thread"]


async def test_a10_a_dispatcher_waits_for_its_worker_threads() -> None:
    """A dispatcher waits beyond its grace; the event is delivered, or cut off and reported."""
    signal, thread, reports = Signal[int](), Thread(), Reports()
    signal.connect(thread.receive, to_thread=True)
    deliveries: list[Delivery] = []
    async with nobody_left(), anyio.create_task_group() as tasks:
        async with Dispatcher(grace=0, on_error=reports) as dispatcher:
            tasks.start_soon(thread.watch, bool)
            deliveries.append(dispatcher.post(signal.event(None, 1)))
            await thread.begun.wait()
        assert thread.ended == ["cancelled", "thread"]
    assert dispatcher.statistics() in ((0, 0, 1, 0, 0), (0, 0, 0, 0, 1))
    assert len(reports.seen) == dispatcher.statistics().dropped
    if reports.seen:
        with pytest.raises(DeliveryCancelledError):
            await deliveries[0]
    else:
        assert len(await deliveries[0]) == 1


# -- A13: nobody is left behind ------------------------------------------------------------------


async def fail_later() -> None:
    """Wait, then fail."""
    await checkpoint()
    raise BrokenError


async def cancel_all() -> None:
    """Have everything cancelled that was begun in the test."""
    scopes[-1].cancel()
    await checkpoint()


scopes: list[anyio.CancelScope] = []


@asynccontextmanager
async def ending() -> AsyncGenerator[None]:
    """Let what is in the block fail or be cancelled, and require that it leaves nobody."""
    async with nobody_left():
        with anyio.CancelScope() as scope, suppress(BrokenError, ExceptionGroup):
            scopes.append(scope)
            yield


ENDS: dict[str, Work] = {"returning": checkpoint, "failing": fail_later, "cancelled": cancel_all}
however_it_ends = pytest.mark.parametrize("end", ENDS)


@however_it_ends
@on(*EVERY, blinker=True)
async def test_a13_a_sending_leaves_nobody_behind(face: Face, end: str) -> None:
    """However a sending ends: no task runs on, and no coroutine has never been awaited."""
    for place in PLACES:
        three = Three(face, *[ENDS[end] if each == place else checkpoint for each in PLACES])
        async with ending():
            await three.send()
        assert sorted(three.began) == sorted(three.ended)
        if face in OWN:
            async with ending():
                await send_robust(face, three.signal, "send_robust_async")


@however_it_ends
@pytest.mark.parametrize("way", CONCURRENT_WAYS)
async def test_a13_a_sending_to_many_at_a_time_leaves_nobody_behind(way: Way, end: str) -> None:
    """At the same time, too, with coroutines that plain functions had returned before."""

    async def receive(sender: object, payload: object) -> None:
        await checkpoint()

    def receive_plainly(number: int, sender: object, payload: object) -> object:
        return receive(sender, payload)

    for place in PLACES:
        three = Three(SIGNAL, *[ENDS[end] if each == place else turns for each in PLACES])
        for number in range(3):
            three.signal.connect(partial(receive_plainly, number), weak=False)
        async with ending():
            await way(three.signal, None, 1)
        assert sorted(three.began) == sorted(three.ended)


@however_it_ends
async def test_a13_the_block_of_a_dispatcher_leaves_nobody_behind(end: str) -> None:
    """However a dispatcher's block ends, no delivery runs on, whether awaited or not."""
    three, reports = Three(SIGNAL, turns), Reports()
    async with ending(), Dispatcher(concurrency=2, max_pending=3, on_error=reports) as dispatcher:
        for number in range(5):
            await dispatcher.submit(three.signal.event(None, number))
        delivery = await dispatcher.submit(three.signal.event(None, 5))
        await ENDS[end]()
        await delivery
    assert sorted(three.began) == sorted(three.ended)
    assert sum(dispatcher.statistics()[2:]) == 6
    assert len(reports.seen) == dispatcher.statistics().dropped


@however_it_ends
async def test_a13_a_stream_leaves_nobody_behind(end: str) -> None:
    """However a stream's block ends, nobody reads it or waits for room; nothing is connected."""
    signal, sent = Signal[int](), list[int]()

    async def send() -> None:
        for number in range(9):
            await signal.send_async(None, number)
            sent.append(number)

    events = signal.stream(buffer=1, overflow="wait")
    async with ending(), anyio.create_task_group() as tasks, events:
        tasks.start_soon(send)
        assert (await anext(events)).payload == 0
        await turns()
        await ENDS[end]()
    assert signal.receivers == ()
    assert (len(sent) == 9) == (end == "returning")

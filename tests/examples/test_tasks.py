"""The tasks: what becomes of them is signalled, and whoever awaits or runs them hears of it too."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from aldis import Dispatcher, Event, Outcome
from aldis.exceptions import DeliveryCancelledError
from examples.tasks.queue import Completed, Failed, NoWorkerError, Task, TaskQueue
from examples.tasks.receivers import Tally, invoices, reports, work
from tests.examples.migration_stages import ROOT, run_python

OUTPUT = Path(ROOT, "examples", "tasks", "output.txt")


async def succeed() -> str:
    """Do a task well."""
    await anyio.lowlevel.checkpoint()
    return "well"


async def fail() -> str:
    """Do a task badly."""
    await anyio.lowlevel.checkpoint()
    raise ValueError("badly")


def ignore(_outcome: Outcome[object], _event: Event[Task, TaskQueue]) -> None:
    """Leave it to whoever awaits the result."""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_transcript(backend: str) -> None:
    """The same is printed on asyncio and on trio, in the same order."""
    printed = run_python("-m", "examples.tasks", backend)
    assert printed == OUTPUT.read_text(encoding="utf-8").splitlines()


@pytest.mark.anyio
async def test_task_that_is_run() -> None:
    """Its result is returned, and signalled with the queue as the sender."""
    heard: list[tuple[TaskQueue, Completed]] = []
    task, queue = Task("a", succeed), TaskQueue("mine")

    def hear(queue: TaskQueue, completed: Completed) -> None:
        heard.append((queue, completed))

    with TaskQueue.completed.connected_to(hear):
        assert await queue.run(task) == "well"
    assert heard == [(queue, Completed(task, "well"))]


@pytest.mark.anyio
async def test_task_that_fails_is_signalled_and_raises() -> None:
    """Whoever runs it gets the very error that was signalled, as it is."""
    heard: list[Failed] = []

    def hear(_queue: TaskQueue, failed: Failed) -> None:
        heard.append(failed)

    task, queue = Task("a", fail), TaskQueue("mine")
    with TaskQueue.failed.connected_to(hear), pytest.raises(ValueError, match=r"^badly$") as caught:
        await queue.run(task)
    assert heard == [Failed(task, caught.value)]


@pytest.mark.anyio
async def test_result_of_a_submitted_task() -> None:
    """Whoever awaits it gets what the task gave."""
    async with Dispatcher() as workers:
        assert await reports.submit(Task("a", succeed), workers).result() == "well"


@pytest.mark.anyio
async def test_task_that_fails_in_a_worker_raises_to_whoever_awaits_its_result() -> None:
    """They get the very error that was signalled, as it is."""
    heard: list[Failed] = []

    def hear(_queue: TaskQueue, failed: Failed) -> None:
        heard.append(failed)

    task = Task("a", fail)
    with TaskQueue.failed.connected_to(hear):
        async with Dispatcher(on_error=ignore) as workers:
            with pytest.raises(ValueError, match=r"^badly$") as caught:
                await reports.submit(task, workers).result()
    assert heard == [Failed(task, caught.value)]


@pytest.mark.anyio
async def test_task_without_a_worker_is_refused() -> None:
    """Where no worker is connected, whoever submits is told, and nothing is posted."""
    TaskQueue.submitted.disconnect(work)
    try:
        async with Dispatcher() as workers:
            with pytest.raises(NoWorkerError, match="nobody does a; connect a worker"):
                reports.submit(Task("a", succeed), workers)
    finally:
        TaskQueue.submitted.connect(work)
    assert sum(workers.statistics()) == 0


@pytest.mark.anyio
@pytest.mark.parametrize("muted", [(), (work,)], ids=["signal", "worker"])
async def test_task_that_no_worker_did_is_no_success(
    muted: tuple[Callable[..., object], ...],
) -> None:
    """Where the worker was muted, there is no result, and whoever awaits it is told."""
    tally = Tally()
    async with Dispatcher() as workers:
        with TaskQueue.submitted.muted(*muted), pytest.raises(NoWorkerError, match="nobody does a"):
            await reports.submit(Task("a", succeed), workers).result()
    assert not tally.completed


@pytest.mark.anyio
async def test_submitting_does_no_work() -> None:
    """A submitted task waits for a worker, and leaving the block waits for the task."""
    tally = Tally()
    async with Dispatcher() as workers:
        reports.submit(Task("a", succeed), workers)
        assert workers.statistics().pending == 1
        assert not tally.completed
    assert tally.completed == {"reports": 1}


@pytest.mark.anyio
async def test_two_workers_do_two_tasks_at_a_time() -> None:
    """A task may wait for another that was submitted after it."""
    gate = anyio.Event()

    async def wait() -> str:
        await gate.wait()
        return "waited"

    async def open_gate() -> str:
        gate.set()
        return "opened"

    async with Dispatcher(concurrency=2) as workers:
        waiting = reports.submit(Task("a", wait), workers)
        opening = reports.submit(Task("b", open_gate), workers)
        assert [await job.result() for job in (opening, waiting)] == ["opened", "waited"]


@pytest.mark.anyio
@pytest.mark.parametrize(("queue", "alerts"), [(reports, 0), (invoices, 1)], ids=["reports", "inv"])
async def test_alert_is_for_invoices(
    queue: TaskQueue, alerts: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what fails among the invoices gives an alert; the tally counts both."""
    tally = Tally()
    with pytest.raises(ValueError, match="badly"):
        await queue.run(Task("a", fail))
    assert capsys.readouterr().out.count("ALERT") == alerts
    assert tally.failed == {queue.name: 1}


@pytest.mark.anyio
async def test_receiver_that_fails_harms_no_task(caplog: pytest.LogCaptureFixture) -> None:
    """The task has its result, or its own error; what receivers raised is logged."""

    def stumble(_queue: TaskQueue, _of: object) -> None:
        raise RuntimeError("the line is dead")

    queue = TaskQueue("mine")
    with (
        TaskQueue.started.connected_to(stumble),
        TaskQueue.completed.connected_to(stumble),
        TaskQueue.failed.connected_to(stumble),
    ):
        assert await queue.run(Task("a", succeed)) == "well"
        with pytest.raises(ValueError, match="badly"):
            await queue.run(Task("b", fail))
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 4
    assert caplog.text.count("RuntimeError: the line is dead") == 4


@pytest.mark.anyio
async def test_cancelled_task_has_neither_completed_nor_failed() -> None:
    """A delivery that is cancelled ends its task; no end is signalled, and there is no result."""
    tally, begun = Tally(), anyio.Event()

    async def hang() -> str:
        begun.set()
        await anyio.sleep_forever()
        return "never"

    async with Dispatcher() as workers:
        job = reports.submit(Task("a", hang), workers)
        await begun.wait()
        job.delivery.cancel()
        with pytest.raises(DeliveryCancelledError):
            await job.result()
    assert (tally.completed, tally.failed) == ({}, {})
    assert workers.statistics().dropped == 1

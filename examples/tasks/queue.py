"""A queue tells what becomes of its tasks: signals of a class, the queues are the senders."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aldis import Delivery, Dispatcher, Outcomes, Signal

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    work: Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Completed:
    task: Task
    result: str


@dataclass(frozen=True, slots=True)
class Failed:
    task: Task
    error: Exception


class NoWorkerError(Exception):
    def __init__(self, task: str) -> None:
        super().__init__(task)
        self.task = task

    def __str__(self) -> str:
        return f"nobody does {self.task}; connect a worker to TaskQueue.submitted, unmuted"


@dataclass(frozen=True, slots=True)
class Job:
    """A task that was left to the workers; it need not be kept."""

    task: Task
    delivery: Delivery[str]

    async def result(self) -> str:
        """Wait until the task is done.

        Returns:
            Its result.

        Raises:
            NoWorkerError: no worker was called, since the signal was muted, or the worker has gone.
            DeliveryCancelledError: the task was cancelled, or cut off by the end of the workers.
            Exception: what the task raised.
        """
        outcomes = await self.delivery
        if not outcomes:
            raise NoWorkerError(self.task.name)
        worker = outcomes[0]
        if worker.error is not None:
            raise worker.error
        return worker.value


class TaskQueue:
    submitted: Signal[Task, TaskQueue, str] = Signal(
        doc="The worker does it, and returns a result."
    )
    started: Signal[Task, TaskQueue] = Signal(doc="A task is about to be done.")
    completed: Signal[Completed, TaskQueue] = Signal(doc="A task was done.")
    failed: Signal[Failed, TaskQueue] = Signal(doc="A task raised.")

    def __init__(self, name: str) -> None:
        self.name = name

    def submit(self, task: Task, workers: Dispatcher) -> Job:
        """Leave a task to the workers, without waiting.

        Returns:
            What gives its result, or raises what the task raised.

        Raises:
            NoWorkerError: no worker is connected.
            DispatcherFullError: too many tasks wait for a worker.
        """
        if not TaskQueue.submitted.has_receivers_for(self):
            raise NoWorkerError(task.name)
        return Job(task, workers.post(TaskQueue.submitted.event(self, task)))

    async def run(self, task: Task) -> str:
        """Do a task here and now; one that is cancelled has neither completed nor failed.

        Returns:
            Its result, which is signalled as well.

        Raises:
            Exception: what the task raised, after that was signalled.
        """
        _log_errors(await TaskQueue.started.send_robust_async(self, task))
        try:
            result = await task.work()
        except Exception as error:
            _log_errors(await TaskQueue.failed.send_robust_async(self, Failed(task, error)))
            raise
        _log_errors(await TaskQueue.completed.send_robust_async(self, Completed(task, result)))
        return result


def _log_errors(outcomes: Outcomes[object]) -> None:
    """Log what receivers raised: it is no fault of the task, nor of whoever runs it."""
    try:
        outcomes.raise_errors()
    except ExceptionGroup:
        logger.exception("not everybody could be told of a task")

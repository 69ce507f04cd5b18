"""A queue tells what becomes of its tasks: three signals of a class, the queues are the senders."""

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


class TaskQueue:
    submitted: Signal[Task, TaskQueue] = Signal(doc="A task was submitted; a worker has it now.")
    completed: Signal[Completed, TaskQueue] = Signal(doc="A task was done.")
    failed: Signal[Failed, TaskQueue] = Signal(doc="A task raised.")

    def __init__(self, name: str) -> None:
        self.name = name

    def submit(self, task: Task, workers: Dispatcher) -> Delivery:
        """Leave a task to the workers, without waiting.

        Returns:
            What can be awaited, and then holds what the task raised, if it did.

        Raises:
            DispatcherFullError: too many tasks wait for a worker.
        """
        return workers.post(TaskQueue.submitted.event(self, task))

    async def run(self, task: Task) -> str:
        """Do a task here and now; one that is cancelled has neither completed nor failed.

        Returns:
            Its result, which is signalled as well.

        Raises:
            Exception: what the task raised, after that was signalled.
        """
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

"""Who hears of tasks, connected by decorators: the worker, those that tell of it, and a tally."""

from __future__ import annotations

from collections import Counter

from aldis import connect_methods
from examples.tasks.queue import Completed, Failed, Task, TaskQueue

reports, invoices = TaskQueue("reports"), TaskQueue("invoices")


@TaskQueue.submitted.connect
async def work(queue: TaskQueue, task: Task) -> str:
    return await queue.run(task)


@TaskQueue.started.connect
def announce(queue: TaskQueue, task: Task) -> None:
    print(f"{queue.name}: {task.name} begins")


@TaskQueue.completed.connect
def show(queue: TaskQueue, completed: Completed) -> None:
    print(f"{queue.name}: {completed.task.name} gave {completed.result}")


@TaskQueue.failed.connect_via(invoices)  # a report can wait, an invoice cannot
def alert(queue: TaskQueue, failed: Failed) -> None:
    print(f"{queue.name}: ALERT, {failed.task.name} failed, {failed.error}")


class Tally:
    """Counts what becomes of tasks, for as long as somebody holds it."""

    def __init__(self) -> None:
        self.completed = Counter[str]()
        self.failed = Counter[str]()
        connect_methods(self)

    @TaskQueue.completed.receiver
    def count_completed(self, queue: TaskQueue, _completed: Completed) -> None:
        """Count a task that is done."""
        self.completed[queue.name] += 1

    @TaskQueue.failed.receiver
    def count_failed(self, queue: TaskQueue, _failed: Failed) -> None:
        """Count a task that raised."""
        self.failed[queue.name] += 1

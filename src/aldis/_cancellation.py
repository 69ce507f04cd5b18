"""Cancellation: looking for it, and seeing that one which was asked for is obeyed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

# anyio is imported where it is first needed: a program that only sends from sync code never
# loads it.


async def notice() -> None:
    """Raise the cancellation of this task, if there is one; wait for nothing else."""
    import anyio.lowlevel  # noqa: PLC0415  # see above

    try:
        await anyio.lowlevel.checkpoint_if_cancelled()
    except anyio.NoEventLoopError:
        return  # a coroutine that is stepped by hand: there is nobody to cancel it
    if count_requests():  # a `Task.cancel()` is raised when its task next waits
        await anyio.lowlevel.checkpoint()


def count_requests() -> int:
    """Count the `Task.cancel()` calls that the running task has not yet taken back.

    Trio, where cancellation is a matter of scopes alone, has none.
    """
    task = running_task()
    count: int = 0 if task is None else task.cancelling()
    return count


def forgive() -> None:
    """Take back the `Task.cancel()` calls of the running task."""
    task = running_task()
    while task is not None and task.cancelling():
        task.uncancel()


def running_task() -> Any:  # noqa: ANN401  # nothing imports asyncio, for annotations neither
    """Give the running task of asyncio; `None` where there is none, as on trio."""
    # Asking for the loop first spares trio an exception each time.
    loop = _running_loop()
    return None if loop is None else _task_of(loop)


def _find_running_loop() -> Any:  # noqa: ANN401
    global _running_loop, _task_of  # found once, not at each async send
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    running_loop = getattr(asyncio, "_get_running_loop", None)
    task_of = getattr(asyncio, "current_task", None)
    if running_loop is None or task_of is None:  # not imported to its end yet
        return None
    _task_of, _running_loop = task_of, running_loop
    return running_loop()


def _no_task(_loop: object) -> None:
    """Stands for `asyncio.current_task` until asyncio is there."""


_running_loop: Callable[[], Any] = _find_running_loop
_task_of: Callable[[Any], Any] = _no_task


async def obey(requests: int) -> None:
    """Raise a cancellation that was asked for since there were so many requests.

    `Task.cancel()` raises once: a receiver that swallows it, or makes another error of it, would
    end it for the sending that it was meant for.
    """
    if count_requests() > requests:
        import anyio  # noqa: PLC0415  # see above

        await notice()  # a scope knows its own cancellation again, and no other
        raise anyio.get_cancelled_exc_class()

"""The bell: rings are heard, whoever rings, whenever, and however often."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis._bell import Bell

Backend = tuple[str, dict[str, Any]]
LIMIT = 60.0


async def turns() -> None:
    """Let all others run until they wait."""
    for _ in range(20):
        await checkpoint()


class Schedule:
    """Counts how often a bell wakes its loop.

    Attributes:
        count: so often.
    """

    def __init__(self, bell: Bell) -> None:
        self.count = 0
        self._schedule = bell._schedule
        bell._schedule = self

    def __call__(self, wake: Callable[[], None]) -> None:
        """Count, and wake it."""
        self.count += 1
        self._schedule(wake)


@pytest.mark.anyio
async def test_a_ring_before_waiting_is_heard() -> None:
    """At once; and any number of rings is one."""
    bell = Bell()
    schedule = Schedule(bell)
    for _ in range(100):
        bell.ring()
    with anyio.fail_after(LIMIT):
        await bell.wait()
    with anyio.move_on_after(0) as scope:
        await bell.wait()

    assert scope.cancelled_caught
    assert schedule.count == 1


@pytest.mark.anyio
async def test_a_ring_while_waiting_is_heard() -> None:
    """And any number of rings before the task has woken up is one."""
    bell = Bell()
    schedule, heard = Schedule(bell), list[str]()

    async def wait() -> None:
        while True:
            await bell.wait()
            heard.append("ring")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await turns()
        assert heard == []
        for _ in range(100):
            bell.ring()
        await turns()
        assert heard == ["ring"]
        bell.ring()
        await turns()
        assert heard == ["ring", "ring"]
        tasks.cancel_scope.cancel()

    assert schedule.count == 2


@pytest.mark.anyio
async def test_a_ring_right_after_waking_is_heard_by_the_next_wait() -> None:
    """From the task itself, too."""
    bell = Bell()
    with anyio.fail_after(LIMIT):
        for _ in range(10):
            bell.ring()
            await bell.wait()


@pytest.mark.anyio
async def test_what_comes_while_it_rings_is_not_missed() -> None:
    """Threads leave something and ring, as fast as they can; nothing is left lying."""
    bell, inbox = Bell(), deque[int]()
    found = 0

    def leave() -> None:
        for number in range(2000):
            inbox.append(number)
            bell.ring()

    threads = [threading.Thread(target=leave) for _ in range(4)]
    for thread in threads:
        thread.start()
    with anyio.fail_after(LIMIT):
        while found < 8000:
            await bell.wait()
            while inbox:
                inbox.popleft()
                found += 1
    for thread in threads:
        thread.join(LIMIT)

    assert found == 8000


@pytest.mark.anyio
async def test_ringing_does_not_wait_for_the_loop() -> None:
    """A thread that the loop waits for rings, and goes on."""
    bell = Bell()
    for _ in range(3):
        thread = threading.Thread(target=bell.ring, daemon=True)
        thread.start()
        thread.join(LIMIT)
        assert not thread.is_alive()
    with anyio.fail_after(LIMIT):
        await bell.wait()


@pytest.mark.anyio
async def test_ringing_wakes_a_loop_that_sleeps() -> None:
    """One that has nothing else to do until then, and would sleep for ever."""
    bell = Bell()

    def ring_later() -> None:
        time.sleep(0.01)  # real time: the loop is to be in its own wait, of which nobody tells
        bell.ring()

    thread = threading.Thread(target=ring_later)
    thread.start()
    with anyio.fail_after(LIMIT):
        await bell.wait()
    thread.join(LIMIT)


@pytest.mark.anyio
async def test_giving_up_waiting_loses_no_ring() -> None:
    """The next wait hears it."""
    bell = Bell()
    with anyio.move_on_after(0):
        await bell.wait()
    bell.ring()
    await turns()
    with anyio.fail_after(LIMIT):
        await bell.wait()


@pytest.mark.anyio
async def test_two_bells_of_one_loop_are_apart() -> None:
    """A ring of one is not heard by the other."""
    one, other = Bell(), Bell()
    one.ring()
    with anyio.fail_after(LIMIT):
        await one.wait()
    with anyio.move_on_after(0) as scope:
        await other.wait()

    assert scope.cancelled_caught


@pytest.mark.anyio
async def test_a_ring_that_is_interrupted_does_not_silence_the_bell() -> None:
    """As Ctrl-C can, right before the loop is told; the next ring is heard."""
    bell = Bell()
    schedule = bell._schedule

    def interrupt(wake: Callable[[], None]) -> None:
        bell._schedule = schedule
        raise KeyboardInterrupt

    bell._schedule = interrupt
    with pytest.raises(KeyboardInterrupt):
        bell.ring()
    bell.ring()
    with anyio.fail_after(LIMIT):
        await bell.wait()


def test_without_an_event_loop_there_is_no_bell() -> None:
    """It is that of the loop which is running."""
    with pytest.raises(RuntimeError):
        Bell()


def in_loop(backend: Backend, main: Callable[[], Awaitable[Any]]) -> Any:
    """Run an event loop from its beginning to its end."""
    name, options = backend
    return anyio.run(main, backend=name, backend_options=options)


@pytest.mark.parametrize("rung_before", [False, True])
def test_after_the_loop_is_gone_ringing_does_nothing(
    rung_before: bool, anyio_backend: Backend
) -> None:
    """There is nobody to wake, and whoever rings cannot know."""

    async def main() -> Bell:
        bell = Bell()
        if rung_before:
            bell.ring()
        return bell

    bell = in_loop(anyio_backend, main)
    bell.ring()
    bell.ring()

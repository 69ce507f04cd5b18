"""What a KeyboardInterrupt breaks off is repaired by the next call, or undone at once."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from __future__ import annotations

import itertools
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from aldis import Dispatcher, DispatcherFullError, Signal
from tests.interpreters import needs_whole_steps
from tests.unit.interrupts import interrupting


@needs_whole_steps
def test_an_interrupt_at_any_line_is_repaired() -> None:
    """However far a change had come, the tables agree after the next call."""
    done = _run()
    assert done.returncode == 0, done.stderr


@needs_whole_steps
def test_an_operation_that_leaves_the_queue_too_early_is_found() -> None:
    """The control of the test above: what it says of Aldis, it does not say of anything."""
    done = _run("--popped-first")
    assert "AssertionError: Registry." in done.stderr
    assert done.returncode == 1


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(__file__).with_name("interrupts.py")
    command = [sys.executable, str(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_a_failing_entry_leaves_no_connection_behind() -> None:
    """The receiver of a meta-signal can raise while the block is being entered."""
    signal = Signal[str]()

    def receiver(sender: object, payload: str) -> None:
        """Is not to stay connected."""

    def fail(sender: object, connection: object) -> None:
        raise ValueError

    signal.receiver_connected.connect(fail)
    with pytest.raises(ValueError), signal.connected_to(receiver):
        pytest.fail("the block was entered")
    assert signal.receivers == ()


def test_an_interrupted_post_costs_one_place_at_most() -> None:
    """And never gives one too many; what was accepted is delivered."""

    async def post_interrupted(line: int) -> bool:
        signal, heard = Signal[int](), list[int]()
        signal.connect(lambda sender, payload: heard.append(payload), weak=False)
        accepted = 0
        async with Dispatcher(max_pending=3) as dispatcher:
            with interrupting(Dispatcher.post, line) as come_to:
                dispatcher.post(signal.event(None, 0))
            posted = sum(dispatcher.statistics())
            await dispatcher.drain()
            with suppress(DispatcherFullError):
                while accepted < 9:
                    dispatcher.post(signal.event(None, 1))
                    accepted += 1
            assert accepted in (2, 3), come_to[-1]
        assert heard == [0] * posted + [1] * accepted
        return len(come_to) > line

    assert next(line for line in itertools.count() if not anyio.run(post_interrupted, line)) > 3

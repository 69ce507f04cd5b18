"""What a KeyboardInterrupt breaks off is repaired by the next call, or undone at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aldis import Signal
from tests.interpreters import needs_whole_steps


@needs_whole_steps
def test_an_interrupt_at_any_moment_is_repaired() -> None:
    """However far a change had come, the tables agree after the next call."""
    program = Path(__file__).with_name("interrupts.py")
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr


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

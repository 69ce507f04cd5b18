"""What a KeyboardInterrupt breaks off is repaired by the next call, or undone at once."""

from __future__ import annotations

import signal as os_signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from aldis import Signal
from aldis._changes import Detach
from aldis._registry import Registry


class Sender:
    """Can be weakly referenced."""


class InterruptError(KeyboardInterrupt):
    """Tells our interrupt from that of whoever runs the tests."""


heard: list[str] = []


def receiver(sender: object, payload: str) -> None:
    """Note the payload."""
    heard.append(payload)


@contextmanager
def interrupting(function: Any, line: int) -> Generator[list[int], None, None]:
    """Raise an interrupt before the given line, counted from 0, that `function` comes to."""
    come_to: list[int] = []

    def trace_lines(frame: FrameType, event: str, argument: object) -> Any:
        if event == "line":
            come_to.append(frame.f_lineno)
            if len(come_to) == line + 1:
                raise InterruptError
        return trace_lines

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        return trace_lines if frame.f_code is function.__code__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield come_to
    except InterruptError:
        pass
    finally:
        sys.settrace(before)


def is_consistent(signal: Signal[str], sender: Sender) -> bool:
    """Tell whether the receiver can be connected and heard again, and nothing else is left."""
    heard.clear()
    registry = signal._registry
    signal.connect(receiver, sender)
    signal.send(sender, "again")
    found = [heard == ["again"], len(registry.all_records()) == 1]
    signal.disconnect(receiver)
    found += [not registry.all_records(), not registry.lines]
    found += [not registry._filtered, not registry._scoped, not registry._mutes]
    return all(found)


def use(signal: Signal[str], sender: Sender) -> None:
    """Use every operation that changes the tables."""
    signal.connect(receiver, sender)
    signal.connect(receiver, sender, once=True)
    signal.send(sender, "once")
    signal.connect(receiver, sender)
    signal.disconnect(receiver, sender)
    with signal.connected_to(receiver, sender), signal.muted(receiver):
        signal.send(sender, "muted")


# Interrupts at the lines of what runs under the lock. The lock itself is for the timed test below:
# a tracer can interrupt between its release and the next bytecode, where no signal handler runs.
STEPS: list[Callable[..., object]] = [
    Registry.link,
    Registry.unlink,
    Registry.line_of,
    Registry.mute,
    Registry._retire,
    Registry._apply,
    Registry._apply_all,
    Detach.apply,
]


@pytest.mark.skipif(sys.gettrace() is not None, reason="coverage or a debugger traces already")
@pytest.mark.parametrize("step", STEPS, ids=lambda each: each.__qualname__)
def test_an_interrupt_at_any_line_of_a_change_is_repaired(step: Any) -> None:
    """However far the change had come, the tables agree after the next call."""
    line = 0
    while True:
        signal, sender = Signal[str](), Sender()
        with interrupting(step, line) as come_to:
            use(signal, sender)
        assert is_consistent(signal, sender), f"line {come_to[-1]}"
        if len(come_to) <= line:
            break
        line += 1
    assert line > 2


@pytest.mark.skipif(not hasattr(os_signal, "setitimer"), reason="no interval timers here")
def test_interrupts_by_a_timer_leave_nothing_behind() -> None:
    """As Ctrl-C comes: at any moment, also in the lock and between the lines."""
    armed = False

    def interrupt(number: int, frame: object) -> None:
        if armed:
            raise InterruptError

    before = os_signal.signal(os_signal.SIGALRM, interrupt)
    end = time.monotonic() + 1
    interrupts = 0
    try:
        while time.monotonic() < end:
            signal, sender = Signal[str](), Sender()
            try:
                armed = True
                os_signal.setitimer(os_signal.ITIMER_REAL, 5e-6 + interrupts % 97 * 1e-6)
                while True:
                    use(signal, sender)
            except InterruptError:
                interrupts += 1
            finally:
                armed = False
                os_signal.setitimer(os_signal.ITIMER_REAL, 0)
            assert is_consistent(signal, sender)
    finally:
        os_signal.signal(os_signal.SIGALRM, before)
    assert interrupts > 10


def test_a_failing_entry_leaves_no_connection_behind() -> None:
    """The receiver of a meta-signal can raise while the block is being entered."""
    signal = Signal[str]()

    def fail(sender: object, connection: object) -> None:
        raise ValueError

    signal.receiver_connected.connect(fail)
    with pytest.raises(ValueError), signal.connected_to(receiver):
        pytest.fail("the block was entered")
    assert signal.receivers == ()

"""Interrupts every change at every line; fails where one shows.

Run as a program of its own: an interrupt in the middle of a tracer, of coverage or of a debugger,
can leave the tracer locked. With `--popped-first` it has to fail: operations leave the queue before
they are done.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

from aldis import Signal
from aldis._changes import Detach
from aldis._middleware import check_middleware
from aldis._registry import Registry


class Sender:
    """Can be weakly referenced."""


class Owner:
    """Has a receiver that dies with it, without a word."""

    def receive(self, sender: object, payload: str) -> None:
        """Note the payload."""
        heard.append(payload)


class InterruptError(KeyboardInterrupt):
    """Tells our interrupt from that of whoever runs the tests."""


heard: list[str] = []


def receiver(sender: object, payload: str) -> None:
    """Note the payload."""
    heard.append(payload)


def middleware(call: object) -> Generator[None, object, object]:
    """Stand around the receiver."""
    return (yield)


undos: list[Callable[[], object]] = []


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
    gc.collect()  # of what the interrupt has broken off, the frames that its traceback held
    registry = signal._registry
    while undos:
        undos.pop()()
    signal.send(sender, "after the repair")
    # Where no sender is filtered on, it does not leave sends on the longer way for good.
    found = [bool(registry.lines) or registry.direct is registry.plan]
    found += [record.live for record in registry.all_records()]
    signal.connect(receiver, sender)
    heard.clear()
    signal.send(sender, "again")
    found += [heard == ["again"], len(registry.all_records()) == 1]
    signal.disconnect(receiver)
    found += [not registry.all_records(), not registry.lines]
    found += [not registry._filtered, not registry._scoped, not registry._mutes]
    found += [not registry._installed, registry._layers is None]
    return all(found)


def use(signal: Signal[str], sender: Sender) -> None:
    """Use every operation that changes the tables."""
    signal.connect(receiver, sender)
    signal.connect(receiver, sender, once=True)
    signal.send(sender, "once")
    signal.connect(receiver, sender)
    signal.disconnect(receiver, sender)
    signal.connect(receiver, sender)
    signal.disconnect(receiver)
    with signal.connected_to(receiver, sender), signal.muted(receiver):
        signal.send(sender, "muted")
    # Known here before it is there: an interrupt could come between `use` and what it returns.
    installed = check_middleware(middleware, "receiver", inner=True)
    undos.append(partial(signal._uninstall, installed))
    signal._install(installed)
    signal.send(sender, "inside")
    undos[-1]()
    end_with_either_side(signal, sender)


def end_with_either_side(signal: Signal[str], sender: Sender) -> None:
    """Have connections end with their sender, and with their receiver."""
    mortal, owner = Sender(), Owner()
    signal.connect(receiver, mortal)
    signal.connect(owner.receive, sender)
    signal.connect(owner.receive)
    del mortal, owner
    gc.collect()  # elsewhere than on CPython they live until then
    signal.send(sender, "after death")


# Interrupts at the lines of what runs under the lock. The lock itself is for `tests/stress`, which
# interrupts as Ctrl-C does: a tracer can come between its release and the next bytecode, where no
# signal handler runs.
STEPS: list[Callable[..., object]] = [
    Registry.link,
    Registry.unlink,
    Registry.line_of,
    Registry.mute,
    Registry.use,
    Registry._retire,
    Registry._bury,
    Registry._close,
    Registry._apply,
    Registry._remake,
    Registry._offer,
    Registry._forget_base,
    Detach.apply,
]


def interrupt_at_each_line(step: Any) -> int:
    """Interrupt a step of a change before each of its lines in turn; count them."""
    line = 0
    while True:
        signal, sender = Signal[str](), Sender()
        with interrupting(step, line) as come_to:
            use(signal, sender)
        assert is_consistent(signal, sender), f"{step.__qualname__}, line {come_to[-1]}"
        if len(come_to) <= line:
            return line
        line += 1


def apply_popped(self: Registry, trash: list[object]) -> None:
    """Apply what is queued without the rule that an operation stays there until it is done."""
    while self.queue:
        operation = self.queue.popleft()
        self._apply(operation, trash)
        trash.append(operation)


if __name__ == "__main__":
    if sys.argv[1:] == ["--popped-first"]:
        changed: Any = Registry
        changed._apply_all = apply_popped
    for each in (*STEPS, Registry._apply_all):
        assert interrupt_at_each_line(each) > 2

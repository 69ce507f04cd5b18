"""Receivers that note their calls, the ways of sending, and threads that cannot hang a test."""

from __future__ import annotations

import gc
import inspect
import subprocess
import sys
import textwrap
import threading
import warnings
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias, TypeVar

import pytest
from anyio.lowlevel import checkpoint

import aldis
from aldis import LostReceiverWarning, Signal
from tests.interpreters import AT_ONCE, IS_CPYTHON

T = TypeVar("T")
INSIDE = str(Path(aldis.__file__).parent)
LIMIT = 60.0
"""Seconds after which what should have ended counts as a deadlock; no test comes near it."""


class Calls:
    """Makes receivers that note their calls, and keeps them alive.

    Attributes:
        names: who was called, in order.
        seen: with which sender and payload.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.seen: list[tuple[object, object]] = []
        self._made: list[object] = []

    def note(self, name: str, sender: object, payload: object) -> str:
        """Note one call."""
        self.names.append(name)
        self.seen.append((sender, payload))
        return name

    def receiver(
        self, name: str, then: Callable[[], object] | None = None
    ) -> Callable[[object, object], str]:
        """Make a sync receiver that notes its call, does `then`, and returns its name."""

        def receiver(sender: object, payload: object) -> str:
            self.note(name, sender, payload)
            if then is not None:
                then()
            return name

        self._made.append(receiver)
        return receiver

    def async_receiver(
        self, name: str, then: Callable[[], Awaitable[object]] = checkpoint
    ) -> Callable[[object, object], Any]:
        """Make an async receiver that notes its call, awaits `then()`, and returns its name."""

        async def receiver(sender: object, payload: object) -> str:
            self.note(name, sender, payload)
            await then()
            return name

        self._made.append(receiver)
        return receiver

    def take(self) -> list[str]:
        """Give the names noted so far, and begin anew."""
        names, self.names = self.names, []
        return names


class Shop:
    """A sender like most: hashable, comparable, weakly referable; and the owner of receivers."""

    def __init__(self, calls: Calls | None = None, name: str = "shop") -> None:
        self.calls = calls if calls is not None else Calls()
        self.name = name

    def receive(self, sender: object, payload: object) -> str:
        """Note the call."""
        return self.calls.note(self.name, sender, payload)

    def receive_too(self, sender: object, payload: object) -> str:
        """Note the call, as another method of the same owner."""
        return self.calls.note(f"{self.name} too", sender, payload)


# -- ways of sending ---------------------------------------------------------------------------

Way: TypeAlias = Callable[[Signal[Any], object, Any], Coroutine[Any, Any, Sequence[object]]]
"""Sends, and gives the values that the receivers returned."""


def _plainly(robust: bool) -> Way:
    async def send(signal: Signal[Any], sender: object, payload: object) -> Sequence[object]:
        if robust:
            outcomes = signal.send_robust(sender, payload)
            outcomes.raise_errors()
            return outcomes.values
        return signal.send(sender, payload).values

    return send


def _async(robust: bool, concurrency: int | None) -> Way:
    async def send(signal: Signal[Any], sender: object, payload: object) -> Sequence[object]:
        if robust:
            outcomes = await signal.send_robust_async(sender, payload, concurrency=concurrency)
            outcomes.raise_errors()
            return outcomes.values
        return (await signal.send_async(sender, payload, concurrency=concurrency)).values

    return send


SYNC_WAYS = [
    pytest.param(_plainly(robust=False), id="send"),
    pytest.param(_plainly(robust=True), id="send_robust"),
]
SERIAL_ASYNC_WAYS = [
    pytest.param(_async(robust=False, concurrency=1), id="send_async"),
    pytest.param(_async(robust=True, concurrency=1), id="send_robust_async"),
]
CONCURRENT_WAYS = [
    pytest.param(_async(robust=False, concurrency=2), id="send_async-2"),
    pytest.param(_async(robust=False, concurrency=None), id="send_async-None"),
    pytest.param(_async(robust=True, concurrency=2), id="send_robust_async-2"),
    pytest.param(_async(robust=True, concurrency=None), id="send_robust_async-None"),
]

in_each_serial_way = pytest.mark.parametrize("way", SYNC_WAYS + SERIAL_ASYNC_WAYS)
in_each_async_way = pytest.mark.parametrize("way", SERIAL_ASYNC_WAYS + CONCURRENT_WAYS)
in_each_way = pytest.mark.parametrize("way", SYNC_WAYS + SERIAL_ASYNC_WAYS + CONCURRENT_WAYS)


# -- threads and processes ---------------------------------------------------------------------


class Work(threading.Thread):
    """Does something in another thread, which cannot keep the tests from ending."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._result: object = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Do it, keeping what it raises."""
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error

    def finish(self) -> Any:
        """Wait for its end and give its result; a deadlock is a failure."""
        self.join(LIMIT)
        assert not self.is_alive(), "a deadlock: the work does not end"
        if self._error is not None:
            raise self._error
        return self._result


def in_thread(work: Callable[[], T]) -> T:
    """Do something in another thread and give its result."""
    result: T = Work(work).finish()
    return result


def in_threads(*works: Callable[[], object]) -> None:
    """Do several things, each in a thread of its own."""
    running = [Work(work) for work in works]
    for work in running:
        work.finish()


class Intrusion:
    """Does something at the n-th step that Aldis takes, as a signal handler or a thread might.

    Steps are lines, or with `each="opcode"` bytecodes.
    """

    def __init__(self, intrude: Callable[[], object], step: int, *, each: str = "line") -> None:
        self._intrude = intrude
        self._left = step
        self._each = each

    def done(self) -> bool:
        """Tell whether there was an n-th step."""
        return self._left < 0

    def _trace(self, frame: FrameType, event: str, _argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(INSIDE):
            return None
        frame.f_trace_opcodes = self._each == "opcode"
        if event == self._each:
            self._left -= 1
            if self._left == -1:
                self._intrude()
        return self._trace

    def run(self, operation: Callable[[], object]) -> None:
        """Run an operation with the intrusion, in a thread that is traced for nothing else."""

        def traced() -> None:
            before = sys.gettrace()
            if (frame := inspect.currentframe()) is not None:
                frame.f_trace_opcodes = True  # Python 3.12 looks at it here, others below
            sys.settrace(self._trace)
            try:
                operation()
            finally:
                sys.settrace(before)

        Work(traced).finish()


@contextmanager
def switching_as_often_as_possible() -> Generator[None]:
    """Have threads take turns after each few bytecodes."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def run_python(code: str, *flags: str) -> str:
    """Run a program in a process of its own, with all warnings as errors; give what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "faulthandler", *flags, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# -- what is gone, what is said ----------------------------------------------------------------


@contextmanager
def lost_receivers() -> Generator[list[LostReceiverWarning]]:
    """Collect the warnings about lost receivers that are given in the block."""
    lost: list[LostReceiverWarning] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        warnings.simplefilter("always", LostReceiverWarning)
        yield lost
    lost.extend(each.message for each in caught if isinstance(each.message, LostReceiverWarning))


@contextmanager
def nothing_unawaited() -> Generator[None]:
    """Require that no coroutine made in the block is dropped without having been awaited."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect(1)  # what was made in the block is young
    assert [str(each.message) for each in caught] == []


@contextmanager
def without_collector() -> Generator[None]:
    """Switch the garbage collector off, so that only reference counts free anything."""
    if not IS_CPYTHON:
        pytest.skip(AT_ONCE)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def is_gone(ref: weakref.ref[Any]) -> bool:
    """Tell whether an object is gone, if need be after a collection."""
    if ref() is not None:
        gc.collect()
    return ref() is None

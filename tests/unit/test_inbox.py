"""Changes that wait in a queue for whoever holds the lock."""

from __future__ import annotations

import gc
import os
import signal as os_signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from aldis._inbox import Inbox, _Era
from tests.interpreters import let_die


class Recorder(Inbox):
    """Applies an operation by noting it, or by calling it."""

    def __init__(self) -> None:
        super().__init__()
        self.applied: list[object] = []

    def _apply(self, operation: object, trash: list[object]) -> None:
        if callable(operation):
            operation()
        self.applied.append(operation)
        trash.append(operation)


def run_in_thread(work: Callable[[], object]) -> None:
    """Run `work` in another thread, and fail should it never end."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_operations_are_applied_in_the_order_of_the_queue() -> None:
    """What was queued first is applied first."""
    inbox = Recorder()
    inbox.queue.extend(["first", "second"])
    inbox.submit("third")
    assert inbox.applied == ["first", "second", "third"]
    assert not inbox.queue


def test_an_inbox_needs_to_be_told_how_to_apply() -> None:
    """The base applies nothing, and loses nothing."""
    inbox = Inbox()
    with pytest.raises(NotImplementedError):
        inbox.submit("anything")
    assert list(inbox.queue) == ["anything"]


def test_what_is_submitted_inside_an_operation_is_left_to_the_outer_call() -> None:
    """A callback that comes in the middle of a change neither waits nor changes anything yet."""
    inbox = Recorder()
    seen: list[list[object]] = []

    def outer() -> None:
        inbox.submit("inner")
        seen.append(list(inbox.applied))

    inbox.submit(outer)
    assert seen == [[]]
    assert inbox.applied == [outer, "inner"]


def test_looking_inside_an_operation_takes_no_second_hold() -> None:
    """The one that is there would be given away by an interrupt of the second."""
    inbox = Recorder()
    seen: list[bool] = []
    lock: Any = inbox._lock

    class Interrupting:
        release, _is_owned = lock.release, lock._is_owned

        def acquire(self) -> None:
            raise KeyboardInterrupt

    def look() -> None:
        inbox._lock = Interrupting()  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
        seen.append(inbox._hold(inbox.is_entered))
        inbox._lock = lock
        seen.append(inbox.is_entered())

    inbox.submit(look)
    assert seen == [True, True]
    assert not inbox.is_entered()


def test_an_operation_that_is_broken_off_is_applied_again() -> None:
    """An interrupt in the middle leaves the operation in the queue for the next call."""
    inbox = Recorder()
    attempts: list[int] = []

    def interrupted() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inbox.submit(interrupted)
    assert list(inbox.queue) == [interrupted]
    inbox.submit("next")
    assert inbox.applied == [interrupted, "next"]


def test_the_lock_is_free_after_an_interrupt() -> None:
    """Another thread can go on at once."""
    inbox = Recorder()

    def interrupted() -> None:
        inbox.queue.remove(interrupted)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inbox.submit(interrupted)
    run_in_thread(lambda: inbox.submit("from another thread"))
    assert inbox.applied == ["from another thread"]


def test_an_interrupt_before_the_lock_is_acquired_propagates_as_itself() -> None:
    """The failing release of a lock that was never acquired does not hide it."""
    inbox = Recorder()

    class Interrupting:
        def acquire(self) -> None:
            raise KeyboardInterrupt

        def release(self) -> None:
            raise RuntimeError("cannot release un-acquired lock")

        def _is_owned(self) -> bool:
            return False

    lock, inbox._lock = inbox._lock, Interrupting()  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    with pytest.raises(KeyboardInterrupt):
        inbox.submit("kept")
    inbox._lock = lock
    inbox.settle()
    assert inbox.applied == ["kept"]


def test_what_a_change_lets_go_of_is_freed_outside_of_the_lock() -> None:
    """A destructor that runs then can use the inbox like anyone else."""
    inbox = Recorder()
    held: list[bool] = []

    class Dropped:
        def __del__(self) -> None:
            held.append(inbox.is_entered())

    inbox.queue.append(Dropped())
    inbox.applied = _Forgetful()
    inbox.settle()
    gc.collect()
    assert held == [False]


class _Forgetful(list[object]):
    def append(self, item: object) -> None:
        """Keep nothing."""


def test_an_operation_that_nobody_waits_for_is_freed_outside_of_the_lock() -> None:
    """Its caller has gone on, so the queue alone has kept it, and what it holds."""
    entered: list[bool] = []

    class Forgetful(Inbox):
        def _apply(self, operation: object, trash: list[object]) -> None:
            """Keep nothing."""

    class Operation:
        def __del__(self) -> None:
            entered.append(inbox.is_entered())

    inbox = Forgetful()
    inbox.queue.append(Operation())
    inbox.settle()
    let_die()
    assert entered == [False]


def test_another_thread_waits_for_the_holder_of_the_lock() -> None:
    """Both changes are there when both calls have returned."""
    inbox = Recorder()
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        inside.set()
        assert go_on.wait(10)

    first = threading.Thread(target=inbox.submit, args=(slow,), daemon=True)
    first.start()
    assert inside.wait(10)
    second = threading.Thread(target=inbox.submit, args=("second",), daemon=True)
    second.start()
    go_on.set()
    first.join(10)
    second.join(10)
    assert inbox.applied == [slow, "second"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_takes_a_new_lock(ran_untraced: bool) -> None:
    """The thread that held the lock at the fork does not exist in the child."""
    if ran_untraced:
        return
    inbox = Recorder()
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        inside.set()
        assert go_on.wait(30)

    holder = threading.Thread(target=inbox.submit, args=(slow,), daemon=True)
    holder.start()
    assert inside.wait(10)
    child = os.fork()
    if child == 0:  # pragma: no cover  # another process
        go_on.set()
        os_signal.signal(os_signal.SIGALRM, os_signal.SIG_DFL)
        os_signal.alarm(10)
        inbox.submit("in the child")
        # A thread of the child may have the number of the one that held the lock, and would be
        # let in by the old one.
        worker = threading.Thread(target=inbox.submit, args=("in its thread",), daemon=True)
        worker.start()
        worker.join(10)
        os._exit(0 if inbox.applied == [slow, "in the child", "in its thread"] else 1)
    _, status = os.waitpid(child, 0)
    go_on.set()
    holder.join(10)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_lock_of_before_a_fork_does_not_say_who_is_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thread of the child can have the number of the one that held it, and is not that one."""
    inbox = Recorder()
    lock: Any = inbox._lock
    with lock:
        monkeypatch.setattr("aldis._inbox._era", _Era())
        assert lock._is_owned()
        assert not inbox.is_entered()
        inbox.submit("at once")
    assert inbox.applied == ["at once"]


def test_the_lock_is_renewed_by_one_thread_alone() -> None:
    """A thread that comes second finds the lock that the first one made."""
    inbox = Recorder()
    inbox._born = None  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    first = inbox._renew_lock()
    assert inbox._renew_lock() is first

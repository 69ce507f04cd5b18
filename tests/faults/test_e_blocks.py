"""Faults of blocks that overlap, and of exceptions that end a sending at once."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.behaviour.recording import (
    Work,
    in_thread,
    in_threads,
    switching_as_often_as_possible,
)
from tests.faults.faces import EVERY, OWN, SIGNAL, Face, Fails, on
from tests.faults.receiving import Owner, receive

ENTERING_AND_LEAVING: list[tuple[str, ...]] = sorted(set(itertools.permutations("aabbcc")))
REASON = "the end of one block ends the silence of all"


# -- E5 ----------------------------------------------------------------------------------------


@on(*EVERY, blinker=Fails(REASON))
def test_e5_blocks_may_overlap_in_any_order(face: Face) -> None:
    """Three blocks, entered and left in each of 90 orders, are silent while one is open."""
    for steps in ENTERING_AND_LEAVING:
        signal = face.make()
        signal.connect(receive)
        blocks: dict[str, Any] = {name: signal.muted() for name in "abc"}
        entered: set[str] = set()
        for name in steps:
            if name in entered:
                blocks[name].__exit__(None, None, None)
                entered.remove(name)
            else:
                blocks[name].__enter__()
                entered.add(name)
            assert face.values(signal) == ([] if entered else [None])


@on(*OWN)
def test_e5_blocks_for_the_signal_and_for_receivers_may_overlap(face: Face) -> None:
    """A receiver is silent while the signal or it is muted by any block, in the same orders."""

    def other(sender: object, payload: object) -> str:
        return "other"

    muting: dict[str, tuple[Any, ...]] = {"a": (), "b": (receive,), "c": (receive, other)}
    for steps in ENTERING_AND_LEAVING:
        signal = face.make()
        signal.connect(receive)
        signal.connect(other, "sender")
        blocks: dict[str, Any] = {name: signal.muted(*muting[name]) for name in "abc"}
        entered: set[str] = set()
        for name in steps:
            if name in entered:
                blocks[name].__exit__(None, None, None)
            else:
                blocks[name].__enter__()
            entered ^= {name}
            wanted: list[object] = [] if entered else [None]
            wanted += [] if entered & {"a", "c"} else ["other"]
            assert face.values(signal, "sender") == wanted


@on(*EVERY, blinker=Fails(REASON))
def test_e5_blocks_of_two_threads_are_restored_exactly(face: Face) -> None:
    """The thread that leaves first leaves the silence of the other, for every thread."""
    signal, first, second = face.make(), threading.Event(), threading.Event()
    signal.connect(receive)

    def mute_longer() -> None:
        with signal.muted():
            first.set()
            assert second.wait(60)

    work = Work(mute_longer)
    assert first.wait(60)
    with signal.muted():
        assert in_thread(lambda: face.values(signal)) == []
    silent = [face.values(signal), in_thread(lambda: face.values(signal))]
    second.set()
    work.finish()

    assert silent == [[], []]
    assert face.values(signal) == [None]


@on(*EVERY)  # blinker fails only if the threads meet
def test_e5_many_threads_leave_no_silence_behind(face: Face) -> None:
    """Four threads that mute and send hear no receiver, and leave no silence behind."""
    signal, heard = face.make(), list[object]()
    signal.connect(receive)
    start = threading.Barrier(4)

    def mute_and_send() -> None:
        start.wait(60)
        for _ in range(300):
            with signal.muted():
                heard.extend(face.values(signal))

    with switching_as_often_as_possible():
        in_threads(*[mute_and_send] * 4)

    assert heard == []
    assert face.values(signal) == [None]


@pytest.mark.anyio
@on(*EVERY, blinker=Fails(REASON))
async def test_e5_blocks_of_two_tasks_are_restored_exactly_across_await(face: Face) -> None:
    """Whichever task leaves first, the signal is silent until the other one has left."""
    signal = face.make()

    async def answer(sender: object, payload: object) -> object:
        return payload

    async def mute(entered: anyio.Event, leave: anyio.Event, left: anyio.Event) -> None:
        with signal.muted():
            entered.set()
            await leave.wait()
        left.set()

    signal.connect(answer)
    silent: list[object] = []
    for order in ((0, 1), (1, 0)):
        events = [[anyio.Event() for _ in range(3)] for _ in range(2)]
        async with anyio.create_task_group() as tasks:
            for entered, leave, left in events:
                tasks.start_soon(mute, entered, leave, left)
                await entered.wait()
            for each in order:
                silent.append(list(await face.send_async(signal, None, "payload")))
                events[each][1].set()
                await events[each][2].wait()

        assert [value for _, value in await face.send_async(signal, None, 1)] == [1]
    assert silent == [[]] * 4


@pytest.mark.anyio
@on(*EVERY, blinker=True)
async def test_e5_a_block_that_fails_or_is_cancelled_is_left(face: Face) -> None:
    """A block ended by an exception or a cancellation ends its silence."""
    signal = face.make()
    signal.connect(receive)
    for error in (ValueError, KeyboardInterrupt, GeneratorExit, SystemExit):
        with pytest.raises(error), signal.muted():
            raise error
        assert face.values(signal) == [None]
    with anyio.CancelScope() as scope:
        with signal.muted():
            scope.cancel()
            await anyio.sleep_forever()
    assert face.values(signal) == [None]


# -- E8 ----------------------------------------------------------------------------------------


class Own(BaseException):
    """What is no `Exception`, of a program's own."""


RAISED = [SystemExit, KeyboardInterrupt, GeneratorExit, Own]


def send_robustly(face: Face, signal: Any, sender: object) -> Any:
    """Send so that no `Exception` of a receiver comes out."""
    if face is SIGNAL:
        return signal.send_robust(sender, "payload")
    return signal.send_robust(sender, payload="payload")


async def send_robustly_async(face: Face, signal: Any, sender: object) -> Any:
    """Send so, and await."""
    if face is SIGNAL:
        return await signal.send_robust_async(sender, "payload")
    return await signal.send_robust_async(sender, payload="payload")


class Stage:
    """A signal with a receiver before and one behind the one that raises."""

    def __init__(self, face: Face, failing: Any, **options: bool) -> None:
        self.face = face
        self.signal = face.make()
        self.calls: list[str] = []
        self.kept: list[Callable[..., object]] = [self.make("before"), self.make("behind")]
        self.failing = failing
        for receiver in (self.kept[0], failing, self.kept[1]):
            self.signal.connect(receiver, **(options if receiver is failing else {}))

    def make(self, name: str) -> Callable[[object, object], object]:
        """Make a receiver that notes its call."""

        def note(sender: object, payload: object) -> str:
            self.calls.append(name)
            return name

        return note

    def expect_nothing_left(self, *, connected: bool) -> None:
        """Require that nobody behind was called, and that all is as it was."""
        assert self.calls == ["before"]
        assert self.signal.disconnect(self.failing) is (None if self.face not in OWN else connected)
        assert self.face.values(self.signal) == ["before", "behind"]
        assert in_thread(lambda: self.face.values(self.signal)) == ["before", "behind"]
        assert len(list(self.signal.receivers_for(None))) == 2


def fail_with(kind: type[BaseException]) -> Any:
    """Make a receiver that raises it."""

    def fail(sender: object, payload: object) -> object:
        raise kind

    return fail


def fail_async_with(kind: type[BaseException]) -> Any:
    """Make an async receiver that raises it, after it was suspended."""

    async def fail(sender: object, payload: object) -> object:
        await anyio.lowlevel.checkpoint()
        raise kind

    return fail


@on(*EVERY)
@pytest.mark.parametrize("kind", RAISED)
def test_e8_what_is_no_exception_ends_send_at_once(face: Face, kind: type[BaseException]) -> None:
    """`send` raises it as it is, nobody behind is called, and the signal is as it was."""
    stage = Stage(face, fail_with(kind))
    with pytest.raises(kind):
        face.send(stage.signal, None, "payload")
    stage.expect_nothing_left(connected=True)


@on(*OWN)
@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("kind", RAISED)
def test_e8_what_is_no_exception_ends_send_robust_at_once(
    face: Face, kind: type[BaseException], once: bool
) -> None:
    """`send_robust` raises it, too, and it is no outcome; a `once` is used up."""
    stage = Stage(face, fail_with(kind), once=once)
    with pytest.raises(kind):
        send_robustly(face, stage.signal, None)
    stage.expect_nothing_left(connected=not once)


@pytest.mark.anyio
@on(*EVERY)
@pytest.mark.parametrize("make", [fail_with, fail_async_with], ids=["sync", "async"])
@pytest.mark.parametrize("kind", RAISED)
async def test_e8_what_is_no_exception_ends_an_async_sending_at_once(
    face: Face, kind: type[BaseException], make: Any
) -> None:
    """`send_async` raises it, too, be the receiver sync or async."""
    stage = Stage(face, make(kind))
    with pytest.raises(kind):
        await face.send_async(stage.signal, None, "payload")
    stage.expect_nothing_left(connected=True)


@pytest.mark.anyio
@on(*OWN)
@pytest.mark.parametrize("make", [fail_with, fail_async_with], ids=["sync", "async"])
@pytest.mark.parametrize("kind", RAISED)
async def test_e8_what_is_no_exception_ends_a_robust_async_sending_at_once(
    face: Face, kind: type[BaseException], make: Any
) -> None:
    """`send_robust_async` raises it, too, and it is no outcome."""
    stage = Stage(face, make(kind))
    with pytest.raises(kind):
        await send_robustly_async(face, stage.signal, None)
    stage.expect_nothing_left(connected=True)


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("kind", RAISED)
def test_e8_blocks_around_such_a_sending_are_left(face: Face, kind: type[BaseException]) -> None:
    """What `connected_to` and `muted` began ends with their blocks."""
    signal, owner = face.make(), Owner()
    fail = fail_with(kind)
    with pytest.raises(kind), signal.connected_to(fail), signal.connected_to(owner.receive):
        face.send(signal, None, "payload")
    assert face.values(signal) == []
    signal.connect(receive)
    with pytest.raises(kind), signal.muted():
        raise kind
    assert face.values(signal, None, "payload") == ["payload"]

"""Faults of senders that come and go: what is remembered of them, and what is said of it."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# Lambdas have no annotations.

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import pytest

from tests.behaviour.recording import lost_receivers
from tests.faults.faces import EVERY, OWN, Face, Fails, on
from tests.faults.receiving import Owner, make_function, receive


class Slotted:
    """A sender that takes no weak reference."""

    __slots__ = ()


# -- S9 ----------------------------------------------------------------------------------------


def measure_reachable(root: object) -> int:
    """Give the bytes of all that is kept by this object, code aside."""
    seen: dict[int, object] = {}
    found: list[object] = [root]
    while found:
        each = found.pop()
        if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType):
            seen[id(each)] = each
            found += gc.get_referents(each)
    return sum(sys.getsizeof(each) for each in seen.values())


def connect_and_end(face: Face, signal: Any, make: Callable[[int], object], count: int) -> None:
    """Connect to many senders, one after another, send, and end each connection."""
    for number in range(count):
        sender = make(number)
        signal.connect(receive, sender)
        face.send(signal, sender, None)
        if number % 2 or type(sender) is not Owner:
            signal.disconnect(receive, sender)
        del sender  # the other half of the owners die


SENDING: dict[str, Callable[[int], object]] = {
    "objects": lambda _: Owner(),
    "texts": lambda number: f"sender {number}",
    "ints": lambda number: number + 10**6,
    "slots instances": lambda _: Slotted(),
}


@on(*EVERY, blinker=Fails("every sender leaves an entry behind"))
@pytest.mark.parametrize("kind", SENDING)
def test_s9_bookkeeping_returns_to_zero(face: Face, kind: str) -> None:
    """20,000 senders, connected, sent and ended, leave no entry in any table."""
    signal = face.make()
    connect_and_end(face, signal, SENDING[kind], 1000)  # blinker's users see the last 64 of them
    before = measure_reachable(signal)
    connect_and_end(face, signal, SENDING[kind], 20_000)

    assert measure_reachable(signal) <= before + 5000  # not a byte for each
    assert not signal.receivers


@on(*EVERY, blinker=Fails("every sender leaves an entry behind, 5.8 MB for 20,000 of them"))
def test_s9_memory_returns_to_what_it_was(face: Face) -> None:
    """4,000 senders, connected, sent and ended, leave no memory behind, by `tracemalloc`."""
    signal = face.make()
    for make in SENDING.values():
        connect_and_end(face, signal, make, 500)
    gc.collect()
    tracemalloc.start()
    try:
        for make in SENDING.values():
            connect_and_end(face, signal, make, 1000)
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert grown < 100_000  # of which 64 remembered ones are the most


# -- S10 ---------------------------------------------------------------------------------------


class Stage:
    """A signal with one receiver for `ANY` of other senders' and one for the sender in question."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.signal = face.make()
        self.owner: Owner | None = Owner()
        self.sender: Owner | None = Owner()
        self.function: Any = make_function()

    def connect(self, receiver: Any = receive, sender: object = None, **options: bool) -> None:
        """Connect to the sender, or to another one."""
        self.signal.connect(receiver, self.sender if sender is None else sender, **options)


def end_by_disconnect(stage: Stage) -> None:
    """Disconnect the receiver altogether."""
    stage.connect()
    stage.signal.disconnect(receive)


def end_by_disconnect_from_the_sender(stage: Stage) -> None:
    """Disconnect the receiver from the sender alone."""
    stage.connect()
    stage.connect(sender="another")
    stage.signal.disconnect(receive, stage.sender)


def end_by_disconnect_of_a_strong_one(stage: Stage) -> None:
    """Disconnect a strong receiver from its only sender."""
    stage.connect(weak=False)
    stage.signal.disconnect(receive, stage.sender)


def end_by_death_of_a_function(stage: Stage) -> None:
    """Lose the receiver."""
    stage.connect(stage.function)
    stage.function = None


def end_by_death_of_the_owner(stage: Stage) -> None:
    """Free the owner of the receiver."""
    assert stage.owner is not None
    stage.connect(stage.owner.receive)
    stage.owner = None


def end_by_leaving_a_block(stage: Stage) -> None:
    """Leave the block of `connected_to`."""
    with stage.signal.connected_to(receive, stage.sender):
        assert stage.signal.has_receivers_for(stage.sender)


def end_by_a_first_call(stage: Stage) -> None:
    """Use up the receiver's one call."""
    stage.connect(once=True)
    assert stage.signal.has_receivers_for(stage.sender)
    stage.face.send(stage.signal, stage.sender, None)


EXACT_IN_BLINKER = [
    end_by_disconnect,
    end_by_death_of_a_function,
    end_by_death_of_the_owner,
    end_by_leaving_a_block,
]
NOT_IN_BLINKER = [end_by_disconnect_from_the_sender, end_by_disconnect_of_a_strong_one]


def name_of(end: Any) -> str:
    """Name an end for the id of a test."""
    name: str = end.__name__.removeprefix("end_by_")
    return name


def expect_nobody(face: Face, end: Callable[[Stage], None]) -> None:
    """Require that nobody is there after an end, and that everyone is again afterwards."""
    stage = Stage(face)
    with lost_receivers():
        end(stage)
        assert stage.signal.has_receivers_for(stage.sender) is False
        assert stage.signal.has_receivers_for(Owner()) is False
        assert list(stage.signal.receivers_for(stage.sender)) == []
        assert face.values(stage.signal, stage.sender) == []
    stage.connect()
    assert stage.signal.has_receivers_for(stage.sender) is True
    with stage.signal.muted():  # it is silent, and there
        assert stage.signal.has_receivers_for(stage.sender) is True
    stage.signal.disconnect(receive)
    stage.signal.connect(receive)
    assert stage.signal.has_receivers_for(stage.sender) is True
    assert stage.signal.has_receivers_for(None) is True


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("end", EXACT_IN_BLINKER, ids=name_of)
def test_s10_has_receivers_for_is_exact_after_an_end(
    face: Face, end: Callable[[Stage], None]
) -> None:
    """It says no as soon as the last receiver was disconnected, has died or was left."""
    expect_nobody(face, end)


@on(*EVERY, blinker=Fails("it goes on to say yes"))
@pytest.mark.parametrize("end", NOT_IN_BLINKER, ids=name_of)
def test_s10_has_receivers_for_is_exact_after_a_disconnect_from_one_sender(
    face: Face, end: Callable[[Stage], None]
) -> None:
    """After a disconnect from one sender it says no for that one, and yes for the others."""
    expect_nobody(face, end)


@on(*OWN)
def test_s10_has_receivers_for_is_exact_after_a_first_call(face: Face) -> None:
    """A used-up `once` connection does not count."""
    expect_nobody(face, end_by_a_first_call)


@on(*EVERY, blinker=True)
def test_s10_has_receivers_for_is_exact_after_the_death_of_a_sender(face: Face) -> None:
    """No new sender is said to have the receivers of a dead one, whichever id it has."""
    signal = face.make()
    for _ in range(100):
        signal.connect(receive, Owner())
        assert not signal.has_receivers_for(Owner())
        assert not signal.has_receivers_for(None)

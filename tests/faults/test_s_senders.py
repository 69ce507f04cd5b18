"""Faults of senders: which are the same, which are kept, and what is remembered of them."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# Lambdas have no annotations.

from __future__ import annotations

import enum
import gc
import sys
import tracemalloc
import weakref
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import pytest

from tests.behaviour.recording import lost_receivers
from tests.faults.faces import DROP_IN, EVERY, OWN, Face, Fails, on
from tests.faults.receiving import Owner, make_function, receive


class Slotted:
    """A sender that takes no weak reference."""

    __slots__ = ()


class Number(enum.IntEnum):
    """Members that are ints."""

    ONE = 1
    ZERO = 0


class Letter(enum.StrEnum):
    """Members that are texts."""

    A = "1"
    NONE = ""


class Text(str):
    """A text of a class of its own."""

    __slots__ = ()


def heard(face: Face, signal: Any, senders: dict[str, object]) -> dict[str, list[object]]:
    """Give by name of each sender what a sending of it comes to."""
    return {name: face.values(signal, sender) for name, sender in senders.items()}


def connect_each(signal: Any, senders: dict[str, object]) -> list[object]:
    """Connect to each sender a receiver that gives its name; give what keeps them."""

    def make(name: str) -> Callable[[object, object], str]:
        return lambda sender, payload: name

    receivers = {name: make(name) for name in senders}
    for name, sender in senders.items():
        signal.connect(receivers[name], sender)
    return list(receivers.values())


# -- S1 ----------------------------------------------------------------------------------------

EMPTY: dict[str, object] = {"None": None, "empty text": "", "empty bytes": b"", "empty tuple": ()}
ZERO: dict[str, object] = {"0": 0, "False": False, "0.0": 0.0}


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("name", EMPTY)
def test_s1_what_is_empty_is_a_sender_like_any_other(face: Face, name: str) -> None:
    """Its receivers hear of it alone, and those of others do not."""
    signal = face.make()
    signal.connect(receive, EMPTY[name])

    assert heard(face, signal, EMPTY) == {each: [None] if each == name else [] for each in EMPTY}
    assert {each: signal.has_receivers_for(EMPTY[each]) for each in EMPTY} == {
        each: each == name for each in EMPTY
    }
    assert face.values(signal, Owner()) == []


@on(*OWN, blinker=Fails("0 and False stand for ANY"))
@pytest.mark.parametrize("name", ZERO)
def test_s1_zero_and_false_are_senders_like_any_other(face: Face, name: str) -> None:
    """Each is connected, heard, asked for and disconnected for itself, never for every sender."""
    signal = face.make()
    signal.connect(receive, ZERO[name])
    signal.connect(receive, "another")

    assert {each: face.values(signal, ZERO[each]) for each in ZERO} == {
        each: [None] if each == name else [] for each in ZERO
    }
    assert face.values(signal, None) == []
    assert not signal.has_receivers_for(None)
    signal.disconnect(receive, ZERO[name])
    assert not signal.has_receivers_for(ZERO[name])
    assert face.values(signal, "another") == [None]


# blinker's rule: ints match by value, and `False == 0`; what is mended is that 0 stood for ANY.
@on(DROP_IN, blinker=Fails("0 and False stand for ANY"))
@pytest.mark.parametrize("sender", [0, False])
def test_s1_in_the_drop_in_zero_and_false_are_one_sender(face: Face, sender: object) -> None:
    """They match each other by value, as all ints do there, and nothing else."""
    signal = face.make()
    signal.connect(receive, sender)

    assert {each: face.values(signal, ZERO[each]) for each in ZERO} == {
        "0": [None],
        "False": [None],
        "0.0": [],
    }
    assert face.values(signal, None) == []
    assert face.values(signal, "") == []


# -- S2 ----------------------------------------------------------------------------------------

EQUAL: dict[str, object] = {
    "1": 1,
    "True": True,
    "1.0": 1.0,
    "IntEnum member": Number.ONE,
    "str enum member": Letter.A,
    "text": "1",
    "bytes": b"1",
    "text of a class of its own": Text("1"),
}


# blinker matches texts and ints by value, whatever their class: see the next test.
@on(*OWN)
def test_s2_equal_values_of_different_types_are_different_senders(face: Face) -> None:
    """`1`, `True`, `1.0`, and enum members of these values are a sender each."""
    signal = face.make()
    kept = connect_each(signal, EQUAL)

    assert heard(face, signal, EQUAL) == {name: [name] for name in EQUAL}
    assert len(kept) == len(signal.receivers)


@on(DROP_IN, blinker=Fails("receivers of one sender have no order"))
def test_s2_in_the_drop_in_texts_and_ints_match_by_value(face: Face) -> None:
    """By blinker's rule an int, a bool and an IntEnum member of one value are one sender."""
    signal = face.make()
    kept = [*connect_each(signal, EQUAL), *connect_each(signal, dict(reversed(EQUAL.items())))]
    ints, texts = ["1", "True", "IntEnum member"], ["str enum member", "text"]
    texts.append("text of a class of its own")

    for same in (ints, texts):
        for name in same:
            assert heard(face, signal, {name: EQUAL[name]}) == {name: [*same, *reversed(same)]}
    for name in ("1.0", "bytes"):
        assert heard(face, signal, {name: EQUAL[name]}) == {name: [name] * 2}
    assert len(kept) == len(signal.receivers)


@on(*EVERY, blinker=True)
@pytest.mark.parametrize(
    "make",
    [lambda: str(int("12345678")), lambda: int("12345678")],
    ids=["text", "int"],
)
def test_s2_texts_and_numbers_match_whichever_object_they_are(
    face: Face, make: Callable[[], object]
) -> None:
    """A sender that is a text or an int is the same wherever it was made."""
    signal = face.make()
    signal.connect(receive, make())
    gc.collect()

    assert face.values(signal, make(), "payload") == ["payload"]
    signal.disconnect(receive, make())
    assert not signal.receivers_for(make()) or list(signal.receivers_for(make())) == []


# -- S3, S4 ------------------------------------------------------------------------------------


@on(*EVERY, blinker=Fails("an int is taken for the object with that id"))
def test_s3_an_int_is_not_taken_for_the_object_with_that_id(face: Face) -> None:
    """Neither is a sending of the one heard as the other, nor a disconnect taken for it."""
    signal, sender = face.make(), Owner()
    signal.connect(receive, id(sender))
    assert face.values(signal, sender) == []
    assert face.values(signal, id(sender)) == [None]
    signal.disconnect(receive, sender)
    assert face.values(signal, id(sender)) == [None]

    signal.disconnect(receive, id(sender))
    signal.connect(receive, sender)
    assert face.values(signal, id(sender)) == []
    assert face.values(signal, sender) == [None]


MAKING: dict[str, Callable[[], object]] = {
    "slots instance": Slotted,
    "tuple": lambda: (object(),),
    "list": lambda: [None],
    "object": object,
    "slots method": lambda: Slotted().__repr__,
}


@on(*EVERY, blinker=Fails("the id of the dead sender is kept, and matches whatever has it next"))
def test_s4_the_id_of_a_dead_sender_is_never_taken_for_it(face: Face) -> None:
    """In 200 of 200 tries a new object is not taken for one that takes no weak reference."""
    wrong = dict.fromkeys(MAKING, 0)
    for kind, make in MAKING.items():
        for _ in range(200):
            signal = face.make()
            signal.connect(receive, make())  # the only reference here is gone
            others = [make() for _ in range(20)]
            wrong[kind] += any(face.values(signal, other) for other in others)

    assert wrong == dict.fromkeys(MAKING, 0)


@on(*EVERY, blinker=True)
def test_s4_the_id_of_a_dead_sender_is_free_for_another(face: Face) -> None:
    """Where a sender can be weakly referenced, its connections end with it, and its id is free."""
    signal, wrong, right = face.make(), 0, 0
    for number in range(200):
        signal.connect(receive, Owner())
        others = [Owner() for _ in range(5)]
        wrong += any(face.values(signal, other) for other in others)
        signal.connect(receive, others[0])
        right += face.values(signal, others[0], number) == [number]

    assert (wrong, right) == (0, 200)


# -- S5, S6 ------------------------------------------------------------------------------------

UNHASHABLE: dict[str, Callable[[], Any]] = {
    "list": list,
    "dict": dict,
    "set": set,
    "bytearray": bytearray,
    "equal by value": lambda: type("ByValue", (), {"__eq__": lambda self, other: True})(),
}


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("kind", UNHASHABLE)
def test_s5_an_unhashable_sender_works(face: Face, kind: str) -> None:
    """It is told from every other by identity, though they are equal, in all that can be asked."""
    signal, sender, other = face.make(), UNHASHABLE[kind](), UNHASHABLE[kind]()
    assert sender == other
    signal.connect(receive, sender)

    assert face.values(signal, sender, "payload") == ["payload"]
    assert face.values(signal, other) == []
    assert signal.has_receivers_for(sender)
    assert not signal.has_receivers_for(other)
    assert list(signal.receivers_for(sender)) == [receive]
    with signal.connected_to(receive, other):
        assert face.values(signal, other, "payload") == ["payload"]
    signal.disconnect(receive, sender)
    assert face.values(signal, sender) == []


# -- S7, S8 ------------------------------------------------------------------------------------


@on(*EVERY, blinker=True)
def test_s7_a_bound_method_as_sender_matches_another_access_of_it(face: Face) -> None:
    """It is known by its object and function, and no other method is taken for it."""
    signal, owner, other = face.make(), Owner(), Owner()
    signal.connect(receive, owner.receive)
    gc.collect()

    assert face.values(signal, owner.receive, "payload") == ["payload"]
    for sender in (owner, owner.receive_too, other.receive, Owner.receive):
        assert face.values(signal, sender) == []
        assert not signal.has_receivers_for(sender)
        signal.disconnect(receive, sender)
    assert signal.has_receivers_for(owner.receive)
    signal.disconnect(receive, owner.receive)
    assert face.values(signal, owner.receive) == []


@on(*EVERY, blinker=True)
def test_s7_a_connection_to_a_bound_method_ends_with_its_object(face: Face) -> None:
    """The object is not kept alive by it."""
    signal, owner = face.make(), Owner()
    signal.connect(receive, owner.receive)
    ref = weakref.ref(owner)
    del owner

    assert ref() is None
    assert list(signal.receivers_for(None)) == []


@on(*EVERY, blinker=True)
def test_s8_a_live_weak_proxy_is_a_sender_of_its_own(face: Face) -> None:
    """It is told from what it stands for, and matches the same proxy, asked for again."""
    signal, owner = face.make(), Owner()
    proxy = weakref.proxy(owner)
    signal.connect(receive, proxy)

    assert face.values(signal, proxy, "payload") == ["payload"]
    assert face.values(signal, weakref.proxy(owner), "payload") == ["payload"]
    assert face.values(signal, owner) == []
    signal.connect(receive, owner)
    signal.disconnect(receive, proxy)
    assert face.values(signal, owner, "payload") == ["payload"]
    assert face.values(signal, proxy) == []


@on(*EVERY)
def test_s8_a_dead_weak_proxy_stays_a_sender(face: Face) -> None:
    """It is kept by its connection and can be sent, asked for and disconnected."""
    signal, owner = face.make(), Owner()
    proxy = weakref.proxy(owner)
    signal.connect(receive, proxy)
    del owner

    assert face.values(signal, proxy, "payload") == ["payload"]
    assert signal.has_receivers_for(proxy)
    signal.disconnect(receive, proxy)
    assert not signal.receivers


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
    """20,000 senders connected, sent and ended leave no entry in any table, which are as small."""
    signal = face.make()
    connect_and_end(face, signal, SENDING[kind], 1000)  # blinker's users see the last 64 of them
    before = measure_reachable(signal)
    connect_and_end(face, signal, SENDING[kind], 20_000)

    assert measure_reachable(signal) <= before + 5000  # not a byte for each
    assert not signal.receivers


@on(*EVERY, blinker=Fails("every sender leaves an entry behind, 5.8 MB for 20,000 of them"))
def test_s9_memory_returns_to_what_it_was(face: Face) -> None:
    """Nothing else in the process remembers them either."""
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
    """It says no for that sender, and goes on to say yes for the others."""
    expect_nobody(face, end)


@on(*OWN)
def test_s10_has_receivers_for_is_exact_after_a_first_call(face: Face) -> None:
    """A used-up `once` connection does not count."""
    expect_nobody(face, end_by_a_first_call)


@on(*EVERY, blinker=True)
def test_s10_has_receivers_for_is_exact_after_the_death_of_a_sender(face: Face) -> None:
    """No sender is left with receivers that were another's, whichever id it has."""
    signal = face.make()
    for _ in range(100):
        signal.connect(receive, Owner())
        assert not signal.has_receivers_for(Owner())
        assert not signal.has_receivers_for(None)

"""Faults of senders: which of them are the same, and which are kept."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# Lambdas have no annotations.

from __future__ import annotations

import enum
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.faces import DROP_IN, EVERY, OWN, Face, Fails, on
from tests.faults.receiving import Owner, receive


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
    """Receivers of `None` or of what is empty hear of it alone, and those of others do not."""
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
    """0, `False` and 0.0 are each connected, heard and disconnected for themselves alone."""
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
    """0 and `False` match each other by value, as all ints do there, and nothing else."""
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


@on(DROP_IN)  # those of one sender have no order in blinker: it would pass now and then
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
    """Neither sendings nor disconnects of the one are taken for those of the other."""
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
    """It is told by identity from all others, equal ones too, in all that can be done with it."""
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
    """The connection ends with the object of the method, which it does not keep alive."""
    signal, owner = face.make(), Owner()
    signal.connect(receive, owner.receive)
    ref = weakref.ref(owner)
    del owner

    assert ref() is None
    assert list(signal.receivers_for(None)) == []


@on(*EVERY, blinker=True)
def test_s8_a_live_weak_proxy_is_a_sender_of_its_own(face: Face) -> None:
    """A proxy is told from what it stands for; the same proxy, asked for again, matches."""
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
    """A dead proxy is kept by its connection, and can be sent, asked for and disconnected."""
    signal, owner = face.make(), Owner()
    proxy = weakref.proxy(owner)
    signal.connect(receive, proxy)
    del owner

    assert face.values(signal, proxy, "payload") == ["payload"]
    assert signal.has_receivers_for(proxy)
    signal.disconnect(receive, proxy)
    assert not signal.receivers

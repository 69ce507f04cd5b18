"""Faults of receivers: what is connected, and how it is held."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# Lambdas have no annotations.

from __future__ import annotations

import functools
import gc
import operator
import sys
import warnings
import weakref
from collections.abc import Callable
from types import MethodType
from typing import Any
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec

import pytest

from aldis import AsyncReceiverError, LostReceiverWarning
from aldis.exceptions import WeakReferenceError
from tests.behaviour.recording import lost_receivers
from tests.faults.faces import DROP_IN, EVERY, OWN, Face, Fails, on
from tests.faults.receiving import Owner, make_function, receive


def receive_as_method(self: object, sender: object, payload: object) -> object:
    """Give the payload back."""
    return payload


class Called:
    """An object that is a receiver."""

    def __call__(self, sender: object, payload: object) -> object:
        """Give the payload back."""
        return payload


class Slotted:
    """An object that is a receiver, and takes no weak reference."""

    __slots__ = ()

    def __call__(self, sender: object, payload: object) -> object:
        """Give the payload back."""
        return payload

    def receive(self, sender: object, payload: object) -> object:
        """Give the payload back."""
        return payload


class Made:
    """A class whose instances are made of a sender and a payload."""

    def __init__(self, sender: object, payload: object) -> None:
        self.payload = payload


class Meta(type):
    """A class of classes, each with a receiver."""

    def receive(cls, sender: object, payload: object) -> object:
        """Give the payload back."""
        return payload


class Classy(metaclass=Meta):
    """A class with a bound method of its own."""


# Each makes a receiver that nobody else has, and gives the name that messages have of it. What is
# called gives back the payload; a text's method, which takes anything, gives back the text.
_partial: Any = functools.partial
DIES_AT_ONCE: dict[str, tuple[Callable[[], Any], str]] = {
    "method of a list": (lambda: [].append, "builtin_function_or_method"),
    "method of a dict": (lambda: {}.update, "builtin_function_or_method"),
    "method of a text": (lambda: "payload".format, "builtin_function_or_method"),
}
NOT_WEAKLY: dict[str, tuple[Callable[[], Any], str]] = {
    "slots instance": (Slotted, "Slotted"),
    "method of a slots instance": (lambda: Slotted().receive, "Slotted.receive"),
    "method of a number": (lambda: MethodType(receive_as_method, 7), "receive_as_method"),
    "method-wrapper": (lambda: _partial(receive).__call__, "method-wrapper"),
}
WEAKLY: dict[str, Callable[[], Any]] = {
    "function": make_function,
    "partial": lambda: _partial(receive),
    "partial of a method": lambda: _partial(Owner().receive),
    "cached function": lambda: functools.lru_cache(make_function()),
    "object": Called,
    "mock": lambda: Mock(return_value="payload"),
}
STRONGLY: dict[str, Callable[[], Any]] = {
    **{kind: make for kind, (make, _) in NOT_WEAKLY.items()},
    **{kind: make for kind, make in WEAKLY.items() if kind != "mock"},  # which refers to itself
    "method of a text": DIES_AT_ONCE["method of a text"][0],
    "method of an object": lambda: Owner().receive,
}


# -- W1 -----------------------------------------------------------------------------------------


def lose_lambda(signal: Any) -> None:
    """Connect a lambda that nobody keeps."""
    signal.connect(lambda sender, payload: payload)


def lose_nested(signal: Any) -> None:
    """Connect a nested function that nobody keeps."""
    signal.connect(make_function())


def lose_partial(signal: Any) -> None:
    """Connect a partial that nobody keeps."""
    signal.connect(_partial(receive))


THERE, THERE_FILE = receive.__module__, receive.__code__.co_filename
LOSING = [
    pytest.param(
        lose_lambda, f"{__name__}.lose_lambda.<locals>.<lambda> ({__file__}:", id="lambda"
    ),
    pytest.param(
        lose_nested, f"{THERE}.make_function.<locals>.function ({THERE_FILE}:", id="nested function"
    ),
    pytest.param(lose_partial, f"a partial of {THERE}.receive ({THERE_FILE}:", id="partial"),
]


@on(*OWN, blinker=Fails("nothing is said of it"))
@pytest.mark.parametrize(("lose", "name"), LOSING)
def test_w1_a_lost_function_is_told_of_once(face: Face, lose: Any, name: str) -> None:
    """A `LostReceiverWarning`, given once, names it, where it was defined, and the mend."""
    signal = face.make()
    lose(signal)
    with lost_receivers() as lost:
        assert face.values(signal) == []
        assert face.values(signal) == []
        assert not signal.receivers

    assert len(lost) == 1
    text = str(lost[0])
    assert name in text
    assert text.endswith("pass weak=False, or keep a reference to it")


@on(DROP_IN)  # it is as silent as blinker until it is told to speak up
@pytest.mark.parametrize(("lose", "name"), LOSING)
def test_w1_the_drop_in_tells_of_a_lost_function_where_it_is_asked_to(
    face: Face, lose: Any, name: str
) -> None:
    """As silent as blinker, until `warn_of_lost_receivers` is set: then it warns the same."""
    signal = face.make()
    lose(signal)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert face.values(signal) == []
    signal.warn_of_lost_receivers = True
    lose(signal)
    with lost_receivers() as lost:
        assert face.values(signal) == []
        assert face.values(signal) == []

    assert len(lost) == 1
    assert name in str(lost[0])


@on(*OWN)
def test_w1_a_warning_that_is_an_error_is_raised_once_before_any_receiver(face: Face) -> None:
    """Where a filter makes the warning an error, the next operation raises it and does no more."""
    signal = face.make()
    signal.connect(receive)
    lose_nested(signal)
    with warnings.catch_warnings():
        warnings.simplefilter("error", LostReceiverWarning)
        with pytest.raises(LostReceiverWarning):
            face.values(signal, None, "payload")
        assert face.values(signal, None, "payload") == ["payload"]


# -- W2 -----------------------------------------------------------------------------------------


def refused_and_forgotten(signal: Any, receiver: object) -> str:
    """Have a signal refuse to connect a receiver weakly, see that it keeps nothing of it."""
    references = sys.getrefcount(receiver)
    with pytest.raises(TypeError) as caught:
        signal.connect(receiver)
    text = str(caught.value)
    del caught

    assert sys.getrefcount(receiver) == references
    assert not signal.receivers
    assert not signal.has_receivers_for(None)
    return text


@on(
    *EVERY, blinker=Fails("it is connected, and lost at once without a word", pytest.fail.Exception)
)
@pytest.mark.parametrize("kind", DIES_AT_ONCE)
def test_w2_a_c_method_is_refused_weakly(face: Face, kind: str) -> None:
    """A `TypeError` refuses what would be gone at once, and nothing is left behind."""
    make, name = DIES_AT_ONCE[kind]
    assert name in refused_and_forgotten(face.make(), make())


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("kind", NOT_WEAKLY)
def test_w2_what_takes_no_weak_reference_is_refused_weakly(face: Face, kind: str) -> None:
    """A `TypeError` refuses to hold it weakly, and nothing is left behind."""
    make, _ = NOT_WEAKLY[kind]
    refused_and_forgotten(face.make(), make())


@on(*EVERY)
@pytest.mark.parametrize("kind", ["method of a dict", "method of a text", *NOT_WEAKLY])
def test_w2_the_refusal_says_what_to_do(face: Face, kind: str) -> None:
    """The error names the receiver, says what stands in the way, and how to connect it."""
    make, name = {**DIES_AT_ONCE, **NOT_WEAKLY}[kind]
    with pytest.raises(WeakReferenceError) as caught:
        face.make().connect(make())

    assert name in str(caught.value)
    assert caught.value.reason
    assert str(caught.value).endswith("; pass weak=False")


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("kind", STRONGLY)
def test_w2_every_kind_of_receiver_works_strongly(face: Face, kind: str) -> None:
    """With `weak=False` each kind is kept, called, and let go of by a disconnect."""
    signal, receiver = face.make(), STRONGLY[kind]()
    target = getattr(receiver, "__self__", receiver)
    references = sys.getrefcount(target)
    signal.connect(receiver, weak=False)
    assert face.values(signal, None, "payload") == ["payload"]
    signal.disconnect(receiver)
    assert face.values(signal, None, "payload") == []
    assert not signal.receivers
    assert sys.getrefcount(target) <= references

    signal.connect(receiver, weak=False)
    del receiver, target
    gc.collect()
    assert face.values(signal, None, "payload") == ["payload"]


# -- W3 -----------------------------------------------------------------------------------------

KINDS: dict[str, Any] = {
    "class method": Owner.receive_as_class,
    "class method of an instance": Owner().receive_as_class,
    "static method": Owner.receive_as_function,
    "static method of an instance": Owner().receive_as_function,
    "type": Made,
    "type's method": Classy.receive,
    "builtin": operator.call,
    "mock": Mock(return_value="payload"),
    "magic mock": MagicMock(return_value="payload"),
    "function's mock": create_autospec(receive, return_value="payload"),
}


def answer(*_: object, payload: object = "payload") -> object:
    """Stand for the sender; `operator.call` calls its first argument with the others."""
    return payload


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("kind", KINDS)
def test_w3_what_is_no_plain_function_is_called_like_one(face: Face, kind: str) -> None:
    """Class and static methods, builtins, types and mocks are connected weakly, and are called."""
    signal, receiver = face.make(), KINDS[kind]
    signal.connect(receiver)
    gc.collect()
    (value,) = face.values(signal, answer, "payload")

    assert getattr(value, "payload", value) == "payload"
    signal.disconnect(receiver)
    assert not signal.receivers


@pytest.mark.anyio
@on(*EVERY)
async def test_w3_an_async_mock_is_an_async_receiver(face: Face) -> None:
    """`send` refuses an `AsyncMock` before any receiver ran, and an async send awaits it."""
    signal, first, mock = face.make(), Mock(return_value=1), AsyncMock(return_value=2)
    signal.connect(first)
    signal.connect(mock)
    with pytest.raises(AsyncReceiverError):
        face.values(signal)
    assert first.call_count == 0

    assert [value for _, value in await face.send_async(signal, None, "payload")] == [1, 2]
    assert mock.await_count == 1


@on(*EVERY, blinker=Fails("it is connected, and fails when it is sent", pytest.fail.Exception))
def test_w3_a_class_method_object_is_refused(face: Face) -> None:
    """The `classmethod` object in a class body cannot be called: a `TypeError` says so."""
    signal = face.make()
    with pytest.raises(TypeError):
        signal.connect(vars(Owner)["receive_as_class"], weak=False)

    assert not signal.receivers


# -- W7 -----------------------------------------------------------------------------------------


@on(*OWN)
def test_w7_the_last_word_on_a_pair_of_receiver_and_sender_counts(face: Face) -> None:
    """Reconnecting a pair replaces all its options and keeps its place; no other pair changes."""
    signal, owner, sender = face.make(), Owner(), Owner()
    others = (face.any, sender, "text", 1, True, None)
    for other in others:
        signal.connect(owner.receive, other, once=other is None)
        signal.connect(receive, other)
    before = signal.connections
    signal.connect(owner.receive, sender, weak=False, once=True, priority=5, to_thread=True)
    signal.connect(owner.receive, sender, weak=False, priority=-5)
    signal.connect(owner.receive, sender, weak=True, once=True)

    after = signal.connections
    options = ("sender", "weak", "once", "priority", "to_thread", "receiver")
    changed = {
        (place, option)
        for place, (old, new) in enumerate(zip(before, after, strict=True))
        for option in options
        if getattr(old, option) != getattr(new, option)
    }
    assert changed == {(2, "once")}
    del before, after, owner
    gc.collect()
    assert signal.receivers == (receive,)  # the strong ones have left nothing behind


@on(*OWN, blinker=Fails("the reference to the receiver is one for all its senders"))
def test_w7_strong_for_one_sender_is_weak_for_another(face: Face) -> None:
    """A pair is held as strongly as it was connected, whatever the other pairs of its receiver."""
    signal, owner = face.make(), Owner()
    signal.connect(owner.receive, "weakly", weak=True)
    signal.connect(owner.receive, "strongly", weak=False)
    signal.connect(owner.receive, "strongly", weak=True)
    signal.connect(owner.receive, "weakly", weak=False)
    signal.disconnect(owner.receive, "weakly")
    ref = weakref.ref(owner)
    del owner

    assert ref() is None
    assert face.values(signal, "strongly", "payload") == []


# The promise of Aldis's own signals would lose receivers that blinker's users connected strongly.
@on(DROP_IN, blinker=Fails("the second connection makes the first one weak"))
@pytest.mark.parametrize("again", ["first", "second"])
def test_w7_in_the_drop_in_strong_stays_strong(face: Face, again: str) -> None:
    """To connect weakly what is connected strongly changes nothing, until it is disconnected."""
    signal, owner = face.make(), Owner()
    signal.connect(owner.receive, "first", weak=False)
    signal.connect(owner.receive, again, weak=True)
    ref = weakref.ref(owner)
    del owner
    assert face.values(signal, "first", "payload") == ["payload"]

    back: Any = ref()
    signal.disconnect(back.receive, "first")
    del back
    assert ref() is None

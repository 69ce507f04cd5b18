"""Faults of what is handed in: receivers that cannot be called, names that collide, failures."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# Lambdas have no annotations.

from __future__ import annotations

import functools
import itertools
import sys
import types
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypedDict

import pytest

from aldis import KeywordSignal
from aldis.exceptions import (
    GeneratorReceiverError,
    NotCallableError,
    ReceiverError,
    ReceiverSignatureError,
)
from tests.faults.faces import DROP_IN, EVERY, KEYWORD, OWN, SIGNAL, Face, Fails, on
from tests.faults.receiving import Owner, receive


def receive_first(sender: object, payload: object) -> str:
    """Receive, as one who was there before."""
    return "first"


def refused(face: Face, receiver: Any) -> ReceiverError:
    """Have each way of connecting refuse a receiver, and see that nothing has changed."""
    signal, told = face.make(), list[object]()

    def tell(*_: object, **payload: object) -> None:
        told.append(payload)

    signal.connect(receive_first)
    signal.connect(receive_first, "sender")
    if face is not KEYWORD:  # which has no such signals
        signal.receiver_connected.connect(tell)
    error: ReceiverError | None = None
    ways: list[Callable[[], object]] = [
        lambda: signal.connect(receiver, weak=False),
        lambda: signal.connect(receiver, "sender", weak=False),
        lambda: signal.connect_via("sender", weak=False)(receiver),
        lambda: signal.connected_to(receiver).__enter__(),
    ]
    for connect in ways:
        with pytest.raises(TypeError) as caught:
            connect()
        if isinstance(caught.value, ReceiverError):
            error = caught.value
        assert told == []
        assert list(signal.receivers_for("sender")) == [receive_first]
        assert face.values(signal, "sender") == ["first"]
    assert error is not None
    return error


# -- B1 ----------------------------------------------------------------------------------------

NOT_CALLABLE: dict[str, Any] = {
    "None": None,
    "number": 7,
    "text": "receive",
    "object": object(),
    "list": [receive],
    "property": property(lambda self: receive),
    "class method object": vars(Owner)["receive_as_class"],
    "coroutine's name": types.SimpleNamespace(__name__="receive"),
}


@on(*EVERY, blinker=Fails("it is connected, and fails when it is sent", pytest.fail.Exception))
@pytest.mark.parametrize("kind", NOT_CALLABLE)
def test_b1_what_cannot_be_called_is_refused(face: Face, kind: str) -> None:
    """`connect` refuses it by a `TypeError` that says what to pass; nothing has changed."""
    error = refused(face, NOT_CALLABLE[kind])
    assert type(error) is NotCallableError
    assert "is not callable" in str(error)
    assert str(error).endswith("; pass a function, a bound method or an object with __call__")


# -- B2 ----------------------------------------------------------------------------------------

_KINDS = {
    "positional-only": ("", "a, /", "a, b, /", "a, b, c, /", "a, b=1, /"),
    "positional": ("", "sender", "sender, payload", "payload", "sender, other", "payload=1"),
    "variadic": ("", "*args"),
    "keyword-only": ("", "payload", "payload=1", "other", "other=1"),
    "variadic keywords": ("", "**kwargs"),
}


def make_signatures() -> Iterator[str]:
    """Give all lists of parameters that can be made of the above."""
    for only, positional, args, keyword, kwargs in itertools.product(*_KINDS.values()):
        star = args or ("*" if keyword else "")
        listed = ", ".join(part for part in (only, positional, star, keyword, kwargs) if part)
        try:
            compile(f"lambda {listed}: 0", "receiver", "eval")
        except SyntaxError:
            continue  # a name twice, or a default before what has none
        yield listed


SIGNATURES = tuple(dict.fromkeys(make_signatures()))


def make_forms(listed: str) -> dict[str, Callable[..., object]]:
    """Make a receiver with these parameters in each form that has parameters."""
    function: Any = eval(f"lambda {listed}: 'received'")
    behind_self: Any = eval(f"lambda {', '.join(part for part in (SELF, listed) if part)}: None")
    if "/" in listed:
        behind_self = eval(f"lambda {SELF}, {listed}: None")
    calls: Any = type("Calls", (), {"__call__": behind_self})
    made: Any = type("Made", (), {"__init__": behind_self})
    return {
        "function": function,
        "method": types.MethodType(behind_self, Owner()),
        "object": calls(),
        "class": made,
        "partial": functools.partial(function),
        "partial of one": functools.partial(function, "first"),
        "partial of a keyword": functools.partial(function, payload="given"),
        "static method": staticmethod(function),
        "wrapper": functools.wraps(receive)(function),
    }


SELF = "self_"


@on(*OWN)
def test_b2_what_cannot_be_called_as_the_signal_calls_is_refused(face: Face) -> None:
    """Of 384 signatures in nine forms, just those are refused whose call would fail."""
    arguments: tuple[str, ...] = ("sender",)
    keywords = {"payload": "payload"}
    if face is SIGNAL:
        arguments, keywords = ("sender", "payload"), {}
    wrong: list[str] = []
    for listed in SIGNATURES:
        for form, receiver in make_forms(listed).items():
            signal = face.make()
            try:
                receiver(*arguments, **keywords)
                fits = True
            except TypeError:
                fits = False
            try:
                signal.connect(receiver, weak=False)
                accepted = True
            except ReceiverSignatureError:
                accepted = False
            if accepted != fits or len(signal.receivers) != accepted:
                wrong.append(f"{form} ({listed}): {fits=} {accepted=}")

    assert wrong == []
    assert len(SIGNATURES) == 384


@on(*OWN)
def test_b2_the_refusal_shows_the_signature_found_and_the_one_needed(face: Face) -> None:
    """The `TypeError` shows both signatures, the place of the receiver, and the mend."""

    def narrow(sender: object) -> None: ...

    error = refused(face, narrow)
    assert isinstance(error, ReceiverSignatureError)
    text = str(error)
    assert "narrow" in text
    assert f"{__file__}:" in text
    assert "(sender)" in text
    assert f"receiver(sender, payload{'=...' if face is KEYWORD else ''})" in text
    assert text.endswith("; change its parameters to accept that call")


# What a signal of blinker carries is declared nowhere: there is nothing to judge a receiver by.
@on(DROP_IN, blinker=True)
def test_b2_in_the_drop_in_the_call_itself_tells(face: Face) -> None:
    """The payload is declared nowhere, so it is the call that raises the `TypeError`."""
    signal = face.make()

    def narrow(sender: object) -> str:
        return "received"

    signal.connect(narrow)
    with pytest.raises(TypeError, match="payload"):
        face.values(signal)
    assert [value for _, value in signal.send(None)] == ["received"]


# -- B3 ----------------------------------------------------------------------------------------


def generate(sender: object, payload: object) -> Iterator[object]:
    """Iterate."""
    yield payload


async def generate_async(sender: object, payload: object) -> AsyncIterator[object]:
    """Iterate, in an async way."""
    yield payload


class Generates:
    """Has generator functions as methods."""

    def __call__(self, sender: object, payload: object) -> Iterator[object]:
        """Iterate."""
        yield payload

    generate_method = __call__

    async def generate_async(self, sender: object, payload: object) -> AsyncIterator[object]:
        """Iterate, in an async way."""
        yield payload


GENERATORS: dict[str, Any] = {
    "generator function": generate,
    "async generator function": generate_async,
    "lambda": lambda sender, payload: (yield),
    "method": Generates().generate_method,
    "async method": Generates().generate_async,
    "object": Generates(),
    "partial": functools.partial(generate),
    "partial of an async method": functools.partial(Generates().generate_async),
    "static method": staticmethod(generate_async),
}


@on(*OWN)
@pytest.mark.parametrize("kind", GENERATORS)
def test_b3_a_generator_function_is_refused(face: Face, kind: str) -> None:
    """`connect` refuses it by a `TypeError` with the mend, and nothing has changed."""
    error = refused(face, GENERATORS[kind])
    assert type(error) is GeneratorReceiverError
    assert "would never run" in str(error)
    assert str(error).endswith("remove its yield, or connect a function that iterates over it")


# Its sends are documented to give back whatever receivers return, and code iterates over it.
@on(DROP_IN, blinker=True)
@pytest.mark.parametrize("kind", ["generator function", "method", "object"])
def test_b3_in_the_drop_in_a_generator_is_a_result(face: Face, kind: str) -> None:
    """As in blinker, whoever sends gets the generator, and may run it."""
    signal = face.make()
    signal.connect(GENERATORS[kind])
    (value,) = face.values(signal, None, "payload")
    assert isinstance(value, types.GeneratorType)
    assert len(list(value)) == 1


# -- B4 ----------------------------------------------------------------------------------------


def find_names() -> set[str]:
    """Find the name of every parameter and every local variable in Aldis."""
    names: set[str] = {"self", "sender", "payload", "signal", "receiver", "weak", "doc", "name"}
    modules = [each for name, each in sys.modules.items() if name.split(".")[0] == "aldis"]
    found: list[object] = [value for module in modules for value in vars(module).values()]
    for value in found:
        members = list(vars(value).values()) if isinstance(value, type) else [value]
        for member in members:
            function = getattr(member, "__func__", getattr(member, "__wrapped__", member))
            if isinstance(function, types.FunctionType):
                names.update(function.__code__.co_varnames)
    # These two are blinker's own, and not for payloads.
    return {name for name in names if name.isidentifier()} - {"_async_wrapper", "_sync_wrapper"}


NAMES = find_names()


def receive_all(sender: object, /, **payload: object) -> dict[str, object]:
    """Give the payload back."""
    return payload


def declare(face: Face, payload: dict[str, object]) -> Any:
    """Make a signal that declares these keys, where it can."""
    if face is not KEYWORD:
        return face.make()

    def prototype(sender: object, /, **payload: Any) -> None: ...

    make: Any = TypedDict
    prototype.__annotations__["payload"] = make("Declared", dict.fromkeys(payload, object))
    return KeywordSignal(prototype)


@on(KEYWORD, DROP_IN, blinker=True)
def test_b4_every_key_of_a_payload_may_be_a_name_of_ours(face: Face) -> None:
    """`sender`, `self`, `payload`, and each name in the library, arrive as they were sent."""
    payload: dict[str, object] = {name: f"value of {name}" for name in sorted(NAMES)}
    assert {"self", "sender", "payload", "receiver", "weak", "plan", "record"} <= NAMES
    signal = declare(face, payload)
    signal.connect(receive_all)
    signal.connect(receive_all, "sender")

    assert [value for _, value in signal.send("sender", **payload)] == [payload]
    with signal.connected_to(receive_all, "other"):
        assert [value for _, value in signal.send("other", **payload)] == [payload]


@pytest.mark.anyio
@on(KEYWORD, DROP_IN, blinker=True)
async def test_b4_an_async_sending_takes_such_keys_too(face: Face) -> None:
    """Async sendings pass all of these keys as well."""
    payload: dict[str, object] = {name: f"value of {name}" for name in sorted(NAMES)}

    async def receive_async(sender: object, /, **payload: object) -> dict[str, object]:
        return payload

    signal = declare(face, payload)
    signal.connect(receive_async)
    assert [value for _, value in await signal.send_async("sender", **payload)] == [payload]


@on(KEYWORD)
def test_b4_a_receiver_that_takes_such_a_key_twice_is_refused(face: Face) -> None:
    """A receiver whose first parameter is named as a key is refused, unless by position alone."""

    @KeywordSignal
    def renamed(sender: object, /, *, name: str, self: str) -> None: ...

    def wrong(name: object, **payload: object) -> None: ...
    def right(sender: object, /, self: object, name: object) -> object:
        return (self, name)

    connect: Any = renamed.connect
    with pytest.raises(ReceiverSignatureError):
        connect(wrong)
    connect(right)
    assert renamed.send(None, name="name", self="self").values == (("self", "name"),)


# -- B5 ----------------------------------------------------------------------------------------

STRANGERS: dict[str, Any] = {
    "function": receive_first,
    "method of another": Owner().receive,
    "equal lambda": lambda sender, payload: payload,
    "partial of it": functools.partial(receive),
    "None": None,
    "number": 7,
    "list": [receive],
}


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("kind", STRANGERS)
def test_b5_disconnecting_what_is_not_connected_changes_nothing(face: Face, kind: str) -> None:
    """It is no error, whatever was handed in, and ends no connection."""
    signal, owner = face.make(), Owner()
    for receiver in (receive, owner.receive):
        signal.connect(receiver)
        signal.connect(receiver, "sender")
    for arguments in ((), ("sender",), (None,), (face.any,)):
        assert not signal.disconnect(STRANGERS[kind], *arguments)

    assert len(list(signal.receivers_for("sender"))) == 2
    assert len(face.values(signal, None)) == 2
    assert not signal.disconnect(owner.receive_as_class)


@on(*EVERY, blinker=True)
def test_b5_disconnecting_from_the_wrong_sender_changes_nothing(face: Face) -> None:
    """A disconnect from the wrong sender ends no connection, neither `ANY`'s nor another's."""
    signal, sender = face.make(), Owner()
    signal.connect(receive, sender)
    signal.connect(receive_first)
    for wrong in (None, Owner(), "sender", 1, sender.receive, Owner):
        assert not signal.disconnect(receive, wrong)
        assert not signal.disconnect(receive_first, wrong)
    assert not signal.disconnect(receive_first, sender)

    assert sorted(map(str, face.values(signal, sender))) == ["None", "first"]


@on(*OWN)
def test_b5_disconnecting_says_whether_anything_was_connected(face: Face) -> None:
    """`disconnect` gives `True` for what it ended, and `False` where there was nothing."""
    signal, sender = face.make(), Owner()
    signal.connect(receive, sender)
    signal.connect(receive)

    assert signal.disconnect(receive, "wrong") is False
    assert signal.disconnect(receive, sender) is True
    assert signal.disconnect(receive, sender) is False
    assert signal.disconnect(receive, face.any) is True
    assert signal.disconnect(receive) is False


# -- B6 ----------------------------------------------------------------------------------------

RAISED: dict[str, Any] = {
    "ValueError": ValueError,
    "RecursionError": RecursionError,
    "KeyboardInterrupt": KeyboardInterrupt,
    "SystemExit": SystemExit,
    "GeneratorExit": GeneratorExit,
    "StopIteration": StopIteration,
    "own": type("Own", (BaseException,), {}),
}


def keep_the_connection(face: Face, kind: type[BaseException]) -> None:
    """Have who is told of a change fail, and see that the change stands."""
    signal, owner = face.make(), Owner()

    def fail(*_: object, **payload: object) -> None:
        raise kind

    signal.receiver_connected.connect(fail)
    for arguments in ((), ("sender",)):
        with pytest.raises(kind):
            signal.connect(owner.receive, *arguments)
        assert face.values(signal, "sender", "payload") == ["payload"]
        assert signal.has_receivers_for(None)
    signal.receiver_connected.disconnect(fail)
    signal.receiver_disconnected.connect(fail)
    with pytest.raises(kind):
        signal.disconnect(owner.receive)

    assert face.values(signal, "sender") == []
    assert not signal.receivers


@on(SIGNAL, DROP_IN, blinker=True)
@pytest.mark.parametrize("kind", RAISED)
def test_b6_who_is_told_of_a_connection_and_raises_does_not_undo_it(face: Face, kind: str) -> None:
    """What it raises comes out of `connect` or `disconnect`, and the change stands."""
    keep_the_connection(face, RAISED[kind])


@on(SIGNAL, DROP_IN, blinker=Fails("it undoes the connection for a TypeError, and for no other"))
def test_b6_a_type_error_does_not_undo_it_either(face: Face) -> None:
    """A `TypeError` of theirs, too, comes out, and is not taken for a refusal of the change."""
    keep_the_connection(face, TypeError)


@on(SIGNAL, DROP_IN)
def test_b6_the_block_of_connected_to_ends_what_it_began(face: Face) -> None:
    """Where entering `connected_to` raises so, its connection ends at once."""
    signal, told = face.make(), list[str]()

    def fail(*_: object, **payload: object) -> None:
        told.append("connected")
        raise KeyboardInterrupt

    def note(*_: object, **payload: object) -> None:
        told.append("disconnected")

    signal.receiver_connected.connect(fail)
    signal.receiver_disconnected.connect(note)
    with pytest.raises(KeyboardInterrupt), signal.connected_to(receive):
        told.append("entered")

    assert told == ["connected", "disconnected"]
    assert face.values(signal) == []

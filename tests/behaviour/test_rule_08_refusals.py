"""Rule 8: `connect` refuses what could not be called, shows why, and changes nothing."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import functools
import operator
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial, wraps
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest

from aldis import Connection, KeywordSignal, ReceiverError, Signal
from aldis.exceptions import (
    GeneratorReceiverError,
    NotCallableError,
    OptionError,
    ReceiverSignatureError,
    WeakReferenceError,
)
from tests.behaviour.recording import Calls, Shop
from tests.interpreters import needs_c_methods

SHOP = Shop()


class Owner:
    """An owner of methods that cannot receive."""

    def too_few(self, sender: object) -> None:
        """Take too little."""

    def too_many(self, sender: object, payload: int, more: object) -> None:
        """Take too much."""

    def unbound(self, sender: object, payload: int) -> None:
        """Receive, when bound."""

    @classmethod
    def class_method(cls, sender: object) -> None:
        """Take too little."""

    @staticmethod
    def static_method(sender: object) -> None:
        """Take too little."""

    def generator(self, sender: object, payload: int) -> Iterator[int]:
        """Iterate."""
        yield payload

    async def async_generator(self, sender: object, payload: int) -> AsyncIterator[int]:
        """Iterate, in an async way."""
        yield payload


class CallableWithTooFew:
    """An object whose `__call__` takes too little."""

    def __call__(self, sender: object) -> None:
        """Take too little."""


class CallableGenerator:
    """An object whose `__call__` is a generator function."""

    def __call__(self, sender: object, payload: int) -> Iterator[int]:
        """Iterate."""
        yield payload


class MadeOfOne:
    """A class whose instances are made of one argument."""

    def __init__(self, one: object) -> None: ...


def none_at_all() -> None:
    """Take nothing."""


def too_few(sender: object) -> None:
    """Take too little."""


def too_many(sender: object, payload: int, more: object) -> None:
    """Take too much."""


def keyword_only(sender: object, *, payload: int) -> None:
    """Take the payload by keyword alone."""


def keyword_required(sender: object, payload: int, *, more: object) -> None:
    """Require something that no sending passes."""


def both(sender: object, payload: int, more: object) -> None:
    """Receive, when a partial fills in the rest."""


def generator(sender: object, payload: int) -> Iterator[int]:
    """Iterate."""
    yield payload


async def async_generator(sender: object, payload: int) -> AsyncIterator[int]:
    """Iterate, in an async way."""
    yield payload


async def async_too_few(sender: object) -> None:
    """Take too little, in an async way."""


def good(sender: object, payload: int) -> str:
    """Receive."""
    return "good"


def wrapped_narrowly(function: Callable[..., object]) -> Any:
    """Wrap a receiver in what takes one argument, and says that it is the receiver."""

    @wraps(function)
    def wrapper(sender: object) -> object:
        return function(sender, 1)

    return wrapper


def wrapped_widely(function: Callable[..., object]) -> Any:
    """Wrap a function of one argument in what takes any, and says that it is the function."""

    @wraps(function)
    def wrapper(*args: object) -> object:
        return function(args[0])

    return wrapper


NOT_CALLABLE: dict[str, Any] = {
    "none": None,
    "number": 7,
    "text": "receiver",
    "object": object(),
    "property": property(lambda self: good),
    "class method object": Owner.__dict__["class_method"],
}
WRONG_SIGNATURE: dict[str, tuple[Any, str]] = {
    "none at all": (none_at_all, "()"),
    "too few": (too_few, "(sender)"),
    "too many": (too_many, "(sender, payload, more)"),
    "keyword-only": (keyword_only, "(sender, *, payload)"),
    "keyword required": (keyword_required, "(sender, payload, *, more)"),
    "async": (async_too_few, "(sender)"),
    "lambda": (lambda sender: None, "(sender)"),
    "method with too few": (Owner().too_few, "(sender)"),
    "method with too many": (Owner().too_many, "(sender, payload, more)"),
    "unbound method": (Owner.unbound, "(self, sender, payload)"),
    "class method": (Owner.class_method, "(sender)"),
    "static method": (Owner.static_method, "(sender)"),
    "callable object": (CallableWithTooFew(), "(sender)"),
    "class": (MadeOfOne, "(one)"),
    "partial": (partial(good, 1), "(payload)"),
    "partial of too many": (partial(both), "(sender, payload, more)"),
    "wrapper": (wrapped_narrowly(good), "(sender)"),
    "builtin": (len, "(obj, /)"),
}
GENERATORS: dict[str, Any] = {
    "generator function": generator,
    "async generator function": async_generator,
    "generator method": Owner().generator,
    "async generator method": Owner().async_generator,
    "callable object": CallableGenerator(),
    "partial": partial(generator),
    "partial of a method": partial(Owner().async_generator),
    "lambda": lambda sender, payload: (yield),
}


class Slotted:
    """An object that takes no weak reference."""

    __slots__ = ()

    def __call__(self, sender: object, payload: object) -> None:
        """Receive."""


NOT_WEAK: dict[str, Any] = {
    "C method": {}.setdefault,
    "another C method": [].insert,
    "method wrapper": {}.__setitem__,
    "slots instance": Slotted(),
    "method of a slots instance": Slotted().__call__,
    "partial object's own call": partial(print).__call__,
}
REFUSED: dict[str, Any] = {
    **{f"not callable: {name}": each for name, each in NOT_CALLABLE.items()},
    **{f"signature: {name}": each for name, (each, _) in WRONG_SIGNATURE.items()},
    **{f"generator: {name}": each for name, each in GENERATORS.items()},
    **{f"no weak reference: {name}": each for name, each in NOT_WEAK.items()},
}


# -- refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NOT_CALLABLE)
def test_what_is_not_callable_is_refused(kind: str) -> None:
    """The error says what it was, and what to pass (B1)."""
    with pytest.raises(NotCallableError, match="is not callable") as caught:
        Signal[int]().connect(NOT_CALLABLE[kind])

    assert str(caught.value).endswith(
        "; pass a function, a bound method or an object with __call__"
    )


@pytest.mark.parametrize("kind", WRONG_SIGNATURE)
def test_what_cannot_be_called_with_sender_and_payload_is_refused(kind: str) -> None:
    """The error shows the signature found and the one needed (B2)."""
    receiver, found = WRONG_SIGNATURE[kind]
    with pytest.raises(ReceiverSignatureError) as caught:
        Signal[int]().connect(receiver)

    error = caught.value
    assert error.found == found
    assert error.needed == "receiver(sender, payload)"
    assert error.found in str(error)
    assert error.needed in str(error)
    assert str(error).endswith("change its parameters to accept that call")


@pytest.mark.parametrize("kind", GENERATORS)
def test_a_generator_function_is_refused(kind: str) -> None:
    """Its body would never run, and the error says so (B3)."""
    with pytest.raises(GeneratorReceiverError, match="would never run") as caught:
        Signal[int]().connect(GENERATORS[kind])

    assert str(caught.value).endswith("connect a function that iterates over it")


@needs_c_methods
@pytest.mark.parametrize("kind", NOT_WEAK)
def test_what_cannot_be_held_weakly_is_refused_unless_strong(kind: str) -> None:
    """The error names the mend, and with that the receiver is accepted (W2)."""
    signal = Signal[int]()
    receiver = NOT_WEAK[kind]
    with pytest.raises(WeakReferenceError, match="cannot be connected weakly") as caught:
        signal.connect(receiver)
    assert str(caught.value).endswith("; pass weak=False")
    assert signal.connections == ()

    signal.connect(receiver, weak=False)
    assert len(signal.send(0, 0)) == 1
    assert signal.disconnect(receiver)
    assert signal.connections == ()


@needs_c_methods
@pytest.mark.parametrize("kind", REFUSED)
def test_each_refusal_is_a_type_error(kind: str) -> None:
    """Errors of ours are also the built-in one that fits."""
    signal = Signal[int]()
    for connect in (signal.connect, signal.connect_via(SHOP), signal.connect(weak=True)):
        with pytest.raises(TypeError) as caught:
            connect(REFUSED[kind])
        assert isinstance(caught.value, ReceiverError)


@needs_c_methods
@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_changes_nothing(kind: str) -> None:
    """Connections and their order are as they were, and nobody is told of a change."""
    signal, calls = Signal[int](), Calls()
    told: list[Connection] = []

    def tell(sender: object, connection: Connection) -> None:
        told.append(connection)

    signal.connect(calls.receiver("first"))
    signal.connect(calls.receiver("second"), SHOP)
    signal.receiver_connected.connect(tell)
    before = signal.receivers

    with pytest.raises(ReceiverError):
        signal.connect(REFUSED[kind], SHOP, once=True, priority=5)
    if kind.removeprefix("no weak reference: ") not in NOT_WEAK:  # `connected_to` is strong
        with pytest.raises(ReceiverError), signal.connected_to(REFUSED[kind]):
            pass

    assert told == []
    assert signal.receivers == before
    assert len(signal.connections) == 2
    assert signal.send(SHOP, 1).values == ("first", "second")


def test_a_refusal_names_the_receiver_and_where_it_was_defined() -> None:
    """Name, file and line are in the text, so that it is found at once."""
    receiver: Any = too_many
    with pytest.raises(ReceiverSignatureError) as caught:
        Signal[int]().connect(receiver)

    assert "too_many" in str(caught.value)
    assert f"{__file__}:{too_many.__code__.co_firstlineno}" in str(caught.value)


def test_keyword_signals_judge_by_their_own_call() -> None:
    """A keyword signal shows the keywords that it passes."""

    @KeywordSignal
    def placed(sender: object, /, *, total: int, currency: str) -> None:
        """An order was accepted."""

    receiver: Any = lambda sender, payload: None
    with pytest.raises(ReceiverSignatureError) as caught:
        placed.connect(receiver)

    assert caught.value.needed == "receiver(sender, total=..., currency=...)"
    assert caught.value.found == "(sender, payload)"


@pytest.mark.parametrize("priority", [True, 1.0, "1", None])
def test_a_priority_that_is_no_int_is_refused(priority: Any) -> None:
    """Priorities are ints, and a boolean is none."""
    signal = Signal[int]()
    with pytest.raises(OptionError, match="priority"):
        signal.connect(good, priority=priority)

    assert signal.receivers == ()


# -- accepted ----------------------------------------------------------------------------------


class MadeOfTwo:
    """A class whose instances are made of sender and payload."""

    def __init__(self, sender: object, payload: int) -> None:
        self.payload = payload


class CallableObject:
    """An object that receives."""

    def __call__(self, sender: object, payload: int) -> str:
        """Receive."""
        return "called"


class HasClassCall:
    """A class that is called by what its metaclass says."""

    class Meta(type):
        """Take anything."""

        def __call__(cls, *args: object) -> str:
            """Receive, in the place of making an instance."""
            return "by the metaclass"


def defaults(sender: object, payload: int, more: object = None, *, most: object = None) -> str:
    """Receive, with more that has defaults."""
    return "defaults"


def positional_only(sender: object, payload: int, /) -> str:
    """Receive, by position alone."""
    return "positional"


def variadic(*args: object, **kwargs: object) -> int:
    """Receive whatever comes."""
    return len(args)


def one_and_variadic(sender: object, *rest: object) -> int:
    """Receive the sender by name and what else comes."""
    return len(rest)


class Owning:
    """An owner of methods that receive."""

    def method(self, sender: object, payload: int) -> str:
        """Receive."""
        return "method"

    def variadic(*args: object) -> int:
        """Receive whatever comes."""
        return len(args)


OWNING = Owning()
PARTIAL_METHOD: Any = functools.partialmethod(variadic, 7).__get__(OWNING)
ACCEPTED: dict[str, tuple[Any, Callable[[Any], bool]]] = {
    "function": (good, lambda value: value == "good"),
    "defaults": (defaults, lambda value: value == "defaults"),
    "positional-only": (positional_only, lambda value: value == "positional"),
    "variadic": (variadic, lambda value: value == 2),
    "one and variadic": (one_and_variadic, lambda value: value == 1),
    "method": (OWNING.method, lambda value: value == "method"),
    "variadic method": (OWNING.variadic, lambda value: value == 3),
    "callable object": (CallableObject(), lambda value: value == "called"),
    "class": (MadeOfTwo, lambda value: value.payload == 7),
    "class called by its metaclass": (
        HasClassCall.Meta("Called", (), {}),
        lambda value: value == "by the metaclass",
    ),
    "partial that fills in the first": (
        partial(lambda first, sender, payload: first, "first"),
        lambda value: value == "first",
    ),
    "partial that fills in a keyword": (partial(both, more=1), lambda value: value is None),
    "partialmethod": (
        PARTIAL_METHOD,
        lambda value: value == 4,
    ),
    "wrapper": (wrapped_widely(too_few), lambda value: value is None),
    "builtin": (operator.is_, lambda value: value is False),
    "builtin without a readable signature": (min, lambda value: value == 7),
    "exception class": (ValueError, lambda value: value.args == (8, 7)),
    "mock": (Mock(return_value="mocked"), lambda value: value == "mocked"),
    "magic mock": (MagicMock(return_value="mocked"), lambda value: value == "mocked"),
    "lru_cache": (functools.lru_cache(good), lambda value: value == "good"),
}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_what_can_be_called_with_sender_and_payload_is_accepted(kind: str) -> None:
    """Whatever its form, it is connected, called with both, found and disconnected (W3)."""
    signal = Signal[int]()
    receiver, expected = ACCEPTED[kind]
    signal.connect(receiver, weak=False)

    ((called, value),) = signal.send(8, 7)
    assert called == receiver
    assert expected(value)
    assert list(signal.receivers) == [receiver]
    assert signal.disconnect(receiver)
    assert signal.receivers == ()


def test_what_has_no_readable_signature_is_judged_by_its_call() -> None:
    """It is accepted, and a wrong call is then its own error."""
    signal = Signal[int]()
    receiver: Any = iter
    signal.connect(receiver)

    with pytest.raises(TypeError):
        signal.send(SHOP, 1)


def test_a_wrapper_is_judged_by_its_own_signature() -> None:
    """What `functools.wraps` says about a wrapper is not what it accepts."""
    signal = Signal[int]()
    signal.connect(wide := wrapped_widely(too_few))
    assert signal.receivers == (wide,)

    with pytest.raises(ReceiverSignatureError):
        signal.connect(wrapped_narrowly(good))


def test_a_wrapper_without_a_signature_of_its_own_is_accepted() -> None:
    """What a C wrapper wraps says nothing about it; the call itself will tell."""
    signal = Signal[int]()
    receiver: Any = functools.lru_cache(too_few)
    signal.connect(receiver)

    with pytest.raises(TypeError):
        signal.send(1, 1)


def test_annotations_that_cannot_be_evaluated_do_not_matter() -> None:
    """Nothing asks what the annotations of a receiver mean."""
    signal = Signal[int]()

    def receiver(sender: object, payload: int) -> str:
        return "called"

    receiver.__annotations__.update(sender="Unknown", payload="no expression")
    signal.connect(receiver)

    assert signal.send(SHOP, 1).values == ("called",)


def test_defaults_are_not_shown() -> None:
    """A default may be a secret or have a costly `repr`: the text shows that there is one."""
    signal = Signal[int]()

    class Costly:
        def __repr__(self) -> str:
            raise AssertionError

    costly = Costly()
    receiver: Any = lambda sender, payload, more, secret=costly: None
    with pytest.raises(ReceiverSignatureError) as caught:
        signal.connect(receiver)

    assert caught.value.found == "(sender, payload, more, secret=...)"

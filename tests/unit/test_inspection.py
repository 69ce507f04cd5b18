"""What a callable is, told without calling it."""

from __future__ import annotations

import functools
import inspect
import operator
import sys
import types
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any
from unittest import mock

import pytest

from aldis import _callee, _inspection
from aldis._inspection import check_receiver, describe, find_origin, is_async
from aldis._signatures import SENDER_AND_PAYLOAD, Call, first_name, show_signature
from aldis.exceptions import GeneratorReceiverError, NotCallableError, ReceiverSignatureError


async def coroutine_function(sender: object, payload: object) -> None:
    """Is async."""


def plain(sender: object, payload: object) -> None:
    """Is not."""


def generator(sender: object, payload: object) -> Iterator[int]:
    """Has a body that a mere call does not run."""
    yield 1


async def async_generator(sender: object, payload: object) -> AsyncIterator[int]:
    """Has one too."""
    yield 1


@types.coroutine
def old_style(sender: object, payload: object) -> Generator[None, None, None]:
    """Is a coroutine function in the shape of a generator function."""
    yield


class Methods:
    """Receivers of every kind that a class can give."""

    def plain(self, sender: object, payload: object) -> None:
        """Is not async."""

    async def asynchronous(self, sender: object, payload: object) -> None:
        """Is."""

    @classmethod
    async def of_class(cls, sender: object, payload: object) -> None:
        """Is."""

    @staticmethod
    async def static(sender: object, payload: object) -> None:
        """Is."""


class AsyncCall:
    """An object that is async to call."""

    async def __call__(self, sender: object, payload: object) -> None:
        """Is async."""


class PlainCall:
    """An object that is not."""

    def __call__(self, sender: object, payload: object) -> None:
        """Is not async."""


@functools.wraps(coroutine_function)
def wrapper(*args: object) -> None:
    """Wraps an async function, and is none itself."""


def numbered(cases: list[Callable[..., object]]) -> list[Any]:
    """Name each case by its kind and its place in the list."""
    return [
        pytest.param(case, id=f"{type(case).__name__}-{place}") for place, case in enumerate(cases)
    ]


NAMES: list[str] = []
ASYNC: list[Callable[..., object]] = [
    coroutine_function,
    functools.partial(coroutine_function),
    functools.partial(functools.partial(coroutine_function), None),
    Methods().asynchronous,
    Methods.of_class,
    Methods.static,
    AsyncCall(),
    functools.partial(AsyncCall()),
    functools.partial(Methods().asynchronous),
    old_style,
    mock.AsyncMock(),
    Methods.__dict__["static"],
]

NOT_ASYNC: list[Callable[..., object]] = [
    plain,
    functools.partial(plain),
    Methods().plain,
    PlainCall(),
    Methods,
    print,
    NAMES.append,
    wrapper,
    mock.Mock(),
    operator.attrgetter("name"),
]


@pytest.mark.parametrize("receiver", numbered(ASYNC))
def test_what_gives_a_coroutine_is_known_as_async(receiver: Callable[..., object]) -> None:
    """In partials, methods, objects, mocks and old style alike."""
    assert is_async(receiver)


@pytest.mark.parametrize("receiver", numbered(NOT_ASYNC))
def test_what_gives_none_is_not(receiver: Callable[..., object]) -> None:
    """`__wrapped__` is not followed."""
    assert not is_async(receiver)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="marks came with Python 3.12")
def test_marked_functions_are_async() -> None:
    """What `inspect.markcoroutinefunction` marks is taken at its word, also inside a method."""

    def marked(*args: object) -> None:
        """Says that it gives a coroutine."""

    mark: Any = vars(inspect)["markcoroutinefunction"]
    mark(marked)
    assert is_async(marked)
    assert is_async(types.MethodType(marked, object()))


@pytest.mark.parametrize(
    "receiver", numbered([generator, async_generator, functools.partial(generator)])
)
def test_generator_functions_are_refused(receiver: Callable[..., object]) -> None:
    """Their bodies would never run."""
    with pytest.raises(GeneratorReceiverError, match="never run"):
        check_receiver(receiver, SENDER_AND_PAYLOAD)


def test_what_is_not_callable_is_refused() -> None:
    """With its type in the message."""
    with pytest.raises(NotCallableError, match="type int is not callable"):
        check_receiver(1, SENDER_AND_PAYLOAD)


def two(sender: object, payload: object) -> None:
    """Fits."""


ACCEPTED: list[Callable[..., object]] = [
    two,
    lambda sender, payload, more=1: None,
    lambda *everything: None,
    lambda sender, *rest: None,
    lambda sender, payload, *, key=1: None,
    lambda sender, payload, **rest: None,
    lambda sender=1, payload=2: None,
    Methods().plain,
    PlainCall(),
    print,
    functools.partial(lambda extra, sender, payload: None, 1),
    mock.Mock(),
    type("Made", (), {"__init__": lambda self, sender, payload: None}),
    types.MethodType(functools.partial(lambda a, b, sender, payload: None, 1), 2),
    old_style,
    type,
]
REFUSED: list[Callable[..., object]] = [
    lambda: None,
    lambda sender: None,
    lambda sender, payload, more: None,
    lambda sender, payload, *, key: None,
    lambda sender, *, payload: None,
    lambda **everything: None,
    Methods.plain,
    functools.partial(two, 1),
    types.MethodType(two, 1),
    Methods,
    NAMES.append,
]


@pytest.mark.parametrize("receiver", numbered(ACCEPTED))
def test_what_accepts_the_call_is_accepted(receiver: Callable[..., object]) -> None:
    """By its own signature."""
    assert check_receiver(receiver, SENDER_AND_PAYLOAD) is receiver


@pytest.mark.parametrize("receiver", numbered(REFUSED))
def test_what_does_not_accept_the_call_is_refused(receiver: Callable[..., object]) -> None:
    """With what was found and what is needed."""
    with pytest.raises(ReceiverSignatureError, match=r"receiver\(sender, payload\)"):
        check_receiver(receiver, SENDER_AND_PAYLOAD)


KEYWORDS = Call(1, ("key", "other"), (), "receiver(sender, key=..., other=...)")
OPTIONAL = Call(1, ("key",), ("note",), "receiver(sender, key=..., note=...)")
UNKNOWN = Call(1, None, (), "receiver(sender, **payload)")
FITTING: list[Callable[..., object]] = [
    lambda sender, **payload: None,
    lambda sender, *, key, **rest: None,
    lambda sender, key, other: None,
    lambda sender, /, *, key, other=1: None,
    lambda *args, **payload: None,
    functools.partial(lambda extra, sender, **payload: None, 1),
]
UNFITTING: list[Callable[..., object]] = [
    lambda sender: None,
    lambda key, **payload: None,
    lambda sender, *, key: None,
    lambda sender, *, another, **rest: None,
    functools.partial(lambda sender, *, another, **rest: None),
]


@pytest.mark.parametrize("receiver", numbered(FITTING))
def test_keywords_that_are_accepted(receiver: Callable[..., object]) -> None:
    """By name or by `**`."""
    assert check_receiver(receiver, KEYWORDS) is receiver
    assert check_receiver(receiver, UNKNOWN) is receiver


@pytest.mark.parametrize("receiver", numbered(UNFITTING))
def test_keywords_that_are_not(receiver: Callable[..., object]) -> None:
    """Missing, taken by the sender, or too many."""
    with pytest.raises(ReceiverSignatureError, match="key="):
        check_receiver(receiver, KEYWORDS)


@pytest.mark.parametrize("wrap", [lambda each: each, functools.partial], ids=["plain", "partial"])
def test_an_optional_keyword_may_come_and_may_be_missing(wrap: Any) -> None:
    """A receiver has to accept both calls."""
    check_receiver(wrap(lambda sender, *, key, note=None: None), OPTIONAL)
    check_receiver(wrap(lambda sender, **payload: None), OPTIONAL)
    with pytest.raises(ReceiverSignatureError):
        check_receiver(wrap(lambda sender, *, key, note: None), OPTIONAL)
    with pytest.raises(ReceiverSignatureError):
        check_receiver(wrap(lambda sender, *, key: None), OPTIONAL)


def test_with_unknown_keywords_only_the_sender_is_checked() -> None:
    """What cannot be known is not refused; what can be, is."""
    check_receiver(lambda sender, *, any_key: None, UNKNOWN)
    with pytest.raises(ReceiverSignatureError):
        check_receiver(lambda **payload: None, UNKNOWN)
    with pytest.raises(ReceiverSignatureError):
        check_receiver(functools.partial(lambda **payload: None), UNKNOWN)


def test_signatures_are_shown_without_values_and_annotations() -> None:
    """A default value's own repr could run or reveal anything."""

    class Secret:
        def __repr__(self) -> str:
            raise AssertionError("shown")

    secret = Secret()

    def receiver(sender: object, payload: object = secret, *, key: int) -> None:
        """Has a default with a repr of its own."""

    assert show_signature(receiver) == "(sender, payload=..., *, key)"


@pytest.mark.parametrize(
    ("receiver", "start"),
    [
        (two, f"{__name__}.two ("),
        (Methods().plain, f"the bound method {__name__}.Methods.plain ("),
        (functools.partial(two), f"a partial of {__name__}.two ("),
        (PlainCall(), f"an object of type {__name__}.PlainCall ("),
        (Methods, f"the class {__name__}.Methods"),
        (print, f"an object of type {type(print).__qualname__}"),
        (functools.partial(print), "an object of type functools.partial"),
        (None, "None"),
        (3, "an object of type int"),
    ],
)
def test_receivers_are_described_by_what_and_where_they_are(receiver: object, start: str) -> None:
    """Never by their repr."""
    assert describe(receiver).startswith(start)


def test_descriptions_are_bounded() -> None:
    """A name can be as long as its author likes, a message should not."""
    long: Any = type("x" * 10_000, (), {})
    assert len(describe(long())) < 300


def test_a_function_with_no_module_name_is_described_all_the_same() -> None:
    """`__module__` can be anything."""

    def receiver(sender: object, payload: object) -> None:
        """Loses its module."""

    receiver.__module__ = None  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    origin = find_origin(receiver)
    assert origin is not None
    assert origin.module == "?"
    assert origin.filename == __file__


def test_a_type_without_call_of_its_own_has_no_origin() -> None:
    """There is no plain function behind it."""
    assert find_origin(object()) is None
    assert _inspection.find_origin(print) is None


@pytest.mark.parametrize(
    ("receiver", "name"),
    [
        (lambda sender, payload: None, "sender"),
        (lambda sender, /, payload: None, None),
        (lambda *args, sender=None: None, None),
        (lambda *, sender: None, None),
        (lambda: None, None),
        (PlainCall(), "sender"),
        (PlainCall().__call__, "sender"),
        (functools.partial(lambda first, sender: None, 1), "sender"),
        (type, None),
    ],
    ids=[
        "plain",
        "positional only",
        "after args",
        "keyword only",
        "none",
        "object",
        "method",
        "partial",
        "no signature",
    ],
)
def test_the_first_parameter_has_a_name_if_a_keyword_could_reach_it(
    receiver: Any, name: str | None
) -> None:
    """A keyword of that name would be a second value for it."""
    assert first_name(receiver) == name


# -- without `inspect` -----------------------------------------------------------------------------


def test_flags_are_those_of_inspect() -> None:
    """They are written out, since `inspect` is not imported for them."""
    written = {name: value for name, value in vars(_callee).items() if name.startswith("CO_")}
    assert len(written) == 6
    assert written == {name: getattr(inspect, name) for name in written}


def test_no_signature_is_found_where_inspect_cannot_be_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As at the end of the interpreter: what would be read by it is accepted, the rest judged."""
    monkeypatch.setitem(sys.modules, "inspect", None)
    function: Any = plain
    partial = functools.partial(function, None, None, None)
    assert check_receiver(partial, SENDER_AND_PAYLOAD) is partial
    assert show_signature(plain) == "(...)"
    with pytest.raises(ReceiverSignatureError, match=r"\(\.\.\.\)"):
        check_receiver(lambda _: None, SENDER_AND_PAYLOAD)

"""Every error and warning: facts as attributes, the mend at the end, picklable and short."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import copy
import gc
import pickle
from typing import Any

import pytest

import aldis
from aldis import Namespace, Signal, exceptions
from aldis.exceptions import (
    AldisError,
    AsyncMiddlewareError,
    AsyncReceiverError,
    ClassOwnerError,
    ConcurrencyError,
    DeliveryCancelledError,
    DispatcherClosedError,
    DispatcherError,
    DispatcherFullError,
    DispatcherUseError,
    LimitError,
    LostReceiverWarning,
    MiddlewareError,
    NoMarkedMethodsError,
    NotMiddlewareError,
    OptionError,
    PayloadMismatchError,
    PrototypeError,
    ReceiverError,
    StreamError,
    StreamFullError,
    StreamLaggedError,
    StreamUseError,
)
from tests.behaviour.provoking import CAUSES, LONG, Cause, override_of_a_long_name

BASES = {AldisError, ReceiverError, DispatcherError, StreamError}
"""What is raised by its subclasses alone."""


def provoke(kind: str) -> BaseException:
    """Provoke an error, and give it."""
    error, cause, _, _ = CAUSES[kind]
    with pytest.raises(error) as caught:
        cause(Signal[Any]("order_placed"))
    assert type(caught.value) is error
    return caught.value


def test_every_error_has_its_tests_here() -> None:
    """Each class that can be raised is among the causes above."""
    public = {
        each
        for each in vars(exceptions).values()
        if isinstance(each, type) and issubclass(each, (AldisError, Warning))
    }

    assert public - BASES == {error for error, *_ in CAUSES.values()}


@pytest.mark.parametrize("kind", CAUSES)
def test_the_text_ends_with_the_mend(kind: str) -> None:
    """Who reads it knows what to do."""
    assert str(provoke(kind)).endswith(CAUSES[kind][2])


@pytest.mark.parametrize("kind", CAUSES)
def test_the_facts_are_attributes(kind: str) -> None:
    """Each is a text, a number or a tuple of texts, never the object in question."""
    error = provoke(kind)

    assert set(vars(error)) == CAUSES[kind][3]
    for fact in vars(error).values():
        parts: Any = fact if isinstance(fact, tuple) else (fact,)
        assert all(part is None or isinstance(part, (str, int)) for part in parts)


@pytest.mark.parametrize("kind", CAUSES)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_survives_pickling(kind: str, protocol: int) -> None:
    """Class, text, facts and notes come back the same, from every protocol."""
    error = provoke(kind)
    error.add_note("a note")
    back = pickle.loads(pickle.dumps(error, protocol))

    assert type(back) is type(error)
    assert str(back) == str(error)
    assert repr(back) == repr(error)
    assert vars(back) == vars(error)
    assert back.args == error.args
    assert back.__notes__ == ["a note"]


@pytest.mark.parametrize("kind", CAUSES)
def test_it_can_be_copied(kind: str) -> None:
    """Copies say the same."""
    error = provoke(kind)

    for back in (copy.copy(error), copy.deepcopy(error)):
        assert type(back) is type(error)
        assert str(back) == str(error)
        assert vars(back) == vars(error)


@pytest.mark.parametrize(
    ("error", "also"),
    [
        (ReceiverError, TypeError),
        (AsyncReceiverError, RuntimeError),
        (AsyncMiddlewareError, AsyncReceiverError),
        (NotMiddlewareError, TypeError),
        (MiddlewareError, RuntimeError),
        (ConcurrencyError, ValueError),
        (OptionError, TypeError),
        (PrototypeError, TypeError),
        (ClassOwnerError, TypeError),
        (NoMarkedMethodsError, TypeError),
        (PayloadMismatchError, TypeError),
        (LimitError, ValueError),
        (DispatcherError, RuntimeError),
        (DispatcherFullError, DispatcherError),
        (DispatcherClosedError, DispatcherError),
        (DispatcherUseError, DispatcherError),
        (DeliveryCancelledError, AldisError),
        (StreamError, RuntimeError),
        (StreamLaggedError, StreamError),
        (StreamFullError, StreamError),
        (StreamUseError, StreamError),
        (LostReceiverWarning, RuntimeWarning),
    ],
    ids=lambda each: each.__name__,
)
def test_it_is_also_the_built_in_one_that_fits(
    error: type[Exception], also: type[Exception]
) -> None:
    """Code that knows nothing of Aldis catches it as what it is."""
    assert issubclass(error, also)
    assert issubclass(error, Warning) or issubclass(error, AldisError)


def test_the_most_used_ones_are_at_the_root() -> None:
    """`from aldis import ...` finds them, the same classes."""
    for name in (
        "AldisError",
        "AsyncReceiverError",
        "DeliveryCancelledError",
        "DispatcherFullError",
        "LostReceiverWarning",
        "PayloadMismatchError",
        "ReceiverError",
        "StreamLaggedError",
    ):
        assert getattr(aldis, name) is getattr(exceptions, name)


# -- length ------------------------------------------------------------------------------------


def renamed(function: Any) -> Any:
    """Give a function a very long name."""
    function.__qualname__ = function.__name__ = LONG
    return function


def instance_of_a_long_name() -> Any:
    """Make an object whose class has a very long name."""
    return type(LONG, (), {})()


def with_many_parameters() -> Any:
    """Make a function of a thousand parameters."""
    names = ", ".join(f"parameter_{number}" for number in range(1000))
    made: dict[str, Any] = {}
    exec(f"def function({names}): ...", made)
    return made["function"]


def many_async_receivers(signal: Signal[Any]) -> None:
    """Send, though a thousand receivers are async."""
    for number in range(1000):

        async def receiver(sender: object, payload: int, number: int = number) -> None: ...

        signal.connect(receiver, weak=False)
    signal.send(None, 1)


def async_with_a_long_name(signal: Signal[Any]) -> None:
    """Send, though a receiver of a long name is async."""

    async def receiver(sender: object, payload: int) -> None: ...

    signal.connect(renamed(receiver), weak=False)
    signal.send(None, 1)


def lost_with_a_long_name(signal: Signal[Any]) -> None:
    """Lose a receiver of a long name."""
    signal.connect(renamed(lambda sender, payload: None))
    gc.collect()
    assert not signal.receivers


def mismatch_with_long_names(_: Signal[Any]) -> None:
    """Ask for a signal with another payload of a long name."""
    orders = Namespace("orders")
    payloads: Any = type(LONG, (), {}), type(LONG, (), {})
    for payload in payloads:
        orders.signal("placed", payload)


LENGTHY: dict[str, Cause] = {
    "class of a long name": lambda signal: signal.connect(instance_of_a_long_name()),
    "function of a long name": lambda signal: signal.connect(renamed(lambda: None)),
    "generator of a long name": lambda signal: signal.connect(renamed(lambda a, b: (yield))),
    "thousand parameters": lambda signal: signal.connect(with_many_parameters()),
    "prototype of a thousand parameters": lambda _: aldis.KeywordSignal(with_many_parameters()),
    "async of a long name": async_with_a_long_name,
    "thousand async receivers": many_async_receivers,
    "lost one of a long name": lost_with_a_long_name,
    "instance of a long name": lambda _: aldis.connect_methods(instance_of_a_long_name()),
    "class as owner of a long name": lambda _: aldis.connect_methods(type(LONG, (), {})),
    "override of a long name": override_of_a_long_name,
    "payloads of long names": mismatch_with_long_names,
}


@pytest.mark.parametrize("kind", LENGTHY)
def test_texts_are_of_bounded_length(kind: str) -> None:
    """However long the names and however many the receivers, a log line stays readable."""
    with pytest.raises((AldisError, LostReceiverWarning)) as caught:
        LENGTHY[kind](Signal[Any]("order_placed"))

    assert 20 < len(str(caught.value)) < 3000

"""Every error and warning: facts as attributes, the mend at the end, picklable and short."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest

import aldis
from aldis import Namespace, Signal, exceptions
from aldis.exceptions import (
    AldisError,
    AsyncMiddlewareError,
    AsyncReceiverError,
    AsyncThreadError,
    ClassOwnerError,
    ConcurrencyError,
    GeneratorReceiverError,
    LostReceiverWarning,
    MarkedMethodError,
    MiddlewareError,
    NoMarkedMethodsError,
    NotCallableError,
    NotMiddlewareError,
    OptionError,
    PayloadMismatchError,
    PrototypeError,
    ReceiverError,
    ReceiverSignatureError,
    ThresholdError,
    WeakReferenceError,
)
from aldis.middleware import report_slow

LONG = "x" * 10_000
NOT_CALLABLE: Any = 7
TOO_FEW: Any = lambda: None
NO_PRIORITY: Any = "high"


class Payload:
    """A payload."""


def receive(sender: object, payload: int) -> None:
    """Receive."""


async def receive_async(sender: object, payload: int) -> None:
    """Receive, in an async way."""


def generator(sender: object, payload: int) -> Iterator[int]:
    """Iterate."""
    yield payload


def lose_a_receiver(signal: Signal[int]) -> None:
    """Connect what goes at once, then look."""

    def nested(sender: object, payload: int) -> None: ...

    signal.connect(nested)
    del nested
    assert not signal.receivers


def send_async(signal: Signal[int]) -> None:
    """Send, though a receiver is async."""
    signal.connect(receive_async)
    signal.send(None, 1)


def return_a_coroutine(signal: Signal[int]) -> None:
    """Send, though a plain receiver returns a coroutine."""
    receiver: Any = lambda sender, payload: receive_async(sender, payload)
    signal.connect(receiver)
    signal.send(None, 1)


def no_concurrency(signal: Signal[int]) -> None:
    """Send with no room for anybody."""

    async def send() -> None:
        await signal.send_async(None, 1, concurrency=0)

    anyio.run(send)


def another_payload(_: Signal[int]) -> None:
    """Ask for a signal with another payload."""
    orders = Namespace("orders")
    orders.signal("placed", int)
    orders.signal("placed", Payload)


def slotted() -> Any:
    """Make a receiver that takes no weak reference."""

    class Slotted:
        __slots__ = ()

        def __call__(self, sender: object, payload: int) -> None: ...

    return Slotted()


def marked_and_slotted(signal: Signal[Any]) -> object:
    """Make an object with a marked method that takes no weak reference."""

    class Slotted:
        __slots__ = ()

        @signal.receiver
        def receive(self, sender: object, payload: int) -> None: ...

    return Slotted()


def override_of_a_long_name(signal: Signal[Any]) -> None:
    """Connect an object whose marked method is overridden by what is none, all names long."""
    make: Any = type
    base = make(LONG, (), {LONG: signal.receiver(lambda self, sender, payload: None)})
    aldis.connect_methods(make(LONG, (base,), {LONG: make(LONG, (), {})()})())


async def middleware(call: object, proceed: Any) -> object:
    """Stand around a call, in an async way."""
    return await proceed()


def send_inside_async_middleware(signal: Signal[int]) -> None:
    """Send, though middleware is async."""
    signal.connect(receive)
    signal.use(middleware)
    signal.send(None, 1)


def yield_twice(signal: Signal[int]) -> None:
    """Send, though middleware yields twice."""

    def twice(call: object) -> Any:
        yield
        yield

    signal.connect(receive)
    signal.use(twice)
    signal.send(None, 1)


Cause = Callable[[Signal[Any]], object]
CAUSES: dict[str, tuple[type[BaseException], Cause, str, set[str]]] = {
    "not callable": (
        NotCallableError,
        lambda signal: signal.connect(NOT_CALLABLE),
        "pass a function, a bound method or an object with __call__",
        {"receiver"},
    ),
    "signature": (
        ReceiverSignatureError,
        lambda signal: signal.connect(TOO_FEW),
        "change its parameters to accept that call",
        {"receiver", "found", "needed"},
    ),
    "generator": (
        GeneratorReceiverError,
        lambda signal: signal.connect(generator),
        "remove its yield, or connect a function that iterates over it",
        {"receiver"},
    ),
    "weak reference": (
        WeakReferenceError,
        lambda signal: signal.connect(slotted()),
        "pass weak=False",
        {"receiver", "reason", "mend"},
    ),
    "async in a thread": (
        AsyncThreadError,
        lambda signal: signal.connect(receive_async, to_thread=True),
        "leave out to_thread=True, or connect a plain function",
        {"receiver"},
    ),
    "async": (
        AsyncReceiverError,
        send_async,
        "use await send_async(...), or send_robust_async(...)",
        {"signal", "receivers", "started", "mend"},
    ),
    "coroutine": (
        AsyncReceiverError,
        return_a_coroutine,
        "use await send_async(...), or send_robust_async(...)",
        {"signal", "receivers", "started", "mend"},
    ),
    "concurrency": (
        ConcurrencyError,
        no_concurrency,
        "or None (no bound)",
        {"found"},
    ),
    "option": (
        OptionError,
        lambda signal: signal.connect(receive, priority=NO_PRIORITY),
        "pass an int",
        {"option", "found", "needed"},
    ),
    "marked method": (
        MarkedMethodError,
        lambda signal: signal.receiver(NOT_CALLABLE),
        "mark a method that calls it, or connect it in a statement",
        {"receiver", "found"},
    ),
    "owner without a slot": (
        WeakReferenceError,
        lambda signal: aldis.connect_methods(marked_and_slotted(signal)),
        'add "__weakref__" to its __slots__ (to a dataclass, weakref_slot=True)',
        {"receiver", "reason", "mend"},
    ),
    "class": (
        ClassOwnerError,
        lambda _: aldis.connect_methods(Payload),
        "pass the instance, as connect_methods(self) does in __init__",
        {"owner"},
    ),
    "no marked methods": (
        NoMarkedMethodsError,
        lambda _: aldis.connect_methods(Payload()),
        "mark them with @signal.receiver in its class",
        {"owner"},
    ),
    "prototype": (
        PrototypeError,
        lambda _: aldis.KeywordSignal(receive),
        "**payload: Unpack[YourTypedDict])",
        {"prototype", "found"},
    ),
    "payload mismatch": (
        PayloadMismatchError,
        another_payload,
        "or choose another name",
        {"signal", "found", "declared"},
    ),
    "async middleware": (
        AsyncMiddlewareError,
        send_inside_async_middleware,
        "use await send_async(...), or send_robust_async(...)",
        {"signal", "receivers", "started", "mend", "middleware"},
    ),
    "no middleware": (
        NotMiddlewareError,
        lambda signal: signal.use(NOT_CALLABLE),
        "or as an async function, middleware(call, proceed)",
        {"middleware", "reason"},
    ),
    "middleware": (
        MiddlewareError,
        yield_twice,
        "and an async one may await proceed() once, before it returns",
        {"middleware", "found"},
    ),
    "threshold": (
        ThresholdError,
        lambda _: report_slow(-1),
        "pass seconds, 0 or more",
        {"found"},
    ),
    "lost receiver": (
        LostReceiverWarning,
        lose_a_receiver,
        "pass weak=False, or keep a reference to it",
        {"receiver", "signal"},
    ),
}


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

    assert public - {AldisError, ReceiverError} == {error for error, *_ in CAUSES.values()}


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
        assert all(part is None or isinstance(part, (str, bool)) for part in parts)


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
        (ThresholdError, ValueError),
        (ConcurrencyError, ValueError),
        (OptionError, TypeError),
        (PrototypeError, TypeError),
        (ClassOwnerError, TypeError),
        (NoMarkedMethodsError, TypeError),
        (PayloadMismatchError, TypeError),
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
        "LostReceiverWarning",
        "PayloadMismatchError",
        "ReceiverError",
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

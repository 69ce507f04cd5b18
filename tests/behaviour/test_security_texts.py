"""No text of ours shows what took part in a sending; each is one line, and short."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import anyio
import pytest

import aldis
from aldis import Dispatcher, LostReceiverWarning, Namespace, Signal
from aldis.exceptions import AldisError
from aldis.middleware import SlowCall
from tests.behaviour.hostile import Cast, Kept, Walk, rename
from tests.behaviour.provoking import CAUSES, PAYLOAD, SECRET, SENDER
from tests.interpreters import needs_gil, needs_refcounting

LONGEST = 4_000
"""Characters of the longest text, whoever gives the names in it."""

EVIL = "\x1b[2J\r\nERROR root: \u202e\x00\x9b" + "x" * 1_000_000
"""A name of a million characters, with what ends a line and what a terminal obeys."""

EVIL_WITH_SURROGATES = f"\udc80\ud800{EVIL}"
EVIL_FILE = EVIL.replace("\x00", "")  # coverage asks the system for such a file
IDENTIFIER = "p" * 1_000_000
ANYTHING: Any = EVIL


class Receiver:
    """A receiver with a secret in all that is not its name."""

    def __call__(self, sender: object, payload: object) -> object:
        """Receive."""
        return PAYLOAD

    def __repr__(self) -> str:
        return SECRET

    __str__ = __repr__

    def receive(self, sender: object, payload: object, given: str = SECRET) -> object:
        """Receive."""
        return [PAYLOAD]


def fail(sender: object, payload: object) -> None:
    """Receive, and say what was received."""
    raise ValueError(payload)


def take_keywords(sender: object, **payload: object) -> object:
    """Receive keywords."""
    return payload


def walk_in_secret() -> Walk:
    """Send what must not be printed, to and from what must not be printed either."""
    receiver = Receiver()
    receiver.__doc__ = SECRET
    walk = Walk(
        Cast(
            sender=SENDER,
            payload=PAYLOAD,
            receivers=(receiver, receiver.receive, partial(receiver.receive, given=SECRET)),
            failing=fail,
            keyword_receivers=(take_keywords, partial(take_keywords, secret=SECRET)),
        )
    )
    anyio.run(walk.run)
    return walk


@pytest.fixture(scope="module", name="secretive")
def make_secretive() -> Walk:
    """Walk once for all tests that look at what was said."""
    return walk_in_secret()


def test_no_repr_no_error_and_no_warning_shows_who_took_part(secretive: Walk) -> None:
    """Neither payloads and senders nor receivers, results and what receivers say they failed of."""
    assert len(secretive.said) > 200
    assert [text for text in secretive.said if SECRET in text[1]] == []


def test_no_log_record_shows_who_took_part(secretive: Walk) -> None:
    """Its message and arguments hold names; what a receiver itself says stands in the traceback."""
    assert {record.levelname for record in secretive.records} >= {"DEBUG", "WARNING", "ERROR"}
    for record in secretive.records:
        assert SECRET not in record.getMessage()
        arguments: Any = record.args
        assert {type(each) for each in arguments} <= {str, float, SlowCall}
        assert SECRET not in repr(arguments)


def test_no_span_shows_who_took_part(secretive: Walk) -> None:
    """What a receiver itself says stands in the event of its exception, and nowhere else."""
    assert len(secretive.spans) > 5
    for span in secretive.spans:
        assert SECRET not in f"{span.name} {dict(span.attributes)} {span.status.description}"
        for event in span.events:
            own = {"exception.message", "exception.stacktrace"}
            assert SECRET not in repr({k: v for k, v in event.attributes.items() if k not in own})


def provoke(kind: str) -> BaseException:
    """Provoke an error or a warning."""
    with pytest.raises(CAUSES[kind][0]) as caught:
        CAUSES[kind][1](Signal[Any]("order_placed"))
    return caught.value


@pytest.mark.parametrize("kind", CAUSES)
def test_no_error_shows_or_holds_who_took_part(kind: str) -> None:
    """Not in its text and not in its facts; its traceback leads to them, as any does."""
    error = provoke(kind)

    assert SECRET not in f"{error} {error!r} {error.args} {vars(error)}"


def test_a_wrong_option_is_shown_by_its_type() -> None:
    """A payload that was passed in the place of a number is not printed."""
    wrong: Any = PAYLOAD
    signal = Signal[Any]()
    for refused in (
        lambda: Dispatcher(concurrency=wrong),
        lambda: Dispatcher(max_pending=wrong),
        lambda: Dispatcher(grace=wrong),
        lambda: Dispatcher(on_error=wrong),
        lambda: signal.stream(buffer=wrong),
        lambda: signal.stream(overflow=wrong),
        lambda: signal.stream(where=wrong),
        lambda: signal.use(wrong, around=wrong),
        lambda: signal.connect(lambda sender, payload: None, once=wrong),
        lambda: aldis.stream(wrong),
        lambda: aldis.connect_methods(wrong),
        lambda: Signal[Any](wrong.encode()),
        lambda: Namespace(wrong.encode()),
        lambda: Namespace().signal(wrong.encode(), int),
    ):
        work: Any = refused
        with pytest.raises((TypeError, ValueError)) as caught:
            work()
        assert SECRET not in f"{caught.value} {caught.value!r}"


class SecretType(type):
    """A class that prints itself."""

    def __repr__(cls) -> str:
        return SECRET

    def __str__(cls) -> str:
        return SECRET


class Order(metaclass=SecretType):
    """A payload that is told by its class."""

    def __repr__(self) -> str:
        return SECRET

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        return 1


def test_a_payload_in_the_place_of_its_type_is_not_shown_or_compared() -> None:
    """It is a slip that is easily made; a class is shown by its name alone."""
    make: Any = Signal
    for declared, shown in (
        (Order(), "payload an object of type tests.behaviour.test_security_texts.Order,"),
        (Order, "payload Order,"),
        ("Order", "payload ForwardRef('Order'),"),
        (Annotated[int, "metres"], "payload typing.Annotated[int, 'metres'],"),
    ):
        assert shown in repr(make[declared]())
    orders: Any = Namespace("orders")
    assert "payload 'Order'," in repr(orders.signal("told by name", "Order"))
    assert orders.signal("told by name", "Order") in tuple(orders)
    orders.signal("placed", Order())
    with pytest.raises(aldis.PayloadMismatchError, match="carries an object of type") as caught:
        orders.signal("placed", Order())
    assert SECRET not in f"{caught.value}"


# -- length and lines --------------------------------------------------------------------------


def evil_class() -> Any:
    """Make a class with names that its author chose for the reader of a log."""
    made: Any = type("Receiver", (Receiver,), {})
    made.__qualname__ = made.__module__ = EVIL_WITH_SURROGATES
    made.__name__ = EVIL.replace("\x00", "")
    return made


def walk_with_evil_names() -> Walk:
    """Do everything with names that are as long and as wrong as names can be."""
    receiver = rename(lambda sender, payload: None, EVIL_WITH_SURROGATES, EVIL_FILE)
    error: Any = type("Error", (ValueError,), {})
    error.__qualname__ = error.__module__ = EVIL_WITH_SURROGATES
    error.__name__ = EVIL.replace("\x00", "")

    def raising(sender: object, payload: object) -> None:
        raise error

    owner = evil_class()()
    walk = Walk(
        Cast(
            sender=evil_class()(),
            payload=1,
            receivers=(receiver, owner, owner.receive),
            failing=rename(raising, EVIL_WITH_SURROGATES, EVIL_FILE),
            keyword_receivers=(take_keywords,),
            name=EVIL_WITH_SURROGATES,
            payload_type=evil_class(),
        )
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        anyio.run(walk.run)
        signal = Signal[Any](EVIL)
        signal.connect(rename(fail, EVIL, EVIL_FILE))
        assert not signal.receivers
    (lost,) = caught
    walk.note("lost", lost.message)
    walk.said.append(("file", lost.filename))
    return walk


@pytest.fixture(scope="module", name="evil")
def make_evil() -> Walk:
    """Walk once for all tests that look at what was said."""
    return walk_with_evil_names()


def is_in_order(text: str) -> bool:
    """Tell whether a text fits on one line of a log, and leaves its terminal alone."""
    return len(text) <= LONGEST and text.isprintable()


@needs_gil
@needs_refcounting
def test_each_repr_error_and_warning_is_one_short_line(evil: Walk) -> None:
    """Whatever the names of signals, functions, classes, modules and files."""
    assert len(evil.said) > 200
    assert [(what, len(text)) for what, text in evil.said if not is_in_order(text)] == []


@needs_gil
@needs_refcounting
def test_each_log_record_is_one_short_line(evil: Walk) -> None:
    """The traceback that follows it is Python's, with what the receiver said."""
    messages = [record.getMessage() for record in evil.records]
    assert len(messages) > 10
    assert [message for message in messages if not is_in_order(message)] == []


@needs_gil
@needs_refcounting
def test_each_name_and_attribute_of_a_span_is_one_short_line(evil: Walk) -> None:
    """So that every exporter can encode it."""
    assert len(evil.spans) > 5
    for span in evil.spans:
        texts = [span.name, span.status.description or "", *map(str, span.attributes.values())]
        assert [text for text in texts if not is_in_order(text)] == []


def evil_prototype(**names: Any) -> Any:
    """Make a function whose one keyword has a very long name."""
    made: dict[str, Any] = {}
    exec(f"def placed(sender, /, *, {IDENTIFIER}): ...", made)
    return made["placed"]


def async_receivers(signal: Signal[Any]) -> None:
    """Send to a thousand async receivers, inside of as many async middleware."""

    async def receive(sender: object, payload: object) -> None: ...

    async def middleware(call: object, proceed: Any) -> None: ...

    for _ in range(1000):
        signal.connect(rename(receive, EVIL, EVIL_FILE), weak=False)
        signal.use(rename(middleware, EVIL, EVIL_FILE))
    signal.send(None, None)


EVIL_CAUSES: dict[str, Callable[[Signal[Any]], object]] = {
    "not callable": lambda signal: signal.connect(not_callable()),
    "signature": lambda signal: signal.connect(evil_prototype()),
    "needed": lambda _: aldis.KeywordSignal(evil_prototype()).connect(fail),
    "no parameter's name": lambda signal: signal.connect(unnamed_parameter()),
    "async": async_receivers,
    "option": lambda signal: signal.connect(fail, once=evil_class()()),
    "large number": lambda signal: signal.stream(buffer=-(10**5000)),
    "another large number": lambda _: Dispatcher(concurrency=-(10**5000)),
    "word": lambda signal: signal.stream(overflow=ANYTHING),
    "owner": lambda _: aldis.connect_methods(evil_class()()),
    "class as owner": lambda _: aldis.connect_methods(evil_class()),
    "middleware": lambda signal: signal.use(evil_class()()),
    "marked": lambda signal: signal.receiver(evil_class()()),
}


def not_callable() -> Any:
    """Make an object that can be no receiver."""
    made: Any = type("Object", (), {"__module__": EVIL})
    made.__qualname__ = EVIL_WITH_SURROGATES
    return made()


def unnamed_parameter() -> Any:
    """Make a function with a parameter that no source could name."""

    def receive(sender: object) -> None: ...

    receive.__code__ = receive.__code__.replace(co_varnames=("sender\n",))
    return receive


@pytest.mark.parametrize("kind", EVIL_CAUSES)
def test_each_error_is_one_short_line(kind: str) -> None:
    """Its text and its `repr`, however many and long the names in it."""
    with pytest.raises(AldisError) as caught:
        EVIL_CAUSES[kind](Signal[Any](EVIL))
    assert is_in_order(str(caught.value))
    assert is_in_order(repr(caught.value))
    assert len(str(caught.value)) > 20


def test_reprs_of_keyword_signals_and_namespaces_are_short() -> None:
    """Whatever their parameters and however many their signals."""
    assert is_in_order(repr(aldis.KeywordSignal(evil_prototype())))
    names = Namespace(EVIL)
    for number in range(1000):
        names.signal(f"{number}{EVIL[:300]}", int)
    assert is_in_order(repr(names))
    assert repr(names).endswith(" and 995 more>")


def test_an_exception_that_is_false_is_logged_with_its_traceback() -> None:
    """As one with a length is; `logging` asks an exception that it is given whether it is true."""

    class Empty(Exception):
        def __len__(self) -> int:
            return 0

    def receive(sender: object, payload: object) -> None:
        raise Empty

    records: list[logging.LogRecord] = []
    handler, logger = Kept(records), logging.getLogger("aldis")

    async def main() -> None:
        signal = Signal[Any]("placed")
        signal.connect(receive)
        async with Dispatcher() as dispatcher:
            assert not dispatcher.post(signal.event(None, None)).is_done

    logger.addHandler(handler)
    try:
        anyio.run(main)
    finally:
        logger.removeHandler(handler)
    (record,) = records
    error: Any = record.exc_info
    assert error[0] is Empty


@needs_gil
@needs_refcounting
def test_a_lost_receiver_is_told_of_at_a_file_that_can_be_printed() -> None:
    """`warnings` prints that name as it is, and then looks for the line in that file."""
    signal = Signal[Any]()
    signal.connect(rename(fail, "fail", f"/{EVIL_FILE}"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", LostReceiverWarning)
        assert not signal.receivers
    (lost,) = caught
    assert len(lost.filename) == 1000
    assert lost.filename.isprintable()

"""What can be middleware, what is refused at once, and what does not keep the rules."""

from __future__ import annotations

import functools
from collections.abc import Generator
from typing import Any

import pytest

from aldis import AsyncReceiverError, KeywordSignal, Signal
from aldis.exceptions import (
    AsyncMiddlewareError,
    MiddlewareError,
    NotMiddlewareError,
    OptionError,
)
from aldis.middleware import Call, Proceed
from tests.behaviour.recording import (
    Calls,
    Shop,
    Way,
    in_each_async_way,
    nothing_unawaited,
)

SHOP = Shop()
Stepped = Generator[None, Any, Any]


class BrokenError(Exception):
    """What receivers raise here."""


def fail() -> None:
    """Fail."""
    raise BrokenError


async def nothing() -> None:
    """Take no call."""


def plain(*call: Any) -> None:
    """Return nothing."""


def mine(call: Call[Any]) -> Stepped:
    """Do nothing else."""
    return (yield)


# -- what can be one ---------------------------------------------------------------------------


class Methods:
    """Has middleware of each kind."""

    def method(self, call: Call[Any]) -> Stepped:
        """Stand around a call."""
        return ("method", (yield))

    def __call__(self, call: Call[Any]) -> Stepped:
        """Stand around a call as well."""
        return ("object", (yield))

    @staticmethod
    def static(call: Call[Any]) -> Stepped:
        """Stand around a call without an object."""
        return ("static", (yield))


def with_option(option: str, call: Call[Any]) -> Stepped:
    """Stand around a call, with an option."""
    return (option, (yield))


@pytest.mark.parametrize(
    ("middleware", "name"),
    [
        (Methods().method, "method"),
        (Methods(), "object"),
        (Methods.static, "static"),
        (functools.partial(with_option, "option"), "option"),
    ],
    ids=["method", "object", "static method", "partial"],
)
def test_every_kind_of_generator_function_can_be_one(middleware: Any, name: str) -> None:
    """It is held strongly, unlike a receiver."""
    signal = Signal[int]()
    signal.connect(SHOP.receive)
    signal.use(middleware)
    del middleware
    assert signal.send(SHOP, 1).values == ((name, "shop"),)


async def async_generator(call: Call[Any]) -> Any:
    """Iterate in an async way."""
    yield


async def async_function(call: Call[Any], proceed: Any) -> Any:
    """Go on."""
    return await proceed()


@pytest.mark.parametrize(
    ("middleware", "around", "says"),
    [
        (3, "receiver", "an object of type int is not callable"),
        (plain, "receiver", "is neither a generator function nor async"),
        (Methods, "receiver", "is neither a generator function nor async"),
        (async_generator, "receiver", "is an async generator function"),
        (async_function, "sending", 'is async, and around="sending" takes generator'),
        (with_option, "receiver", r"signature \(option, call\), but .* as middleware\(call\)"),
        (with_option, "sending", r"signature \(option, call\), but .* as middleware\(sending\)"),
        (nothing, "receiver", r"signature \(\), but .* as middleware\(call, proceed\)"),
    ],
)
def test_what_cannot_be_one_is_refused_at_once(middleware: Any, around: Any, says: str) -> None:
    """With what stands in the way, and how to write one; nothing was changed."""
    signal = Signal[int]()
    signal.connect(SHOP.receive)
    with pytest.raises(NotMiddlewareError, match=says) as caught:
        signal.use(middleware, around=around)
    assert isinstance(caught.value, TypeError)
    assert signal.send(SHOP, 1).values == ("shop",)


@pytest.mark.parametrize("around", ["senders", None, 1])
def test_around_is_one_of_two_words(around: Any) -> None:
    """Anything else is an error of its own."""
    with pytest.raises(OptionError, match=r'around=.* is not "receiver" or "sending"'):
        Signal[int]().use(mine, around=around)


# -- what does not keep the rules --------------------------------------------------------------


def no_yield(call: Call[Any]) -> Stepped:
    """Never yield."""
    if call.payload is None:
        yield


def yields_twice(call: Call[Any]) -> Stepped:
    """Yield once more."""
    yield
    yield


def yields_after_a_failure(call: Call[Any]) -> Stepped:
    """Yield once more when the receiver fails, and when it is to end."""
    try:
        yield
    except BrokenError:
        try:
            yield
        finally:
            yield


@pytest.mark.parametrize("broken", [False, True], ids=["returns", "raises"])
@pytest.mark.parametrize(
    ("middleware", "found"),
    [
        (no_yield, "did not yield"),
        (yields_twice, "yielded twice"),
        (yields_after_a_failure, "yielded twice"),
    ],
)
def test_a_generator_yields_exactly_once(middleware: Any, found: str, broken: bool) -> None:
    """Otherwise the call fails, with an error that names the middleware; others see that."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver", fail if broken else None))
    signal.use(middleware)
    if (middleware is yields_twice and broken) or (
        middleware is yields_after_a_failure and not broken
    ):
        signal.send_robust(SHOP, 1)  # it keeps the rules in this case
        return
    with pytest.raises(MiddlewareError, match=f"{middleware.__name__} .* {found}; ") as caught:
        signal.send(SHOP, 1)
    assert isinstance(caught.value, RuntimeError)
    assert caught.value.found == found
    assert calls.names == ([] if middleware is no_yield else ["receiver"])


async def awaited(*call: Any) -> None:
    """Be a coroutine."""


@pytest.mark.parametrize("other", [plain, awaited])
def test_what_is_no_generator_function_any_more_is_an_error_too(
    other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class can be given another `__call__` after an object of it was installed."""
    signal, calls = Signal[int](), Calls()

    class Changing:
        def __call__(self, call: Call[Any]) -> Stepped:
            yield

    signal.connect(calls.receiver("receiver"))
    signal.use(Changing())
    monkeypatch.setattr(Changing, "__call__", other)
    with nothing_unawaited(), pytest.raises(MiddlewareError, match="did not return a generator"):
        signal.send(SHOP, 1)
    assert calls.names == []


# -- async functions ---------------------------------------------------------------------------


async def twice(call: Call[Any], proceed: Proceed[Any]) -> Any:
    """Make the call twice."""
    await proceed()
    return await proceed()


async def forgets(call: Call[Any], proceed: Proceed[Any]) -> Any:
    """Make a call that it does not await."""
    return proceed()


async def forgets_and_fails(call: Call[Any], proceed: Proceed[Any]) -> Any:
    """Fail with a call that it does not await."""
    kept = proceed()
    fail()
    return await kept


@pytest.mark.anyio
@in_each_async_way
@pytest.mark.parametrize(
    ("middleware", "error", "called"),
    [
        (twice, MiddlewareError, ["receiver"]),
        (forgets, MiddlewareError, []),
        (forgets_and_fails, BrokenError, []),
    ],
)
async def test_proceed_is_called_once_and_awaited(
    way: Way, middleware: Any, error: type[Exception], called: list[str]
) -> None:
    """The failure is that of the receiver, and no coroutine is left un-awaited."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("receiver"))
    signal.use(middleware)
    with nothing_unawaited(), pytest.raises((error, ExceptionGroup)) as caught:
        await way(signal, SHOP, 1)
    found: Any = caught.value
    assert type(getattr(found, "exceptions", [found])[0]) is error
    assert calls.names == called


@pytest.mark.anyio
async def test_proceed_cannot_be_called_after_the_end() -> None:
    """The sending has gone on without it."""
    signal, calls, kept = Signal[int](), Calls(), list[Proceed[object]]()

    async def keep(call: Call[int], proceed: Proceed[object]) -> object:
        kept.append(proceed)
        return "skipped"

    signal.connect(calls.receiver("receiver"))
    signal.use(keep)
    assert (await signal.send_async(SHOP, 1)).values == ("skipped",)
    with pytest.raises(MiddlewareError, match="after its own end"):
        await kept[0]()
    assert calls.names == []


@pytest.mark.anyio
async def test_what_is_no_async_function_any_more_is_an_error_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A class can be given another `__call__` after an object of it was installed."""
    signal, calls = Signal[int](), Calls()

    class Changing:
        async def __call__(self, *call: Any) -> Any: ...

    signal.connect(calls.receiver("receiver"))
    signal.use(Changing())
    monkeypatch.setattr(Changing, "__call__", plain)
    with pytest.raises(MiddlewareError, match="returned no awaitable"):
        await signal.send_async(SHOP, 1)
    assert calls.names == []


@pytest.mark.parametrize("robust", [False, True], ids=["send", "send_robust"])
def test_a_sync_send_is_refused_while_there_is_async_middleware(robust: bool) -> None:
    """Before any receiver has run; it is named, and so are the receivers."""
    signal, calls = Signal[int]("numbers"), Calls()
    signal.connect(calls.receiver("receiver"), once=True)
    undo = signal.use(async_function)
    send = signal.send_robust if robust else signal.send
    with pytest.raises(
        AsyncMiddlewareError, match=r"async_function .*; no receiver .* send_async"
    ) as caught:
        send(SHOP, 1)
    assert isinstance(caught.value, AsyncReceiverError)
    assert len(caught.value.middleware) == len(caught.value.receivers) == 1
    undo()
    send(SHOP, 1)
    assert calls.names == ["receiver"]


def test_where_there_is_no_receiver_async_middleware_does_not_matter() -> None:
    """There is no call for it to stand around."""
    signal, calls = Signal[int](), Calls()
    signal.use(async_function)
    assert signal.send(SHOP, 1).values == ()
    receiver = signal.connect(calls.receiver("receiver"))
    signal.connect(calls.receiver("other", lambda: signal.disconnect(receiver)), Shop())
    signal.disconnect(receiver)
    assert signal.send_robust(SHOP, 1).values == ()


@pytest.mark.anyio
async def test_keyword_signals_have_no_middleware() -> None:
    """They stay small; nor does a bound signal have any of its own."""
    assert not hasattr(KeywordSignal, "use")
    assert not hasattr(Signal[int]().bind(SHOP), "use")

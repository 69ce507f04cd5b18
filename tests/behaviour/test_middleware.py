"""Middleware as generator functions: around each call, in every way of sending."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from anyio.lowlevel import checkpoint

from aldis import ANY, AsyncReceiverError, Signal
from aldis.exceptions import MiddlewareError
from aldis.middleware import Call, Middleware
from tests.behaviour.recording import (
    Calls,
    Shop,
    Way,
    in_each_async_way,
    in_each_way,
    nothing_unawaited,
)

SHOP = Shop()
Stepped = Generator[None, Any, Any]


class BrokenError(Exception):
    """What receivers and middleware raise here."""


def fail() -> None:
    """Fail."""
    raise BrokenError


async def fail_later() -> None:
    """Fail after a while."""
    await checkpoint()
    raise BrokenError


def noting(calls: Calls, name: str) -> Middleware[Any, Any, Any]:
    """Make a middleware that notes its steps."""

    def middleware(call: Call[Any, Any, Any]) -> Stepped:
        calls.names.append(f"{name} begins")
        result = yield
        calls.names.append(f"{name} ends with {result}")
        return f"{name}({result})"

    return middleware


def recovering(call: Call[Any, Any, Any]) -> Stepped:
    """Make a value of a failure."""
    try:
        return (yield)
    except BrokenError:
        return "mended"


# -- what it does ------------------------------------------------------------------------------


@pytest.mark.anyio
@in_each_way
async def test_it_runs_before_and_after_each_call(way: Way) -> None:
    """What it returns becomes the result; the receivers stay who they are."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("first"))
    signal.connect(calls.receiver("second"))
    signal.use(noting(calls, "m"))

    assert await way(signal, SHOP, 1) == ("m(first)", "m(second)")
    expected = [
        "m begins",
        "first",
        "m ends with first",
        "m begins",
        "second",
        "m ends with second",
    ]
    assert calls.names == expected


@pytest.mark.anyio
@in_each_async_way
async def test_around_an_async_receiver_it_ends_after_the_await(way: Way) -> None:
    """Its `yield` gives what was awaited."""
    signal, calls = Signal[int](), Calls()

    async def note() -> None:
        await checkpoint()
        calls.names.append("awaited")

    signal.connect(calls.async_receiver("receiver", note))
    signal.use(noting(calls, "m"))

    assert await way(signal, SHOP, 1) == ("m(receiver)",)
    assert calls.names == ["m begins", "receiver", "awaited", "m ends with receiver"]


@pytest.mark.anyio
@in_each_way
async def test_the_first_installed_is_outermost(way: Way) -> None:
    """And the last one is next to the receiver."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("r"))
    signal.use(noting(calls, "outer"))
    signal.use(noting(calls, "inner"))

    assert await way(signal, SHOP, 1) == ("outer(inner(r))",)
    assert calls.names[:3] == ["outer begins", "inner begins", "r"]


@pytest.mark.anyio
@in_each_way
async def test_it_sees_the_call(way: Way) -> None:
    """Signal, sender, payload, receiver, and the connection on demand."""
    signal, calls, seen = Signal[int]("numbers"), Calls(), list[Call[Any, Any, Any]]()

    def look(call: Call[int]) -> Generator[None, object, object]:
        seen.append(call)
        return (yield)

    signal.connect(SHOP.receive, SHOP, priority=1)
    receiver = signal.connect(calls.receiver("receiver"))
    signal.use(look)
    await way(signal, SHOP, 7)

    assert [(each.signal, each.sender, each.payload) for each in seen] == [(signal, SHOP, 7)] * 2
    assert [each.receiver for each in seen] == [SHOP.receive, receiver]
    by, any_sender = (each.connection for each in seen)
    assert (by.receiver, by.sender, by.priority) == (SHOP.receive, SHOP, 1)
    assert (any_sender.receiver, any_sender.sender, any_sender.priority) == (receiver, ANY, 0)
    assert any_sender.defined_at is not None


@pytest.mark.parametrize("name", ["signal", "sender", "payload", "receiver", "connection", "new"])
def test_what_it_sees_is_frozen(name: str) -> None:
    """Nothing of it can be set, and its `repr` shows no payload."""
    signal, seen = Signal[str]("texts"), list[Call[Any, Any, Any]]()

    def look(call: Call[str]) -> Generator[None, object, object]:
        seen.append(call)
        return (yield)

    signal.connect(SHOP.receive)
    signal.use(look)
    signal.send("secret sender", "secret payload")
    with pytest.raises(AttributeError):
        setattr(seen[0], name, None)
    assert repr(seen[0]).startswith("<Call of the bound method ")
    assert repr(seen[0]).endswith("by texts>")
    assert "secret" not in repr(seen[0])


@pytest.mark.anyio
@in_each_way
async def test_it_can_turn_a_failure_into_a_value(way: Way) -> None:
    """What it catches at its `yield` has not happened for those outside."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("broken", fail))
    signal.use(recovering)

    assert await way(signal, SHOP, 1) == ("mended",)


@pytest.mark.anyio
@in_each_async_way
async def test_it_can_turn_the_failure_of_an_async_receiver_into_a_value(way: Way) -> None:
    """What is raised while it is awaited is raised at the `yield` as well."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.async_receiver("broken", fail_later))
    signal.use(recovering)

    assert await way(signal, SHOP, 1) == ("mended",)


@pytest.mark.anyio
@in_each_way
async def test_it_can_wrap_the_call_in_a_context_manager(way: Way) -> None:
    """`with anything: return (yield)` is all there is to it."""
    signal, calls = Signal[int](), Calls()

    @contextmanager
    def block() -> Generator[None]:
        calls.names.append("enter")
        yield
        calls.names.append("exit")

    def wrap(call: Call[int]) -> Generator[None, object, object]:
        with block():
            return (yield)

    signal.connect(calls.receiver("receiver"))
    signal.use(wrap)
    assert await way(signal, SHOP, 1) == ("receiver",)
    assert calls.names == ["enter", "receiver", "exit"]


def test_it_can_turn_one_failure_into_another() -> None:
    """What it raises goes on in the place of what it saw, which is the context."""
    signal, calls = Signal[int](), Calls()

    def translate(call: Call[int]) -> Generator[None, object, object]:
        try:
            return (yield)
        except BrokenError as error:
            raise LookupError from error

    signal.connect(calls.receiver("broken", fail))
    signal.use(recovering)  # outermost: no longer sees a `BrokenError`
    signal.use(translate)
    with pytest.raises(LookupError) as caught:
        signal.send(SHOP, 1)
    assert isinstance(caught.value.__cause__, BrokenError)


def test_the_context_of_its_failure_stays() -> None:
    """All that went wrong on the way is shown."""
    signal, calls = Signal[int](), Calls()

    def stumble(call: Call[int]) -> Generator[None, object, object]:
        try:
            return (yield)
        except BrokenError:
            try:
                raise KeyError
            except KeyError:
                raise LookupError  # noqa: B904  # the context is what is tested

    signal.connect(calls.receiver("broken", fail))
    signal.use(noting(calls, "outer"))
    signal.use(stumble)
    with pytest.raises(LookupError) as caught:
        signal.send(SHOP, 1)
    first = caught.value.__context__
    assert isinstance(first, KeyError)
    assert isinstance(first.__context__, BrokenError)
    assert first.__context__.__context__ is None


def raising_before(call: Call[Any, Any, Any]) -> Stepped:
    """Fail before the call."""
    fail()
    yield


def raising_after(call: Call[Any, Any, Any]) -> Stepped:
    """Fail after the call."""
    yield
    fail()


@pytest.mark.parametrize(
    ("middleware", "called"), [(raising_before, []), (raising_after, ["receiver"])]
)
def test_its_own_failure_is_that_of_the_receiver(
    middleware: Middleware[Any, Any, Any], called: list[str]
) -> None:
    """It propagates, and becomes an outcome; what stands outside of it sees it."""
    signal, calls = Signal[int](), Calls()
    receiver = signal.connect(calls.receiver("receiver"))
    signal.use(middleware)

    with pytest.raises(BrokenError):
        signal.send(SHOP, 1)
    assert calls.take() == called
    (outcome,) = signal.send_robust(SHOP, 1)
    assert outcome.receiver == receiver
    assert isinstance(outcome.error, BrokenError)

    outside = Signal[int]()
    outside.use(recovering)
    outside.use(middleware)
    outside.connect(receiver)
    assert outside.send(SHOP, 1).values == ("mended",)


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration, StopAsyncIteration]
)
def test_any_error_comes_through_as_it_is(error: type[BaseException]) -> None:
    """Though Python makes another error of a StopIteration that leaves a generator."""
    signal, calls, seen = Signal[int](), Calls(), list[BaseException]()
    raised = error("as it is")

    def throw() -> None:
        raise raised

    def look(call: Call[int]) -> Generator[None, object, object]:
        try:
            return (yield)
        except BaseException as other:
            seen.append(other)
            raise

    signal.connect(calls.receiver("receiver", throw))
    signal.use(look)
    signal.use(noting(calls, "m"))
    with pytest.raises(error) as caught:
        signal.send(SHOP, 1)
    assert caught.value is raised
    assert seen == [raised]


def test_it_runs_once_for_a_receiver_that_is_connected_twice() -> None:
    """A receiver is called once a sending, and it is the call that it stands around."""
    signal, calls = Signal[int](), Calls()
    receiver = signal.connect(calls.receiver("receiver"))
    signal.connect(receiver, SHOP)
    signal.use(noting(calls, "m"))

    assert signal.send(SHOP, 1).values == ("m(receiver)",)
    assert signal.send(None, 1).values == ("m(receiver)",)


def test_a_once_connection_is_used_up_by_a_call_that_middleware_prevents() -> None:
    """The call is claimed before its middleware begins."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"), once=True)
    signal.use(raising_before)

    assert len(signal.send_robust(SHOP, 1).errors) == 1
    assert (signal.receivers, calls.names) == ((), [])


def test_it_can_send_the_same_signal() -> None:
    """The inner sending has middleware of its own."""
    signal, calls = Signal[int](), Calls()

    def again(call: Call[int]) -> Generator[None, object, object]:
        if call.payload:
            signal.send(SHOP, call.payload - 1)
        return (yield)

    signal.connect(calls.receiver("receiver"))
    signal.use(again)
    signal.send(SHOP, 2)
    assert [payload for _, payload in calls.seen] == [0, 1, 2]


def test_a_muted_signal_runs_none() -> None:
    """A muted receiver neither."""
    signal, calls = Signal[int](), Calls()
    receiver = signal.connect(calls.receiver("receiver"))
    signal.use(noting(calls, "m"))
    with signal.muted():
        signal.send(SHOP, 1)
    with signal.muted(receiver):
        signal.send(SHOP, 1)
    assert calls.names == []


# -- coroutines and threads --------------------------------------------------------------------


@pytest.mark.parametrize("robust", [False, True], ids=["send", "send_robust"])
def test_it_sees_that_a_sync_send_refuses_a_coroutine(robust: bool) -> None:
    """The coroutine is closed, and the refusal is raised at the `yield`."""
    signal, calls, seen = Signal[Any](), Calls(), list[type]()
    made: Callable[[Any, Any], Any] = lambda sender, payload: calls.async_receiver("r")(None, 1)

    def look(call: Call[Any]) -> Generator[None, object, object]:
        try:
            return (yield)
        except Exception as error:
            seen.append(type(error))
            raise

    signal.connect(made)
    signal.use(look)
    send = signal.send_robust if robust else signal.send
    with nothing_unawaited(), suppress(AsyncReceiverError):
        send(SHOP, 1)
    assert (seen, calls.names) == ([AsyncReceiverError], [])


def test_a_coroutine_that_middleware_makes_is_refused_as_well() -> None:
    """None is left un-awaited, wherever it comes from."""
    signal, calls = Signal[int](), Calls()

    def async_result(call: Call[int]) -> Stepped:
        yield
        return calls.async_receiver("made")(None, 1)

    signal.connect(calls.receiver("receiver"))
    signal.use(async_result)
    with nothing_unawaited(), pytest.raises(MiddlewareError, match="returned a coroutine"):
        signal.send(SHOP, 1)


@pytest.mark.anyio
@in_each_async_way
async def test_with_to_thread_it_runs_around_the_call_in_the_worker_thread(way: Way) -> None:
    """Before and after."""
    signal, seen = Signal[int](), list[int]()

    def look(call: Call[int]) -> Generator[None, object, object]:
        seen.append(threading.get_ident())
        result = yield
        seen.append(threading.get_ident())
        return result

    def receiver(sender: object, payload: int) -> int:
        return threading.get_ident()

    signal.connect(receiver, to_thread=True)
    signal.use(look)
    (worker,) = await way(signal, SHOP, 1)
    assert seen == [worker, worker]
    assert worker != threading.get_ident()


@pytest.mark.anyio
async def test_a_coroutine_from_a_worker_thread_cannot_come_through_middleware() -> None:
    """It would end in another thread than it began; the mend is said."""
    signal, calls = Signal[Any](), Calls()
    made: Callable[[Any, Any], Any] = lambda sender, payload: calls.async_receiver("r")(None, 1)
    signal.connect(made, to_thread=True)
    undo = signal.use(noting(calls, "m"))
    with (
        nothing_unawaited(),
        pytest.raises(AsyncReceiverError, match="worker thread; leave out to_thread=True"),
    ):
        await signal.send_async(SHOP, 1)
    undo()
    assert (await signal.send_async(SHOP, 1)).values == ("r",)

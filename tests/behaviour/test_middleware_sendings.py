"""Middleware around whole sendings: it looks on, and replaces nothing."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import AsyncReceiverError, Outcomes, Results, Signal
from aldis.exceptions import MiddlewareError
from aldis.middleware import Call, Proceed, Sending, SendingMiddleware
from tests.behaviour.recording import Calls, Shop, Way, in_each_way

SHOP = Shop()
Watch = Generator[None, Results[Any] | Outcomes[Any], None]


class BrokenError(Exception):
    """What receivers and middleware raise here."""


def fail() -> None:
    """Fail."""
    raise BrokenError


def watching(seen: list[object], name: str = "m") -> SendingMiddleware[Any, Any, Any]:
    """Make a middleware that notes what it sees."""

    def watch(sending: Sending[Any, Any]) -> Watch:
        seen.append(f"{name} begins")
        try:
            result = yield
        except BaseException as error:
            seen.append((name, type(error)))
            raise
        kind = Results if isinstance(result, Results) else Outcomes
        seen.append((name, kind, result.values))

    return watch


@pytest.mark.anyio
@in_each_way
async def test_it_runs_before_and_after_the_sending(way: Way) -> None:
    """What was installed first is outermost, and middleware around receivers is inside."""
    signal, calls = Signal[int](), Calls()
    seen: list[Any] = calls.names
    signal.connect(calls.receiver("receiver"))

    def around_call(call: Call[int]) -> Generator[None, object, object]:
        seen.append("call begins")
        return (yield)

    signal.use(around_call)
    signal.use(watching(seen, "outer"), around="sending")
    signal.use(watching(seen, "inner"), around="sending")

    assert await way(signal, SHOP, 1) == ("receiver",)
    assert seen[:4] == ["outer begins", "inner begins", "call begins", "receiver"]
    assert [(name, values) for name, _, values in seen[4:]] == [
        ("inner", ("receiver",)),
        ("outer", ("receiver",)),
    ]


@pytest.mark.anyio
@in_each_way
async def test_it_runs_without_receivers_too(way: Way) -> None:
    """But not where the signal is muted, nor where the sending is refused."""
    signal, seen = Signal[int](), list[object]()
    undo = signal.use(watching(seen), around="sending")
    assert await way(signal, SHOP, 1) == ()
    assert len(seen) == 2
    with signal.muted():
        await way(signal, SHOP, 1)
    undo()
    await way(signal, SHOP, 1)
    assert len(seen) == 2


def test_a_refused_sending_runs_none() -> None:
    """There was no sending."""
    signal, calls, seen = Signal[int](), Calls(), list[object]()
    signal.use(watching(seen), around="sending")
    signal.connect(calls.async_receiver("receiver"))
    with pytest.raises(AsyncReceiverError):
        signal.send(SHOP, 1)
    assert seen == []


def test_it_sees_the_sending() -> None:
    """Signal, sender and payload, which cannot be set, nor does its `repr` show them."""
    signal, seen = Signal[str]("texts"), list[Sending[Any, Any]]()

    def look(sending: Sending[Any, Any]) -> Watch:
        seen.append(sending)
        yield

    signal.use(look, around="sending")
    signal.send("secret", "secret")
    (sending,) = seen
    assert (sending.signal, sending.sender, sending.payload) == (signal, "secret", "secret")
    assert repr(sending) == "<Sending of texts>"
    for name in ("signal", "sender", "payload", "new"):
        with pytest.raises(AttributeError):
            setattr(sending, name, None)


def test_it_sees_results_of_a_send_and_outcomes_of_a_robust_one() -> None:
    """In the latter failures are there to be looked at."""
    signal, calls, seen = Signal[int](), Calls(), list[object]()
    signal.connect(calls.receiver("receiver"))
    signal.connect(calls.receiver("broken", fail))
    signal.use(watching(seen), around="sending")
    with pytest.raises(BrokenError):
        signal.send(SHOP, 1)
    signal.send_robust(SHOP, 1)
    assert seen == ["m begins", ("m", BrokenError), "m begins", ("m", Outcomes, ("receiver",))]


@pytest.mark.anyio
@in_each_way
async def test_it_replaces_nothing(way: Way) -> None:
    """Neither what came, nor what was raised."""
    signal, calls = Signal[int](), Calls()

    def replace(sending: Sending[Any, Any]) -> Generator[None, object, Any]:
        try:
            yield
        except BaseException:
            return "another"
        return "other"

    signal.connect(calls.receiver("receiver"))
    signal.use(replace, around="sending")
    assert await way(signal, SHOP, 1) == ("receiver",)
    signal.connect(calls.receiver("broken", fail))
    with pytest.raises((BrokenError, ExceptionGroup)):
        await way(signal, SHOP, 1)


@pytest.mark.anyio
@in_each_way
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_its_own_failure_is_raised(way: Way, after: bool) -> None:
    """From a robust send as well: it is no receiver's."""
    signal, calls, seen = Signal[int](), Calls(), list[object]()

    def broken(sending: Sending[Any, Any]) -> Watch:
        if not after:
            fail()
        yield
        fail()

    signal.connect(calls.receiver("receiver"))
    signal.use(watching(seen), around="sending")
    signal.use(broken, around="sending")
    with pytest.raises(BrokenError):
        await way(signal, SHOP, 1)
    assert calls.names == ["receiver"] * after
    assert seen == ["m begins", ("m", BrokenError)]


def test_it_yields_exactly_once() -> None:
    """As middleware around receivers does."""
    signal = Signal[int]()

    def twice(sending: Sending[Any, Any]) -> Watch:
        yield
        yield

    signal.use(twice, around="sending")
    with pytest.raises(MiddlewareError, match=r"twice .* yielded twice; "):
        signal.send_robust(SHOP, 1)


def test_used_up_connections_are_told_of_all_the_same() -> None:
    """After the sending."""
    signal, calls, seen = Signal[int](), Calls(), list[object]()
    signal.receiver_disconnected.connect(lambda signal, connection: seen.append("told"), weak=False)
    signal.connect(calls.receiver("once"), once=True)
    signal.use(watching(seen), around="sending")
    signal.send(SHOP, 1)
    assert seen == ["m begins", ("m", Results, ("once",)), "told"]


@pytest.mark.anyio
async def test_a_cancel_scope_holds_for_the_sending() -> None:
    """It is stepped in the task of the sending."""
    signal = Signal[int]()

    def in_time(sending: Sending[Any, Any]) -> Watch:
        with anyio.fail_after(0):
            yield

    async def hang(sender: object, payload: int) -> None:
        await anyio.sleep_forever()

    signal.connect(hang)
    signal.connect(lambda sender, payload: None, weak=False)
    signal.use(in_time, around="sending")
    with pytest.raises(TimeoutError):
        await signal.send_async(SHOP, 1)
    with pytest.raises(TimeoutError):
        await signal.send_robust_async(SHOP, 1, concurrency=None)


@pytest.mark.anyio
async def test_it_stands_around_async_middleware_of_receivers() -> None:
    """And sync sends are refused for that alone."""
    signal, calls, seen = Signal[int](), Calls(), list[object]()

    async def go_on(call: Call[int], proceed: Proceed[object]) -> object:
        await checkpoint()
        return await proceed()

    signal.connect(calls.receiver("receiver"))
    signal.use(watching(seen), around="sending")
    signal.send(SHOP, 1)
    signal.use(go_on)
    await signal.send_async(SHOP, 1)
    assert len(seen) == 4

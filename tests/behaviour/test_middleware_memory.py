"""What middleware leaves behind: nothing, without the collector."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from typing import Any

import pytest
from anyio.lowlevel import checkpoint

from aldis import Signal
from aldis.middleware import Call, Proceed, Sending
from tests.behaviour.recording import Way, in_each_way, without_collector
from tests.behaviour.test_memory import (
    ASYNC_FAILURES,
    SHOP,
    SYNC_FAILURES,
    BrokenError,
    Payload,
    fail,
    fail_async,
    fail_late,
    fail_too,
    receive,
    receive_async,
)

Stepped = Generator[None, Any, Any]


def passing(call: Call[Any, Any, Any]) -> Stepped:
    """Let everything pass."""
    return (yield)


def translating(call: Call[Any, Any, Any]) -> Stepped:
    """Make another failure of one."""
    try:
        return (yield)
    except BrokenError as error:
        raise BrokenError from error


def failing_first(call: Call[Any, Any, Any]) -> Stepped:
    """Fail before the call."""
    if call.payload is not None:
        raise BrokenError
    yield


def watching(sending: Sending[Any, Any]) -> Generator[None, object, None]:
    """Look at what comes."""
    yield


async def going_on(call: Call[Any, Any, Any], proceed: Proceed[Any]) -> Any:
    """Go on in the async way."""
    return await proceed()


async def translating_async(call: Call[Any, Any, Any], proceed: Proceed[Any]) -> Any:
    """Make another failure of one, in the async way."""
    try:
        return await proceed()
    except BrokenError as error:
        raise BrokenError from error


FORMS: dict[str, list[Any]] = {
    "passing": [passing, passing],
    "translating": [translating, passing],
    "failing first": [passing, failing_first],
}
ASYNC_FORMS: dict[str, list[Any]] = {
    **FORMS,
    "going on": [passing, going_on, passing],
    "translating async": [translating_async],
}


async def keeps(signal: Signal[Payload], attempt: Any) -> bool:
    """Tell whether a payload is still there after an attempt."""
    with without_collector():
        payload = Payload()
        ref = weakref.ref(payload)
        await attempt(signal, payload)
        del payload
        for _ in range(5):
            await checkpoint()
        return ref() is not None


@pytest.mark.anyio
@pytest.mark.parametrize("attempt", SYNC_FAILURES + ASYNC_FAILURES)
@pytest.mark.parametrize("form", FORMS)
async def test_a_dropped_failure_keeps_no_payload(attempt: Any, form: str) -> None:
    """No cycle of tracebacks and frames is made on the way through middleware."""
    signal = Signal[Payload]()
    signal.connect(receive)
    signal.connect(fail)
    signal.connect(fail_too)
    for each in FORMS[form]:
        signal.use(each)
    assert not await keeps(signal, attempt)
    signal.use(watching, around="sending")
    assert not await keeps(signal, attempt)


@pytest.mark.anyio
@pytest.mark.parametrize("attempt", ASYNC_FAILURES)
@pytest.mark.parametrize(
    "receivers", [(fail_async,), (fail_async, fail), (receive_async, fail_late)]
)
@pytest.mark.parametrize("form", ASYNC_FORMS)
async def test_a_dropped_failure_of_an_async_receiver_keeps_no_payload(
    attempt: Any, receivers: tuple[Any, ...], form: str
) -> None:
    """Neither does one that was raised in a task."""
    signal = Signal[Payload]()
    for receiver in receivers:
        signal.connect(receiver)
    for each in ASYNC_FORMS[form]:
        signal.use(each)
    assert not await keeps(signal, attempt)
    signal.use(watching, around="sending")
    assert not await keeps(signal, attempt)


@pytest.mark.anyio
@in_each_way
async def test_a_sending_that_went_well_keeps_no_payload(way: Way) -> None:
    """Neither in the frames of middleware, nor in those of Aldis."""
    signal = Signal[Payload]()
    signal.connect(receive)
    signal.use(watching, around="sending")
    signal.use(passing)

    async def attempt(signal: Signal[Payload], payload: Payload) -> None:
        await way(signal, SHOP, payload)

    assert not await keeps(signal, attempt)


def test_a_signal_with_middleware_is_freed_without_the_collector() -> None:
    """It holds the middleware, and that does not hold it."""
    with without_collector():
        signal = Signal[Any]()
        signal.connect(receive)
        signal.connect(receive, SHOP)
        signal.use(passing)
        signal.use(watching, around="sending")
        signal.send(SHOP, 1)
        ref = weakref.ref(signal)
        del signal
        assert ref() is None

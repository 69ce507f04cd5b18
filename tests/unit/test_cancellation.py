"""Looking for a cancellation, and obeying one that was asked for."""

from __future__ import annotations

import asyncio
import sys

import anyio
import pytest

from aldis._cancellation import count_requests, forgive, notice, obey


def test_without_asyncio_there_are_no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that never imported it cannot have called `Task.cancel()`."""
    monkeypatch.delitem(sys.modules, "asyncio")
    assert count_requests() == 0


def test_outside_of_a_loop_there_are_no_requests() -> None:
    """There is no task that could be cancelled."""
    assert count_requests() == 0


@pytest.mark.anyio
async def test_without_a_cancellation_nothing_is_raised() -> None:
    """On any backend."""
    assert count_requests() == 0
    await notice()
    await obey(0)


@pytest.mark.anyio
async def test_the_cancellation_of_a_scope_is_noticed_and_obeyed() -> None:
    """It ends that scope, and the code behind it goes on."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await notice()
        pytest.fail("the cancellation went unnoticed")
    assert scope.cancelled_caught


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_request_since_then_is_obeyed() -> None:
    """With the exception of the backend that is running."""
    with pytest.raises(anyio.get_cancelled_exc_class()):
        await obey(-1)


def test_a_coroutine_stepped_by_hand_has_nobody_to_cancel_it() -> None:
    """Looking for a cancellation outside of any loop finds none."""
    looking = notice()
    with pytest.raises(StopIteration):
        looking.send(None)


@pytest.mark.anyio
@pytest.mark.parametrize("calls", [1, 3])
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_requests_can_be_forgiven(calls: int) -> None:
    """All of them, once they were raised: the task counts as one that nobody wants cancelled."""
    task = asyncio.current_task()
    assert task is not None
    for _ in range(calls):
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await anyio.sleep_forever()
    assert count_requests() == calls
    forgive()
    assert count_requests() == 0
    await obey(0)
    async with asyncio.timeout(60):
        await asyncio.sleep(0)


@pytest.mark.anyio
async def test_where_there_are_no_requests_there_is_nothing_to_forgive() -> None:
    """The cancellation of a scope, on any backend, is not taken back by it."""
    forgive()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await notice()
    assert scope.cancelled_caught
    forgive()
    assert count_requests() == 0


def test_outside_of_a_loop_there_is_nothing_to_forgive(monkeypatch: pytest.MonkeyPatch) -> None:
    """With asyncio and without."""
    forgive()
    monkeypatch.delitem(sys.modules, "asyncio")
    forgive()
    assert count_requests() == 0

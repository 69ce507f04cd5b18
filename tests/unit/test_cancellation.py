"""Looking for a cancellation, and obeying one that was asked for."""

from __future__ import annotations

import sys

import anyio
import pytest

from aldis._cancellation import count_requests, notice, obey


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

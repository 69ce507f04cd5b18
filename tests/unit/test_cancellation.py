"""Looking for a cancellation, and obeying one that was asked for."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType

import anyio
import pytest

from aldis import _cancellation
from aldis._cancellation import count_requests, forgive, notice, obey, running_task


@pytest.fixture
def before_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it be as it is before asyncio has been imported."""
    monkeypatch.setattr(_cancellation, "_running_loop", _cancellation._find_running_loop)
    monkeypatch.setattr(_cancellation, "_task_of", _cancellation._no_task)


@pytest.mark.usefixtures("before_asyncio")
def test_without_asyncio_there_are_no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that never imported it cannot have called `Task.cancel()`."""
    monkeypatch.delitem(sys.modules, "asyncio")
    assert count_requests() == 0
    assert running_task() is None


@pytest.mark.usefixtures("before_asyncio")
@pytest.mark.parametrize("there", ["_get_running_loop", "current_task"])
def test_half_of_asyncio_is_as_good_as_none(there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread may be importing it; what is there then is looked for again."""
    half = ModuleType("asyncio")
    setattr(half, there, getattr(asyncio, there))
    with monkeypatch.context() as importing:
        importing.setitem(sys.modules, "asyncio", half)
        assert running_task() is None

    async def look() -> None:
        assert running_task() is asyncio.current_task()

    anyio.run(look)


@pytest.mark.anyio
@pytest.mark.usefixtures("before_asyncio")
async def test_the_running_task_is_that_of_asyncio_or_none(anyio_backend_name: str) -> None:
    """The first time and later, in each task; trio has none."""
    found: list[bool] = []

    async def look() -> None:
        there = asyncio.current_task() if anyio_backend_name == "asyncio" else None
        found.append(running_task() is there)

    for _ in range(2):
        await look()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(look)
            tasks.start_soon(look)
    assert found == [True] * 6
    assert (running_task() is None) is (anyio_backend_name == "trio")


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
async def test_a_request_is_noticed_though_no_scope_knows_of_it() -> None:
    """It would be raised where its task waits next, and that may be never."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await notice()
    forgive()
    await notice()


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


@pytest.mark.usefixtures("before_asyncio")
def test_outside_of_a_loop_there_is_nothing_to_forgive(monkeypatch: pytest.MonkeyPatch) -> None:
    """With asyncio and without."""
    forgive()
    monkeypatch.delitem(sys.modules, "asyncio")
    forgive()
    assert count_requests() == 0

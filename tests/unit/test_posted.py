"""One event on its way: what ends it, whom it asks, and what it lets go of."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import DeliveryCancelledError, Outcome, Outcomes, Signal
from aldis._posted import Delivery, Posted


def receive(sender: object, payload: object) -> None:
    """Receive."""


def make(requests: list[Posted]) -> Posted:
    """Make one that asks nobody but notes that it would."""
    event = Signal[int]("signal").event(None, 1)
    return Posted(event, copy_context(), None, requests.append)


def test_it_asks_to_be_cancelled_until_it_is_done() -> None:
    """As often as it is told to, and not after its end."""
    requests: list[Posted] = []
    posted = make(requests)
    posted.cancel()
    posted.cancel()
    assert requests == [posted, posted]
    posted.settle(Outcomes([], None))
    posted.cancel()
    assert len(requests) == 2


def test_a_delivery_by_itself_cannot_be_cancelled() -> None:
    """Its dispatcher makes those that can."""
    with pytest.raises(NotImplementedError):
        Delivery(Signal[int]().event(None, 1)).cancel()


def vars_of(posted: Posted) -> dict[str, object]:
    """Give what it should let go of."""
    return {name: getattr(posted, name, "gone") for name in ("scope", "context")}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "result",
    [Outcomes[Any]([], None), DeliveryCancelledError(None, began=True), ValueError()],
    ids=["outcomes", "cancelled", "error"],
)
async def test_its_end_is_known_and_its_context_let_go(
    result: Outcomes[Any] | BaseException,
) -> None:
    """Also when nobody waits, and with outcomes that are empty."""
    posted = make([])
    moments = [posted.is_done]
    posted.scope = anyio.CancelScope()
    posted.settle(result)
    moments.append(posted.is_done)
    assert moments == [False, True]
    assert vars_of(posted) == {"scope": None, "context": "gone"}


@pytest.mark.anyio
async def test_those_who_wait_get_the_outcomes() -> None:
    """Before the end and after it."""
    posted = make([])
    outcomes = Outcomes[Any]([Outcome(receive, 7)], "signal")
    found: list[Outcomes[Any]] = []

    async def wait() -> None:
        found.append(await posted)

    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(wait)
        for _ in range(3):
            await checkpoint()
        assert found == []
        posted.settle(outcomes)
    await wait()

    assert [each is outcomes for each in found] == [True] * 3


@pytest.mark.anyio
async def test_those_who_wait_get_the_error() -> None:
    """The sending's own as it is, a cancellation as another of the same facts."""
    error, cancelled = ValueError(), DeliveryCancelledError("signal", began=True)
    failed, dropped = make([]), make([])
    failed.settle(error)
    dropped.settle(cancelled)
    with pytest.raises(ValueError) as caught:
        await failed
    assert caught.value is error
    with pytest.raises(DeliveryCancelledError) as told:
        await dropped
    assert told.value is not cancelled
    assert (told.value.signal, told.value.began) == ("signal", True)


@pytest.mark.anyio
async def test_a_kept_error_does_not_grow() -> None:
    """However often it is awaited, its traceback does not pile up those who have."""
    posted = make([])
    posted.settle(ValueError())

    async def depth() -> int:
        try:
            await posted
        except ValueError as error:
            frames, traceback = 0, error.__traceback__
            while traceback is not None:
                frames, traceback = frames + 1, traceback.tb_next
            return frames
        return 0

    depths = [await depth() for _ in range(10)]
    assert depths == depths[:1] * 10

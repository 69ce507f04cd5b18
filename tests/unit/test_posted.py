"""One event on its way: what ends it, whom it asks, and what it lets go of."""

# pyright: reportPossiblyUnboundVariable=false
# What is made in a loop is looked at behind it.

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any

import anyio
import pytest

from aldis import DeliveryCancelledError, Outcome, Outcomes, Signal
from aldis._posted import Delivery, Posted
from aldis._turn import Turn
from aldis.exceptions import DispatcherUseError
from tests.behaviour.recording import Intrusion


def receive(sender: object, payload: object) -> None:
    """Receive."""


class Asked:
    """Notes what it is asked for, and lets those who wait for an event wait for its flag.

    Attributes:
        cancels: what was to be cancelled.
        waits: what somebody waits for.
    """

    def __init__(self) -> None:
        self.cancels: list[Posted] = []
        self.waits: list[Posted] = []

    def cancel(self, posted: Posted) -> None:
        """Note it."""
        self.cancels.append(posted)

    async def wait_for(self, posted: Posted) -> None:
        """Note it, and wait."""
        self.waits.append(posted)
        posted.flag = posted.flag or anyio.Event()
        await posted.flag.wait()

    def ahead_of(self, posted: Posted) -> tuple[Posted, ...]:
        """Have it wait for what is to be cancelled."""
        return tuple(self.cancels)


def make(owner: Asked | None = None) -> Posted:
    """Make one that asks an owner which only notes that."""
    event = Signal[int]("signal").event(None, 1)
    return Posted(event, copy_context(), None, owner or Asked())


def test_it_asks_to_be_cancelled_until_it_is_done() -> None:
    """As often as it is told to, and not after its end."""
    owner = Asked()
    posted = make(owner)
    posted.cancel()
    posted.cancel()
    assert owner.cancels == [posted, posted]
    posted.settle(Outcomes([], None))
    posted.cancel()
    assert len(owner.cancels) == 2


@pytest.mark.parametrize("each", ["line", "opcode"])
def test_it_may_end_at_each_step_of_being_cancelled(each: str) -> None:
    """Its owner is asked or not, and nothing is raised."""
    asked, posted = set[int](), make()
    for step in range(1000):
        owner = Asked()
        posted = make(owner)
        intrusion = Intrusion(partial(posted.settle, Outcomes([], None)), step, each=each)
        intrusion.run(posted.cancel)
        asked.add(len(owner.cancels))
        if not intrusion.done():
            break

    assert not posted.is_done
    assert asked == {0, 1}


def test_it_has_begun_once_its_outcomes_are_kept() -> None:
    """Though there is none of them yet."""
    posted = make()
    moments = [posted.has_begun]
    posted.outcomes = []
    moments.append(posted.has_begun)
    assert moments == [False, True]


def test_its_owner_knows_what_is_ahead_of_it() -> None:
    """Nothing is, once it has ended."""
    owner = Asked()
    posted, other = make(owner), make(owner)
    owner.cancels.append(other)
    assert posted.ahead() == (other,)
    posted.settle(Outcomes([], None))
    assert posted.ahead() == ()


@pytest.mark.parametrize("name", ["signal", None])
def test_its_repr_names_the_signal_and_says_whether_it_has_ended(name: str | None) -> None:
    """And shows neither sender nor payload."""
    event = Signal[str](name).event("a secret", "a secret")
    posted = Posted(event, copy_context(), None, Asked())
    called = name or "an unnamed signal"
    assert repr(posted) == f"<Delivery of {called}, under way>"
    posted.settle(ValueError("a secret"))
    assert repr(posted) == f"<Delivery of {called}, done>"


def test_a_delivery_by_itself_cannot_be_cancelled() -> None:
    """Its dispatcher makes those that can."""
    with pytest.raises(NotImplementedError):
        Delivery(Signal[int]().event(None, 1)).cancel()


def vars_of(posted: Posted) -> list[object]:
    """Give what it should let go of."""
    return [posted.scope, posted.context, posted.turn, posted.outcomes, posted._owner]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "result",
    [
        Outcomes[Any]([], None),
        DeliveryCancelledError(None, began=True, reason="gone"),
        ValueError(),
    ],
    ids=["outcomes", "cancelled", "error"],
)
async def test_its_end_is_known_and_its_context_let_go(
    result: Outcomes[Any] | BaseException,
) -> None:
    """Also when nobody waits, and with outcomes that are empty."""
    posted = make()
    moments = [posted.is_done]
    posted.scope, posted.turn, posted.outcomes = anyio.CancelScope(), Turn(None), []
    posted.settle(result)
    moments.append(posted.is_done)
    assert moments == [False, True]
    assert vars_of(posted) == [None] * 5


@pytest.mark.anyio
async def test_those_who_wait_get_the_outcomes() -> None:
    """Before the end, which its owner knows, and after it, when nobody is asked."""
    owner = Asked()
    posted = make(owner)
    outcomes = Outcomes[Any]([Outcome(receive, 7)], "signal")
    found: list[Outcomes[Any]] = []

    async def wait() -> None:
        found.append(await posted)

    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert found == []
        assert posted.flag is not None
        posted.settle(outcomes)
        posted.flag.set()
    await wait()

    assert [each is outcomes for each in found] == [True] * 3
    assert owner.waits == [posted] * 2


@pytest.mark.anyio
async def test_what_its_owner_refuses_is_raised() -> None:
    """It waits for nothing then, and can be awaited again."""

    class Refusing(Asked):
        """Lets nobody wait."""

        async def wait_for(self, posted: Posted) -> None:
            """Refuse."""
            raise DispatcherUseError("not here")

    posted = make(Refusing())
    with pytest.raises(DispatcherUseError, match="not here"):
        await posted
    assert not posted.is_done
    posted.settle(Outcomes([], None))
    assert list(await posted) == []


@pytest.mark.anyio
async def test_whoever_waits_is_never_told_before_the_end() -> None:
    """An owner that lets them go too early is in error."""

    class Hasty(Asked):
        """Does not wait."""

        async def wait_for(self, posted: Posted) -> None:
            """Return at once."""

    with pytest.raises(AssertionError):
        await make(Hasty())


@pytest.mark.parametrize("each", ["line", "opcode"])
def test_it_may_end_at_each_step_of_being_awaited(each: str) -> None:
    """Its outcomes are found, or its owner is asked; nobody who could is left to wait."""
    ends = set[str]()
    for step in range(1000):
        owner = Asked()
        posted = make(owner)
        outcomes = Outcomes[Any]([], None)

        async def wait(posted: Posted = posted) -> Outcomes[Any]:
            return await posted

        def run(wait: Callable[[], Any] = wait, outcomes: object = outcomes) -> None:
            async def main() -> str:
                with anyio.move_on_after(0):
                    assert await wait() is outcomes
                    return "found"
                return "asked"

            ends.add(anyio.run(main))

        intrusion = Intrusion(partial(posted.settle, outcomes), step, each=each)
        intrusion.run(run)
        if not intrusion.done():
            break

    assert ends == {"found", "asked"}


@pytest.mark.anyio
async def test_those_who_wait_get_the_error() -> None:
    """The sending's own as it is, a cancellation as another of the same facts."""
    error, cause = ValueError(), RuntimeError()
    cancelled = DeliveryCancelledError("signal", began=True, reason="gone")
    cancelled.__cause__ = cause
    failed, dropped = make(), make()
    failed.settle(error)
    dropped.settle(cancelled)
    with pytest.raises(ValueError) as caught:
        await failed
    assert caught.value is error
    with pytest.raises(DeliveryCancelledError) as told:
        await dropped
    assert told.value is not cancelled
    assert vars(told.value) == vars(cancelled)
    assert told.value.__cause__ is cause


@pytest.mark.anyio
async def test_a_kept_error_does_not_grow() -> None:
    """However often it is awaited, its traceback does not pile up those who have."""
    posted = make()
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

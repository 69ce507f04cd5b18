"""`wait`: one event, the first that is sent after the waiting has begun."""

# pyright: reportPossiblyUnboundVariable=false
# What is made in a loop or a block that is run through once at least is looked at behind it.

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import anyio
import pytest

from aldis import Dispatcher, Event, Signal
from tests.behaviour.recording import Intrusion, Shop, Way, in_each_way, in_thread
from tests.behaviour.test_dispatcher import soon, turns
from tests.behaviour.test_streams import BrokenError

pytestmark = pytest.mark.anyio

SHOP = Shop()


class Waiting:
    """A task that waits for one event.

    Attributes:
        found: what it got, or the error.
    """

    def __init__(self, signal: Any, *arguments: Any, **options: Any) -> None:
        self.found: list[Any] = []
        self._wait = partial(signal.wait, *arguments, **options)

    async def run(self) -> None:
        """Wait, and keep what comes of it."""
        try:
            self.found.append(await self._wait())
        except Exception as error:
            self.found.append(error)


def is_large(event: Event[int, Any, Any]) -> bool:
    """Tell so."""
    return event.payload > 3


async def begin(tasks: Any, *waiting: Waiting) -> None:
    """Have some wait."""
    for each in waiting:
        tasks.start_soon(each.run)
    await turns()


@in_each_way
@soon
async def test_it_gives_the_first_event(way: Way) -> None:
    """Of those that are sent meanwhile; what came before it began is not for it."""
    signal = Signal[int]()
    await way(signal, SHOP, 0)
    waiting = Waiting(signal)
    async with anyio.create_task_group() as tasks:
        await begin(tasks, waiting)
        for number in (1, 2, 3):
            await way(signal, SHOP, number)
    event: Any = waiting.found[0]
    assert (type(event), len(waiting.found)) == (Event, 1)
    assert (event.payload, event.sender, event.signal) == (1, SHOP, signal)
    assert signal.receivers == ()


@soon
async def test_several_sent_at_once_are_no_gap() -> None:
    """It keeps the first and takes no more, from threads too."""
    signal, waiting = Signal[int](), list[Waiting]()
    waiting = [Waiting(signal) for _ in range(5)]
    async with anyio.create_task_group() as tasks:
        await begin(tasks, *waiting)
        in_thread(lambda: [signal.send(SHOP, number) for number in range(1000)])
    assert [each.found[0].payload for each in waiting] == [0] * 5


async def test_two_sent_at_the_same_time_are_no_gap() -> None:
    """At whichever step of one send another comes in."""
    for step in itertools.count():
        signal = Signal[int]()
        waiting = Waiting(signal)
        async with anyio.create_task_group() as tasks:
            await begin(tasks, waiting)
            intrusion = Intrusion(partial(signal.send, SHOP, 2), step)
            intrusion.run(partial(signal.send, SHOP, 1))
        assert isinstance(waiting.found[0], Event), step
        if not intrusion.done():
            break
    assert step > 20


@soon
async def test_it_can_be_choosy() -> None:
    """By sender, and by what `where` says; a bound signal has its own sender."""
    for by_sender, by_payload in ((True, False), (False, True), (True, True)):
        signal = Signal[int]()
        where = is_large if by_payload else None
        for source in (signal.bind(SHOP) if by_sender else signal, signal):
            arguments = (SHOP,) if by_sender and source is signal else ()
            waiting = Waiting(source, *arguments, where=where)
            async with anyio.create_task_group() as tasks:
                await begin(tasks, waiting)
                if by_sender:
                    signal.send(None, 9)
                    signal.send(Shop(), 9)
                if by_payload:
                    signal.send(SHOP, 1)
                assert waiting.found == []
                signal.send(SHOP, 7)
            assert waiting.found[0].payload == 7


@soon
async def test_what_where_raises_comes_out() -> None:
    """The sender notices nothing."""

    def where(event: object) -> bool:
        raise BrokenError

    signal = Signal[int]()
    waiting = Waiting(signal, where=where)
    async with anyio.create_task_group() as tasks:
        await begin(tasks, waiting)
        signal.send(SHOP, 1)
    assert [type(each) for each in waiting.found] == [BrokenError]
    assert signal.receivers == ()


@soon
async def test_it_waits_no_longer_than_its_scope() -> None:
    """A timeout ends it, and leaves nothing."""
    signal = Signal[int]()
    with pytest.raises(TimeoutError):
        with anyio.fail_after(0.01):
            await signal.wait()
    assert signal.receivers == ()


@soon
async def test_it_gives_the_event_of_a_dispatcher() -> None:
    """The very object; muted signals send none."""
    signal = Signal[int]()
    waiting, event = Waiting(signal), signal.event(SHOP, 1)
    async with Dispatcher() as dispatcher, anyio.create_task_group() as tasks:
        await begin(tasks, waiting)
        with signal.muted():
            await dispatcher.post(signal.event(SHOP, 0))
        await dispatcher.post(event)
    assert waiting.found == [event]


@soon
async def test_it_is_there_before_the_receivers_are_called() -> None:
    """A receiver that raises takes nothing from it."""
    signal = Signal[int]()

    @signal.connect
    def fail(sender: object, payload: int) -> None:
        raise BrokenError

    waiting = Waiting(signal)
    async with anyio.create_task_group() as tasks:
        await begin(tasks, waiting)
        with pytest.raises(BrokenError):
            signal.send(SHOP, 1)
    assert waiting.found[0].payload == 1

"""What a close look at dispatchers found once: places that are lent, and circles."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import pytest

from aldis import Delivery, Dispatcher, Signal
from aldis.exceptions import DispatcherUseError
from tests.behaviour.recording import Shop
from tests.behaviour.test_dispatcher import SOON, Held, Reports, soon, turns

pytestmark = pytest.mark.anyio

SHOP = Shop()


# -- concurrency -------------------------------------------------------------------------------


@soon
async def test_a_task_that_a_receiver_left_behind_lends_nothing() -> None:
    """Once its receiver has ended, what it awaits makes no place for others."""
    parent, child, deliveries = Signal[int](), Signal[int](), list[Delivery]()
    held = Held(child)

    async def watch() -> None:
        await deliveries[0]

    async with anyio.create_task_group() as outside, Dispatcher(concurrency=1) as dispatcher:

        async def receive(sender: object, payload: int) -> None:
            deliveries.extend(dispatcher.post(child.event(SHOP, number)) for number in range(3))
            outside.start_soon(watch)
            await turns()

        parent.connect(receive, weak=False)
        await dispatcher.post(parent.event(SHOP, 0))
        await turns()
        assert held.began == [0]
        held.let_all_go()
    assert (held.began, held.most) == ([0, 1, 2], 1)


@soon
async def test_a_receiver_has_its_place_back_when_what_it_awaits_has_ended() -> None:
    """From then on nobody else runs, though it takes its time to notice; many times."""
    parent, child, other, beside = Signal[int](), Signal[int](), Signal[int](), list[int]()
    others = Held(other)
    others.let_all_go()

    async def receive(sender: object, payload: int) -> None:
        for number in range(100):
            delivery = dispatcher.post(child.event(SHOP, number))
            dispatcher.post(other.event(SHOP, number))
            await delivery
            beside.append(len(others.began) - number)
            await turns()
            beside.append(len(others.began) - number)

    parent.connect(receive, weak=False)
    async with Dispatcher(concurrency=1) as dispatcher:
        dispatcher.post(parent.event(SHOP, 0))
    assert beside == [0] * 200
    assert len(others.began) == 100


@soon
async def test_awaiting_several_deliveries_makes_one_place() -> None:
    """They come one after another, as `concurrency` says."""
    parent, child = Signal[int](), Signal[int]()
    held = Held(child)

    async def wait(delivery: Delivery) -> None:
        await delivery

    async def receive(sender: object, payload: int) -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(5):
                tasks.start_soon(wait, dispatcher.post(child.event(SHOP, number)))

    parent.connect(receive, weak=False)
    async with Dispatcher(concurrency=1) as dispatcher:
        dispatcher.post(parent.event(SHOP, 0))
        await held.begin_of(0)
        await turns()
        held.let_all_go()
    assert (held.began, held.most) == ([0, 1, 2, 3, 4], 1)


@soon
async def test_who_gives_up_waiting_goes_on_beside_the_one_that_took_its_place() -> None:
    """Those two, and nobody else: when that one has ended, nobody takes its place."""
    parent, child, giving_up = Signal[int](), Signal[int](), anyio.CancelScope()
    held, parents = Held(child), Held(parent)

    async def receive(sender: object, payload: int) -> None:
        with giving_up:
            await dispatcher.post(child.event(SHOP, 0))

    parent.connect(receive, priority=1, weak=False)
    async with Dispatcher(concurrency=1) as dispatcher:
        dispatcher.post(parent.event(SHOP, 0))
        dispatcher.post(child.event(SHOP, 1))
        await held.begin_of(1)
        giving_up.cancel()
        await parents.begin_of(0)
        await turns()
        assert (held.began, parents.held) == ([1], 1)
        held.let_go(1)
        await turns()
        assert (held.held, parents.held) == (0, 1)
        parents.let_all_go()
        held.let_all_go()
    assert (held.began, held.most) == ([1, 0], 1)


@soon
async def test_a_worker_too_many_that_is_woken_wakes_another() -> None:
    """Two idle ones, for one of whom there is no place any more: an event is not left lying."""
    parent, elsewhere, work = Signal[int](), Signal[int](), Signal[int]()
    parents, held, works = Held(parent), Held(elsewhere), Held(work)

    async def receive(sender: object, payload: int) -> None:
        await far.post(elsewhere.event(SHOP, 0))

    parent.connect(receive, priority=1, weak=False)
    async with Dispatcher() as far, Dispatcher(concurrency=2) as dispatcher:
        dispatcher.post(parent.event(SHOP, 0))
        await held.begin_of(0)
        dispatcher.post(work.event(SHOP, 1))
        dispatcher.post(work.event(SHOP, 2))
        await works.begin_of(1, 2)
        works.let_go(1, 2)
        await turns()
        held.let_all_go()  # the receiver has its place back
        await parents.begin_of(0)
        dispatcher.post(work.event(SHOP, 3))
        await turns()
        assert works.began == [1, 2, 3]
        parents.let_all_go()
        works.let_all_go()


# -- circles -----------------------------------------------------------------------------------


class Circle:
    """Receivers that each await a delivery when told to, and note what came of it.

    Attributes:
        told: `"refused"` or the type of what was awaited, in the order in which they ended.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        self._all_run = anyio.Event()
        self._all_told = anyio.Event()
        self._left = self._size = 0

    async def end(self) -> None:
        """Wait until all have noted it."""
        await self._all_told.wait()

    def add(self, signal: Signal[int], wait: Callable[[], Delivery]) -> None:
        """Have the receiver of a signal's event 1 await something, once all of them run."""
        self._left += 1
        self._size += 1

        async def receive(sender: object, payload: int) -> None:
            if payload != 1:
                return
            self._left -= 1
            if not self._left:
                self._all_run.set()
            await self._all_run.wait()
            try:
                self.told.append(type(await wait()).__name__)
            except DispatcherUseError:
                self.told.append("refused")
            self._left += 1
            if self._left == self._size:
                self._all_told.set()

        signal.connect(receive, weak=False)


def _next_of(deliveries: list[Delivery], place: int) -> Delivery:
    return deliveries[(place + 1) % len(deliveries)]


@pytest.mark.parametrize("length", [1, 2, 3, 7])
@pytest.mark.parametrize("dispatchers", [1, 2])
@soon
async def test_a_circle_of_receivers_that_await_each_other_is_refused(
    length: int, dispatchers: int
) -> None:
    """The one that would close it is told; the others go on, as it does."""
    circle, deliveries = Circle(), list[Delivery]()
    signals = [Signal[int]() for _ in range(length)]
    for place, signal in enumerate(signals):
        circle.add(signal, partial(_next_of, deliveries, place))
    async with Dispatcher() as first, Dispatcher() as second:
        both = [first, second][:dispatchers]
        for place, signal in enumerate(signals):
            deliveries.append(both[place % dispatchers].post(signal.event(SHOP, 1)))
        await circle.end()
    assert circle.told == ["refused"] + ["Outcomes"] * (length - 1)


@pytest.mark.parametrize("dispatchers", [1, 2])
@soon
async def test_a_circle_by_way_of_ordered_lines_is_refused(dispatchers: int) -> None:
    """Each would wait for an event that comes behind the one of the other."""
    circle, one, two = Circle(), Signal[int](), Signal[int]()
    async with Dispatcher(ordered=True) as first, Dispatcher(ordered=True) as second:
        other = [first, second][dispatchers - 1]
        circle.add(one, lambda: other.post(two.event(SHOP, 2)))
        circle.add(two, lambda: first.post(one.event(SHOP, 2)))
        first.post(one.event(SHOP, 1))
        other.post(two.event(SHOP, 1))
        await circle.end()
    assert circle.told == ["refused", "Outcomes"]


@soon
async def test_two_dispatchers_that_await_new_events_of_each_other_are_no_circle() -> None:
    """Each has one place, and its receiver lends it to the event that the other one awaits."""
    circle, one, two = Circle(), Signal[int](), Signal[int]()
    async with Dispatcher(concurrency=1) as first, Dispatcher(concurrency=1) as second:
        circle.add(one, lambda: second.post(two.event(SHOP, 2)))
        circle.add(two, lambda: first.post(one.event(SHOP, 2)))
        first.post(one.event(SHOP, 1))
        second.post(two.event(SHOP, 1))
        await circle.end()
    assert circle.told == ["Outcomes", "Outcomes"]


@soon
async def test_who_posted_is_not_who_waits() -> None:
    """A receiver may await what comes behind the event whose receiver has posted its own."""
    one, two, told = Signal[int](), Signal[int](), list[object]()
    held = Held(one)

    async def post_other(sender: object, payload: int) -> None:
        if payload == 0:
            dispatcher.post(two.event(SHOP, 0))

    async def wait_behind(sender: object, payload: int) -> None:
        told.append("waits")
        told.append((await dispatcher.post(one.event(SHOP, 1))).values)

    one.connect(post_other, priority=1, weak=False)
    two.connect(wait_behind, weak=False)
    async with Dispatcher(ordered=True) as dispatcher:
        dispatcher.post(one.event(SHOP, 0))
        await turns()
        assert (held.began, told) == ([0], ["waits"])
        held.let_all_go()
    assert told == ["waits", (None, "held")]


@soon
async def test_who_posted_is_not_who_waits_for_room() -> None:
    """A receiver may wait for room that the receiver which has posted its event will make."""
    one, two, told = Signal[int](), Signal[int](), list[str]()
    held = Held(one)

    async def post_other(sender: object, payload: int) -> None:
        if payload == 0:
            far.post(two.event(SHOP, 0))

    async def submit(sender: object, payload: int) -> None:
        told.append("waits")
        await dispatcher.submit(one.event(SHOP, 2))
        told.append("accepted")

    one.connect(post_other, priority=1, weak=False)
    two.connect(submit, weak=False)
    async with Dispatcher() as far, Dispatcher(concurrency=1, max_pending=1) as dispatcher:
        dispatcher.post(one.event(SHOP, 0))
        await held.begin_of(0)
        dispatcher.post(one.event(SHOP, 1))
        await turns()
        assert (held.began, told) == ([0], ["waits"])
        held.let_all_go()
        await far.drain()
    assert (held.began, told) == ([0, 1, 2], ["waits", "accepted"])


# -- draining another dispatcher ---------------------------------------------------------------


class Pair:
    """Two dispatchers; a receiver in the outer one waits until the inner one is idle.

    Attributes:
        refused: who was refused, in order.
        deliveries: that to the outer one.
        heard: what came of the third signal.
    """

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.first, self.second, self.third = Signal[int](), Signal[int](), Signal[int]()
        self.deliveries: list[Delivery] = []
        self.heard: list[int] = []
        self.third.connect(self.hear)

    async def hear(self, sender: object, payload: int) -> None:
        """Note it."""
        self.heard.append(payload)

    async def refusing(self, who: str, work: Callable[[], Awaitable[object]]) -> None:
        """Note if it is refused."""
        try:
            await work()
        except DispatcherUseError:
            self.refused.append(who)

    async def await_first(self) -> None:
        """Await the event whose receiver waits for the inner dispatcher."""
        await self.deliveries[0]


@pytest.mark.parametrize("leaves", [False, True], ids=["drains", "leaves"])
@pytest.mark.parametrize("last", ["inner", "outer"])
@soon
async def test_a_circle_through_all_events_of_a_dispatcher_is_refused(
    last: str, leaves: bool
) -> None:
    """Whoever closes it: who waits until all have ended, or one of those that awaits who waits."""
    async with Dispatcher() as outer:
        pair = Pair()

        async def in_inner(sender: object, payload: int) -> None:
            if last == "inner":
                await turns()
            await pair.refusing("inner", pair.await_first)

        async def leave_inner(sender: object, payload: int) -> None:
            async with Dispatcher() as inner:
                inner.post(pair.second.event(SHOP, 1))
                if last == "outer":
                    await turns()
                if not leaves:
                    await pair.refusing("outer", inner.drain)

        async def in_outer(sender: object, payload: int) -> None:
            await pair.refusing("outer", partial(leave_inner, sender, payload))

        pair.first.connect(in_outer)
        pair.second.connect(in_inner)
        pair.deliveries.append(outer.post(pair.first.event(SHOP, 1)))
        await pair.deliveries[0]
    # Where it is not left, a drain that was refused is followed by leaving the block.
    assert set(pair.refused) == {last}


@soon
async def test_of_two_dispatchers_that_drain_each_other_the_last_is_refused() -> None:
    """Else both would wait for ever."""
    signal, refused = Signal[int](), list[int]()
    async with Dispatcher() as one, Dispatcher() as two:

        async def receive(sender: object, payload: int) -> None:
            await turns()
            try:
                await (two, one)[payload].drain()
            except DispatcherUseError:
                refused.append(payload)

        signal.connect(receive)
        one.post(signal.event(SHOP, 0))
        two.post(signal.event(SHOP, 1))
    assert len(refused) == 1


@pytest.mark.parametrize("leaves", [False, True], ids=["drains", "leaves"])
@pytest.mark.parametrize("submits", [False, True], ids=["posts", "submits"])
@soon
async def test_a_receiver_that_waits_for_another_dispatcher_lends_its_place(
    submits: bool, leaves: bool
) -> None:
    """Whose receivers may need it: for an event that they await, or for room that it makes."""
    async with Dispatcher(concurrency=1, max_pending=1) as outer:
        pair = Pair()

        async def in_inner(sender: object, payload: int) -> None:
            if submits:
                outer.post(pair.third.event(SHOP, payload))
                await outer.submit(pair.third.event(SHOP, payload))
            else:
                await outer.post(pair.third.event(SHOP, payload))

        async def in_outer(sender: object, payload: int) -> None:
            async with Dispatcher() as inner:
                inner.post(pair.second.event(SHOP, 1))
                if not leaves:
                    await inner.drain()

        pair.first.connect(in_outer)
        pair.second.connect(in_inner)
        await outer.post(pair.first.event(SHOP, 1))
    assert pair.heard == [1] * (1 + submits)


@soon
async def test_what_a_block_raises_in_a_receiver_is_not_hidden_by_a_circle() -> None:
    """An event that awaits it is cut off at once, whatever the grace."""
    signal, inside, reports = Signal[int](), Signal[int](), Reports()
    deliveries: list[Delivery] = []
    async with Dispatcher() as outer:

        async def receive(sender: object, payload: int) -> None:
            async with Dispatcher(grace=SOON, on_error=reports) as inner:
                inner.post(inside.event(SHOP, 1))
                await turns()
                raise ValueError("from the block")

        async def await_it(sender: object, payload: int) -> None:
            await deliveries[0]

        signal.connect(receive)
        inside.connect(await_it)
        deliveries.append(outer.post(signal.event(SHOP, 1)))
        (error,) = (await deliveries[0]).errors
    assert isinstance(error, ValueError)
    assert reports.payloads == [1]

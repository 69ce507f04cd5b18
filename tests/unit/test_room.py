"""Room: a number of places, and those who wait for one, first come, first served."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest

from aldis._room import Room
from tests.behaviour.recording import Intrusion, in_threads, switching_as_often_as_possible


def take_all(room: Room) -> int:
    """Take until there is none; count."""
    taken = 0
    while room.take():
        taken += 1
    return taken


# -- taking and giving back --------------------------------------------------------------------


@pytest.mark.parametrize("places", [1, 3, 1000])
def test_there_are_as_many_places_as_were_asked_for(places: int) -> None:
    """Again, once they were given back, however often there was none."""
    room = Room(places)
    for _ in range(3):
        assert take_all(room) == places
        assert not room.take()
        for _ in range(places):
            room.give_back()


def test_a_place_that_is_given_back_can_be_taken() -> None:
    """In whatever order; places that nobody has taken are there as well."""
    room = Room(3)
    assert room.take()
    room.give_back()
    assert take_all(room) == 3
    room.give_back()
    room.give_back()
    assert take_all(room) == 2


def test_without_a_bound_there_is_always_room() -> None:
    """And giving places back leaves nothing behind."""
    room = Room(None)
    for _ in range(100):
        assert room.take()
        room.give_back()

    assert len(room._free) == 0


def test_millions_of_places_cost_nothing() -> None:
    """Before somebody needs them."""
    room = Room(10**12)
    assert room.take()
    room.give_back()
    assert len(room._free) == 1


@pytest.mark.parametrize("given_back", [0, 2])
def test_threads_never_get_more_places_than_there_are(given_back: int) -> None:
    """Nor fewer: new ones and those that were given back."""
    room = Room(500)
    assert all(room.take() for _ in range(given_back))
    for _ in range(given_back):
        room.give_back()
    taken: list[int] = []
    with switching_as_often_as_possible():
        in_threads(*[lambda: taken.append(take_all(room))] * 4)

    assert sum(taken) == 500


@pytest.mark.parametrize("operation", ["take", "give_back", "share_out", "refuse"])
@pytest.mark.parametrize("intrusion", ["take", "give_back"])
def test_places_are_right_whatever_comes_at_each_step(operation: str, intrusion: str) -> None:
    """As a thread or a signal handler might."""
    for step in range(1000):
        room, taken = Room(3), 1
        assert room.take()

        def do(name: str, room: Room = room) -> None:
            nonlocal taken
            found = getattr(room, name)()
            taken += {"take": bool(found), "give_back": -1}.get(name, 0)

        intruded = Intrusion(partial(do, intrusion), step, each="opcode")
        intruded.run(partial(do, operation))
        assert take_all(room) == 3 - taken
        if not intruded.done():
            break


# -- waiting -----------------------------------------------------------------------------------


class Queue:
    """Those who wait for room, by name.

    Attributes:
        used: who has used a place, in order.
        told: what each was told in the end.
        scopes: cancels one of them.
    """

    def __init__(self, room: Room, tasks: anyio.abc.TaskGroup) -> None:
        self.used: list[str] = []
        self.told: dict[str, bool | str] = {}
        self.scopes: dict[str, anyio.CancelScope] = {}
        self._room = room
        self._tasks = tasks

    async def _wait(self, name: str, then: Callable[[], object]) -> None:
        def use() -> None:
            self.used.append(name)
            then()

        self.told[name] = "cancelled"
        with self.scopes[name]:
            self.told[name] = await self._room.wait(use)

    async def join(self, *names: str, then: Callable[[], object] = bool) -> None:
        """Have some wait, one after another; whoever gets a place does `then` with it."""
        for name in names:
            self.scopes[name] = anyio.CancelScope()
            self._tasks.start_soon(self._wait, name, then)
            await anyio.wait_all_tasks_blocked()


@asynccontextmanager
async def queueing(room: Room) -> AsyncGenerator[Queue]:
    """Have those who wait do so for the length of a block."""
    async with anyio.create_task_group() as tasks:
        yield Queue(room, tasks)
        tasks.cancel_scope.cancel()


@pytest.mark.anyio
@pytest.mark.parametrize("places", [1, None])
async def test_with_room_nobody_waits(places: int | None) -> None:
    """The place is used at once, and taken."""
    room, used = Room(places), list[str]()
    with anyio.fail_after(60):
        assert await room.wait(partial(used.append, "used"))

    assert used == ["used"]
    assert room.take() == (places is None)


@pytest.mark.anyio
async def test_those_who_wait_are_served_in_their_order() -> None:
    """Each place that is given back and shared out goes to the first of them."""
    room = Room(2)
    assert take_all(room) == 2
    async with queueing(room) as queue:
        await queue.join("a", "b", "c", "d")
        assert queue.used == []
        room.give_back()
        room.share_out()
        assert queue.used == ["a"]
        room.give_back()
        room.give_back()
        room.share_out()
        assert queue.used == ["a", "b", "c"]
        await anyio.wait_all_tasks_blocked()
        assert queue.told == {"a": True, "b": True, "c": True, "d": "cancelled"}


@pytest.mark.anyio
async def test_who_comes_later_overtakes_nobody() -> None:
    """A place that was given back is not for them, before it is shared out and after."""
    room = Room(1)
    assert room.take()
    async with queueing(room) as queue:
        await queue.join("a", "b")
        room.give_back()
        assert not room.take()
        room.share_out()
        assert not room.take()
        room.give_back()
        await queue.join("c")  # it looks, and serves those ahead of it
        assert queue.used == ["a", "b"]
        room.give_back()
        room.share_out()
        assert queue.used == ["a", "b", "c"]
        room.give_back()
        assert room.take()


@pytest.mark.anyio
async def test_a_place_that_is_given_back_as_it_is_used_goes_to_the_next() -> None:
    """As by an event that is cancelled as soon as it is handed over; all are served, in order."""
    room = Room(1)
    assert room.take()

    def pass_on() -> None:
        room.give_back()
        room.share_out()

    async with queueing(room) as queue:
        await queue.join("a", "b", "c", then=pass_on)
        pass_on()
        assert queue.used == ["a", "b", "c"]
    assert take_all(room) == 1


@pytest.mark.anyio
async def test_those_who_wait_can_be_refused() -> None:
    """All of them are told; a place that comes later is nobody's."""
    room = Room(1)
    assert room.take()
    async with queueing(room) as queue:
        await queue.join("a", "b")
        room.refuse()
        room.refuse()
        room.give_back()
        room.share_out()
        await anyio.wait_all_tasks_blocked()
        assert queue.told == {"a": False, "b": False}
        assert queue.used == []
    assert take_all(room) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("gone", ["a", "b", "c"])
async def test_one_who_gives_up_leaves_the_queue(gone: str) -> None:
    """Wherever it stands; the others keep their order."""
    room = Room(1)
    assert room.take()
    async with queueing(room) as queue:
        await queue.join("a", "b", "c")
        queue.scopes[gone].cancel()
        await anyio.wait_all_tasks_blocked()
        for _ in range(3):
            room.give_back()
            room.share_out()
        assert queue.used == [name for name in "abc" if name != gone]
    assert take_all(room) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("served", [True, False], ids=["served", "refused"])
async def test_one_cancelled_as_it_is_woken_has_used_its_place_once(served: bool) -> None:
    """Or was refused; nothing is done twice, and the next one is served by the next place."""
    room = Room(1)
    assert room.take()
    async with queueing(room) as queue:
        await queue.join("a")
        if served:
            room.give_back()
            room.share_out()
        else:
            room.refuse()
        queue.scopes["a"].cancel()
        await queue.join("b")
        assert queue.used == ["a"] * served
        room.give_back()
        room.share_out()
        assert queue.used == [*["a"] * served, "b"]
    assert take_all(room) == 0


@pytest.mark.anyio
async def test_what_using_a_place_raises_does_not_stop_the_wait_of_others() -> None:
    """It comes out where the place was shared out; the next place goes to the next one."""
    room = Room(1)
    assert room.take()

    def interrupt() -> None:
        raise KeyboardInterrupt

    async with queueing(room) as queue:
        await queue.join("a", then=interrupt)
        await queue.join("b")
        room.give_back()
        with pytest.raises(KeyboardInterrupt):
            room.share_out()
        room.give_back()
        room.share_out()
        assert queue.used == ["a", "b"]

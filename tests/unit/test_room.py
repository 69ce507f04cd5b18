"""Room: a number of places, and those who wait for one, first come, first served."""

# pyright: reportPossiblyUnboundVariable=false
# What is made in a loop is looked at behind it.

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis._room import Room
from tests.behaviour.recording import (
    LIMIT,
    Intrusion,
    in_threads,
    switching_as_often_as_possible,
)

Backend = tuple[str, dict[str, Any]]


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


def test_without_a_bound_there_is_always_room() -> None:
    """And giving places back leaves nothing behind."""
    room = Room(None)
    for _ in range(100):
        assert room.take()
        room.give_back()

    assert len(room._free) == 0


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

        def undo() -> None:
            if name in self.used:
                self.used.remove(name)
                self._room.give_back()

        self.told[name] = "cancelled"
        with self.scopes[name]:
            self.told[name] = await self._room.wait(use, undo)

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
        assert await room.wait(partial(used.append, "used"), used.clear)

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
        assert queue.used == ["a"]
        room.give_back()
        room.give_back()
        assert queue.used == ["a", "b", "c"]
        await anyio.wait_all_tasks_blocked()
        assert queue.told == {"a": True, "b": True, "c": True, "d": "cancelled"}


@pytest.mark.anyio
async def test_who_comes_later_overtakes_nobody() -> None:
    """What is given back goes to those who wait, and not to who takes or comes next."""
    room = Room(1)
    assert room.take()
    async with queueing(room) as queue:
        await queue.join("a", "b")
        room.give_back()
        assert not room.take()
        await queue.join("c")
        room.give_back()
        room.give_back()
        assert queue.used == ["a", "b", "c"]
        assert not room.take()
        room.give_back()
        assert room.take()


@pytest.mark.anyio
async def test_a_place_that_is_given_back_as_it_is_used_goes_to_the_next() -> None:
    """As by an event that is cancelled as soon as it is handed over; all are served, in order."""
    room = Room(1)
    assert room.take()
    async with queueing(room) as queue:
        await queue.join("a", "b", "c", then=room.give_back)
        room.give_back()
        assert queue.used == ["a", "b", "c"]
        await anyio.wait_all_tasks_blocked()
    assert take_all(room) == 1


@pytest.mark.anyio
async def test_those_who_wait_can_be_refused() -> None:
    """All of them are told, and later ones at once, if there is still no place."""
    room = Room(1)
    assert room.take()
    async with queueing(room) as queue:
        await queue.join("a", "b")
        room.refuse()
        room.refuse()
        room.give_back()
        await anyio.wait_all_tasks_blocked()
        await queue.join("c", "d")
        await anyio.wait_all_tasks_blocked()
        assert queue.told == {"a": False, "b": False, "c": True, "d": False}
        assert queue.used == ["c"]
        room.give_back()
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
        assert queue.used == [name for name in "abc" if name != gone]
        assert take_all(room) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("served", [True, False], ids=["served", "refused"])
async def test_one_cancelled_as_it_is_woken_undoes_its_use(served: bool) -> None:
    """The place goes to the next one; who was refused has nothing to undo, nor has the next."""
    room = Room(1)
    assert room.take()
    async with queueing(room) as queue:
        await queue.join("a")
        if served:
            room.give_back()
            assert queue.used == ["a"]
        else:
            room.refuse()
        queue.scopes["a"].cancel()
        await queue.join("b")
        await anyio.wait_all_tasks_blocked()
        assert queue.told == {"a": "cancelled", "b": served}
        assert queue.used == ["b"] * served
        assert take_all(room) == 0


@pytest.mark.anyio
async def test_what_using_a_place_raises_comes_out_where_it_was_given_back() -> None:
    """As an interrupt does; the next place goes to the next one."""
    room = Room(1)
    assert room.take()

    def interrupt() -> None:
        raise KeyboardInterrupt

    async with queueing(room) as queue:
        await queue.join("a", then=interrupt)
        await queue.join("b")
        with pytest.raises(KeyboardInterrupt):
            room.give_back()
        room.give_back()
        assert queue.used == ["a", "b"]


# -- from other threads and loops --------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize("operation", ["give_back", "refuse"])
@pytest.mark.parametrize("intrusion", ["give_back", "refuse", "share_out"])
async def test_each_who_waits_is_told_once_whatever_comes_at_each_step(
    operation: str, intrusion: str
) -> None:
    """They use a place or are refused, and all are woken; the places are right."""
    for step in range(1000):
        room = Room(2)
        assert take_all(room) == 2
        async with queueing(room) as queue:
            for name in ("a", "b"):
                queue.scopes[name] = anyio.CancelScope()
                queue._tasks.start_soon(queue._wait, name, bool)
            while len(room._waiting) < 2:
                await checkpoint()
            intruded = Intrusion(getattr(room, intrusion), step)
            intruded.run(getattr(room, operation))
            room.refuse()
            with anyio.fail_after(LIMIT):
                while "cancelled" in queue.told.values():
                    await checkpoint()
            assert queue.told == {name: name in queue.used for name in "ab"}
            given = [operation, *[intrusion] * intruded.done()].count("give_back")
            assert take_all(room) == given - len(queue.used)
        if not intruded.done():
            break
    assert step > 3


class StepBell:
    """Stands for a bell, for a coroutine that is stepped by hand."""

    def ring(self) -> None:
        """Be heard by whoever steps."""

    async def wait(self) -> None:
        """Wait until it is stepped."""
        await StepBell()

    def __await__(self) -> Generator[None, None, None]:
        """Give the step back."""
        yield


class InterruptError(Exception):
    """What an event loop may throw into a task."""


def test_giving_up_at_each_step_of_a_share_in_another_thread_loses_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before it is used and after, that is undone in the end, once, and the place is free."""
    monkeypatch.setattr("aldis._room.Bell", StepBell)
    ways: set[bool] = set()
    for step in range(1000):
        room, mine, used = Room(1), deque[None](), list[str]()
        assert room.take()

        def use(mine: deque[None] = mine, used: list[str] = used) -> None:
            used.append("used")
            mine.append(None)

        def undo(room: Room = room, mine: deque[None] = mine) -> None:
            with suppress(IndexError):
                mine.pop()
                room.give_back()

        waiting: Any = room.wait(use, undo)
        waiting.send(None)

        def give_up(waiting: Any = waiting) -> None:
            with pytest.raises(InterruptError):
                waiting.throw(InterruptError())

        intruded = Intrusion(give_up, step)
        intruded.run(room.give_back)
        if not intruded.done():
            waiting.close()
            break
        assert take_all(room) == 1
        ways.add(bool(used))

    assert ways == {True, False}


class Racing(deque[Any]):
    """Does something at the first look, as another thread may between looking and taking."""

    def __init__(self, do: Callable[[Any], object]) -> None:
        super().__init__()
        self._todo = [do]

    def popleft(self) -> Any:
        """Do it first."""
        if self._todo:
            self._todo.pop()(self)
        return super().popleft()


@pytest.mark.parametrize("operation", ["give_back", "refuse"])
@pytest.mark.parametrize("race", ["refused", "gave up"])
def test_one_who_is_gone_as_their_turn_comes_is_not_served(
    operation: str, race: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread was faster: the place is free, and whoever waits next is told."""
    monkeypatch.setattr("aldis._room.Bell", StepBell)
    room, used = Room(1), list[str]()
    assert room.take()

    def intrude(waiting: Any) -> None:
        if race == "refused":
            room.refuse()
        else:
            assert waiting[0].decide()

    room._waiting = Racing(intrude)
    waits: Any = room.wait(partial(used.append, "used"), used.clear)
    waits.send(None)
    getattr(room, operation)()
    assert not room._waiting
    assert take_all(room) == (operation == "give_back")
    with pytest.raises(StopIteration) as ended:
        waits.send(None)
    assert ended.value.value is False
    assert used == []


@pytest.mark.parametrize("moment", ["used", "taken out"])
def test_one_who_gives_up_as_they_are_served_has_it_undone(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the use, by whoever serves them; or they are out of the queue already."""
    monkeypatch.setattr("aldis._room.Bell", StepBell)
    room, used = Room(1), list[str]()
    assert room.take()

    def give_up(waiting: object = None) -> None:
        with pytest.raises(InterruptError):
            waits.throw(InterruptError())

    def use() -> None:
        if moment == "used":
            give_up()
        used.append("used")

    def undo() -> None:
        if used:
            used.clear()
            room.give_back()

    def take_out(waiting: Any) -> None:
        waiter = waiting.popleft()
        give_up()
        waiting.append(waiter)

    room._waiting = Racing(take_out if moment == "taken out" else bool)
    waits: Any = room.wait(use, undo)
    waits.send(None)
    room.give_back()
    assert used == []
    assert take_all(room) == 1


def test_those_who_wait_in_several_loops_share_the_places(anyio_backend: Backend) -> None:
    """Never more at a time than there are, each is served in the end, some give up meanwhile."""
    name, options = anyio_backend
    room, held, served = Room(3), deque[None](), deque[int]()
    wrong: list[int] = []

    async def main() -> None:
        async def work(number: int) -> None:
            mine = deque[None]()

            def use() -> None:
                mine.append(None)
                held.append(None)
                if len(held) > 3:
                    wrong.append(len(held))

            def undo() -> None:
                with suppress(IndexError):
                    mine.pop()
                    held.pop()
                    room.give_back()

            for round_ in range(20):
                with anyio.CancelScope() as scope:
                    if (number + round_) % 4 == 0:
                        tasks.start_soon(cancel, scope)
                    assert await room.wait(use, undo)
                    await checkpoint()
                    served.append(number)
                    undo()
                undo()

        async def cancel(scope: anyio.CancelScope) -> None:
            await checkpoint()
            scope.cancel()

        with anyio.fail_after(LIMIT):
            async with anyio.create_task_group() as tasks:
                for number in range(6):
                    tasks.start_soon(work, number)

    with switching_as_often_as_possible():
        in_threads(*[lambda: anyio.run(main, backend=name, backend_options=options)] * 3)

    assert wrong == []
    assert len(served) >= 6 * 20 * 3 * 3 // 4
    assert take_all(room) == 3
    assert not room._waiting

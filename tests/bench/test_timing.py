"""The loop that times, and the turns that contestants take."""

from __future__ import annotations

from itertools import count
from types import FunctionType
from typing import Any

import pytest

from bench import bare, fresh, timing
from bench.timing import (
    UNROLLED,
    Timed,
    inline,
    orders,
    run_turns,
    run_turns_async,
    take_turns,
    timed_from_here,
)


def append(found: list[str], what: str) -> None:
    """Is written into the loop; this is no part of it."""
    found.append(what)


def append_twice(found: list[str], what: str) -> None:
    """Is written into the loop, in two parts."""
    prepared = f"prepared {what}"
    found.append(prepared)
    timed_from_here()
    found.append(what)


async def append_async(found: list[str], what: str) -> None:
    """Is written into an async loop."""
    found.append(what)


def test_the_body_runs_so_often_for_each_loop() -> None:
    """A loop has the body ten times, with its arguments bound by name or by place."""
    found: list[str] = []
    timed = inline(append, found, what="sent")
    taken: int = timed.run(3)
    assert found == ["sent"] * 3 * UNROLLED
    assert timed.often == UNROLLED
    assert taken > 0


def test_what_stands_above_the_mark_prepares_each_time() -> None:
    """A body with a mark is in the loop once, both parts in turn."""
    found: list[str] = []
    timed = inline(append_twice, found, "sent")
    timed.run(2)
    assert found == ["prepared sent", "sent"] * 2
    assert timed.often == 1


def test_what_prepares_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is read right before and right after the part below the mark."""
    ticks = count()
    monkeypatch.setattr(timing, "perf_counter_ns", lambda: next(ticks))
    timed = inline(append_twice, [], "sent")
    assert timed.run(5) == 5  # the clock ticks once between its two readings


@pytest.mark.anyio
async def test_an_async_body_is_awaited_in_the_loop() -> None:
    """The body of an async function makes an async loop."""
    found: list[str] = []
    await inline(append_async, found, "sent").run(2)
    assert found == ["sent"] * 2 * UNROLLED


def test_each_loop_has_code_of_its_own() -> None:
    """The same body written twice gives two code objects."""
    one: Any = inline(append, [], "").run
    other: Any = inline(append, [], "").run
    assert one.args[0].func.__code__ is not other.args[0].func.__code__


def test_only_a_functions_body_can_be_timed() -> None:
    """A lambda has no statements to write into the loop."""
    with pytest.raises(TypeError, match="only a function's body"):
        inline(lambda: None)


def pretend(name: str, log: list[tuple[str, int]], cost: float = 0) -> Timed:
    """Make an entry that takes a hundred nanoseconds a loop."""

    def run(loops: int) -> int:
        log.append((name, loops))
        return 100 * loops

    return Timed(run, often=10, cost=cost)


def test_each_has_one_turn_in_each_round() -> None:
    """Every round has each contestant once, and the first round does not count."""
    log: list[tuple[str, int]] = []
    taken = run_turns(take_turns([pretend(name, log) for name in "abc"], rounds=4, least=6400))
    turns = [name for name, loops in log if loops == 64][-15:]
    assert [sorted(turns[start : start + 3]) for start in range(0, 15, 3)] == [[*"abc"]] * 5
    assert taken == [[10.0] * 4] * 3


def test_a_turn_takes_as_long_as_is_asked_for() -> None:
    """The loops of a turn are found by trying, in powers of two."""
    log: list[tuple[str, int]] = []
    run_turns(take_turns([pretend("a", log)], rounds=1, least=1000))
    assert [loops for _, loops in log] == [1, 2, 4, 8, 10, 10]


def test_what_the_clock_costs_is_taken_off() -> None:
    """The cost of reading the clock falls on each time."""
    taken = run_turns(take_turns([pretend("a", [], cost=4)], rounds=1, least=1000))
    assert taken == [[6.0]]


@pytest.mark.anyio
async def test_async_entries_take_turns_too() -> None:
    """What awaits is timed in the same rounds."""

    async def run(loops: int) -> int:
        return 50 * loops

    assert await run_turns_async(take_turns([Timed(run, 1)], rounds=2, least=500)) == [[50.0, 50.0]]


def test_orders_differ_and_repeat() -> None:
    """Rounds have orders of their own, and the next run has the same."""
    first, second = list(orders(6, 8)), list(orders(6, 8))
    assert first == second
    assert len({tuple(order) for order in first}) > 1
    assert all(sorted(order) == list(range(6)) for order in first)


@pytest.mark.parametrize("make", [fresh.function, fresh.method])
def test_receivers_share_no_code(make: Any) -> None:
    """Each receiver that is made has its own code, and returns what it is told to."""
    one, other = make("sender, payload", "payload"), make("sender, payload", "payload")
    assert one.__code__ is not other.__code__
    assert one(None, 7) == 7


def test_renewed_functions_still_work_on_new_code() -> None:
    """The functions of a package get new code, nested code included, and no others do."""
    within, without = _nested("nowhere.part"), _nested("nowhere_else.part")
    codes = [each.__code__ for each in (within, without)]
    fresh.renew(["nowhere"])
    assert within.__code__ is not codes[0]
    assert without.__code__ is codes[1]
    assert [within()(), without()()] == [1, 1]


def _nested(module: str) -> FunctionType:
    names: dict[str, Any] = {"__name__": module}
    exec("def outer():\n def inner(): return 1\n return inner", names)
    made: FunctionType = names["outer"]
    return made


def test_the_bare_loop_does_what_a_send_has_to() -> None:
    """It gives each receiver with its result, in order."""
    receivers = [fresh.function("sender, payload", "payload") for _ in range(2)]
    assert bare.loop(receivers, None, 3) == [(receivers[0], 3), (receivers[1], 3)]


@pytest.mark.anyio
async def test_the_bare_async_ones_give_the_same() -> None:
    """One after another, or in a group: the results are in the order of the receivers."""
    receivers = [fresh.coroutine_function("sender, payload", "return payload") for _ in range(2)]
    expected = [(receivers[0], 3), (receivers[1], 3)]
    assert await bare.awaits(receivers, None, 3) == expected
    assert await bare.group(receivers, None, 3) == expected

"""Muting: it counts, holds in every thread and task, and leaves running sendings alone."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest

from aldis import KeywordSignal, Outcomes, Results, Signal
from tests.behaviour.recording import (
    Calls,
    Shop,
    Way,
    in_each_async_way,
    in_each_way,
    in_thread,
    in_threads,
)

SHOP = Shop()


@pytest.mark.anyio
@in_each_way
async def test_a_muted_signal_calls_nobody(way: Way) -> None:
    """Inside the block each sending gives empty results; after it, all is as it was."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("any"))
    signal.connect(calls.receiver("shop"), SHOP)
    with signal.muted():
        assert await way(signal, SHOP, 1) == ()

    assert calls.names == []
    assert await way(signal, SHOP, 1) == ("any", "shop")


@pytest.mark.anyio
async def test_a_muted_sending_gives_the_usual_types() -> None:
    """Results and outcomes are empty, not missing."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    with signal.muted():
        results: list[Sequence[object]] = [
            signal.send(SHOP, 1),
            await signal.send_async(SHOP, 1, concurrency=None),
        ]
        outcomes: list[Sequence[object]] = [
            signal.send_robust(SHOP, 1),
            await signal.send_robust_async(SHOP, 1),
        ]

    assert [isinstance(each, Results) for each in results] == [True, True]
    assert [type(each) for each in outcomes] == [Outcomes, Outcomes]
    assert not any(results)
    assert not any(outcomes)


@pytest.mark.anyio
@in_each_way
async def test_a_muted_receiver_is_silent_on_all_its_connections(way: Way) -> None:
    """Each connection of it is silenced, and no other receiver."""
    signal, calls = Signal[int](), Calls()
    silent = calls.receiver("silent")
    signal.connect(silent)
    signal.connect(silent, SHOP)
    signal.connect(calls.receiver("loud"))
    with signal.muted(silent):
        assert await way(signal, SHOP, 1) == ("loud",)

    assert await way(signal, SHOP, 1) == ("silent", "loud")


def test_several_receivers_are_muted_at_once() -> None:
    """All that are named are silent."""
    signal, calls = Signal[int](), Calls()
    one, two, three = (calls.receiver(name) for name in ("one", "two", "three"))
    for each in (one, two, three):
        signal.connect(each)
    with signal.muted(one, three):
        assert signal.send(SHOP, 1).values == ("two",)


def test_a_bound_method_is_muted_by_another_access() -> None:
    """Methods of other owners, and other methods of this one, are not."""
    signal, calls = Signal[int](), Calls()
    one, two = Shop(calls, "one"), Shop(calls, "two")
    for each in (one.receive, one.receive_too, two.receive):
        signal.connect(each)
    with signal.muted(one.receive):
        assert signal.send(SHOP, 1).values == ("one too", "two")


def test_a_receiver_connected_while_it_is_muted_is_silent() -> None:
    """Every connection of it is muted, also those made inside the block."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    with signal.muted(receiver):
        signal.connect(receiver)
        assert signal.send(SHOP, 1).values == ()

    assert signal.send(SHOP, 1).values == ("receiver",)


def test_another_signal_is_not_muted() -> None:
    """A receiver is muted for one signal, not for all that it is connected to."""
    one, two, calls = Signal[int](), Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    one.connect(receiver)
    two.connect(receiver)
    with one.muted(receiver), one.muted():
        assert two.send(SHOP, 1).values == ("receiver",)


def test_muting_nests() -> None:
    """Leaving the inner block leaves the outer silence (E5)."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)
    with signal.muted():
        with signal.muted():
            assert signal.send(SHOP, 1).values == ()
        assert signal.send(SHOP, 1).values == ()
    with signal.muted(receiver):
        with signal.muted(receiver):
            assert signal.send(SHOP, 1).values == ()
        assert signal.send(SHOP, 1).values == ()

    assert signal.send(SHOP, 1).values == ("receiver",)


def test_mutings_overlap() -> None:
    """Each silence ends by itself, in whatever order, of the signal and of receivers."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)
    signal.connect(calls.receiver("other"))
    whole, part, again = signal.muted(), signal.muted(receiver), signal.muted(receiver)
    whole.__enter__()
    part.__enter__()
    again.__enter__()
    assert signal.send(SHOP, 1).values == ()
    whole.__exit__(None, None, None)
    assert signal.send(SHOP, 1).values == ("other",)
    part.__exit__(None, None, None)
    assert signal.send(SHOP, 1).values == ("other",)
    again.__exit__(None, None, None)
    assert signal.send(SHOP, 1).values == ("receiver", "other")


def test_muting_ends_when_the_block_raises() -> None:
    """However the block is left, the signal speaks again."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)
    with pytest.raises(ValueError, match="left"), signal.muted(), signal.muted(receiver):
        raise ValueError("left")

    assert signal.send(SHOP, 1).values == ("receiver",)


def test_muting_holds_in_every_thread() -> None:
    """It is process-wide: a sending in another thread is muted too."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    with signal.muted():
        assert in_thread(lambda: signal.send(SHOP, 1)).values == ()

    assert in_thread(lambda: signal.send(SHOP, 1)).values == ("receiver",)


def test_muting_from_many_threads_is_restored_exactly() -> None:
    """However the blocks of several threads overlap, each sees silence in its own (E5)."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)

    def mute() -> None:
        for number in range(200):
            with signal.muted(), signal.muted(*[receiver] * (number % 2)):
                assert signal.send(SHOP, 1).values == ()

    in_threads(mute, mute, mute, mute)

    assert signal.send(SHOP, 1).values == ("receiver",)


@pytest.mark.anyio
@in_each_async_way
async def test_muting_holds_across_awaits_and_in_every_task(way: Way) -> None:
    """Two tasks whose blocks overlap are both silenced until both have left (E5)."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    first, second = anyio.Event(), anyio.Event()

    async def mute(until: anyio.Event) -> None:
        with signal.muted():
            await until.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(mute, first)
        tasks.start_soon(mute, second)
        await anyio.wait_all_tasks_blocked()
        assert await way(signal, SHOP, 1) == ()
        first.set()
        await anyio.wait_all_tasks_blocked()
        assert await way(signal, SHOP, 1) == ()
        second.set()

    assert await way(signal, SHOP, 1) == ("receiver",)


@pytest.mark.anyio
@in_each_way
@pytest.mark.parametrize("whole", [True, False])
async def test_a_sending_that_runs_is_not_affected(way: Way, whole: bool) -> None:
    """Who mutes inside a receiver silences the sendings after this one (E3)."""
    signal, calls = Signal[int](), Calls()
    last = calls.receiver("last")
    muting = signal.muted() if whole else signal.muted(last)
    signal.connect(calls.receiver("first", muting.__enter__), once=True)
    signal.connect(last)

    assert await way(signal, SHOP, 1) == ("first", "last")
    assert await way(signal, SHOP, 1) == ()
    muting.__exit__(None, None, None)
    assert await way(signal, SHOP, 1) == ("last",)


def test_a_sending_begun_in_a_muted_block_stays_muted() -> None:
    """What was decided when it began holds to its end, and the rest is as before."""
    signal, calls = Signal[int](), Calls()
    last = calls.receiver("last")
    muting = signal.muted(last)
    signal.connect(calls.receiver("first", lambda: muting.__exit__(None, None, None)), once=True)
    signal.connect(last)
    muting.__enter__()

    assert signal.send(SHOP, 1).values == ("first",)
    assert signal.send(SHOP, 1).values == ("last",)


def test_muting_what_is_not_connected_changes_nothing() -> None:
    """A stranger can be muted; nobody notices."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    with signal.muted(calls.receiver("stranger"), Shop().receive):
        assert signal.send(SHOP, 1).values == ("receiver",)


def test_queries_show_muted_receivers() -> None:
    """A muted receiver is still connected."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)
    with signal.muted(), signal.muted(receiver):
        assert signal.receivers == (receiver,)
        assert signal.receivers_for(SHOP) == (receiver,)
        assert signal.has_receivers_for(SHOP)
        assert len(signal.connections) == 1


@pytest.mark.anyio
async def test_keyword_signals_are_muted_too() -> None:
    """The whole signal, and a receiver of it."""

    @KeywordSignal
    def placed(sender: object, /, *, total: int) -> None:
        """An order was accepted."""

    def receiver(sender: object, *, total: int) -> int:
        return total

    async def async_receiver(sender: object, *, total: int) -> int:
        return total

    placed.connect(receiver)
    placed.connect(async_receiver)
    with placed.muted():
        assert placed.send(SHOP, total=1).values == ()
        assert (await placed.send_robust_async(SHOP, total=1)).values == ()
    with placed.muted(async_receiver):
        assert placed.send(SHOP, total=1).values == (1,)
    assert (await placed.send_async(SHOP, total=1)).values == (1, 1)

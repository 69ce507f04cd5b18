"""What a sending may not take from the ones before it: each is as if it were the first."""

from __future__ import annotations

import asyncio
import itertools
import weakref
from collections.abc import Awaitable, Callable, Generator
from contextvars import ContextVar
from functools import partial
from types import MethodType
from typing import Any

import pytest
from anyio.lowlevel import checkpoint

from aldis import AsyncReceiverError, Signal
from tests.behaviour.recording import (
    Calls,
    Intrusion,
    Shop,
    Way,
    in_each_async_way,
    in_each_way,
    without_collector,
)
from tests.interpreters import needs_refcounting

pytestmark = pytest.mark.anyio

SHOP = Shop()

in_each_number = pytest.mark.parametrize("count", [1, 3])
in_each_concurrency = pytest.mark.parametrize("concurrency", [1, 2, None])


class Payload:
    """A payload that can be watched."""


class Owner:
    """Has receivers."""

    def receive(self, sender: object, payload: object) -> str:
        """Receive."""
        return "received"

    def give(self, sender: object, payload: object) -> Any:
        """Give a coroutine, without looking like it."""
        return give_later(sender, payload)


class Stop(BaseException):
    """What no sending may keep to itself."""


def make_async() -> Callable[[object, object], Awaitable[None]]:
    """Make an async receiver that keeps nothing."""

    async def receiver(sender: object, payload: object) -> None:
        await checkpoint()

    return receiver


async def give_later(sender: object, payload: object) -> str:
    """Give the value to who awaits it."""
    return "given"


def give(sender: object, payload: object) -> Any:
    """Give a coroutine, without looking like it."""
    return give_later(sender, payload)


# -- whom it calls -----------------------------------------------------------------------------


@in_each_async_way
@in_each_number
async def test_a_method_of_an_async_function_is_called_each_time(way: Way, count: int) -> None:
    """What a bound method belongs to may be a function itself."""
    signal, calls = Signal[int](), Calls()

    async def owner(sender: object, payload: object) -> None:
        pytest.fail("the owner was called in the place of its method")

    async def method(owner: object, sender: object, payload: object) -> str:
        return calls.note("method", sender, payload)

    receivers: list[Any] = [MethodType(method, owner)]
    receivers += [calls.async_receiver(f"r{number}", checkpoint) for number in range(1, count)]
    for each in receivers:
        signal.connect(each)
    for _ in range(3):
        values = await way(signal, SHOP, 1)
        assert values == ("method", "r1", "r2")[:count]


@in_each_way
@in_each_number
@pytest.mark.parametrize("kind", ["function", "method"])
async def test_what_a_receiver_does_to_its_own_signal_is_seen_in_time(
    way: Way, count: int, kind: str
) -> None:
    """It disconnects itself or the next one, connects another, mutes, and sends again."""
    signal, calls, deep = Signal[int](), Calls(), list[int]()
    blocks = [signal.muted()]

    class Receiver:
        def act(self, sender: object, payload: int) -> str:
            calls.note("acts", sender, payload)
            if payload == 1:
                signal.connect(late)
            elif payload == 2:
                signal.disconnect(receiver)
                assert receiver not in signal.receivers
            elif payload == 3 and not deep:
                deep.append(1)
                signal.send(SHOP, 4)
            elif payload == 5:
                for each in rest:
                    signal.disconnect(each)
            elif payload == 6:
                blocks[0].__enter__()
            return "acts"

    owner = Receiver()

    def act(sender: object, payload: int) -> str:
        return owner.act(sender, payload)

    receiver: Any = owner.act if kind == "method" else act
    rest: list[Any] = [calls.receiver(f"r{number}") for number in range(1, count)]
    names = ["r1", "r2"][: count - 1]
    late = calls.receiver("late")

    async def heard(payload: int) -> list[str]:
        await way(signal, SHOP, payload)
        return calls.take()

    for each in (receiver, *rest):
        signal.connect(each)
    assert await heard(0) == ["acts", *names]
    assert await heard(1) == ["acts", *names]
    assert await heard(0) == ["acts", *names, "late"]
    signal.disconnect(late)
    assert await heard(2) == ["acts", *names]
    assert await heard(0) == names
    signal.connect(receiver, priority=1)
    assert await heard(3) == ["acts", "acts", *names, *names]
    assert await heard(5) == ["acts"]
    for each in rest:
        signal.connect(each)
    assert await heard(6) == ["acts", *names]
    assert await heard(0) == []
    blocks[0].__exit__(None, None, None)
    assert await heard(0) == ["acts", *names]


@needs_refcounting
@in_each_number
@pytest.mark.parametrize("kind", ["instance", "method"])
def test_a_receiver_that_drops_itself_in_its_call_is_given_and_then_forgotten(
    count: int, kind: str
) -> None:
    """Results keep it alive; without them, it is gone."""
    signal, kept = Signal[int](), list[Any]()

    class Dropping:
        def drop(self, sender: object, payload: object) -> str:
            kept.clear()
            return "dropped"

        __call__ = drop

    kept.append(Dropping())
    signal.connect(kept[0] if kind == "instance" else kept[0].drop)
    others = [Owner() for _ in range(1, count)]
    for each in others:
        signal.connect(each.receive)
    results = signal.send(SHOP, 1)
    assert results.values == ("dropped", "received", "received")[:count]
    assert len(signal.send(SHOP, 1)) == count
    del results
    assert len(signal.send(SHOP, 1)) == count - 1


# -- what it refuses ---------------------------------------------------------------------------


@in_each_number
@pytest.mark.parametrize("kind", ["function", "method"])
def test_a_coroutine_is_refused_by_each_sending(count: int, kind: str) -> None:
    """The error names who gave it, and the signal; those before it have been called."""
    signal, calls, owner = Signal[int]("placed"), Calls(), Owner()
    receivers = [calls.receiver(f"r{number}") for number in range(1, count)]
    for each in receivers:
        signal.connect(each)
    signal.connect(give if kind == "function" else owner.give)
    for _ in range(3):
        with pytest.raises(AsyncReceiverError, match="was closed") as refused:
            signal.send(SHOP, 1)
        (name,) = refused.value.receivers
        assert refused.value.signal == "placed"
        assert ("the bound method" in name, "Owner.give" in name) == (kind == "method",) * 2
        assert calls.take() == ["r1", "r2"][: count - 1]


@in_each_number
@pytest.mark.filterwarnings("ignore:Assigning a code object:DeprecationWarning")
async def test_a_function_that_is_given_other_code_is_called_as_what_it_was(count: int) -> None:
    """Whether it is async is settled when it is connected: a tool that reloads may break that."""
    signal, calls = Signal[int](), Calls()

    async def changed(sender: object, payload: object) -> str:
        await checkpoint()
        return "async"

    def plain(sender: object, payload: object) -> str:
        return "plain"

    for number in range(1, count):
        signal.connect(calls.async_receiver(f"r{number}", checkpoint), weak=False)
    signal.connect(changed)
    assert (await signal.send_async(SHOP, 1)).values[-1] == "async"
    changed.__code__ = plain.__code__
    with pytest.raises(AsyncReceiverError):
        signal.send(SHOP, 1)
    with pytest.raises(TypeError, match="await"):
        await signal.send_async(SHOP, 1)
    signal.connect(changed)
    assert (await signal.send_async(SHOP, 1)).values[-1] == "plain"


# -- what fails --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("concurrency", [None, 9])
async def test_behind_a_failure_at_the_same_time_no_receiver_begins(
    concurrency: int | None, count: int
) -> None:
    """The last one runs first, in the task that sends: nobody else has begun."""
    signal, called = Signal[int](), list[int]()

    def make(number: int) -> Callable[[object, int], Awaitable[None]]:
        async def receiver(sender: object, payload: int) -> None:
            called.append(number)
            if number == payload:
                raise ValueError(number)

        return receiver

    for number in range(count):
        signal.connect(make(number), weak=False)
    await signal.send_async(SHOP, -1, concurrency=concurrency)
    assert sorted(called) == list(range(count))
    for failing in range(count):
        called.clear()
        with pytest.raises(ExceptionGroup) as failed:
            await signal.send_async(SHOP, failing, concurrency=concurrency)
        assert [str(each) for each in failed.value.exceptions] == [str(failing)]
        assert called[0] == count - 1
        assert called[-1] == failing


# What is no Exception, a task group of anyio's keeps in its own frames.
@pytest.mark.parametrize(
    ("kind", "concurrency", "count"),
    [
        (kind, concurrency, count)
        for kind in (ValueError, Stop, asyncio.CancelledError)
        for concurrency in (1, None)
        for count in (1, 2, 3)
        if kind is ValueError or concurrency == 1 or count == 1
    ],
)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_task_in_which_a_sending_failed_is_freed_at_once(
    kind: type[BaseException], concurrency: int | None, count: int
) -> None:
    """A task keeps what was raised in it: nothing of a sending leads from there back to it."""
    signal, failing = Signal[object](), list[bool]()

    async def fail(sender: object, payload: object) -> None:
        if failing:
            raise kind

    others: list[Any] = [make_async() for _ in range(1, count)]
    if count == 2:
        others = [Owner.receive.__get__(SHOP)]  # no async function: it takes another way
    for each in (*others, fail):
        signal.connect(each)
    await signal.send_async(SHOP, None)
    failing.append(True)
    with without_collector():
        payload = Payload()
        ref = weakref.ref(payload)
        task = asyncio.ensure_future(signal.send_async(SHOP, payload, concurrency=concurrency))
        del payload
        await asyncio.wait([task])
        assert task.cancelled() or task.exception() is not None
        del task
        for _ in range(5):
            await checkpoint()
        assert ref() is None


# -- what stays the same -----------------------------------------------------------------------


@in_each_way
async def test_two_signals_send_each_other_as_deep_as_one_likes(way: Way) -> None:
    """Each sending has results of its own."""
    first: Any = Signal[int]()
    second: Any = Signal[int]()

    def down(sender: object, payload: int) -> int:
        return payload + sum(second.send(SHOP, payload - 1).values) if payload else 0

    def up(sender: object, payload: int) -> int:
        return payload + sum(first.send(SHOP, payload - 1).values) if payload else 0

    first.connect(down)
    second.connect(up)
    for _ in range(3):
        assert await way(first, SHOP, 20) == (210,)


@in_each_concurrency
@in_each_number
async def test_only_receivers_in_the_task_that_sends_set_its_context_variables(
    concurrency: int | None, count: int
) -> None:
    """One after another these are all; at the same time, the last one."""
    variable: ContextVar[int] = ContextVar("variable", default=-1)
    signal = Signal[int]()

    def make(number: int) -> Callable[[object, int], Awaitable[None]]:
        async def receiver(sender: object, payload: int) -> None:
            await checkpoint()
            if number == payload:
                variable.set(number)

        return receiver

    for number in range(count):
        signal.connect(make(number), weak=False)
    await signal.send_async(SHOP, -1, concurrency=concurrency)
    for number in range(count):
        variable.set(-1)
        await signal.send_async(SHOP, number, concurrency=concurrency)
        shared = concurrency == 1 or number == count - 1
        assert variable.get() == (number if shared else -1)


# -- what comes in between ---------------------------------------------------------------------


def middleware(call: object) -> Generator[None, object, object]:
    """Stand around a call, and change nothing."""
    return (yield)


def change(signal: Signal[int], receiver: Any, calls: Calls) -> dict[str, Callable[[], object]]:
    """Give what a signal handler or another thread may do in the middle of a sending."""
    block = signal.muted()
    return {
        "disconnect": lambda: signal.disconnect(receiver),
        "connect": lambda: signal.connect(calls.receiver("new"), priority=9),
        "connect for a sender": lambda: signal.connect(calls.receiver("new"), SHOP),
        "reconnect once": lambda: signal.connect(receiver, once=True),
        "mute": lambda: block.__enter__(),
        "send": lambda: signal.send(SHOP, 0),
        "use": lambda: signal.use(middleware),
    }


LATER: dict[str, list[list[str]]] = {
    "disconnect": [[]],
    "connect": [["new", "r"]],
    "connect for a sender": [["r", "new"]],
    "reconnect once": [["r"], []],
    "mute": [[]],
    "send": [["r"]],
    "use": [["r"]],
}


@pytest.mark.parametrize("what", LATER)
@pytest.mark.parametrize("kind", ["function", "method"])
@in_each_number
def test_what_comes_at_any_step_of_a_sending_is_seen_by_the_next_one(
    count: int, kind: str, what: str
) -> None:
    """The sending itself calls its receiver once, or not any more."""
    for step in itertools.count():
        signal, calls = Signal[int](), Calls()
        receiver: Any = calls.receiver("r") if kind == "function" else Shop(calls, "r").receive
        signal.connect(receiver, weak=False)
        for _ in range(1, count):
            signal.connect(calls.receiver("other"), priority=-1)
        signal.send(SHOP, 1)
        calls.take()
        changes = change(signal, receiver, calls)
        intrusion = Intrusion(changes[what], step, each="opcode")
        intrusion.run(partial(signal.send, SHOP, 1))
        during = calls.take()
        if not intrusion.done():
            return
        assert during.count("r") <= 1 + (what == "send")
        assert "r" in during or what in ("disconnect", "mute"), step
        later: list[list[str]] = []
        for _ in range(2):
            signal.send(SHOP, 1)
            later.append([name for name in calls.take() if name != "other"])
        # The one call of a `once` connection may have been that of the sending it came into.
        assert later[0] in LATER[what], step
        assert later[1] == LATER[what][-1], step

"""The cases: what is timed on Aldis, and beside it the plainest code that does the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio

from aldis import Signal
from aldis.middleware import Call

Work = Callable[[], object]
AsyncWork = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        name: what it is.
        subject: Aldis's side.
        control: the plain side.
        loops: how often each is called in a round.
    """

    name: str
    subject: Work
    control: Work
    loops: int


def function() -> Callable[[object, int], object]:
    """Make a receiver with a code object of its own, so that no two share an inline cache."""
    names: dict[str, Any] = {}
    exec("def receiver(sender, payload): return None", names)
    made: Callable[[object, int], object] = names["receiver"]
    return made


def coroutine_function() -> Callable[[object, int], Awaitable[object]]:
    """Make an async receiver with a code object of its own."""
    names: dict[str, Any] = {}
    exec("async def receiver(sender, payload): return None", names)
    made: Callable[[object, int], Awaitable[object]] = names["receiver"]
    return made


class Owner:
    """Has a method to receive with."""

    def method(self, sender: object, payload: int) -> None:
        """Do nothing."""


def bare_loop(
    receivers: list[Callable[[object, int], object]], sender: object, payload: int
) -> list[Any]:
    """Call each receiver and append it with its result: what any send has to do."""
    results: list[Any] = []
    for receiver in receivers:
        results.append((receiver, receiver(sender, payload)))
    return results


async def bare_awaits(
    receivers: list[Callable[[object, int], Awaitable[object]]], sender: object, payload: int
) -> list[Any]:
    """Await each receiver and append it with its result."""
    results: list[Any] = []
    for receiver in receivers:
        results.append((receiver, await receiver(sender, payload)))
    return results


async def bare_group(
    receivers: list[Callable[[object, int], Awaitable[object]]], sender: object, payload: int
) -> list[Any]:
    """Await all receivers at the same time, in a task group."""
    results: list[Any] = [None] * len(receivers)

    async def run(place: int) -> None:
        results[place] = (receivers[place], await receivers[place](sender, payload))

    async with anyio.create_task_group() as tasks:
        for place in range(len(receivers)):
            tasks.start_soon(run, place)
    return results


def sending() -> Iterator[Case]:
    """Sends, to the bare loop."""
    for count in (0, 1, 10, 100):
        receivers = [function() for _ in range(count)]
        yield send_case(f"send, {count} functions, to a bare loop", receivers)
    for count in (1, 10, 100):
        owners = [Owner() for _ in range(count)]
        yield send_case(f"send, {count} methods, to a bare loop", [each.method for each in owners])


def send_case(name: str, receivers: list[Callable[[object, int], object]]) -> Case:
    """Time a send to some receivers."""
    signal = Signal[int]()
    for receiver in receivers:
        signal.connect(receiver, weak=False)
    return Case(
        name,
        lambda: signal.send(None, 1),
        lambda: bare_loop(receivers, None, 1),
        20_000 // (len(receivers) + 1),
    )


def bookkeeping() -> Iterator[Case]:
    """What a change costs among many, to what it costs among few."""
    few = churn_case(10)
    for count in (1_000, 10_000):
        name = f"connect and disconnect among {count} senders, to among 10"
        yield Case(name, churn_case(count), few, 500)
    few = filtered_case(10)
    for count in (1_000, 10_000):
        yield Case(
            f"filtered send among {count} senders, to among 10", filtered_case(count), few, 2_000
        )


def churn_case(count: int) -> Work:
    """Connect and disconnect a receiver while others are connected to many senders."""
    signal = Signal[int]()
    receiver, more = function(), function()
    senders = [Owner() for _ in range(count)]
    for sender in senders:
        signal.connect(receiver, sender)

    def work() -> None:
        signal.connect(more, senders[0])
        signal.disconnect(more)

    return work


def filtered_case(count: int) -> Work:
    """Send to the one receiver of a sender while there are many senders."""
    signal = Signal[int]()
    receiver = function()
    senders = [Owner() for _ in range(count)]
    for sender in senders:
        signal.connect(receiver, sender)
    signal.send(senders[0], 1)
    kept = (receiver, senders)

    def work() -> object:
        return signal.send(kept[1][0], 1)

    return work


def awaiting() -> Iterator[tuple[str, AsyncWork, AsyncWork, int]]:
    """Async sends, to bare awaits and to a bare task group."""
    for count in (1, 10, 100):
        receivers = [coroutine_function() for _ in range(count)]
        signal = Signal[int]()
        for receiver in receivers:
            signal.connect(receiver, weak=False)
        loops = 5_000 // (count + 1)
        yield (
            f"send_async, {count} in turn, to bare awaits",
            partial(signal.send_async, None, 1),
            partial(bare_awaits, receivers, None, 1),
            loops,
        )
        yield (
            f"send_async, {count} at a time, to a bare task group",
            partial(signal.send_async, None, 1, concurrency=None),
            partial(bare_group, receivers, None, 1),
            loops // 5,
        )


def inside() -> Iterator[Case]:
    """What middleware costs, to the plainest wrapper that does the same."""
    for count in (1, 10):
        yield inside_case(count, passing, wrap_passing, "return (yield)")
        yield inside_case(count, catching, wrap_catching, "try: return (yield)")


def passing(call: Call[Any, Any, Any]) -> Generator[None, Any, Any]:
    """Do nothing around a call."""
    return (yield)


def catching(call: Call[Any, Any, Any]) -> Generator[None, Any, Any]:
    """Look out for a failure, and read what is called."""
    try:
        return (yield)
    except LookupError:
        return call.receiver


def wrap_passing(receiver: Callable[[object, int], object]) -> Callable[[object, int], object]:
    """Write a middleware that does nothing by hand."""

    def wrapped(sender: object, payload: int) -> object:
        return receiver(sender, payload)

    return wrapped


def wrap_catching(receiver: Callable[[object, int], object]) -> Callable[[object, int], object]:
    """Write the other one by hand."""

    def wrapped(sender: object, payload: int) -> object:
        try:
            return receiver(sender, payload)
        except LookupError:
            return receiver

    return wrapped


def inside_case(
    count: int,
    middleware: Callable[[Call[Any, Any, Any]], Generator[None, Any, Any]],
    wrap: Callable[[Callable[[object, int], object]], Callable[[object, int], object]],
    what: str,
) -> Case:
    """Time a send inside middleware, and one to receivers that were wrapped by hand."""
    subject, control = Signal[int](), Signal[int]()
    for _ in range(count):
        subject.connect(function(), weak=False)
        control.connect(wrap(function()), weak=False)
    subject.use(middleware)
    return Case(
        f"send, {count} functions inside `{what}`, to wrapped ones",
        lambda: subject.send(None, 1),
        lambda: control.send(None, 1),
        20_000 // (count + 1),
    )


def undone() -> Iterator[Case]:
    """A signal whose middleware was undone, to one that never had any: the same."""
    for count in (0, 1, 10):
        subject, control = Signal[int](), Signal[int]()
        for signal in (subject, control):
            for _ in range(count):
                signal.connect(function(), weak=False)
        subject.use(passing)()
        yield Case(
            f"send, {count} functions, middleware undone, to never any",
            partial(subject.send, None, 1),
            partial(control.send, None, 1),
            20_000 // (count + 1),
        )

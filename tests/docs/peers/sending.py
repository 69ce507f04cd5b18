"""Probes of sending: whom a library calls, in which order, where, and what it makes of it."""

from __future__ import annotations

import gc
import inspect
import warnings
from collections.abc import Callable, Generator
from typing import Any, cast

import anyio
import anyio.lowlevel
import pytest

import aldis
from aldis.middleware import Call
from tests.docs.peers.faces import Aldis, Face, noting


def order(kind: type[Face]) -> str:
    """Connect in one order and in the other, across senders, sync and async."""
    if not keeps_order(kind):
        assert kind().lacks("priorit")
        assert keeps_order(kind().in_order)
        return "with a `set_class`"
    heard: list[object] = []
    receivers = {name: noting(heard, name) for name in ("any", "one", "urgent", "sync")}
    face = kind()
    face.connect(receivers["any"])
    face.connect(receivers["one"], "shop")
    face.send()
    if heard == ["one", "any"]:
        assert face.lacks("priorit")
        return "the sender's first"
    assert heard == ["any", "one"]

    async def asynchronous(*args: object, **kwargs: object) -> None:
        heard.append("async")

    if awaiting(kind) == "yes":
        heard.clear()
        face = kind()
        face.connect(asynchronous)
        face.connect(receivers["sync"])
        try:
            face.send()
        except aldis.AsyncReceiverError:
            anyio.run(face.send_async)
        if heard == ["sync", "async"]:
            assert face.lacks("priorit")
            return "sync ones first"
        assert heard == ["async", "sync"]
    face = kind()
    heard.clear()
    face.connect(receivers["any"])
    try:
        face.connect(receivers["urgent"], priority=1)
    except TypeError:
        assert face.lacks("priorit")
        return "no priorities"
    face.send()
    assert heard == ["urgent", "any"]
    return "yes"


def keeps_order(make: Callable[[], Face]) -> bool:
    """Tell whether the same receivers are called in the order of connecting, whichever that is."""
    heard: list[object] = []
    receivers = [noting(heard, number) for number in range(20)]
    for numbers in (range(20), range(19, -1, -1)):  # no order of its own is both
        face = make()
        for number in numbers:
            face.connect(receivers[number])
        heard.clear()
        face.send()
        if heard != list(numbers):
            return False
    return True


def results(kind: type[Face]) -> str:
    """Have a receiver return something."""
    face = kind()
    receiver = noting([], "returned")
    face.connect(receiver)
    found = face.send()
    if found == ["returned"]:
        return "yes"
    assert found in (None, True)
    return "no"


def robustness(kind: type[Face]) -> str:
    """Connect two that fail."""
    face, called = kind(), list[int]()

    def first(*args: object, **kwargs: object) -> None:
        called.append(1)
        raise ValueError("first")

    def second(*args: object, **kwargs: object) -> None:
        called.append(2)
        raise ValueError("second")

    face.connect(first)
    face.connect(second)
    with pytest.raises(Exception, match=r"first|second|error"):
        face.send()
    assert len(called) == 1
    if face.send_robust is None:
        assert face.lacks("robust")
        return "no"
    called.clear()
    assert sorted(str(each) for each in face.send_robust()) == ["first", "second"]
    assert sorted(called) == [1, 2]
    return face.robust_in or "yes"


def awaiting(kind: type[Face]) -> str:
    """Connect one of each kind, and see who has ended when the send has."""
    return await_on("asyncio", kind)


def await_on(backend: str, kind: type[Face], kinds: str = "both") -> str:
    """Do so on an event loop, or with async receivers alone."""
    face, heard = kind(), list[str]()
    sync = noting(heard, "sync")

    async def asynchronous(*args: object, **kwargs: object) -> None:
        await anyio.lowlevel.checkpoint()
        heard.append("async")

    async def main() -> str:
        async with face.opened(backend):
            face.connect(asynchronous)
            if kinds == "both":
                face.connect(sync)
            found = await face.send_async()
            if "async" in heard:
                return "yes"
            await anyio.wait_all_tasks_blocked()
            if "async" in heard:
                return "in the background"
            (*values,) = cast("list[object]", found)
            assert any(inspect.iscoroutine(each) for each in values)
            return "no"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of coroutines that are not awaited
        try:
            answer = anyio.run(main, backend=backend)
        except RuntimeError:
            if kinds == "async":
                answer = "no"
            else:
                assert await_on(backend, kind, "async") == "yes"
                answer = "async ones alone"
        gc.collect()
    return answer


def trio(kind: type[Face]) -> str:
    """Run async receivers there."""
    return "no" if await_on("trio", kind, "async") == "no" else "yes"


def refusing_async(kind: type[Face]) -> str:
    """Connect an async receiver behind sync ones, often enough for orders that are none."""
    kept: list[object] = []  # so that no address, which an order may go by, comes twice
    answers = {_meet_async(kind, kept) for _ in range(20)}
    return "after some ran" if "after some ran" in answers else answers.pop()


def _meet_async(kind: type[Face], kept: list[object]) -> str:
    face, ran = kind(), list[str]()
    receivers = [noting(ran, "sync") for _ in range(10)]

    async def asynchronous(*args: object, **kwargs: object) -> None:
        ran.append("async")

    kept += [*receivers, asynchronous]
    for receiver in receivers:
        face.connect(receiver)
    try:
        face.connect(asynchronous)
    except RuntimeError:  # psygnal has to be told of a loop first
        return {"in the background": "runs them later"}[awaiting(kind)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            face.send()
        except RuntimeError:
            return "after some ran" if ran else "yes"
        gc.collect()
    if "async" in ran:
        return "runs them"
    assert any("never awaited" in str(each.message) for each in caught)
    return "drops them"


def background(kind: type[Face]) -> str:
    """Post an event, and read it from a stream."""
    if kind is not Aldis:
        assert kind().lacks("stream")
        if awaiting(kind) != "in the background":
            assert kind().lacks("queue", "thread", "executor")
            return "no"
        assert kind().runs_elsewhere()
        return f"async, or by {kind.elsewhere}"
    signal, heard = aldis.Signal[int](), list[int]()

    @signal.connect
    def receive(sender: object, number: int) -> None:
        heard.append(number)

    async def main() -> int:
        async with aldis.Dispatcher() as dispatcher, signal.stream() as events:
            delivery = dispatcher.post(signal.event(None, 1))
            assert heard == []
            await delivery
            return (await anext(events)).payload

    assert anyio.run(main) == 1
    assert heard == [1]
    return "yes"


def middleware(kind: type[Face]) -> str:
    """Install some."""
    if kind is not Aldis:
        assert kind().lacks("middleware", "around", "hook")
        return "no"
    signal, heard = aldis.Signal[int](), list[str]()

    def note(call: Call[int, Any, object]) -> Generator[None, object, object]:
        heard.append("before")
        found = yield
        heard.append("after")
        return found

    receiver = noting(heard, "call")
    signal.connect(receiver)
    signal.use(note)
    signal.send(None, 1)
    assert heard == ["before", "call", "after"]
    return "yes"

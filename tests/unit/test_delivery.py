"""How receivers are called, at its edges."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Generator
from typing import Any

import anyio
import pytest

import aldis.blinker
from aldis import AsyncReceiverError, KeywordSignal, Signal
from aldis._inspection import describe
from aldis._plan import Plan
from aldis._together import _members, _Sending
from tests.interpreters import needs_refcounting


async def coroutine_function(sender: object, payload: object) -> str:
    """Is async in disguise."""
    return "awaited"


def disguised(sender: object, payload: object) -> Any:
    """Returns a coroutine, and does not look like it."""
    return coroutine_function(sender, payload)


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("once", [False, True])
def test_a_coroutine_under_send_is_closed_on_either_way(
    once: bool, within: bool, robust: bool
) -> None:
    """On the fast one and on the careful one; the error names the receiver and the signal."""
    signal = Signal[str]("orders")
    signal.connect(disguised, once=once)
    if within:
        signal.use(middleware, around="sending")
    if robust:
        (error,) = signal.send_robust(None, "payload").errors
    else:
        with pytest.raises(AsyncReceiverError, match="was closed") as refused:
            signal.send(None, "payload")
        error = refused.value
    assert isinstance(error, AsyncReceiverError)
    assert error.signal == "orders"
    assert error.receivers == (describe(disguised),)


@pytest.mark.parametrize("kind", [Signal[str], aldis.blinker.Signal], ids=["own", "drop-in"])
def test_those_behind_one_that_was_disconnected_meanwhile_are_called(kind: Any) -> None:
    """By one before it, in the same sending."""
    signal, heard = kind(), list[str]()

    def first(sender: object, payload: object = None) -> None:
        heard.append("first")
        signal.disconnect(second)

    def second(sender: object, payload: object = None) -> None:
        heard.append("second")

    def third(sender: object, payload: object = None) -> None:
        heard.append("third")

    for each in (first, second, third):
        signal.connect(each)
    signal.send("sender", payload="payload")
    assert heard == ["first", "third"]


def middleware(sending: object) -> Generator[None, object, None]:
    """Stand around a sending, and change nothing."""
    yield


def test_a_plain_receiver_inside_a_sending_hears_the_sender() -> None:
    """Middleware around the sending does not change how it is called."""
    signal, heard = Signal[str](), list[object]()
    signal.use(middleware, around="sending")
    signal.connect(lambda sender, payload: heard.append((sender, payload)), weak=False)
    signal.send("sender", "payload")
    assert heard == [("sender", "payload")]


@needs_refcounting
@pytest.mark.anyio
@pytest.mark.parametrize("way", ["send", "send_robust", "send_async", "drop-in", "drop-in async"])
async def test_those_behind_a_method_that_went_unnoticed_are_called(way: str) -> None:
    """It is passed over, and the next operation forgets it."""
    kind: Any = Owner
    kind.method = lambda self, sender, payload=None: "never"
    owner: Any = Owner()
    signal: Any = aldis.blinker.Signal() if way.startswith("drop-in") else Signal[str]()
    heard: list[object] = []

    def behind(sender: object, payload: object = None) -> None:
        heard.append(sender)

    signal.connect(owner.method)
    signal.connect(behind)
    del kind.method
    if way == "drop-in":
        signal.send("sender")
    elif way == "drop-in async":
        await signal.send_async("sender")
    elif way == "send_async":
        await signal.send_async("sender", "payload")
    else:
        getattr(signal, way)("sender", "payload")
    assert heard == ["sender"]
    assert (
        len(signal.receivers) == 1 if way.startswith("drop-in") else signal.receivers == (behind,)
    )
    assert len(signal._registry.collect()) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("once", [False, True])
async def test_an_async_send_awaits_it_on_either_way(once: bool) -> None:
    """It comes as a result like any other."""
    signal = Signal[str]()
    signal.connect(disguised, once=once)
    assert (await signal.send_async(None, "payload")).values == ("awaited",)


@pytest.mark.anyio
@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("cancelled", [False, True])
async def test_what_went_away_before_its_turn_leaves_one_look_for_a_cancellation(
    once: bool, cancelled: bool
) -> None:
    """Nothing was awaited, though something was to be."""
    signal = Signal[str]()

    def first(sender: object, payload: object) -> None:
        signal.disconnect(coroutine_function)

    signal.connect(first)
    signal.connect(coroutine_function, once=once)
    with anyio.CancelScope() as scope:
        if cancelled:
            scope.cancel()
        await signal.send_async(None, "payload")
    assert scope.cancelled_caught is cancelled


def test_the_members_of_a_group_are_its_exceptions() -> None:
    """Anything else is one member."""
    error = ValueError()
    assert list(_members(ExceptionGroup("group", [error]))) == [error]
    assert list(_members(error)) == [error]


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_future_that_nobody_came_to_await_is_let_go() -> None:
    """Only coroutines have to be closed."""
    sending = _Sending(Plan((), None), None, "payload", go_on=False)
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    sending._begun = {0: future, 1: coroutine_function(None, "payload")}
    sending.clear()
    assert not future.done()


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_receiver_whose_task_never_began_leaves_no_hole() -> None:
    """Whoever cancelled that one task has cancelled the sending."""
    signal = Signal[str]()

    def cancel(sender: object, payload: object) -> None:
        for task in asyncio.all_tasks():
            if "_Sending" in task.get_name():
                task.cancel()

    signal.connect(coroutine_function)
    signal.connect(cancel)
    signal.connect(disguised)
    with warnings.catch_warnings():
        # anyio's own wrapper of the receiver, which never began, is left to it.
        warnings.filterwarnings("ignore", "coroutine '_Sending", RuntimeWarning)
        with pytest.raises(asyncio.CancelledError):
            await signal.send_async(None, "payload", concurrency=None)
        gc.collect()


def test_keyword_connectors_and_names() -> None:
    """A keyword signal that a class has named keeps that name."""

    class Shop:
        """Declares a signal, and then declares it again."""

        @KeywordSignal
        def placed(sender: object, /, *, order_id: str) -> None:  # a prototype
            """Declare."""

        again = placed

    @Shop.placed.connect()
    def receiver(sender: object, *, order_id: str) -> str:
        return order_id

    assert Shop.again.name == f"{Shop.__qualname__}.placed"
    assert Shop.placed.send(None, order_id="o-1").values == ("o-1",)
    assert receiver(None, order_id="o-2") == "o-2"


def test_a_prototype_with_names_that_cannot_be_found_checks_the_sender_alone() -> None:
    """What is imported for checkers alone cannot be looked up."""

    def prototype(sender: object, /, **payload: object) -> None:
        """Names something that is not there."""

    prototype.__annotations__["payload"] = "Unpack[NotThere]"
    signal = KeywordSignal(prototype)
    assert "**payload" in repr(signal)
    signal.connect(lambda sender, **payload: None, weak=False)


class Owner:
    """Has methods that are taken away from under it."""


@pytest.mark.parametrize("adapted", [False, True])
def test_the_drop_in_passes_over_a_method_that_went_unnoticed(adapted: bool) -> None:
    """On the fast way and on the careful one; the next operation forgets it."""
    kind: Any = Owner
    kind.method = lambda self, sender: "never"
    owner: Any = Owner()
    signal = aldis.blinker.Signal()
    signal.connect(owner.method)
    if adapted:  # with two connections of one receiver, each has to be admitted
        signal.connect(owner.method, owner)
    signal.connect(kept)
    del kind.method
    gc.collect()
    assert signal.send(owner) == [(kept, "kept")]
    assert signal._registry.queue
    assert [each() for each in signal.receivers.values()] == [kept]
    assert [each.receiver() for each in signal._registry.collect()] == [kept]


def kept(sender: object) -> str:
    """Be called whoever else is not."""
    return "kept"


@needs_refcounting
def test_the_drop_in_goes_on_behind_a_receiver_that_has_died_meanwhile() -> None:
    """It was let go of by the receiver before it."""
    owners: list[Any] = [type("Kind", (), {"method": lambda self, sender: "never"})()]

    def let_go(sender: object) -> None:
        owners.clear()

    signal = aldis.blinker.Signal()
    for each in (let_go, owners[0].method, kept):
        signal.connect(each)
    del each
    assert signal.send() == [(let_go, None), (kept, "kept")]


@pytest.mark.anyio
@pytest.mark.parametrize("adapted", [False, True])
async def test_an_async_send_of_the_drop_in_passes_over_it_too(adapted: bool) -> None:
    """On either way."""
    kind: Any = Owner
    kind.method = lambda self, sender: "never"
    owner: Any = Owner()
    signal = aldis.blinker.Signal()
    signal.connect(owner.method)
    if adapted:
        signal.connect(owner.method, owner)
    del kind.method
    gc.collect()
    assert await signal.send_async(owner) == []
    assert signal._registry.queue


@pytest.mark.anyio
async def test_an_async_send_of_the_drop_in_passes_over_who_was_disconnected_meanwhile() -> None:
    """By a receiver before it."""
    signal = aldis.blinker.Signal()
    heard: list[str] = []

    async def first(sender: object) -> None:
        heard.append("first")
        signal.disconnect(second)

    async def second(sender: object) -> None:
        heard.append("second")

    signal.connect(first)
    signal.connect(second)
    assert await signal.send_async() == [(first, None)]
    assert heard == ["first"]

"""What is as in blinker: each test passes on both libraries, and asserts the same of them.

Where blinker goes by the order of a set, nothing is asserted of the order.
"""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# mypy: disallow_subclassing_any=False, disallow_untyped_decorators=False
# Which library it is shows at run time alone, so that all that comes of it is Any.

from __future__ import annotations

import copy
import enum
import functools
import gc
import inspect
import pickle
import re
import weakref
from collections.abc import Callable
from types import MethodType
from typing import Any

import pytest
from anyio.lowlevel import checkpoint

from tests.behaviour.recording import in_threads, switching_as_often_as_possible
from tests.drop_in.receiving import (
    Calls,
    Shop,
    Slotted,
    count_calls,
    receive,
    receive_async,
    receive_too,
    values,
)
from tests.interpreters import needs_gil

SHOP = Shop()
OTHER = Shop()


class Number(enum.IntEnum):
    """Members are ints."""

    ONE = 1


class Mixed(str, enum.Enum):  # noqa: UP042  # it is another kind than the next one
    """Members are strings."""

    NAME = "name"


class Name(enum.StrEnum):
    """Members are strings, also when they are shown."""

    NAME = "name"


class Text(str):
    """A string of one's own kind."""

    __slots__ = ()


# -- senders -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("connected", "sent"),
    [
        pytest.param("name", b"name".decode(), id="str"),
        pytest.param(10**20, 10**19 * 10, id="int"),
        pytest.param(1, True, id="int-bool"),
        pytest.param(True, 1, id="bool-int"),
        pytest.param(Number.ONE, 1, id="IntEnum-int"),
        pytest.param(True, Number.ONE, id="bool-IntEnum"),
        pytest.param(Mixed.NAME, "name", id="str-Enum"),
        pytest.param("name", Name.NAME, id="str-StrEnum"),
        pytest.param(Text("name"), Mixed.NAME, id="subclass-str-Enum"),
    ],
)
def test_str_and_int_and_their_subclasses_match_by_value(
    library: Any, connected: object, sent: object
) -> None:
    """Whatever the type, equal ones are one sender."""
    signal = library.Signal()
    signal.connect(receive, connected)

    assert signal.send(sent) == [(receive, "received")]
    assert signal.has_receivers_for(sent)
    signal.disconnect(receive, sent)
    assert signal.send(connected) == []


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: float("1.5"), id="float"),
        pytest.param(lambda: bytes([65, 66, 67]), id="bytes"),
        pytest.param(lambda: (*[1, 2],), id="tuple"),
        pytest.param(lambda: frozenset([1]), id="frozenset"),
        pytest.param(list, id="unhashable"),
    ],
)
def test_other_values_match_by_identity(library: Any, make: Callable[[], object]) -> None:
    """Equal ones are different senders."""
    signal = library.Signal()
    sender, equal = make(), make()
    signal.connect(receive, sender)

    assert equal == sender
    assert signal.send(equal) == []
    assert signal.send(sender) == [(receive, "received")]


def test_bound_methods_match_by_object_and_function(library: Any) -> None:
    """Each access gives another object, and they are one sender."""
    signal = library.Signal()
    signal.connect(receive, SHOP.receive)

    assert signal.send(SHOP.receive) == [(receive, "received")]
    assert signal.send(SHOP.receive_too) == []
    assert signal.send(OTHER.receive) == []


def test_none_is_a_sender_and_what_is_sent_without_one(library: Any) -> None:
    """`send()` is `send(None)`."""
    signal, calls = library.Signal(), Calls()
    receiver = calls.receiver("called")
    signal.connect(receiver, None)
    signal.send()
    signal.send(None)
    signal.send(SHOP)

    assert calls.seen == [(None, {})] * 2


def test_a_class_and_a_signal_can_be_senders(library: Any) -> None:
    """Anything can."""
    signal = library.Signal()
    signal.connect(receive, Shop)
    signal.connect(receive_too, signal)

    assert signal.send(Shop) == [(receive, "received")]
    assert signal.send(signal) == [(receive_too, "received too")]


# -- connecting --------------------------------------------------------------------------------


def test_connect_returns_the_receiver(library: Any) -> None:
    """So it is a decorator as it stands."""
    signal = library.Signal()

    @signal.connect
    def receiver(sender: object) -> str:
        return "decorated"

    assert signal.connect(receive) is receive
    assert signal.connect(receive_too, SHOP, False) is receive_too
    assert inspect.isfunction(receiver)
    assert (receiver, "decorated") in signal.send()


def test_connect_is_weak_by_default(library: Any) -> None:
    """A function that nobody else keeps is gone at once."""
    signal = library.Signal()
    signal.connect(lambda sender: "weak")
    signal.connect(lambda sender: "strong", weak=False)

    assert [value for _, value in signal.send()] == ["strong"]


def test_connect_via_is_strong_by_default(library: Any) -> None:
    """A decorated function stays, unless `weak=True` is asked for."""
    signal = library.Signal()

    def decorated() -> object:
        @signal.connect_via(SHOP)
        def kept(sender: object) -> str:
            return "kept"

        @signal.connect_via(SHOP, weak=True)
        def lost(sender: object) -> str:
            return "lost"

        assert values(signal.send(SHOP)) == ["kept", "lost"]
        return lost(SHOP)

    assert decorated() == "lost"
    assert [value for _, value in signal.send(SHOP)] == ["kept"]
    assert signal.send(OTHER) == []


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: lambda sender, **payload: "called", id="lambda"),
        pytest.param(lambda: functools.partial(lambda text, sender: text, "called"), id="partial"),
        pytest.param(lambda: Shop(name="called").receive, id="method"),
        pytest.param(lambda: Shop(name="called").__call__, id="method-of-a-callable-object"),
        pytest.param(lambda: Shop(name="called"), id="callable-object"),
        pytest.param(lambda: [].append, id="c-method"),
        pytest.param(lambda: repr, id="builtin"),
        pytest.param(lambda: str, id="class"),
    ],
)
def test_strong_receivers_of_every_kind_stay(
    library: Any, make: Callable[[], Callable[..., object]]
) -> None:
    """The signal keeps them alive, until it is told to let them go."""
    signal = library.Signal()
    receiver = make()
    expected = receiver(SHOP)
    signal.connect(receiver, SHOP, weak=False)
    del receiver
    gc.collect()

    ((receiver, value),) = signal.send(SHOP)
    assert value == expected
    signal.disconnect(receiver)
    assert signal.send(SHOP) == []


@needs_gil
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: lambda sender: None, id="function"),
        pytest.param(lambda: functools.partial(receive), id="partial"),
        pytest.param(Shop, id="callable-object"),
        pytest.param(lambda: type("Local", (), {"__init__": receive}), id="class"),
    ],
)
def test_weak_receivers_of_every_kind_die(
    library: Any, make: Callable[[], Callable[..., object]]
) -> None:
    """With the last reference to them their connections end."""
    signal = library.Signal()
    receiver = make()
    signal.connect(receiver)
    signal.connect(receiver, SHOP)
    assert signal.receivers
    del receiver
    gc.collect()

    assert signal.send(SHOP) == []
    assert not signal.receivers
    assert not signal.has_receivers_for(library.ANY)


def test_weak_methods_live_as_long_as_their_object(library: Any) -> None:
    """Although each access gives another method."""
    signal, shop = library.Signal(), Shop()
    signal.connect(shop.receive)
    signal.connect(shop.receive_too, SHOP)
    gc.collect()
    assert values(signal.send(SHOP)) == ["shop", "shop too"]
    del shop
    gc.collect()

    assert signal.send(SHOP) == []
    assert not signal.receivers


def test_a_receiver_of_any_and_of_the_sender_is_called_once(library: Any) -> None:
    """Of several connections that match, one counts."""
    signal = library.Signal()
    signal.connect(receive)
    signal.connect(receive, SHOP)
    signal.connect(receive, SHOP)

    assert signal.send(SHOP) == [(receive, "received")]
    assert list(signal.receivers_for(SHOP)) == [receive]


# -- disconnecting -----------------------------------------------------------------------------


def test_disconnect_ends_all_connections_of_a_receiver(library: Any) -> None:
    """Unless it is told a sender."""
    signal = library.Signal()
    for sender in (library.ANY, SHOP, OTHER):
        signal.connect(receive, sender)
    signal.connect(receive_too, SHOP)
    signal.disconnect(receive)

    assert not signal.has_receivers_for(library.ANY)
    assert signal.send(OTHER) == []
    assert signal.send(SHOP) == [(receive_too, "received too")]


def test_disconnect_from_a_sender_ends_that_connection_alone(library: Any) -> None:
    """The receiver goes on hearing of the others."""
    signal = library.Signal()
    signal.connect(receive, SHOP)
    signal.connect(receive, OTHER)
    signal.disconnect(receive, SHOP)

    assert signal.send(SHOP) == []
    assert signal.send(OTHER) == [(receive, "received")]
    assert signal.receivers


def test_disconnecting_what_is_not_connected_is_quiet(library: Any) -> None:
    """Nothing is raised, returned or changed."""
    signal = library.Signal()
    signal.connect(receive, SHOP)
    for receiver, sender in [
        (receive_too, library.ANY),
        (receive_too, SHOP),
        (receive, OTHER),
        (Shop().receive, library.ANY),
    ]:
        assert signal.disconnect(receiver, sender) is None

    assert signal.send(SHOP) == [(receive, "received")]


def test_any_access_to_a_method_disconnects_it(library: Any) -> None:
    """And leaves the other methods of its object."""
    signal, shop = library.Signal(), Shop()
    signal.connect(shop.receive)
    signal.connect(shop.receive_too)
    signal.disconnect(shop.receive)

    assert [value for _, value in signal.send()] == ["shop too"]


def test_connections_end_with_their_sender(library: Any) -> None:
    """`receivers` goes on showing the receiver, which lives."""
    signal, sender = library.Signal(), Shop()
    ref = weakref.ref(sender)
    signal.connect(receive, sender)
    signal.connect(receive_too, sender.receive)
    del sender
    gc.collect()

    assert ref() is None
    assert signal._by_sender == {}
    assert not signal.has_receivers_for(SHOP)
    assert signal.receivers
    assert {each() for each in signal.receivers.values()} == {receive, receive_too}


def test_connections_end_with_a_method_that_dies_as_a_whole(library: Any) -> None:
    """Its object and its function may go at the same time."""
    signal, shop = library.Signal(), Shop()
    signal.connect(receive, MethodType(lambda shop: None, shop))
    del shop
    gc.collect()

    assert signal._by_sender == {}
    assert signal.receivers


# -- connecting for a while --------------------------------------------------------------------


def test_connected_to_connects_for_the_length_of_a_block(library: Any) -> None:
    """Strongly, to one sender or to any; also when the block fails."""
    signal = library.Signal()
    with signal.connected_to(lambda sender: "connected") as nothing:
        assert nothing is None
        gc.collect()
        assert [value for _, value in signal.send()] == ["connected"]
    with signal.connected_to(receive, sender=SHOP):
        assert signal.send(OTHER) == []
        assert signal.send(SHOP) == [(receive, "received")]
    with pytest.raises(ZeroDivisionError), signal.connected_to(receive):
        raise ZeroDivisionError

    assert signal.send(SHOP) == []
    assert not signal.receivers


def test_connected_to_nests_with_different_receivers(library: Any) -> None:
    """Each block ends what it began."""
    signal = library.Signal()
    with signal.connected_to(receive, SHOP):
        with signal.connected_to(receive_too, SHOP):
            assert values(signal.send(SHOP)) == ["received", "received too"]
        assert values(signal.send(SHOP)) == ["received"]

    assert signal.send(SHOP) == []


def test_a_disconnect_inside_connected_to_is_no_error(library: Any) -> None:
    """There is nothing left to end."""
    signal = library.Signal()
    with signal.connected_to(receive):
        signal.disconnect(receive)
        assert signal.send() == []

    assert signal.send() == []


def test_muted_silences_the_signal_for_the_length_of_a_block(library: Any) -> None:
    """Also when the block fails."""
    signal = library.Signal()
    signal.connect(receive)
    with signal.muted() as nothing:
        assert nothing is None
        assert signal.is_muted
        assert signal.send() == []
    assert signal.send() == [(receive, "received")]
    with pytest.raises(ZeroDivisionError), signal.muted():
        raise ZeroDivisionError

    assert not signal.is_muted
    assert signal.send() == [(receive, "received")]


def test_is_muted_can_be_set(library: Any) -> None:
    """It stays as it was set."""
    signal = library.Signal()
    signal.connect(receive)
    seen = [signal.is_muted]
    for value in (True, True, False):
        signal.is_muted = value
        seen.append(signal.is_muted)
        assert bool(signal.send()) is not value

    assert seen == [False, True, True, False]
    assert signal.send() == [(receive, "received")]


def test_a_muted_signal_can_be_asked_and_changed(library: Any) -> None:
    """Muting is about sending alone."""
    signal = library.Signal()
    with signal.muted():
        signal.connect(receive)
        assert signal.receivers
        assert signal.has_receivers_for(SHOP)
        assert list(signal.receivers_for(SHOP)) == [receive]

    assert signal.send() == [(receive, "received")]


def test_muted_and_connected_to_decorate_functions(library: Any) -> None:
    """As all that `contextlib.contextmanager` makes."""
    signal = library.Signal()

    @signal.connected_to(receive)
    def loud() -> object:
        return signal.send()

    @signal.connected_to(receive)
    @signal.muted()
    def quiet() -> object:
        return signal.send()

    for _ in range(2):
        assert loud() == [(receive, "received")]
        assert quiet() == []
    assert signal.send() == []


# -- sending -----------------------------------------------------------------------------------


def test_send_gives_a_list_of_pairs(library: Any) -> None:
    """A real list of real tuples, which is the caller's own."""
    signal = library.Signal()
    assert type(signal.send()) is list
    signal.connect(receive)
    signal.connect(SHOP.receive)
    results = signal.send(SHOP)

    assert type(results) is list
    assert {type(pair) for pair in results} == {tuple}
    assert sorted(results, key=repr) == sorted(
        [(receive, "received"), (SHOP.receive, "shop")], key=repr
    )
    results.clear()
    assert len(signal.send(SHOP)) == 2


def test_send_passes_the_sender_and_the_payload(library: Any) -> None:
    """The sender by position, the payload by keyword, each object as it is."""
    signal, calls = library.Signal(), Calls()
    receiver = calls.receiver("called")
    payload = {"items": [1], "total": 2}
    signal.connect(receiver)
    signal.send(SHOP, **payload)

    assert calls.seen == [(SHOP, payload)]
    assert calls.seen[0][1]["items"] is payload["items"]


NAMES = [
    *("self", "receiver", "sender", "signal", "weak", "payload", "kwargs", "plan", "keywords"),
    *("record", "call", "wrap", "plain", "doc", "name", "_signal", "_plan"),
]


def test_a_payload_may_have_any_names(library: Any) -> None:
    """None of them is taken by the library."""
    signal, calls = library.Signal(), Calls()
    payload = {name: object() for name in NAMES}
    strong = functools.partial(calls.note, "partial")
    signal.connect(lambda _sender, /, **given: strong(_sender, given), weak=False)
    signal.connect(SHOP.receive)
    signal.send("somebody", **payload)

    assert calls.seen == [("somebody", payload)]
    assert SHOP.calls.seen.pop() == ("somebody", payload)


@pytest.mark.anyio
async def test_a_payload_for_async_receivers_may_have_any_names(library: Any) -> None:
    """Neither with wrappers nor without."""
    signal, calls = library.Signal(), Calls()
    receiver = calls.async_receiver("async")
    payload: dict[str, Any] = {name: object() for name in NAMES}
    signal.connect(receiver)
    await signal.send_async("somebody", **payload)
    signal.send("somebody", _async_wrapper=lambda receiver: calls.receiver("wrapped"), **payload)

    assert calls.names == ["async", "wrapped"]
    assert calls.seen == [("somebody", payload)] * 2


def test_a_keyword_that_is_the_name_of_the_first_parameter_is_a_type_error(library: Any) -> None:
    """The call is Python's, and so is the error."""
    signal = library.Signal()

    def receiver(sender: object, **payload: object) -> None: ...

    signal.connect(receiver)
    with pytest.raises(TypeError, match="multiple values for argument 'sender'"):
        signal.send(SHOP, sender=OTHER)


def test_what_a_receiver_raises_propagates(library: Any) -> None:
    """As it is, and the signal can be used afterwards."""
    signal, calls = library.Signal(), Calls()
    error = ZeroDivisionError()

    def fail() -> None:
        if len(calls.names) == 1:
            raise error

    receiver = calls.receiver("called", fail)
    signal.connect(receiver)
    with pytest.raises(ZeroDivisionError) as caught:
        signal.send()

    assert caught.value is error
    assert signal.send() == [(receiver, "called")]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration])
def test_exceptions_of_every_kind_propagate(library: Any, error: type[BaseException]) -> None:
    """`StopIteration`, too, ends no loop of the library's."""
    signal = library.Signal()

    def receiver(sender: object) -> None:
        raise error

    signal.connect(receiver)
    with pytest.raises(error):
        signal.send()


def test_what_a_sync_receiver_returns_is_not_looked_at(library: Any) -> None:
    """Coroutines and generators come back as they are, un-awaited and not begun."""
    signal = library.Signal()
    begun: list[str] = []

    async def later() -> None:
        begun.append("coroutine")

    def generate(sender: object) -> Any:
        begun.append("generator")
        yield "item"

    signal.connect(lambda sender: later(), SHOP, weak=False)
    signal.connect(generate, OTHER)
    ((_, coroutine),) = signal.send(SHOP)
    ((_, generator),) = signal.send(OTHER)
    assert inspect.iscoroutine(coroutine)
    assert inspect.isgenerator(generator)
    assert begun == []
    coroutine.close()
    assert list(generator) == ["item"]


def test_exceptions_that_are_returned_are_values(library: Any) -> None:
    """Nothing is raised."""
    signal = library.Signal()
    error = ValueError()
    signal.connect(lambda sender: error, weak=False)

    assert [value for _, value in signal.send()] == [error]


# -- sending to async receivers ----------------------------------------------------------------


def test_send_refuses_async_receivers_without_a_wrapper(library: Any) -> None:
    """With a `RuntimeError`."""
    signal = library.Signal()
    signal.connect(receive_async)
    with pytest.raises(RuntimeError):
        signal.send()

    assert signal.send(_async_wrapper=lambda receiver: receive) == [(receive_async, "received")]


def test_async_wrapper_gets_each_async_receiver(library: Any) -> None:
    """Sync ones are called as they are; results are paired with the receiver itself."""
    signal, calls = library.Signal(), Calls()
    wrapped: list[object] = []

    class Owner:
        async def method(self, sender: object, /, **payload: object) -> None: ...

    owner = Owner()
    receivers = [calls.async_receiver("async"), functools.partial(receive_async), owner.method]
    for receiver in receivers:
        signal.connect(receiver)
    signal.connect(receive)

    def wrapper(receiver: Callable[..., Any]) -> Callable[..., object]:
        wrapped.append(receiver)
        return calls.receiver(f"wrapped {len(wrapped)}")

    results = signal.send(SHOP, _async_wrapper=wrapper, total=3)
    assert values(results) == ["received", "wrapped 1", "wrapped 2", "wrapped 3"]
    assert len(wrapped) == 3
    assert all(receiver in wrapped for receiver in receivers)
    assert [receiver for receiver, value in results if value != "received"] == wrapped
    assert calls.seen == [(SHOP, {"total": 3})] * 3


def test_what_a_wrapped_receiver_returns_is_not_looked_at(library: Any) -> None:
    """A wrapper may start a task and give it back, or a coroutine."""
    signal = library.Signal()
    signal.connect(receive_async)
    ((_, coroutine),) = signal.send(_async_wrapper=lambda receiver: receiver)

    assert inspect.iscoroutine(coroutine)
    coroutine.close()


@pytest.mark.anyio
async def test_send_async_awaits_async_receivers(library: Any) -> None:
    """It gives a real list of pairs of receiver and result."""
    signal, calls = library.Signal(), Calls()
    receivers = [calls.async_receiver("first"), calls.async_receiver("second")]
    assert await signal.send_async() == []
    for receiver in receivers:
        signal.connect(receiver)
    signal.connect(calls.async_receiver("other"), OTHER)
    results = await signal.send_async(SHOP, total=3)

    assert type(results) is list
    assert {type(pair) for pair in results} == {tuple}
    assert sorted(results, key=repr) == sorted(
        zip(receivers, ["first", "second"], strict=True), key=repr
    )
    assert calls.seen == [(SHOP, {"total": 3})] * 2


@pytest.mark.anyio
async def test_sync_wrapper_gets_each_sync_receiver(library: Any) -> None:
    """Async ones are called as they are; results are paired with the receiver itself."""
    signal, calls = library.Signal(), Calls()
    wrapped: list[object] = []
    receivers: list[object] = [receive, SHOP.receive, SHOP]
    for receiver in receivers:
        signal.connect(receiver)
    signal.connect(receive_async)

    def wrapper(receiver: Callable[..., object]) -> Callable[..., Any]:
        wrapped.append(receiver)
        return calls.async_receiver(f"wrapped {len(wrapped)}")

    results = await signal.send_async(SHOP, _sync_wrapper=wrapper, total=3)
    assert values(results) == ["received async", "wrapped 1", "wrapped 2", "wrapped 3"]
    assert len(wrapped) == 3
    assert all(receiver in wrapped for receiver in receivers)
    assert [receiver for receiver, value in results if value != "received async"] == wrapped
    assert calls.seen == [(SHOP, {"total": 3})] * 3


@pytest.mark.anyio
async def test_what_an_async_receiver_returns_is_awaited_once(library: Any) -> None:
    """An awaitable in its turn comes back as it is."""
    signal = library.Signal()

    async def receiver(sender: object) -> Any:
        await checkpoint()
        return receive_async(sender)

    signal.connect(receiver)
    ((_, coroutine),) = await signal.send_async()
    assert inspect.iscoroutine(coroutine)
    assert await coroutine == "received async"


@pytest.mark.anyio
async def test_a_muted_send_async_awaits_nobody(library: Any) -> None:
    """It gives an empty list."""
    signal, calls = library.Signal(), Calls()
    receiver = calls.async_receiver("called")
    signal.connect(receiver)
    with signal.muted():
        assert await signal.send_async() == []

    assert calls.names == []
    assert await signal.send_async() == [(receiver, "called")]


@pytest.mark.anyio
async def test_what_an_async_receiver_raises_propagates(library: Any) -> None:
    """As it is, in no group."""
    signal = library.Signal()
    error = ZeroDivisionError()

    async def receiver(sender: object) -> None:
        await checkpoint()
        raise error

    signal.connect(receiver)
    with pytest.raises(ZeroDivisionError) as caught:
        await signal.send_async()

    assert caught.value is error


@pytest.mark.anyio
async def test_async_receivers_that_are_weak_die(library: Any) -> None:
    """As sync ones do."""
    signal, calls = library.Signal(), Calls()
    signal.connect(calls.async_receiver("called"))
    assert len(await signal.send_async()) == 1
    del calls
    gc.collect()

    assert await signal.send_async() == []


# -- inside a receiver -------------------------------------------------------------------------


def test_a_receiver_may_send_the_same_signal(library: Any) -> None:
    """The inner sending is complete in itself."""
    signal, calls = library.Signal(), Calls()

    def again() -> None:
        if len(calls.names) < 3:
            inner.append(signal.send(OTHER))

    inner: list[object] = []
    receiver = calls.receiver("called", again)
    signal.connect(receiver)

    assert signal.send(SHOP) == [(receiver, "called")]
    assert inner == [[(receiver, "called")]] * 2
    assert [sender for sender, _ in calls.seen] == [SHOP, OTHER, OTHER]


def test_what_is_connected_inside_a_receiver_waits_for_the_next_sending(library: Any) -> None:
    """The sending that is under way does not call it."""
    signal, calls = library.Signal(), Calls()
    new = calls.receiver("new")
    old = calls.receiver("old", lambda: signal.connect(new))
    signal.connect(old)

    assert signal.send() == [(old, "old")]
    assert values(signal.send()) == ["new", "old"]


def test_what_is_disconnected_inside_a_receiver_is_not_called_any_more(library: Any) -> None:
    """Whichever of the two is called first, the other is not."""
    signal, calls = library.Signal(), Calls()

    def disconnect_both() -> None:
        signal.disconnect(first)
        signal.disconnect(second)

    first = calls.receiver("called", disconnect_both)
    second = calls.receiver("called", disconnect_both)
    signal.connect(first)
    signal.connect(second)

    assert len(signal.send()) == 1
    assert signal.send() == []


def test_what_dies_inside_a_receiver_is_not_called_any_more(library: Any) -> None:
    """Whichever of the two is called first, the other is gone."""
    signal = library.Signal()

    class Owner:
        def receive(self, sender: object) -> str:
            owners.clear()
            gc.collect()
            return "called"

    owners = [Owner(), Owner()]
    signal.connect(owners[0].receive)
    signal.connect(owners[1].receive)

    assert [value for _, value in signal.send()] == ["called"]
    assert not signal.receivers


def test_a_receiver_may_mute_the_signal(library: Any) -> None:
    """The next sending is silent."""
    signal, calls = library.Signal(), Calls()

    def mute() -> None:
        signal.is_muted = True

    receiver = calls.receiver("called", mute)
    signal.connect(receiver)

    assert signal.send() == [(receiver, "called")]
    assert signal.send() == []


# -- asking ------------------------------------------------------------------------------------


def test_receivers_for_gives_the_receivers_one_by_one(library: Any) -> None:
    """It is a generator, over those for any sender and those for this one."""
    signal = library.Signal()
    signal.connect(receive)
    signal.connect(SHOP.receive, SHOP)
    signal.connect(receive_too, OTHER)
    found = signal.receivers_for(SHOP)

    assert inspect.isgenerator(found)
    assert sorted(found, key=repr) == sorted([receive, SHOP.receive], key=repr)
    assert list(signal.receivers_for(None)) == [receive]
    assert list(library.Signal().receivers_for(SHOP)) == []


def test_receivers_for_looks_when_it_is_first_asked(library: Any) -> None:
    """What is connected before the first step is among them."""
    signal = library.Signal()
    found = signal.receivers_for(SHOP)
    signal.connect(receive)

    assert list(found) == [receive]


def test_receivers_for_any_gives_those_for_every_sender(library: Any) -> None:
    """And nobody else."""
    signal = library.Signal()
    signal.connect(receive)
    signal.connect(receive_too, SHOP)

    assert list(signal.receivers_for(library.ANY)) == [receive]


def test_receivers_for_leaves_out_who_was_disconnected_meanwhile(library: Any) -> None:
    """Going through the receivers to call them is as safe as a sending."""
    signal = library.Signal()
    signal.connect(receive)
    signal.connect(receive_too)
    found: list[object] = []
    for receiver in signal.receivers_for(SHOP):
        found.append(receiver)
        signal.disconnect(receive)
        signal.disconnect(receive_too)

    assert len(found) == 1


def test_has_receivers_for_a_sender_or_any(library: Any) -> None:
    """Asked for `ANY`, it looks at the receivers for every sender alone."""
    signal = library.Signal()
    assert not signal.has_receivers_for(library.ANY)
    assert not signal.has_receivers_for(SHOP)
    signal.connect(receive, SHOP)
    assert not signal.has_receivers_for(library.ANY)
    assert signal.has_receivers_for(SHOP)
    assert not signal.has_receivers_for(OTHER)
    signal.connect(receive_too)

    assert signal.has_receivers_for(library.ANY)
    assert signal.has_receivers_for(OTHER)


def test_receivers_shows_functions_and_weak_references_by_id(library: Any) -> None:
    """Strong receivers are there themselves, methods as a `WeakMethod`."""
    signal = library.Signal()
    signal.connect(receive, weak=False)
    signal.connect(receive_too)
    signal.connect(SHOP.receive, SHOP)
    signal.connect(SHOP)
    method = id(Shop.receive), id(SHOP)
    receivers = signal.receivers

    assert set(receivers) == {id(receive), id(receive_too), method, id(SHOP)}
    assert len(receivers) == 4
    assert receivers[id(receive)] is receive
    assert type(receivers[id(receive_too)]) is weakref.ref
    assert receivers[id(receive_too)]() is receive_too
    assert type(receivers[method]) is weakref.WeakMethod
    assert receivers[method]() == SHOP.receive
    assert receivers[id(SHOP)]() is SHOP
    assert id(receive) in receivers
    assert id(OTHER) not in receivers
    assert receivers.get(id(OTHER)) is None
    assert dict(receivers) == receivers == receivers.copy()
    assert len(list(receivers.values())) == 4


def test_what_is_kept_of_receivers_keeps_no_receiver_alive(library: Any) -> None:
    """A strong one goes when it is disconnected, also when it was looked at."""
    signal, shop = library.Signal(), Shop()
    ref = weakref.ref(shop)
    receivers = signal.receivers
    signal.connect(shop, weak=False)
    assert len(receivers) == 1
    signal.disconnect(shop)
    del shop
    gc.collect()

    assert ref() is None
    assert len(receivers) == 0


def test_a_missing_receiver_is_a_key_error(library: Any) -> None:
    """However it is asked for."""
    signal = library.Signal()
    signal.connect(receive)
    with pytest.raises(KeyError):
        signal.receivers[id(OTHER)]
    with pytest.raises(KeyError):
        signal.receivers.pop(id(OTHER))
    with pytest.raises(KeyError):
        del signal.receivers[id(OTHER)]
    assert signal.receivers.pop(id(OTHER), None) is None

    assert len(signal.receivers) == 1


def test_receivers_can_be_looked_at_while_other_threads_connect(library: Any) -> None:
    """A list of what is there can always be had."""
    signal = library.Signal()
    kept = [Shop() for _ in range(100)]
    for shop in kept:
        signal.connect(shop.receive)

    def change() -> None:
        while looking:
            shop = Shop()
            signal.connect(shop.receive)
            signal.disconnect(shop.receive)

    def look() -> None:
        try:
            for _ in range(30):
                assert len(list(signal.receivers)) >= 100
                assert len(list(signal.receivers.values())) >= 100
                assert len(list(signal.receivers.items())) >= 100
        finally:
            looking.clear()

    looking = [True]
    with switching_as_often_as_possible():
        in_threads(change, look)


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda signal: list(signal.receivers.values()), id="values"),
        pytest.param(lambda signal: list(signal.receivers.items()), id="items"),
        pytest.param(lambda signal: dict(signal.receivers), id="dict"),
        pytest.param(lambda signal: list(signal._by_sender.values()), id="by-sender"),
        pytest.param(lambda signal: signal.receivers.clear(), id="clear"),
    ],
)
def test_all_receivers_are_looked_at_in_linear_time(
    library: Any, look: Callable[[Any], object]
) -> None:
    """Twice as many cost about twice as much."""

    def calls_among(number: int) -> int:
        signal = library.Signal()
        kept = [Shop() for _ in range(number)]
        for shop in kept:
            signal.connect(shop.receive, shop)
        return count_calls(lambda: look(signal))

    assert calls_among(200) <= 3 * calls_among(100)


# -- meta-signals ------------------------------------------------------------------------------


def told_of(signal: Any) -> list[tuple[str, object, dict[str, object]]]:
    """Give a list that grows with what the meta-signals of a signal tell."""
    told: list[tuple[str, object, dict[str, object]]] = []

    def connected(signal: object, **payload: object) -> None:
        told.append(("connected", signal, payload))

    def disconnected(signal: object, **payload: object) -> None:
        told.append(("disconnected", signal, payload))

    signal.receiver_connected.connect(connected, weak=False)
    signal.receiver_disconnected.connect(disconnected, weak=False)
    return told


def test_the_meta_signals_are_signals(library: Any) -> None:
    """The same ones each time, and they have some of their own."""
    signal = library.Signal()
    for name in ("receiver_connected", "receiver_disconnected"):
        meta = getattr(signal, name)
        assert isinstance(meta, library.Signal)
        assert meta is getattr(signal, name)
        assert meta is not getattr(library.Signal(), name)
        assert meta.__doc__
    assert signal.receiver_connected is not signal.receiver_disconnected
    told = told_of(signal.receiver_connected)
    signal.receiver_connected.connect(receive)
    assert told == [
        (
            "connected",
            signal.receiver_connected,
            {"receiver": receive, "sender": library.ANY, "weak": True},
        )
    ]


def test_connects_are_told_with_their_arguments(library: Any) -> None:
    """From whichever method they come."""
    signal = library.Signal()
    told = told_of(signal)
    signal.connect(receive)
    signal.connect(receive, SHOP, weak=False)
    signal.connect_via("somebody")(receive_too)
    with signal.connected_to(SHOP.receive, SHOP):
        pass

    expected = [
        {"receiver": receive, "sender": library.ANY, "weak": True},
        {"receiver": receive, "sender": SHOP, "weak": False},
        {"receiver": receive_too, "sender": "somebody", "weak": False},
        {"receiver": SHOP.receive, "sender": SHOP, "weak": False},
    ]
    assert told[:4] == [("connected", signal, payload) for payload in expected]
    assert [what for what, *_ in told[4:]] == ["disconnected"]


def test_disconnects_are_told_with_their_arguments(library: Any) -> None:
    """Also those that found nothing."""
    signal = library.Signal()
    signal.connect(receive)
    signal.connect(receive, SHOP)
    told = told_of(signal)
    signal.disconnect(receive, SHOP)
    signal.disconnect(receive)
    signal.disconnect(receive)
    signal.disconnect(SHOP.receive, sender="nobody")

    expected = [
        {"receiver": receive, "sender": SHOP},
        {"receiver": receive, "sender": library.ANY},
        {"receiver": receive, "sender": library.ANY},
        {"receiver": SHOP.receive, "sender": "nobody"},
    ]
    assert told == [("disconnected", signal, payload) for payload in expected]


def test_who_is_told_finds_the_change_made(library: Any) -> None:
    """It may look at the signal, send it, and change it."""
    signal = library.Signal()
    seen: list[object] = []

    def look(signal: Any, receiver: object, **payload: object) -> None:
        seen.append(signal.send(SHOP))
        if receiver is not receive_too:
            signal.connect(receive_too)

    signal.receiver_connected.connect(look)
    signal.connect(receive)

    assert seen[0] == [(receive, "received")]
    assert values(signal.send()) == ["received", "received too"]


def test_deaths_are_not_told(library: Any) -> None:
    """Neither that of a receiver nor that of a sender."""
    signal, sender = library.Signal(), Shop()
    told = told_of(signal)
    signal.connect(lambda sender: None)
    signal.connect(Shop().receive)
    signal.connect(receive, sender)
    told.clear()
    del sender
    gc.collect()
    signal.send()

    assert told == []


def test_what_is_cleared_is_not_told(library: Any) -> None:
    """Whoever takes receivers out of the bookkeeping knows."""
    signal = library.Signal()
    told = told_of(signal)
    for clear in (signal._clear_state, lambda: signal.receivers.clear()):
        signal.connect(receive)
        told.clear()
        clear()

    assert told == []


def test_another_error_of_who_is_told_leaves_the_connection(library: Any) -> None:
    """It propagates, and the change has been made."""
    signal = library.Signal()

    def fail(signal: object, **payload: object) -> None:
        raise ZeroDivisionError

    signal.receiver_connected.connect(fail)
    signal.receiver_disconnected.connect(fail)
    with pytest.raises(ZeroDivisionError):
        signal.connect(receive)
    assert signal.send() == [(receive, "received")]
    with pytest.raises(ZeroDivisionError):
        signal.disconnect(receive)
    assert signal.send() == []


def test_async_receivers_of_meta_signals_need_a_send_that_can_run_them(library: Any) -> None:
    """A connect has none, and stands nevertheless."""
    signal = library.Signal()
    signal.receiver_connected.connect(receive_async)
    with pytest.raises(RuntimeError):
        signal.connect(receive)

    assert signal.send() == [(receive, "received")]


def test_a_meta_signal_can_be_sent_by_anybody(library: Any) -> None:
    """With a payload of one's own, also in an async way with a wrapper."""
    signal, calls = library.Signal(), Calls()
    receiver = calls.receiver("called")
    signal.receiver_connected.connect(receiver)
    signal.receiver_connected.connect(receive_async)
    results = signal.receiver_connected.send(
        SHOP, _async_wrapper=lambda receiver: calls.receiver("wrapped"), sender=OTHER, note=1
    )

    assert values(results) == ["called", "wrapped"]
    assert calls.seen == [(SHOP, {"sender": OTHER, "note": 1})] * 2


# -- bookkeeping -------------------------------------------------------------------------------


def test_the_bookkeeping_shows_who_is_connected_to_whom(library: Any) -> None:
    """By id: values are their own, a bound method has two, `ANY` is 0."""
    signal = library.Signal()
    signal.connect(receive)
    signal.connect(receive, "name")
    signal.connect(receive_too, 7)
    signal.connect(receive_too, SHOP)
    signal.connect(SHOP.receive, OTHER.receive)
    method, sender = (id(Shop.receive), id(SHOP)), (id(Shop.receive), id(OTHER))

    assert signal._by_sender == {
        0: {id(receive)},
        "name": {id(receive)},
        7: {id(receive_too)},
        id(SHOP): {id(receive_too)},
        sender: {method},
    }
    assert signal._by_receiver == {
        id(receive): {0, "name"},
        id(receive_too): {7, id(SHOP)},
        method: {sender},
    }
    assert len(signal._by_sender) == 5
    assert id(receive) in signal._by_receiver
    assert list(library.Signal()._by_sender) == []


def test_cleaning_up_the_bookkeeping_takes_out_what_has_ended(library: Any) -> None:
    """Until then it is there as empty sets."""
    signal, sender = library.Signal(), Slotted()
    signal.connect(receive, sender)
    signal.connect(receive_too, SHOP)
    signal.disconnect(receive, sender)
    assert signal._by_sender == {id(sender): set(), id(SHOP): {id(receive_too)}}
    assert signal._by_receiver == {id(receive): set(), id(receive_too): {id(SHOP)}}
    signal._cleanup_bookkeeping()

    assert signal._by_sender == {id(SHOP): {id(receive_too)}}
    assert signal._by_receiver == {id(receive_too): {id(SHOP)}}
    assert signal.send(SHOP) == [(receive_too, "received too")]


def test_clearing_the_state_disconnects_everybody(library: Any) -> None:
    """And nothing is left in the bookkeeping."""
    signal = library.Signal()
    signal.connect(receive)
    signal.connect(receive, SHOP, weak=False)
    signal.connect(receive_too, "name")
    signal.disconnect(receive_too, "name")
    signal._clear_state()

    assert not signal.receivers
    assert signal._by_sender == signal._by_receiver == {}
    assert signal.send(SHOP) == []
    signal.connect(receive, SHOP)
    assert signal.send(SHOP) == [(receive, "received")]


def test_clearing_receivers_leaves_nobody_to_call(library: Any) -> None:
    """Be it by `clear()`, or by an empty dict in its place."""
    signal = library.Signal()
    signal.connect(receive)
    signal.connect(SHOP.receive, SHOP)
    signal.receivers.clear()
    assert signal.send(SHOP) == []
    assert signal.receivers == {}
    assert not signal.has_receivers_for(SHOP)
    signal.connect(receive)
    signal.receivers = {}

    assert signal.send(SHOP) == []
    assert not signal.receivers
    signal.connect(receive_too, SHOP)
    assert signal.send(SHOP) == [(receive_too, "received too")]


def test_taking_one_out_of_receivers_leaves_the_others(library: Any) -> None:
    """It is not called any more."""
    signal = library.Signal()
    signal.connect(receive, weak=False)
    signal.connect(receive_too, weak=False)
    signal.connect(SHOP.receive)
    assert signal.receivers.pop(id(receive)) is receive
    del signal.receivers[id(Shop.receive), id(SHOP)]

    assert signal.send() == [(receive_too, "received too")]


def test_set_class_is_the_class_of_the_shown_sets(library: Any) -> None:
    """It can be set on a subclass."""

    class Sorted(set[Any]):
        pass

    class Signal(library.Signal):
        set_class = Sorted

    signal = Signal()
    signal.connect(receive, SHOP)

    assert library.Signal.set_class is set
    assert type(signal._by_sender[id(SHOP)]) is Sorted
    assert type(signal._by_receiver[id(receive)]) is Sorted
    assert signal.send(SHOP) == [(receive, "received")]


# -- signals -----------------------------------------------------------------------------------


def test_a_signal_may_have_a_doc(library: Any) -> None:
    """Without one it has that of its class."""
    assert library.Signal("An order was placed.").__doc__ == "An order was placed."
    assert library.Signal(doc="An order was placed.").__doc__ == "An order was placed."
    assert library.Signal().__doc__ == library.Signal.__doc__
    assert library.NamedSignal("placed", "An order was placed.").__doc__ == "An order was placed."
    assert library.NamedSignal("placed").__doc__ == library.NamedSignal.__doc__


def test_a_named_signal_shows_its_name(library: Any) -> None:
    """Behind the usual words."""
    signal = library.NamedSignal("placed")

    assert isinstance(signal, library.Signal)
    assert signal.name == "placed"
    assert re.fullmatch(r"<[\w.]+\.NamedSignal object at 0x\w+; 'placed'>", repr(signal))
    assert re.fullmatch(r"<[\w.]+\.Signal object at 0x\w+>", repr(library.Signal()))


def test_a_signal_takes_any_attribute(library: Any) -> None:
    """Such as a name that is no text, which changes nothing."""
    signal = library.Signal()
    signal.name = 42
    signal.note = ["anything"]
    signal.connect(receive_async)
    with pytest.raises(RuntimeError) as caught:
        signal.send()

    assert str(caught.value)
    assert (signal.name, signal.note) == (42, ["anything"])


def test_signals_are_compared_and_hashed_by_identity(library: Any) -> None:
    """They can be keys."""
    signal = library.Signal()

    assert signal == signal  # noqa: PLR0124  # that is the question
    assert signal != library.Signal()
    assert {signal: 1}[signal] == 1
    assert weakref.ref(signal)() is signal


def test_attributes_can_be_patched_for_a_while(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As tests do, which want to see what is sent."""
    signal = library.Signal()
    signal.connect(receive)
    with monkeypatch.context() as patched:
        patched.setattr(signal, "is_muted", True)
        assert signal.send() == []
    with monkeypatch.context() as patched:
        patched.setattr(signal, "send", lambda *_: "patched")
        assert signal.send() == "patched"

    assert signal.send() == [(receive, "received")]


def test_a_subclass_may_have_an_init_of_its_own(library: Any) -> None:
    """And methods that build upon those of the signal."""

    class Signal(library.Signal):
        def __init__(self, channel: str) -> None:
            self.channel = channel
            super().__init__(f"The signal of {channel}.")

        def send(self, *sender: object, **payload: object) -> Any:
            return super().send(*sender, channel=self.channel, **payload)

    signal, calls = Signal("orders"), Calls()
    receiver = calls.receiver("called")
    signal.connect(receiver)
    signal.send(SHOP, total=3)

    assert signal.__doc__ == "The signal of orders."
    assert calls.seen == [(SHOP, {"channel": "orders", "total": 3})]


def test_a_subclass_that_overrides_connect_has_it_used_by_connect_via(library: Any) -> None:
    """With its arguments by position."""

    class Signal(library.Signal):
        def connect(self, receiver: Any, *arguments: Any, **options: Any) -> Any:
            asked.append((receiver, arguments, options))
            return super().connect(receiver, *arguments, **options)

    asked: list[object] = []
    signal = Signal()
    decorated = signal.connect_via(SHOP)(receive)

    assert asked == [(receive, (SHOP, False), {})]
    assert decorated is receive
    assert signal.send(SHOP) == [(receive, "received")]


# -- namespaces --------------------------------------------------------------------------------


def test_a_namespace_is_a_dict_of_named_signals(library: Any) -> None:
    """The same name gives the same signal, with the doc that was given first."""
    namespace = library.Namespace()
    placed = namespace.signal("placed", "An order was placed.")
    shipped = namespace.signal("shipped", doc="An order was shipped.")

    assert dict in library.Namespace.__mro__
    assert type(placed) is library.NamedSignal
    assert namespace == {"placed": placed, "shipped": shipped}
    assert namespace.signal("placed", "Something else.") is placed
    assert (placed.name, placed.__doc__) == ("placed", "An order was placed.")
    del namespace["placed"]
    assert namespace.signal("placed") is not placed


def test_signal_gives_the_signals_of_the_default_namespace(library: Any) -> None:
    """A module may ask for it by either way."""
    name = f"{__name__}.placed"
    try:
        placed = library.signal(name, doc="An order was placed.")
        assert library.signal(name) is placed
        assert library.default_namespace[name] is placed
        assert library.default_namespace.signal(name) is placed
        assert library.Namespace().signal(name) is not placed
        assert type(library.default_namespace) is library.Namespace
    finally:
        del library.default_namespace[name]


# -- ANY ---------------------------------------------------------------------------------------


def test_any_is_one_object_with_its_name(library: Any) -> None:
    """It is an attribute of every signal, and outlives a copy and a pickling."""
    assert library.Signal.ANY is library.Signal().ANY is library.ANY
    assert library.base.ANY is library.ANY
    assert library.ANY.name == "ANY"
    assert repr(library.ANY) == "ANY"
    assert bool(library.ANY)
    assert copy.copy(library.ANY) is copy.deepcopy(library.ANY) is library.ANY
    assert pickle.loads(pickle.dumps(library.ANY)) is library.ANY
    assert library.base.ANY_ID == 0

"""What is different from blinker, beside the defects; the guide for those who migrate names it."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Much of what is looked at here is not typed, or typed as what it is in blinker.

from __future__ import annotations

import copy
import gc
import pickle
import re
import types
import weakref
from collections.abc import Awaitable, Callable, Generator
from contextlib import ExitStack, suppress
from functools import partial, wraps
from typing import Any
from unittest import mock

import anyio
import pytest

import aldis
import aldis.blinker
from aldis import ANY, AldisError, AsyncReceiverError, LostReceiverWarning
from aldis._line import SenderRef
from aldis.blinker import NamedSignal, Signal, default_namespace
from aldis.blinker.base import ANY_ID
from aldis.exceptions import NotCallableError, WeakReferenceError
from tests.behaviour.recording import Intrusion, lost_receivers, without_collector
from tests.drop_in.receiving import (
    Calls,
    Shop,
    Slotted,
    receive,
    receive_async,
    receive_too,
)
from tests.interpreters import needs_refcounting

SHOP = Shop()
OTHER = Shop()


def new_signal(kind: type[Signal] = Signal) -> Any:
    """Make a signal into which a test may look."""
    return kind()


def test_any_is_that_of_aldis() -> None:
    """So that a signal of either kind can be given it."""
    assert aldis.blinker.ANY is Signal.ANY is aldis.ANY


# -- lost receivers ----------------------------------------------------------------------------


def lose_one(signal: Any) -> list[str]:
    """Connect a function that is lost at once, and give what is said of it."""
    signal.connect(lambda sender: None)
    with lost_receivers() as lost:
        assert signal.send() == []
    return [str(each) for each in lost]


def test_nothing_is_said_of_lost_receivers_by_default() -> None:
    """As in blinker."""
    assert Signal.warn_of_lost_receivers is False
    assert lose_one(Signal()) == []
    assert lose_one(NamedSignal("placed")) == []


def test_all_signals_can_be_told_to_warn_of_lost_receivers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also those that are there already."""
    signal = NamedSignal("placed")
    monkeypatch.setattr(Signal, "warn_of_lost_receivers", True)
    (text,) = lose_one(signal)

    assert "lose_one.<locals>.<lambda>" in text
    assert "the signal 'placed'" in text
    assert len(lose_one(Signal())) == 1


def test_a_subclass_can_warn_of_lost_receivers() -> None:
    """And its signals alone."""

    class Loud(Signal):
        warn_of_lost_receivers = True

    assert len(lose_one(Loud())) == 1
    assert lose_one(Signal()) == []


def test_one_signal_can_warn_of_lost_receivers() -> None:
    """For as long as it is asked to."""
    signal = Signal()
    signal.warn_of_lost_receivers = True
    assert len(lose_one(signal)) == 1
    signal.warn_of_lost_receivers = False

    assert lose_one(signal) == []
    assert lose_one(Signal()) == []


def test_a_warning_of_a_lost_receiver_that_is_an_error_is_raised_once() -> None:
    """By the next operation, before anybody is called."""
    signal, calls = Signal(), Calls()
    signal.warn_of_lost_receivers = True
    receiver = calls.receiver("called")
    signal.connect(receiver)
    signal.connect(lambda sender: None)
    with pytest.raises(LostReceiverWarning):
        signal.send()

    assert calls.names == []
    assert signal.send() == [(receiver, "called")]


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(lambda signal: signal.connect(receive), id="connect"),
        pytest.param(lambda signal: signal.disconnect(receive), id="disconnect"),
        pytest.param(lambda signal: signal.send(), id="send"),
        pytest.param(lambda signal: signal.send_async().send(None), id="send_async"),
        pytest.param(lambda signal: signal.muted().__enter__(), id="muted"),
        pytest.param(lambda signal: signal.connected_to(receive).__enter__(), id="connected_to"),
        pytest.param(lambda signal: signal.has_receivers_for(None), id="has_receivers_for"),
        pytest.param(lambda signal: next(signal.receivers_for(None)), id="receivers_for"),
        pytest.param(lambda signal: list(signal.receivers), id="receivers"),
        pytest.param(lambda signal: list(signal._by_sender), id="_by_sender"),
    ],
)
def test_each_operation_tells_of_lost_receivers(operation: Callable[[Any], object]) -> None:
    """Whichever comes next."""
    signal = new_signal()
    signal.warn_of_lost_receivers = True
    signal.connect(lambda sender: None)
    with lost_receivers() as lost, suppress(StopIteration):
        operation(signal)

    assert len(lost) == 1


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda signal: bool(signal.receivers), id="truth"),
        pytest.param(lambda signal: signal.receivers[id(receive)], id="one of them"),
        pytest.param(lambda signal: signal.is_muted, id="is_muted"),
    ],
)
@needs_refcounting
def test_what_only_looks_leaves_the_telling_to_the_next_operation(
    look: Callable[[Any], object],
) -> None:
    """It warns of nothing, and the warning is not lost."""
    signal = new_signal()
    signal.warn_of_lost_receivers = True
    signal.connect(receive)
    signal.connect(lambda sender: None)
    with lost_receivers() as lost:
        look(signal)
        assert lost == []
        signal.send()

    assert len(lost) == 1


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("weak", [True, False])
@pytest.mark.parametrize("candidate", [None, 3, "receive", SHOP.calls])
def test_what_cannot_be_called_cannot_be_connected(candidate: Any, weak: bool) -> None:
    """It is a `TypeError`, and nothing has changed."""
    signal = new_signal()
    signal.connect(receive)
    with pytest.raises(NotCallableError, match=r"is not callable; pass a function") as caught:
        signal.connect(candidate, SHOP, weak)

    assert isinstance(caught.value, TypeError)
    assert signal.receivers == {id(receive): weakref.ref(receive)}
    assert signal._by_sender == {0: {id(receive)}}


@pytest.mark.parametrize(
    "receiver", [[].append, "text".__add__, Slotted.__repr__.__get__(Slotted())], ids=repr
)
def test_c_methods_cannot_be_connected_weakly(receiver: Callable[..., object]) -> None:
    """They would be gone at once; the error says what to do, and nothing has changed."""
    signal = new_signal()
    with pytest.raises(WeakReferenceError, match=r"pass weak=False$") as caught:
        signal.connect(receiver)

    assert isinstance(caught.value, TypeError)
    assert signal.receivers == signal._by_sender == signal._by_receiver == {}


def test_an_equal_access_disconnects_a_c_method() -> None:
    """It is known by its object and its name, which blinker does not see."""
    signal = Signal()
    items: list[object] = []
    signal.connect(items.append, weak=False)
    signal.send(SHOP)
    signal.disconnect(items.append)
    signal.send(OTHER)

    assert items == [SHOP]


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, pickle.dumps, partial(pickle.dumps, protocol=0)],
    ids=["copy", "deepcopy", "pickle", "pickle-0"],
)
@pytest.mark.parametrize("signal", [Signal(), NamedSignal("placed")], ids=["Signal", "NamedSignal"])
def test_signals_cannot_be_copied_or_pickled(
    duplicate: Callable[[object], object], signal: Signal
) -> None:
    """The error says what to do in its place."""
    with pytest.raises(TypeError, match=r"signal.* cannot be copied or pickled; keep it in"):
        duplicate(signal)


def test_receivers_cannot_be_put_in_place() -> None:
    """The error says what to do, and nothing has changed."""
    signal = new_signal()
    signal.connect(receive)
    with pytest.raises(TypeError, match=r"use connect\(receiver\)"):
        signal.receivers = {id(receive_too): receive_too}
    with pytest.raises(TypeError, match=r"use connect\(receiver\)"):
        signal.receivers[id(receive_too)] = receive_too
    with pytest.raises(TypeError, match=r"use connect\(receiver\)"):
        signal.receivers.update({id(receive_too): receive_too})
    with pytest.raises(TypeError, match=r"use connect\(receiver\)"):
        signal.receivers.setdefault(id(receive_too), receive_too)

    assert signal.send() == [(receive, "received")]


def test_receivers_that_were_kept_cannot_be_put_back() -> None:
    """They were emptied with the signal, which would go unnoticed otherwise."""
    signal = new_signal()
    signal.connect(receive)
    kept = signal.receivers
    signal.receivers = {}
    assert kept == {}
    signal.connect(receive_too)
    with pytest.raises(TypeError, match=r"use connect\(receiver\)"):
        signal.receivers = kept

    assert signal.send() == [(receive_too, "received too")]


@pytest.mark.parametrize("name", ["_by_sender", "_by_receiver"])
def test_the_other_views_cannot_be_changed_at_all(name: str) -> None:
    """Neither what is in them, nor which they are."""
    signal = new_signal()
    signal.connect(receive)
    view = getattr(signal, name)
    with pytest.raises(TypeError):
        view[7] = set()
    with pytest.raises(TypeError):
        del view[7]
    with pytest.raises(AttributeError):
        view.clear()
    with pytest.raises(AttributeError):
        setattr(signal, name, {})

    assert signal.send() == [(receive, "received")]


# -- views -------------------------------------------------------------------------------------


def test_the_views_are_live() -> None:
    """Each look shows what is there at that moment."""
    signal = new_signal()
    views = receivers, by_sender, by_receiver = (
        signal.receivers,
        signal._by_sender,
        signal._by_receiver,
    )
    assert [len(view) for view in views] == [0, 0, 0]
    assert not any(views)
    signal.connect(receive, weak=False)
    assert dict(receivers) == {id(receive): receive}
    assert dict(by_sender) == {0: {id(receive)}}
    assert dict(by_receiver) == {id(receive): {0}}
    assert all(views)
    signal.disconnect(receive)

    assert [view.copy() for view in views] == [{}, {}, {}]


def test_a_copy_of_a_view_is_a_dict_that_stays() -> None:
    """It is what was there at that moment."""
    signal = new_signal()
    signal.connect(receive, SHOP, weak=False)
    copies = [view.copy() for view in (signal.receivers, signal._by_sender, signal._by_receiver)]
    signal._clear_state()

    assert [type(each) for each in copies] == [dict, dict, dict]
    assert copies == [
        {id(receive): receive},
        {id(SHOP): {id(receive)}},
        {id(receive): {id(SHOP)}},
    ]


def test_the_views_show_themselves_as_dicts() -> None:
    """In logs and debuggers they look as in blinker."""
    signal = new_signal()
    signal.connect(receive, "sender", weak=False)

    assert repr(signal.receivers) == repr({id(receive): receive})
    assert repr(signal._by_sender) == repr({"sender": {id(receive)}})
    assert repr(signal._by_receiver) == repr({id(receive): {"sender"}})


def test_the_senders_zero_and_false_do_not_go_by_the_id_of_any() -> None:
    """They are one sender, and not every."""
    signal = new_signal()
    signal.connect(receive, False)
    signal.connect(receive, 0)
    signal.connect(receive_too, 1)
    ((zero, ids),) = ((key, ids) for key, ids in signal._by_sender.items() if key != 1)

    assert zero != ANY_ID
    assert ids == {id(receive)}
    assert signal._by_receiver[id(receive)] == {zero}
    signal.connect(receive)
    assert signal._by_sender == {0: {id(receive)}, zero: {id(receive)}, 1: {id(receive_too)}}


def test_a_receiver_that_is_strong_for_one_sender_is_shown_itself() -> None:
    """Whatever the order of its connections."""
    signal = new_signal()
    signal.connect(receive, SHOP)
    signal.connect(receive, OTHER, weak=False)
    signal.connect(receive_too, SHOP, weak=False)
    signal.connect(receive_too, OTHER)

    assert signal.receivers == {id(receive): receive, id(receive_too): receive_too}


def test_whether_there_are_receivers_is_exact() -> None:
    """Be they muted, connected to one sender alone, dead, or bereft of their sender."""
    signal, sender, shop = new_signal(), Shop(), Shop()
    kept = signal.receivers
    signal.connect(shop.receive, sender)
    assert signal.receivers
    with signal.muted():
        assert signal.receivers
    del sender
    assert signal.receivers
    assert len(kept) == 1
    del shop
    assert not signal.receivers
    assert len(kept) == 0
    with signal.muted():
        assert not signal.receivers
        signal.connect(receive)
        assert signal.receivers
    signal.disconnect(receive)
    assert not signal.receivers


def test_what_lost_its_sender_is_shown_until_it_is_disconnected() -> None:
    """Be it from that sender, altogether, or by taking it out."""
    signal = new_signal()

    def bereave(receiver: object) -> None:
        signal.connect(receiver, Shop())
        assert signal.receivers
        assert not signal.has_receivers_for(ANY)

    ends: list[Callable[[], object]] = [
        lambda: signal.disconnect(receive, SHOP),
        lambda: signal.disconnect(receive),
        lambda: signal.receivers.pop(id(receive)),
        lambda: signal.receivers.clear(),
        signal._clear_state,
    ]
    for end in ends:
        bereave(receive)
        end()
        assert not signal.receivers
    bereave(receive)
    signal.connect(receive, weak=False)
    assert signal.receivers == {id(receive): receive}


def test_what_only_its_connection_kept_goes_with_the_sender() -> None:
    """Whether it takes weak references or not; what others keep is shown as before."""

    class Unreferable:
        __slots__ = ()

        def __call__(self, sender: object) -> None:
            """Receive."""

    signal, sender = new_signal(), Shop()
    signal.connect(Shop().receive, sender, weak=False)
    signal.connect(Unreferable(), sender, weak=False)
    signal.connect(receive, sender, weak=False)
    assert len(signal.receivers) == 3
    del sender
    gc.collect()  # elsewhere than on CPython they live until then
    assert [ref() for ref in signal.receivers.values()] == [receive]
    assert bool(signal.receivers)
    signal.disconnect(receive)
    assert not signal.receivers


def test_taking_receivers_out_disconnects_them() -> None:
    """From all their senders, and nobody is told."""
    signal, calls = new_signal(), Calls()
    told = calls.receiver("told")
    signal.receiver_disconnected.connect(told)

    def connect() -> None:
        for receiver in (receive, SHOP.receive):
            signal.connect(receiver)
            signal.connect(receiver, SHOP, weak=False)

    connect()
    del signal.receivers[id(receive)]
    assert signal.send(SHOP) == [(SHOP.receive, "shop")]
    assert signal.receivers.pop((id(Shop.receive), id(SHOP))) == SHOP.receive
    assert signal.send(SHOP) == []
    connect()
    assert signal.receivers.popitem() == (id(receive), receive)
    assert signal.send(SHOP) == [(SHOP.receive, "shop")]
    signal.receivers.clear()
    connect()
    signal.receivers = {}

    assert signal.send(SHOP) == []
    assert signal._by_sender == {}
    assert calls.names == []


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda receivers: receivers, id="ids"),
        pytest.param(lambda receivers: receivers.values(), id="values"),
        pytest.param(lambda receivers: receivers.items(), id="items"),
    ],
)
def test_disconnecting_while_going_through_the_receivers_breaks_no_loop(
    look: Callable[[Any], Any],
) -> None:
    """The loop goes on without what has ended, or with it."""
    signal = new_signal()
    signal.connect(receive)
    signal.connect(receive_too)
    found = 0
    for _ in look(signal.receivers):
        found += 1
        signal.disconnect(receive)
        signal.disconnect(receive_too)

    assert found in {1, 2}
    assert not signal.receivers


# -- what has ended ----------------------------------------------------------------------------


def test_ended_pairs_are_remembered_for_a_while() -> None:
    """The last 64 of them; to clean up the bookkeeping takes none of them away, as in blinker."""
    signal = new_signal()
    for number in range(200):
        signal.connect(receive, f"sender {number}")
        signal.disconnect(receive, f"sender {number}")

    assert signal._by_sender == {f"sender {number}": set() for number in range(136, 200)}
    assert signal._by_receiver == {id(receive): set()}
    assert not signal.receivers
    signal._cleanup_bookkeeping()
    assert signal._by_sender == signal._by_receiver == {}


def test_receivers_without_their_sender_are_remembered_for_a_while() -> None:
    """The last 64 of them, until they are cleaned up."""
    signal = new_signal()
    shops = [Shop() for _ in range(200)]
    for shop in shops:
        signal.connect(shop.receive, Shop())

    assert len(signal.receivers) == 64
    assert [ref().__self__ for ref in signal.receivers.values()] == shops[136:]
    signal._cleanup_bookkeeping()
    assert len(signal.receivers) == 64
    signal._clear_state()
    assert signal.receivers == {}


def test_a_view_that_was_kept_shows_that_the_bookkeeping_was_cleaned_up() -> None:
    """Although nothing was connected or disconnected."""
    signal = new_signal()
    by_sender, by_receiver = signal._by_sender, signal._by_receiver
    signal.connect(receive, SHOP)
    signal.disconnect(receive, SHOP)
    assert by_sender == {id(SHOP): set()}
    assert by_receiver == {id(receive): set()}
    signal._cleanup_bookkeeping()
    assert by_sender == by_receiver == {}


def test_a_remembered_pair_that_is_connected_again_is_shown_once() -> None:
    """With its receiver."""
    signal = new_signal()
    signal.connect(receive, SHOP)
    signal.disconnect(receive, SHOP)
    signal.connect(receive, SHOP)

    assert signal._by_sender == {id(SHOP): {id(receive)}}
    assert signal._by_receiver == {id(receive): {id(SHOP)}}


def test_leaving_connected_to_ends_exactly_one_connection() -> None:
    """That of the block, also where blocks are left in another order than they were entered."""
    signal = new_signal()
    signal.connect(receive, SHOP)
    blocks = [signal.connected_to(receive, SHOP), signal.connected_to(receive)]
    for block in blocks:
        block.__enter__()
    assert signal.send(SHOP) == [(receive, "received")]
    blocks[0].__exit__(None, None, None)
    assert signal.send(OTHER) == [(receive, "received")]
    blocks[1].__exit__(None, None, None)

    assert signal.send(OTHER) == []
    assert signal.send(SHOP) == [(receive, "received")]
    assert signal._by_sender == {id(SHOP): {id(receive)}}


def test_connected_to_keeps_neither_sender_nor_receiver_longer_than_their_connection() -> None:
    """The block itself holds neither."""
    with without_collector():
        signal, shop, sender = new_signal(), Shop(), Shop()
        refs = weakref.ref(shop), weakref.ref(sender)
        with signal.connected_to(shop.receive, sender):
            assert signal.has_receivers_for(sender)
            del sender
            assert refs[1]() is None
            signal.disconnect(shop.receive)
            del shop
            assert refs[0]() is None


def test_who_is_told_of_a_connection_that_ends_is_told_its_sender() -> None:
    """Of `connected_to`, too."""
    signal, calls = new_signal(), Calls()
    told = calls.receiver("told")
    signal.receiver_disconnected.connect(told)
    with signal.connected_to(receive, SHOP):
        pass

    assert calls.seen == [(signal, {"receiver": receive, "sender": SHOP})]


def test_a_block_that_was_muted_stays_so_when_is_muted_is_set() -> None:
    """Each silence ends as it began."""
    signal = new_signal()
    with signal.muted():
        signal.is_muted = False
        assert signal.is_muted
        signal.is_muted = True
    assert signal.is_muted
    signal.is_muted = False

    assert not signal.is_muted


# -- sending -----------------------------------------------------------------------------------


def test_async_receivers_are_refused_by_name() -> None:
    """`AsyncReceiverError` is a `RuntimeError`, and nobody was called."""
    signal, calls = NamedSignal("placed"), Calls()
    receiver = calls.receiver("called")
    signal.connect(receiver)
    signal.connect(receive_async)
    with pytest.raises(AsyncReceiverError, match="'placed'") as caught:
        signal.send(SHOP)

    assert isinstance(caught.value, RuntimeError)
    assert isinstance(caught.value, AldisError)
    (name,) = caught.value.receivers
    assert re.match(r"tests\.drop_in\.receiving\.receive_async \(", name)
    assert name in str(caught.value)
    assert caught.value.started is False
    assert calls.names == []


def test_async_receivers_of_other_senders_are_not_in_the_way() -> None:
    """A sending looks at those that it would call."""
    signal = new_signal()
    signal.connect(receive)
    signal.connect(receive_async, SHOP)

    assert signal.send(OTHER) == [(receive, "received")]
    with pytest.raises(AsyncReceiverError):
        signal.send(SHOP)


@types.coroutine
def wait_by_hand() -> Generator[str, str, str]:
    """Wait for whoever steps the coroutine."""
    return (yield "waiting")


def test_send_async_can_be_stepped_by_hand() -> None:
    """It needs no event loop of its own."""
    signal = new_signal()

    async def waiting(sender: object) -> str:
        return await wait_by_hand()

    signal.connect(receive)
    signal.connect(waiting)
    coroutine = signal.send_async(SHOP)
    assert coroutine.send(None) == "waiting"
    with pytest.raises(StopIteration) as caught:
        coroutine.send("answer")
    assert caught.value.value == [(receive, "received"), (waiting, "answer")]


@pytest.mark.parametrize("connected", [(), (receive,), (receive, receive_async)], ids=len)
def test_send_async_that_has_nothing_to_wait_for_ends_at_once(
    connected: tuple[Callable[..., object], ...],
) -> None:
    """Be it because nobody is connected, or because nobody is called."""
    signal = new_signal()
    for receiver in connected:
        signal.connect(receiver)
    with signal.muted(), pytest.raises(StopIteration) as caught:
        signal.send_async(SHOP).send(None)
    assert caught.value.value == []
    signal.disconnect(receive_async)
    with pytest.raises(StopIteration) as caught:
        signal.send_async(SHOP).send(None)

    assert caught.value.value == [(each, "received") for each in connected[:1]]


@pytest.mark.anyio
async def test_send_async_awaits_what_a_sync_receiver_returns() -> None:
    """No coroutine is left un-awaited."""
    signal = new_signal()

    def receiver(sender: object) -> Awaitable[str]:
        return receive_async(sender)

    signal.connect(receiver)
    assert await signal.send_async(SHOP) == [(receiver, "received async")]


@pytest.mark.anyio
async def test_receivers_of_all_kinds_are_awaited_in_order() -> None:
    """Those that take no weak reference, and those that are connected twice, too."""
    signal, calls = new_signal(), Calls()
    first, second = calls.async_receiver("first"), calls.receiver("second")
    signal.connect(first, SHOP)
    signal.connect(second)
    signal.connect(first)
    signal.connect([].append, weak=False)
    results = await signal.send_async(SHOP)

    assert [value for _, value in results] == ["first", "second", None]


class Owner:
    """An object that takes no weak reference, with a method that is strong for that reason."""

    __slots__ = ()

    def receive(self, sender: object) -> str:
        """Receive."""
        return "received"


def test_a_receiver_that_takes_no_weak_reference_can_be_strong() -> None:
    """It is sent, shown and disconnected like others."""
    signal, owner = new_signal(), Owner()
    with pytest.raises(WeakReferenceError):
        signal.connect(owner.receive)
    signal.connect(owner.receive, weak=False)

    assert signal.send() == [(owner.receive, "received")]
    assert signal.receivers == {(id(Owner.receive), id(owner)): owner.receive}
    signal.disconnect(owner.receive)
    assert signal.send() == []


def test_a_method_whose_function_is_gone_is_gone() -> None:
    """Although its object lives."""
    signal, shop = new_signal(), Shop()

    def make() -> Callable[..., object]:
        def receiver(shop: object, sender: object) -> str:
            return "received"

        return types.MethodType(receiver, shop)

    views = signal.receivers, signal._by_sender, signal._by_receiver
    method = make()
    signal.connect(method)
    signal.connect(receive)
    assert len(signal.send()) == 2
    assert [len(view) for view in views] == [2, 1, 2]
    del method
    gc.collect()

    assert list(signal.receivers) == [id(receive)]
    assert signal._by_sender == {0: {id(receive)}}
    assert signal._by_receiver == {id(receive): {0}}
    assert [len(view) for view in views] == [1, 1, 1]
    assert signal.send() == [(receive, "received")]


@pytest.mark.anyio
async def test_a_method_whose_function_is_gone_is_not_awaited() -> None:
    """Although its object lives."""
    signal, shop = new_signal(), Shop()

    def lose() -> None:
        methods.clear()
        gc.collect()

    async def receiver(shop: object, sender: object) -> str:
        return "received"

    calls = Calls()
    first = calls.receiver("first", lose)
    methods = [types.MethodType(receiver, shop)]
    del receiver
    signal.connect(first)
    signal.connect(methods[0])

    assert await signal.send_async() == [(first, "first")]
    assert list(signal.receivers) == [id(first)]


# -- meta-signals ------------------------------------------------------------------------------


def test_who_has_no_parameter_called_sender_gets_the_connections_sender() -> None:
    """Be it that of a method, of an object, or of something without a signature."""
    signal = new_signal()
    told: list[object] = []

    class Listener:
        def on_connected(self, signal: object, *, sender: object, **payload: object) -> None:
            told.append(sender)

        def __call__(self, signal: object, /, sender: object, **payload: object) -> None:
            told.append(sender)

    listener = Listener()
    for receiver in (
        listener.on_connected,
        listener,
        lambda *arguments, **payload: told.append(payload["sender"]),
        partial(lambda text, signal, sender, **payload: told.append(sender), "text"),
        type("Told", (dict,), {"__init__": lambda told_of, signal, **payload: told.append(SHOP)}),
    ):
        signal.receiver_connected.connect(receiver, weak=False)
    signal.connect(receive, SHOP)

    assert told == [SHOP] * 5


def test_a_method_may_call_its_first_parameter_sender() -> None:
    """What is bound already is not it."""
    signal = new_signal()
    told: list[object] = []

    class Listener:
        def on_connected(self, sender: object, receiver: object, weak: bool) -> None:
            told.append((sender, receiver, weak))

        def __call__(self, sender: object, receiver: object, weak: bool) -> None:
            told.append((sender, receiver, weak))

    listener = Listener()
    signal.receiver_connected.connect(listener.on_connected)
    signal.receiver_connected.connect(listener)
    signal.connect(receive, SHOP)

    assert told == [(signal, receive, True)] * 2


@pytest.mark.anyio
async def test_a_meta_signal_that_is_sent_in_an_async_way_passes_the_same() -> None:
    """Who calls its first parameter `sender` gets the signal there."""
    signal = new_signal()
    told: list[object] = []

    async def on_connected(sender: object, receiver: object) -> None:
        told.append((sender, receiver))

    signal.receiver_connected.connect(on_connected)
    await signal.receiver_connected.send_async(signal, receiver=receive, sender=SHOP)

    assert told == [(signal, receive)]


def test_who_is_told_and_what_is_muted() -> None:
    """A meta-signal can be muted like any other signal."""
    signal, calls = new_signal(), Calls()
    told = calls.receiver("told")
    signal.receiver_connected.connect(told)
    with signal.receiver_connected.muted():
        signal.connect(receive)

    assert calls.names == []
    assert signal.send() == [(receive, "received")]


# -- in the middle of a change -----------------------------------------------------------------


def test_a_disconnect_in_the_middle_of_a_change_is_told_afterwards() -> None:
    """As from a signal handler, at whichever line it comes: it is made, and told once."""
    step, done = 0, True
    while done:
        signal, calls = new_signal(), Calls()
        told = calls.receiver("told")
        signal.connect(receive_too, SHOP)
        signal.receiver_disconnected.connect(told)
        intrusion = Intrusion(partial(signal.disconnect, receive_too, SHOP), step)
        intrusion.run(partial(signal.connect, receive))
        done = intrusion.done()

        assert (len(signal.send(SHOP)), len(calls.seen)) == ((1, 1) if done else (2, 0))
        if done:
            assert calls.seen == [(signal, {"receiver": receive_too, "sender": SHOP})]
        step += 1
    assert step > 20


def test_a_view_that_is_looked_at_in_the_middle_of_a_change_shows_it_afterwards() -> None:
    """As from a signal handler, at whichever line it comes; it does not stay with what it saw."""

    def look(views: list[Any]) -> None:
        for view in views:
            len(view)

    def change(signal: Any) -> None:
        signal.connect(receive)
        signal.disconnect(receive, SHOP)

    step, done = 0, True
    while done:
        signal = new_signal()
        views = [signal.receivers, signal._by_sender, signal._by_receiver]
        intrusion = Intrusion(partial(look, views), step)
        intrusion.run(partial(change, signal))
        done = intrusion.done()

        assert list(views[0]) == [id(receive)]
        assert views[1] == {0: {id(receive)}, id(SHOP): set()}
        assert views[2] == {id(receive): {0}}
        step += 1
    assert step > 20


def test_a_late_word_of_a_dead_sender_ends_nothing_of_the_one_with_its_id() -> None:
    """A connection ends with its own sender."""
    signal, sender = new_signal(), Shop()
    signal.connect(receive, SHOP)
    late = SenderRef(sender)
    late.key = id(SHOP)
    signal._tables.note(late)

    assert signal.send(SHOP) == [(receive, "received")]
    assert signal._by_sender == {id(SHOP): {id(receive)}}
    signal.disconnect(receive, SHOP)
    assert not signal.receivers


def test_changes_that_the_collector_brings_are_told() -> None:
    """Wherever it runs, each is made and told once."""
    signal, calls = new_signal(), Calls()
    connected, disconnected = calls.receiver("connected"), calls.receiver("disconnected")
    brought: list[int] = []

    def bring(phase: str, _info: object) -> None:
        if phase == "start" and len(brought) < 100:
            brought.append(len(brought))
            signal.connect(receive_too)
            signal.disconnect(receive_too)

    signal.receiver_connected.connect(connected)
    signal.receiver_disconnected.connect(disconnected)
    threshold = gc.get_threshold()
    gc.callbacks.append(bring)
    gc.set_threshold(1)
    try:
        for number in range(50):
            signal.connect(receive, number)
        gc.collect()
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(bring)

    assert signal.send(7) == [(receive, "received")]
    assert brought
    assert calls.names.count("connected") == 50 + len(brought)
    assert calls.names.count("disconnected") == len(brought)


def test_a_destructor_may_disconnect() -> None:
    """It runs when the change is made that lets go of its object, and what it does is told."""
    signal, calls = new_signal(), Calls()
    told = calls.receiver("told")

    class Departing:
        def receive(self, sender: object) -> None: ...

        def __del__(self) -> None:
            signal.disconnect(receive)

    departing = Departing()
    signal.connect(receive)
    signal.connect(departing.receive, weak=False)
    ref = weakref.ref(departing)
    del departing
    signal.receiver_disconnected.connect(told)
    signal.receivers.clear()

    assert ref() is None
    assert signal.send() == []
    assert [payload["receiver"] for _, payload in calls.seen] == [receive]


# -- what is freed -----------------------------------------------------------------------------


def used(signal: Any) -> None:
    """Do all kinds of things with a signal."""
    signal.connect(receive)
    signal.connect(SHOP.receive, weak=False)
    signal.connect(Shop().receive, SHOP, weak=False)
    signal.connect(receive_async, Slotted(), weak=False)
    with signal.muted(), signal.connected_to(receive):
        signal.send(SHOP)
    signal.send(SHOP)
    signal.disconnect(receive)


def told(signal: Any) -> None:
    """Use the meta-signals."""
    calls = Calls()
    signal.receiver_connected.connect(calls.receiver("connected"), weak=False)
    signal.receiver_disconnected.connect(calls.receiver("disconnected"), weak=False)
    used(signal)
    calls.seen.clear()


def looked_at(signal: Any) -> None:
    """Use the views, and keep none."""
    used(signal)
    assert dict(signal.receivers)
    assert list(signal._by_sender.values())
    assert repr(signal._by_receiver)
    signal.receivers.popitem()
    signal.receivers.clear()
    signal._cleanup_bookkeeping()


def refused(signal: Any) -> None:
    """Be refused what cannot be."""
    with pytest.raises(TypeError):
        signal.connect(None)
    with pytest.raises(TypeError):
        signal.connect([].append)
    signal.connect(receive_async)
    with pytest.raises(RuntimeError):
        signal.send()


def sent_async(signal: Any) -> None:
    """Send in an async way, too."""
    used(signal)
    anyio.run(signal.send_async, SHOP)


@pytest.mark.parametrize("use", [used, told, looked_at, refused, sent_async])
def test_a_dropped_signal_is_freed_without_the_collector(use: Callable[[Signal], None]) -> None:
    """Whatever was done with it, no cycle keeps it."""
    with without_collector():
        signal = Signal("An order was placed.")
        ref = weakref.ref(signal)
        use(signal)
        del signal

        assert ref() is None


def test_a_dropped_signal_frees_what_only_it_kept_alive() -> None:
    """Strong receivers, meta-signals and senders that take no weak reference go with it."""
    with without_collector():
        signal, shop = Signal(), Shop()
        gone: list[str] = []

        class Sender:
            __slots__ = ()

            def __del__(self) -> None:
                gone.append("sender")

        signal.connect(shop.receive, Sender(), weak=False)
        refs = weakref.ref(shop), weakref.ref(signal.receiver_connected)
        del shop
        assert all(ref() is not None for ref in refs)
        assert gone == []
        del signal

        assert [ref() for ref in refs] == [None, None]
        assert gone == ["sender"]


def test_a_sender_that_takes_no_weak_reference_is_kept_until_it_is_disconnected() -> None:
    """So nobody else can get its id meanwhile."""
    with without_collector():
        signal = Signal()
        gone: list[str] = []

        class Sender:
            __slots__ = ()

            def __del__(self) -> None:
                gone.append("sender")

        signal.connect(receive, Sender())
        assert gone == []
        signal.disconnect(receive)

        assert gone == ["sender"]


def test_the_default_namespaces_are_apart() -> None:
    """The same name is another signal in each library."""
    blinker = pytest.importorskip("blinker")
    name = f"{__name__}.placed"
    try:
        assert default_namespace.signal(name) is not blinker.signal(name)
        assert default_namespace is not blinker.default_namespace
    finally:
        del default_namespace[name], blinker.default_namespace[name]


@pytest.mark.parametrize("muted_before", [False, True])
def test_is_muted_can_be_patched_for_a_while(muted_before: bool) -> None:
    """As tests do; afterwards it is as it was."""
    signal = new_signal()
    signal.connect(receive)
    with ExitStack() as around:
        if muted_before:
            around.enter_context(signal.muted())
        with mock.patch.object(signal, "is_muted", True):
            assert signal.is_muted
            assert signal.send() == []
        assert signal.is_muted is muted_before


def test_a_meta_signal_can_be_patched_for_a_while() -> None:
    """As tests do; the one that was there is not brought back, and nobody is told."""
    signal, other = new_signal(), new_signal()
    told: list[object] = []

    def on_connected(signal: object, **payload: object) -> None:
        told.append(payload["receiver"])

    other.connect(on_connected)
    with mock.patch.object(signal, "receiver_connected", other):
        signal.connect(receive)
    signal.connect(receive_too)
    assert told == [receive]


def test_a_meta_receiver_behind_a_wrapper_may_call_its_first_parameter_sender() -> None:
    """A wrapper passes on what it gets."""
    signal = new_signal()
    told: list[object] = []

    def on_connected(sender: object, **payload: object) -> None:
        told.append((sender, payload["receiver"]))

    @wraps(on_connected)
    def wrapped(*args: object, **payload: object) -> None:
        on_connected(*args, **payload)

    signal.receiver_connected.connect(wrapped)
    signal.connect(receive)
    assert told == [(signal, receive)]


def test_a_dict_of_a_view_can_be_made_while_receivers_end() -> None:
    """A key that has ended since it was asked for is given once as it was, and no more."""
    signal = new_signal()
    signal.connect(receive)
    signal.connect(receive_too, SHOP)
    view, by_sender = signal.receivers, signal._by_sender
    keys, senders = list(view), list(by_sender)
    signal._clear_state()
    assert [view[key]() for key in keys] == [receive, receive_too]
    assert [by_sender[sender] for sender in senders] == [{id(receive)}, {id(receive_too)}]
    assert view == by_sender == {}
    for key in keys:
        assert key not in view
        with pytest.raises(KeyError):
            view[key]


def test_the_mend_that_an_error_names_is_one_that_the_drop_in_has() -> None:
    """Its sends are called as blinker's are."""
    signal = new_signal()
    signal.connect(receive_async)
    with pytest.raises(RuntimeError, match=r"send_async\(\.\.\.\), or pass _async_wrapper$"):
        signal.send()

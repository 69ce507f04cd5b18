"""Faults of senders and receivers with hostile special methods, none of which may be called."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# Lambdas have no annotations.

from __future__ import annotations

import gc
from collections.abc import Callable, Generator
from typing import Any

import pytest

from aldis import AsyncReceiverError, ReceiverError, connect_methods, disconnect_methods
from tests.faults import hostile
from tests.faults.faces import DROP_IN, EVERY, OWN, SIGNAL, Face, Fails, on
from tests.faults.receiving import receive

# Classes, and not instances alone: to ask a class anything is to ask its metaclass.
SENDERS: dict[str, Callable[[], Any]] = {
    "object": hostile.Hostile,
    "slots instance": hostile.Slotted,
    "class": hostile.make_class,
    "method": lambda: hostile.make_method(hostile.Hostile()),
}


RECEIVERS: dict[str, Callable[[], Any]] = {
    "partial": lambda: hostile.Partial(receive),
    "object": hostile.Hostile,
    "method": lambda: hostile.make_method(hostile.Hostile()),
    "class": lambda: hostile.Receiving,
}
REASON = "it asks senders and receivers for attributes"


@pytest.fixture(autouse=True)
def nothing_called() -> Generator[None]:
    """Require that no hostile method was called, swallowed errors included."""
    hostile.called.clear()
    yield
    gc.collect()
    assert hostile.called == []


def use(face: Face, receiver: Any, sender: Any) -> None:
    """Do with a receiver and a sender all that every face can do."""
    signal = face.make()
    for weak in (True, False):
        signal.connect(receiver, weak=weak)
        signal.connect(receiver, sender, weak=weak)
        signal.connect_via(sender, weak=weak)(receiver)
    assert len(face.send(signal, sender, sender)) == 1
    assert len(signal.receivers) == 1
    assert len(list(signal.receivers_for(sender))) == 1
    assert signal.has_receivers_for(sender)
    with signal.connected_to(receiver, sender), signal.muted():
        assert len(face.send(signal, sender, sender)) == 0
    signal.disconnect(receiver, sender)
    assert len(face.send(signal, sender, sender)) == 1
    signal.disconnect(receiver)
    assert not signal.has_receivers_for(sender)
    assert not signal.receivers


@on(*EVERY, blinker=Fails(REASON))
@pytest.mark.parametrize("kind", SENDERS)
def test_s6_no_special_method_of_a_sender_is_called(face: Face, kind: str) -> None:
    """Nothing asks a sender, its class or its metaclass anything, whatever is done with it."""
    sender = SENDERS[kind]()
    use(face, receive, sender)


@on(*EVERY, blinker=Fails(REASON))
@pytest.mark.parametrize("kind", RECEIVERS)
def test_s6_a_receiver_is_called_and_asked_nothing(face: Face, kind: str) -> None:
    """Of a receiver `__call__` is called, of the owner of a method nothing at all."""
    use(face, RECEIVERS[kind](), None)
    use(face, RECEIVERS[kind](), hostile.Hostile())


@on(*EVERY, blinker=Fails(REASON))
def test_s6_the_death_of_a_receiver_or_sender_asks_it_nothing(face: Face) -> None:
    """Nothing is asked when a receiver or a sender dies, and when another takes its place."""
    signal = face.make()
    for _ in range(20):
        owner, sender, held = hostile.Hostile(), hostile.Hostile(), hostile.Slotted()
        for each in (owner, hostile.make_method(owner), receive):
            signal.connect(each)
            signal.connect(each, sender)
            signal.connect(each, held)
        del owner, each
        assert len(face.send(signal, sender, None)) == 1
        del sender
        assert len(face.send(signal, held, None)) == 1

    signal.disconnect(receive)
    assert not signal.receivers


@on(*OWN)
@pytest.mark.parametrize("kind", RECEIVERS)
def test_s6_what_is_shown_of_a_receiver_asks_it_nothing(face: Face, kind: str) -> None:
    """Views and texts of errors know a receiver by its type and its code alone."""
    signal, receiver, sender = face.make(), RECEIVERS[kind](), hostile.Hostile()
    signal.connect(receiver, sender, once=True, priority=1, to_thread=True)
    signal.connect(receiver, priority=-1)
    assert "<Connection of " in repr(signal.connections)
    with signal.muted(receiver):
        assert face.values(signal, sender) == []
    results = face.send(signal, sender, sender)
    assert "of 1: " in repr(results)
    narrow: Any = hostile.Narrow()
    with pytest.raises(ReceiverError, match="Hostile") as refused:
        signal.connect(narrow)
    assert "(self)" in str(refused.value) or "()" in str(refused.value)

    awaited: Any = hostile.Async()
    signal.connect(awaited)
    with pytest.raises(AsyncReceiverError, match="Hostile"):
        face.send(signal, sender, sender)
    assert signal.disconnect(awaited)
    assert not signal.disconnect(awaited)
    assert signal.disconnect(receiver)


@pytest.mark.anyio
@on(*EVERY)
async def test_s6_an_async_sending_asks_sender_payload_and_receiver_nothing(face: Face) -> None:
    """An async sending asks sender, payload and awaited receivers nothing."""
    signal, sender, payload = face.make(), hostile.Hostile(), hostile.Slotted()
    receivers = [hostile.Hostile(), hostile.Async()]
    for receiver in receivers:
        signal.connect(receiver, sender)

    assert [value for _, value in await face.send_async(signal, sender, payload)] == [
        "received",
        "received",
    ]


@on(SIGNAL)
def test_s6_events_bound_signals_and_outcomes_ask_nothing(face: Face) -> None:
    """Events, bound signals and outcomes ask sender, payload and receivers nothing."""
    signal, sender, payload = face.make(), hostile.Hostile(), hostile.Hostile()
    signal.connect(hostile.Receiving)
    bound = signal.bind(sender)
    bound.connect(receive)
    assert "Event" in repr(signal.event(sender, payload))
    assert "BoundSignal" in repr(bound)
    outcomes = bound.send_robust(payload)
    assert "Hostile" in repr(outcomes)
    assert [type(each) for each in outcomes.values] == [hostile.Receiving, hostile.Hostile]
    assert bound.disconnect(receive)
    outcomes.raise_errors()


@on(*OWN)
def test_s6_connecting_the_marked_methods_of_an_object_asks_it_nothing(face: Face) -> None:
    """`connect_methods` asks nothing of the object, its class, or what else is in its body."""
    signal = face.make()

    def received(self: object, sender: object, payload: object) -> str:
        return "received"

    method: Any = signal.receiver(received)

    kind = hostile.make_class(method=method, other=hostile.Hostile(), another=hostile.Slotted())
    owner = kind()
    connect_methods(owner)
    assert face.values(signal) == ["received"]
    assert disconnect_methods(owner)
    wrong = hostile.make_class(method=staticmethod(method), other=hostile.Hostile())()
    with pytest.raises(ReceiverError, match="static"):
        connect_methods(wrong)
    with pytest.raises(TypeError, match="Hostile"):
        connect_methods(kind)


@on(DROP_IN, blinker=Fails(REASON))
def test_s6_who_is_told_of_connections_is_asked_nothing(face: Face) -> None:
    """Who is told of a connection is asked nothing, nor is what it is told of."""
    signal, told = face.make(), hostile.make_class(lambda self, sender, **payload: None)
    by_class = hostile.make_class(__init__=lambda self, signal, **payload: None)
    for each in (told(), by_class):
        signal.receiver_connected.connect(each, weak=False)
        signal.receiver_disconnected.connect(each, weak=False)
    receiver, sender = hostile.Hostile(), hostile.Slotted()
    signal.connect(receiver, sender)
    signal.disconnect(receiver, sender)
    assert not signal.receivers

"""What a signal says about its connections, exactly, whatever has died."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import copy
import gc
import pickle
from typing import Any

import pytest

from aldis import ANY, Connection, KeywordSignal, Signal
from tests.behaviour.recording import Calls, Shop, lost_receivers
from tests.interpreters import needs_refcounting

SHOP = Shop()


def receive(sender: object, payload: int) -> str:
    """Receive."""
    return "received"


async def receive_async(sender: object, payload: int) -> str:
    """Receive, in an async way."""
    return "received"


def test_a_new_signal_has_nobody() -> None:
    """All queries are empty and falsy."""
    signal = Signal[int]()

    assert signal.receivers == ()
    assert signal.connections == ()
    assert signal.receivers_for(SHOP) == ()
    assert signal.has_receivers_for(SHOP) is False
    assert not signal.receivers
    assert not signal.connections


def test_receivers_shows_everyone_once() -> None:
    """Receivers for `ANY` and for senders alike, each once."""
    signal = Signal[int]()
    for sender in (ANY, SHOP, None):
        signal.connect(receive, sender)
    signal.connect(receive_async, SHOP)

    assert signal.receivers == (receive, receive_async)


def test_receivers_for_shows_who_would_be_called() -> None:
    """Receivers of other senders are not among them."""
    signal, other = Signal[int](), Shop()
    signal.connect(receive, SHOP)
    signal.connect(receive_async, other)

    assert signal.receivers_for(SHOP) == (receive,)
    assert signal.receivers_for(other) == (receive_async,)
    assert signal.receivers_for(None) == ()
    assert signal.has_receivers_for(SHOP) is True
    assert signal.has_receivers_for(other) is True
    assert signal.has_receivers_for(None) is False


def test_receivers_cannot_be_set() -> None:
    """The properties are read-only."""
    signal: Any = Signal[int]()
    for name in ("receivers", "connections"):
        with pytest.raises(AttributeError):
            setattr(signal, name, ())


def test_bound_methods_are_shown_as_bound_methods() -> None:
    """What is shown is what was connected, ready to be called and to be disconnected."""
    signal, calls = Signal[int](), Calls()
    shop = Shop(calls)
    signal.connect(shop.receive)
    (receiver,) = signal.receivers

    assert receiver == shop.receive
    assert receiver(SHOP, 1) == "shop"
    assert signal.disconnect(receiver)


@pytest.mark.parametrize("sender", [ANY, SHOP], ids=["any", "shop"])
@pytest.mark.parametrize("how", ["disconnect", "disconnect for sender", "death", "once", "block"])
def test_queries_are_exact_after_each_kind_of_end(sender: object, how: str) -> None:
    """However a connection ends, no query shows it for a moment longer (S10)."""
    signal, calls = Signal[int](), Calls()
    owner = Shop(calls)
    stays = calls.receiver("stays")
    signal.connect(stays, None)
    if how == "block":
        with signal.connected_to(owner.receive, sender):
            assert signal.has_receivers_for(SHOP)
    else:
        signal.connect(owner.receive, sender, once=how == "once")
    if how == "disconnect":
        signal.disconnect(owner.receive)
    elif how == "disconnect for sender":
        signal.disconnect(owner.receive, sender)
    elif how == "once":
        signal.send(SHOP, 1)
    elif how == "death":
        del owner
        gc.collect()

    assert signal.has_receivers_for(SHOP) is False
    assert signal.receivers_for(SHOP) == ()
    assert signal.receivers == (stays,)
    assert [each.receiver for each in signal.connections] == [stays]
    assert signal.has_receivers_for(None) is True


@needs_refcounting
@pytest.mark.parametrize(
    "query",
    [
        lambda signal: signal.receivers,
        lambda signal: signal.connections,
        lambda signal: signal.receivers_for(SHOP),
        lambda signal: signal.has_receivers_for(SHOP),
    ],
    ids=["receivers", "connections", "receivers_for", "has_receivers_for"],
)
def test_each_query_sees_a_death_by_itself(query: Any) -> None:
    """It is exact as the first operation after a death, also of a sender, also of a function."""
    signal, sender, owner = Signal[int](), Shop(), Shop()
    signal.connect(receive, sender)
    signal.connect(owner.receive)
    signal.connect(lambda sender, payload: None)
    del owner, sender
    with lost_receivers() as lost:
        assert not query(signal)

    assert len(lost) == 1


@needs_refcounting
def test_a_death_in_the_middle_of_a_sending_is_seen_at_once() -> None:
    """Queries from inside a receiver are exact as well."""
    signal, calls = Signal[int](), Calls()
    owners = [Shop(calls)]
    seen: list[object] = []

    def drop(sender: object, payload: int) -> None:
        owners.clear()
        seen.append(signal.receivers)

    signal.connect(drop)
    signal.connect(owners[0].receive)
    signal.send(SHOP, 1)

    assert seen == [(drop,)]


# -- connections -------------------------------------------------------------------------------


def test_a_connection_shows_its_options() -> None:
    """Receiver, sender and every option as they were given."""
    signal = Signal[int]()
    signal.connect(receive, SHOP, weak=False, once=True, priority=3, to_thread=True)
    signal.connect(receive_async)
    first, second = signal.connections

    assert isinstance(first, Connection)
    assert first.receiver is receive
    assert first.sender is SHOP
    assert (first.weak, first.once, first.priority, first.to_thread) == (False, True, 3, True)
    assert first.is_async is False
    assert second.receiver is receive_async
    assert second.sender is ANY
    assert (second.weak, second.once, second.priority) == (True, False, 0)
    assert (second.to_thread, second.is_async) == (False, True)


def test_a_connection_shows_where_its_receiver_was_defined() -> None:
    """File and line for what Python knows about; `None` for the rest."""
    signal = Signal[int]()
    shop = Shop()
    signal.connect(receive)
    signal.connect(shop.receive)
    builtin: Any = isinstance
    signal.connect(builtin)
    first, second, third = signal.connections

    assert first.defined_at == f"{__file__}:{receive.__code__.co_firstlineno}"
    assert second.defined_at is not None
    assert second.defined_at.endswith(f"recording.py:{Shop.receive.__code__.co_firstlineno}")
    assert third.defined_at is None


def test_a_connection_is_frozen() -> None:
    """It is a view: changing it would change nothing."""
    signal = Signal[int]()
    signal.connect(receive)
    connection: Any = signal.connections[0]
    names = type(connection).__match_args__
    assert len(names) == 8
    for name in names:
        with pytest.raises(AttributeError):
            setattr(connection, name, None)
    with pytest.raises((AttributeError, TypeError)):
        connection.more = 1


def test_a_connection_can_be_taken_apart_copied_and_pickled() -> None:
    """Its attributes come in one order, and a copy has the same ones."""
    signal = Signal[int]()
    signal.connect(receive, priority=1)
    (connection,) = signal.connections
    match connection:
        case Connection(receiver, sender, weak, once, priority):
            assert (receiver, sender, weak, once, priority) == (receive, ANY, True, False, 1)
    for other in (copy.copy(connection), pickle.loads(pickle.dumps(connection))):
        for name in Connection.__match_args__:
            assert getattr(other, name) == getattr(connection, name)


def test_a_connection_stays_as_it_was_when_asked_for() -> None:
    """Neither a reconnect nor a disconnect changes a view that is out already."""
    signal = Signal[int]()
    signal.connect(receive, priority=1)
    (connection,) = signal.connections
    signal.connect(receive, priority=2)
    signal.disconnect(receive)

    assert connection.priority == 1
    assert connection.receiver is receive


def test_keyword_signals_answer_the_same_questions() -> None:
    """All four queries are there, and exact."""

    @KeywordSignal
    def placed(sender: object, /, *, total: int) -> None:
        """An order was accepted."""

    def receiver(sender: object, *, total: int) -> int:
        return total

    assert not placed.has_receivers_for(SHOP)
    placed.connect(receiver, SHOP)
    assert placed.receivers == placed.receivers_for(SHOP) == (receiver,)
    assert placed.has_receivers_for(SHOP)
    assert placed.connections[0].sender is SHOP
    assert placed.receivers_for(None) == ()
    placed.disconnect(receiver)
    assert placed.connections == ()

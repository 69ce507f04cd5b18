"""`receiver_connected` and `receiver_disconnected`: what is told of changes, and when."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from aldis import ANY, Connection, Signal
from tests.behaviour.recording import Calls, Shop, lost_receivers

SHOP = Shop()


def receive(sender: object, payload: int) -> str:
    """Receive."""
    return "received"


def receive_too(sender: object, payload: int) -> str:
    """Receive as well."""
    return "received too"


class Listener:
    """Notes what it is told of a signal's changes."""

    def __init__(self, signal: Signal[int]) -> None:
        self.connected: list[tuple[object, Connection]] = []
        self.disconnected: list[tuple[object, Connection]] = []
        signal.receiver_connected.connect(self.note_connected)
        signal.receiver_disconnected.connect(self.note_disconnected)

    def note_connected(self, sender: object, connection: Connection) -> None:
        """Note that something was connected."""
        self.connected.append((sender, connection))

    def note_disconnected(self, sender: object, connection: Connection) -> None:
        """Note that something was disconnected."""
        self.disconnected.append((sender, connection))


def test_a_connect_is_told() -> None:
    """With the signal as sender, and the connection with its options as payload."""
    signal = Signal[int]()
    listener = Listener(signal)
    signal.connect(receive, SHOP, priority=2, once=True)

    ((sender, connection),) = listener.connected
    assert sender is signal
    assert isinstance(connection, Connection)
    assert connection.receiver is receive
    assert connection.sender is SHOP
    assert (connection.priority, connection.once) == (2, True)
    assert listener.disconnected == []


def test_a_disconnect_is_told() -> None:
    """With the connection as it was."""
    signal = Signal[int]()
    listener = Listener(signal)
    signal.connect(receive, priority=2)
    signal.disconnect(receive)

    ((sender, connection),) = listener.disconnected
    assert sender is signal
    assert connection.receiver is receive
    assert connection.sender is ANY
    assert connection.priority == 2


def test_each_connection_that_a_disconnect_removes_is_told() -> None:
    """One call may end several connections."""
    signal = Signal[int]()
    listener = Listener(signal)
    for sender in (ANY, SHOP, None):
        signal.connect(receive, sender)
    signal.disconnect(receive)

    assert len(listener.connected) == 3
    told = [connection.sender for _, connection in listener.disconnected]
    assert sorted(map(repr, told)) == sorted(map(repr, [ANY, SHOP, None]))


def test_a_disconnect_that_removes_nothing_is_not_told() -> None:
    """There was no change."""
    signal = Signal[int]()
    listener = Listener(signal)
    signal.disconnect(receive)

    assert listener.disconnected == []


def test_connected_to_is_told_of_twice() -> None:
    """Its beginning and its end are changes like others."""
    signal = Signal[int]()
    listener = Listener(signal)
    with signal.connected_to(receive, SHOP):
        assert len(listener.connected) == 1
        assert listener.disconnected == []

    assert len(listener.disconnected) == 1
    assert listener.disconnected[0][1].receiver is receive


def test_it_is_sent_after_the_change() -> None:
    """Who is told finds the signal changed already."""
    signal = Signal[int]()
    seen: list[object] = []

    def look(sender: Signal[int], connection: Connection) -> None:
        seen.append((sender.receivers, sender.send(SHOP, 1).values))

    signal.receiver_connected.connect(look)
    signal.receiver_disconnected.connect(look)
    signal.connect(receive)
    signal.disconnect(receive)

    assert seen == [((receive,), ("received",)), ((), ())]


def test_deaths_are_not_told() -> None:
    """Neither that of a receiver, nor that of a sender, nor a lost function."""
    signal, calls, owner, sender = Signal[int](), Calls(), Shop(), Shop()
    signal.receiver_disconnected.connect(calls.receiver("told"))
    signal.connect(owner.receive)
    signal.connect(receive, sender)
    signal.connect(lambda sender, payload: None)
    del owner, sender
    gc.collect()
    with lost_receivers():
        assert signal.receivers == ()

    assert calls.names == []


def test_a_refused_receiver_is_not_told() -> None:
    """Nothing was connected."""
    signal = Signal[int]()
    listener = Listener(signal)
    wrong: Any = lambda: None
    with pytest.raises(TypeError):
        signal.connect(wrong)

    assert listener.connected == []


def test_what_one_who_is_told_raises_propagates_and_the_connection_stands() -> None:
    """The change is not taken back (B6)."""
    signal, calls = Signal[int](), Calls()

    def fail(sender: object, connection: Connection) -> None:
        raise ValueError("told")

    signal.receiver_connected.connect(fail)
    receiver = calls.receiver("receiver")
    with pytest.raises(ValueError, match="told"):
        signal.connect(receiver)

    assert signal.send(SHOP, 1).values == ("receiver",)


def test_what_one_who_is_told_raises_propagates_and_the_disconnect_stands() -> None:
    """The change is not taken back (B6)."""
    signal = Signal[int]()

    def fail(sender: object, connection: Connection) -> None:
        raise ValueError("told")

    signal.receiver_disconnected.connect(fail)
    signal.connect(receive)
    with pytest.raises(ValueError, match="told"):
        signal.disconnect(receive)

    assert signal.receivers == ()


def test_what_one_who_is_told_of_a_used_up_connection_raises_propagates() -> None:
    """The connection has had its call and is gone all the same."""
    signal, calls = Signal[int](), Calls()

    def fail(sender: object, connection: Connection) -> None:
        raise ValueError("told")

    signal.receiver_disconnected.connect(fail)
    signal.connect(calls.receiver("once"), once=True)
    with pytest.raises(ValueError, match="told"):
        signal.send(SHOP, 1)

    assert calls.names == ["once"]
    assert signal.receivers == ()
    assert signal.send(SHOP, 1).values == ()


def test_connected_to_ends_though_one_who_is_told_raises() -> None:
    """Whether entering or leaving raises, no connection is left."""
    signal = Signal[int]()

    def fail(sender: object, connection: Connection) -> None:
        raise ValueError("told")

    signal.receiver_disconnected.connect(fail)
    with pytest.raises(ValueError, match="told"), signal.connected_to(receive):
        pass
    assert signal.receivers == ()


def test_they_are_made_once() -> None:
    """Each access gives the same signal; the two are signals of their own."""
    signal = Signal[int]()

    assert signal.receiver_connected is signal.receiver_connected
    assert signal.receiver_disconnected is signal.receiver_disconnected
    assert signal.receiver_connected is not signal.receiver_disconnected
    assert signal.receiver_connected is not Signal[int]().receiver_connected
    assert isinstance(signal.receiver_connected, Signal)
    assert signal.receiver_connected.payload_type is Connection


def test_they_filter_on_the_signal_as_sender() -> None:
    """The signal that changed is a sender like any other."""
    signal, other, calls = Signal[int](), Signal[int](), Calls()
    signal.receiver_connected.connect(calls.receiver("for the signal"), signal)
    signal.receiver_connected.connect(calls.receiver("for another"), other)
    signal.connect(receive)

    assert calls.names == ["for the signal"]


def test_they_have_meta_signals_themselves() -> None:
    """Who connects to a meta signal can be told of too."""
    signal, calls = Signal[int](), Calls()
    meta = signal.receiver_connected
    meta.receiver_connected.connect(calls.receiver("told of the listener"))
    meta.connect(calls.receiver("listener"))
    signal.connect(receive)

    assert calls.names == ["told of the listener", "listener"]


def test_one_who_is_told_may_change_the_signal_again() -> None:
    """Connecting and disconnecting from inside is a change of its own, told of in turn."""
    signal = Signal[int]()
    listener = Listener(signal)

    def replace(sender: Signal[int], connection: Connection) -> None:
        if connection.receiver is receive:
            sender.disconnect(receive)
            sender.connect(receive_too)

    signal.receiver_connected.connect(replace)
    signal.connect(receive)

    assert signal.receivers == (receive_too,)
    assert [each.receiver for _, each in listener.connected] == [receive, receive_too]
    assert [each.receiver for _, each in listener.disconnected] == [receive]

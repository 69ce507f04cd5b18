"""What signals do with their receivers, at its edges."""

from __future__ import annotations

import gc
import sys
from typing import Any

import pytest

from aldis import Signal
from aldis._changes import Attach, Detach
from aldis._connectable import Connectable
from aldis._connection import Spent
from aldis._registry import Registry
from aldis._signatures import SENDER_AND_PAYLOAD


class Owner:
    """Has methods, one of which is taken away."""


def lose_method(signal: Signal[str], *, asynchronous: bool = False) -> object:
    """Connect a method, then take the function away from under its living owner."""
    owner = Owner()
    kind: Any = Owner
    if asynchronous:

        async def method(self: Owner, sender: object, payload: object) -> None:
            """Die."""

        kind.method = method
    else:

        def plain(self: Owner, sender: object, payload: object) -> None:
            """Die."""

        kind.method = plain
    bound: Any = owner
    signal.connect(bound.method)
    del kind.method
    return owner


def test_a_method_that_went_unnoticed_is_not_listed() -> None:
    """Queries look at both halves."""
    signal = Signal[str]()
    owner = lose_method(signal)
    gc.collect()
    assert signal.connections == ()
    assert signal.receivers == ()
    assert not signal.has_receivers_for(owner)


@pytest.mark.parametrize("send", ["send", "send_robust"])
def test_an_async_method_that_went_unnoticed_refuses_no_send(send: str) -> None:
    """There is nobody who would have to be awaited."""
    signal = Signal[str]()
    owner = lose_method(signal, asynchronous=True)
    gc.collect()
    assert len(getattr(signal, send)(owner, "payload")) == 0
    assert signal._registry.queue or not signal._registry.all_records()


@pytest.mark.anyio
@pytest.mark.parametrize("concurrency", [1, None])
async def test_an_async_send_finds_it_too(concurrency: int | None) -> None:
    """And the next operation forgets it."""
    signal = Signal[str]()
    owner = lose_method(signal, asynchronous=True)
    gc.collect()
    assert len(await signal.send_async(owner, "payload", concurrency=concurrency)) == 0
    assert signal.receivers == ()
    assert signal._registry.all_records() == []


def test_nothing_is_said_at_the_end_of_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions are lost then by the hundred, and nobody can mend it."""
    signal = Signal[str]()
    signal.connect(lambda sender, payload: None)
    gc.collect()
    monkeypatch.setattr(sys, "is_finalizing", lambda: True)
    assert signal.receivers == ()


def test_a_send_inside_an_operation_tells_of_nothing() -> None:
    """A used-up `once` connection is told of when the operation is done."""
    signal = Signal[str]()
    told: list[bool] = []

    def receiver(sender: object, payload: str) -> None:
        """Is called once."""

    def tell(sender: object, connection: object) -> None:
        told.append(signal._registry.is_entered())

    signal.connect(receiver, once=True)
    signal.receiver_disconnected.connect(tell)

    class Sending(Detach):
        def apply(self, registry: Registry, trash: list[object]) -> None:
            """Send, as a destructor might."""
            signal.send(None, "payload")
            assert told == []

    signal._registry.submit(Sending(0))
    assert signal.receivers == ()
    assert told == [False]


def test_a_connectable_alone_tells_nobody() -> None:
    """Its hook is for those who have somebody to tell."""
    connectable = Connectable[object]("name", None, SENDER_AND_PAYLOAD)
    with connectable._connected_to(print, "sender"):
        assert connectable.has_receivers_for("sender")
    assert not connectable.has_receivers_for("sender")


def test_a_claim_that_was_overtaken_by_a_reconnect_removes_nothing() -> None:
    """The connection has got another ticket since."""
    signal = Signal[str]()

    def receiver(sender: object, payload: str) -> None:
        """Is connected again while it is claimed."""

    signal.connect(receiver, once=True)
    (record,) = signal._registry.all_records()
    ticket = record.ticket
    assert ticket is not None
    ticket.pop()
    signal.connect(receiver, once=True)
    record.note(Spent(record, ticket, receiver))
    assert signal.receivers == (receiver,)


def test_a_claim_for_a_sender_that_died_is_told_to_nobody() -> None:
    """The end of a connection by a death is no news."""
    signal = Signal[str]()
    told: list[object] = []

    def receiver(sender: object, payload: str) -> None:
        """Is connected to a sender that dies."""

    def tell(sender: object, connection: object) -> None:
        told.append(connection)

    signal.receiver_disconnected.connect(tell)
    sender = Owner()
    signal.connect(receiver, sender, once=True)
    (record,) = signal._registry.all_records()
    (line,) = signal._registry.lines.values()
    record.claim(record.ticket or [], receiver)
    for ref in line.refs:
        record.note(ref)
    signal._registry.queue.rotate(1)  # the death is seen first ...
    assert signal.receivers == ()
    signal.connect(receiver, sender, once=True)
    (record,) = signal._registry.all_records()
    record.claim(record.ticket or [], receiver)
    signal._registry.lines.clear()  # ... or its line is gone already
    assert signal.receivers == ()
    assert told == []


def test_changes_can_be_applied_twice() -> None:
    """What an interrupt breaks off is applied again, with the effect of once."""
    signal = Signal[str]()

    def receiver(sender: object, payload: str) -> None:
        """Comes and goes, twice each."""

    signal.connect(receiver, "sender")
    with signal.connected_to(receiver):
        registry = signal._registry
        for record in registry.all_records():
            attach = Attach(record, receiver, "sender", scoped=record.sender is None)
            attach.refs = ()
            registry.submit(attach)
        assert len(registry.all_records()) == 2
        detach = Detach(id(receiver))
        registry.submit(detach)
        registry.submit(detach)
        assert len(detach.touched) == 2
    assert signal.receivers == ()
    assert not registry._filtered
    assert not registry._scoped


def test_the_exit_of_a_scope_waits_for_its_turn_like_any_change() -> None:
    """Inside an operation, what stands before it in the queue is done first."""
    signal = Signal[str]()

    def receiver(sender: object, payload: str) -> None:
        """Is connected for a block."""

    said: list[bool] = []

    class Leaving(Detach):
        def apply(self, registry: Registry, trash: list[object]) -> None:
            """Enter and leave a scope, then disconnect, as a destructor might."""
            with signal.connected_to(receiver), signal.muted():
                pass
            said.append(signal.disconnect(receiver))

    signal._registry.submit(Leaving(0))
    assert said == [False]


def test_news_is_handed_out_once() -> None:
    """Of two who look, one gets it; lost receivers are not told of after a sending."""
    registry = Registry()
    detach = Detach(0)
    registry.changes[id(detach)] = detach
    assert registry.next_change() is detach
    assert registry.next_change() is None
    (record,) = connected()._registry.all_records()
    registry.lost[id(record)] = record
    assert registry.next_change() is None
    registry.changes[id(detach)] = detach
    assert registry.next_news() is record
    assert registry.next_news() is detach
    assert registry.next_news() is None


def connected() -> Signal[str]:
    """Make a signal with one connection."""
    signal = Signal[str]()
    signal.connect(print)
    return signal


def test_a_death_found_late_does_not_end_a_newer_connection() -> None:
    """A key can be used again before the record of a lost function is buried."""
    signal = Signal[str]()
    owner = lose_method(signal)
    gc.collect()
    (ghost,) = signal._registry.all_records()

    def newer(sender: object, payload: str) -> None:
        """Has got the key of the lost one."""

    signal.connect(newer)
    (record,) = [each for each in signal._registry.all_records() if each is not ghost]
    line = signal._registry._base
    del line.records[record.key]
    record.key = ghost.key
    line.records[record.key] = record
    signal._registry.submit(ghost)
    assert signal.receivers == (newer,)
    assert owner is not None


def test_a_disconnect_passes_over_what_is_gone() -> None:
    """A connection whose function died unnoticed is nobody's any more."""
    signal = Signal[str]()
    owner = lose_method(signal)
    gc.collect()
    (ghost,) = signal._registry.all_records()
    detach = Detach(ghost.key)
    signal._registry.submit(detach)
    assert not detach.touched
    assert owner is not None

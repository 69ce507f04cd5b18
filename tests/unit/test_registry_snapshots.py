"""The snapshots that sendings work on: when they are made, kept and forgotten."""

from __future__ import annotations

from types import MethodType
from typing import Any

import pytest

from aldis import ANY, Signal
from aldis._changes import Attach, Mute
from aldis._connection import Options, make_record
from aldis._identity import sender_key, take_apart
from aldis._line import refs_to
from aldis._registry import _LONGEST_KEPT, Registry
from tests.interpreters import let_die


def receiver(sender: object, payload: object) -> None:
    """Receive."""


def other(sender: object, payload: object) -> None:
    """Receive as well."""


def attach(registry: Registry, receiver: Any, sender: Any = ANY) -> None:
    """Connect a receiver without a signal."""
    record = make_record(
        receiver,
        take_apart(receiver),
        Options(),
        sender=None if sender is ANY else sender_key(sender),
        note=registry.note,
        is_async=False,
    )
    registry.submit(Attach(record, receiver, sender, scoped=False))


@pytest.mark.parametrize("muted", [False, True])
def test_a_sending_takes_no_lock_when_nothing_has_changed(
    muted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever it is on behalf of: the snapshots of several senders are kept at the same time."""
    registry = Registry()
    attach(registry, receiver)
    attach(registry, other, "a")
    attach(registry, other, "b")
    if muted:
        registry.submit(Mute(object(), None, on=True))
    before = [registry.select(sender) for sender in ("a", "b", "c")]

    def refuse(*arguments: object) -> None:
        pytest.fail("the lock was taken")

    monkeypatch.setattr(Registry, "_hold", refuse)
    assert [registry.select(sender) for sender in ("a", "b", "c")] == before
    monkeypatch.undo()
    assert [len(plan.records) for plan in before] == ([0, 0, 0] if muted else [2, 2, 1])


def test_what_is_disconnected_while_a_snapshot_is_made_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A destructor may run at that moment, in the very thread that sends."""
    signal, heard = Signal[str](), list[object]()

    def note(sender: object, payload: object) -> None:
        heard.append(payload)

    signal.connect(note)
    make_base = Registry._make_base

    def disconnect_meanwhile(registry: Registry) -> Any:
        made = make_base(registry)
        monkeypatch.undo()
        signal.disconnect(note)
        return made

    monkeypatch.setattr(Registry, "_make_base", disconnect_meanwhile)
    signal.send(None, "payload")
    assert heard == []


def test_what_is_muted_while_a_snapshot_is_sought_is_silent() -> None:
    """Another thread may mute the signal between two steps of a sending."""
    registry = Registry(key_of=lambda sender: mute_and_give_key(sender))
    muting: list[Mute] = []

    def mute_and_give_key(sender: object) -> Any:
        while muting:
            registry.submit(muting.pop())
        return sender_key(sender)

    attach(registry, receiver, "a")
    assert len(registry.select("a").records) == 1
    registry.forget_plan(registry.lines[sender_key("a")])
    muting.append(Mute(object(), None, on=True))
    assert registry.select("a").records == ()


@pytest.mark.parametrize(("count", "kept"), [(1, True), (2 * _LONGEST_KEPT, False)])
def test_only_short_snapshots_are_kept_for_each_sender(count: int, kept: bool) -> None:
    """The records for `ANY` are in each of them."""
    registry = Registry()
    attach(registry, other, "a")
    receivers: list[Any] = [lambda sender, payload: None for _ in range(count)]
    for each in receivers:
        attach(registry, each)
    assert len(registry.select("a").records) == count + 1
    assert (registry.lines[sender_key("a")].plan is not None) is kept


@pytest.mark.parametrize("sender", [ANY, "a"])
def test_what_is_disconnected_is_in_no_snapshot(sender: Any) -> None:
    """Or it would stay in memory for as long as nothing else is connected."""
    signal = Signal[str]()
    signal.connect(receiver, sender)
    signal.connect(other, sender)
    assert len(signal._registry.select("a").records) == 2
    signal.disconnect(receiver)
    assert [record() for record in signal._registry.select("a").records] == [other]


def test_a_sender_whose_receivers_have_died_has_none() -> None:
    """Also where their end has to wait, inside of an operation."""
    registry = Registry()
    kept: list[Any] = [lambda sender, payload: None]
    attach(registry, kept[0], "a")
    assert registry.has_any("a")

    def look() -> bool:
        kept.clear()
        let_die()
        return registry.has_any("a")

    assert not registry._hold(look)
    assert not registry.has_any("b")


def test_a_snapshot_has_the_way_of_calling_of_its_signal() -> None:
    """Where a registry was given one."""

    def adapt(record: object, receiver: object) -> Any:
        return receiver

    registry = Registry(adapt)
    attach(registry, receiver)
    assert registry.select(None).adapt is adapt
    assert Registry().select(None).adapt is None


def test_a_connection_that_is_made_again_by_a_repair_keeps_its_place() -> None:
    """Also the very first one."""
    registry = Registry()
    for each in (receiver, other):
        attach(registry, each)
    first, second = registry.all_records()
    registry.submit(Attach(first, receiver, ANY, scoped=False))
    assert registry.all_records() == [first, second]


def test_what_ends_with_its_sender_is_freed_outside_of_the_lock() -> None:
    """Nobody else has kept the receiver."""
    signal, entered = Signal[str](), list[bool]()

    class Receiver:
        def __call__(self, sender: object, payload: object) -> None:
            """Receive."""

        def __del__(self) -> None:
            entered.append(signal._registry.is_entered())

    class Sender:
        """Can be weakly referenced."""

    sender = Sender()
    signal.connect(Receiver(), sender, weak=False)
    del sender
    let_die()
    signal.send(None, "payload")
    let_die()
    assert entered == [False]


def test_a_line_that_an_interrupt_left_empty_is_freed_outside_of_the_lock() -> None:
    """It has kept alive the half of its sender that takes no weak reference."""
    registry, entered = Registry(), list[bool]()

    class Unreferable:
        __slots__ = ()

        def __del__(self) -> None:
            entered.append(registry.is_entered())

    def method(self: Unreferable) -> None:
        """Can be weakly referenced, and dies."""

    sender = MethodType(method, Unreferable())
    key = sender_key(sender)
    registry.line_of(key, refs_to(sender, key, registry.note))
    del sender, method
    let_die()
    registry.settle()
    let_die()
    assert not registry.lines
    assert entered == [False]

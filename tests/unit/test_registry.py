"""The registry against a model of plain lists."""

from __future__ import annotations

import gc
import itertools
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from aldis import ANY, Signal
from aldis._changes import Detach
from aldis._registry import Registry
from tests.interpreters import let_die

PAYLOAD = "payload"


class Sender:
    """A sender that can be weakly referenced."""


class Owner:
    """Receives by two methods, so that two of everything are on one owner."""

    def __init__(self, heard: list[object], name: int) -> None:
        self.heard = heard
        self.name = name

    def first(self, sender: object, payload: object) -> None:
        """Note the call."""
        self.heard.append((self.name, "first"))

    def second(self, sender: object, payload: object) -> None:
        """Note the call."""
        self.heard.append((self.name, "second"))


@dataclass
class Entry:
    """A connection in the model."""

    receiver: tuple[int, str]
    sender: object
    priority: int
    once: bool
    weak: bool
    scoped: bool


WHICH = st.tuples(st.integers(0, 3), st.sampled_from(["first", "second"]))
SENDERS = st.sampled_from(["any", "s0", "s1", "text", "number"])


class Model(RuleBasedStateMachine):
    """Connections in a list, in the order of connecting; whatever a signal does, the list does."""

    def __init__(self) -> None:
        super().__init__()
        self.signal = Signal[str]()
        self.heard: list[object] = []
        self.owners: dict[int, Owner] = {}
        self.entries: list[Entry] = []
        self.mutes: list[tuple[AbstractContextManager[None], tuple[int, str] | None]] = []
        self.scopes: list[tuple[AbstractContextManager[None], Entry]] = []
        self.senders: dict[str, Any] = {"text": "text", "number": 7}

    def sender(self, which: str) -> Any:
        """Give a sender by its name, made when it is first asked for."""
        return ANY if which == "any" else self.senders.setdefault(which, Sender())

    def receiver(self, which: tuple[int, str]) -> Any:
        """Give a bound method, made anew at each access."""
        owner = self.owners.setdefault(which[0], Owner(self.heard, which[0]))
        return getattr(owner, which[1])

    @rule(
        which=WHICH,
        sender=SENDERS,
        priority=st.integers(-1, 1),
        once=st.booleans(),
        weak=st.booleans(),
    )
    def connect(
        self, which: tuple[int, str], sender: str, priority: int, once: bool, weak: bool
    ) -> None:
        """Replace the options of an equal connection, or append."""
        self.signal.connect(
            self.receiver(which), self.sender(sender), priority=priority, once=once, weak=weak
        )
        new = Entry(which, sender, priority, once, weak, scoped=False)
        for place, old in enumerate(self.entries):
            if (old.receiver, old.sender, old.scoped) == (which, sender, False):
                self.entries[place] = new
                return
        self.entries.append(new)

    @rule(which=WHICH, sender=SENDERS)
    def disconnect_from_one(self, which: tuple[int, str], sender: str) -> None:
        """Remove what is connected to that sender, and say whether there was any."""
        gone = [each for each in self.entries if (each.receiver, each.sender) == (which, sender)]
        found = self.signal.disconnect(self.receiver(which), self.sender(sender))
        assert found == bool(gone)
        self.entries = [each for each in self.entries if each not in gone]

    @rule(which=WHICH)
    def disconnect_from_all(self, which: tuple[int, str]) -> None:
        """Remove every connection of the receiver."""
        gone = [each for each in self.entries if each.receiver == which]
        assert self.signal.disconnect(self.receiver(which)) == bool(gone)
        self.entries = [each for each in self.entries if each not in gone]

    @rule(which=WHICH, sender=SENDERS)
    def enter_scope(self, which: tuple[int, str], sender: str) -> None:
        """Make a connection beside any equal one."""
        scope = self.signal.connected_to(self.receiver(which), self.sender(sender))
        scope.__enter__()
        entry = Entry(which, sender, 0, once=False, weak=False, scoped=True)
        self.entries.append(entry)
        self.scopes.append((scope, entry))

    @precondition(lambda self: self.scopes)
    @rule(place=st.integers(0, 9))
    def leave_scope(self, place: int) -> None:
        """Remove exactly that connection, if it is still there."""
        scope, entry = self.scopes.pop(place % len(self.scopes))
        scope.__exit__(None, None, None)
        self.entries = [each for each in self.entries if each is not entry]

    @rule(owner=st.integers(0, 3))
    def drop_owner(self, owner: int) -> None:
        """An owner dies with its weak connections, unless a strong one keeps it alive."""
        if any(e.receiver[0] == owner and not e.weak for e in self.entries):
            return
        if any(which is not None and which[0] == owner for _, which in self.mutes):
            return
        if self.owners.pop(owner, None) is not None:
            self.entries = [each for each in self.entries if each.receiver[0] != owner]
            let_die()

    @rule(which=st.sampled_from(["s0", "s1"]))
    def drop_sender(self, which: str) -> None:
        """A sender dies with the connections to it."""
        if self.senders.pop(which, None) is not None:
            self.entries = [each for each in self.entries if each.sender != which]
            let_die()

    @rule(which=st.none() | WHICH)
    def mute(self, which: tuple[int, str] | None) -> None:
        """Silence one receiver, or all."""
        mute = self.signal.muted(*([] if which is None else [self.receiver(which)]))
        mute.__enter__()
        self.mutes.append((mute, which))

    @precondition(lambda self: self.mutes)
    @rule(place=st.integers(0, 9))
    def unmute(self, place: int) -> None:
        """End one of the silences, not always the last."""
        mute, _ = self.mutes.pop(place % len(self.mutes))
        mute.__exit__(None, None, None)

    @rule()
    def collect(self) -> None:
        """The collector changes nothing that can be seen."""
        gc.collect(1)

    @rule(sender=SENDERS)
    def send(self, sender: str) -> None:
        """Each receiver is called once, by the first of its connections, in order."""
        muted = [which for _, which in self.mutes]
        matching = [] if None in muted else self.matching(sender)
        expected: list[object] = []
        for entry in matching:
            if entry.receiver in muted or entry.receiver in expected:
                continue
            expected.append(entry.receiver)
            if entry.once:
                self.entries.remove(entry)
        self.heard.clear()
        results = self.signal.send(object() if sender == "any" else self.sender(sender), PAYLOAD)
        assert self.heard == expected
        assert len(results) == len(expected)

    def matching(self, sender: str) -> list[Entry]:
        """Give the connections that match a sender, in the order of sending."""
        found = [each for each in self.entries if each.sender in ("any", sender)]
        return sorted(found, key=lambda each: -each.priority)

    @invariant()
    def queries_agree(self) -> None:
        """What the signal says of itself is what the list says."""
        in_order = sorted(self.entries, key=lambda each: -each.priority)
        shown = [(c.receiver.__self__.name, c.receiver.__name__) for c in views(self.signal)]
        assert shown == [each.receiver for each in in_order]
        options = [(c.weak, c.once, c.priority) for c in views(self.signal)]
        assert options == [(each.weak, each.once, each.priority) for each in in_order]
        for name, sender in list(self.senders.items()):
            assert self.signal.has_receivers_for(sender) == bool(self.matching(name))

    @invariant()
    def nothing_is_left_behind(self) -> None:
        """The tables hold as many records as there are connections, and no empty lines."""
        registry = self.signal._registry
        registry.settle()
        assert len(registry.all_records()) == len(self.entries)
        assert all(line.records for line in registry.lines.values())
        indexed = [*registry._filtered.values(), *registry._scoped.values()]
        assert all(indexed)
        filtered = sum(each.sender != "any" and not each.scoped for each in self.entries)
        assert sum(map(len, registry._filtered.values())) == filtered
        assert sum(map(len, registry._scoped.values())) == sum(e.scoped for e in self.entries)

    def teardown(self) -> None:
        """End what is open, so that warnings of it would show."""
        for mute, _ in self.mutes:
            mute.__exit__(None, None, None)
        for scope, _ in self.scopes:
            scope.__exit__(None, None, None)


def views(signal: Signal[str]) -> tuple[Any, ...]:
    """Give the connections of a signal."""
    return signal.connections


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_what_is_asked_inside_an_operation_is_seen_but_not_published() -> None:
    """A send that the collector runs in the middle of a change works on the tables as they are."""
    signal = Signal[str]()
    heard: list[object] = []
    receivers: list[Any] = [
        lambda sender, payload, n=n: heard.append((n, sender)) for n in range(2)
    ]
    signal.connect(receivers[0])
    signal.connect(receivers[1], "sender")
    registry = signal._registry

    class Sending(Detach):
        def apply(self, registry: Registry, trash: list[object]) -> None:
            """Send, as a destructor might."""
            signal.send("sender", "payload")
            signal.send("other", "payload")
            assert registry.plan is None

    registry.submit(Sending(0))
    assert heard == [(0, "sender"), (1, "sender"), (0, "other")]


def test_a_disconnect_inside_an_operation_says_what_it_will_find() -> None:
    """It cannot wait for its turn, so it looks."""
    signal = Signal[str]()

    def receiver(sender: object, payload: object) -> None:
        """Is connected."""

    signal.connect(receiver)
    said: list[bool] = []

    class Disconnecting(Detach):
        def apply(self, registry: Registry, trash: list[object]) -> None:
            """Disconnect twice, as a destructor might."""
            said.append(signal.disconnect(receiver))
            said.append(signal.disconnect(print))

    signal._registry.submit(Disconnecting(0))
    assert said == [True, False]
    assert signal.receivers == ()


def test_changes_made_inside_an_operation_are_told_after_it() -> None:
    """Their caller has gone on, so whoever held the lock tells of them, outside of it."""
    signal = Signal[str]()
    told: list[tuple[str, bool]] = []

    @signal.receiver_connected.connect
    def connected(sender: object, connection: Any) -> None:
        told.append(("connected", signal._registry.is_entered()))

    @signal.receiver_disconnected.connect
    def disconnected(sender: object, connection: Any) -> None:
        told.append(("disconnected", signal._registry.is_entered()))

    def receiver(sender: object, payload: object) -> None:
        """Comes and goes inside an operation."""

    class Changing(Detach):
        def apply(self, registry: Registry, trash: list[object]) -> None:
            """Change, as a destructor might."""
            if not registry.has_news():
                signal.connect(receiver)
                signal.disconnect(receiver)
            assert told == []

    signal._registry.submit(Changing(0))
    assert told == []
    assert signal.receivers == ()
    assert told == [("connected", False), ("disconnected", False)]


@pytest.mark.parametrize("count", [10, 1000])
def test_a_disconnect_walks_only_the_connections_of_its_receiver(count: int) -> None:
    """However many senders there are, the same few records are looked at."""
    signal = Signal[str]()
    senders = [Sender() for _ in range(count)]

    def receiver(sender: object, payload: object) -> None:
        """Is connected to each sender."""

    def other(sender: object, payload: object) -> None:
        """Is connected to one."""

    for sender in senders:
        signal.connect(receiver, sender)
    signal.connect(other, senders[0])
    registry = signal._registry
    assert len(registry.find(Detach(id(other)))) == 1
    assert len(registry.find(Detach(id(receiver), id(senders[0])))) == 1
    assert len(registry.find(Detach(id(receiver)))) == count


def test_a_record_whose_function_died_unnoticed_gives_its_key_away() -> None:
    """A new method that got the same key by chance is connected, and the old record goes."""
    signal = Signal[str]()
    heard: list[object] = []

    class Plain:
        """Its method is replaced."""

        def method(self, sender: object, payload: object) -> None:
            """Dies while its owner lives."""

    owner = Plain()
    signal.connect(owner.method)
    (record,) = signal._registry.all_records()
    del Plain.method
    let_die()
    assert record() is owner
    assert record.receiver() is None

    def method(self: object, sender: object, payload: object) -> None:
        heard.append(payload)

    vars_of: Any = Plain
    vars_of.method = method
    record.key = (id(method), id(owner))
    line = signal._registry._base
    line.records = {record.key: record}
    signal.connect(owner.method)
    signal.send(None, PAYLOAD)
    assert heard == [PAYLOAD]
    assert len(signal._registry.all_records()) == 1


def test_the_death_of_an_older_sender_does_not_end_the_line_of_a_newer_one() -> None:
    """An id can be used again before the queue is looked at."""
    signal = Signal[str]()
    sender = Sender()

    def receiver(sender: object, payload: object) -> None:
        """Is connected to the newer sender."""

    signal.connect(receiver, sender)
    (line,) = signal._registry.lines.values()
    (ref,) = line.refs
    line.refs = (type(ref)(sender),)
    signal._registry.submit(ref)
    assert signal.has_receivers_for(sender)
    signal.disconnect(receiver)
    signal._registry.submit(ref)
    assert not signal._registry.lines


def test_serial_numbers_count_connections_not_calls() -> None:
    """Connecting again keeps the place."""
    signal = Signal[str]()

    def first(sender: object, payload: object) -> None:
        """Comes first."""

    def second(sender: object, payload: object) -> None:
        """Comes second."""

    for receiver, _ in itertools.product([first, second], range(2)):
        signal.connect(receiver)
    signal.connect(first)
    assert signal.receivers == (first, second)

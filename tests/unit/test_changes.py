"""Changes that meet one another: inside an operation, after an interrupt, around a death."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from aldis import ANY, Signal
from aldis._changes import EVERY, Attach, Change, Detach
from aldis._connection import Options, make_record
from aldis._identity import take_apart
from aldis._registry import Registry
from tests.behaviour.recording import lost_receivers
from tests.interpreters import needs_refcounting


class Sender:
    """Can be weakly referenced."""


class Owner:
    """Has a method."""

    def method(self, sender: object, payload: object) -> None:
        """Receive."""


def receiver(sender: object, payload: object) -> None:
    """Receive."""


def other(sender: object, payload: object) -> None:
    """Receive as well."""


class Doing(Change):
    """Does something inside an operation, as a destructor might."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__()
        self.work = work
        self.done = False

    def apply(self, registry: Registry, trash: list[object]) -> None:
        """Do it, once."""
        if not self.done:
            self.done = True
            self.work()


def within(signal: Signal[str], work: Callable[[], object]) -> None:
    """Do something inside an operation of a signal."""
    signal._submit(Doing(work))


def tables(signal: Signal[str]) -> list[object]:
    """Give what a signal keeps of its connections."""
    registry = signal._registry
    return [*registry.all_records(), *registry.lines, *registry._filtered, *registry._scoped]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([("connect", receiver, "a"), ("disconnect", receiver, "a")], [True]),
        ([("connect", receiver, "a"), ("disconnect", receiver, "b")], [False]),
        ([("connect", receiver, "a"), ("disconnect", other, "a")], [False]),
        ([("connect", receiver, "a"), ("disconnect", receiver, EVERY)], [True]),
        ([("connect", receiver, "a"), ("disconnect", receiver, ANY)], [False]),
        ([("connect", receiver, ANY), ("disconnect", receiver, ANY)], [True]),
        ([("connect", receiver, ANY), ("disconnect", receiver, "a")], [False]),
        ([("connect", receiver, ANY), ("disconnect", other, EVERY)], [False]),
        ([("connect", receiver, "a"), *[("disconnect", receiver, EVERY)] * 2], [True, False]),
        ([("connect", receiver, "a"), *[("disconnect", receiver, "a")] * 2], [True, False]),
        (
            [
                ("connect", receiver, "b"),
                ("connect", receiver, "a"),
                ("disconnect", receiver, "a"),
                ("disconnect", receiver, EVERY),
            ],
            [True, True],
        ),
        (
            [
                ("connect", receiver, "a"),
                ("disconnect", receiver, "b"),
                ("disconnect", receiver, "a"),
            ],
            [False, True],
        ),
        (
            [
                ("connect", receiver, "a"),
                ("disconnect", other, "a"),
                ("disconnect", receiver, "a"),
            ],
            [False, True],
        ),
    ],
    ids=itertools.count(),
)
@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_disconnect_inside_an_operation_foresees_what_is_ahead_of_it(
    steps: list[tuple[str, Any, Any]], said: list[bool], before: int
) -> None:
    """It counts what was asked for before it, and nothing that was asked for after it."""
    signal = Signal[str]()
    answers: list[bool] = []

    def take(steps: list[tuple[str, Any, Any]]) -> None:
        for verb, each, sender in steps:
            if verb == "connect":
                signal.connect(each, sender)
            elif sender is EVERY:
                answers.append(signal.disconnect(each))
            else:
                answers.append(signal.disconnect(each, sender))

    take(steps[:before])
    within(signal, lambda: take(steps[before:]))
    assert answers == said
    assert bool(tables(signal)) is not any(said)


def test_leaving_a_block_inside_an_operation_ends_its_own_connection_alone() -> None:
    """A disconnect behind it still finds the ordinary one."""
    signal = Signal[str]()
    signal.connect(receiver)
    said: list[bool] = []

    def leave() -> None:
        block.__exit__(None, None, None)
        said.append(signal.disconnect(receiver))
        said.append(signal.disconnect(receiver))

    block = signal.connected_to(receiver)
    block.__enter__()
    within(signal, leave)
    assert said == [True, False]
    assert tables(signal) == []


@needs_refcounting
def test_what_a_weaker_connection_lets_go_of_is_let_go_of_outside_of_the_lock() -> None:
    """The bound method that was held has a weak reference with a callback of a user's."""
    signal = Signal[str]()
    owner = Owner()
    method = owner.method
    held: list[bool] = []
    watch = weakref.ref(method, lambda _: held.append(signal._registry.is_entered()))
    signal.connect(method, weak=False)
    del method
    assert watch() is not None
    signal.connect(owner.method)
    assert held == [False]
    assert [each.weak for each in signal.connections] == [True]


@needs_refcounting
def test_a_receiver_that_was_connected_again_is_lost_once() -> None:
    """The record whose options were taken over does not tell of the death as well."""
    signal = Signal[str]()

    def connect_twice() -> None:
        def lost(sender: object, payload: object) -> None:
            """Is kept by nobody but by the changes that connect it."""

        signal.connect(lost)
        signal.connect(lost)

    within(signal, connect_twice)
    with lost_receivers() as lost:
        signal.send(None, "payload")
        signal.send(None, "payload")
    assert len(lost) == 1
    assert tables(signal) == []


@needs_refcounting
@pytest.mark.parametrize("ask", ["send", "receivers", "has_receivers_for"])
def test_a_receiver_that_is_lost_while_news_is_told_is_told_of_by_the_next_sending(
    ask: str,
) -> None:
    """It dies too late for the operation that tells the news, whose own look settles the death."""
    signal = Signal[str]()
    kept: list[Any] = [lambda sender, payload: None]
    signal.connect(kept[0])
    within(signal, lambda: signal.connect(receiver))
    signal.receiver_connected.connect(lambda sender, connection: kept.clear(), weak=False)
    if ask == "send":
        signal.send(None, "payload")
    elif ask == "receivers":
        assert signal.receivers == (receiver,)
    else:
        assert signal.has_receivers_for(None)
    with lost_receivers() as lost:
        signal.send(None, "payload")
    assert len(lost) == 1


@needs_refcounting
@pytest.mark.parametrize("how", ["its function died", "it was broken off"])
def test_what_cannot_be_called_any_more_makes_way_for_its_equal(how: str) -> None:
    """The new connection is heard, ends with its sender, and leaves nothing behind."""
    signal, sender, owner, heard = Signal[str](), Sender(), Owner(), list[object]()
    signal.connect(owner.method, sender)
    (old,) = signal._registry.all_records()

    class Other(Owner):
        """Has another method."""

        def method(self, sender: object, payload: object) -> None:
            """Note the payload."""
            heard.append(payload)

    newer = Other()
    if how == "its function died":
        dead: Any = weakref.ref(Other())
        old.func = dead
    else:
        old.end()
    record = make_record(
        newer.method,
        take_apart(newer.method)._replace(key=old.key),
        Options(),
        sender=old.sender,
        note=signal._registry.note,
        is_async=False,
    )
    for _ in range(2):  # as after an interrupt
        signal._registry.submit(Attach(record, newer.method, sender, scoped=False))
    assert signal._registry.all_records() == [record]
    (line,) = signal._registry.lines.values()
    assert line.records == {record.key: record}
    assert signal._registry.find(Detach(record.key)) == [record]
    signal.send(sender, "payload")
    assert heard == ["payload"]
    del sender
    assert tables(signal) == []


def told_of(signal: Signal[str]) -> list[object]:
    """Have the senders of ended connections noted."""
    ended: list[object] = []

    @signal.receiver_disconnected.connect(weak=False)
    def note(sender: object, connection: Any) -> None:
        ended.append(connection.sender)

    return ended


def test_the_end_of_a_connection_is_told_once() -> None:
    """Leaving a block whose connection was disconnected in it tells nothing more."""
    signal = Signal[str]()
    ended = told_of(signal)
    with signal.connected_to(receiver):
        signal.disconnect(receiver)
    assert ended == [ANY]


def test_a_call_that_disconnects_its_own_once_connection_is_told_once() -> None:
    """The end that the call brings finds the connection ended."""
    signal = Signal[str]()
    ended = told_of(signal)

    @signal.connect(once=True)
    def once(sender: object, payload: object) -> None:
        signal.disconnect(once)

    signal.send(None, "payload")
    assert ended == [ANY]


def test_a_connection_that_is_used_up_behind_its_disconnect_ends_once() -> None:
    """Both have to wait inside of an operation, and the disconnect was first."""
    signal = Signal[str]()
    ended = told_of(signal)
    signal.connect(receiver, once=True)
    within(signal, lambda: (signal.disconnect(receiver), signal.send(None, "payload")))
    assert signal.receivers == ()
    assert ended == [ANY]


@needs_refcounting
def test_lost_receivers_are_told_in_the_order_of_their_death() -> None:
    """However they were connected."""
    signal = Signal[str]()

    def connect(priority: int) -> list[Any]:
        def lost(sender: object, payload: object) -> None:
            """Is lost soon."""

        lost.__qualname__ = f"lost with {priority}"
        return [signal.connect(lost, priority=priority)]

    kept = [connect(priority) for priority in (1, 2, 3)]
    for place in (1, 0, 2):
        kept[place].clear()
    with lost_receivers() as lost:
        signal.send(None, "payload")
    names = [each.receiver.partition(" (")[0] for each in lost]
    assert [name.rpartition(" ")[-1] for name in names] == ["2", "1", "3"]


def test_nothing_is_left_in_the_queue_where_there_is_no_news() -> None:
    """A sending that finds it empty takes no lock."""
    signal = Signal[str]()
    signal.connect(receiver)
    assert not signal._registry.queue
    assert signal.receivers == (receiver,)
    signal.disconnect(receiver)
    assert not signal._registry.queue


def test_a_block_connects_behind_what_is_connected() -> None:
    """It has the priority of a plain connection."""
    signal = Signal[str]()
    signal.connect(receiver)
    with signal.connected_to(other):
        assert signal.receivers == (receiver, other)
        assert [each.priority for each in signal.connections] == [0, 0]


def test_each_used_up_connection_is_told() -> None:
    """However many calls one sending has used up."""
    signal = Signal[str]()
    ended = told_of(signal)
    signal.connect(receiver, "a", once=True)
    signal.connect(other, once=True)
    signal.send("a", "payload")
    assert ended == ["a", ANY]


def test_a_used_up_connection_is_not_there_to_be_disconnected() -> None:
    """Also where the end of it has to wait."""
    signal = Signal[str]()
    said: list[bool] = []

    def send_and_disconnect() -> None:
        signal.send(None, "payload")
        said.append(signal.has_receivers_for(None))
        said.append(signal.disconnect(receiver))

    signal.connect(receiver, once=True)
    within(signal, send_and_disconnect)
    assert said == [False, False]


def test_a_connection_that_was_never_made_does_not_end() -> None:
    """A block can be broken off before its connection is there."""
    signal = Signal[str]()
    record = make_record(
        receiver,
        take_apart(receiver),
        Options(),
        sender=None,
        note=signal._registry.note,
        is_async=False,
    )
    detach = Detach(record.key, record=record)
    signal._registry.submit(detach)
    assert detach.applied
    assert detach.touched == {}


@needs_refcounting
def test_nothing_is_told_of_a_sender_that_has_died() -> None:
    """Its connections ended with it, though the disconnect was asked for before."""
    signal = Signal[str]()
    ended = told_of(signal)
    senders = [Sender()]
    signal.connect(receiver, senders[0])
    detach = Detach(take_apart(receiver).key)
    signal._registry.queue.append(Doing(senders.clear))
    signal._registry.submit(detach)
    assert detach.applied
    assert detach.touched == {}
    assert ended == []
    assert tables(signal) == []


def test_nothing_is_told_inside_an_operation() -> None:
    """Whoever asks there finds news, and leaves it: telling runs users' code."""
    signal, told, looks = Signal[str](), list[bool](), list[int]()

    @signal.receiver_connected.connect
    def connected(sender: object, connection: Any) -> None:
        told.append(signal._registry.is_entered())

    def look() -> None:
        assert signal._registry.has_news()
        looks.append(len(signal.receivers))
        signal.send(None, "payload")
        assert told == []

    def change() -> None:
        signal.connect(receiver)
        signal.connect(other, once=True)
        signal._registry.queue.append(Doing(look))

    within(signal, change)
    assert signal.receivers == (receiver,)
    assert looks == [2]
    assert told == [False, False]


def test_what_was_not_told_after_a_sending_is_told_by_the_next() -> None:
    """Who is told of one end may raise; the other end waits."""
    signal, told = Signal[str](), list[object]()

    @signal.receiver_disconnected.connect
    def ended(sender: object, connection: Any) -> None:
        told.append(connection.receiver)
        if len(told) == 1:
            raise ValueError

    signal.connect(receiver, once=True)
    signal.connect(other, once=True)
    with pytest.raises(ValueError):
        signal.send(None, "payload")
    assert told == [receiver]
    signal.send(None, "payload")
    assert told == [receiver, other]


def test_a_block_has_a_connection_of_its_own_to_each_sender() -> None:
    """Beside an equal one, and disconnected by its sender like any other."""
    signal = Signal[str]()
    signal.connect(receiver, "a")
    with signal.connected_to(receiver, "a"), signal.connected_to(receiver, "b"):
        assert [each.sender for each in signal.connections] == ["a", "a", "b"]
        signal.disconnect(receiver, "b")
        assert [each.sender for each in signal.connections] == ["a", "a"]
    assert [each.sender for each in signal.connections] == ["a"]


def test_none_is_a_sender_whose_connections_end_like_others() -> None:
    """It is not taken for one that has died."""
    signal = Signal[str]()
    ended = told_of(signal)
    signal.connect(receiver, None)
    assert [each.sender for each in signal.connections] == [None]
    signal.disconnect(receiver)
    assert ended == [None]

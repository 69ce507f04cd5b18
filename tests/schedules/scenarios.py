"""What two threads do at once, and what must hold whichever of them is stopped where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import blinker

from aldis import Signal
from aldis._ledger import DONE, Ledger
from aldis._room import Room
from tests.model.inside import left_behind
from tests.schedules.searching import together

Make = Callable[[], Any]
"""Makes a new signal."""


class Sender:
    """A sender."""


class Owner:
    """Receives, and notes its calls."""

    def __init__(self, name: str, calls: list[str]) -> None:
        self.name = name
        self.calls = calls

    def receive(self, sender: object, payload: object) -> None:
        """Receive."""
        self.calls.append(self.name if payload == 1 else f"{self.name} by {payload}")


def _calls(signal: Any, sender: object, calls: list[str]) -> list[str]:
    """Send once more, alone, and give who was called."""
    calls.clear()
    signal.send(sender, payload=1)
    return sorted(calls)


def _agrees(signal: Any, sender: object, receivers: list[Any], calls: list[str]) -> None:
    """Require that what is said and what is done agree."""
    names = sorted(each.__self__.name for each in receivers)
    assert sorted(each.__self__.name for each in signal.receivers_for(sender)) == names
    assert signal.has_receivers_for(sender) == bool(names)
    assert _calls(signal, sender, calls) == names


def _nothing_is_left(signal: Any, *receivers: Any) -> None:
    for each in receivers:
        signal.disconnect(each)
    if not isinstance(signal, blinker.Signal):  # which leaves much, whatever the schedule
        assert left_behind(signal) == []


def connect_while_another_dies(make: Make) -> None:
    """A receiver dies in one thread, and in the other another one is connected."""
    signal, calls = make(), list[str]()
    doomed, other = [Owner("doomed", calls)], Owner("other", calls)
    signal.connect(doomed[0].receive)
    together(doomed.clear, lambda: signal.connect(other.receive))
    _agrees(signal, Sender(), [other.receive], calls)
    _nothing_is_left(signal, other.receive)


def connect_where_another_died(make: Make) -> None:
    """A new receiver has the address of one that died, while the other thread sends."""
    signal, calls = make(), list[str]()
    owners = [Owner("doomed", calls)]
    signal.connect(owners[0].receive)

    def replace() -> None:
        owners.clear()
        owners.append(Owner("new", calls))
        signal.connect(owners[0].receive)

    together(replace, lambda: signal.send(None, payload=1))
    _agrees(signal, Sender(), [owners[0].receive], calls)
    _nothing_is_left(signal, owners[0].receive)


def connect_and_disconnect_a_pair(make: Make) -> None:
    """The same receiver is connected again in one thread and disconnected in the other."""
    signal, calls = make(), list[str]()
    owner, sender = Owner("owner", calls), Sender()
    signal.connect(owner.receive, sender)
    together(
        lambda: signal.connect(owner.receive, sender),
        lambda: signal.disconnect(owner.receive, sender),
    )
    receivers = list(signal.receivers_for(sender))
    _agrees(signal, sender, receivers, calls)
    assert len(receivers) <= 1
    _nothing_is_left(signal, owner.receive)


def connect_a_pair_twice(make: Make) -> None:
    """Both threads connect the same receiver, and each one of its own."""
    signal, calls, sender = make(), list[str](), Sender()
    same, first, second = (Owner(name, calls) for name in ("same", "first", "second"))

    def connect(own: Owner) -> None:
        signal.connect(same.receive, sender)
        signal.connect(own.receive, sender)

    together(lambda: connect(first), lambda: connect(second))
    receivers = [each.receive for each in (same, first, second)]
    _agrees(signal, sender, receivers, calls)
    _nothing_is_left(signal, *receivers)


def disconnect_while_another_sends(make: Make) -> None:
    """After it has disconnected, a thread's own sending does not call the receiver any more."""
    signal, calls = make(), list[str]()
    gone, stays = Owner("gone", calls), Owner("stays", calls)
    signal.connect(gone.receive)
    signal.connect(stays.receive)
    _calls(signal, None, calls)  # so that there is a snapshot already
    calls.clear()

    def disconnect_and_send() -> None:
        signal.disconnect(gone.receive)
        signal.send(None, payload="the first")

    together(disconnect_and_send, lambda: signal.send(None, payload=1))
    assert "gone by the first" not in calls
    assert sorted(set(calls) - {"gone"}) == ["stays", "stays by the first"]
    _agrees(signal, Sender(), [stays.receive], calls)
    _nothing_is_left(signal, stays.receive)


def send_once_from_both(make: Make) -> None:
    """Of two sendings exactly one calls a receiver that is connected for one call."""
    signal, calls = make(), list[str]()
    owner = Owner("owner", calls)
    signal.connect(owner.receive, once=True)
    together(lambda: signal.send(None, payload=1), lambda: signal.send(None, payload=1))
    assert calls == ["owner"]
    _agrees(signal, Sender(), [], calls)
    _nothing_is_left(signal)


def use_once_while_it_is_replaced(make: Make) -> None:
    """A connection for one call is used in one thread, and made anew in the other."""
    signal, calls = make(), list[str]()
    owner = Owner("owner", calls)
    signal.connect(owner.receive, once=True)

    def replace() -> None:
        signal.disconnect(owner.receive)
        signal.connect(owner.receive)

    together(replace, lambda: signal.send(None, payload=1))
    assert len(calls) <= 1
    _agrees(signal, Sender(), [owner.receive], calls)
    _nothing_is_left(signal, owner.receive)


def connect_where_a_sender_died(make: Make) -> None:
    """A new sender has the address of one that died, while the other thread sends."""
    signal, calls = make(), list[str]()
    old, new, senders = Owner("old", calls), Owner("new", calls), [Sender()]
    signal.connect(old.receive, senders[0])

    def replace() -> None:
        senders.clear()
        senders.append(Sender())
        signal.connect(new.receive, senders[0])

    together(replace, lambda: signal.send(None, payload=1))
    _agrees(signal, senders[0], [new.receive], calls)
    _nothing_is_left(signal, new.receive)


def connect_while_its_sender_dies(make: Make) -> None:
    """One of two senders dies, while a receiver is connected to the other and to `ANY`."""
    signal, calls = make(), list[str]()
    owner, doomed, stays = Owner("owner", calls), [Sender()], Sender()
    left = Owner("left", calls)
    signal.connect(owner.receive, doomed[0])
    signal.connect(left.receive, doomed[0])  # whom nobody disconnects

    def connect() -> None:
        signal.connect(owner.receive, stays)
        signal.connect(owner.receive)

    together(doomed.clear, connect)
    _agrees(signal, stays, [owner.receive], calls)
    _agrees(signal, Sender(), [owner.receive], calls)
    _nothing_is_left(signal, owner.receive)


def mute_while_another_sends(make: Make) -> None:
    """Within its own silence a thread calls nobody; after it, everybody is called."""
    signal, calls = make(), list[str]()
    owner = Owner("owner", calls)
    signal.connect(owner.receive)
    quiet: list[list[Any]] = []

    def mute() -> None:
        with signal.muted():
            quiet.append(list(signal.send(None, payload=1)))

    together(mute, lambda: signal.send(None, payload=1))
    assert quiet == [[]]
    assert len(calls) <= 1
    _agrees(signal, Sender(), [owner.receive], calls)
    _nothing_is_left(signal, owner.receive)


def settle_in_both(make: Make) -> None:
    """Both threads find the same deaths in the queue."""
    signal, calls = make(), list[str]()
    doomed, stays = [Owner("a", calls), Owner("b", calls)], Owner("stays", calls)
    signal.connect(stays.receive)
    signal.connect(doomed[0].receive)
    signal.connect(doomed[1].receive)

    def let_die_and_send() -> None:
        doomed.pop()
        signal.send(None, payload=1)

    together(let_die_and_send, let_die_and_send)
    assert calls.count("stays") == 2
    _agrees(signal, Sender(), [stays.receive], calls)
    _nothing_is_left(signal, stays.receive)


def send_while_another_connects(make: Make) -> None:
    """A snapshot that is made while receivers are connected does not outlive the change."""
    signal, calls, sender = make(), list[str](), Sender()
    first, new, own = (Owner(name, calls) for name in ("first", "new", "own"))
    signal.connect(first.receive)

    def connect() -> None:
        signal.connect(new.receive)
        signal.connect(own.receive, sender)

    together(lambda: signal.send(sender, payload=1), connect)
    receivers = [each.receive for each in (first, new, own)]
    _agrees(signal, sender, receivers, calls)
    _nothing_is_left(signal, *receivers)


SCENARIOS: tuple[Callable[[Make], None], ...] = (
    connect_while_another_dies,
    connect_where_another_died,
    connect_and_disconnect_a_pair,
    connect_a_pair_twice,
    disconnect_while_another_sends,
    send_once_from_both,
    use_once_while_it_is_replaced,
    connect_where_a_sender_died,
    connect_while_its_sender_dies,
    mute_while_another_sends,
    settle_in_both,
    send_while_another_connects,
)


# -- what a signal offers to its sends -----------------------------------------------------------


def filter_while_another_sends(make: Make) -> None:
    """A sender gets its first receiver, while the other thread takes the shortest way."""
    signal, calls, sender = make(), list[str](), Sender()
    first, own = Owner("first", calls), Owner("own", calls)
    signal.connect(first.receive)
    _calls(signal, None, calls)
    calls.clear()

    def filter_and_send() -> None:
        signal.connect(own.receive, sender)
        signal.send(sender, payload="the owner")

    def connect_and_send() -> None:
        signal.connect(first.receive)  # again, so that a snapshot is made meanwhile
        signal.send(None, payload=1)

    together(filter_and_send, connect_and_send)
    assert sorted(calls) == ["first", "first by the owner", "own by the owner"]
    _agrees(signal, sender, [first.receive, own.receive], calls)
    _nothing_is_left(signal, first.receive, own.receive)


def change_while_another_sends(make: Make) -> None:
    """One thread sees each change of its own, while the other takes the shortest way."""
    signal, calls = make(), list[str]()
    gone, new = Owner("gone", calls), Owner("new", calls)
    signal.connect(gone.receive)
    _calls(signal, None, calls)
    calls.clear()

    def change() -> None:
        with signal.muted():
            signal.send(None, payload="the muted")
        signal.disconnect(gone.receive)
        signal.send(None, payload="the forsaken")
        signal.connect(new.receive)
        signal.send(None, payload="the last")

    together(change, lambda: signal.send(None, payload=1))
    assert set(calls) - {"gone", "new"} == {"new by the last"}
    assert len(calls) <= 2
    _agrees(signal, None, [new.receive], calls)
    _nothing_is_left(signal, new.receive)


# -- in the background: these are of no signal ---------------------------------------------------


def take_the_last_place(make: Make) -> None:
    """Of two that take places in a room never more than there are have one at a time."""
    room, inside, most = make(), list[int](), list[int]()

    def use_twice() -> None:  # a place that is new, and one that was given back
        for _ in range(2):
            if room.take():
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                room.give_back()

    together(use_twice, use_twice)
    assert most
    assert max(most) == 1
    assert room.take()
    assert not room.take()


def claim_an_event_twice(make: Make) -> None:
    """Exactly one of two threads gets an event, and each count adds up to what was accepted."""
    ledger, won, counts = make(), list[Any](), list[int]()
    events: list[Any] = [_Posted(), _Posted()]
    for each in events:
        ledger.enter(each)

    def claim() -> None:
        for each in events:
            if ledger.claim(each):
                won.append(each)
                ledger.end(each, DONE)

    def count() -> None:
        counts.append(sum(ledger.count()))
        won.extend(each for each in events if ledger.claim(each))
        counts.append(sum(ledger.count()))

    together(claim, count)
    assert sorted(map(id, won)) == sorted(map(id, events))
    assert counts == [2, 2]


class _Posted:
    """An event that a dispatcher has accepted."""

    is_done = False


def one_place() -> Room:
    """Make a room for one."""
    return Room(1)


APART: dict[Callable[[Make], None], Make] = {
    filter_while_another_sends: Signal[object],
    change_while_another_sends: Signal[object],
    take_the_last_place: one_place,
    claim_an_event_twice: Ledger,
}
"""With what makes what they are about."""


def name_of(scenario: Callable[[Make], None]) -> str:
    """Give the name of a scenario."""
    name: str = getattr(scenario, "__name__", "?")
    return name

"""What a signal is, in a few plain lists: who is connected, in which order, and who is silent."""

from __future__ import annotations

from dataclasses import dataclass

from tests.model.things import Part, Thing


@dataclass(eq=False)
class Ticket:
    """The one call of a `once` connection."""

    is_used: bool = False


@dataclass(eq=False)
class Entry:
    """A connection; `sender` is `None` for `ANY`, else what is equal for the same senders."""

    receiver: Part
    sender: object
    weak: bool = True
    priority: int = 0
    ticket: Ticket | None = None
    is_scoped: bool = False

    def sender_thing(self) -> Thing | None:
        """Give the thing that sends, if it is one that can die."""
        return self.sender.thing if isinstance(self.sender, Part) else None

    def holds(self, thing: Thing) -> bool:
        """Tell whether the connection keeps a thing alive."""
        return (self.receiver.thing is thing and not self.weak) or (
            self.sender_thing() is thing and not thing.takes_weak
        )


class Model:
    """The signal as it should be.

    Attributes:
        connected: in the order of connecting.
        muted: each silence, of some receivers or, with none, of all.
        is_weakening: whether a weak reconnect weakens a strong connection.
    """

    def __init__(self, *, is_weakening: bool = True) -> None:
        self.connected: list[Entry] = []
        self.muted: list[tuple[Part, ...]] = []
        self.is_weakening = is_weakening

    def connect(self, new: Entry) -> None:
        """Replace the options of an equal connection, or append."""
        for old in self.connected:
            if not (old.is_scoped or new.is_scoped) and (
                (old.receiver, old.sender) == (new.receiver, new.sender)
            ):
                old.weak = new.weak and (old.weak or self.is_weakening)
                old.priority, old.ticket = new.priority, new.ticket
                return
        self.connected.append(new)

    def disconnect(self, receiver: Part, *senders: object) -> list[Entry]:
        """Remove the connections of a receiver, to any or only to these senders."""
        gone = [
            each
            for each in self.connected
            if each.receiver == receiver and (not senders or each.sender in senders)
        ]
        self.connected = [each for each in self.connected if each not in gone]
        return gone

    def remove(self, entry: Entry) -> list[Entry]:
        """Remove exactly one connection, if it is there."""
        gone = [each for each in self.connected if each is entry]
        self.connected = [each for each in self.connected if each is not entry]
        return gone

    def in_order(self) -> list[Entry]:
        """Give all connections in the order of sending."""
        return sorted(self.connected, key=lambda each: -each.priority)

    def matching(self, sender: object) -> list[Entry]:
        """Give the connections that match a sender, in the order of sending."""
        return [each for each in self.in_order() if each.sender in (None, sender)]

    def audible(self, sender: object) -> list[Entry]:
        """Give those of them that are not silent."""
        silent = {receiver for silence in self.muted for receiver in silence}
        if () in self.muted:
            return []
        return [each for each in self.matching(sender) if each.receiver not in silent]

    def holds(self, thing: Thing) -> bool:
        """Tell whether a connection or a silence keeps a thing alive."""
        return any(each.holds(thing) for each in self.connected) or any(
            receiver.thing is thing for silence in self.muted for receiver in silence
        )

    def bury(self, thing: Thing) -> bool:
        """End the connections of what has died; tell whether a receiver was lost."""
        gone = [
            each for each in self.connected if thing in (each.receiver.thing, each.sender_thing())
        ]
        self.connected = [each for each in self.connected if each not in gone]
        return any(each.receiver.thing is thing for each in gone)


def each_once(entries: list[Entry]) -> list[Part]:
    """Give the receivers of connections, each once."""
    return list(dict.fromkeys(each.receiver for each in entries))

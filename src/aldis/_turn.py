"""The turns of events: which deliveries have led to the code that is running."""

from __future__ import annotations

from contextvars import Context, ContextVar
from typing import Final, Protocol

from aldis._identity import Key


class Item(Protocol):
    """What is delivered."""

    @property
    def line(self) -> tuple[int, Key] | None:
        """What it must not overtake."""


class Turn:
    """The time in which a dispatcher's workers deliver one event.

    Attributes:
        owner: whose workers they are; `None` when it is over.
        item: the event on its way; `None` when it is over.
        line: the line of the event; the next one of it waits for the end of this turn.
        waits: how many tasks of the turn wait for other events of the owner.
    """

    __slots__ = ("item", "line", "owner", "waits")

    def __init__(self, owner: object, item: Item) -> None:
        self.owner: object = owner
        self.item: object = item
        self.line = item.line
        self.waits = 0

    def end(self) -> None:
        """Be over: tasks that a receiver left behind are not part of it any more."""
        self.owner = self.item = None


_turns: Final[ContextVar[tuple[Turn, ...]]] = ContextVar("aldis_turns", default=())


def running_turns() -> list[Turn]:
    """Give the turns that the running code is part of."""
    return [turn for turn in _turns.get() if turn.owner is not None]


def begin_turn(context: Context, owner: object, item: Item) -> Turn:
    """Begin a turn: what runs in the context is part of it, and of those that led to it."""
    turn = Turn(owner, item)
    before = context.get(_turns, ())
    if before:  # those that are over would pile up where events post events for ever
        before = tuple(each for each in before if each.owner is not None)
    context.run(_turns.set, (*before, turn))
    return turn

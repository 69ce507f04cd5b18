"""The turn of an event: whose receiver the running code is part of, and what waits for what."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import Context, ContextVar
from typing import Any, Final, Generic, Protocol, TypeVar


class Item(Protocol):
    """What is delivered."""

    @property
    def turn(self) -> Turn[Any] | None:
        """The time in which it is, if it has come and is not over."""

    def ahead(self) -> Iterable[Item]:
        """Give those whose end it waits for before it can begin."""
        ...


_OwnerT = TypeVar("_OwnerT")


class Turn(Generic[_OwnerT]):
    """The time in which a dispatcher's workers deliver one event.

    Attributes:
        owner: whose workers they are; `None` when it is over.
        awaits: the deliveries that tasks of it wait for.
        loans: how many of them have its place lent: those in the event loop of the owner.
    """

    __slots__ = ("awaits", "loans", "owner")

    def __init__(self, owner: _OwnerT) -> None:
        self.owner: _OwnerT | None = owner
        self.awaits: list[Item] = []
        self.loans = 0

    def end(self) -> None:
        """Be over: tasks that a receiver left behind are not part of it any more."""
        self.owner = None
        self.awaits.clear()
        self.loans = 0


_turn: Final[ContextVar[Turn[Any] | None]] = ContextVar("aldis_turn", default=None)


def running_turn() -> Turn[Any] | None:
    """Give the turn that the running code is part of, if there is one."""
    turn = _turn.get()
    return turn if turn is not None and turn.owner is not None else None


def begin_turn(context: Context, owner: _OwnerT) -> Turn[_OwnerT]:
    """Begin a turn: what runs in the context is part of it."""
    turn = Turn(owner)
    context.run(_turn.set, turn)
    return turn


def waits_for(item: Item, turn: Turn[Any]) -> bool:
    """Tell whether an event cannot end before a turn does, directly or through others."""
    seen: set[Item] = set()
    ahead = [item]
    while ahead:
        each = ahead.pop()
        if each.turn is turn:
            return True
        if each not in seen:
            seen.add(each)
            ahead += each.ahead() if each.turn is None else each.turn.awaits
    return False

"""What a step is, and what a sending that is under way has done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.model.model import Entry, Ticket
from tests.model.things import Part, Thing


class Failure(Exception):
    """What a receiver raises when a step says so."""


class Action(NamedTuple):
    """A step, to be taken now or by a receiver when it is called."""

    do: str
    arguments: tuple[Any, ...] = ()


@dataclass(eq=False)
class Sending:
    """What is still to come of a sending, and what has been."""

    sender: object
    thing: Thing | None
    is_robust: bool
    due: list[str]
    coming: list[tuple[Entry, Ticket | None]]
    called: list[Part] = field(default_factory=list[Part])
    values: list[object] = field(default_factory=list[object])
    has_failed: bool = False

    def holds(self, thing: Thing) -> bool:
        """Tell whether it keeps a thing alive: its sender, and whom it has called."""
        called = not self.has_failed and any(part.thing is thing for part in self.called)
        return called or self.thing is thing

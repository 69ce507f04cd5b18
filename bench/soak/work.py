"""What is posted: kinds of events, by what their receivers do."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from random import Random

from aldis import Event, Signal


class Kind(enum.Enum):
    """What the receiver of an event does."""

    QUICK = "a sync receiver hears it"
    AWAITING = "an async receiver hears it after some checkpoints"
    TIMED = "an async receiver is cut off by a timeout of its own, and then hears it"
    FAILING = "a sync receiver raises"
    FAILING_LATE = "an async receiver raises after a checkpoint"
    HELD = "an async receiver waits until it is cut off"
    NESTED = "an async receiver posts another event, awaits it, and then hears its own"
    STRAY = "an async receiver meets a cancellation that nobody asked for; on asyncio alone"


@dataclass(frozen=True, slots=True)
class Job:
    """The payload.

    Attributes:
        number: which of all the events of a soak it is.
        checkpoints: how many an async receiver passes.
    """

    number: int
    checkpoints: int


SIGNALS = {kind: Signal[Job](kind.name.lower()) for kind in Kind}
SENDERS = [object() for _ in range(7)]
WEIGHTS = {
    Kind.QUICK: 55,
    Kind.AWAITING: 27,
    Kind.TIMED: 3,
    Kind.FAILING: 6,
    Kind.FAILING_LATE: 6,
    Kind.HELD: 3,
}


@dataclass(frozen=True)
class Menu:
    """The kinds that a soak chooses from.

    Attributes:
        kinds: all of them.
        weights: how often each is chosen, beside the others.
    """

    kinds: tuple[Kind, ...]
    weights: tuple[int, ...]

    @classmethod
    def make(cls, *more: Kind) -> Menu:
        """Make the menu: the usual kinds, and rarely these."""
        weights = WEIGHTS | dict.fromkeys(more, 2)
        return cls(tuple(weights), tuple(weights.values()))

    def choose(self, random: Random, number: int) -> tuple[Kind, Event[Job]]:
        """Make the event of a number, of a kind left to chance."""
        kind = random.choices(self.kinds, self.weights)[0]
        return kind, make(random, number, kind)


def make(random: Random, number: int, kind: Kind) -> Event[Job]:
    """Make the event of a number, of a kind."""
    return SIGNALS[kind].event(random.choice(SENDERS), Job(number, random.randint(1, 3)))

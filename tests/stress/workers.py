"""A worker: it changes a signal at random, sends, and sees that each call is as it should be.

What it holds against a design is only what holds for any order in which threads may run: a sending
that had begun before a `disconnect` returned may still call.
"""

from __future__ import annotations

import gc
import itertools
import time
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from tests.stress.designs import Design
from tests.stress.findings import DONE, Findings, describe, vary_collections

MOST = 8
"""How many receivers a worker has connected at most."""
TRIES = 5


class Sender:
    """A sender that is known by its number, so that nobody has to keep it alive to know it."""

    numbers = itertools.count(1)

    def __init__(self) -> None:
        self.number = next(Sender.numbers)


class Sending:
    """The payload: which worker sends it, and since when."""

    __slots__ = ("begun", "place")

    def __init__(self, place: int) -> None:
        self.place = place
        self.begun = time.monotonic_ns()


class Owner:
    """A receiver that knows for whom it is, and notes what is wrong with its calls.

    Attributes:
        sender: the number of the sender it is for, or 0 for any.
        strong: whether the connection keeps it alive.
        heard: the last sending of each worker that has reached it.
        leaving: it is about to be disconnected, and may or may not be called.
        ended: when it had been disconnected.
        cycle: itself, where only the collector is to free it.
    """

    def __init__(self, findings: Findings, sender: int = 0, *, strong: bool = False) -> None:
        self._findings = findings
        self.sender = sender
        self.strong = strong
        self.heard: list[Sending | None] = [None] * (len(findings.beats) + 1)
        self.leaving = False
        self.ended: int | None = None
        self.cycle: object = None

    def receive(self, sender: Any, payload: Sending, **_: object) -> None:
        """Note the sending, and what is wrong with it."""
        if self.sender not in {0, sender.number}:
            self._findings.note("misdelivered", "called for another sender")
        if self.ended is not None and payload.begun > self.ended:
            self._findings.note("ghosts")
        if self.heard[payload.place] is payload:
            self._findings.note("misdelivered", "called twice")
        self.heard[payload.place] = payload


class Worker:
    """What one thread does: it changes only what is its own, and sends to all.

    Attributes:
        place: which of the workers it is.
        operations: how often it has connected, disconnected, sent or asked.
        others: all workers of the signal, itself included.
        shown: an owner of its own that others may look at: connected, until it is `leaving`.
        litter: makes garbage, or whatever else is to come at a bad moment.
        expected: gives owners that someone else has connected, to be looked at as one's own.
    """

    def __init__(self, design: Design, signal: Any, place: int, findings: Findings) -> None:
        self.design = design
        self.signal = signal
        self.place = place
        self.findings = findings
        self.random = Random(f"{findings.terms.seed} {place}")
        self.operations = 0
        self.others: list[Worker] = [self]
        self.senders = [Sender() for _ in range(3)]
        self.owners: list[Owner] = []
        # Kept alive when their sender has died, or nobody would see that their connections go on.
        self.orphans: deque[Owner] = deque(maxlen=MOST)
        self.shown: Owner | None = None
        self.litter: Callable[[], object] = int
        self.expected: Callable[[], tuple[Owner, ...]] = tuple
        steps = [self.connect, self.connect, self.disconnect, self.send, self.send]
        steps += [self.look, self.show, self.die, self.ask]
        steps += [self.mute] if design.mutes else []
        steps += [self.lose_sender] if design.follows else []
        self._steps = steps

    def work(self) -> None:
        """Go on until the time is over, then disconnect all that is one's own."""
        until = time.monotonic() + self.findings.terms.seconds
        while time.monotonic() < until and not self.findings.are_enough():
            self.random.choice(self._steps)()
            self.litter()
            self.findings.beats[self.place] += 1
        for owner in (*self.owners, *filter(None, [self.shown])):
            self.end(owner, self.filter_of(owner))
        self.owners.clear()
        self.shown = None
        self.findings.beats[self.place] = DONE

    def attempt(self, operation: Callable[..., object], *arguments: Any) -> bool:
        """Do something with the signal; tell whether it was done, and note what it raises."""
        self.operations += 1
        try:
            operation(self.signal, *arguments)
        except Exception as error:
            self.findings.note("exceptions", describe(error))
            return False
        return True

    def leave(self) -> None:
        """Let go of the senders: from here on, nothing of the worker is connected."""
        self.senders.clear()
        self.litter = int

    # -- the steps -----------------------------------------------------------------------------

    def connect(self) -> None:
        """Connect a new owner to one of one's own senders, or to any."""
        if len(self.owners) >= MOST:
            self.disconnect()
        chosen = self.senders if self.design.filters else []
        sender = self.random.choice([*chosen, None] if self.design.any else chosen)
        owner = Owner(
            self.findings,
            sender.number if sender else 0,
            strong=not self.design.weak or self.random.random() < 0.3,
        )
        connect = self.design.connect
        self.operations += 1
        try:
            connect(self.signal, owner.receive, sender, weak=not owner.strong)
        except Exception as error:
            self.findings.note("exceptions", describe(error))
        else:
            self.owners.append(owner)

    def disconnect(self) -> None:
        """Disconnect an owner, which no later sending reaches."""
        if not self.owners:
            return
        owner = self.owners.pop(self.random.randrange(len(self.owners)))
        self.end(owner, self.filter_of(owner))
        self.send_to(self.sender_of(owner))

    def end(self, owner: Owner, sender: Sender | None) -> None:
        """Disconnect an owner from its sender; what an error has kept is tried again."""
        owner.leaving = True
        for _ in range(TRIES):
            if self.attempt(self.design.disconnect, owner.receive, sender):
                owner.ended = time.monotonic_ns()
                return

    def send(self) -> None:
        """Send, and see that each owner of one's own was called."""
        sender = self.random.choice(self.senders)
        expected = self.expected()
        payload = self.send_to(sender)
        if payload is None:
            return
        for owner in (*self.owners, *expected):
            wanted = owner.sender in {0, sender.number}
            if wanted and owner.heard[self.place] is not payload and not owner.leaving:
                self.findings.note("lost", "by a sending of its own thread")

    def look(self) -> None:
        """Send what an owner of another worker is to hear."""
        other = self.random.choice(self.others)
        owner = other.shown
        if owner is None:
            return
        payload = self.send_to(other.sender_of(owner))
        # In this order: whoever is not leaving yet was connected all the time.
        if payload and owner.heard[self.place] is not payload and not owner.leaving:
            self.findings.note("lost", "by a sending of another thread")

    def show(self) -> None:
        """Let others look at another owner than before; its sender never dies."""
        before, self.shown = self.shown, None
        if before is not None:
            self.end(before, self.filter_of(before))
        sender = self.senders[0] if self.design.filters else None
        owner = Owner(self.findings, sender.number if sender else 0)
        if self.attempt(self.design.connect, owner.receive, sender):
            self.shown = owner

    def die(self) -> None:
        """Let an owner die that nothing else keeps, at once or when the collector comes."""
        mortal = [owner for owner in self.owners if not owner.strong]
        if mortal:
            owner = self.random.choice(mortal)
            self.owners.remove(owner)
            owner.leaving = True
            owner.cycle = owner if self.random.random() < 0.5 else None
            vary_collections(self.random)

    def lose_sender(self) -> None:
        """Let one of one's own senders die, and the connections to it with it."""
        if self.random.random() < 0.2:
            place = self.random.randrange(1, len(self.senders))
            number = self.senders[place].number
            for owner in [owner for owner in self.owners if owner.sender == number]:
                self.owners.remove(owner)
                if self.design.forgets:
                    self.orphans.append(owner)
                elif owner.strong:  # blinker would keep it, threads or not
                    self.end(owner, self.senders[place])
            self.senders[place] = Sender()

    def mute(self) -> None:
        """Mute an owner for a sending."""
        if not self.owners:
            return
        owner = self.random.choice(self.owners)
        sender = self.sender_of(owner)
        with self.design.muted(self.signal, owner.receive):
            payload = self.send_to(sender)
        if payload and owner.heard[self.place] is payload:
            self.findings.note("ghosts", "called while it was muted")

    def ask(self) -> None:
        """Ask for the receivers of a sender that has one."""
        if self.owners:
            sender = self.sender_of(self.owners[0])
            said: list[bool] = []

            def ask(signal: Any) -> None:
                said.append(self.design.has_receivers(signal, sender))

            if self.attempt(ask) and not said[0]:
                self.findings.note("lost", "asked, it says that there is nobody")

    # -- parts of them -------------------------------------------------------------------------

    def send_to(self, sender: Sender) -> Sending | None:
        """Send on behalf of a sender; an error of the design leaves nothing to be compared."""
        payload = Sending(self.place)
        return payload if self.attempt(self.design.send, sender, payload) else None

    def filter_of(self, owner: Owner) -> Sender | None:
        """Give the sender that an owner is for, if it is for one."""
        return self.sender_of(owner) if owner.sender else None

    def sender_of(self, owner: Owner) -> Sender:
        """Give a sender whose sendings reach an owner."""
        matching = [each for each in self.senders if owner.sender in {0, each.number}]
        return matching[0]


def count_left(design: Design, signal: Any, findings: Findings) -> None:
    """Note what is in the tables of a signal when everybody has left."""
    gc.collect()
    gc.collect()  # on PyPy, what the first one has freed may free more
    for _ in range(design.count_left(signal)):
        findings.note("left")

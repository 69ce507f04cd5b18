"""Many threads at once: nothing raised, lost, misdelivered or called too late; no deadlock."""

from __future__ import annotations

import gc
import itertools
import os
import random
import signal as process_signals
import threading
import time
import warnings
from typing import Any

import pytest

from aldis import ANY, Signal
from tests.behaviour.recording import (
    LIMIT,
    Shop,
    Work,
    in_thread,
    in_threads,
    switching_as_often_as_possible,
)
from tests.interpreters import needs_refcounting

SHOP = Shop()


class Sender:
    """A sender that is known by its number, so that nobody has to keep it alive to know it."""

    numbers = itertools.count(1)

    def __init__(self) -> None:
        self.number = next(Sender.numbers)


class Owner:
    """A receiver that knows for whom it is, and notes what is wrong with its calls.

    Attributes:
        number: that of the sender it is for, or 0 for any.
    """

    def __init__(self, faults: list[str], number: int = 0) -> None:
        self.number = number
        self.faults = faults
        self.calls: dict[int, int] = {}
        self.over = False

    def receive(self, sender: object, payload: int) -> None:
        """Note the call by the number of the sending, and what is wrong with it."""
        if self.number and (not isinstance(sender, Sender) or sender.number != self.number):
            self.faults.append("misdelivered")
        if self.over:
            self.faults.append("called after everything was disconnected")
        self.calls[payload] = self.calls.get(payload, 0) + 1


class Worker:
    """One thread's part in the stress: it changes only what is its own, and sends to all."""

    def __init__(self, signal: Signal[int], number: int, until: float) -> None:
        self.signal = signal
        self.chance = random.Random(number)
        self.until = until
        self.faults: list[str] = []
        self.own = [Sender() for _ in range(3)]
        self.owners: list[Owner] = []
        self.payload = number * 10_000_000
        self.rounds = 0

    def work(self) -> None:
        """Go on until the time is over, then end all connections of one's own."""
        steps = [self.connect, self.disconnect, self.send, self.send, self.die, self.mute, self.ask]
        while time.monotonic() < self.until:
            self.chance.choice(steps)()
            self.rounds += 1
        for owner in self.owners:
            if not self.signal.disconnect(owner.receive):
                self.faults.append("a connection was lost")

    def connect(self) -> None:
        """Connect a new owner to one of one's own senders, or to any."""
        sender: Any = self.chance.choice([ANY, *self.own])
        owner = Owner(self.faults, 0 if sender is ANY else sender.number)
        self.signal.connect(
            owner.receive,
            sender,
            weak=self.chance.random() < 0.5,
            priority=self.chance.randrange(2),
        )
        self.owners.append(owner)

    def disconnect(self) -> None:
        """Disconnect an owner, which a sending of this thread does not reach any more."""
        if not self.owners:
            return
        owner = self.owners.pop(self.chance.randrange(len(self.owners)))
        if not self.signal.disconnect(owner.receive):
            self.faults.append("a connection was lost")
        self.payload += 1
        self.signal.send(self.own[0], self.payload)
        if self.payload in owner.calls:
            self.faults.append("called after the disconnect")

    def send(self) -> None:
        """Send, and see that each owner of one's own was called as it should be."""
        sender = self.chance.choice(self.own)
        self.payload += 1
        self.signal.send(sender, self.payload)
        for owner in self.owners:
            expected = 1 if owner.number in {0, sender.number} else 0
            if owner.calls.pop(self.payload, 0) != expected:
                self.faults.append("lost" if expected else "misdelivered")
            owner.calls.clear()

    def die(self) -> None:
        """Let one of one's own senders die, and the connections to it with it."""
        if self.chance.random() > 0.2:
            return
        index = self.chance.randrange(len(self.own))
        gone, self.own[index] = self.own[index], Sender()
        self.owners = [owner for owner in self.owners if owner.number != gone.number]
        del gone
        if self.chance.random() < 0.1:
            gc.collect(0)

    def sender_of(self, owner: Owner) -> Sender:
        """Give a sender whose sendings reach an owner."""
        matching = [each for each in self.own if owner.number in {0, each.number}]
        return matching[0]

    def mute(self) -> None:
        """Mute a receiver of one's own for a sending."""
        if self.owners:
            owner = self.chance.choice(self.owners)
            self.payload += 1
            with self.signal.muted(owner.receive):
                self.signal.send(self.sender_of(owner), self.payload)
            if self.payload in owner.calls:
                self.faults.append("called while it was muted")

    def ask(self) -> None:
        """Ask, and see that the answers fit."""
        for owner in self.owners[:2]:
            sender = self.sender_of(owner)
            if not self.signal.has_receivers_for(sender):
                self.faults.append("a connection was not found")
            if owner.receive not in self.signal.receivers_for(sender):
                self.faults.append("a receiver was not found")


def test_four_threads_at_once() -> None:
    """0 exceptions, 0 lost, 0 misdelivered, 0 called after a disconnect, 0 left (T1)."""
    signal = Signal[int]()
    workers = [Worker(signal, number, time.monotonic() + 1.5) for number in range(4)]
    with switching_as_often_as_possible():
        in_threads(*(worker.work for worker in workers))

    assert [worker.faults for worker in workers] == [[], [], [], []]
    assert all(worker.rounds > 100 for worker in workers)
    for worker in workers:
        for owner in worker.owners:
            owner.over = True
    assert signal.connections == ()
    assert signal.receivers == ()
    assert signal.send(SHOP, 1).values == ()


def test_one_receiver_connected_and_disconnected_by_all() -> None:
    """Whoever comes last, the tables agree on whether it is connected."""
    signal = Signal[int]()
    owner = Owner([])

    def work() -> None:
        for number in range(500):
            signal.connect(owner.receive, SHOP, priority=number % 2)
            signal.send(SHOP, number)
            signal.connect(owner.receive)
            signal.disconnect(owner.receive)

    with switching_as_often_as_possible():
        in_threads(work, work, work, work)

    assert signal.connections == ()
    assert not signal.has_receivers_for(SHOP)
    assert signal.send(SHOP, 1).values == ()


@needs_refcounting
def test_receivers_die_in_many_threads() -> None:
    """Owners that die in one thread while others send leave nothing behind."""
    signal = Signal[int]()
    faults: list[str] = []

    def live_and_die() -> None:
        for _ in range(500):
            owner = Owner(faults)
            signal.connect(owner.receive)
            signal.connect(owner.receive, SHOP)
            del owner

    def send() -> None:
        for number in range(500):
            signal.send(SHOP, number)

    with switching_as_often_as_possible():
        in_threads(live_and_die, live_and_die, send, send)

    assert faults == []
    assert signal.connections == ()


def test_two_signals_that_send_each_other_from_two_threads() -> None:
    """No lock is held while receivers run, so there is none to wait for (T2)."""
    ping, pong = Signal[int](), Signal[int]()
    rounds: list[int] = []

    def to_pong(sender: object, payload: int) -> None:
        if payload:
            pong.connect(to_ping)
            pong.send(sender, payload - 1)

    def to_ping(sender: object, payload: int) -> None:
        if payload:
            ping.connect(to_pong)
            ping.send(sender, payload - 1)
        else:
            rounds.append(1)

    ping.connect(to_pong)
    pong.connect(to_ping)
    with switching_as_often_as_possible():
        in_threads(
            lambda: [ping.send(SHOP, 9) for _ in range(200)],
            lambda: [pong.send(SHOP, 10) for _ in range(200)],
        )

    assert len(rounds) == 400


def test_connecting_does_not_wait_for_a_slow_receiver() -> None:
    """While a receiver stands still, another thread connects, sends and disconnects (T3)."""
    signal = Signal[int]()
    begun, resume = threading.Event(), threading.Event()

    def slow(sender: object, payload: int) -> str:
        if payload == 1:
            begun.set()
            assert resume.wait(LIMIT)
        return "slow"

    def quick(sender: object, payload: int) -> str:
        return "quick"

    signal.connect(slow)
    sending = Work(lambda: signal.send(SHOP, 1))
    assert begun.wait(LIMIT)

    def use_it() -> None:
        signal.connect(quick)
        assert signal.send(SHOP, 2).values == ("slow", "quick")
        assert signal.disconnect(slow)
        assert signal.send(SHOP, 3).values == ("quick",)

    in_thread(use_it)
    assert sending.is_alive()
    resume.set()
    assert sending.finish().values == ("slow",)


def test_payload_and_name_are_seen_by_every_thread() -> None:
    """A sending in a new thread has the payload and the receivers of the old one."""
    signal = Signal[Any]("seen")
    seen: list[Any] = []

    def receive(sender: object, payload: object) -> None:
        seen.append((threading.current_thread(), payload))

    signal.connect(receive)
    payload = object()
    thread = Work(lambda: signal.send(SHOP, payload))
    thread.finish()

    assert seen == [(thread, payload)]


# -- fork --------------------------------------------------------------------------------------


def use_in_child(signal: Signal[int]) -> bool:
    """Use a signal that was in full use at the fork."""
    owner = Owner([])
    signal.connect(owner.receive)
    signal.connect(owner.receive, SHOP)
    signal.send(SHOP, -1)
    called = owner.calls == {-1: 1}
    with signal.muted():
        called = called and not signal.send(SHOP, -2)
    return signal.disconnect(owner.receive) and called and owner.receive not in signal.receivers


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_forked_children_use_the_signal(ran_untraced: bool) -> None:
    """20 children forked while other threads connect: each uses the signal, none hangs (C2)."""
    if ran_untraced:
        return
    signal = Signal[int]()
    stop = threading.Event()

    def connect_and_disconnect() -> None:
        while not stop.is_set():
            owner = Owner([])
            signal.connect(owner.receive, SHOP)
            signal.connect(owner.receive, weak=False)
            signal.disconnect(owner.receive)

    workers = [Work(connect_and_disconnect) for _ in range(2)]
    statuses: list[int] = []
    try:
        for _ in range(20):
            with warnings.catch_warnings():
                # Python 3.12 warns of forking beside threads, which is what is tried here.
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if child == 0:
                code = 1
                try:
                    process_signals.alarm(30)  # ends a child that hangs
                    code = 0 if use_in_child(signal) else 2
                finally:
                    os._exit(code)
            statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            if statuses[-1] != 0:
                break
    finally:
        stop.set()
        for worker in workers:
            worker.finish()

    assert statuses == [0] * 20
    assert signal.connections == ()

"""What several threads do to the same receiver, and what each of them sees of a sending."""

from __future__ import annotations

import threading
from typing import Any

from aldis import Signal
from tests.behaviour.recording import Shop, Work, in_threads, switching_as_often_as_possible
from tests.interpreters import needs_refcounting

SHOP = Shop()


class Owner:
    """A receiver that counts nothing: what matters is whether it is connected."""

    def receive(self, sender: object, payload: int) -> None:
        """Do nothing."""


def test_one_receiver_connected_and_disconnected_by_all() -> None:
    """Whoever comes last, the tables agree on whether it is connected."""
    signal = Signal[int]()
    owner = Owner()

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

    def live_and_die() -> None:
        for _ in range(500):
            owner = Owner()
            signal.connect(owner.receive)
            signal.connect(owner.receive, SHOP)
            del owner

    def send() -> None:
        for number in range(500):
            signal.send(SHOP, number)

    with switching_as_often_as_possible():
        in_threads(live_and_die, live_and_die, send, send)

    assert signal.connections == ()


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

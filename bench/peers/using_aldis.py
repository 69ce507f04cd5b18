"""Aldis, as it comes: weak connections, results kept."""

from __future__ import annotations

from typing import Final

import aldis.blinker
from aldis import Signal
from bench.fresh import Receiver
from bench.peers import blinker_like
from bench.peers.blinker_like import BlinkerLike, BlinkerLikeInTurn
from bench.sides import AsyncSide, SenderSide, Thing
from bench.timing import Timed, inline, timed_from_here


class Aldis(SenderSide):
    name = "aldis"
    use = "Signal.send; weak; results"

    def __init__(self) -> None:
        self.signal = Signal[int]()

    def connect(self, receiver: Receiver) -> None:
        self.signal.connect(receiver)

    def connect_to(self, receiver: Receiver, sender: object) -> None:
        self.signal.connect(receiver, sender)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_send, self.signal, sender, payload)

    def changing(self, receiver: Receiver) -> Timed:
        return inline(_change, self.signal, receiver)

    def changing_one(self, receiver: Receiver, sender: object) -> Timed:
        return inline(_change_one, self.signal, receiver, sender)

    def changing_one_sent(self, receiver: Receiver, sender: object) -> Timed:
        return inline(_change_one_sent, self.signal, receiver, sender)

    def receiver_dying(self, sender: object, other: object) -> Timed:
        return inline(_lose_receiver, self.signal, sender, other)

    def sender_dying(self, receiver: Receiver, other: object) -> Timed:
        return inline(_lose_sender, self.signal, receiver, other)


def _send(signal: Signal[int], sender: object, payload: int) -> None:
    signal.send(sender, payload)


def _change(signal: Signal[int], receiver: Receiver) -> None:
    signal.connect(receiver)
    signal.disconnect(receiver)


def _change_one(signal: Signal[int], receiver: Receiver, sender: object) -> None:
    signal.connect(receiver, sender)
    signal.disconnect(receiver, sender)


def _change_one_sent(signal: Signal[int], receiver: Receiver, sender: object) -> None:
    signal.connect(receiver, sender)
    signal.send(sender, 1)
    signal.disconnect(receiver, sender)
    signal.send(sender, 1)


def _lose_receiver(signal: Signal[int], sender: object, other: object) -> None:
    owner = Thing()
    signal.connect(owner.receive, sender)
    signal.send(sender, 1)
    timed_from_here()
    del owner
    signal.send(other, 1)


def _lose_sender(signal: Signal[int], receiver: Receiver, other: object) -> None:
    sender = Thing()
    signal.connect(receiver, sender)
    signal.send(sender, 1)
    timed_from_here()
    del sender
    signal.send(other, 1)


class AldisBlinker(BlinkerLike):
    name = "aldis.blinker"

    def make(self) -> blinker_like.Signal:
        return aldis.blinker.Signal()


class AldisInTurn(AsyncSide):
    name = "aldis"
    use = "send_async; weak; results"

    def __init__(self) -> None:
        self.signal = Signal[int]()

    def connect(self, receiver: Receiver) -> None:
        self.signal.connect(receiver)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_send_async, self.signal, sender, payload)


async def _send_async(signal: Signal[int], sender: object, payload: int) -> None:
    await signal.send_async(sender, payload)


class AldisTogether(AldisInTurn):
    use = "send_async(concurrency=None); weak; results"
    together = True

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_send_together, self.signal, sender, payload)


async def _send_together(signal: Signal[int], sender: object, payload: int) -> None:
    await signal.send_async(sender, payload, concurrency=None)


class AldisBlinkerInTurn(BlinkerLikeInTurn):
    name = "aldis.blinker"

    def make(self) -> blinker_like.Signal:
        return aldis.blinker.Signal()


SIDES: Final = [Aldis, AldisBlinker]
ASYNC_SIDES: Final = [AldisInTurn, AldisTogether, AldisBlinkerInTurn]

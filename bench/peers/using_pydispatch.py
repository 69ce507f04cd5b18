"""PyDispatcher: one registry for the process, and the payload as a keyword."""

# It need not be installed: typings/ has what is used of it.
# pyright: reportMissingModuleSource=false

from __future__ import annotations

from typing import Final

from pydispatch import dispatcher

from bench.fresh import Receiver
from bench.sides import AsyncSide, SenderSide, Thing
from bench.timing import Timed, inline, timed_from_here


class PyDispatcher(SenderSide):
    name = "PyDispatcher"
    use = "dispatcher.send with keywords; weak; results"
    parameters = "sender, payload, **named"

    def __init__(self) -> None:
        self.signal = object()

    def connect(self, receiver: Receiver) -> None:
        dispatcher.connect(receiver, signal=self.signal)

    def connect_to(self, receiver: Receiver, sender: object) -> None:
        dispatcher.connect(receiver, signal=self.signal, sender=sender)

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


def _send(signal: object, sender: object, payload: int) -> None:
    dispatcher.send(signal, sender, payload=payload)


def _change(signal: object, receiver: Receiver) -> None:
    dispatcher.connect(receiver, signal)
    dispatcher.disconnect(receiver, signal)


def _change_one(signal: object, receiver: Receiver, sender: object) -> None:
    dispatcher.connect(receiver, signal, sender)
    dispatcher.disconnect(receiver, signal, sender)


def _change_one_sent(signal: object, receiver: Receiver, sender: object) -> None:
    dispatcher.connect(receiver, signal, sender)
    dispatcher.send(signal, sender, payload=1)
    dispatcher.disconnect(receiver, signal, sender)
    dispatcher.send(signal, sender, payload=1)


def _lose_receiver(signal: object, sender: object, other: object) -> None:
    owner = Thing()
    dispatcher.connect(owner.receive, signal, sender)
    dispatcher.send(signal, sender, payload=1)
    timed_from_here()
    del owner
    dispatcher.send(signal, other, payload=1)


def _lose_sender(signal: object, receiver: Receiver, other: object) -> None:
    sender = Thing()
    dispatcher.connect(receiver, signal, sender)
    dispatcher.send(signal, sender, payload=1)
    timed_from_here()
    del sender
    dispatcher.send(signal, other, payload=1)


SIDES: Final = [PyDispatcher]
ASYNC_SIDES: Final[list[type[AsyncSide]]] = []

"""What has blinker's interface: the payload as keywords, which it takes no other way."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Protocol

from bench.fresh import Receiver
from bench.sides import AsyncSide, SenderSide, Thing
from bench.timing import Timed, inline, timed_from_here


class Signal(Protocol):
    """As much of a signal as is used here."""

    @property
    def connect(self) -> Callable[..., object]: ...
    @property
    def disconnect(self) -> Callable[..., object]: ...
    @property
    def send(self) -> Callable[..., object]: ...
    @property
    def send_async(self) -> Callable[..., Awaitable[object]]: ...


class BlinkerLike(SenderSide):
    use = "send with keywords; weak; results"

    def __init__(self) -> None:
        self.signal = self.make()

    @abstractmethod
    def make(self) -> Signal:
        """Make a signal."""

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


def _send(signal: Signal, sender: object, payload: int) -> None:
    signal.send(sender, payload=payload)


def _change(signal: Signal, receiver: Receiver) -> None:
    signal.connect(receiver)
    signal.disconnect(receiver)


def _change_one(signal: Signal, receiver: Receiver, sender: object) -> None:
    signal.connect(receiver, sender)
    signal.disconnect(receiver, sender)


def _change_one_sent(signal: Signal, receiver: Receiver, sender: object) -> None:
    signal.connect(receiver, sender)
    signal.send(sender, payload=1)
    signal.disconnect(receiver, sender)
    signal.send(sender, payload=1)


def _lose_receiver(signal: Signal, sender: object, other: object) -> None:
    owner = Thing()
    signal.connect(owner.receive, sender)
    signal.send(sender, payload=1)
    timed_from_here()
    del owner
    signal.send(other, payload=1)


def _lose_sender(signal: Signal, receiver: Receiver, other: object) -> None:
    sender = Thing()
    signal.connect(receiver, sender)
    signal.send(sender, payload=1)
    timed_from_here()
    del sender
    signal.send(other, payload=1)


class BlinkerLikeInTurn(AsyncSide):
    use = "send_async with keywords; weak; results"

    def __init__(self) -> None:
        self.signal = self.make()

    @abstractmethod
    def make(self) -> Signal:
        """Make a signal."""

    def connect(self, receiver: Receiver) -> None:
        self.signal.connect(receiver)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_send_async, self.signal, sender, payload)


async def _send_async(signal: Signal, sender: object, payload: int) -> None:
    await signal.send_async(sender, payload=payload)

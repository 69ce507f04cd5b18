"""Django's signals: the payload as keywords, to receivers that take any others, as it demands."""

# It need not be installed: typings/ has what is used of it.
# pyright: reportMissingModuleSource=false

from __future__ import annotations

from typing import ClassVar, Final

from django.dispatch import Signal

from bench.fresh import Receiver
from bench.sides import AsyncSide, Backends, SenderSide, Thing
from bench.timing import Timed, inline, timed_from_here


class Django(SenderSide):
    name = "Django"
    use = "send with keywords; weak; results"
    parameters = "signal, sender, payload, **named"
    caching = False

    def __init__(self) -> None:
        self.signal = Signal(use_caching=self.caching)

    def connect(self, receiver: Receiver) -> None:
        self.signal.connect(receiver)

    def connect_to(self, receiver: Receiver, sender: object) -> None:
        self.signal.connect(receiver, sender=sender)

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

    def sender_dying(self, receiver: Receiver, other: object) -> None:
        return None  # receivers of a dead sender stay, by its id


class DjangoCached(Django):
    name = "Django use_caching"
    use = "Signal(use_caching=True); send with keywords; weak; results"
    caching = True


def _send(signal: Signal, sender: object, payload: int) -> None:
    signal.send(sender, payload=payload)


def _change(signal: Signal, receiver: Receiver) -> None:
    signal.connect(receiver)
    signal.disconnect(receiver)


def _change_one(signal: Signal, receiver: Receiver, sender: object) -> None:
    signal.connect(receiver, sender=sender)
    signal.disconnect(receiver, sender=sender)


def _change_one_sent(signal: Signal, receiver: Receiver, sender: object) -> None:
    signal.connect(receiver, sender=sender)
    signal.send(sender, payload=1)
    signal.disconnect(receiver, sender=sender)
    signal.send(sender, payload=1)


class _Owner(Thing):
    __slots__ = ()

    def react(self, signal: object, sender: object, payload: int, **named: object) -> None:
        pass


def _lose_receiver(signal: Signal, sender: object, other: object) -> None:
    owner = _Owner()
    signal.connect(owner.react, sender=sender)
    signal.send(sender, payload=1)
    timed_from_here()
    del owner
    signal.send(other, payload=1)


class DjangoTogether(AsyncSide):
    name = "Django"
    use = "asend with keywords (asyncio.gather); weak; results"
    parameters = "signal, sender, payload, **named"
    together = True
    backends: ClassVar[Backends] = ("asyncio",)

    def __init__(self) -> None:
        self.signal = Signal()

    def connect(self, receiver: Receiver) -> None:
        self.signal.connect(receiver)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_asend, self.signal, sender, payload)


async def _asend(signal: Signal, sender: object, payload: int) -> None:
    await signal.asend(sender, payload=payload)


SIDES: Final = [Django, DjangoCached]
ASYNC_SIDES: Final = [DjangoTogether]

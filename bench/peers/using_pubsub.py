"""Pypubsub: one registry for the process, topics by name, all data as keywords."""

# It need not be installed: typings/ has what is used of it.
# pyright: reportMissingModuleSource=false

from __future__ import annotations

from itertools import count
from typing import Final

from pubsub import pub

from bench.fresh import Receiver
from bench.sides import AsyncSide, Side
from bench.timing import Timed, inline

_numbers = count()


class Pypubsub(Side):
    name = "Pypubsub"
    use = "pub.sendMessage with keywords; weak; no results"

    def __init__(self) -> None:
        self.topic = f"topic{next(_numbers)}"

    def connect(self, receiver: Receiver) -> None:
        pub.subscribe(receiver, self.topic)

    def sending(self, sender: object, payload: int) -> Timed:
        return inline(_send, self.topic, sender, payload)

    def changing(self, receiver: Receiver) -> Timed:
        return inline(_change, self.topic, receiver)


def _send(topic: str, sender: object, payload: int) -> None:
    pub.sendMessage(topic, sender=sender, payload=payload)


def _change(topic: str, receiver: Receiver) -> None:
    pub.subscribe(receiver, topic)
    pub.unsubscribe(receiver, topic)


SIDES: Final = [Pypubsub]
ASYNC_SIDES: Final[list[type[AsyncSide]]] = []

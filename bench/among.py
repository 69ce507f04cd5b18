"""What one send, one change and one death cost among many receivers of other senders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Final

from bench.contests import Contestant, contest
from bench.figures import Case, Settings
from bench.fresh import Receiver, function
from bench.peers import sides
from bench.sides import SenderSide, Side, Thing
from bench.timing import Timed

FILTERED: Final = (1, 100, 10_000)
CHANGED: Final = (10, 1000, 10_000)
DEATHS: Final = (10, 10_000)

Timing = Callable[[SenderSide, Receiver, Sequence[Thing]], Timed | None]
TITLES: Final = {
    "filtered": "send to the one receiver of a sender, among receivers of other senders",
    "change-any": "connect and disconnect, among receivers of any sender",
    "change-one": "connect to a sender and disconnect, among receivers of others",
    "change-one-sent": "the same, with a send for this sender after each",
    "death-receiver": "the death of a receiver and the send after it, among receivers of others",
    "death-sender": "the death of a sender and the send after it, among receivers of others",
}


def cases() -> Iterator[Case]:
    """Give the cases; a row is one library among so many, and its ratio is to the fewest."""
    yield _case("filtered", FILTERED, _filtered)
    yield contest("change-any", TITLES["change-any"], _changing_any)
    yield _case("change-one", CHANGED, _changing)
    yield _case("change-one-sent", CHANGED, _changing_sent)
    yield _case("death-receiver", DEATHS, _receiver_dying)
    yield _case("death-sender", DEATHS, _sender_dying)


def among(name: str, count: int) -> str:
    """Name a row."""
    return f"{name}, among {count}"


def _case(key: str, counts: Sequence[int], timing: Timing) -> Case:
    return contest(key, TITLES[key], partial(_contestants, counts, timing))


def _contestants(counts: Sequence[int], timing: Timing, settings: Settings) -> list[Contestant]:
    found: list[Contestant] = []
    for kind in sides():
        if not issubclass(kind, SenderSide) or not settings.wants(kind.name):
            continue
        for count in counts:
            side, senders, _ = _filled(kind, count)
            other = function(side.parameters)
            timed = timing(side, other, senders)
            if timed is not None:
                found.append(_row(side, count, counts[0], timed.keeping(other)))
    return found


@cache
def _filled(kind: type[SenderSide], count: int) -> tuple[SenderSide, list[Thing], Receiver]:
    """Connect a receiver to so many senders; each case leaves it so, and the next one takes it."""
    side = kind()
    senders = [Thing() for _ in range(count)]
    receiver = function(side.parameters)
    for sender in senders:
        side.connect_to(receiver, sender)
    return side, senders, receiver


def _changing_any(settings: Settings) -> list[Contestant]:
    found: list[Contestant] = []
    for kind in sides():
        if not settings.wants(kind.name):
            continue
        for count in CHANGED:
            side = kind()
            receivers = [function(side.parameters) for _ in range(count)]
            for receiver in receivers:
                side.connect(receiver)
            timed = side.changing(function(side.parameters))
            if timed is not None:
                found.append(_row(side, count, CHANGED[0], timed.keeping(receivers)))
    return found


def _row(side: Side, count: int, fewest: int, timed: Timed) -> Contestant:
    return Contestant(among(side.name, count), timed, among(side.name, fewest), side.use)


def _filtered(side: SenderSide, other: Receiver, senders: Sequence[Thing]) -> Timed:
    return side.sending(senders[len(senders) // 2], 1)


def _changing(side: SenderSide, other: Receiver, senders: Sequence[Thing]) -> Timed:
    return side.changing_one(other, senders[0])


def _changing_sent(side: SenderSide, other: Receiver, senders: Sequence[Thing]) -> Timed:
    return side.changing_one_sent(other, senders[0])


def _receiver_dying(side: SenderSide, other: Receiver, senders: Sequence[Thing]) -> Timed:
    return side.receiver_dying(senders[0], senders[1])


def _sender_dying(side: SenderSide, other: Receiver, senders: Sequence[Thing]) -> Timed | None:
    return side.sender_dying(other, senders[1])

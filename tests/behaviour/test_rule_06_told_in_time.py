"""Rule 6: a receiver that is lost while an operation runs is told of by the very next one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import aldis.blinker
from aldis import KeywordSignal, Signal
from tests.behaviour.recording import Shop, Way, in_each_way, lost_receivers
from tests.interpreters import needs_refcounting

SHOP = Shop()

LOOKS: dict[str, Callable[[Any], object]] = {
    "receivers": lambda signal: signal.receivers,
    "connections": lambda signal: getattr(signal, "connections", ()),
    "receivers_for": lambda signal: list(signal.receivers_for(SHOP)),
    "has_receivers_for": lambda signal: signal.has_receivers_for(SHOP),
    "repr": repr,
    "bool": lambda signal: bool(signal.receivers),
    "in": lambda signal: 7 in signal.receivers,
    "is_muted": lambda signal: getattr(signal, "is_muted", None),
}


def make_keyword_signal() -> Any:
    """Make a signal with keywords."""

    @KeywordSignal
    def happened(sender: object, /, *, payload: int) -> None:
        """Something happened."""

    return happened


def lose_with_a_sender(signal: Any) -> None:
    """Have a function die when the signal lets go of its connection to a sender that has died."""
    other = Shop()

    def nested(sender: object, payload: int) -> None: ...

    signal.connect(nested, other, weak=False)
    signal.connect(nested)


def make_drop_in() -> aldis.blinker.Signal:
    """Make a signal of the drop-in that tells of what is lost."""
    signal = aldis.blinker.Signal()
    signal.warn_of_lost_receivers = True
    return signal


KINDS: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "Signal": (Signal[int], lambda signal: signal.send(SHOP, 1)),
    "KeywordSignal": (make_keyword_signal, lambda signal: signal.send(SHOP, payload=1)),
    "drop-in": (make_drop_in, lambda signal: signal.send(SHOP, payload=1)),
}


@needs_refcounting
@pytest.mark.anyio
@in_each_way
async def test_what_is_lost_while_a_sending_begins_is_told_of_by_the_next(way: Way) -> None:
    """The first sending frees the function, and the second has the warning at the latest."""
    signal = Signal[int]()
    lose_with_a_sender(signal)
    with lost_receivers() as lost:
        await way(signal, SHOP, 1)
        await way(signal, SHOP, 1)
        await way(signal, SHOP, 1)

    assert len(lost) == 1


@needs_refcounting
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_lost_while_somebody_asks_is_told_of_by_the_next(kind: str, look: str) -> None:
    """A look frees the function, and the sending after it has the warning at the latest."""
    make, send = KINDS[kind]
    signal = make()
    lose_with_a_sender(signal)
    with lost_receivers() as lost:
        LOOKS[look](signal)
        send(signal)
        send(signal)

    assert len(lost) == 1


@needs_refcounting
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_lost_after_its_sender_is_told_of(kind: str) -> None:
    """A function that was connected to a dead sender as well as to `ANY` is lost all the same."""
    make, send = KINDS[kind]
    signal, other = make(), Shop()

    def connect(to: Shop) -> None:
        def nested(sender: object, payload: int) -> None: ...

        signal.connect(nested)
        signal.connect(nested, to)
        holder.append(nested)

    holder: list[object] = []
    connect(other)
    del other
    holder.clear()
    with lost_receivers() as lost:
        send(signal)
        send(signal)

    assert len(lost) == 1

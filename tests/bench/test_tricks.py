"""The tricks of the send path, each undone in a copy of the source."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import pytest

from aldis import Signal
from aldis._delivery import call_functions, call_methods
from bench.tricks import MANY, OF_METHODS, ONE, undo

SENDS = [*ONE, *OF_METHODS]


class Owner:
    """Owns a receiver."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def receive(self, sender: object, payload: int) -> int:
        """Note the payload."""
        self.heard.append(payload)
        return payload


@pytest.mark.parametrize("trick", SENDS)
def test_a_send_without_a_trick_calls_its_receiver(trick: str) -> None:
    """It does the same, and takes longer."""
    signal, owner = Signal[int](), Owner()
    signal.connect(owner.receive)
    signal.send(None, 1)
    undo(vars(Signal)["send"], {**ONE, **OF_METHODS}[trick])(signal, None, 2)
    assert owner.heard == [1, 2]


@pytest.mark.parametrize("trick", [*MANY, *OF_METHODS])
def test_methods_are_called_without_a_trick(trick: str) -> None:
    """Each once."""
    signal, owners = Signal[int](), [Owner(), Owner()]
    for owner in owners:
        signal.connect(owner.receive)
    signal.send(None, 1)
    undo(call_methods, {**MANY, **OF_METHODS}[trick])(signal._registry.direct, None, None, 2)
    assert [owner.heard for owner in owners] == [[1, 2], [1, 2]]


@pytest.mark.parametrize("trick", MANY)
def test_functions_are_called_without_a_trick(trick: str) -> None:
    """Each once."""
    signal, heard = Signal[int](), list[int]()

    def receive(sender: object, payload: int) -> None:
        heard.append(payload)

    def receive_too(sender: object, payload: int) -> None:
        heard.append(-payload)

    signal.connect(receive)
    signal.connect(receive_too)
    signal.send(None, 1)
    undo(call_functions, MANY[trick])(signal._registry.direct, None, None, 2)
    assert heard == [1, -1, 2, -2]


def test_a_trick_that_is_not_there_cannot_be_undone() -> None:
    """A table of what it saves would say nothing."""
    with pytest.raises(LookupError, match="call_functions has no nothing of the kind"):
        undo(call_functions, {"nothing of the kind": ""})

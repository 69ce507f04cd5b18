"""Faults of receivers and references: what is connected, how it is held, and when it goes."""

from __future__ import annotations

from tests.faults.faces import EVERY, Face, on


class Owner:
    """Owns a receiver."""

    def receive(self, sender: object, payload: object) -> object:
        """Give the payload back."""
        return payload


@on(*EVERY, blinker=True)
def test_w4_a_receiver_freed_by_an_earlier_one_is_skipped(face: Face) -> None:
    """It is not called, and the sending goes on to the next one."""
    signal = face.make()
    owners = [Owner()]

    def free(sender: object, payload: object) -> None:
        owners.clear()

    signal.connect(free)
    signal.connect(owners[0].receive)
    assert face.values(signal, None, "payload") == [None]

"""Where blinker 1.9 does not do what its drop-in does: what has to be tried to see each defect."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.model.faces import BlinkerFace, Face
from tests.model.machine import Focus

_part = partial(Focus, ways=("send",), is_reentrant=False, is_watched=False)
_own = partial(_part, receivers=("f0", "f1"), senders=("o0",))

PLAIN = _part(
    receivers=("f0", "m0.first"), senders=("o0", "text", "one", "m0"), steps=("connect", "send")
)
"""In this much blinker does as its drop-in does, so that what is found elsewhere is a defect."""


class TidyBlinkerFace(BlinkerFace):
    """blinker, asked as well what is left of what has ended."""

    is_tidy = True

    def clear(self) -> None:
        """Disconnect whatever is left, as its users do."""
        for receiver in tuple(self.receivers_for(self.any)):
            self.disconnect(receiver)


DEFECTS: dict[str, tuple[Callable[[], Face], Focus]] = {
    "the senders 0 and False are taken for ANY": (
        BlinkerFace,
        _part(receivers=("f0",), senders=("zero", "false", "o0"), steps=("connect", "send")),
    ),
    "a sender is freed whose id is still gone by": (
        BlinkerFace,
        _part(receivers=("f0",), senders=("t0", "t1", "l0"), steps=("connect", "kill", "send")),
    ),
    "an int is taken for the object with that id": (
        BlinkerFace,
        _part(receivers=("f0",), senders=("o0", "id of o0"), steps=("connect", "send")),
    ),
    "connected_to removes older connections": (
        BlinkerFace,
        _own(steps=("connect", "enter_scope", "leave_scope", "send")),
    ),
    "muted does not nest": (BlinkerFace, _own(steps=("connect", "mute", "unmute", "send"))),
    "has_receivers_for is true after a disconnect": (
        BlinkerFace,
        _part(receivers=("f0",), senders=("o0",), steps=("connect", "disconnect", "send")),
    ),
    "a strong receiver is kept after a disconnect": (
        BlinkerFace,
        _part(receivers=("f0",), senders=("t0",), steps=("connect", "disconnect", "kill", "send")),
    ),
    "a weak reconnect weakens a strong connection": (
        BlinkerFace,
        _own(steps=("connect", "kill", "send")),
    ),
    "sync and async receivers fail half way": (
        BlinkerFace,
        _part(receivers=("f0", "f1", "a0"), senders=("o0",), steps=("connect", "send")),
    ),
    "an async __call__ is not seen": (
        BlinkerFace,
        _part(receivers=("b0",), senders=("o0",), steps=("connect", "send")),
    ),
    "bookkeeping is left of what has ended": (
        TidyBlinkerFace,
        _part(receivers=("f0",), senders=("o0", "o1"), steps=("connect", "kill", "send")),
    ),
}

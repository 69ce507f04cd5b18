"""The faces that a fault is tried on: those of Aldis, and blinker's own to see the test bite.

Receivers of all of them are called with `(sender, payload)`: the prototype of the keyword signal
has that one keyword, and blinker's are sent it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import blinker
import pytest

import aldis.blinker
from aldis import KeywordSignal, Signal


def _make_keyword_signal() -> Any:
    def happened(sender: object, /, *, payload: object) -> None:
        """Something happened."""

    return KeywordSignal(happened)


def _send_positionally(signal: Any, sender: object, payload: object) -> Sequence[Any]:
    results: Sequence[Any] = signal.send(sender, payload)
    return results


def _send_by_keyword(signal: Any, sender: object, payload: object) -> Sequence[Any]:
    results: Sequence[Any] = signal.send(sender, payload=payload)
    return results


async def _send_async_positionally(signal: Any, sender: object, payload: object) -> Sequence[Any]:
    results: Sequence[Any] = await signal.send_async(sender, payload)
    return results


async def _send_async_by_keyword(signal: Any, sender: object, payload: object) -> Sequence[Any]:
    results: Sequence[Any] = await signal.send_async(sender, payload=payload)
    return results


@dataclass(frozen=True)
class Face:
    """One way to hold a signal; connecting, muting and asking are spelled alike on all.

    Attributes:
        name: what users import.
        any: its `ANY`.
        make: makes a signal with nobody connected.
        send: sends `(signal, sender, payload)`, and gives pairs of receiver and result.
        send_async: the same, async.
    """

    name: str
    any: Any
    make: Callable[[], Any]
    send: Callable[[Any, object, object], Sequence[Any]]
    send_async: Callable[[Any, object, object], Any]

    def values(self, signal: Any, sender: object = None, payload: object = None) -> list[Any]:
        """Send, and give what the receivers returned."""
        return [value for _, value in self.send(signal, sender, payload)]


SIGNAL: Final = Face(
    "Signal", aldis.ANY, Signal[object], _send_positionally, _send_async_positionally
)
KEYWORD: Final = Face(
    "KeywordSignal",
    aldis.ANY,
    _make_keyword_signal,
    _send_by_keyword,
    _send_async_by_keyword,
)
DROP_IN: Final = Face(
    "aldis.blinker",
    aldis.blinker.ANY,
    aldis.blinker.Signal,
    _send_by_keyword,
    _send_async_by_keyword,
)
BLINKER: Final = Face(
    "blinker", blinker.ANY, blinker.Signal, _send_by_keyword, _send_async_by_keyword
)
OWN: Final = (SIGNAL, KEYWORD)
EVERY: Final = (SIGNAL, KEYWORD, DROP_IN)


@dataclass(frozen=True)
class Fails:
    """That blinker does not survive a fault, and how it shows.

    Attributes:
        reason: what blinker does.
        raises: what the test ends with on it.
    """

    reason: str
    raises: type[BaseException] | tuple[type[BaseException], ...] = AssertionError


def on(*faces: Face, blinker: Fails | bool = False) -> pytest.MarkDecorator:
    """Run a test once on each face, and on blinker.

    Args:
        faces: of Aldis, on which the test has to pass.
        blinker: `True` where blinker survives the fault too, `Fails` where the test has to fail on
            it, and `False` where it cannot be tried (it has no such thing, or would hang).
    """
    parameters = [pytest.param(face, id=face.name) for face in faces]
    if isinstance(blinker, Fails):
        mark = pytest.mark.xfail(reason=blinker.reason, raises=blinker.raises, strict=True)
        parameters.append(pytest.param(BLINKER, id=BLINKER.name, marks=mark))
    elif blinker:
        parameters.append(pytest.param(BLINKER, id=BLINKER.name))
    return pytest.mark.parametrize("face", parameters)

"""The connections to one sender, which end when the sender dies."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from types import MethodType
from typing import Any, Final, NamedTuple

from aldis._connection import Record
from aldis._identity import Key
from aldis._plan import Plan
from aldis._types import ANY

GONE: Final = object()
"""Stands for a sender that has died."""


class SenderRef(weakref.ref[Any]):
    """A weak reference to a sender, or to a part of one; its death ends the line of the sender."""

    __slots__ = ("key", "queue")
    key: Key
    queue: deque[Any]
    __eq__ = object.__eq__
    __hash__ = object.__hash__


class _Held(NamedTuple):
    """Keeps a sender that takes no weak reference, so that its `id()` is never another's."""

    sender: object

    def __call__(self) -> object:
        return self.sender


def _on_sender_death(ref: SenderRef) -> None:
    ref.queue.append(ref)  # nothing else is safe here, see `_inbox`


class Line:
    """The connections to one sender, or to `ANY`.

    Attributes:
        records: by receiver; those of `connected_to`, beside an equal one, by `(None, serial)`.
        refs: what ends the line when it dies: the sender, or both halves of a bound method.
        plan: the snapshot for this sender; `None` when it has to be made again.
    """

    __slots__ = ("plan", "records", "refs")

    def __init__(self, refs: tuple[Callable[[], Any], ...] = ()) -> None:
        self.records: dict[Key, Record] = {}
        self.refs = refs
        self.plan: Plan | None = None

    def sender(self) -> object:
        """Give the sender, or `ANY`, or `GONE`."""
        parts = [ref() for ref in self.refs]
        if any(part is None and type(ref) is SenderRef for ref, part in zip(self.refs, parts)):
            return GONE
        if len(parts) == 2:  # noqa: PLR2004  # a bound method's object and function
            return MethodType(parts[1], parts[0])
        return parts[0] if parts else ANY


def refs_to(sender: object, key: Key | None, queue: deque[Any]) -> tuple[Callable[[], Any], ...]:
    """Make what ends a sender's line when it dies; what cannot die under it is kept alive."""
    if key is None:
        return ()
    if isinstance(key, tuple) and type(key[0]) is type:
        return (_Held(sender),)
    parts: tuple[object, ...] = (sender,)
    if type(sender) is MethodType:
        parts = (sender.__self__, sender.__func__)
    return tuple(_ref_to(part, key, queue) for part in parts)


def _ref_to(part: object, key: Key, queue: deque[Any]) -> Callable[[], Any]:
    try:
        ref = SenderRef(part, _on_sender_death)
    except TypeError:
        return _Held(part)
    ref.key = key
    ref.queue = queue
    return ref

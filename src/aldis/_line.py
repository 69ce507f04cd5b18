"""The connections to one sender, which end when the sender dies."""

from __future__ import annotations

import weakref
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from aldis._connection import Record
from aldis._identity import Key, is_by_value
from aldis._plan import Plan
from aldis._types import ANY, AnyReceiver

if TYPE_CHECKING:
    from aldis._types import Note

GONE: Final = object()
"""Stands for a sender that has died."""


class SenderRef(weakref.ref[Any]):
    """A weak reference to a sender, or to a part of one; its death ends the line of the sender."""

    __slots__ = ("key",)
    key: Key
    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__


class _Held:
    """Keeps a sender that takes no weak reference, so that its `id()` is never another's."""

    __slots__ = ("_sender",)

    def __init__(self, sender: object) -> None:
        self._sender = sender

    def __call__(self) -> object:
        return self._sender


Ref: TypeAlias = SenderRef | _Held


class Line:
    """The connections to one sender, or to `ANY`.

    Attributes:
        records: by receiver; those of `connected_to`, beside an equal one, by `(None, serial)`.
        refs: what ends the line when it dies: the sender, or both halves of a bound method.
        plan: the snapshot for this sender; `None` when it has to be made again.
    """

    __slots__ = ("plan", "records", "refs")

    def __init__(self, refs: tuple[Ref, ...] = ()) -> None:
        self.records: dict[Key, Record] = {}
        self.refs = refs
        self.plan: Plan | None = None

    def sender(self) -> object:
        """Give the sender, or `ANY`, or `GONE`."""
        parts = [ref() for ref in self.refs]
        if any(
            part is None and type(ref) is SenderRef
            for ref, part in zip(self.refs, parts, strict=True)
        ):
            return GONE
        if len(parts) == 2:  # noqa: PLR2004  # a bound method's object and function
            return MethodType(cast("AnyReceiver", parts[1]), parts[0])
        return parts[0] if parts else ANY


def refs_to(sender: object, key: Key | None, note: Note) -> tuple[Ref, ...]:
    """Make what ends a sender's line when it dies; what cannot die under it is kept alive.

    `note` is told of the death.
    """
    if key is None:
        return ()
    if is_by_value(key):
        return (_Held(sender),)
    parts: tuple[object, ...] = (sender,)
    if type(sender) is MethodType:
        parts = (sender.__self__, sender.__func__)
    return tuple(_ref_to(part, key, note) for part in parts)


def _ref_to(part: object, key: Key, note: Note) -> Ref:
    try:
        ref = SenderRef(part, note)
    except TypeError:
        return _Held(part)
    ref.key = key
    return ref

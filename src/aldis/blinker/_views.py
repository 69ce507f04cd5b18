"""What users of blinker read of a signal's inside: live views in the shape of its dicts."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Iterator, Mapping, MutableMapping
from typing import Any, NoReturn, TypeAlias, TypeVar

from aldis._changes import Change
from aldis._identity import Key, take_apart
from aldis.blinker._tables import Removal, Tables
from aldis.blinker._utilities import value_of

ANY_ID = 0
"""The id of `ANY` among those of senders."""

Held: TypeAlias = weakref.ref[Callable[..., Any]] | Callable[..., Any]

_V = TypeVar("_V")


class View(Mapping[Any, _V]):
    """A live view: each look shows what is there at that moment."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], dict[Any, _V]]) -> None:
        self._read = read

    def __getitem__(self, key: Any) -> _V:
        return self._read()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def copy(self) -> dict[Any, _V]:
        """Give a dict of what is there now."""
        return self._read()

    def __repr__(self) -> str:
        return repr(self._read())


class ReceiversView(View[Held], MutableMapping[Any, Held]):
    """The receivers by their ids; to take one out of it is to disconnect it."""

    __slots__ = ("_glance", "_submit")

    def __init__(
        self,
        read: Callable[[], dict[Any, Held]],
        glance: Callable[[], bool | None],
        submit: Callable[[Change], None],
    ) -> None:
        super().__init__(read)
        self._glance = glance
        self._submit = submit

    def __bool__(self) -> bool:
        # `if signal.receivers:` stands before many a send.
        found = self._glance()
        return bool(self._read()) if found is None else found

    def __delitem__(self, key: Any) -> None:
        if key not in self._read():
            raise KeyError(key)
        self._submit(Removal(key))

    def __setitem__(self, key: Any, value: Held) -> NoReturn:
        """Refuse to connect in this way.

        Raises:
            TypeError: always.
        """
        raise TypeError("a receiver is not put into this view; use connect(receiver)")


def read_receivers(tables: Tables, _make_set: object) -> dict[Any, Held]:
    """Give the receivers by id: themselves where a connection is strong, else weak references.

    Those whose sender has died are among them as long as they live, as in blinker.
    """
    found: dict[Any, Held] = {}
    for record in tables.all_records():
        receiver = record.receiver()
        if receiver is None or not record.is_present():
            continue
        if record.options.weak:
            found.setdefault(record.key, _weak(receiver))
        else:
            found[record.key] = receiver
    for record in tables.bereft.copy().values():
        receiver = record.receiver()
        if receiver is not None:
            found.setdefault(record.key, _weak(receiver))
    return found


def read_by_sender(tables: Tables, make_set: type[set[Any]]) -> dict[Any, set[Any]]:
    """Give the ids of the receivers by those of the senders; of parted ones, empty sets."""
    found: dict[Any, set[Any]] = {}
    for record in tables.all_records():
        if record.is_present():
            found.setdefault(_sender_id(record.sender), make_set()).add(record.key)
    for _, sender in tables.parted.copy():
        found.setdefault(_sender_id(sender), make_set())
    return found


def read_by_receiver(tables: Tables, make_set: type[set[Any]]) -> dict[Any, set[Any]]:
    """Give the ids of the senders by those of the receivers; of ended ones, empty sets."""
    found: dict[Any, set[Any]] = {}
    for record in tables.all_records():
        if record.is_present():
            found.setdefault(record.key, make_set()).add(_sender_id(record.sender))
    for key, _ in tables.parted.copy():
        found.setdefault(key, make_set())
    return found


def _weak(receiver: Any) -> weakref.ref[Callable[..., Any]]:
    is_method = take_apart(receiver).func is not None
    return weakref.WeakMethod(receiver) if is_method else weakref.ref(receiver)


def _sender_id(key: Key | None) -> Hashable:
    """Give blinker's id for a sender, or for `ANY`."""
    if key is None:
        return ANY_ID
    value = value_of(key)
    # blinker takes the senders 0 and False for `ANY`; here they go by another id.
    return key if type(value) is int and value == ANY_ID else value

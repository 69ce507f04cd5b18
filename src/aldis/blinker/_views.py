"""What users of blinker read of a signal's inside: live views in the shape of its dicts."""

from __future__ import annotations

import weakref
from collections.abc import (
    Callable,
    Hashable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    MutableMapping,
    ValuesView,
)
from typing import Any, NoReturn, TypeAlias, TypeVar

from aldis._changes import Change
from aldis._connection import Record
from aldis._identity import Key
from aldis.blinker._tables import Clear, Removal, Tables, WeakReceiver, weakly
from aldis.blinker._utilities import value_of

ANY_ID = 0
"""The id of `ANY` among those of senders."""

Held: TypeAlias = weakref.ref[Callable[..., Any]] | Callable[..., Any]

_V = TypeVar("_V")


class View(Mapping[Any, _V]):
    """A live view: each look shows what is there at that moment."""

    __slots__ = ("_handed", "_look")

    def __init__(self, look: Callable[[], dict[Any, _V]]) -> None:
        self._look = look
        self._handed: dict[Any, _V] = {}

    # `dict(view)` asks for the keys, and then for each of them. One that has ended in between is
    # given once as it was, or another thread or the collector would make it a KeyError.
    def __getitem__(self, key: Any) -> _V:
        try:
            return self._find(key)
        except KeyError:
            return self._handed.pop(key)

    def __contains__(self, key: object) -> bool:
        try:
            self._find(key)
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def _find(self, key: Any) -> _V:
        return self._look()[key]

    def _hand_out(self, found: dict[Any, _V]) -> None:
        self._handed = found.copy()

    def __len__(self) -> int:
        return len(self._look())

    def keys(self) -> KeysView[Any]:
        """Give the ids that are there now."""
        found = self._look()
        self._hand_out(found)
        return found.keys()

    def values(self) -> ValuesView[_V]:
        """Give what is there now."""
        return self._look().values()

    def items(self) -> ItemsView[Any, _V]:
        """Give what is there now, with the ids."""
        return self._look().items()

    def copy(self) -> dict[Any, _V]:
        """Give a dict of what is there now."""
        return self._look()

    def __repr__(self) -> str:
        return repr(self._look())


class ReceiversView(View[Held], MutableMapping[Any, Held]):
    """The receivers by their ids; to take one out of it is to disconnect it."""

    __slots__ = ("_submit", "_tables")

    def __init__(
        self,
        look: Callable[[], dict[Any, Held]],
        tables: Tables,
        submit: Callable[[Change], None],
    ) -> None:
        super().__init__(look)
        self._tables = tables
        self._submit = submit

    def _find(self, key: Any) -> Held:
        self._tables.catch_up()
        held = _as_held(self._tables.records_of(key), self._tables.bereft.get(key))
        if held is None:
            raise KeyError(key)
        return held

    def _hand_out(self, found: dict[Any, Held]) -> None:
        # Weakly: what is kept of a view keeps no receiver alive.
        self._handed = {
            key: held for key, held in found.items() if issubclass(type(held), weakref.ref)
        }

    def __bool__(self) -> bool:
        return not self._tables.is_empty()  # `if signal.receivers:` stands before many a send

    def __delitem__(self, key: Any) -> None:
        self._find(key)  # or a KeyError
        self._submit(Removal(key))

    def clear(self) -> None:
        """Disconnect them all."""
        self._submit(Clear())

    def __setitem__(self, key: Any, value: Held) -> NoReturn:
        """Refuse to connect in this way.

        Raises:
            TypeError: always.
        """
        raise TypeError("a receiver is not put into this view; use connect(receiver)")


def read_receivers(tables: Tables) -> dict[Any, Held]:
    """Give the receivers by id: themselves where a connection is strong, else weak references.

    Those whose sender has died are among them as long as they live, as in blinker.
    """
    records: dict[Any, list[Record]] = {}
    for record in tables.all_records():
        records.setdefault(record.key, []).append(record)
    bereft = tables.bereft.copy()
    found = [
        (key, _as_held(records.get(key, ()), bereft.get(key))) for key in {**records, **bereft}
    ]
    return {key: held for key, held in found if held is not None}


def _as_held(records: Iterable[Record], bereft: WeakReceiver | None) -> Held | None:
    """Give the one receiver of some connections as they hold it; `None` when it is gone."""
    held: Held | None = None if bereft is None or bereft() is None else bereft
    for record in records:
        receiver = record.receiver()
        if receiver is not None and not record.options.weak:
            return receiver
        if receiver is not None:
            held = weakly(receiver)
    return held


def read_by_sender(make_set: type[set[Any]], tables: Tables) -> dict[Any, set[Any]]:
    """Give the ids of the receivers by those of the senders; of parted ones, empty sets."""
    found: dict[Any, set[Any]] = {}
    for record in tables.all_records():
        if record.is_present():
            found.setdefault(_sender_id(record.sender), make_set()).add(record.key)
    for _, sender in tables.parted.copy():
        found.setdefault(_sender_id(sender), make_set())
    return found


def read_by_receiver(make_set: type[set[Any]], tables: Tables) -> dict[Any, set[Any]]:
    """Give the ids of the senders by those of the receivers; of ended ones, empty sets."""
    found: dict[Any, set[Any]] = {}
    for record in tables.all_records():
        if record.is_present():
            found.setdefault(record.key, make_set()).add(_sender_id(record.sender))
    for key, _ in tables.parted.copy():
        found.setdefault(key, make_set())
    return found


def _sender_id(key: Key | None) -> Hashable:
    """Give blinker's id for a sender, or for `ANY`."""
    if key is None:
        return ANY_ID
    value = value_of(key)
    # blinker takes the senders 0 and False for `ANY`; here they go by another id.
    return key if type(value) is int and value == ANY_ID else value

"""The two helpers of blinker's that reach the outside: its symbols and its ids."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar, Self

from aldis._identity import Key, blinker_sender_key, is_by_value


class Symbol:
    """A named constant: the same name gives the same object, in each process."""

    symbols: ClassVar[dict[str, Any]] = {}

    name: str

    def __new__(cls, name: str) -> Self:
        """Give the symbol of a name."""
        made = super().__new__(cls)
        made.name = name
        found: Self = cls.symbols.setdefault(name, made)
        return found

    def __repr__(self) -> str:
        return self.name

    def __getnewargs__(self) -> tuple[str]:
        return (self.name,)


def make_id(obj: object) -> Hashable:
    """Give the id under which blinker keeps a sender or a receiver.

    Args:
        obj: the sender or receiver.

    Returns:
        The value of a `str` or an `int`, the ids of function and object of a bound method, in this
        order, and the `id()` of everything else.
    """
    return value_of(blinker_sender_key(obj))


def value_of(key: Key) -> Hashable:
    """Give the value of a sender that matches by value, and of others the key itself."""
    return key[1] if isinstance(key, tuple) and is_by_value(key) else key

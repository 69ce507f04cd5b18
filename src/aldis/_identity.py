"""When are two senders, or two receivers, the same: keys that never run a user's code."""

from __future__ import annotations

from types import BuiltinMethodType, FunctionType, MethodType, MethodWrapperType, ModuleType
from typing import NamedTuple, TypeAlias

from aldis._types import AnyReceiver

# Three shapes that never equal one another: `id(object)`, `(id(owner), id(function))` and
# `(type, value)`. They hold ints, texts and the five value types alone, so hashing and comparing
# them calls no `__hash__` or `__eq__` of a user's.
Key: TypeAlias = int | tuple[object, object]


def sender_key(sender: object) -> Key:
    """Give the key under which connections to `sender` are kept.

    Exactly `str`, `bytes`, `int`, `bool` and `float` match by type and value, bound methods by
    object and function, everything else by identity.
    """
    kind = type(sender)
    # One by one and by `is`: membership in a set would hash the type, and so ask its metaclass.
    if kind is str or kind is int or kind is bool or kind is bytes or kind is float:
        return (kind, sender)
    if kind is MethodType:
        return _method_key(sender)  # type: ignore[arg-type]  # `kind` says it is one
    return id(sender)


def _method_key(method: MethodType) -> Key:
    return (id(method.__self__), id(method.__func__))


def is_bound_c_method(receiver: object) -> bool:
    """Tell whether `receiver` is a C method of an object, such as `[].append`, made at each access."""
    kind = type(receiver)
    if kind is MethodWrapperType:
        return True
    if kind is not BuiltinMethodType:
        return False
    owner = receiver.__self__  # type: ignore[attr-defined]  # `kind` says it has one
    return owner is not None and type(owner) is not ModuleType


class Parts(NamedTuple):
    """A receiver taken apart into what can be compared and what can be held weakly."""

    key: Key
    target: object
    """The owner of a bound method, else the receiver itself."""
    func: AnyReceiver | None
    """The function of a bound method, else `None`."""


def take_apart(receiver: AnyReceiver) -> Parts:
    """Take a receiver apart; two accesses to one bound method give equal parts."""
    kind = type(receiver)
    if kind is FunctionType:
        return Parts(id(receiver), receiver, None)
    if kind is MethodType:
        method: MethodType = receiver  # type: ignore[assignment]  # `kind` says it is one
        return Parts(_method_key(method), method.__self__, method.__func__)
    if is_bound_c_method(receiver):
        owner, name = receiver.__self__, receiver.__name__  # type: ignore[attr-defined]
        return Parts((id(owner), name), receiver, None)
    return Parts(id(receiver), receiver, None)

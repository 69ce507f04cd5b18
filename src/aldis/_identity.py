"""When are two senders, or two receivers, the same: keys that never run a user's code."""

from __future__ import annotations

from types import BuiltinMethodType, FunctionType, MethodType, MethodWrapperType, ModuleType
from typing import Any, TypeAlias, cast

from aldis._named import NamedTuple
from aldis._types import AnyReceiver

# Three shapes that never equal one another: `id(object)`, `(id(function), id(owner))` and
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
    if type(sender) is MethodType:
        return _method_key(sender)
    return id(sender)


def blinker_sender_key(sender: object) -> Key:
    """Give the key by blinker's rule: `str`, `int` and their subclasses match by value.

    Bound methods match by object and function, everything else by identity.
    """
    kind = type(sender)
    if not issubclass(kind, (str, int)):
        return _method_key(cast("MethodType", sender)) if kind is MethodType else id(sender)
    # The values as they are inside, which a subclass has no say in.
    value: Any = sender
    return (str, str.__str__(value)) if issubclass(kind, str) else (int, int.__int__(value))


def is_by_value(key: Key) -> bool:
    """Tell whether a sender's key is that of a value, which outlives the object it came in."""
    return type(key) is tuple and type(key[0]) is type


def _method_key(method: MethodType) -> Key:
    return (id(method.__func__), id(method.__self__))


def is_bound_c_method(receiver: object) -> bool:
    """Tell whether it is a C method of an object, such as `[].append`, made at each access."""
    if type(receiver) is MethodType:  # on PyPy, the three types are one
        return False
    if type(receiver) is MethodWrapperType:
        return True
    if type(receiver) is not BuiltinMethodType:
        return False
    return receiver.__self__ is not None and type(receiver.__self__) is not ModuleType


class Parts(NamedTuple):
    """A receiver taken apart into what can be compared and what can be held weakly."""

    key: Key
    target: object
    """The owner of a bound method, else the receiver itself."""
    func: AnyReceiver | None
    """The function of a bound method, else `None`."""


def take_apart(receiver: object) -> Parts:
    """Take a receiver apart; two accesses to one bound method give equal keys."""
    if type(receiver) is FunctionType:
        return Parts(id(receiver), receiver, None)
    if type(receiver) is MethodType:
        return Parts(_method_key(receiver), receiver.__self__, receiver.__func__)
    if type(receiver) is MethodWrapperType:
        return Parts((id(receiver.__self__), receiver.__name__), receiver, None)
    if type(receiver) is BuiltinMethodType and is_bound_c_method(receiver):
        return Parts((id(receiver.__self__), receiver.__name__), receiver, None)
    return Parts(id(receiver), receiver, None)


def put_together(func: AnyReceiver | None, target: object) -> AnyReceiver:
    """Give a receiver back, of the last two of its parts."""
    return cast("AnyReceiver", target) if func is None else MethodType(func, target)

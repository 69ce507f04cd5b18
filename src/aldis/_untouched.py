"""What can be known of objects and classes without running a line of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from types import (
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    NoneType,
    WrapperDescriptorType,
)
from typing import Any, Final, cast

from aldis.exceptions import quote, shorten

# By way of what `type` itself has: `cls.__mro__` asks the metaclass first, and so does
# `type.__getattribute__(cls, "__mro__")`.
_get_mro: Final[Any] = type.__dict__["__mro__"].__get__
_get_names: Final[Any] = type.__dict__["__dict__"].__get__
_get_name: Final[Any] = type.__dict__["__name__"].__get__
_get_qualname: Final[Any] = type.__dict__["__qualname__"].__get__
_get_module: Final[Any] = type.__dict__["__module__"].__get__

# What `inspect` asks of a callable that is no function.
_ASKED: Final = (
    "__annotations__",
    "__call__",
    "__class__",
    "__code__",
    "__defaults__",
    "__eq__",
    "__getattr__",
    "__getattribute__",
    "__kwdefaults__",
    "__name__",
    "__partialmethod__",
    "__signature__",
    "__text_signature__",
)
_LARGEST: Final = 2000  # bits of an int that is shown; Python refuses to show very large ones


def mro_of(kind: type) -> tuple[type, ...]:
    """Give a class and its bases, in the order in which they are searched."""
    bases: tuple[type, ...] = _get_mro(kind)
    return bases


def names_in(kind: type) -> Mapping[str, object]:
    """Give what stands in the body of a class."""
    names: Mapping[str, object] = _get_names(kind)
    return names


def look_up(kind: type, name: str) -> object:
    """Find what the objects of a class have under a name by their class; `None` for nothing."""
    for base in mro_of(kind):
        names = names_in(base)
        if name in names:
            return names[name]
    return None


def attributes_of(value: object) -> Mapping[str, object]:
    """Give an object's own attributes; none where its class has a say in what they are."""
    slot = look_up(type(value), "__dict__")
    kind: type[object] = type(slot)
    if kind is not GetSetDescriptorType:
        return {}
    names: object = cast("Any", slot).__get__(value)
    is_plain = type(names) is dict or type(names) is MappingProxyType
    return cast("Mapping[str, object]", names) if is_plain else {}


def is_quiet(kind: type) -> bool:
    """Tell whether `inspect` can ask its objects for a signature without running a line of it."""
    return all(is_built_in(look_up(kind, name)) for name in _ASKED)


def is_built_in(found: object) -> bool:
    """Tell whether what a class has under a name comes with Python, or with another language."""
    kind: type[object] = type(found)
    if kind is FunctionType:  # on PyPy, so is what comes with a built-in type
        return type(cast("FunctionType", found).__code__) is not CodeType
    return (
        kind is NoneType
        or kind is WrapperDescriptorType
        or kind is GetSetDescriptorType
        or kind is MemberDescriptorType
    )


def name_of(kind: type) -> str:
    """Name a class for a message."""
    return shorten(_get_name(kind))


def qualified_name_of(kind: type) -> str:
    """Name a class for a message, with what it stands in."""
    return shorten(_get_qualname(kind))


def full_name_of(kind: type) -> str:
    """Name a class for a message, with its module and what it stands in."""
    module, name = module_of(kind), qualified_name_of(kind)
    return name if module in ("?", "builtins") else f"{module}.{name}"


def module_of(kind: type) -> str:
    """Name the module of a class; anything can stand in the place of that name."""
    module: object = _get_module(kind)
    return shorten(module) if type(module) is str else "?"


def show_number(value: object) -> str:
    """Show what was passed for a number: a number as it is, any other object by its type."""
    kind = type(value)
    if value is None or kind is bool or kind is float:
        return repr(value)
    if kind is int and cast("int", value).bit_length() <= _LARGEST:
        return shorten(repr(value))
    return f"<{name_of(kind)}>"


def show_word(value: object) -> str:
    """Show what was passed for one of a few words: a text as it is, any other by its type."""
    return quote(value) if type(value) is str else f"<{name_of(type(value))}>"

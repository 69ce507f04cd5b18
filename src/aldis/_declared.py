"""Which type a generic object was declared with, found where Python keeps it at run time."""

from __future__ import annotations

import typing
from typing import Any

from aldis._inspection import shorten


def declared_argument(instance: object, generic: type) -> Any:
    """Find the first type argument of `generic` that an instance of it was made with.

    `__orig_class__` is set only after `__init__`, so this is asked for late, never kept.

    Args:
        instance: an instance of `generic`, or of a subclass.
        generic: the class whose first parameter is looked for.

    Returns:
        The argument as it was written, or `None` when it was not written at run time.
    """
    alias = getattr(instance, "__orig_class__", type(instance))
    return _first_argument(alias, generic)


def _first_argument(alias: Any, generic: type) -> Any:
    origin = typing.get_origin(alias) or alias
    arguments = typing.get_args(alias)
    if origin is generic:
        return arguments[0] if arguments else None
    given = dict(zip(getattr(origin, "__parameters__", ()), arguments, strict=False))
    for base in vars(origin).get("__orig_bases__", origin.__bases__):
        base_origin = typing.get_origin(base) or base
        if isinstance(base_origin, type) and issubclass(base_origin, generic):
            found = _first_argument(base, generic)
            return given.get(found, found) if given else found
    return None


def show_type(declared: object) -> str:
    """Show a type as a message shows it: a class by its name, any other form as it was written."""
    if isinstance(declared, type) and not typing.get_args(declared):
        return shorten(declared.__qualname__)
    return shorten(str(declared))

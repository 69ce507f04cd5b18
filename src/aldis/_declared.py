"""Which type a generic object was declared with, found where Python keeps it at run time."""

from __future__ import annotations

import typing
from types import GenericAlias, UnionType
from typing import Any, Final, cast

from aldis._inspection import describe
from aldis._untouched import module_of, qualified_name_of
from aldis.exceptions import quote, shorten

_OF_FORMS: Final = (
    *("annotationlib", "collections.abc", "types", "typing", "typing_extensions"),
    *(each.__module__ for each in (GenericAlias, UnionType)),  # on PyPy, one of its own
)


def declared_argument(instance: object, generic: type) -> object:
    """Find the first type argument of `generic` that an instance of it was made with.

    `__orig_class__` is set only after `__init__`, so this is asked for late and never kept.

    Args:
        instance: an instance of `generic`, or of a subclass.
        generic: the class whose first parameter is looked for.

    Returns:
        The argument as it was written, or `None` when it was not written at run time.
    """
    return _first_argument(getattr(instance, "__orig_class__", type(instance)), generic)


def _first_argument(alias: object, generic: type) -> object:
    origin: Any = typing.get_origin(alias) or alias
    arguments = typing.get_args(alias)
    if origin is generic:
        return arguments[0] if arguments else None
    parameters: tuple[object, ...] = getattr(origin, "__parameters__", ())
    given = dict(zip(parameters, arguments, strict=False))
    for base in _bases(origin):
        base_origin = typing.get_origin(base) or base
        if isinstance(base_origin, type) and issubclass(base_origin, generic):
            return _fill_in(_first_argument(base, generic), given)
    return None


def _fill_in(found: Any, given: dict[object, object]) -> object:  # noqa: ANN401  # any type form
    """Put the arguments that a subclass was made with in the place of its type variables."""
    kind = cast("type[object]", type(found))
    if kind is typing.TypeVar:
        return given.get(found, found)
    if issubclass(kind, type):
        return found
    parameters: tuple[object, ...] = getattr(found, "__parameters__", ())
    if not given or not typing.get_args(found) or not parameters:
        return found
    return found[tuple(given.get(each, each) for each in parameters)]


def _bases(cls: type) -> tuple[object, ...]:
    # `types.get_original_bases` came with Python 3.12.
    bases: tuple[object, ...] = cls.__dict__.get("__orig_bases__", cls.__bases__)
    return bases


def show_type(declared: object) -> str:
    """Show a type as a message shows it: a class by its name, any other form as it was written."""
    kind = type(declared)
    if issubclass(kind, type):
        return qualified_name_of(cast("type", declared))
    if kind is str:
        return quote(cast("str", declared))
    return shorten(str(declared)) if _is_form(declared) else describe(declared)


def is_same_type(one: object, other: object) -> bool:
    """Tell whether two declared types are the same: classes by identity, forms as `typing` says."""
    return one is other or (_is_form(one) and _is_form(other) and bool(one == other))


def _is_form(declared: object) -> bool:
    """Tell whether it is what `typing` makes of types; other objects are never shown or compared.

    An instance is easily given in the place of its class, and may hold what is not to be printed.
    """
    kind = type(declared)
    return kind is str or declared is None or module_of(kind) in _OF_FORMS


def show_apart(one: object, other: object) -> tuple[str, str]:
    """Show two different types, with their modules where their names are the same."""
    shown = show_type(one), show_type(other)
    if shown[0] != shown[1]:
        return shown
    return _show_with_module(one, shown[0]), _show_with_module(other, shown[1])


def _show_with_module(declared: object, shown: str) -> str:
    is_class = issubclass(type(declared), type)
    return f"{module_of(cast('type', declared))}.{shown}" if is_class else shown

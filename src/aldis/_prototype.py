"""What a prototype function declares: how the receivers of a keyword signal are called."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable, Iterator
from types import FunctionType, SimpleNamespace
from typing import Annotated, Any, NamedTuple, NotRequired, Required

from typing_extensions import (
    ReadOnly,
    Unpack,
    get_type_hints,
    is_typeddict,
)

from aldis._inspection import describe
from aldis._signatures import Call, read_signature, show_signature
from aldis.exceptions import PrototypeError, shorten

_UNPACK = (typing.Unpack, Unpack)  # typing_extensions has its own below Python 3.12
_KEYWORD_KINDS = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)


class _Keywords(NamedTuple):
    """The keywords of a payload: those that always come, and those that may."""

    required: tuple[str, ...]
    optional: tuple[str, ...]


def read_prototype(prototype: object) -> Call:
    """Read from a prototype how receivers will be called.

    Args:
        prototype: a function `(sender, /, **payload)` or `(sender, /, *, key, ...)`.

    Returns:
        The call. A keyword that is `NotRequired`, or has a default, may be missing from it.

    Raises:
        PrototypeError: the prototype has another shape.
    """
    if type(prototype) is not FunctionType:
        raise PrototypeError(describe(prototype), found="of something that is no plain function")
    signature = read_signature(prototype, follow_wrapped=True)
    parameters = [] if signature is None else [*signature.parameters.values()]
    kinds = [parameter.kind for parameter in parameters]
    if kinds[:1] != [inspect.Parameter.POSITIONAL_ONLY] or not all(
        kind in _KEYWORD_KINDS for kind in kinds[1:]
    ):
        raise PrototypeError(describe(prototype), found=show_signature(prototype))
    keywords = _keywords_of(prototype, parameters[1:])
    if keywords is None:
        return Call(1, None, (), "receiver(sender, **payload)")
    names = (*keywords.required, *keywords.optional)
    shown = ", ".join(["sender", *(f"{name}=..." for name in names)])
    return Call(1, keywords.required, keywords.optional, shorten(f"receiver({shown})"))


def _keywords_of(
    prototype: FunctionType, parameters: Iterable[inspect.Parameter]
) -> _Keywords | None:
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            keys = _keys_of(prototype, parameter.name)
            if keys is None:
                return None
            required += keys.required
            optional += keys.optional
        elif parameter.default is parameter.empty:
            required += (parameter.name,)
        else:
            optional += (parameter.name,)
    return _Keywords(required, optional)


def _keys_of(prototype: FunctionType, name: str) -> _Keywords | None:
    """Name the keys of the TypedDict that a prototype unpacks; `None` when they are unknown.

    What is imported for type checkers alone cannot be found at run time: then the keywords go
    unchecked at `connect`, and checkers still check them. Only this one annotation is looked up,
    so that the sender's may be such a type.
    """
    try:
        alone = SimpleNamespace(__annotations__={name: prototype.__annotations__[name]})
        hint: Any = get_type_hints(alone, globalns=prototype.__globals__)[name]
    except (NameError, TypeError, AttributeError, KeyError):
        return None
    unpacked = typing.get_origin(hint) in _UNPACK
    payload: Any = typing.get_args(hint)[0] if unpacked else hint
    origin: Any = typing.get_origin(payload) or payload
    if not is_typeddict(origin):
        return None
    optional = _optional_keys(origin)
    keys: set[str] = {*origin.__required_keys__, *origin.__optional_keys__}
    return _Keywords(tuple(sorted(keys - optional)), tuple(sorted(optional)))


def _optional_keys(payload: Any) -> set[str]:  # noqa: ANN401  # a TypedDict class has no type
    """Name the keys that may be missing.

    Where annotations are kept as texts, the class itself has not seen their qualifiers.
    """
    optional: set[str] = set(payload.__optional_keys__)
    try:
        hints: dict[str, Any] = get_type_hints(payload, include_extras=True)
    except (NameError, TypeError, AttributeError):
        return optional
    for key, hint in hints.items():
        qualifiers = set(_qualifiers(hint))
        if NotRequired in qualifiers:
            optional.add(key)
        elif Required in qualifiers:
            optional.discard(key)
    return optional


def _qualifiers(hint: Any) -> Iterator[object]:  # noqa: ANN401  # any type form
    while (origin := typing.get_origin(hint)) in (NotRequired, Required, ReadOnly, Annotated):
        yield origin
        hint = typing.get_args(hint)[0]

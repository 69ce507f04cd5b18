"""What a call of an object comes to: the plain function that runs, and what partials fill in."""

from __future__ import annotations

import functools
from types import CodeType, FunctionType, MethodType
from typing import Any, Final, NamedTuple, cast

from aldis._untouched import look_up, mro_of, names_in

_DEEPEST = 100  # partials in partials; one can be made to hold itself

# What `functools` itself has; a subclass can put anything in its place.
_PARTIAL: Final = vars(functools.partial)
func_of: Final[Any] = _PARTIAL["func"].__get__
args_of: Final[Any] = _PARTIAL["args"].__get__
keywords_of: Final[Any] = _PARTIAL["keywords"].__get__


def find_function(receiver: object) -> FunctionType | None:
    """Find the plain function that runs in the end: in partials, bound methods and `__call__`."""
    found = receiver
    for _ in range(_DEEPEST):
        kind = type(found)
        if kind is FunctionType:
            return _if_plain(found)
        if kind is MethodType or kind is staticmethod:
            found = cast("MethodType", found).__func__
        elif issubclass(kind, functools.partial):
            found = cast("object", func_of(found))
        else:
            return own_call(kind)
    return None


def own_call(kind: type) -> FunctionType | None:
    """Find the plain function that an object's `__call__` is, without asking its metaclass."""
    for base in mro_of(kind):
        if base is functools.partial:
            return None  # on PyPy it has one, and that says nothing of what it accepts
        names = names_in(base)
        if "__call__" in names:
            return _if_plain(names["__call__"])
    return None


def _if_plain(candidate: object) -> FunctionType | None:
    """Give a function that has code; on PyPy, a method of a built-in type is one without."""
    if type(candidate) is FunctionType and type(candidate.__code__) is CodeType:
        return candidate
    return None


class Unfolded(NamedTuple):
    """What is called in the end, and what partials of it fill in."""

    candidate: Any
    args: tuple[object, ...]
    keywords: dict[str, object]

    def is_filled(self) -> bool:
        """Tell whether anything is filled in."""
        return bool(self.args or self.keywords)


def unfold(receiver: object) -> Unfolded:
    """Take partials and static methods apart, without asking them.

    A callable object becomes the bound method of its `__call__`.
    """
    args: tuple[object, ...] = ()
    keywords: dict[str, object] = {}
    found = receiver
    for _ in range(_DEEPEST):
        kind: type[object] = type(found)
        if kind is staticmethod:
            found = cast("MethodType", found).__func__
        elif look_up(kind, "__call__") is _PARTIAL["__call__"]:
            args = (*args_of(found), *args)
            keywords = {**keywords_of(found), **keywords}
            found = cast("object", func_of(found))
        else:
            break
    kind = type(found)
    call = None if kind is FunctionType or kind is MethodType else own_call(kind)
    return Unfolded(found if call is None else MethodType(call, found), args, keywords)

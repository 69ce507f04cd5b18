"""What a call of an object comes to: the plain function that runs, and what partials fill in."""

from __future__ import annotations

import functools
from types import CodeType, FunctionType, MethodType
from typing import Any, Final, cast

from aldis._named import NamedTuple
from aldis._untouched import look_up, mro_of, names_in

# Of `code.co_flags`, as `inspect` names them: that takes 4 ms to import,
# and all modules of Aldis that a send needs 6.
CO_VARARGS: Final = 0x04
CO_VARKEYWORDS: Final = 0x08
CO_GENERATOR: Final = 0x20
CO_COROUTINE: Final = 0x80
CO_ITERABLE_COROUTINE: Final = 0x100
CO_ASYNC_GENERATOR: Final = 0x200

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
        if found is None:
            return None
        if kind is FunctionType:
            return if_plain(found)
        if kind is MethodType or kind is staticmethod:
            found = cast("MethodType", found).__func__
        elif is_partial(kind):
            found = cast("object", func_of(found))
        else:
            found = own_call(found)
    return None


def is_partial(kind: type) -> bool:
    """Tell whether calling its objects is calling what they are partials of."""
    return look_up(kind, "__call__") is _PARTIAL["__call__"]


def own_call(candidate: object) -> object:
    """Give the plain function, or the method of one, that an object's `__call__` is.

    Its metaclass is not asked. `None` stands for any other `__call__`.
    """
    kind = type(candidate)
    for base in mro_of(kind):
        if base is functools.partial:
            return None  # on PyPy it has one, and that says nothing of what it accepts
        names = names_in(base)
        if "__call__" in names:
            return _bind(names["__call__"], candidate)
    return None


def _bind(call: object, candidate: object) -> object:
    kind = type(call)
    if kind is not staticmethod and kind is not classmethod:
        return None if if_plain(call) is None else MethodType(cast("Any", call), candidate)
    function: Any = if_plain(cast("MethodType", call).__func__)
    if function is None or kind is staticmethod:
        return function
    return MethodType(function, type(candidate))


def if_plain(candidate: object) -> FunctionType | None:
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

    A callable object becomes what a call of it runs.
    """
    args: tuple[object, ...] = ()
    keywords: dict[str, object] = {}
    found = receiver
    for _ in range(_DEEPEST):
        kind: type[object] = type(found)
        if kind is staticmethod:
            found = cast("MethodType", found).__func__
        elif is_partial(kind):
            args = (*args_of(found), *args)
            keywords = {**keywords_of(found), **keywords}
            found = cast("object", func_of(found))
        else:
            break
    kind = type(found)
    call = None if kind is FunctionType or kind is MethodType else own_call(found)
    return Unfolded(found if call is None else call, args, keywords)

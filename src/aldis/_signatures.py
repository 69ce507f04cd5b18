"""Which calls a callable accepts: its signature, read without running a line of what is read."""

from __future__ import annotations

import functools
from types import BuiltinMethodType, CodeType, FunctionType, MethodType, MethodWrapperType
from typing import TYPE_CHECKING, Any, Final, cast

from aldis._callee import (
    CO_VARARGS,
    CO_VARKEYWORDS,
    Unfolded,
    args_of,
    func_of,
    if_plain,
    is_partial,
    keywords_of,
    own_call,
    unfold,
)
from aldis._named import NamedTuple
from aldis._types import AnyReceiver
from aldis._untouched import attributes_of, is_built_in, is_quiet, look_up, mro_of, names_in
from aldis.exceptions import shorten

if TYPE_CHECKING:
    import inspect

# inspect is imported where it is first needed: most receivers are functions and methods, which are
# judged by their code.

_PLACEHOLDER: Final[object] = getattr(functools, "Placeholder", object())  # since Python 3.14
_MAKE: Final[object] = type.__dict__["__call__"]


class Call(NamedTuple):
    """How a signal calls its receivers."""

    positional: int
    required: tuple[str, ...] | None
    """The names of what is always passed by keyword; `None` when they cannot be known."""
    optional: tuple[str, ...]
    """The names of what may be passed by keyword as well."""
    shown: str


SENDER_AND_PAYLOAD = Call(2, (), (), "receiver(sender, payload)")


# -- what is accepted --------------------------------------------------------------------------


def accepts(receiver: AnyReceiver, call: Call) -> bool:
    """Tell whether a callable can be called so; one without a readable signature can."""
    verdict = _plain_accepts(receiver, call)  # by far the most are such
    if verdict is not None:
        return verdict
    unfolded = unfold(receiver)
    verdict = None if unfolded.is_filled() else _plain_accepts(unfolded.candidate, call)
    if verdict is not None:
        return verdict
    signature = read_signature(unfolded.candidate)
    # Many C callables have none; the call itself will tell.
    return signature is None or _binds(signature, unfolded, call)


def _plain_accepts(candidate: object, call: Call) -> bool | None:
    """Judge a plain function, or a method of one; `None` for anything else."""
    bound = 0
    if type(candidate) is MethodType:
        candidate, bound = candidate.__func__, 1
    function = if_plain(candidate)
    return None if function is None else _function_accepts(function, bound, call)


def _binds(signature: inspect.Signature, unfolded: Unfolded, call: Call) -> bool:
    _, args, keywords = unfolded
    missing = call.positional - sum(each is _PLACEHOLDER for each in args)
    try:
        if call.required is None:
            signature.bind_partial(*args, *[None] * missing, **keywords)
        else:
            given = {**keywords, **dict.fromkeys(call.required)}
            signature.bind(*args, *[None] * missing, **given)
            given |= dict.fromkeys(call.optional)
            signature.bind(*args, *[None] * missing, **given)
    except TypeError:
        return False
    return missing >= 0


def _function_accepts(function: FunctionType, bound: int, call: Call) -> bool:
    """Judge a plain function by its code: `inspect.signature` costs as much as six connects."""
    code = function.__code__
    positional = bound + call.positional
    if code.co_argcount < positional and not code.co_flags & CO_VARARGS:
        return False
    if call.required is None:
        return True
    if not call.required and not call.optional:
        return not _required_names(function, positional)
    by_keyword = set(_keyword_names(code))
    taken = set(code.co_varnames[code.co_posonlyargcount : min(positional, code.co_argcount)])
    given = {*call.required, *call.optional}
    if given & taken:
        return False  # the same parameter would get two values
    if not given <= by_keyword and not code.co_flags & CO_VARKEYWORDS:
        return False
    return _required_names(function, positional) <= set(call.required)


def _keyword_names(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[code.co_posonlyargcount : code.co_argcount + code.co_kwonlyargcount]


def _required_names(function: FunctionType, positional: int) -> set[str]:
    """Name the parameters behind the first `positional` ones that have no default."""
    code = function.__code__
    if code.co_argcount <= positional and not code.co_kwonlyargcount:
        return set()
    without_default = code.co_argcount - len(function.__defaults__ or ())
    keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__kwdefaults__ or {}
    return {
        *code.co_varnames[positional:without_default],
        *(name for name in keyword_only if name not in defaults),
    }


class _Elided:
    """Stands for a default value, whose own `repr` could run or reveal anything."""

    def __repr__(self) -> str:
        return "..."


# -- what is shown -----------------------------------------------------------------------------


def show_signature(receiver: AnyReceiver) -> str:
    """Show the names and kinds of a callable's parameters, without annotations and values."""
    signature = read_signature(receiver)
    if signature is not None:
        return _show(signature)
    inner = read_signature(unfold(receiver).candidate)
    return "(...)" if inner is None else f"{_show(inner)}, of which it fills in what does not fit"


def _show(signature: inspect.Signature) -> str:
    import inspect  # noqa: PLC0415  # see above

    bare = [
        parameter.replace(
            annotation=inspect.Parameter.empty,
            default=parameter.empty if parameter.default is parameter.empty else _Elided(),
        )
        for parameter in signature.parameters.values()
    ]
    return shorten(str(inspect.Signature(bare)))


def first_name(receiver: AnyReceiver) -> str | None:
    """Name the parameter that a first positional argument goes to, if a keyword could as well.

    A wrapper passes on what it gets, so what counts is the function that it wraps.
    """
    signature = read_signature(receiver, follow_wrapped=True)
    first = None if signature is None else next(iter(signature.parameters.values()), None)
    if first is None or first.kind is not first.POSITIONAL_OR_KEYWORD:
        return None
    return first.name


# -- what is read ------------------------------------------------------------------------------


def read_signature(candidate: object, *, follow_wrapped: bool = False) -> inspect.Signature | None:
    """Read a callable's signature; `None` where there is none, or reading it would run its code."""
    try:
        readable = _readable(candidate, follow_wrapped)
        if readable is None:
            return None
        import inspect  # noqa: PLC0415  # see above

        return inspect.signature(readable, follow_wrapped=follow_wrapped)
    except Exception:  # noqa: BLE001  # what its author says of it may be wrong in any way
        return None


def _readable(receiver: object, follow_wrapped: bool) -> Any:  # noqa: ANN401, FBT001  # any callable
    """Give what has the same signature, and no code that would run when it is read."""
    kind, candidate = type(receiver), cast("Any", receiver)
    if kind is FunctionType:
        wrapped = attributes_of(candidate).get("__wrapped__") if follow_wrapped else None
        return _bare(candidate) if wrapped is None else _readable(wrapped, follow_wrapped)
    if kind is MethodType:
        inner = _readable(candidate.__func__, follow_wrapped)
        return None if inner is None else MethodType(inner, candidate.__self__)
    if is_partial(kind):
        inner = _readable(func_of(candidate), follow_wrapped)
        given, named = args_of(candidate), keywords_of(candidate)
        return None if inner is None else functools.partial(inner, *given, **named)
    call = candidate.__func__ if kind is staticmethod else own_call(candidate)
    if call is not None:
        return _readable(call, follow_wrapped)
    if issubclass(kind, type) and look_up(kind, "__call__") is _MAKE:
        return _readable_class(candidate)
    return candidate if _is_readable(candidate) else None


def _readable_class(kind: type) -> Any:  # noqa: ANN401  # any callable
    constructor = _constructor(kind)
    if constructor is None:
        return kind if _is_readable(kind) else None
    function = if_plain(constructor)
    return None if function is None else MethodType(_bare(function), kind)


def _is_readable(candidate: object) -> bool:
    kind = type(candidate)
    if issubclass(kind, type) and look_up(cast("type", candidate), "__signature__") is not None:
        return False
    if kind is BuiltinMethodType or kind is MethodWrapperType:
        owner: object = cast("Any", candidate).__self__
        kind = type(owner)  # which is asked as well
    return is_quiet(kind) and "__signature__" not in attributes_of(candidate)


def _bare(function: FunctionType) -> FunctionType:
    """Copy a function without annotations, which Python 3.14 would evaluate, and attributes.

    `inspect` believes a `__signature__` that stands among these, and evaluates it if it is a text.
    """
    copy = FunctionType(function.__code__, {}, "bare", function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _constructor(kind: type) -> object:
    """Find what gets the arguments of a class that is called; `None` where all is built in."""
    names = {"__new__", "__init__"}
    for base in mro_of(kind):
        for name in sorted(names & names_in(base).keys(), reverse=True):
            names.discard(name)
            found = names_in(base)[name]
            if type(found) is staticmethod:
                found = cast("MethodType", found).__func__
            if type(found) is not BuiltinMethodType and not is_built_in(found):
                return found
    return None

"""What a callable is: whether it is async, which calls it accepts, and how to speak of it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple, cast

from aldis._types import AnyReceiver
from aldis.exceptions import (
    GeneratorReceiverError,
    NotCallableError,
    ReceiverSignatureError,
    shorten,
)

_GIVES_COROUTINE = inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE
# What `inspect.markcoroutinefunction` sets, and what `unittest.mock` sets for asyncio.
_MARKS = frozenset(("_is_coroutine_marker", "_is_coroutine"))
_GIVES_GENERATOR = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


class Call(NamedTuple):
    """How a signal calls its receivers."""

    positional: int
    required: tuple[str, ...] | None
    """The names of what is always passed by keyword; `None` when they cannot be known."""
    optional: tuple[str, ...]
    """The names of what may be passed by keyword as well."""
    shown: str


SENDER_AND_PAYLOAD = Call(2, (), (), "receiver(sender, payload)")


class Origin(NamedTuple):
    """Where a function was defined."""

    name: str
    module: str
    code: CodeType | None

    @property
    def filename(self) -> str:
        """The file, as its code has it."""
        return "<unknown>" if self.code is None else self.code.co_filename

    @property
    def lineno(self) -> int:
        """The line of its `def`, or of its first decorator, counted from 1."""
        return 1 if self.code is None else self.code.co_firstlineno


def check_receiver(receiver: object, call: Call) -> AnyReceiver:
    """Refuse what is not callable, what would never run, and what does not accept `call`.

    What has no readable signature is accepted. `__wrapped__` is not followed: a wrapper is judged
    by what it accepts itself.

    Returns:
        The receiver, known to be callable.

    Raises:
        NotCallableError: it cannot be called at all.
        GeneratorReceiverError: its body would never run.
        ReceiverSignatureError: it does not accept `call`.
    """
    if not callable(receiver):
        raise NotCallableError(describe(receiver))
    flags = _flags(receiver)
    if flags & _GIVES_GENERATOR and not flags & inspect.CO_ITERABLE_COROUTINE:
        raise GeneratorReceiverError(describe(receiver))
    if not accepts(receiver, call):
        raise ReceiverSignatureError(
            describe(receiver), found=show_signature(receiver), needed=call.shown
        )
    return receiver


def is_async(receiver: AnyReceiver) -> bool:
    """Tell whether calling `receiver` gives a coroutine, as far as that shows before the call.

    True for coroutine functions, for objects with an async `__call__`, for bound methods and
    partials of these, and for what `inspect.markcoroutinefunction` marks.
    """
    if _flags(receiver) & _GIVES_COROUTINE:
        return True
    function = _underlying(receiver)
    if function is not None and not _MARKS.isdisjoint(function.__dict__):
        return True
    return function is not receiver and not _MARKS.isdisjoint(_own_names(receiver))


def is_generator(candidate: AnyReceiver) -> bool:
    """Tell whether calling it gives a generator, by the rules of `is_async`."""
    flags = _flags(candidate)
    return bool(flags & inspect.CO_GENERATOR and not flags & inspect.CO_ITERABLE_COROUTINE)


def is_async_generator(candidate: AnyReceiver) -> bool:
    """Tell whether calling it gives an async generator, by the rules of `is_async`."""
    return bool(_flags(candidate) & inspect.CO_ASYNC_GENERATOR)


def _own_names(receiver: object) -> Iterable[str]:
    """Name an object's own attributes, without asking the object."""
    try:
        return cast("dict[str, object]", object.__getattribute__(receiver, "__dict__"))
    except AttributeError:
        return ()


def _flags(receiver: AnyReceiver) -> int:
    function = _underlying(receiver)
    return 0 if function is None else function.__code__.co_flags


def _underlying(receiver: object) -> FunctionType | None:
    """Find the plain function that runs in the end: in partials, bound methods and `__call__`."""
    found = receiver
    while True:
        kind = type(found)
        if kind is FunctionType:
            return _if_plain(found)
        if kind is MethodType or kind is staticmethod:
            found = cast("MethodType", found).__func__
        elif issubclass(kind, functools.partial):
            found = cast("functools.partial[object]", found).func
        else:
            return _own_call(kind)


def _own_call(kind: type) -> FunctionType | None:
    """Find the plain function that an object's `__call__` is, without asking its metaclass."""
    for base in type.__getattribute__(kind, "__mro__"):
        if base is functools.partial:
            return None  # on PyPy it has one, and that says nothing of what it accepts
        names: dict[str, object] = type.__getattribute__(base, "__dict__")
        if "__call__" in names:
            return _if_plain(names["__call__"])
    return None


def _if_plain(candidate: object) -> FunctionType | None:
    """Give a function that has code; on PyPy, a method of a built-in type is one without."""
    if type(candidate) is FunctionType and type(candidate.__code__) is CodeType:
        return candidate
    return None


def _as_method(receiver: object) -> object:
    """Give a callable object as the bound method that a call of it is, which has no own attributes.

    Reading the signature of the object itself would run its `__getattr__` and `__class__`.
    """
    call = _own_call(type(receiver))
    return receiver if call is None else MethodType(call, receiver)


def accepts(receiver: AnyReceiver, call: Call) -> bool:
    """Tell whether a callable can be called so; one without a readable signature can."""
    candidate: Any = _as_method(receiver)
    function = _underlying(candidate)
    if function is not None and function is candidate:
        return _function_accepts(function, 0, call)
    if function is not None and type(candidate) is MethodType and candidate.__func__ is function:
        return _function_accepts(function, 1, call)
    try:
        signature = inspect.signature(candidate, follow_wrapped=False)
    except (ValueError, TypeError):
        return True  # many C callables have none; the call itself will tell
    arguments = [None] * call.positional
    try:
        if call.required is None:
            signature.bind_partial(*arguments)
        else:
            signature.bind(*arguments, **dict.fromkeys(call.required))
            signature.bind(*arguments, **dict.fromkeys((*call.required, *call.optional)))
    except TypeError:
        return False
    return True


def _function_accepts(function: FunctionType, bound: int, call: Call) -> bool:
    """Judge a plain function by its code: `inspect.signature` costs as much as six connects."""
    code = function.__code__
    positional = bound + call.positional
    if code.co_argcount < positional and not code.co_flags & inspect.CO_VARARGS:
        return False
    if call.required is None:
        return True
    by_keyword = set(_keyword_names(code))
    taken = set(code.co_varnames[code.co_posonlyargcount : min(positional, code.co_argcount)])
    given = {*call.required, *call.optional}
    if given & taken:
        return False  # the same parameter would get two values
    if not given <= by_keyword and not code.co_flags & inspect.CO_VARKEYWORDS:
        return False
    return _required_names(function, positional) <= set(call.required)


def _keyword_names(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[code.co_posonlyargcount : code.co_argcount + code.co_kwonlyargcount]


def _required_names(function: FunctionType, positional: int) -> set[str]:
    """Name the parameters behind the first `positional` ones that have no default."""
    code = function.__code__
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


def show_signature(receiver: AnyReceiver) -> str:
    """Show the names and kinds of a callable's parameters, without annotations and values."""
    shown: Any = _as_method(receiver)
    signature = inspect.signature(shown, follow_wrapped=False)
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
    candidate: Any = _as_method(receiver)
    try:
        parameters = inspect.signature(candidate).parameters.values()
    except (ValueError, TypeError):
        return None
    first = next(iter(parameters), None)
    if first is None or first.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD:
        return None
    return first.name


def find_origin(receiver: object) -> Origin | None:
    """Say where the function that runs in the end was defined; `None` when that cannot be known."""
    function = _underlying(receiver)
    if function is None:
        return None
    module = function.__module__
    return Origin(
        shorten(function.__qualname__),
        shorten(module) if type(module) is str else "?",
        function.__code__,
    )


def describe(receiver: object) -> str:
    """Name a receiver for a message: what it is and where it was defined, never its `repr`."""
    origin = find_origin(receiver)
    if origin is None:
        return _describe_object(receiver)
    name = f"{origin.module}.{origin.name}"
    kind = type(receiver)
    if kind is MethodType:
        name = f"the bound method {name}"
    elif issubclass(kind, functools.partial):
        name = f"a partial of {name}"
    elif kind is not FunctionType:
        name = _describe_object(receiver)
    return f"{name} ({shorten(origin.filename)}:{origin.lineno})"


def _describe_object(receiver: object) -> str:
    if receiver is None:
        return "None"
    kind = type(receiver)
    if issubclass(kind, type):
        return f"the class {shorten(_type_name(cast('type', receiver)))}"
    return f"an object of type {shorten(_type_name(kind))}"


def _type_name(kind: type) -> str:
    # By way of `type` itself: a metaclass may have put anything in the place of the names.
    module: object = type.__getattribute__(kind, "__module__")
    name: str = type.__getattribute__(kind, "__qualname__")
    return name if type(module) is not str or module == "builtins" else f"{module}.{name}"

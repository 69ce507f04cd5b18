"""What a callable is: whether it is async, which calls it accepts, and how to speak of it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from types import (
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MethodType,
    NoneType,
    WrapperDescriptorType,
)
from typing import Any, Final, NamedTuple, cast

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

# The descriptors themselves: for an attribute of a class its metaclass would be asked, and for one
# of a partial the class that may be derived from it.
mro_of: Final[Any] = vars(type)["__mro__"].__get__
names_of: Final[Any] = vars(type)["__dict__"].__get__
_module_of: Final[Any] = vars(type)["__module__"].__get__
name_of: Final[Any] = vars(type)["__name__"].__get__
_qualname_of: Final[Any] = vars(type)["__qualname__"].__get__
_func_of: Final[Callable[[object], object]] = vars(functools.partial)["func"].__get__
_args_of: Final[Any] = vars(functools.partial)["args"].__get__
_keywords_of: Final[Any] = vars(functools.partial)["keywords"].__get__
_PARTIAL_CALL: Final[object] = vars(functools.partial)["__call__"]
_PLACEHOLDER: Final[object] = getattr(functools, "Placeholder", object())  # since Python 3.14

# What reading a signature asks of an object, and what answers where no user's code does.
_ASKED = ("__getattribute__", "__getattr__", "__class__", "__eq__", "__hash__")
_BUILT_IN = (WrapperDescriptorType, GetSetDescriptorType, NoneType)


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

    What has no signature that can be read without running a user's code is accepted. `__wrapped__`
    is not followed: a wrapper is judged by what it accepts itself.

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
    return function is not receiver and not _MARKS.isdisjoint(own_names(receiver))


def is_generator(candidate: AnyReceiver) -> bool:
    """Tell whether calling it gives a generator, by the rules of `is_async`."""
    flags = _flags(candidate)
    return bool(flags & inspect.CO_GENERATOR and not flags & inspect.CO_ITERABLE_COROUTINE)


def is_async_generator(candidate: AnyReceiver) -> bool:
    """Tell whether calling it gives an async generator, by the rules of `is_async`."""
    return bool(_flags(candidate) & inspect.CO_ASYNC_GENERATOR)


def own_names(receiver: object) -> Iterable[str]:
    """Name an object's own attributes, without asking the object."""
    found = _find(type(receiver), "__dict__")
    if type(found) is not GetSetDescriptorType:
        return ()
    names: dict[str, object] = found.__get__(receiver)
    return names


def _flags(receiver: AnyReceiver) -> int:
    function = _underlying(receiver)
    return 0 if function is None else function.__code__.co_flags


def _underlying(receiver: object) -> FunctionType | None:
    """Find the plain function that runs in the end: in partials, bound methods and `__call__`."""
    found = receiver
    while True:
        kind = type(found)
        if kind is FunctionType:
            return cast("FunctionType", found)
        if kind is MethodType or kind is staticmethod:
            found = cast("MethodType", found).__func__
        elif issubclass(kind, functools.partial):
            found = _func_of(found)
        else:
            return _own_call(kind)


def _own_call(kind: type) -> FunctionType | None:
    """Find the plain function that an object's `__call__` is."""
    call = _find(kind, "__call__")
    return call if type(call) is FunctionType else None


def _find(kind: type, name: str) -> object:
    """Find what a class or its bases have under a name, without asking its metaclass."""
    for base in mro_of(kind):
        names: dict[str, object] = names_of(base)
        if name in names:
            return names[name]
    return None


def _is_readable(candidate: object) -> bool:
    """Tell whether a signature can be read without running a user's code."""
    return all(_is_built_in(_find(type(candidate), name)) for name in _ASKED)


def _is_built_in(found: object) -> bool:
    if type(found) is FunctionType:
        return type(found.__code__) is not CodeType  # those of PyPy
    return type(found) in _BUILT_IN


def _as_method(receiver: object) -> object:
    """Give what a call of a receiver comes to, and what has no attributes of a user's.

    A callable object is the bound method of its `__call__`, a static method its function. Reading
    the signature of the object itself would run its `__getattr__` and `__class__`.
    """
    kind = type(receiver)
    if kind is FunctionType or kind is MethodType:
        return receiver
    if kind is staticmethod:
        return _as_method(cast("staticmethod[Any, Any]", receiver).__func__)
    call = _own_call(kind)
    return receiver if call is None else MethodType(call, receiver)


class _Unfolded(NamedTuple):
    """What is called in the end, and what partials of it fill in."""

    candidate: Any
    args: tuple[object, ...]
    keywords: dict[str, object]

    def is_filled(self) -> bool:
        """Tell whether anything is filled in."""
        return bool(self.args or self.keywords)


def _unfold(receiver: object) -> _Unfolded:
    """Take partials apart, without asking them."""
    args: tuple[object, ...] = ()
    keywords: dict[str, object] = {}
    while _find(type(receiver), "__call__") is _PARTIAL_CALL:
        args = (*_args_of(receiver), *args)
        keywords = {**_keywords_of(receiver), **keywords}
        receiver = _func_of(receiver)
    return _Unfolded(_as_method(receiver), args, keywords)


def accepts(receiver: AnyReceiver, call: Call) -> bool:
    """Tell whether a callable can be called so; one without a readable signature can."""
    unfolded = _unfold(receiver)
    candidate, args, keywords = unfolded
    function = None if unfolded.is_filled() else _underlying(candidate)
    if function is not None and function is candidate:
        return _function_accepts(function, 0, call)
    if function is not None and type(candidate) is MethodType and candidate.__func__ is function:
        return _function_accepts(function, 1, call)
    if not _is_readable(candidate):
        return True
    try:
        signature = inspect.signature(candidate, follow_wrapped=False)
    except (ValueError, TypeError):
        return True  # many C callables have none; the call itself will tell
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
    shown, args, keywords = _unfold(receiver)
    signature = inspect.signature(shown, follow_wrapped=False)
    if args or keywords:
        try:
            filled = functools.partial(shown, *args, **keywords)
            signature = inspect.signature(filled, follow_wrapped=False)
        except ValueError:
            return f"{show_signature(shown)}, of which it fills in what does not fit"
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
    if not _is_readable(candidate):
        return None
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
    module: object = _module_of(kind)
    name: str = _qualname_of(kind)
    return name if type(module) is not str or module == "builtins" else f"{module}.{name}"

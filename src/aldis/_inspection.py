"""What a callable is: whether it is async, whether it can be connected, how to speak of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import CodeType, FunctionType, MethodType
from typing import cast

from aldis._callee import (
    CO_ASYNC_GENERATOR,
    CO_COROUTINE,
    CO_GENERATOR,
    CO_ITERABLE_COROUTINE,
    find_function,
    is_partial,
)
from aldis._named import NamedTuple
from aldis._signatures import Call, accepts, show_signature
from aldis._types import AnyReceiver
from aldis._untouched import attributes_of, full_name_of
from aldis.exceptions import (
    GeneratorReceiverError,
    NotCallableError,
    ReceiverSignatureError,
    shorten,
    shorten_file,
)

_GIVES_COROUTINE = CO_COROUTINE | CO_ITERABLE_COROUTINE
# What `inspect.markcoroutinefunction` sets, and what `unittest.mock` sets for asyncio.
_MARKS = ("_is_coroutine_marker", "_is_coroutine")
_GIVES_GENERATOR = CO_GENERATOR | CO_ASYNC_GENERATOR
_LONGEST_PATH = 1000


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
    def path(self) -> str:
        """The file, to be opened: longer than a message shows it, and yet bounded."""
        return shorten_file(self.filename, _LONGEST_PATH)

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
    if flags & _GIVES_GENERATOR and not flags & CO_ITERABLE_COROUTINE:
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
    function = find_function(receiver)
    if function is not None and _is_function_marked(function):
        return True
    return function is not receiver and _is_marked(attributes_of(receiver))


def is_generator(candidate: AnyReceiver) -> bool:
    """Tell whether calling it gives a generator, by the rules of `is_async`."""
    flags = _flags(candidate)
    return bool(flags & CO_GENERATOR and not flags & CO_ITERABLE_COROUTINE)


def is_async_generator(candidate: AnyReceiver) -> bool:
    """Tell whether calling it gives an async generator, by the rules of `is_async`."""
    return bool(_flags(candidate) & CO_ASYNC_GENERATOR)


def is_coroutine_function(receiver: object) -> bool:
    """Tell whether it is an `async def` itself, or a method that is: it returns a coroutine."""
    function = receiver.__func__ if type(receiver) is MethodType else receiver
    return type(function) is FunctionType and bool(function.__code__.co_flags & CO_COROUTINE)


def _is_function_marked(function: FunctionType) -> bool:
    # Asked for its `__dict__`, a function would make one: 64 bytes for each receiver.
    return any(getattr(function, mark, None) is not None for mark in _MARKS)


def _is_marked(names: Mapping[str, object]) -> bool:
    return any(mark in names for mark in _MARKS)


def _flags(receiver: AnyReceiver) -> int:
    function = find_function(receiver)
    return 0 if function is None else function.__code__.co_flags


# -- names -------------------------------------------------------------------------------------


def find_origin(receiver: object) -> Origin | None:
    """Say where the function that runs in the end was defined; `None` when that cannot be known."""
    function = find_function(receiver)
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
    elif is_partial(kind):
        name = f"a partial of {name}"
    elif kind is not FunctionType:
        name = _describe_object(receiver)
    return f"{name} ({shorten_file(origin.filename)}:{origin.lineno})"


def _describe_object(receiver: object) -> str:
    if receiver is None:
        return "None"
    kind = type(receiver)
    if issubclass(kind, type):
        return f"the class {full_name_of(cast('type', receiver))}"
    return f"an object of type {full_name_of(kind)}"

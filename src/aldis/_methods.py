"""Methods that a class marks as receivers, and that are connected object by object."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any, Final, Generic, ParamSpec, Protocol, TypeVar, cast, overload

from aldis._connection import Options
from aldis._inspection import check_receiver, describe
from aldis._named import NamedTuple
from aldis._signatures import Call
from aldis._types import ANY, AnySender, P, ReturnT, SenderT
from aldis._untouched import attributes_of, mro_of, name_of, names_in
from aldis._wiring import Wanted, Wiring, check_options, connect_all, disconnect_all
from aldis.exceptions import (
    ClassOwnerError,
    MarkedMethodError,
    NoMarkedMethodsError,
    WeakReferenceError,
    shorten,
)

CallP = ParamSpec("CallP")
NeededT = TypeVar("NeededT")
NeededT_co = TypeVar("NeededT_co", covariant=True)
ReturnT_co = TypeVar("ReturnT_co", covariant=True)

# An attribute of the function: `functools.wraps` copies it, so that a decorator above the mark
# leaves the method marked. The tuple is never changed: a wrapper may be marked further by itself.
_MARKS: Final = "__aldis_marks__"


class _Mark(NamedTuple):
    """What one decorator says: connect the method to this signal, in this way."""

    signal: Wiring
    sender: object
    options: Options


# -- marking -----------------------------------------------------------------------------------


class Method(Protocol[CallP, NeededT_co, P, ReturnT_co]):
    """A method that takes, behind its `self`, the call that a signal makes.

    A function is one when it fits both overloads. Each of the five checkers learns from the first
    what the method is, with the names of its parameters, and checks by the second what it must be.
    No type variable can say both: it would have to be bounded by the type variables of a class.
    """

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> ReturnT_co: ...
    @overload
    def __call__(
        self,
        owner: Any,  # noqa: ANN401  # any object is the `self` of its methods
        /,
        *args: CallP.args,
        **kwargs: CallP.kwargs,
    ) -> NeededT_co: ...


class Marker(Generic[CallP, NeededT]):
    """Marks the method below it with the options that were given, and gives it back."""

    __slots__ = ("_call", "_mark")

    def __init__(self, mark: _Mark, call: Call) -> None:
        self._mark = mark
        self._call = call

    def __call__(self, method: Method[CallP, NeededT, P, ReturnT], /) -> Callable[P, ReturnT]:
        """Mark `method`, and return it.

        Raises:
            ReceiverError: it cannot be a receiver; a `TypeError`.
            OptionError: an option has a value of another type; a `TypeError` too.
        """
        _add_mark(method, self._mark, self._call)
        return method


class Marking(Generic[CallP, NeededT, SenderT]):
    """What `signal.receiver` is: used as it stands, or called with options."""

    __slots__ = ("_call", "_signal")

    def __init__(self, signal: Wiring, call: Call) -> None:
        self._signal = signal
        self._call = call

    @overload
    def __call__(self, method: Method[CallP, NeededT, P, ReturnT], /) -> Callable[P, ReturnT]: ...
    @overload
    def __call__(
        self,
        *,
        sender: SenderT | AnySender = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Marker[CallP, NeededT]: ...
    def __call__(
        self,
        *method: Any,
        sender: SenderT | AnySender = ANY,
        once: bool = False,
        priority: int = 0,
        to_thread: bool = False,
    ) -> Any:
        """Mark a method of a class, as `@signal.receiver` or as `@signal.receiver(priority=10)`.

        `connect_methods` connects the marked methods of an object; until then nothing is connected.

        Args:
            *method: the method; left out, a decorator is returned.
            sender: as for `connect`; the class keeps it alive.
            once: as for `connect`, for each object.
            priority: as for `connect`.
            to_thread: as for `connect`.

        Returns:
            The method itself, or the decorator.

        Raises:
            ReceiverError: it is no plain function, does not accept the call behind its `self`, is a
                generator function, or is async with `to_thread=True`; a `TypeError`.
            OptionError: an option has a value of another type; a `TypeError` too.
        """
        options = Options(once=once, priority=priority, to_thread=to_thread)
        marker = Marker[CallP, NeededT](_Mark(self._signal, sender, options), self._call)
        return marker(*method) if method else marker


def _add_mark(method: object, mark: _Mark, call: Call) -> None:
    if type(method) is not FunctionType:
        raise MarkedMethodError(describe(_inside(method)), found=_kind_of(method))
    shown = call.shown.replace("receiver(", "method(self, ", 1)
    check_receiver(method, call._replace(positional=call.positional + 1, shown=shown))
    check_options(method, mark.options)
    method.__dict__[_MARKS] = (*_marks_of(method), mark)


def _marks_of(value: object) -> tuple[_Mark, ...]:
    # An object that stands for a marked function can have its mark too, as `lru_cache` makes one.
    return cast("tuple[_Mark, ...]", attributes_of(_inside(value)).get(_MARKS, ()))


def _inside(value: object) -> object:
    """Find the function in a static or class method, in which a mark would else be lost."""
    kind = type(value)
    if kind is staticmethod or kind is classmethod:
        return cast("classmethod[Any, Any, Any]", value).__func__
    return value


def _kind_of(value: object) -> str:
    kind = type(value)
    return "None" if value is None else f"a {name_of(kind)}"


# -- connecting --------------------------------------------------------------------------------


def connect_methods(owner: object) -> None:
    """Connect the methods of an object that its class marks as receivers; call it in `__init__`.

    The connections are weak: they end, quietly, with the object. They are made in the order of
    definition, base classes first, as the fields of dataclasses are ordered. A method that
    overrides a marked one is connected in its place, by its own marks or, when it has none, by
    those of the nearest class that marks it. Doing so again is to connect equal pairs again: it
    makes no second connection.

    From then on the methods can be called, in other threads at once: connect last.

    Args:
        owner: the object, as a rule `self`.

    Raises:
        NoMarkedMethodsError: its class marks no method; a `TypeError`, as all others here.
        ClassOwnerError: it is a class.
        ReceiverError: a method, named by the error, cannot be connected, or the object cannot be
            held weakly. None was connected.
    """
    kind = type(owner)
    marked = _methods_of(owner)
    try:
        weakref.ref(owner)
    except TypeError:
        raise WeakReferenceError(
            describe(owner),
            reason="its type takes no weak references",
            mend='add "__weakref__" to its __slots__ (to a dataclass, weakref_slot=True)',
        ) from None
    wanted: list[Wanted] = []
    for name, (value, marks) in marked.items():
        if type(value) is not FunctionType:
            title = f"{shorten(name)} of {describe(kind)}"
            raise MarkedMethodError(title, found=_kind_of(value))
        method = MethodType(value, owner)
        wanted.extend(Wanted(mark.signal, method, mark.sender, mark.options) for mark in marks)
    connect_all(wanted)


def disconnect_methods(owner: object) -> bool:
    """Disconnect what `connect_methods` has connected: for an object that is done but not gone.

    Each method is disconnected from the signals and senders of its marks, as by
    `signal.disconnect(method, sender)`; its other connections stay.

    Args:
        owner: the object.

    Returns:
        Whether anything was connected and is not any more.

    Raises:
        NoMarkedMethodsError: its class marks no method; a `TypeError`.
        ClassOwnerError: it is a class; a `TypeError`.
    """
    return disconnect_all(
        Wanted(mark.signal, MethodType(value, owner), mark.sender, mark.options)
        for value, marks in _methods_of(owner).values()
        if type(value) is FunctionType
        for mark in marks
    )


class _Marked(NamedTuple):
    """What stands under a marked name in the end, and the marks that count for it."""

    value: object
    marks: tuple[_Mark, ...]


def _methods_of(owner: object) -> dict[str, _Marked]:
    """Find what an object's class marks, without asking the object, its class or a property."""
    kind = type(owner)
    if issubclass(kind, type):
        raise ClassOwnerError(describe(owner))
    found: dict[str, _Marked] = {}
    for base in reversed(mro_of(kind)):
        for name, value in tuple(names_in(base).items()):
            marks = _marks_of(value)
            if marks or name in found:
                found[name] = _Marked(value, marks or found[name].marks)
    if not found:
        raise NoMarkedMethodsError(describe(owner))
    return found

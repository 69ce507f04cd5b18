"""One receiver with its options: the record that a signal keeps and the view that users see."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

from aldis._identity import Key, Parts, is_bound_c_method
from aldis._inspection import Origin, describe, find_origin, is_coroutine_function
from aldis._named import NamedTuple
from aldis._types import AnyReceiver
from aldis.exceptions import WeakReferenceError

if TYPE_CHECKING:
    from aldis._types import Note


class Options(NamedTuple):
    """The options of one connection, as `connect` takes them."""

    weak: bool = True
    once: bool = False
    priority: int = 0
    to_thread: bool = False


# Nearly all connections have one of these: shared, they save 80 bytes for each.
_SHARED: Final = {
    options: options
    for options in (
        Options(weak, once, 0, to_thread)
        for weak in (True, False)
        for once in (True, False)
        for to_thread in (True, False)
    )
}


def ended() -> None:
    """Stands in the place of its function for a connection that has ended; it gives none."""


class Spent(NamedTuple):
    """What a claimed `once` connection leaves in the queue: it has given its one ticket."""

    record: Record
    ticket: list[None]
    receiver: AnyReceiver


class Record(weakref.ref[Any]):
    """One connection: a weak reference to the receiver, or to the owner of its method.

    The function of a method is held weakly as well. A strong one would, through its globals or its
    closure, keep alive the very owner whose death ends the connection.
    """

    # The record holds neither the registry nor the signal, but a method of the inbox: a dropped
    # signal is freed without the collector.
    __slots__ = (
        "code",
        "func",
        "is_async",
        "is_coroutine",
        "key",
        "module",
        "name",
        "note",
        "options",
        "sender",
        "serial",
        "strong",
        "ticket",
    )

    note: Note
    """Puts what has to be done into the registry's inbox. It is the death callback as well: one C
    function for all records, so that no code of Python's runs at a death, and no signal handler in
    the middle of it."""
    key: Key
    sender: Key | None
    """The key of the sender that it filters on; `None` for `ANY`."""
    serial: int
    """Its place in the order of connecting; -1 until it is connected."""
    func: Callable[[], AnyReceiver | None] | None
    """Gives the function of a bound method; `None` for any other receiver, and `ended` from the
    moment of disconnecting on: looking for the function, a sending sees that as well."""
    strong: object
    """Keeps a strong connection's receiver alive, or its `_Stand` if it takes no weak reference."""
    options: Options
    is_async: bool
    is_coroutine: bool
    """Whether it is known to return a coroutine: it is an `async def`, or a method that is."""
    ticket: list[None] | None
    """One item until a `once` connection is claimed, then none; `None` for other connections."""
    name: str | None
    """With `module` and `code`: what to say when the receiver is lost; `None` says nothing."""
    module: str
    code: CodeType | None

    # A weak reference compares and hashes by its referent: that would run a user's code.
    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__

    @property
    def live(self) -> bool:
        """Whether it is connected: what is not live is never called again."""
        return self.func is not ended

    def end(self) -> None:
        """Have it called no more."""
        self.func = ended

    def receiver(self) -> AnyReceiver | None:
        """Give the receiver as it was connected; `None` when it is gone or the connection ended."""
        target, find = self(), self.func
        if find is not None:
            func = find()
            return None if target is None or func is None else MethodType(func, target)
        return target.receiver if type(target) is _Stand else target

    def is_plain(self) -> bool:
        """Tell whether calling the referent, or the function with it, is all there is to do."""
        return (
            self.ticket is None and not self.options.to_thread and type(self.strong) is not _Stand
        )

    def is_present(self) -> bool:
        """Tell whether it is connected, alive and not used up."""
        return self.ticket != [] and self.receiver() is not None

    def is_lost(self) -> bool:
        """Tell whether its receiver died without having been disconnected or used up."""
        return self.live and self.ticket != [] and self.receiver() is None

    def claim(self, ticket: list[None], receiver: AnyReceiver) -> bool:
        """Take the one call of a `once` connection: of all callers exactly one gets `True`.

        `ticket` is the one of the sending's snapshot. `receiver` is the live receiver, kept until
        the end of the connection has been told.
        """
        spent = Spent(self, ticket, receiver)
        try:
            ticket.pop()  # atomic: this is the claim
        except IndexError:
            if self.live:  # whoever has claimed it may have been interrupted before the next line
                self.note(spent)
            return False
        self.note(spent)
        return True

    def adopt(self, other: Record, *, weakens: bool = True) -> None:
        """Take over the options of an equal connection in place, which keeps the order.

        A strong one stays strong unless the other `weakens` it.
        """
        options = other.options
        if not weakens and not self.options.weak:
            options = options._replace(weak=False)
        if type(self.strong) is not _Stand:
            # What is to be kept is the referent of this record: of a C method, each access gives
            # another object.
            self.strong = None if options.weak else self.receiver()
        self.options = options
        self.is_async = other.is_async
        self.is_coroutine = other.is_coroutine
        self.ticket = other.ticket

    def origin(self) -> Origin:
        """Say where a receiver was defined that does not go without a word."""
        return Origin(self.name or "?", self.module, self.code)


class Tap(Record):
    """The connection of a stream: its referent takes events in, before any receiver is called."""

    __slots__ = ()


class _Stand:
    """Stands for a receiver that takes no weak reference, in a strong connection."""

    __slots__ = ("__weakref__", "receiver")

    def __init__(self, receiver: AnyReceiver) -> None:
        self.receiver = receiver


def make_record(
    receiver: AnyReceiver,
    parts: Parts,
    options: Options,
    *,
    sender: Key | None,
    note: Note,
    is_async: bool,
    kind: type[Record] = Record,
) -> Record:
    """Make the record of a new connection, which nothing refers to yet.

    Raises:
        WeakReferenceError: the connection is to be weak, and the receiver does not allow it.
    """
    if options.weak and is_bound_c_method(receiver):
        reason = "a C method is made anew at each access, so it would be gone at once"
        raise WeakReferenceError(describe(receiver), reason=reason)
    try:
        func = None if parts.func is None else weakref.ref(parts.func)
        record = kind(parts.target, note)
        record.strong = None if options.weak else receiver
    except TypeError:
        if options.weak:
            reason = "its type takes no weak references"
            raise WeakReferenceError(describe(receiver), reason=reason) from None
        func, stand = None, _Stand(receiver)
        record = Record(stand)  # which the record itself keeps
        record.strong = stand
    record.note = note
    record.key = parts.key
    record.sender = sender
    record.serial = -1
    record.func = func
    record.options = _SHARED.get(options, options)
    record.is_async = is_async
    record.is_coroutine = is_coroutine_function(receiver)
    record.ticket = [None] if options.once else None
    _note_origin(record, receiver)
    return record


def _note_origin(record: Record, receiver: AnyReceiver) -> None:
    """Note what to say should the receiver be lost.

    Only functions and partials are noted: bound methods and callable instances go quietly with
    their object. References to the function's own texts cost less than a text made for each.
    """
    kind = type(receiver)
    origin = None
    if kind is FunctionType or kind is functools.partial:
        origin = find_origin(receiver) or Origin("a C function", "?", None)
    record.name, record.module, record.code = origin or (None, "?", None)
    if kind is functools.partial:
        record.name = f"a partial of {record.name}"


class Connection:
    """A view of one connection as it was when asked for; it keeps its receiver and sender alive.

    Attributes:
        receiver: what is called.
        sender: the sender that it filters on, or `ANY`.
        weak: whether it ends with its receiver.
        once: whether it ends with its first call.
        priority: higher ones are called first.
        to_thread: whether an async send calls it in a worker thread.
        is_async: whether only an async send can run it.
        defined_at: where the function that runs was defined, as `file:line`; `None` where that
            cannot be known.
    """

    # Properties in the place of a frozen dataclass: `dataclasses` needs `inspect`, and the two take
    # half as long to import as all of Aldis.
    __slots__ = (
        "_defined_at",
        "_is_async",
        "_once",
        "_priority",
        "_receiver",
        "_sender",
        "_to_thread",
        "_weak",
    )
    __match_args__ = (
        "receiver",
        "sender",
        "weak",
        "once",
        "priority",
        "to_thread",
        "is_async",
        "defined_at",
    )

    def __init__(
        self,
        *,
        receiver: AnyReceiver,
        sender: object,
        weak: bool,
        once: bool,
        priority: int,
        to_thread: bool,
        is_async: bool,
        defined_at: str | None,
    ) -> None:
        self._receiver = receiver
        self._sender = sender
        self._weak = weak
        self._once = once
        self._priority = priority
        self._to_thread = to_thread
        self._is_async = is_async
        self._defined_at = defined_at

    @property
    def receiver(self) -> AnyReceiver:
        """What is called."""
        return self._receiver

    @property
    def sender(self) -> object:
        """The sender that it filters on, or `ANY`."""
        return self._sender

    @property
    def weak(self) -> bool:
        """Whether it ends with its receiver."""
        return self._weak

    @property
    def once(self) -> bool:
        """Whether it ends with its first call."""
        return self._once

    @property
    def priority(self) -> int:
        """Higher ones are called first."""
        return self._priority

    @property
    def to_thread(self) -> bool:
        """Whether an async send calls it in a worker thread."""
        return self._to_thread

    @property
    def is_async(self) -> bool:
        """Whether only an async send can run it."""
        return self._is_async

    @property
    def defined_at(self) -> str | None:
        """The file and line where its function was defined; `None` where that cannot be known."""
        return self._defined_at

    def __repr__(self) -> str:
        """Name the receiver, never showing the `repr` of a user's object."""
        return f"<Connection of {describe(self.receiver)}>"


def view(record: Record, receiver: AnyReceiver, sender: object) -> Connection:
    """Make the public view of a record, given its live receiver and sender."""
    origin = find_origin(receiver)
    return Connection(
        receiver=receiver,
        sender=sender,
        is_async=record.is_async,
        defined_at=None if origin is None else f"{origin.path}:{origin.lineno}",
        **record.options._asdict(),
    )

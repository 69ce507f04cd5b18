"""Connecting, muting, asking: all of a signal that does not depend on how payloads are passed."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final, Generic, NoReturn, SupportsIndex, TypeAlias, TypeVar, overload

from aldis._changes import Attach, Change, Detach, Mute
from aldis._connection import Connection, Options, Record, make_record, view
from aldis._identity import Key, sender_key, take_apart
from aldis._inspection import Call, check_receiver, describe, is_async
from aldis._line import GONE
from aldis._plan import Adapt, Plan
from aldis._registry import Registry
from aldis._types import ANY, AnyReceiver, AnySender, SenderT
from aldis.exceptions import (
    AsyncReceiverError,
    AsyncThreadError,
    LostReceiverWarning,
    NotCallableError,
    OptionError,
    shorten,
)

_T = TypeVar("_T")
_Deliver: TypeAlias = Callable[[Plan, "str | None", object, object], _T]

MISSING: Final[Any] = object()


class Connectable(Generic[SenderT]):
    """What every kind of signal can do with its receivers, short of sending.

    Attributes:
        name: what messages call the signal, or `None`.
        doc: what it stands for, or `None`.
    """

    __slots__ = ("__weakref__", "_call", "_registry", "doc", "name")

    name: str | None
    doc: str | None

    def __init__(
        self, name: str | None, doc: str | None, call: Call, adapt: Adapt | None = None
    ) -> None:
        self.name = name
        self.doc = doc
        self._call = call
        self._registry = Registry(adapt)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse to be copied or pickled.

        Raises:
            TypeError: always. A copy would share the receivers or have none, and neither is meant.
        """
        name = "a signal" if self.name is None else f"the signal {shorten(self.name)!r}"
        raise TypeError(
            f"{name} cannot be copied or pickled; keep it in a module or a class, and refer to it "
            f"there"
        )

    def _rename(self, name: str) -> None:
        self.name = name

    # -- connecting ----------------------------------------------------------------------------

    def _connect(self, receiver: object, sender: object, options: Options) -> None:
        """Connect a receiver, or refuse it with nothing changed."""
        self._submit(self._prepare(receiver, sender, options))

    def _prepare(
        self, candidate: object, sender: object, options: Options, *, scoped: bool = False
    ) -> Attach:
        """Make the change that connects a receiver, or refuse it."""
        receiver = check_receiver(candidate, self._call)
        _check_options(options)
        asynchronous = is_async(receiver)
        if asynchronous and options.to_thread:
            raise AsyncThreadError(describe(receiver))
        self._settle()
        record = make_record(
            receiver,
            take_apart(receiver),
            options,
            sender=_key_of(sender),
            queue=self._registry.queue,
            is_async=asynchronous,
        )
        return Attach(record, receiver, sender, scoped=scoped)

    @overload
    def disconnect(self, receiver: AnyReceiver) -> bool: ...
    @overload
    def disconnect(self, receiver: AnyReceiver, sender: SenderT | AnySender) -> bool: ...
    def disconnect(self, receiver: AnyReceiver, sender: Any = MISSING) -> bool:
        """Disconnect a receiver; a sending that is under way does not call it any more.

        Args:
            receiver: what was connected; for a bound method, any access to it.
            sender: end only the connection to this sender, or only the one to `ANY`; when left
                out, end all of them, those of `connected_to` included.

        Returns:
            Whether anything was connected and is not any more.
        """
        self._settle()
        if sender is MISSING:
            detach = Detach(take_apart(receiver).key)
        else:
            detach = Detach(take_apart(receiver).key, _key_of(sender))
        self._submit(detach)
        if detach.applied:
            return bool(detach.touched)
        return self._registry.foresee(detach)

    @contextmanager
    def _connected_to(self, receiver: object, sender: object) -> Generator[None, None, None]:
        attach = self._prepare(receiver, sender, Options(weak=False), scoped=True)
        detach = Detach(attach.record.key, record=attach.record)
        del receiver, sender  # the block keeps a sender alive no more than the connection does
        with self._reverted(attach, detach):
            del attach
            yield

    # -- muting --------------------------------------------------------------------------------

    @contextmanager
    def muted(self, *receivers: AnyReceiver) -> Generator[None, None, None]:
        """Silence the signal, or some receivers of it, for the length of a `with` block.

        Mutings count, so that they nest and overlap; they hold in every thread and task. A sending
        that is already under way is not affected. A sending of a muted signal gives empty results
        and checks nothing.

        Args:
            *receivers: silence every connection of these alone, also those made in the block;
                without any, the whole signal.

        Raises:
            NotCallableError: one of them is no receiver; a `TypeError`.
        """
        for each in receivers:
            if not callable(each):
                raise NotCallableError(describe(each))
        keys = frozenset(take_apart(each).key for each in receivers) if receivers else None
        token = object()
        self._settle()
        with self._reverted(Mute(token, keys, on=True), Mute(token, keys, on=False)):
            yield

    @contextmanager
    def _reverted(self, change: Change, reverse: Change) -> Generator[None, None, None]:
        """Make a change for the length of a block, and its reverse whatever happens."""
        try:
            self._submit(change)
            del change  # with the sender in it
            yield
        finally:
            self._registry.queue.append(reverse)  # the first call: an interrupt comes too late
            self._registry.settle()
            self._conclude(reverse)

    # -- asking --------------------------------------------------------------------------------

    @property
    def receivers(self) -> tuple[AnyReceiver, ...]:
        """The live receivers, each once, in the order of sending; empty when there are none."""
        self._settle()
        return _receivers_of(self._registry.all_records())

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Views of the live connections, in the order of sending."""
        self._settle()
        views: list[Connection] = []
        for record in self._registry.all_records():
            receiver = record.receiver()
            sender = self._registry.sender_of(record)
            if receiver is not None and sender is not GONE and record.is_present():
                views.append(view(record, receiver, sender))
        return tuple(views)

    def receivers_for(self, sender: SenderT) -> tuple[AnyReceiver, ...]:
        """Give the live receivers that a sending on behalf of `sender` calls, muted ones included.

        Args:
            sender: the sender in question.

        Returns:
            The receivers, each once, in the order of sending.
        """
        self._settle()
        return _receivers_of(self._registry.records_for(sender))

    def has_receivers_for(self, sender: SenderT) -> bool:
        """Tell whether `receivers_for(sender)` would give any; it is exact.

        Args:
            sender: the sender in question.

        Returns:
            Whether there are any.
        """
        self._settle()
        return any(record.is_present() for record in self._registry.records_for(sender))

    # -- sending -------------------------------------------------------------------------------

    def _select(self, sender: object) -> Plan:
        if self._registry.queue:
            self._settle()
        return self._registry.select(sender)

    def _select_sync(self, sender: object) -> Plan:
        """Select for a sync send, which cannot run async receivers."""
        plan = self._select(sender)
        if plan.asyncs:
            found = [each.receiver() for each in plan.asyncs if each.is_present()]
            names = [describe(receiver) for receiver in found if receiver is not None]
            if names:
                raise AsyncReceiverError(self.name, names, started=False)
        return plan

    def _run(self, deliver: _Deliver[_T], sender: object, payload: object) -> _T:
        plan = self._select_sync(sender)
        if not plan.ticketed:
            return deliver(plan, self.name, sender, payload)
        try:
            return deliver(plan, self.name, sender, payload)
        finally:
            self._tell_changes()

    async def _run_async(
        self, deliver: _Deliver[Awaitable[_T]], sender: object, payload: object
    ) -> _T:
        plan = self._select(sender)
        if not plan.ticketed:
            return await deliver(plan, self.name, sender, payload)
        try:
            return await deliver(plan, self.name, sender, payload)
        finally:
            self._tell_changes()

    # -- what is told --------------------------------------------------------------------------

    def _submit(self, change: Change) -> None:
        """Have a change made, then tell of it; what else there is to tell is left for later."""
        self._registry.submit(change)
        self._conclude(change)

    def _conclude(self, change: Change) -> None:
        if change.applied:
            self._registry.remind()
            self._tell(change)
        else:
            change.orphan = True  # by an outer call of this thread, which will tell of it

    def _settle(self) -> None:
        """Apply what is pending and tell of it: before an operation's own effect."""
        registry = self._registry
        registry.settle()
        if not registry.news or registry.is_entered():
            return
        try:
            while (news := registry.next_news()) is not None:
                if isinstance(news, Change):
                    self._tell(news)
                else:
                    self._warn_of(news)
        finally:
            registry.remind()

    def _tell_changes(self) -> None:
        """Apply what is pending and tell of used-up `once` connections, after a sending."""
        registry = self._registry
        registry.settle()
        if registry.is_entered():
            return
        try:
            while (change := registry.next_change()) is not None:
                self._tell(change)
        finally:
            registry.remind()

    def _tell(self, change: Change) -> None:
        """Called after each change of the connections, outside of every lock."""

    def _warn_of(self, record: Record) -> None:
        if sys.is_finalizing():
            return
        origin = record.origin()
        module = sys.modules.get(origin.module)
        known = vars(module) if isinstance(module, ModuleType) else {}
        what = f"{origin.module}.{origin.name} ({origin.filename}:{origin.lineno})"
        warnings.warn_explicit(
            LostReceiverWarning(what, self.name),
            category=None,
            filename=origin.filename,
            lineno=origin.lineno,
            module=origin.module,
            registry=known.setdefault("__warningregistry__", {}),
        )


def _key_of(sender: object) -> Key | None:
    return None if sender is ANY else sender_key(sender)


def _check_options(options: Options) -> None:
    for option, value in zip(options._fields, options, strict=True):
        needed, shown = (int, "an int") if option == "priority" else (bool, "a bool")
        found: type[object] = type(value)
        if found is not needed:
            raise OptionError(option, found=f"<{shorten(found.__name__)}>", needed=shown)


def _receivers_of(records: list[Record]) -> tuple[AnyReceiver, ...]:
    found: dict[Key, AnyReceiver] = {}
    for record in records:
        receiver = record.receiver()
        if receiver is not None and record.is_present():
            found.setdefault(record.key, receiver)
    return tuple(found.values())

"""A signal from the inside: how its connections change, and what is told of it."""

from __future__ import annotations

import sys
import warnings
import weakref
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Final, NoReturn, SupportsIndex

from aldis._changes import Attach, Change, Detach, Mute, Use
from aldis._connection import Options, Record, make_record
from aldis._identity import Key, take_apart
from aldis._inspection import describe, is_async
from aldis._middleware import Installed, Undo, check_middleware
from aldis._named import NamedTuple
from aldis._plan import Plan
from aldis._registry import Registry
from aldis._types import ANY, AnyReceiver
from aldis._untouched import name_of
from aldis.exceptions import (
    AsyncMiddlewareError,
    AsyncReceiverError,
    AsyncThreadError,
    LostReceiverWarning,
    OptionError,
    shorten_file,
    show_signal,
)


class Wiring:
    """The connections of one signal, and all that happens around a change of them.

    What users see of it, they see through the faces that are built upon it.
    """

    __slots__ = ("__weakref__", "_registry")

    _registry: Registry  # whoever builds upon it brings one, with its own rules

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse to be copied or pickled.

        Raises:
            TypeError: always. A copy would share the receivers or have none, and neither is meant.
        """
        title = self._title()
        name = show_signal(title, "a signal")
        raise TypeError(
            f"{name} cannot be copied or pickled; keep it in a module or a class, and refer to it "
            f"there"
        )

    # -- what each face says -------------------------------------------------------------------

    def _title(self) -> str | None:
        """Give what messages call the signal, or `None`."""
        raise NotImplementedError

    def _check(self, candidate: object) -> AnyReceiver:
        """Refuse what the signal could not call."""
        raise NotImplementedError

    def _refuse_async(self, names: list[str]) -> AsyncReceiverError:
        """Make the error of a sync send that met async receivers."""
        return AsyncReceiverError(self._title(), names, started=False)

    def _tell(self, change: Change) -> None:
        """Called after each change of the connections, outside of every lock."""

    # -- connecting ----------------------------------------------------------------------------

    def _connect(self, receiver: object, sender: object, options: Options) -> None:
        """Connect a receiver, or refuse it with nothing changed."""
        self._submit(self._prepare(receiver, sender, options))

    def _prepare(
        self, candidate: object, sender: object, options: Options, *, scoped: bool = False
    ) -> Attach:
        """Make the change that connects a receiver, or refuse it."""
        receiver = self._check(candidate)
        asynchronous = check_options(receiver, options)
        self._settle()
        record = make_record(
            receiver,
            take_apart(receiver),
            options,
            sender=self._key_of(sender),
            note=self._registry.note,
            is_async=asynchronous,
        )
        return Attach(record, receiver, sender, scoped=scoped)

    def _key_of(self, sender: object) -> Key | None:
        return None if sender is ANY else self._registry.key_of(sender)

    @contextmanager
    def _connected_to(self, receiver: object, sender: object) -> Generator[None, None, None]:
        attach = self._prepare(receiver, sender, Options(weak=False), scoped=True)
        detach = Detach(attach.record.key, record=attach.record)
        del receiver, sender  # the block keeps a sender alive no more than the connection does
        with self._reverted(attach, detach):
            del attach
            yield

    @contextmanager
    def _muted(self, receivers: tuple[AnyReceiver, ...]) -> Generator[None, None, None]:
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

    # -- sending -------------------------------------------------------------------------------

    def _select(self, sender: object) -> Plan:
        if self._registry.queue:
            self._settle()
        return self._registry.select(sender)

    def _select_sync(self, sender: object) -> Plan:
        """Select for a sync send, which cannot run async receivers."""
        plan = self._select(sender)
        if plan.guarded:
            layers = plan.layers
            middleware = [] if layers is None else [describe(m.middleware) for m in layers.asyncs]
            records = plan.records if middleware else plan.asyncs
            found = [each.receiver() for each in records if each.is_present()]
            names = [describe(receiver) for receiver in found if receiver is not None]
            if names and middleware:
                raise AsyncMiddlewareError(self._title(), names, middleware=middleware)
            if names:
                raise self._refuse_async(names)
        return plan

    # -- middleware ----------------------------------------------------------------------------

    def _use(self, middleware: object, around: object) -> Undo:
        """Install a middleware, or refuse it with nothing changed."""
        installed = check_middleware(middleware, around, inner=True)
        self._settle()
        self._install(installed)
        return Undo(weakref.WeakMethod(self._uninstall), installed)

    def _install(self, installed: Installed) -> None:
        if not self._registry.uses(installed):
            self._submit(Use(installed, weakref.ref(self), on=True))

    def _uninstall(self, installed: Installed) -> None:
        self._submit(Use(installed, weakref.ref(self), on=False))

    # -- what is told --------------------------------------------------------------------------

    def _submit(self, change: Change) -> None:
        """Have a change made, then tell of it; what else there is to tell is left for later."""
        self._registry.submit(change)
        self._conclude(change)

    def _has_removed(self, detach: Detach) -> bool:
        """Tell whether a change has removed anything, or will when its turn comes."""
        return bool(detach.touched) if detach.applied else self._registry.foresee(detach)

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
        if not registry.has_news() or registry.is_entered():
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

    def _warn_of(self, record: Record) -> None:
        if sys.is_finalizing():
            return
        origin = record.origin()
        module = sys.modules.get(origin.module)
        known = vars(module) if isinstance(module, ModuleType) else {}
        where = f"{shorten_file(origin.filename)}:{origin.lineno}"
        kind, of, name = origin.name.rpartition("a partial of ")
        what = f"{kind}{of}{origin.module}.{name} ({where})"
        warnings.warn_explicit(
            LostReceiverWarning(what, self._title()),
            category=None,
            filename=origin.path,
            lineno=origin.lineno,
            module=origin.module,
            registry=known.setdefault("__warningregistry__", {}),
        )


# In the order of the options.
_KINDS: Final = (bool, bool, int, bool)


def check_options(receiver: AnyReceiver, options: Options) -> bool:
    """Refuse options that are wrong, or wrong for this receiver; tell whether it is async."""
    for option, value, needed in zip(options._fields, options, _KINDS, strict=True):
        found: type[object] = type(value)
        if found is not needed:
            shown = "an int" if option == "priority" else "a bool"
            raise OptionError(option, found=f"<{name_of(found)}>", needed=shown)
    asynchronous = is_async(receiver)
    if asynchronous and options.to_thread:
        raise AsyncThreadError(describe(receiver))
    return asynchronous


def receivers_of(records: Sequence[Record]) -> tuple[AnyReceiver, ...]:
    """Give the live receivers of connections, each once."""
    if not records:
        return ()  # for `if signal.receivers:`, which is asked of many signals that nobody hears
    found: dict[Key, AnyReceiver] = {}
    for record in records:
        receiver = record.receiver()
        if receiver is not None and record.ticket != []:
            found.setdefault(record.key, receiver)
    return tuple(found.values())


# -- several signals at once -------------------------------------------------------------------
# pyright: reportPrivateUsage=false
# What is done with several signals belongs to none of them, and to their inside all the same.


class Wanted(NamedTuple):
    """A connection that is to be made or ended."""

    signal: Wiring
    receiver: AnyReceiver
    sender: object
    options: Options


def connect_all(wanted: Iterable[Wanted]) -> None:
    """Connect receivers, or refuse with nothing changed."""
    _submit_all(
        [
            (each.signal, each.signal._prepare(each.receiver, each.sender, each.options))
            for each in wanted
        ]
    )


def disconnect_all(wanted: Iterable[Wanted]) -> bool:
    """Disconnect each receiver from its sender; tell whether anything was connected."""
    changes = [
        (each.signal, Detach(take_apart(each.receiver).key, each.signal._key_of(each.sender)))
        for each in wanted
    ]
    for signal, _ in changes:
        signal._settle()
    _submit_all(changes)
    return any(signal._has_removed(detach) for signal, detach in changes)


def _submit_all(changes: Sequence[tuple[Wiring, Change]]) -> None:
    """Have all changes made, then tell of each, whatever those who are told raise."""
    with ExitStack() as told:
        for signal, change in reversed(changes):
            told.callback(signal._conclude, change)
        for signal, change in changes:
            signal._registry.submit(change)


def install(installed: Installed, *targets: Wiring) -> None:
    """Put a middleware around each of several signals that it is not yet around."""
    for target in targets:
        target._install(installed)


def uninstall(installed: Installed, *targets: Wiring) -> None:
    """Take a middleware away from each of several signals."""
    for target in targets:
        target._uninstall(installed)

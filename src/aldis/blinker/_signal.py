"""A signal with blinker's face: its signatures, and none of its traps."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar, cast

from aldis._async_delivery import pair_each_async, pair_plain_async
from aldis._changes import EVERY, Attach, Change, Mute
from aldis._connection import Options, Record
from aldis._delivery import pair_each, pair_plain
from aldis._identity import Key
from aldis._inspection import describe
from aldis._outcome import Pair
from aldis._plan import Plan
from aldis._signatures import first_name
from aldis._types import ANY, AnyReceiver
from aldis._ways import Fit, Ways
from aldis._wiring import Wiring
from aldis.blinker._tables import Clear, Parting, Tables
from aldis.blinker._views import (
    Held,
    ReceiversView,
    View,
    read_by_receiver,
    read_by_sender,
    read_receivers,
)
from aldis.exceptions import AsyncReceiverError, NotCallableError, quote

F = TypeVar("F", bound=Callable[..., Any])
_T = TypeVar("_T")

_Function: TypeAlias = Callable[..., Any]
_AsyncFunction: TypeAlias = Callable[..., Coroutine[Any, Any, Any]]

_IS_MUTED = object()
"""The token of the silence that is set by `is_muted = True`."""


def _meta_property(which: str, doc: str) -> property:  # of `Signal`, whose privates it may use
    def read(signal: Signal) -> Signal:
        return signal._get_meta(which)  # pyright: ignore[reportPrivateUsage]

    def write(signal: Signal, value: Signal) -> None:
        signal._meta[which] = value  # pyright: ignore[reportPrivateUsage]

    def delete(signal: Signal) -> None:
        signal._meta.pop(which, None)  # pyright: ignore[reportPrivateUsage]

    return property(read, write, delete, doc)


class Signal(Wiring):
    """A signal with blinker's face: any payload, passed as keyword arguments.

    Receivers are called in the order of connecting. For a payload that a type checker knows there
    are `aldis.KeywordSignal` and `aldis.Signal`.

    Attributes:
        ANY: stands for every sender.
        set_class: the class of the sets in blinker's bookkeeping; here of those that are shown.
        warn_of_lost_receivers: whether a function that is collected while weakly connected is told
            of by `aldis.LostReceiverWarning`. blinker says nothing, so it is off; it can be
            switched on for all signals, in a subclass, or for one.
    """

    ANY: ClassVar[Any] = ANY
    set_class: type[set[Any]] = set
    warn_of_lost_receivers: bool = False

    _fit: Fit | None = None

    def __init__(self, doc: str | None = None) -> None:
        """Make a signal.

        Args:
            doc: its docstring.
        """
        self._registry = self._tables = Tables()
        self._meta: dict[str, Signal] = {}
        if doc:
            self.__doc__ = doc

    # -- connecting ----------------------------------------------------------------------------

    def connect(self, receiver: F, sender: Any = ANY, weak: bool = True) -> F:
        """Connect a receiver.

        Args:
            receiver: called with `(sender, **payload)`.
            sender: the only sender whose sendings reach it. `str`, `int` and their subclasses match
                by value, everything else by identity. The connection ends with a sender that can be
                weakly referenced, and keeps any other alive.
            weak: end the connection when the receiver is garbage-collected. A connection that was
                made strong stays strong.

        Returns:
            The receiver itself.

        Raises:
            NotCallableError: it cannot be called; a `TypeError`.
            WeakReferenceError: it cannot be weakly referenced, or would be gone at once; a
                `TypeError`.
        """
        self._connect(receiver, sender, Options(weak=bool(weak)))
        return receiver

    def connect_via(self, sender: Any, weak: bool = False) -> Callable[[F], F]:
        """Give a decorator that connects a receiver to one sender, strongly by default.

        Args:
            sender: as for `connect`.
            weak: as for `connect`.

        Returns:
            The decorator; it raises what `connect` raises.
        """

        def decorator(receiver: F) -> F:
            self.connect(receiver, sender, weak)
            return receiver

        return decorator

    @contextmanager
    def connected_to(self, receiver: _Function, sender: Any = ANY) -> Generator[None, None, None]:
        """Connect a receiver strongly for the length of a `with` block.

        Leaving the block ends this connection and no other of the same receiver.

        Args:
            receiver: as for `connect`.
            sender: as for `connect`.

        Raises:
            NotCallableError: as from `connect`.
        """
        with self._connected_to(receiver, sender):
            del receiver, sender  # as below, the block is not to keep them alive
            yield

    def disconnect(self, receiver: _Function, sender: Any = ANY) -> None:
        """Disconnect a receiver; a sending that is under way does not call it any more.

        Args:
            receiver: what was connected; for a bound method, any access to it.
            sender: end only the connection to this sender; `ANY` ends all of them.
        """
        self._settle()
        key = EVERY if sender is ANY else self._key_of(sender)
        self._submit(Parting(receiver, sender, key))

    # -- muting --------------------------------------------------------------------------------

    def _get_muted(self) -> bool:
        self._registry.catch_up()
        return self._registry.is_muted()

    def _set_muted(self, on: bool) -> None:
        self._submit(Mute(_IS_MUTED, None, on=bool(on)))

    def _lift_muted(self) -> None:
        self._set_muted(False)

    @contextmanager
    def muted(self) -> Generator[None, None, None]:
        """Silence the signal for the length of a `with` block; blocks nest and overlap."""
        with self._muted(()):
            yield

    # -- sending -------------------------------------------------------------------------------

    def send(
        self,
        sender: Any | None = None,
        /,
        *,
        _async_wrapper: Callable[[_AsyncFunction], _Function] | None = None,
        **kwargs: Any,
    ) -> list[Pair]:
        """Call the receivers, one after another; the first exception propagates.

        Args:
            sender: on whose behalf.
            _async_wrapper: makes a sync callable of an async receiver, by running a loop for
                example.
            **kwargs: the payload.

        Returns:
            The receivers that were called, each with what it returned, in order.

        Raises:
            AsyncReceiverError: there are async receivers and no wrapper; none was called. It is a
                `RuntimeError`.
        """
        registry = self._registry
        if registry.queue:
            self._settle()
        plan = registry.plan
        if plan is None or registry.lines:
            plan = registry.select(sender)
        if plan.plain and not plan.asyncs:
            return pair_plain(plan, sender, kwargs) if plan.records else []
        return self._send_each(sender, _async_wrapper, kwargs)

    def _send_each(
        self, sender: object, wrap: Callable[..., Any] | None, payload: dict[str, Any]
    ) -> list[Pair]:
        plan = self._select_sync(sender) if wrap is None else self._select(sender)
        return pair_each(plan, Ways(wrap, asyncs=True, fit=self._fit), sender, payload)

    async def send_async(
        self,
        sender: Any | None = None,
        /,
        *,
        _sync_wrapper: Callable[[_Function], _AsyncFunction] | None = None,
        **kwargs: Any,
    ) -> list[Pair]:
        """Call the receivers, sync and async ones alike, one after another, and await them.

        Args:
            sender: on whose behalf.
            _sync_wrapper: makes an async callable of a sync receiver, by running it in a thread for
                example; without one, sync receivers are called as they are.
            **kwargs: the payload.

        Returns:
            The receivers that were called, each with what it returned, in order.
        """
        plan = self._select(sender)
        if plan.plain and (_sync_wrapper is None or len(plan.asyncs) == len(plan.records)):
            return await pair_plain_async(plan, sender, kwargs)
        return await self._await_each(plan, sender, _sync_wrapper, kwargs)

    async def _await_each(
        self,
        plan: Plan,
        sender: object,
        wrap: Callable[..., Any] | None,
        payload: dict[str, Any],
    ) -> list[Pair]:
        return await pair_each_async(plan, Ways(wrap, fit=self._fit), sender, payload)

    # -- asking --------------------------------------------------------------------------------

    def has_receivers_for(self, sender: Any) -> bool:
        """Tell whether a sending on behalf of `sender` would call anybody; it is exact.

        Args:
            sender: the sender in question; `ANY` asks for those connected to every sender.

        Returns:
            Whether there is a live receiver, muted or not.
        """
        if self._registry.queue:
            self._settle()
        return self._registry.has_any(sender)

    def receivers_for(self, sender: Any) -> Generator[_Function, None, None]:
        """Go through the live receivers that a sending on behalf of `sender` calls.

        Args:
            sender: the sender in question.

        Yields:
            Each receiver once, in the order of sending, muted or not.
        """
        self._settle()
        given: set[Key] = set()
        for record in self._registry.records_for(sender):
            receiver = record.receiver()
            if receiver is not None and record.is_present() and record.key not in given:
                given.add(record.key)
                yield receiver

    def _get_receivers(self) -> dict[Any, Held]:
        look = partial(self._look, read_receivers)
        return cast("dict[Any, Held]", ReceiversView(look, self._tables, self._submit))

    def _set_receivers(self, value: object) -> None:
        if value or type(value) is not dict:  # a view that was kept has been emptied meanwhile
            raise TypeError("receivers cannot be put in place; use connect(receiver) for each")
        self._clear_state()

    # -- what happens to the connections -------------------------------------------------------

    def _get_meta(self, which: str) -> Signal:
        found = self._meta.get(which)
        if found is None:
            made = _MetaSignal(f"Sent after a {which.replace('_', ' was ')}.")
            found = self._meta.setdefault(which, made)  # atomic: all get the first one
        return found

    def _tell(self, change: Change) -> None:
        meta = self._meta.get("receiver_disconnected" if change.removes else "receiver_connected")
        if meta is None:
            return
        if isinstance(change, Parting):
            meta.send(self, receiver=change.receiver, sender=change.from_sender)
            return
        for record, receiver, sender in change.touched.values():
            told: dict[str, Any] = {"receiver": receiver, "sender": sender}
            if isinstance(change, Attach):
                told["weak"] = record.options.weak
            meta.send(self, **told)

    # -- what are attributes in blinker ----------------------------------------------------------

    # They can be set, deleted by `mock.patch.object`, and redeclared in a subclass or a protocol;
    # checkers would let none of this pass for a property.
    if TYPE_CHECKING:
        is_muted: bool
        receivers: dict[Any, Held]
        receiver_connected: Signal
        receiver_disconnected: Signal
    else:
        is_muted = property(
            _get_muted,
            _set_muted,
            _lift_muted,
            "Whether the signal is silent; it can be set, beside `muted`.",
        )
        receivers = property(
            _get_receivers,
            _set_receivers,
            doc="""A live view of the receivers by id: themselves, or weak references.

            It is no `dict`, but typed as blinker's is. `clear()`, `pop()` and `del` disconnect, of
            which nobody is told; an empty dict can be assigned, to the same effect.
            """,
        )
        receiver_connected = _meta_property(
            "receiver_connected",
            """Sent after each connecting, by this signal, with `receiver`, `sender` and `weak`.

            A receiver whose first parameter is called `sender` gets this signal there, and no
            keyword of that name. When one raises, the change stands and the exception propagates.
            """,
        )
        receiver_disconnected = _meta_property(
            "receiver_disconnected",
            """Sent after each `disconnect`, by this signal, with its arguments.

            It is not sent for deaths. Else it is as `receiver_connected` is.
            """,
        )

    # -- what its users reach for inside -------------------------------------------------------

    @property
    def _by_sender(self) -> dict[Any, set[Any]]:
        look = partial(self._look, partial(read_by_sender, self.set_class))
        return cast("dict[Any, set[Any]]", View(look))

    @property
    def _by_receiver(self) -> dict[Any, set[Any]]:
        look = partial(self._look, partial(read_by_receiver, self.set_class))
        return cast("dict[Any, set[Any]]", View(look))

    def _look(self, read: Callable[[Tables], _T]) -> _T:
        self._settle()
        return read(self._tables)

    def _clear_state(self) -> None:
        """Disconnect everything, of which nobody is told."""
        self._submit(Clear())

    def _cleanup_bookkeeping(self) -> None:
        """Forget what has ended; little of it is remembered, and not for long."""
        self._tables.forget()

    # -- what the layers below ask -------------------------------------------------------------

    def _title(self) -> str | None:
        name: object = getattr(self, "name", None)
        return str.__str__(cast("str", name)) if issubclass(type(name), str) else None

    def _check(self, candidate: object) -> AnyReceiver:
        if not callable(candidate):
            raise NotCallableError(describe(candidate))
        return candidate

    def _refuse_async(self, names: list[str]) -> AsyncReceiverError:
        mend = "use await send_async(...), or pass _async_wrapper"
        return AsyncReceiverError(self._title(), names, started=False, mend=mend)

    def _warn_of(self, record: Record) -> None:
        if self.warn_of_lost_receivers:
            super()._warn_of(record)


class NamedSignal(Signal):
    """A signal with a name, by which its namespace knows it.

    Attributes:
        name: the name.
    """

    name: str

    def __init__(self, name: str, doc: str | None = None) -> None:
        """Make a signal.

        Args:
            name: its name.
            doc: its docstring.
        """
        super().__init__(doc)
        self.name = name

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}; {quote(self._title() or '')}>"


def _spare_sender(receiver: AnyReceiver, payload: dict[str, Any]) -> dict[str, Any]:
    if first_name(receiver) != "sender":
        return payload
    # It cannot be given two of them.
    return {name: value for name, value in payload.items() if name != "sender"}


class _MetaSignal(Signal):
    """Tells of the connections of a signal; its payload has a `sender` of its own."""

    def send(
        self,
        sender: Any | None = None,
        /,
        *,
        _async_wrapper: Callable[[_AsyncFunction], _Function] | None = None,
        **kwargs: Any,
    ) -> list[Pair]:
        return self._send_each(sender, _async_wrapper, kwargs)

    async def send_async(
        self,
        sender: Any | None = None,
        /,
        *,
        _sync_wrapper: Callable[[_Function], _AsyncFunction] | None = None,
        **kwargs: Any,
    ) -> list[Pair]:
        return await self._await_each(self._select(sender), sender, _sync_wrapper, kwargs)

    _fit: Fit | None = staticmethod(_spare_sender)

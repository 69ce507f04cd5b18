"""Connecting, muting, asking: all of a signal that does not depend on how payloads are passed."""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast, overload

from aldis._around import Deliver, await_within, send_within
from aldis._changes import Detach
from aldis._connection import Connection, Tap, view
from aldis._identity import take_apart
from aldis._inspection import check_receiver, describe
from aldis._later import Later
from aldis._line import GONE
from aldis._registry import Registry
from aldis._signatures import Call
from aldis._types import AnyReceiver, AnySender, SenderT
from aldis._wiring import Wiring, receivers_of
from aldis.exceptions import NotCallableError

if TYPE_CHECKING:
    import aldis._event as events
    import aldis._intake as intakes
    import aldis._offering as offering
else:
    events = Later("aldis._event")
    offering = Later("aldis._offering")

_T = TypeVar("_T")

MISSING: Final[Any] = object()


class Connectable(Wiring, Generic[SenderT]):
    """What every kind of signal can do with its receivers, short of sending.

    Attributes:
        name: what messages call the signal, or `None`.
        doc: what it stands for, or `None`.
    """

    __slots__ = ("_call", "doc", "name")

    name: str | None
    doc: str | None

    def __init__(self, name: str | None, doc: str | None, call: Call) -> None:
        self._registry = self._make_registry()
        self.name = None if name is None else str.__str__(name)  # a subclass has a say in it
        self.doc = doc
        self._call = call

    def _make_registry(self) -> Registry:
        return Registry()

    def _title(self) -> str | None:
        return self.name

    def _rename(self, name: str) -> None:
        self.name = name

    def _check(self, candidate: object) -> AnyReceiver:
        return check_receiver(candidate, self._call)

    # -- changing ------------------------------------------------------------------------------

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
            detach = Detach(take_apart(receiver).key, self._key_of(sender))
        self._submit(detach)
        for touched in detach.touched.values():
            if isinstance(touched.record, Tap):
                # Or its reader would wait for ever.
                cast("intakes.Intake", touched.receiver).close()
        return self._has_removed(detach)

    # -- muting --------------------------------------------------------------------------------

    @contextmanager
    def muted(self, *receivers: AnyReceiver) -> Generator[None, None, None]:
        """Silence the signal, or some receivers of it, for the length of a `with` block.

        Mutings count, so that they nest and overlap; they hold in every thread and task. A sending
        that is already under way is not affected. A sending of a muted signal gives empty results,
        and refuses no receiver.

        Args:
            *receivers: silence every connection of these alone, also those made in the block;
                without any, the whole signal.

        Raises:
            NotCallableError: one of them is no receiver; a `TypeError`.
        """
        for each in receivers:
            if not callable(each):
                raise NotCallableError(describe(each))
        with self._muted(receivers):
            yield

    # -- asking --------------------------------------------------------------------------------

    @property
    def receivers(self) -> tuple[AnyReceiver, ...]:
        """The live receivers, each once, in the order of sending; empty when there are none."""
        plan = self._registry.whole()
        if plan is not None and not plan.taps:
            return receivers_of(plan.records)
        self._settle()
        return receivers_of(self._registry.all_records())

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
        return receivers_of(self._registry.records_for(sender))

    def has_receivers_for(self, sender: SenderT) -> bool:
        """Tell whether `receivers_for(sender)` would give any; it is exact.

        Args:
            sender: the sender in question.

        Returns:
            Whether there are any.
        """
        if self._registry.queue:
            self._settle()
        return self._registry.has_any(sender)

    # -- sending -------------------------------------------------------------------------------

    def _run(self, deliver: Deliver[_T], sender: object, payload: object) -> _T:
        plan = self._select_sync(sender)
        if plan.taps:
            offering.offer(plan.taps, events.Event(cast("Any", self), sender, payload))
        if plan.bare:
            return deliver(plan, self.name, sender, payload)
        try:
            return send_within(deliver, plan, self.name, sender, payload)
        finally:
            self._tell_changes()

    async def _run_async(
        self,
        deliver: Deliver[Awaitable[_T]],
        sender: object,
        payload: object,
        event: events.AnyEvent | None = None,
    ) -> _T:
        plan = self._select(sender)
        if plan.taps:
            event = event or events.Event(cast("Any", self), sender, payload)
            await offering.offer_async(plan.taps, event)
        if plan.bare:
            return await deliver(plan, self.name, sender, payload)
        try:
            return await await_within(deliver, plan, self.name, sender, payload)
        finally:
            self._tell_changes()

"""A signal with one typed payload: the declaration that users connect to and send."""

# pyright: reportPrivateUsage=false
# A send makes its results without a call of Python's, by setting their attributes.

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final, overload

from aldis._around import refuse_coroutine
from aldis._async_delivery import await_each, await_plain, try_each_async
from aldis._bound import BoundSignal
from aldis._cancellation import notice, obey, running_task
from aldis._changes import Change
from aldis._connectable import MISSING
from aldis._connection import Connection, Options, view
from aldis._connector import Connector
from aldis._declared import declared_argument, show_type
from aldis._delivery import call_each, call_functions, call_methods, try_each
from aldis._event_source import EventSource
from aldis._identity import put_together
from aldis._inspection import describe
from aldis._later import Later
from aldis._outcome import NO_RESULTS, ManyResults, OneResult, Outcomes, Results
from aldis._plan import Plan, miss
from aldis._signatures import SENDER_AND_PAYLOAD
from aldis._types import ANY, AnySender, PayloadT, ResultT, ReturnT, SenderT
from aldis._untouched import name_of
from aldis.exceptions import quote

if TYPE_CHECKING:
    import aldis._methods as methods
    import aldis._together as together
else:
    methods = Later("aldis._methods")
    together = Later("aldis._together")

# Typed as Any: a checker would narrow to a coroutine of unknown types.
_COROUTINE: Final[Any] = CoroutineType


class Signal(EventSource[PayloadT, SenderT, ResultT]):
    """Declares what can happen, and carries it to the receivers that are connected.

    `Signal[OrderPlaced]` ties it to the type of its payload; `Signal[OrderPlaced, Shop, bool]`
    also says who sends it and what its receivers return. As a class attribute it is one signal for
    all instances, named after the class; receivers tell the instances apart by the sender.

    Everything may be called from any thread, from inside receivers, and from destructors and signal
    handlers. What those do in the middle of a change is done right after it.

    Each operation first tells of receivers that were lost, by `LostReceiverWarning`; where a filter
    makes that an error, it raises it and does nothing else. What connects or disconnects also
    raises what a receiver of `receiver_connected` or `receiver_disconnected` raises.

    Attributes:
        name: what messages call it, or `None`.
        doc: what it stands for, or `None`.
    """

    __slots__ = ("__orig_class__", "_meta")

    __orig_class__: Any
    _meta: dict[str, Signal[Connection]]

    def __init__(self, name: str | None = None, *, doc: str | None = None) -> None:
        """Declare a signal.

        Args:
            name: what messages call it; a class attribute takes it from the class when left out.
            doc: what it stands for.

        Raises:
            TypeError: the name is no text; a type in its place belongs into the brackets.
        """
        _check_name(name)
        super().__init__(name, doc, SENDER_AND_PAYLOAD)
        self._meta = {}

    @property
    def payload_type(self) -> Any:  # noqa: ANN401  # not all checkers know PEP 747's TypeForm
        """The type of the payload as it was declared; `None` when it is unknown.

        It is known where the parameter was written at run time: `Signal[OrderPlaced]()`, or a
        subclass of `Signal[OrderPlaced]`. An annotation alone, as in
        `placed: Signal[OrderPlaced] = Signal()`, leaves no trace at run time: unknown. In a generic
        class it is the type variable that was written.
        """
        return declared_argument(self, Signal)

    # -- connecting ----------------------------------------------------------------------------

    # Three overloads, since no type variable can be bounded by a class's own. The first keeps the
    # return type of a receiver exact where no result is declared; invariance keeps signals with a
    # declared result out of it. The other two check the result, async receivers first; pyright says
    # that they overlap, which is what they are for: the more exact type wins.
    @overload
    def connect(
        self: Signal[PayloadT, SenderT, object],
        receiver: Callable[[SenderT, PayloadT], ReturnT],
        sender: SenderT | AnySender = ...,
        *,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Callable[[SenderT, PayloadT], ReturnT]: ...
    @overload
    def connect(
        self,
        receiver: Callable[[SenderT, PayloadT], ResultT],
        sender: SenderT | AnySender = ...,
        *,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Callable[[SenderT, PayloadT], ResultT]: ...
    @overload
    def connect(  # pyright: ignore[reportOverlappingOverload]
        self,
        receiver: Callable[[SenderT, PayloadT], Coroutine[Any, Any, ResultT]],
        sender: SenderT | AnySender = ...,
        *,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Callable[[SenderT, PayloadT], Coroutine[Any, Any, ResultT]]: ...
    @overload
    def connect(
        self,
        receiver: Callable[[SenderT, PayloadT], ResultT | Awaitable[ResultT]],
        sender: SenderT | AnySender = ...,
        *,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Callable[[SenderT, PayloadT], ResultT]: ...
    @overload
    def connect(
        self,
        *,
        sender: SenderT | AnySender = ...,
        weak: bool = ...,
        once: bool = ...,
        priority: int = ...,
        to_thread: bool = ...,
    ) -> Connector[PayloadT, SenderT, ResultT]: ...
    def connect(
        self,
        receiver: Any = MISSING,
        sender: SenderT | AnySender = ANY,
        *,
        weak: bool = True,
        once: bool = False,
        priority: int = 0,
        to_thread: bool = False,
    ) -> Any:
        """Connect a receiver, as a call, as `@signal.connect` or as `@signal.connect(weak=False)`.

        Connecting an equal pair of receiver and sender again replaces its options and keeps its
        place in the order. Bound methods are equal when object and function are.

        Args:
            receiver: called with `(sender, payload)`; left out, a decorator is returned.
            sender: the only sender whose sendings reach it. Exactly `str`, `bytes`, `int`, `bool`
                and `float` match by type and value, bound methods by object and function, all else
                by identity. The connection ends with a sender that can be weakly referenced, and
                keeps any other alive.
            weak: end the connection when the receiver is garbage-collected. A function lost in this
                way is told of by `LostReceiverWarning`.
            once: end it with its first call.
            priority: higher ones are called first; equal ones in the order of connecting.
            to_thread: have an async send call the receiver in a worker thread, with a copy of the
                context variables of whoever sends. A cancelled sending waits for it.

        Returns:
            The receiver itself, or the decorator.

        Raises:
            ReceiverError: it is not callable, does not accept the call, is a generator function,
                cannot be held weakly, or is async with `to_thread=True`; a `TypeError`. Nothing
                was changed.
            OptionError: an option has a value of another type; a `TypeError` too.
        """
        options = Options(weak, once, priority, to_thread)
        if receiver is MISSING:
            return Connector[PayloadT, SenderT, ResultT](
                partial(self._connect, sender=sender, options=options)
            )
        self._connect(receiver, sender, options)
        return receiver

    def connect_via(
        self,
        sender: SenderT | AnySender,
        *,
        weak: bool = True,
        once: bool = False,
        priority: int = 0,
        to_thread: bool = False,
    ) -> Connector[PayloadT, SenderT, ResultT]:
        """Give a decorator that connects a receiver to one sender.

        Args:
            sender: as for `connect`.
            weak: as for `connect`, and with the same default.
            once: as for `connect`.
            priority: as for `connect`.
            to_thread: as for `connect`.

        Returns:
            A decorator; it raises what `connect` raises.
        """
        options = Options(weak, once, priority, to_thread)
        return Connector(partial(self._connect, sender=sender, options=options))

    def connected_to(
        self,
        receiver: Callable[[SenderT, PayloadT], ResultT | Awaitable[ResultT]],
        sender: SenderT | AnySender = ANY,
    ) -> AbstractContextManager[None]:
        """Connect a receiver for the length of a `with` block, strongly.

        The connection stands beside any equal one, which it neither replaces nor removes; the
        receiver is still called once a sending. Leaving the block ends this connection alone.

        Args:
            receiver: as for `connect`.
            sender: as for `connect`.

        Returns:
            The context manager; entering it raises what `connect` raises.
        """
        return self._connected_to(receiver, sender)

    @property
    def receiver(
        self,
    ) -> methods.Marking[[SenderT, PayloadT], ResultT | Awaitable[ResultT], SenderT]:
        """Marks a method of a class, as `@signal.receiver` or `@signal.receiver(priority=10)`.

        The options are those of `connect`, without `weak`. The method is given back as it is;
        `connect_methods(self)`, called in `__init__`, connects it for that object, weakly.
        """
        return methods.Marking(self, self._call)

    # -- sending -------------------------------------------------------------------------------

    def send(self, sender: SenderT, payload: PayloadT) -> Results[ResultT]:
        """Call the receivers, one after another; the first exception propagates.

        Args:
            sender: on whose behalf; `None` is a sender like any other. `ANY` is none: it stands for
                every sender in `connect`, and no receiver can filter on it.
            payload: the data.

        Returns:
            The receivers that were called, each with what it returned, in order.

        Raises:
            AsyncReceiverError: a receiver is async: before any was called, when that was known at
                `connect`; else when one returns a coroutine, which is closed.
        """
        registry = self._registry
        record = registry.only
        if record is None or registry.queue:
            plan = registry.direct
            if plan is None or registry.queue:
                plan = self._select_direct(sender)
                if plan is None:
                    return self._run(call_each, sender, payload)
            if not plan.records:
                return NO_RESULTS
            record = plan.only
            if record is None:
                call = call_functions if plan.functions else call_methods
                return call(plan, self.name, sender, payload)
        # One receiver: a loop and a list would take four fifths as long again.
        target = record()
        if target is None:
            return NO_RESULTS
        func: Any = record.func
        if func is None:
            value: Any = target(sender, payload)
        else:
            func = func()
            if func is None:
                miss(record)
                return NO_RESULTS
            value = func(target, sender, payload)
        if value is not None and type(value) is _COROUTINE:
            raise refuse_coroutine(value, put_together(func, target), self.name)
        result: OneResult[ResultT] = OneResult()
        result.func = func
        result.target = target
        result.value = value
        return result

    def send_robust(self, sender: SenderT, payload: PayloadT) -> Outcomes[ResultT]:
        """Call the receivers, one after another, whatever they raise.

        Only an `Exception` becomes an outcome. Any other `BaseException` propagates at once.

        Args:
            sender: as for `send`.
            payload: as for `send`.

        Returns:
            What came of each receiver, in order.

        Raises:
            AsyncReceiverError: a receiver was known at `connect` to be async; none was called.
        """
        return self._run(try_each, sender, payload)

    async def send_async(
        self, sender: SenderT, payload: PayloadT, *, concurrency: int | None = 1
    ) -> Results[ResultT]:
        """Call the receivers, sync and async ones alike, and await what is to be awaited.

        A cancelled sending never returns partial results. When there is nothing to await,
        cancellation is looked for once; that is no schedule point.

        Args:
            sender: as for `send`.
            payload: as for `send`.
            concurrency: 1 takes one receiver after another; `n` has at most so many under way at a
                time; `None` sets no bound. Sync receivers are called in order in each case, but
                inside of async middleware.

        Returns:
            The receivers that were called, each with what it returned, in order.

        Raises:
            ConcurrencyError: `concurrency` is neither a positive `int` nor `None`; a `ValueError`.
            ExceptionGroup: with any `concurrency` but 1, what the receivers raised, in order; the
                first failure cancels the rest. With 1, the first exception is raised as it is.
        """
        registry = self._registry
        plan = registry.direct_async
        if plan is None or registry.queue:
            return await self._send_async(sender, payload, concurrency)
        if type(concurrency) is not int or concurrency != 1:
            together.check_concurrency(concurrency)
            if plan.only is not None and plan.coroutines:
                return await together.await_alone(plan, self.name, sender, payload)
            return await together.await_together(plan, self.name, sender, payload, concurrency)
        if not plan.coroutines or not plan.functions:
            return await await_plain(plan, sender, payload)
        # Here, since each coroutine in between would cost as much as a receiver does.
        task = running_task()
        requests = 0 if task is None else task.cancelling()
        cells: list[Any] = []
        try:
            for record in plan.records:
                target = record()
                if target is not None and record.func is None:
                    cells.append(target)
                    cells.append(await target(sender, payload))
            if not cells:  # the receivers to wait for went away before their turn
                await notice()
            elif task is not None and task.cancelling() > requests:
                await obey(requests)
        finally:
            del task  # it keeps what it raises, whose traceback leads to this frame
        results: ManyResults[ResultT] = ManyResults()
        results._cells = cells
        results._width = 2
        return results

    async def send_robust_async(
        self, sender: SenderT, payload: PayloadT, *, concurrency: int | None = 1
    ) -> Outcomes[ResultT]:
        """Call the receivers, sync and async ones alike, to the end, whatever they raise.

        Only an `Exception` becomes an outcome. Any other `BaseException`, a cancellation included,
        propagates at once.

        Args:
            sender: as for `send`.
            payload: as for `send`.
            concurrency: as for `send_async`.

        Returns:
            What came of each receiver, in order.

        Raises:
            ConcurrencyError: as for `send_async`.
        """
        if type(concurrency) is int and concurrency == 1:
            return await self._run_async(try_each_async, sender, payload)
        together.check_concurrency(concurrency)
        return await self._run_async(partial(together.try_all, limit=concurrency), sender, payload)

    def bind(self, sender: SenderT) -> BoundSignal[PayloadT, SenderT, ResultT]:
        """Give the same face with the sender filled in.

        Args:
            sender: for what the bound signal sends, connects and asks; it is kept alive.

        Returns:
            The bound signal.
        """
        return BoundSignal(self, sender)

    def _select_direct(self, sender: object) -> Plan | None:
        """Select for a sync send that was offered no snapshot; `None` where there is more to do."""
        plan = self._select(sender)
        return plan if plan.direct else None

    async def _send_async(
        self, sender: SenderT, payload: PayloadT, concurrency: int | None
    ) -> Results[ResultT]:
        """Send where there is more to do, or at the same time."""
        if type(concurrency) is int and concurrency == 1:
            return await self._run_async(await_each, sender, payload)
        together.check_concurrency(concurrency)
        deliver = partial(together.await_together, limit=concurrency)
        return await self._run_async(deliver, sender, payload)

    # -- what else -----------------------------------------------------------------------------

    @property
    def receiver_connected(self) -> Signal[Connection]:
        """Sent after each connecting, with this signal as sender and the connection as payload.

        When a receiver of it raises, the change stands and the exception propagates.
        """
        return self._meta_signal("receiver_connected")

    @property
    def receiver_disconnected(self) -> Signal[Connection]:
        """Sent after each disconnecting and each used-up `once`, not when something died.

        When a receiver of it raises, the change stands and the exception propagates.
        """
        return self._meta_signal("receiver_disconnected")

    def _meta_signal(self, which: str) -> Signal[Connection]:
        found = self._meta.get(which)
        if found is None:
            made = Signal[Connection](which if self.name is None else f"{self.name}.{which}")
            found = self._meta.setdefault(which, made)  # atomic: all threads get the first one
        return found

    def _tell(self, change: Change) -> None:
        meta = self._meta.get("receiver_disconnected" if change.removes else "receiver_connected")
        if meta is not None:
            for record, receiver, sender in change.touched.values():
                meta.send(self, view(record, receiver, sender))

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the name from the class that the signal is an attribute of."""
        if self.name is None:
            self._rename(f"{owner.__qualname__}.{name}")

    def __repr__(self) -> str:
        """Name the signal, its payload type and the number of its receivers."""
        name = f"at {id(self):#x}" if self.name is None else quote(self.name)
        declared = self.payload_type
        payload = "unknown" if declared is None else show_type(declared)
        count = sum(record.is_present() for record in self._registry.all_records())
        return f"<{name_of(type(self))} {name}, payload {payload}, connections {count}>"


def _check_name(name: object) -> None:
    if name is not None and not issubclass(type(name), str):
        raise TypeError(
            f"the name of a signal is a str, not {describe(name)}; the type of its payload "
            f"stands in brackets: Signal[OrderPlaced]()"
        )

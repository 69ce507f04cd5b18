"""How many receivers are awaited at the same time, and what becomes of the rest when one fails."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from operator import itemgetter
from types import CoroutineType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aldis._async_call import call_receiver, is_awaitable
from aldis._cancellation import count_requests, notice, obey, running_task
from aldis._connection import Record
from aldis._identity import Key
from aldis._outcome import NO_RESULTS, Outcome, Outcomes, Results, group, many_results
from aldis._plan import Plan
from aldis._types import AnyReceiver
from aldis._untouched import show_number
from aldis.exceptions import ConcurrencyError

if TYPE_CHECKING:
    from anyio import Semaphore
    from anyio.abc import TaskGroup

# anyio is imported where it is first needed, as `_cancellation` says.

_T = TypeVar("_T")


def check_concurrency(concurrency: object) -> None:
    """Refuse what is neither a positive int nor `None`.

    Raises:
        ConcurrencyError: it is not.
    """
    if concurrency is None or (type(concurrency) is int and concurrency > 0):
        return
    raise ConcurrencyError(show_number(concurrency))


async def await_together(
    plan: Plan, signal: str | None, sender: object, payload: object, limit: int | None
) -> Results[Any]:
    """Await the receivers at the same time, at most `limit`; the first failure cancels the rest.

    Raises:
        ExceptionGroup: what failed, in the order of the receivers. Should a cancellation from
            outside come with it, a `BaseExceptionGroup` holds both.
    """
    sending = _Sending(plan, sender, payload, go_on=False)
    try:
        await sending.run(limit, signal)
        if sending.failed:
            raise group(_in_order(sending.failed), signal)
        return many_results([cell for pair in _in_order(sending.done) for cell in pair], 2)
    finally:
        sending.clear()


async def await_alone(
    plan: Plan, signal: str | None, sender: object, payload: object
) -> Results[Any]:
    """Await the `async def` that is alone in a plan; what it raises comes in a group."""
    task = running_task()
    requests = 0 if task is None else task.cancelling()
    receiver: Any = plan.admit(0, set())
    failed = value = None
    try:
        if receiver is None:
            await notice()
            return NO_RESULTS
        try:
            value = await receiver(sender, payload)
        except Exception as error:  # noqa: BLE001  # raised again, in a group
            failed = group([(receiver, error)], signal)
        if failed is not None:
            raise failed
        if task is not None and task.cancelling() > requests:
            await obey(requests)
        return many_results((receiver, value), 2)
    finally:
        del failed, task  # they keep what is raised, whose traceback leads to this frame


async def try_all(
    plan: Plan, signal: str | None, sender: object, payload: object, limit: int | None
) -> Outcomes[Any]:
    """Await the receivers, at most `limit` at a time; what one raises does not stop the rest."""
    sending = _Sending(plan, sender, payload, go_on=True)
    try:
        await sending.run(limit, signal)
        return Outcomes(_in_order(sending.outcomes()), signal)
    finally:
        sending.clear()


class _Sending:
    """One sending under way: what has come of each connection so far, by its place in the plan.

    Attributes:
        done: the receivers that returned, with what they returned.
        failed: the receivers that raised, with what they raised.
    """

    def __init__(self, plan: Plan, sender: object, payload: object, *, go_on: bool) -> None:
        self.done: dict[int, tuple[AnyReceiver, Any]] = {}
        self.failed: dict[int, tuple[AnyReceiver, Exception]] = {}
        self._plan = plan
        self._sender = sender
        self._payload = payload
        self._go_on = go_on  # a failure leaves the others running
        self._called: set[Key] = set()
        self._places: dict[Key, list[int]] = {}  # of each receiver, when they run at the same time
        self._begun: dict[int, Awaitable[Any]] = {}
        self._skipped = 0
        self._awaited = False
        self._stopped = False
        self._requests = count_requests()
        self._slots: Semaphore | None = None
        self._tasks: TaskGroup | None = None
        self._withdrawn: BaseException | None = None

    def outcomes(self) -> dict[int, Outcome[Any]]:
        """Give what came of each receiver, by its place."""
        outcomes: dict[int, Outcome[Any]] = {}
        for place, (receiver, value) in self.done.items():
            outcomes[place] = Outcome(receiver, value)
        for place, (receiver, error) in self.failed.items():
            outcomes[place] = Outcome(receiver, error=error)
        return outcomes

    def clear(self) -> None:
        """Let go of the errors: their tracebacks hold the frames that hold this object.

        A task that was cancelled before it began has not awaited its coroutine: that one is closed.
        """
        for awaitable in self._begun.values():
            if type(awaitable) is CoroutineType:
                awaitable.close()
        self.done, self.failed, self._tasks, self._withdrawn = {}, {}, None, None

    async def run(self, limit: int | None, signal: str | None) -> None:
        """Visit every connection, and see to it that a cancellation is noticed."""
        if not self._plan.awaits:
            await notice()
        if len(self._plan.records) == 1:
            await self._visit(0)  # no group for one alone
            if not self._stopped:
                await obey(self._requests)
        elif self._plan.records:
            await self._run_together(limit, signal)
        if self._plan.awaits and not self._awaited:
            await notice()

    async def _run_together(self, limit: int | None, signal: str | None) -> None:
        import anyio  # noqa: PLC0415  # see above

        try:
            await self._run_group(limit)
        except BaseException as other:
            if not self.failed or self._go_on:
                raise
            # A bare cancellation would hide what failed; what failed would hide the cancellation.
            errors = group(_in_order(self.failed), signal)
            message, together = errors.message, [*errors.exceptions, *_members(other)]
            raise BaseExceptionGroup(message, together) from None
        visited = len(self.done) + len(self.failed) + self._skipped
        if visited < len(self._plan.records) and not self._stopped:
            # A group whose host was shielded, or one of whose tasks was cancelled from within,
            # ends as if nothing had happened. Results with holes in them are never returned.
            await notice()
            raise self._withdrawn or anyio.get_cancelled_exc_class()

    async def _run_group(self, limit: int | None) -> None:
        import anyio  # noqa: PLC0415  # see above

        records = self._plan.records
        if self._plan.coroutines and (limit is None or limit >= len(records)):
            await self._await_directly(len(records))
            return
        for place, record in enumerate(records):
            self._places.setdefault(record.key, []).append(place)
        if limit is not None and limit < len(records):
            self._slots = anyio.Semaphore(limit, fast_acquire=True)
        async with anyio.create_task_group() as self._tasks:
            for place, record in enumerate(records):
                if self._places[record.key][0] != place:
                    self._skipped += 1  # visited together with its receiver's first connection
                    continue
                if self._slots is not None:
                    await self._slots.acquire()
                if self._stopped:
                    break
                here = self._plan.inside and not self._plan.is_apart(record)
                if here or place == len(records) - 1:
                    await self._visit_here(place)
                else:
                    self._start(self._tasks, place, record)

    async def _await_directly(self, count: int) -> None:
        """Await `async def`s, with no more to do: for them, the rest of this class is a detour."""
        import anyio  # noqa: PLC0415  # see above

        async with anyio.create_task_group() as self._tasks:
            for place in range(count - 1):
                self._tasks.start_soon(self._await, place)
            await self._await(count - 1)
            if not self._stopped:
                await obey(self._requests)
        self._awaited = self._skipped < count

    async def _await(self, place: int) -> None:
        if self._stopped:
            return  # a task that is cancelled before it began runs up to its first wait
        receiver: Any = self._plan.admit(place, self._called)
        if receiver is None:
            self._skipped += 1
            return
        try:
            value = await receiver(self._sender, self._payload)
        except Exception as error:  # noqa: BLE001  # kept, to be raised or handed out
            self._fail(place, receiver, error)
        except BaseException as error:
            self._withdrawn = error
            raise
        else:
            self.done[place] = (receiver, value)

    def _start(self, tasks: TaskGroup, place: int, record: Record) -> None:
        if self._plan.is_apart(record):
            tasks.start_soon(self._visit, place)
            return
        # Plain calls are made here, in order; what they return can still have to be awaited.
        begun = self._begin(place)
        if begun is not None:
            tasks.start_soon(self._finish, *begun)

    async def _visit_here(self, place: int) -> None:
        # The last one needs no task. Middleware that was opened around the call of a plain receiver
        # here is brought to its end here, should there be something to await after all.
        await self._visit(place)
        if not self._stopped:
            await obey(self._requests)

    async def _visit(self, place: int) -> None:
        """Call one receiver and await what it returns."""
        begun = self._begin(place)
        if begun is not None:
            await self._finish(*begun)

    def _begin(self, place: int) -> tuple[int, AnyReceiver] | None:
        """Call one receiver; say what has to be finished, if anything has."""
        begun = None
        try:
            if not self._stopped:
                begun = self._call_next(place)
            return begun
        finally:
            if begun is None:
                self._free_slot()

    def _admit(self, place: int) -> tuple[int, Record, AnyReceiver] | None:
        """Decide on a receiver's connections: at the same time, there is one turn for them all."""
        records = self._plan.records
        for each in self._places.get(records[place].key, (place,)):
            receiver = self._plan.admit(each, self._called)
            if receiver is not None:
                return each, records[each], receiver
        self._skipped += 1
        return None

    def _call_next(self, place: int) -> tuple[int, AnyReceiver] | None:
        admitted = self._admit(place)
        if admitted is None:
            return None
        place, record, receiver = admitted
        try:
            value = call_receiver(self._plan, record, receiver, self._sender, self._payload)
        except Exception as error:  # noqa: BLE001  # kept, to be raised or handed out
            self._fail(place, receiver, error)
            return None
        if value is not None and is_awaitable(value):
            self._begun[place] = value
            return place, receiver
        self.done[place] = (receiver, value)
        return None

    async def _finish(self, place: int, receiver: AnyReceiver) -> None:
        self._awaited = True
        try:
            value = await self._begun.pop(place)
        except Exception as error:  # noqa: BLE001  # kept, to be raised or handed out
            self._fail(place, receiver, error)
        except BaseException as error:
            self._withdrawn = error
            raise
        else:
            self.done[place] = (receiver, value)
        finally:
            self._free_slot()

    def _fail(self, place: int, receiver: AnyReceiver, error: Exception) -> None:
        self.failed[place] = (receiver, error)
        if not self._go_on:
            self._stopped = True
            if self._tasks is not None:
                self._tasks.cancel_scope.cancel()

    def _free_slot(self) -> None:
        if self._slots is not None:
            self._slots.release()


def _members(error: BaseException) -> Sequence[BaseException]:
    if not issubclass(type(error), BaseExceptionGroup):
        return (error,)
    members: Sequence[BaseException] = cast("Any", error).exceptions
    return members


def _in_order(places: dict[int, _T]) -> list[_T]:
    return [item for _, item in sorted(places.items(), key=itemgetter(0))]

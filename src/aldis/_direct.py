"""Sending where there is nothing to do but to call the receivers: the way of nearly all sends.

What the rest of the inside says once is written out here, so that such a send makes no call of its
own. Each receiver more than one costs what `_delivery` needs for it.
"""

from __future__ import annotations

from functools import partial
from types import CoroutineType
from typing import Any, Final

from aldis._around import refuse_coroutine
from aldis._async_delivery import await_each
from aldis._cancellation import notice, obey, running_task
from aldis._delivery import call_each, call_plain
from aldis._event_source import EventSource
from aldis._identity import put_together
from aldis._outcome import NO_RESULTS, ManyResults, OneResult, Results
from aldis._plan import miss
from aldis._together import await_alone, await_together, check_concurrency
from aldis._types import PayloadT, ResultT, SenderT

# Typed as Any: a checker would narrow to a coroutine of unknown types.
_COROUTINE: Final[Any] = CoroutineType


class DirectSource(EventSource[PayloadT, SenderT, ResultT]):
    """The part of a signal that sends to all or to none, as fast as Python allows."""

    __slots__ = ()

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
        plan = registry.direct
        if plan is None or registry.queue:
            return self._send(sender, payload)
        record = plan.only
        if record is None:
            return call_plain(plan, self.name, sender, payload) if plan.records else NO_RESULTS
        # One receiver: no loop and no list, which would be a third of the whole.
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

    def _send(self, sender: SenderT, payload: PayloadT) -> Results[ResultT]:
        """Send where there is more to do, or where nobody knows yet whether there is."""
        plan = self._select(sender)
        if plan.direct:
            return call_plain(plan, self.name, sender, payload)
        return self._run(call_each, sender, payload)

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
            check_concurrency(concurrency)
            if plan.only is None:
                return await await_together(plan, self.name, sender, payload, concurrency)
            return await await_alone(plan.only, self.name, sender, payload)
        # Here, since each coroutine in between would cost as much as a receiver does.
        task = running_task()
        requests = 0 if task is None else task.cancelling()
        cells: list[Any] = []
        for record in plan.records:
            target = record()
            if target is not None and record.func is None:
                cells.append(target)
                cells.append(await target(sender, payload))
        if not cells:  # the receivers to wait for went away before their turn
            await notice()
        elif task is not None and task.cancelling() > requests:
            await obey(requests)
        results: ManyResults[ResultT] = ManyResults()
        results.cells = cells
        results.width = 2
        return results

    async def _send_async(
        self, sender: SenderT, payload: PayloadT, concurrency: int | None
    ) -> Results[ResultT]:
        """Send where there is more to do, or at the same time."""
        check_concurrency(concurrency)
        if concurrency == 1:
            return await self._run_async(await_each, sender, payload)
        return await self._run_async(partial(await_together, limit=concurrency), sender, payload)

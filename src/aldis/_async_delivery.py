"""How receivers are called and awaited, one after another."""

from __future__ import annotations

from types import CoroutineType, MethodType
from typing import Any, Final

from aldis._async_call import call_receiver, is_awaitable
from aldis._cancellation import count_requests, notice, obey, running_task
from aldis._outcome import NO_RESULTS, Outcome, Outcomes, Pair, Results, many_results
from aldis._plan import Plan, miss
from aldis._ways import Ways, each_call

# Typed as Any: a checker would narrow to a coroutine of unknown types.
_COROUTINE: Final[Any] = CoroutineType


async def await_each(
    plan: Plan, _signal: str | None, sender: object, payload: object
) -> Results[Any]:
    """Call and await the receivers one after another; the first exception propagates bare."""
    if not plan.awaits:
        await notice()
    if plan.plain:
        return await await_plain(plan, sender, payload)
    awaited, requests = not plan.awaits, count_requests()
    cells: list[Any] = []
    for record, receiver in plan.admitted():
        value = call_receiver(plan, record, receiver, sender, payload)
        if value is not None and is_awaitable(value):
            value = await value
            awaited = True
        cells += (receiver, value)
    if not awaited:  # the receivers to wait for went away before their turn
        await notice()
    await obey(requests)
    return many_results(cells, 2) if cells else NO_RESULTS


async def await_plain(plan: Plan, sender: object, payload: object) -> Results[Any]:
    """Await the receivers of a plain plan: the fast path, as `call_methods` is for a sync send."""
    cells: list[Any] = []
    awaited, task = not plan.awaits, running_task()
    requests = 0 if task is None else task.cancelling()
    value: Any
    try:
        for record in plan.records:
            target = record()
            if target is None:
                continue
            find = record.func
            if find is None:
                func = None
                value = target(sender, payload)
            else:
                func = find()
                if func is None:
                    miss(record)
                    continue
                value = func(target, sender, payload)
            if type(value) is _COROUTINE or (value is not None and is_awaitable(value)):
                value = await value  # ty: ignore[invalid-await]  # ty makes an object of the Any
                awaited = True
            cells.append(func)
            cells.append(target)
            cells.append(value)
        if not awaited:
            await notice()
        if task is not None and task.cancelling() > requests:
            await obey(requests)
    finally:
        del task  # it keeps what it raises, whose traceback leads to this frame
    return many_results(cells, 3) if cells else NO_RESULTS


async def try_each_async(
    plan: Plan,
    signal: str | None,
    sender: object,
    payload: object,
    noting: list[Outcome[Any]] | None = None,
) -> Outcomes[Any]:
    """Call and await the receivers one after another; what one raises does not stop the rest.

    A dispatcher has each outcome noted as it comes; it looks for cancellation by itself, between
    two events.
    """
    looks = noting is None
    if looks and not plan.awaits:
        await notice()
    outcomes: list[Outcome[Any]] = [] if noting is None else noting
    awaited, requests = not plan.awaits, count_requests() if looks else 0
    value: Any = None
    try:
        for record, receiver in plan.admitted():
            try:
                value = call_receiver(plan, record, receiver, sender, payload)
                if value is not None and is_awaitable(value):
                    awaited = True
                    value = await value
            except Exception as error:  # noqa: BLE001  # that is the promise: the outcome has it
                outcomes.append(Outcome(receiver, error=error))
            else:
                outcomes.append(Outcome(receiver, value))
            if looks and count_requests() > requests:
                await obey(requests)
        if looks and not awaited:
            await notice()
        return Outcomes(outcomes if looks else outcomes.copy(), signal)
    finally:
        # The traceback of an error holds this frame: with the outcomes in it there would be a
        # cycle, and the payload in it until the collector comes.
        del outcomes, noting, value


async def pair_plain_async(plan: Plan, sender: object, keywords: dict[str, Any]) -> list[Pair]:
    """Call and await the receivers of a plain plan with keywords, as `pair_plain` calls them.

    As in blinker, cancellation is left to what is awaited.
    """
    pairs: list[Pair] = []
    for record in plan.records:
        receiver = record()
        if receiver is None:
            continue
        find = record.func
        if find is not None:
            func = find()
            if func is None:
                miss(record)
                continue
            receiver = MethodType(func, receiver)
        value: Any = receiver(sender, **keywords)
        if type(value) is _COROUTINE or (value is not None and is_awaitable(value)):
            value = await value
        pairs.append((receiver, value))
    return pairs


async def pair_each_async(
    plan: Plan, ways: Ways, sender: object, keywords: dict[str, Any]
) -> list[Pair]:
    """Call and await the receivers of any plan with keywords."""
    pairs: list[Pair] = []
    for receiver, call, given in each_call(plan, ways, keywords):
        value = call(sender, **given)
        pairs.append((receiver, await value if is_awaitable(value) else value))
    return pairs

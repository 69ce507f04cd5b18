"""How receivers are called, in order; whom to call, a plan decides."""

# pyright: reportPrivateUsage=false
# Results are made here without a call of Python's, by setting their attributes.

from __future__ import annotations

from collections.abc import Callable
from types import CoroutineType, MethodType
from typing import Any, Final

from aldis._around import refuse_coroutine
from aldis._identity import put_together
from aldis._outcome import (
    NO_RESULTS,
    ManyResults,
    Outcome,
    Outcomes,
    Pair,
    Results,
    many_results,
)
from aldis._plan import Plan, miss
from aldis._types import AnyReceiver
from aldis._ways import Ways, each_call

# Typed as Any: a checker would narrow to a coroutine of unknown types.
_COROUTINE: Final[Any] = CoroutineType


def call_functions(plan: Plan, signal: str | None, sender: object, payload: object) -> Results[Any]:
    """Call the receivers of a plain plan of which none is a bound method.

    The fast path: what `Plan.admitted` decides and `Record.receiver` makes, written out. Each takes
    two cells of the results: they cost less than a tuple, a tenth of the whole.
    """
    cells: list[Any] = []
    for record in plan.records:
        target = record()
        if target is not None and record.func is None:
            value = target(sender, payload)
            if value is not None and type(value) is _COROUTINE:
                raise refuse_coroutine(value, target, signal)
            cells.append(target)
            cells.append(value)
    results: ManyResults[Any] = ManyResults()
    results._cells = cells
    results._width = 2
    return results


def call_methods(plan: Plan, signal: str | None, sender: object, payload: object) -> Results[Any]:
    """Call the receivers of any plain plan; each takes three cells of the results."""
    cells: list[Any] = []
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
        if value is not None and type(value) is _COROUTINE:
            raise refuse_coroutine(value, put_together(func, target), signal)
        cells.append(func)
        cells.append(target)
        cells.append(value)
    results: ManyResults[Any] = ManyResults()
    results._cells = cells
    results._width = 3
    return results


def call_each(plan: Plan, signal: str | None, sender: object, payload: object) -> Results[Any]:
    """Call the receivers of any plan; the first exception propagates."""
    if plan.plain:
        call = call_functions if plan.functions else call_methods
        return call(plan, signal, sender, payload)
    cells: list[Any] = []
    for record, receiver in plan.admitted():
        value: Any = plan.call_of(record, receiver)(sender, payload)
        if type(value) is _COROUTINE:
            raise refuse_coroutine(value, receiver, signal)
        cells += (receiver, value)
    return many_results(cells, 2) if cells else NO_RESULTS


def pair_plain(plan: Plan, sender: object, keywords: dict[str, Any]) -> list[Pair]:
    """Call the receivers of a plain plan with keywords; what they return is not looked at.

    The fast path of `aldis.blinker`, as `call_functions` is that of `Signal`.
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
        pairs.append((receiver, receiver(sender, **keywords)))
    return pairs


def pair_each(plan: Plan, ways: Ways, sender: object, keywords: dict[str, Any]) -> list[Pair]:
    """Call the receivers of any plan with keywords; what they return is not looked at."""
    return [
        (receiver, call(sender, **given))
        for receiver, call, given in each_call(plan, ways, keywords)
    ]


def try_each(plan: Plan, signal: str | None, sender: object, payload: object) -> Outcomes[Any]:
    """Call the receivers of any plan; what one raises does not stop the rest."""
    outcomes: list[Outcome[Any]] = []
    try:
        for record, receiver in plan.admitted():
            call = plan.call_of(record, receiver)
            outcomes.append(_try(receiver, call, signal, sender, payload))
        return Outcomes(outcomes, signal)
    finally:
        # An error's traceback holds the frame that caught it, and that one this frame: with the
        # outcomes in it there would be a cycle, and the payload in it until the collector comes.
        del outcomes


def _try(
    receiver: AnyReceiver,
    call: Callable[[Any, Any], object],
    signal: str | None,
    sender: object,
    payload: object,
) -> Outcome[Any]:
    try:
        value: Any = call(sender, payload)
        if type(value) is _COROUTINE:
            raise refuse_coroutine(value, receiver, signal)
    except Exception as error:  # noqa: BLE001  # that is the promise: the outcome has it
        return Outcome(receiver, error=error)
    return Outcome(receiver, value)

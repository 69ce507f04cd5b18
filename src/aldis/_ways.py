"""Passing a payload as keywords, as blinker does: what is called, and with which of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from aldis._named import NamedTuple
from aldis._plan import Plan
from aldis._types import AnyReceiver

Fit: TypeAlias = Callable[[AnyReceiver, dict[str, Any]], dict[str, Any]]


class Ways(NamedTuple):
    """What one sending does with its receivers, beside calling them."""

    wrap: Callable[..., Any] | None = None
    """Makes what is called in the place of each receiver of one kind."""
    asyncs: bool = False
    """Whether that kind is the async one."""
    fit: Fit | None = None
    """Makes the keywords fit a receiver."""


def each_call(
    plan: Plan, ways: Ways, keywords: dict[str, Any]
) -> Iterator[tuple[AnyReceiver, Callable[..., Any], dict[str, Any]]]:
    """Give each receiver when its turn comes, with what to call and the keywords for it."""
    wrap, asyncs, fit = ways
    for record, receiver in plan.admitted():
        call = receiver if wrap is None or record.is_async is not asyncs else wrap(receiver)
        yield receiver, call, keywords if fit is None else fit(receiver, keywords)

"""Middleware as it was installed: its order, and what snapshots make of it."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from typing import Any

import pytest

from aldis import Signal
from aldis._changes import Use
from aldis._connection import Options, Record, make_record
from aldis._identity import take_apart
from aldis._inspection import is_async, is_async_generator, is_generator
from aldis._middleware import Installed, check_middleware, make_layers
from aldis._plan import Plan
from aldis._registry import Registry


def function(sender: object, payload: object) -> None:
    """Receive."""


async def coroutine_function(sender: object, payload: object) -> None:
    """Receive, in an async way."""


def generator(call: object) -> Generator[None, Any, Any]:
    """Stand around something."""
    return (yield)


async def asynchronous(call: object, proceed: Any) -> Any:
    """Stand around a call."""
    return await proceed()


async def async_generator(call: object) -> Any:
    """Stand around nothing."""
    yield


def nowhere() -> None:
    """Give no signal."""


def record_of(receiver: Any, **options: Any) -> Record:
    """Make a record."""
    return make_record(
        receiver,
        take_apart(receiver),
        Options(**options),
        sender=None,
        note=Registry().note,
        is_async=is_async(receiver),
    )


def installed(middleware: Any = generator, around: str = "receiver", **where: bool) -> Installed:
    """Make an install."""
    return check_middleware(middleware, around, inner=where.get("inner", True))


def test_kinds_of_functions_are_told_apart() -> None:
    """By their code, like receivers."""
    assert [is_generator(each) for each in (generator, asynchronous, function)] == [
        True,
        False,
        False,
    ]
    assert [is_async_generator(each) for each in (async_generator, generator)] == [True, False]


def test_without_any_there_are_no_layers() -> None:
    """A snapshot has `None`, and nothing to look at."""
    assert make_layers(nowhere, []) is None


def test_layers_are_in_order_of_installing_those_of_namespaces_outside() -> None:
    """Whatever the order that they are found in."""
    first, second = installed(), installed(asynchronous)
    outside, sending = installed(inner=False), installed(around="sending")
    layers = make_layers(nowhere, [second, sending, outside, first])
    assert layers is not None
    assert layers.receivers == (outside, first, second)
    assert layers.sendings == (sending,)
    assert layers.asyncs == (second,)


@pytest.mark.parametrize(
    ("installs", "receiver", "expected"),
    [
        ([], function, "direct bare"),
        ([], coroutine_function, "bare guarded awaits"),
        ([installed()], function, "bare inside"),
        ([installed(asynchronous)], function, "bare guarded inside awaits"),
        ([installed(around="sending")], function, ""),
        ([installed(around="sending")], coroutine_function, "guarded awaits"),
    ],
)
def test_what_a_snapshot_knows_of_them(
    installs: list[Installed], receiver: Any, expected: str
) -> None:
    """It is computed once, so that a sending looks at one attribute."""
    layers = make_layers(nowhere, installs)
    plan = Plan([record_of(receiver)], None, layers=layers)
    names = ["direct", "bare", "guarded", "inside", "awaits"]
    assert [name for name in names if getattr(plan, name)] == expected.split()


def test_a_snapshot_with_options_is_not_direct() -> None:
    """As it was without middleware; and what is told afterwards is not bare."""
    plan = Plan([record_of(function, once=True)], None)
    assert (plan.direct, plan.bare) == (False, False)


def test_without_receivers_async_middleware_guards_nothing() -> None:
    """A sync send is refused for calls that would be made."""
    plan = Plan([], None, layers=make_layers(nowhere, [installed(asynchronous)]))
    assert not plan.guarded


def test_a_change_that_is_applied_twice_has_the_effect_of_once() -> None:
    """As the rules of changes want it."""
    registry, use = Registry(), installed()
    for on in (True, False):
        change = Use(use, nowhere, on=on)
        for _ in range(2):
            change.apply(registry, [])
            assert registry.uses(use) is on


def test_what_was_undone_before_it_is_entered_is_not_entered() -> None:
    """Whoever installs it in one thread comes too late."""
    registry, use = Registry(), installed()
    use.revoked = True
    registry.submit(Use(use, nowhere, on=True))
    assert not registry.uses(use)


def test_old_snapshots_go_after_the_lock_was_released() -> None:
    """They go into the trash of the change, with the middleware in them."""
    signal, trash = Signal[int](), list[object]()
    signal.connect(function)
    signal.connect(function, "sender")
    signal.use(generator)
    signal.send("sender", 1)
    registry = signal._registry
    (use,) = registry._installed
    (line,) = registry.lines.values()
    plans = [registry.plan, line.plan]
    Use(use, weakref.ref(signal), on=False).apply(registry, trash)
    assert [each for each in trash if isinstance(each, Plan)] == plans
    assert (registry.plan, line.plan, registry._layers) == (None, None, None)

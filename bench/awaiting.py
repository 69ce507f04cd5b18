"""Sends to async receivers, in turn beside bare awaits, together beside a bare task group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from bench import bare
from bench.contests import Contestant, async_contest
from bench.figures import Case, Settings
from bench.fresh import Receiver, coroutine_function
from bench.peers import async_sides
from bench.sides import Thing

BACKENDS: Final = ("asyncio", "trio")
COUNTS: Final = (1, 10, 100)
BODIES: Final = {
    "ready": "return None",
    "waits": "await checkpoint()",
}
"""What receivers do."""
WAYS: Final = {"in-turn": False, "together": True}
AWAITS: Final = "bare awaits"
GROUP: Final = "bare task group"


def cases() -> Iterator[Case]:
    """Give the cases: `async-BACKEND-WAY-COUNT-BODY`."""
    for backend in BACKENDS:
        for way in WAYS:
            for count in COUNTS:
                for body in BODIES:
                    yield case(backend, way, count, body)


def key(backend: str, way: str, count: int, body: str) -> str:
    """Name a case."""
    return f"async-{backend}-{way}-{count}-{body}"


def case(backend: str, way: str, count: int, body: str) -> Case:
    """Give one case."""
    how = {"in-turn": "one after another", "together": "at the same time"}[way]
    what = {"ready": "that await nothing", "waits": "that wait once"}[body]
    title = f"send to {count} async functions {what}, {how}, on {backend}"
    make = partial(_contestants, backend, WAYS[way], count, body)
    return async_contest(key(backend, way, count, body), title, backend, make)


async def _contestants(
    backend: str, together: bool, count: int, body: str, settings: Settings, stack: AsyncExitStack
) -> list[Contestant]:
    sender, payload = Thing(), 1
    found = _controls(together, count, body, sender, payload)
    control = found[0].name
    for kind in async_sides():
        if kind.together is not together or backend not in kind.backends:
            continue
        if count > kind.most or not settings.wants(kind.name):
            continue
        side = kind()
        side.open(stack)
        receivers = _receivers(side.parameters, count, body)
        for receiver in receivers:
            side.connect(receiver)
        timed = side.sending(sender, payload).keeping(receivers)
        found.append(Contestant(side.name, timed, control, side.use))
    return found


def _controls(
    together: bool, count: int, body: str, sender: object, payload: int
) -> list[Contestant]:
    receivers = _receivers("sender, payload", count, body)
    awaits = bare.awaiting(bare.awaits, receivers, sender, payload)
    group = bare.awaiting(bare.group, receivers, sender, payload)
    one = bare.awaiting_one(receivers[0], sender, payload)
    in_turn = Contestant(AWAITS, awaits, use="awaits each, appends (receiver, result)")
    if count == 1:
        alone = [Contestant("one await", one, AWAITS, "in place; no list, no function")]
    else:
        alone = []
    if not together:
        return [in_turn, *alone]
    task_group = Contestant(
        GROUP, group, AWAITS if count == 1 else "", "anyio; stores (receiver, result) by place"
    )
    return [in_turn, *alone, task_group] if count == 1 else [task_group]


def _receivers(parameters: str, count: int, body: str) -> list[Receiver]:
    return [coroutine_function(parameters, BODIES[body]) for _ in range(count)]

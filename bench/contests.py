"""A contest: who takes part in a case, and how the case is run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio

from bench.figures import Case, Figure, Settings, figure
from bench.fresh import renew
from bench.timing import Timed, collector_off, run_turns, run_turns_async, take_turns

LIBRARIES: Final = (
    "aldis",
    "bench",
    "blinker",
    "django.dispatch",
    "aiosignal",
    "bubus",
    "psygnal",
    "pubsub",
    "pydispatch",
    "pyee",
    "pymitter",
    "anyio",
    "weakref",
)
"""Whose code is made anew before each case."""


@dataclass(frozen=True)
class Contestant:
    """One who takes part.

    Attributes:
        name: what the table calls them.
        timed: what is timed.
        control: the name of whom they are compared with; empty for nobody.
        use: how the library is used.
    """

    name: str
    timed: Timed
    control: str = ""
    use: str = ""


Contestants = Callable[[Settings], Sequence[Contestant]]
AsyncContestants = Callable[[Settings, AsyncExitStack], Awaitable[Sequence[Contestant]]]


def contest(key: str, title: str, make: Contestants, longer: int = 1) -> Case:
    """Make a case of contestants that await nothing.

    Args:
        key: what others call it.
        title: what it is.
        make: sets up the contestants; what they need lives as long as what is timed.
        longer: so many times as long as elsewhere each turn takes.
    """
    return Case(key, title, partial(_run, make, longer))


def async_contest(key: str, title: str, backend: str, make: AsyncContestants) -> Case:
    """Make a case of contestants that await, on one backend.

    Args:
        key: what others call it.
        title: what it is.
        backend: `"asyncio"` or `"trio"`.
        make: sets up the contestants, and leaves with the stack what has to be closed.
    """
    return Case(key, title, partial(_run_async, make, backend))


def _run(make: Contestants, longer: int, settings: Settings) -> list[Figure]:
    renew(LIBRARIES)
    contestants = make(settings)
    least = settings.least * longer
    with collector_off():
        taken = run_turns(take_turns(_timed(contestants), settings.rounds, least))
    return _figures(contestants, taken)


def _run_async(make: AsyncContestants, backend: str, settings: Settings) -> list[Figure]:
    renew(LIBRARIES)

    async def main() -> list[Figure]:
        async with AsyncExitStack() as stack:
            contestants = await make(settings, stack)
            with collector_off():
                turns = take_turns(_timed(contestants), settings.rounds, settings.least)
                taken = await run_turns_async(turns)
            return _figures(contestants, taken)

    found: list[Figure] = anyio.run(main, backend=backend)
    return found


def _timed(contestants: Sequence[Contestant]) -> list[Timed]:
    return [each.timed for each in contestants]


def _figures(contestants: Sequence[Contestant], taken: Sequence[Sequence[float]]) -> list[Figure]:
    named = {each.name: times for each, times in zip(contestants, taken, strict=True)}
    return [figure(each.name, each.control, named, each.use) for each in contestants]

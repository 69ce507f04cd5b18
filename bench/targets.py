"""The targets: what each ratio may be at most, and whether it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from bench.figures import Report

SCALE: Final = ("change-any", "change-one", "change-one-sent", "death-receiver", "death-sender")


@dataclass(frozen=True)
class Target:
    """One limit.

    Attributes:
        case: the key of the case.
        subject: the row that is held to it.
        control: the row that its ratio is to; empty where the value itself is limited.
        limit: the ratio, or the value, at most.
    """

    case: str
    subject: str
    control: str
    limit: float


@dataclass(frozen=True)
class Verdict:
    """A target, and what was measured.

    Attributes:
        target: the target.
        measured: the ratio or the value.
        low: the least of the rounds.
        high: the most.
    """

    target: Target
    measured: float
    low: float
    high: float

    @property
    def held(self) -> bool:
        """Say whether the limit is held, as far as the table shows."""
        return round(self.measured, 2) <= self.target.limit

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON takes it."""
        return {**asdict(self), "held": self.held}


def _targets() -> Iterator[Target]:
    loop = "bare loop"
    yield Target("send-0", "aldis", loop, 1.0)
    for value in ("none", "value"):
        yield Target(f"send-functions-1-{value}", "aldis", loop, 1.5)
        yield Target(f"send-functions-100-{value}", "aldis", loop, 1.6)
        yield Target(f"send-methods-1-{value}", "aldis", loop, 1.8)
        yield Target(f"send-methods-100-{value}", "aldis", loop, 1.8)
    for value in ("none", "value"):
        for count in (1, 100):
            yield Target(f"send-functions-{count}-{value}", "aldis", "blinker", 0.16)
    yield Target("filtered", "aldis, among 10000", "aldis, among 1", 1.2)
    for case in SCALE:
        yield Target(case, "aldis, among 10000", "aldis, among 10", 1.3)
    yield Target("memory-functions", "aldis", "", 300)
    yield Target("memory-methods", "aldis", "", 380)
    for backend in ("asyncio", "trio"):
        yield Target(f"async-{backend}-in-turn-10-ready", "aldis", "bare awaits", 1.25)
        for count in (10, 100):
            case = f"async-{backend}-together-{count}-ready"
            yield Target(case, "aldis", "bare task group", 1.05)
        yield Target(f"async-{backend}-together-1-ready", "aldis", "one await", 1.3)
    yield Target("import", "import aldis", "import blinker", 1.2)


TARGETS: Final = tuple(_targets())
CONTESTANTS: Final = frozenset({"aldis", "blinker"})
"""Who has to run for them, beside the controls."""


def verdicts(reports: Iterable[Report]) -> list[Verdict]:
    """Hold what was measured to the targets; what was not measured is left out.

    Where the control is not the one that the row was compared with, the ratio is that of the two
    ratios, and its noise that of the row's.
    """
    by_key = {each.key: each for each in reports}
    found = [(target, by_key[target.case]) for target in TARGETS if target.case in by_key]
    return [_judge(target, report) for target, report in found if _took_part(target, report)]


def _took_part(target: Target, report: Report) -> bool:
    names = {row.name for row in report.rows} | {row.control for row in report.rows}
    return target.subject in names and (not target.control or target.control in names)


def _judge(target: Target, report: Report) -> Verdict:
    row = report.row(target.subject)
    if not target.control:
        return Verdict(target, row.value, row.value, row.value)
    scale = 1.0 if row.control == target.control else report.row(target.control).ratio
    return Verdict(target, row.ratio / scale, row.low / scale, row.high / scale)

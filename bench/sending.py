"""Sends with results, to functions and to bound methods, beside a bare loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from bench import bare
from bench.contests import Contestant, contest
from bench.figures import Case, Figure, Report, Settings
from bench.fresh import VALUES, Receiver, function, method
from bench.peers import sides
from bench.sides import Thing

COUNTS: Final[tuple[int, ...]] = (0, 1, 3, 10, 100, 1000)
KINDS: Final[dict[str, Callable[[str, str], Receiver]]] = {
    "functions": function,
    "methods": method,
}
CONTROL: Final = "bare loop"
RETURNING: Final = {"none": "that return None", "value": "that return a value"}


def cases() -> Iterator[Case]:
    """Give the cases: `send-0`, and `send-KIND-COUNT-VALUE` for each other."""
    for kind in KINDS:
        for count in COUNTS:
            for value in VALUES:
                if count or (kind, value) == ("functions", "none"):
                    yield case(kind, count, value)


def key(kind: str, count: int, value: str) -> str:
    """Name a case."""
    return f"send-{kind}-{count}-{value}" if count else "send-0"


def by_count(reports: Iterable[Report], kind: str, value: str) -> dict[str, dict[int, Figure]]:
    """Give the figures of each contestant by the number of receivers."""
    counts = {key(kind, count, value): count for count in COUNTS}
    found: dict[str, dict[int, Figure]] = {}
    for report in reports:
        for row in report.rows if report.key in counts else ():
            found.setdefault(row.name, {})[counts[report.key]] = row
    return found


def case(kind: str, count: int, value: str) -> Case:
    """Give one case."""
    title = f"send to {count} {kind} {RETURNING[value]}" if count else "send to nobody"
    return contest(key(kind, count, value), title, partial(_contestants, kind, count, value))


def _contestants(kind: str, count: int, value: str, settings: Settings) -> list[Contestant]:
    make, returned = KINDS[kind], VALUES[value]
    sender, payload = Thing(), 1
    receivers = [make("sender, payload", returned) for _ in range(count)]
    timed = bare.calling(receivers, sender, payload)
    found = [Contestant(CONTROL, timed, use="calls each, appends (receiver, result)")]
    for each in sides():
        if not settings.wants(each.name):
            continue
        side = each()
        receivers = [make(side.parameters, returned) for _ in range(count)]
        for receiver in receivers:
            side.connect(receiver)
        timed = side.sending(sender, payload).keeping(receivers)
        found.append(Contestant(side.name, timed, CONTROL, side.use))
    return found

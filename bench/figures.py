"""What was measured: figures, and the ratios between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One row of a table.

    Attributes:
        name: who it is of.
        value: the median of the rounds.
        control: whom the ratio is to; empty where there is none.
        ratio: the median of the rounds' ratios.
        low: the least of them.
        high: the most.
        use: how the contestant is used.
    """

    name: str
    value: float
    control: str = ""
    ratio: float = 1.0
    low: float = 1.0
    high: float = 1.0
    use: str = ""


def ratios(subject: Sequence[float], control: Sequence[float]) -> list[float]:
    """Compare what two took, round by round."""
    return [ours / theirs for ours, theirs in zip(subject, control, strict=True)]


def figure(name: str, control: str, taken: Mapping[str, Sequence[float]], use: str = "") -> Figure:
    """Sum up the rounds of one contestant.

    Args:
        name: whose.
        control: whom they are compared with; empty for nobody.
        taken: what each took, round by round.
        use: how the contestant is used.
    """
    value = median(taken[name])
    if not control:
        return Figure(name, value, use=use)
    found = ratios(taken[name], taken[control])
    return Figure(name, value, control, median(found), min(found), max(found), use)


@dataclass(frozen=True)
class Settings:
    """How thoroughly to measure.

    Attributes:
        rounds: how many rounds.
        least: nanoseconds that a turn takes at the least.
        chosen: the only contestants to run; all where it is empty.
    """

    rounds: int = 31
    least: int = 2_000_000
    chosen: frozenset[str] = frozenset()

    def wants(self, name: str) -> bool:
        """Say whether a contestant is to be run."""
        return not self.chosen or name in self.chosen


@dataclass(frozen=True)
class Case:
    """Something to measure.

    Attributes:
        key: what others call it; it stays.
        title: what it is.
        run: measures it.
        unit: of the figures.
    """

    key: str
    title: str
    run: Callable[[Settings], Sequence[Figure]]
    unit: str = "ns"


@dataclass(frozen=True)
class Report:
    """A case that was measured.

    Attributes:
        key: of the case.
        title: of the case.
        unit: of the figures.
        rows: the figures.
    """

    key: str
    title: str
    unit: str
    rows: Sequence[Figure] = field(default_factory=tuple)

    def row(self, name: str) -> Figure:
        """Give the figure of one contestant.

        Raises:
            KeyError: it took no part.
        """
        for each in self.rows:
            if each.name == name:
                return each
        raise KeyError(name)

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Report:
        """Read it again."""
        rows = [Figure(**each) for each in found["rows"]]
        return cls(found["key"], found["title"], found["unit"], rows)

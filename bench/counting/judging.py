"""What was counted, held to what was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.counting.counts import Count, Counts
from bench.tables import number, table

# The same files counted twice give the same, to five digits. Other seeds of hashes, other folders,
# or one more function in a module move things in memory, and a ratio by 1.5 % at the most. One
# needless statement in `send` (`again = self._registry`) costs 6 % with no receiver and 2 % with
# one, a needless call 42 % and 14 %; two bytecodes more for each receiver cost 2 % with ten.
THRESHOLD: Final = 0.03
"""By how much a ratio may be above the recorded one, in the build that it was recorded in."""
ELSEWHERE: Final = 0.20
"""By how much in another build; between two of CPython 3.11, ratios were up to 16 % apart."""


@dataclass(frozen=True)
class Verdict:
    """One case, and what is to be said of it.

    Attributes:
        key: of the case.
        recorded: what was recorded; `None` for a new case.
        now: what is counted now; `None` for a case that is gone.
        allowed: by how much the ratio may be above the recorded one.
    """

    key: str
    recorded: Count | None
    now: Count | None
    allowed: float

    @property
    def change(self) -> float | None:
        """By how much the ratio has changed; `None` where there are not two to compare."""
        if self.recorded is None or self.now is None:
            return None
        return self.now.ratio / self.recorded.ratio - 1

    @property
    def word(self) -> str:
        """Say it in a word."""
        if self.change is None:
            return "new" if self.recorded is None else "gone"
        if self.change > self.allowed:
            return "DEARER"
        return "cheaper" if self.change < -self.allowed else "ok"

    @property
    def held(self) -> bool:
        """Say whether it is no dearer than it may be."""
        return self.change is None or self.change <= self.allowed


def is_same_build(recorded: Counts, now: Counts) -> bool:
    """Say whether bare code, which nobody changes, takes what it took when that was recorded."""
    return all(
        abs(now[key].bare / recorded[key].bare - 1) <= THRESHOLD for key in now if key in recorded
    )


def judge(recorded: Counts, now: Counts) -> list[Verdict]:
    """Compare case by case, in the order of what is counted now; what is gone comes last."""
    allowed = THRESHOLD if is_same_build(recorded, now) else ELSEWHERE
    keys = [*now, *[key for key in recorded if key not in now]]
    return [Verdict(key, recorded.get(key), now.get(key), allowed) for key in keys]


def table_lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Give the lines of the table."""
    head = ["case", "", "recorded", "now", "to bare: recorded", "now", "change"]
    yield from table(head, [_cells(each) for each in verdicts], left=2)


def advice(verdicts: Sequence[Verdict], how: str) -> Iterator[str]:
    """Say what to do about each case that is not as it was recorded.

    Args:
        verdicts: all of them.
        how: the command that records anew.
    """
    for each in verdicts:
        if not each.held:
            yield _reproach(each)
    words = {each.word for each in verdicts}
    if "DEARER" in words:
        yield (
            "Mend what has made it dearer. If it is worth its price, record anew with"
            f" `{how}`, and say why in the commit."
        )
    elif words != {"ok"}:
        yield f"Not all is as it was recorded: record anew with `{how}`."


def _reproach(verdict: Verdict) -> str:
    recorded, now, change = verdict.recorded, verdict.now, verdict.change
    assert recorded is not None
    assert now is not None
    assert change is not None
    return (
        f"{verdict.key} has become dearer by {change:.1%}, and {verdict.allowed:.0%} is allowed:"
        f" {recorded.ratio:.3f} times the bare code was recorded ({_show(recorded)}),"
        f" {now.ratio:.3f} times is counted now ({_show(now)})."
    )


def _show(count: Count) -> str:
    return f"{number(count.aldis)} instructions to {number(count.bare)}"


def _cells(verdict: Verdict) -> list[str]:
    both = (verdict.recorded, verdict.now)
    aldis = ["" if each is None else number(each.aldis) for each in both]
    ratios = ["" if each is None else f"{each.ratio:.3f}" for each in both]
    change = "" if verdict.change is None else f"{verdict.change:+.1%}"
    return [verdict.key, verdict.word, *aldis, *ratios, change]

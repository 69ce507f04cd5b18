"""What has become of the mutants, and which survivors are explained."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutants.changing import Change
from tests.mutants.suite import Ended

BAR = 95
"""How many of a hundred mutants of each part are to be noticed, whether anything can or not."""

PARTS = {
    "the registry": {"_registry", "_news", "_changes", "_inbox", "_line", "_identity"},
    "the connections": {"_connection", "_wiring"},
    "the delivery": {
        *("_plan", "_delivery", "_async_delivery", "_together"),
        *("_outcome", "_cancellation", "_signal"),
    },
}

NOTICED = frozenset({"failed", "hung"})
"""How the tests end on a mutant that they notice."""

_EXPLAINED = Path(__file__).with_name("survivors.toml")
_ROW = "{:<17} {:>8} {:>8} {:>6} {:>9} {:>10} {:>8}"
_HEADINGS = ("module", "mutants", "failed", "hung", "survived", "explained", "noticed")


class Result(NamedTuple):
    """What the tests have made of a mutant: nothing, when they `"passed"`."""

    change: Change
    ended: Ended

    def __str__(self) -> str:
        """Show the change as a diff does."""
        module, function, before, after, time = self.change
        again = f" ({time + 1})" if time else ""
        return f"{module}: {function or 'module'}{again}\n  - {before}\n  + {after}"


def write_results(file: Path, results: Iterable[Result]) -> None:
    """Keep what has become of each mutant."""
    file.write_text(json.dumps(list(results), indent=1))


def read_results(file: Path) -> list[Result]:
    """Read what the last run has kept."""
    return [Result(Change(*change), ended) for change, ended in json.loads(file.read_text())]


def read_explained(file: Path = _EXPLAINED) -> dict[Change, str]:
    """Read why each survivor survives."""
    explained: dict[Change, str] = {}
    reasons: list[dict[str, Any]] = tomllib.loads(file.read_text()).get("reason", [])
    for reason in reasons:
        for where in reason["survivors"]:
            explained[Change(**where)] = reason["why"]
    return explained


def find_faults(results: list[Result], explained: dict[Change, str], *, whole: bool) -> list[str]:
    """Say which survivors are not explained, and, of a whole run, what else is wrong."""
    survived = {result.change: result for result in results if result.ended == "passed"}
    faults = [
        f"Not explained: {each}" for change, each in survived.items() if change not in explained
    ]
    faults += [f"No test was run: {each}" for each in results if each.ended == "broken"]
    if whole:
        faults += [
            f"Explained, but it does not survive: {Result(change, '')}"
            for change in explained
            if change not in survived
        ]
        for part, modules in PARTS.items():
            if _share([each for each in results if each.change.module in modules]) < BAR:
                faults.append(f"Fewer than {BAR} % of the mutants of {part} were noticed.")
    return faults


def table(results: list[Result], explained: dict[Change, str]) -> str:
    """Count what has become of the mutants of each module."""
    rows: list[str] = [_ROW.format(*_HEADINGS)]
    for module in [*_modules(results), ""]:
        own = [each for each in results if module in ("", each.change.module)]
        ended = Counter(each.ended for each in own)
        known = sum(each.ended == "passed" and each.change in explained for each in own)
        counts = (len(own), ended["failed"], ended["hung"], ended["passed"], known)
        rows.append(_ROW.format(module or "all", *counts, f"{_share(own):.1f} %"))
    return "\n".join(rows)


def _modules(results: Iterable[Result]) -> list[str]:
    return list(dict.fromkeys(each.change.module for each in results))


def _share(results: list[Result]) -> float:
    return 100 * sum(each.ended in NOTICED for each in results) / max(1, len(results))

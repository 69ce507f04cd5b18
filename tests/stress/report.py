"""The tables of a report, in Markdown: what each check has come to, side by side."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from typing import Final

from tests.stress.checks import CHECKS
from tests.stress.controls import CONTROLS
from tests.stress.designs import FACES, Design
from tests.stress.findings import BROKEN, HAS_GIL, Result, Terms
from tests.stress.peers import PEERS

Results = Mapping[tuple[str, str], Result]
"""By check and design."""
COLUMNS: Final = ("exceptions", "unraisable", "lost", "misdelivered", "ghosts", "left")
HEADS: Final = (
    "exceptions",
    "unraisable",
    "lost receivers",
    "misdelivered",
    "called after disconnect",
    "entries left",
)


def name_interpreter() -> str:
    """Say what runs this, as in `cpython-3.13t`."""
    suffix = "" if HAS_GIL else "t"
    major, minor = sys.version_info[:2]
    return f"{platform.python_implementation().lower()}-{major}.{minor}{suffix}"


def make_report(
    results: Results, versions: Mapping[str, str], skipped: Mapping[str, str], terms: Terms
) -> str:
    """Write the whole report."""
    gil = "with the GIL" if HAS_GIL else "without the GIL"
    shown = [each for each in (*FACES, *PEERS) if each.name in versions]
    head = [
        f"# Stress on {platform.python_implementation()} {platform.python_version()}, {gil}",
        "",
        f"{terms.seconds:g} s for each of the longest checks, seed {terms.seed}. "
        + ", ".join(f"{name} {words}" for name, words in versions.items())
        + ".",
        *(f"Skipped: {name}, {why}." for name, why in skipped.items()),
    ]
    parts = [
        head,
        ["## Failures in 10^5 operations of four threads (T1)", "", *_threads(results, shown)],
        ["## Side by side", "", *_side_by_side(results, shown)],
        ["## The controls", "", *_controls(results)],
        ["## In words", "", *_samples(results)],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _table(*heads: str) -> list[str]:
    return [_row(*heads), _row(*["---"] * len(heads))]


def _threads(results: Results, designs: list[type[Design]]) -> list[str]:
    lines = _table("design", "operations", *HEADS)
    for design in designs:
        result = results.get(("threads", design.name))
        if result is None:
            continue
        if result.end or BROKEN in result.faults:
            cells = [result.tell(), *[""] * (len(COLUMNS) - 1)]
        else:
            cells = [_scale(result.faults.get(kind, 0), result.operations) for kind in COLUMNS]
        lines.append(_row(design.name, f"{result.operations:,}", *cells))
    return lines


def _scale(number: int, operations: int) -> str:
    scaled = number * 100_000 / max(operations, 1)
    return f"{scaled:,.0f}" if not number or scaled >= 10 else f"{scaled:.1f}"


def _side_by_side(results: Results, designs: list[type[Design]]) -> list[str]:
    names = [name for name in CHECKS if name != "threads"]
    heads = [f"{CHECKS[name].title} ({CHECKS[name].fault})" for name in names]
    lines = _table("design", *heads)
    for design in designs:
        cells = [tell(name, results.get((name, design.name))) for name in names]
        lines.append(_row(design.name, *cells))
    return lines


def tell(check: str, result: Result | None) -> str:
    """Put what a check has come to in a cell."""
    if result is None:
        return "-"
    bad = sum(result.faults.values())
    if check == "forks":
        return f"{result.operations - bad} of {result.operations}"
    if check == "interrupts" and not result.end:
        kinds = ", ".join(f"{number:,} {kind}" for kind, number in result.faults.items())
        return f"{kinds or '0'} of {result.operations:,}"
    if check == "waiting" and not result.end:
        return "waits" if bad else "ok"
    if result.end:
        return result.end
    kinds = ", ".join(
        f"{_scale(number, result.operations)} {kind}" for kind, number in result.faults.items()
    )
    return f"{kinds} in 10^5" if kinds else "ok"


def _controls(results: Results) -> list[str]:
    lines = _table("control", "what is removed", "check", "has to show", "what it finds")
    for control in CONTROLS:
        for check, kind in control.caught_by.items():
            result = results.get((check, control.name))
            if result is not None:
                name = control.name.removeprefix("control: ")
                found = result.tell() or "NOTHING"
                lines.append(_row(name, control.rule, CHECKS[check].title, kind, found))
    return lines


def _samples(results: Results) -> list[str]:
    return [
        f"- {design}, {CHECKS[check].title}: {'; '.join(result.samples)}"
        for (check, design), result in results.items()
        if result.samples and not design.startswith("control")
    ]

"""Write the tables of docs/performance.md from what was measured: `python -m bench.page`."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bench.figures import Figure, Report
from bench.tables import number, overview, ratio, table, uses

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "results"
PAGE: Final = HERE.parent / "docs" / "performance.md"
MARKED: Final = re.compile(r"(<!-- begin: ([a-z]+) -->\n)(.*?)(<!-- end -->\n)", re.DOTALL)

WAYS: Final = {"in-turn": "one after another", "together": "at the same time"}

Run = dict[str, Any]
"""What one `python -m bench --json` has written."""


OF_ALL: Final = ("facts", "targets")
"""Tables of all interpreters, from runs of what the limits need; the others are of one full run."""


def read(folder: Path) -> list[Run]:
    """Read the runs, those of older interpreters first."""
    found = [json.loads(each.read_text(encoding="utf-8")) for each in folder.glob("*.json")]
    return sorted(found, key=lambda run: [int(part) for part in _version(run).split(".")])


def fill_in(page: str) -> str:
    """Put the tables into the page, each between its marks.

    Args:
        page: the text of the page.

    Raises:
        KeyError: a mark names no table.
    """
    full, judged = read(RESULTS), read(RESULTS / "targets")

    def filled(match: re.Match[str]) -> str:
        runs = judged if match[2] in OF_ALL else full
        text = "\n".join(TABLES[match[2]](runs)).rstrip()
        return f"{match[1]}\n{text}\n\n{match[4]}"

    return MARKED.sub(filled, page)


def _version(run: Run) -> str:
    return str(run["python"]).rpartition(" ")[2]


def _reports(run: Run) -> list[Report]:
    return [Report.from_json(each) for each in run["cases"]]


def _facts(runs: Sequence[Run]) -> Iterator[str]:
    first = runs[0]
    pythons = ", ".join(str(run["python"]) for run in runs)
    yield f"{pythons}, on {first['platform']}."
    versions = [
        f"{name} {version}" for name, version in first["versions"].items() if version[0].isdigit()
    ]
    yield f"{', '.join(versions)}."


def _targets(runs: Sequence[Run]) -> Iterator[str]:
    rows = [
        [
            f"`{target['case']}`",
            f"{target['subject']} to {target['control'] or 'no other: bytes'}",
            f"{target['limit']:g}",
            *[_verdict(run, place) for run in runs],
        ]
        for place, target in enumerate(each["target"] for each in runs[0]["targets"])
    ]
    yield from table(["case", "ratio of", "at most", *map(_version, runs)], rows, left=2)


def _verdict(run: Run, place: int) -> str:
    found = run["targets"][place]
    digits = 2 if found["target"]["control"] else 0
    measured = f"{found['measured']:.{digits}f}"
    noise = f" ({found['low']:.2f} to {found['high']:.2f})" if digits else ""
    return f"{measured if found['held'] else f'**{measured}**'}{noise}"


def _uses(runs: Sequence[Run]) -> Iterator[str]:
    yield from table(["contestant", "how it is used"], uses(_reports(runs[0])), left=2)


def _sends(runs: Sequence[Run]) -> Iterator[str]:
    yield from overview(_reports(runs[0]))


def _awaits(runs: Sequence[Run]) -> Iterator[str]:
    reports = {report.key: report for report in _reports(runs[0])}
    for backend in ("asyncio", "trio"):
        for way in WAYS:
            columns = [
                reports[f"async-{backend}-{way}-{count}-{kind}"]
                for kind in ("ready", "waits")
                for count in (1, 10, 100)
            ]
            yield f"On {backend}, {WAYS[way]}:"
            yield ""
            head = [f"{count} {kind}" for kind in ("ready", "waiting") for count in (1, 10, 100)]
            yield from table(["", *head], _rows(columns))
            yield ""


def _rows(columns: Sequence[Report]) -> Iterator[list[str]]:
    for name in dict.fromkeys(row.name for report in columns for row in report.rows):
        cells = [next((row for row in report.rows if row.name == name), None) for report in columns]
        yield [name, *[_cell(each) for each in cells]]


def _cell(row: Figure | None) -> str:
    if row is None:
        return ""
    return ratio(row.ratio) if row.control else f"{number(row.value)} ns"


def _among(runs: Sequence[Run]) -> Iterator[str]:
    reports = {report.key: report for report in _reports(runs[0])}
    shown = ("filtered", "change-any", "change-one", "death-receiver", "death-sender")
    found: dict[str, dict[str, dict[str, Figure]]] = {}
    for key in shown:
        for row in reports[key].rows:
            name, _, count = row.name.partition(", among ")
            found.setdefault(name, {}).setdefault(key, {})[count] = row
    rows = [[name, *[_grown(cases.get(key, {})) for key in shown]] for name, cases in found.items()]
    yield from table(["", *[f"`{key}`" for key in shown]], rows)


def _grown(counts: dict[str, Figure]) -> str:
    if not counts:
        return ""
    few = counts.get("1") or counts["10"]
    return f"{number(few.value)} ns, x {ratio(counts['10000'].ratio)}"


def _weights(runs: Sequence[Run]) -> Iterator[str]:
    reports = {report.key: report for report in _reports(runs[0])}
    functions, methods = reports["memory-functions"], reports["memory-methods"]
    rows = [
        [row.name, number(row.value), number(methods.row(row.name).value)] for row in functions.rows
    ]
    yield from table(["bytes for each connected", "function", "method"], rows)
    yield ""
    rows = [
        [f"`{row.name}`", f"{row.value:.1f}", ratio(row.ratio)] for row in reports["import"].rows
    ]
    yield from table(["import, in a fresh interpreter", "ms", "to blinker"], rows)
    yield ""
    rows = [[row.name, number(row.value / 1000)] for row in reports["size"].rows]
    yield from table(["files of the package", "kB"], rows)


def _threads(runs: Sequence[Run]) -> Iterator[str]:
    ours = ("bare loop", "aldis", "aldis.blinker", "blinker", "psygnal emit_fast")
    rows: list[list[str]] = []
    report = next(each for each in _reports(runs[0]) if each.key == "threads")
    for name in ours:
        cells = [row for row in report.rows if row.name.startswith(f"{name}, ")]
        rows.append([name, *[_cell(each) for each in cells], *[""] * (3 - len(cells))])
    yield from table(["", "one thread", "two, a signal each", "two, the same"], rows)


def _also(runs: Sequence[Run]) -> Iterator[str]:
    rows = [
        [report.title, row.name, ratio(row.ratio), row.control]
        for report in _reports(runs[0])
        if report.key.startswith(("read-", "guard-", "middleware-", "streams-"))
        for row in report.rows
        if row.control
    ]
    yield from table(["case", "of", "ratio", "to"], rows, left=2)


def _tricks(runs: Sequence[Run]) -> Iterator[str]:
    columns = [each for each in _reports(runs[0]) if each.key.startswith("tricks-")]
    head = [each.key.removeprefix("tricks-").replace("-", ", ") for each in columns]
    yield from table(["undone", *head], _rows(columns))


TABLES: Final[dict[str, Callable[[Sequence[Run]], Iterator[str]]]] = {
    "facts": _facts,
    "targets": _targets,
    "uses": _uses,
    "sends": _sends,
    "awaits": _awaits,
    "among": _among,
    "weights": _weights,
    "threads": _threads,
    "also": _also,
    "tricks": _tricks,
}


def main() -> None:
    """Write the page anew."""
    argparse.ArgumentParser(prog="python -m bench.page", description=__doc__).parse_args()
    PAGE.write_text(fill_in(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

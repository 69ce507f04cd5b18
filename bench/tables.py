"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.figures import Figure, Report
from bench.sending import KINDS, RETURNING, by_count
from bench.targets import Verdict

Rows = Iterable[Sequence[str]]


def table(head: Sequence[str], rows: Rows, left: int = 1) -> Iterator[str]:
    """Give the lines of a table, its cells padded.

    Args:
        head: of the columns.
        rows: the cells.
        left: how many columns are text; the others are numbers.
    """
    lines = [list(head), *[list(row) for row in rows]]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]

    def padded(line: Sequence[str]) -> str:
        cells = [
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        return f"| {' | '.join(cells)} |"

    yield padded(lines[0])
    rules = [
        "-" * width if place < left else "-" * (width - 1) + ":"
        for place, width in enumerate(widths)
    ]
    yield f"| {' | '.join(rules)} |"
    for line in lines[1:]:
        yield padded(line)


def number(value: float) -> str:
    """Show a number with three digits at the least, and thousands apart."""
    if value >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratio(value: float) -> str:
    """Show a ratio."""
    return f"{value:.2f}" if value < 100 else number(value)


def report_lines(report: Report) -> Iterator[str]:
    """Give the section of one case."""
    yield f"### `{report.key}`: {report.title}"
    yield ""
    compared = any(row.control for row in report.rows)
    head = ["", report.unit]
    if compared:
        head += ["ratio", "least", "most", "to"]
    yield from table(head, [_cells(report, place, compared) for place in range(len(report.rows))])
    yield ""


def _cells(report: Report, place: int, compared: bool) -> list[str]:
    row = report.rows[place]
    cells = [row.name, number(row.value)]
    if not compared:
        return cells
    if not row.control or row.control == row.name:
        return [*cells, "1", "", "", ""]
    return [*cells, *[ratio(each) for each in (row.ratio, row.low, row.high)], row.control]


def overview(reports: Sequence[Report]) -> Iterator[str]:
    """Give the ratios of the sends to the bare loop, a column for each number of receivers."""
    for kind in KINDS:
        for value, returning in RETURNING.items():
            found = by_count(reports, kind, value)
            counts = sorted({count for row in found.values() for count in row})
            if any(counts):
                rows = [[name, *_ratios(found[name], counts)] for name in found]
                yield from table([f"{kind} {returning}", *map(str, counts)], rows)
                yield ""


def _ratios(row: Mapping[int, Figure], counts: Sequence[int]) -> Iterator[str]:
    for count in counts:
        if count not in row:
            yield ""
        elif row[count].control:
            yield ratio(row[count].ratio)
        else:
            yield f"{number(row[count].value)} ns"


def uses(reports: Iterable[Report]) -> list[tuple[str, str]]:
    """Collect how each contestant is used: pairs of a name and a use, each once."""
    found = {
        (row.name.partition(",")[0], row.use): None
        for report in reports
        for row in report.rows
        if row.use
    }
    return sorted(found, key=lambda pair: [name for name, _ in found].index(pair[0]))


def target_lines(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Give the table of the targets."""
    head = ["case", "of", "to", "at most", "measured", "least", "most", ""]
    yield from table(head, [_verdict_cells(each) for each in verdicts], left=3)
    yield ""


def _verdict_cells(verdict: Verdict) -> list[str]:
    target = verdict.target
    bare = not target.control
    numbers = [verdict.measured, verdict.low, verdict.high]
    shown = [f"{each:.0f}" if bare else f"{each:.2f}" for each in numbers]
    return [
        target.case,
        target.subject,
        target.control or "(bytes)",
        f"{target.limit:g}",
        *shown,
        "held" if verdict.held else "missed",
    ]

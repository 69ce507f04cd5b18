"""Time Aldis beside bare code and beside its peers: `python -m bench`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import alone, among, awaiting, importing, memory, sending, threads, tricks
from bench.figures import Case, Report, Settings
from bench.peers import missing, present, version_of
from bench.tables import overview, report_lines, table, target_lines, uses
from bench.targets import CONTESTANTS, TARGETS, verdicts

THOROUGH = Settings()
QUICK = Settings(rounds=7, least=1_000_000)
FOR_TARGETS = Settings(rounds=41, least=1_000_000, chosen=CONTESTANTS)


def all_cases() -> Iterator[Case]:
    """Give every case, in the order of the tables."""
    for module in (sending, among, threads, memory, importing, awaiting, alone, tricks):
        yield from module.cases()


def chosen_cases(only: str | None, targets: bool) -> list[Case]:
    """Give the cases that are to be run."""
    wanted = {target.case for target in TARGETS}
    return [
        each
        for each in all_cases()
        if (not only or re.search(only, each.key)) and (not targets or each.key in wanted)
    ]


def measure(case: Case, settings: Settings) -> Report:
    """Measure one case."""
    return Report(case.key, case.title, case.unit, case.run(settings))


def facts() -> dict[str, Any]:
    """Say what was measured, and on what."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {name: version_of(name) for name in present()},
    }


def write(
    reports: Sequence[Report], about: dict[str, Any], settings: Settings, targets: bool
) -> Iterator[str]:
    """Give the lines of the whole."""
    yield f"{about['python']}, {about['platform']}; {settings.rounds} rounds"
    yield ""
    used = uses(reports)
    if used and not targets:
        yield from table(["contestant", "how it is used"], used, left=2)
        yield ""
    if not targets:
        yield from overview(reports)
    for report in () if targets else reports:
        yield from report_lines(report)
    judged = verdicts(reports)
    if judged:
        yield from target_lines(judged)


def main() -> None:
    """Run what is asked for."""
    options = _options()
    settings = FOR_TARGETS if options.targets else QUICK if options.quick else THOROUGH
    if missing() and not options.targets:
        print(f"Not installed, and left out: {', '.join(missing())}", file=sys.stderr)
        print("`make bench` has an environment with all of them.", file=sys.stderr)
    reports: list[Report] = []
    for case in chosen_cases(options.only, options.targets):
        if sys.stderr.isatty():
            print(f"\r{case.key:<60}", end="", file=sys.stderr, flush=True)
        reports.append(measure(case, settings))
    about = facts()
    lines = list(write(reports, about, settings, options.targets))
    print("\n".join(lines))
    if options.table:
        options.table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if options.json:
        found = {
            **about,
            "rounds": settings.rounds,
            "cases": [each.as_json() for each in reports],
            "targets": [each.as_json() for each in verdicts(reports)],
        }
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--targets", action="store_true", help="only what the targets need")
    parser.add_argument("--only", metavar="PATTERN", help="only the cases whose key has this in it")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all figures")
    parser.add_argument("--table", metavar="FILE", type=Path, help="write the tables as Markdown")
    return parser.parse_args()


if __name__ == "__main__":
    main()

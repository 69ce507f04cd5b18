"""Search more schedules than `make test` does, and print what was explored as Markdown."""

# ruff: noqa: T201

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from tests.schedules.controls import CONTROLS, sound
from tests.schedules.scenarios import APART, SCENARIOS, Make, name_of
from tests.schedules.searching import STRATEGIES, Found, search


def main() -> None:
    """Search each scenario and each control; fail when a scenario does, or a control does not."""
    parser = argparse.ArgumentParser(prog="python -m tests.schedules", description=__doc__)
    parser.add_argument("--schedules", type=int, default=20_000, help="for each scenario, in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="scenarios with this in their name")
    options = parser.parse_args()
    each = max(options.schedules // len(STRATEGIES), 1)
    is_wrong = False
    print("| what two threads do | schedules | distinct | decisions | seconds | failures |")
    print("| --- | --- | --- | --- | --- | --- |")
    for scenario in (*SCENARIOS, *APART):
        if (options.only or "") in name_of(scenario):
            is_wrong |= _report(scenario, each, options.seed)
    print("\n| control | what two threads do | found by | after schedules |")
    print("| --- | --- | --- | --- |")
    for control in CONTROLS:
        work = partial(control.scenario, control.make)
        found = [search(work, name, each, seed=options.seed) for name in STRATEGIES]
        hits = [one for one in found if one.failure]
        is_wrong |= not hits
        by = ", ".join(one.strategy for one in hits) or "nobody"
        after = ", ".join(f"{one.schedules:,}" for one in hits)
        what = name_of(control.scenario).replace("_", " ")
        print(f"| {control.name} | {what} | {by} | {after} |", flush=True)
    raise SystemExit(is_wrong)


def _report(scenario: Callable[[Make], None], schedules: int, seed: int) -> bool:
    found = [search(sound(scenario), name, schedules, seed=seed) for name in STRATEGIES]
    failures = [each.failure for each in found if each.failure]
    print(
        f"| {name_of(scenario).replace('_', ' ')} | {_sums(found)} | {len(failures)} |", flush=True
    )
    for failure in failures:
        print(f"\n```\n{failure}\n```\n")
    return bool(failures)


def _sums(found: list[Found]) -> str:
    schedules = sum(each.schedules for each in found)
    distinct = sum(each.distinct for each in found)
    decisions = sum(each.decisions for each in found)
    seconds = sum(each.seconds for each in found)
    every = " (dfs: all)" if any(each.is_exhausted for each in found) else ""
    return f"{schedules:,}{every} | {distinct:,} | {decisions:,} | {seconds:,.0f}"


if __name__ == "__main__":
    main()

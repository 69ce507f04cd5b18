"""Ratios, targets, tables and the plot's numbers: what is made of the times."""

from __future__ import annotations

import json
import math

import pytest

from bench.figures import Figure, Report, Settings, figure, ratios
from bench.plot import series, spread
from bench.tables import number, overview, ratio, report_lines, table, target_lines, uses
from bench.targets import TARGETS, Target, Verdict, verdicts

TAKEN = {"bare": [10.0, 20.0, 40.0], "aldis": [15.0, 20.0, 120.0], "blinker": [100.0, 200.0, 400.0]}


def test_ratios_are_of_the_same_round() -> None:
    """What slows a whole round down, slows both sides and leaves the ratio."""
    assert ratios(TAKEN["blinker"], TAKEN["bare"]) == [10.0, 10.0, 10.0]


def test_a_figure_sums_up_the_rounds() -> None:
    """It has the median of the times, and median, least and most of the ratios."""
    assert figure("aldis", "bare", TAKEN) == Figure("aldis", 20.0, "bare", 1.5, 1.0, 3.0)


def test_the_control_has_no_ratio() -> None:
    """Who is compared with nobody has a value alone."""
    assert figure("bare", "", TAKEN, "a loop") == Figure("bare", 20.0, use="a loop")


def test_some_contestants_can_be_chosen() -> None:
    """Where none is chosen, all are wanted."""
    assert Settings().wants("aldis")
    assert not Settings(chosen=frozenset({"blinker"})).wants("aldis")


def report(key: str = "send-functions-1-none") -> Report:
    """Make a report of three."""
    rows = [figure("bare loop", "", {"bare loop": TAKEN["bare"]})]
    named = {"bare loop": TAKEN["bare"], "aldis": TAKEN["aldis"], "blinker": TAKEN["blinker"]}
    rows += [figure(name, "bare loop", named, f"{name}.send") for name in ("aldis", "blinker")]
    return Report(key, "send to 1 functions", "ns", rows)


def test_a_report_survives_json() -> None:
    """What is written as JSON is read back as it was."""
    written = json.loads(json.dumps(report().as_json()))
    assert Report.from_json(written).as_json() == report().as_json()


def test_a_row_is_found_by_name() -> None:
    """A contestant that took no part is a KeyError."""
    assert report().row("aldis").ratio == 1.5
    with pytest.raises(KeyError, match="psygnal"):
        report().row("psygnal")


def test_targets_are_judged_by_what_was_measured() -> None:
    """The ratio to another than the row's own control is the ratio of the two ratios."""
    found = verdicts([report()])
    assert [(each.target.control, each.measured) for each in found] == [
        ("bare loop", 1.5),
        ("blinker", 0.15),
    ]
    assert [each.held for each in found] == [True, True]


def test_a_target_is_missed_by_what_the_table_shows() -> None:
    """A ratio is rounded as it is shown before it is held to the limit."""
    target = Target("case", "aldis", "bare loop", 1.5)
    assert Verdict(target, 1.504, 1, 2).held
    assert not Verdict(target, 1.506, 1, 2).held


def test_a_value_alone_can_be_limited() -> None:
    """Memory is held to bytes."""
    rows = [Figure("aldis", 299.0)]
    (found,) = verdicts([Report("memory-functions", "memory", "bytes", rows)])
    assert (found.measured, found.target.limit, found.held) == (299.0, 300, True)
    assert found.as_json()["held"] is True


def test_what_took_no_part_is_not_judged() -> None:
    """Without blinker there is no verdict beside blinker."""
    alone = Report("send-functions-1-none", "", "ns", list(report().rows)[:2])
    assert [each.target.control for each in verdicts([alone])] == ["bare loop"]


def test_targets_are_named_once() -> None:
    """No two targets are about the same rows of the same case."""
    names = [(each.case, each.subject, each.control) for each in TARGETS]
    assert len(names) == len(set(names))


def test_a_table_is_padded() -> None:
    """Text is to the left, numbers are to the right."""
    assert list(table(["who", "ns"], [["aldis", "20"], ["me", "1 000"]])) == [
        "| who   |    ns |",
        "| ----- | ----: |",
        "| aldis |    20 |",
        "| me    | 1 000 |",
    ]


@pytest.mark.parametrize(
    ("value", "shown"), [(1234567.8, "1 234 568"), (432.6, "433"), (49.44, "49.4"), (7.0, "7")]
)
def test_numbers_have_three_digits(value: float, shown: str) -> None:
    """Digits that are noise are not shown, and thousands stand apart."""
    assert number(value) == shown


def test_ratios_have_two_places_while_they_are_small() -> None:
    """A ratio of thousands needs no fraction."""
    assert [ratio(1.5), ratio(3794.2)] == ["1.50", "3 794"]


def test_a_section_has_the_noise() -> None:
    """A row has the value, the ratio with its least and most, and whom it is to."""
    lines = list(report_lines(report()))
    assert lines[0] == "### `send-functions-1-none`: send to 1 functions"
    assert "| aldis     |  20 |  1.50 |  1.00 |  3.00 | bare loop |" in lines


def test_a_section_without_comparison_has_values_only() -> None:
    """Memory and size are compared with nobody."""
    lines = list(report_lines(Report("size", "files", "bytes", [Figure("aldis", 5.0)])))
    assert lines[2:5] == ["|       | bytes |", "| ----- | ----: |", "| aldis |     5 |"]


def test_the_table_of_targets_says_held_or_missed() -> None:
    """A missed target is a row like any other."""
    found = [Verdict(Target("size", "aldis", "", 300), 433, 433, 433)]
    *_, line, _ = target_lines(found)
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells == ["size", "aldis", "(bytes)", "300", "433", "433", "433", "missed"]


def test_each_use_is_told_once() -> None:
    """Rows among so many are of the same contestant, and those without a use are left out."""
    rows = [Figure("aldis, among 1", 1.0, use="a"), Figure("aldis, among 9", 1.0, use="a")]
    rows += [Figure("blinker", 1.0, use="b"), Figure("aldis", 1.0, use="c"), Figure("bare", 1.0)]
    found = uses([Report("case", "", "ns", rows)])
    assert found == [("aldis", "a"), ("aldis", "c"), ("blinker", "b")]


SENDS = [report(key) for key in ("send-0", "send-methods-3-none", "send-methods-10-none")]


def test_the_overview_has_a_column_for_each_count() -> None:
    """The control has its time, the others their ratios; what was not measured has no table."""
    found = list(overview(SENDS))
    start = next(number for number, line in enumerate(found) if "methods that return None" in line)
    assert found[start : start + 6] == [
        "| methods that return None |     0 |     3 |    10 |",
        "| ------------------------ | ----: | ----: | ----: |",
        "| bare loop                | 20 ns | 20 ns | 20 ns |",
        "| aldis                    |  1.50 |  1.50 |  1.50 |",
        "| blinker                  | 10.00 | 10.00 | 10.00 |",
        "",
    ]
    assert not any("functions" in line for line in found)


def test_the_plot_has_the_ratios_by_count() -> None:
    """Nobody is drawn at zero receivers, where the axis has no place."""
    found = series(SENDS, "methods", "none")
    assert found == {"aldis": [(3, 1.5), (10, 1.5)], "blinker": [(3, 10.0), (10, 10.0)]}


@pytest.mark.parametrize(
    ("places", "moved"),
    [
        ([], []),
        ([0.0, 5.0], [0.0, 5.0]),
        ([1.0, 0.0, 0.5], [1.5, -0.5, 0.5]),
        ([0.0, 0.0, 1.2], [-0.6, 0.4, 1.4]),
    ],
)
def test_labels_are_moved_apart(places: list[float], moved: list[float]) -> None:
    """Labels keep their order and get their gap; blocks that come to touch are joined."""
    found = spread(places, 1.0)
    assert all(math.isclose(a, b) for a, b in zip(found, moved, strict=True))

"""The guard that counts instructions: what it reads, divides, records, judges and says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.counting import __main__ as program
from bench.counting import records, valgrind
from bench.counting.cases import Case, cases, run
from bench.counting.counts import Count, Counts
from bench.counting.judging import (
    ELSEWHERE,
    THRESHOLD,
    advice,
    is_same_build,
    judge,
    table_lines,
)
from bench.counting.records import Record
from bench.counting.valgrind import CountingError, counts_of, read_deeds, read_totals
from bench.timing import UNROLLED, inline

SAID = """\
==40== Cachegrind, a cache and branch-prediction profiler
--40-- warning: L3 cache found, using its data for the LL simulation.
==41==
==41== I   refs:      1,000,500
==42== I refs: 4000500
a warning of Python's
==40== I   refs:      30,130,785
"""
RECORDED = {"send-0": Count(100.0, 200.0), "send-1": Count(1000.0, 1500.0)}

needs_valgrind = pytest.mark.skipif(
    not valgrind.is_there(), reason="valgrind is not on this machine"
)


async def wait_for_ever(found: list[str]) -> None:
    """Is written into a loop that waits."""
    await Endless()
    found.append("never")


class Endless:
    def __await__(self) -> Any:
        """Wait for a loop that is not there."""
        yield


# -- the cases -------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.key)
def test_each_case_can_be_done_without_an_event_loop(case: Case) -> None:
    """Both sides of it do the same number of times in a loop."""
    bare, aldis = case.bare(), case.aldis()
    run(bare, 2)
    run(aldis, 2)
    assert bare.often == aldis.often == UNROLLED


def test_cases_are_named_once() -> None:
    """No two cases share a key."""
    keys = [case.key for case in cases()]
    assert len(keys) == len(set(keys)) == 8


def test_what_waits_is_refused() -> None:
    """A case that needs an event loop would be counted up to its first step only."""
    found: list[str] = []
    with pytest.raises(RuntimeError, match="must not wait"):
        run(inline(wait_for_ever, found), 1)
    assert not found


# -- reading ---------------------------------------------------------------------------------------


def test_totals_are_read_by_process() -> None:
    """Old and new releases of valgrind write them apart; all else is passed over."""
    assert read_totals(SAID) == {40: 30_130_785, 41: 1_000_500, 42: 4_000_500}


def test_what_a_longer_process_takes_more_is_divided() -> None:
    """Start-up is in both, and cancels out; the order of the processes is of no matter."""
    totals = {1: 1_000_500, 2: 4_000_500, 3: 7_000_900, 4: 1_000_900}
    deeds = [
        (1, "x", "bare", 10),
        (2, "x", "bare", 40),
        (3, "x", "aldis", 40),
        (4, "x", "aldis", 10),
    ]
    assert counts_of(deeds, totals) == {"x": Count(bare=100_000.0, aldis=200_000.0)}


def test_a_process_that_valgrind_is_silent_about_is_an_error() -> None:
    """It names the case."""
    with pytest.raises(CountingError, match=r"send-0 took \(bare, 40 times\)"):
        counts_of([(2, "send-0", "bare", 40)], {1: 5})


def test_deeds_are_read_line_by_line() -> None:
    """A line is JSON."""
    assert list(read_deeds('[41, "send-0", "bare", 10]\n')) == [(41, "send-0", "bare", 10)]


# -- judging ---------------------------------------------------------------------------------------


def times(factor: float) -> Counts:
    """Make Aldis dearer by a factor."""
    return {key: Count(each.bare, each.aldis * factor) for key, each in RECORDED.items()}


@pytest.mark.parametrize(
    ("factor", "word", "held"),
    [
        (1.0, "ok", True),
        (1 + THRESHOLD - 0.001, "ok", True),
        (1 + THRESHOLD + 0.001, "DEARER", False),
        (1 - THRESHOLD - 0.001, "cheaper", True),
    ],
)
def test_a_ratio_may_grow_by_the_threshold(factor: float, word: str, held: bool) -> None:
    """What is cheaper by as much is said too, and no failure."""
    for verdict in judge(RECORDED, times(factor)):
        assert (verdict.word, verdict.held) == (word, held)


def test_another_build_is_judged_by_its_ratios() -> None:
    """Where bare code takes twice the instructions as well, nothing is dearer."""
    now = {key: Count(each.bare * 2, each.aldis * 2) for key, each in RECORDED.items()}
    assert [each.change for each in judge(RECORDED, now)] == [0.0, 0.0]


@pytest.mark.parametrize(("factor", "held"), [(ELSEWHERE - 0.01, True), (ELSEWHERE + 0.01, False)])
def test_another_build_may_have_other_ratios(factor: float, held: bool) -> None:
    """It shows by what bare code takes, in whichever case, and then more is allowed in all."""
    now = {"send-0": Count(110.0, 220.0), "send-1": Count(1000.0, 1500.0 * (1 + factor))}
    assert not is_same_build(RECORDED, now)
    assert [each.held for each in judge(RECORDED, now)] == [True, held]


def test_cases_that_come_and_go_are_no_failure() -> None:
    """They are named, with what there is of them, and recording anew is advised."""
    verdicts = judge({"old": Count(1.0, 2.0)}, {"new": Count(1.0, 3.0)})
    assert [(each.key, each.word, each.held) for each in verdicts] == [
        ("new", "new", True),
        ("old", "gone", True),
    ]
    _, _, new, old = table_lines(verdicts)
    assert [cell.strip() for cell in new.split("|")[1:-1]] == [
        "new",
        "new",
        "",
        "3",
        "",
        "3.000",
        "",
    ]
    assert [cell.strip() for cell in old.split("|")[1:-1]] == [
        "old",
        "gone",
        "2",
        "",
        "2.000",
        "",
        "",
    ]
    assert list(advice(verdicts, "make it")) == [
        "Not all is as it was recorded: record anew with `make it`."
    ]


def test_what_is_dearer_is_named_with_what_to_do() -> None:
    """The case, what was recorded, what is counted now, and the mend."""
    now = {"send-0": RECORDED["send-0"], "send-1": Count(1000.0, 1800.0)}
    reproach, mend = advice(judge(RECORDED, now), "make it")
    assert reproach == (
        "send-1 has become dearer by 20.0%, and 3% is allowed: 1.500 times the bare code was"
        " recorded (1 500 instructions to 1 000), 1.800 times is counted now (1 800 instructions"
        " to 1 000)."
    )
    assert mend == (
        "Mend what has made it dearer. If it is worth its price, record anew with `make it`,"
        " and say why in the commit."
    )


def test_nothing_is_advised_where_all_is_as_it_was() -> None:
    """The table says it."""
    assert list(advice(judge(RECORDED, RECORDED), "make it")) == []


# -- recording, and the whole ----------------------------------------------------------------------


def test_a_record_is_read_back(tmp_path: Path) -> None:
    """Each interpreter has its own, and writing one leaves the others."""
    file = tmp_path / "counts.json"
    assert records.read(file, "CPython 3.11.7, x86_64") is None
    for name in ("CPython 3.12.1, x86_64", "CPython 3.11.7, x86_64"):
        records.write(file, name, Record("GCC", RECORDED))
    assert records.names(file) == ["CPython 3.11.7, x86_64", "CPython 3.12.1, x86_64"]
    assert records.read(file, "CPython 3.12.1, x86_64") == Record("GCC", RECORDED)


def test_the_record_of_the_repository_has_the_ratios_of_its_counts() -> None:
    """What people read there is what is compared."""
    for each in json.loads(records.FILE.read_text(encoding="utf-8"))["interpreters"].values():
        for key, found in each["cases"].items():
            assert Count.from_json(found).ratio == pytest.approx(found["ratio"], abs=0.001), key


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Count]:
    """Have valgrind count what a test says."""
    counts = dict(RECORDED)

    def count(seed: int) -> Counts:
        return counts

    monkeypatch.setattr(valgrind, "is_there", lambda: True)
    monkeypatch.setattr(valgrind, "count", count)
    return counts


def test_what_was_recorded_holds(
    counted: dict[str, Count], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The guard records, holds, fails for what is dearer, and is content with a new record."""
    options = ["--file", str(tmp_path / "counts.json")]
    assert program.main([*options, "--write"]) == 0
    assert program.main(options) == 0
    counted["send-1"] = Count(1000.0, 1800.0)
    capsys.readouterr()
    assert program.main(options) == 1
    assert "send-1 has become dearer by 20.0%" in capsys.readouterr().out
    assert program.main([*options, "--write"]) == 0
    assert program.main(options) == 0


def test_another_build_is_told_of(
    counted: dict[str, Count], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who sees a difference there knows where it may come from, and how to see a smaller one."""
    file = tmp_path / "counts.json"
    other = {"send-0": Count(90.0, 190.0)}
    records.write(file, records.interpreter(), Record("another compiler", other))
    assert program.main(["--file", str(file)]) == 0
    found = capsys.readouterr().out
    assert "(the record is of one by another compiler), and so 20% is allowed." in found


def test_an_interpreter_without_a_record_is_skipped(
    counted: dict[str, Count], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so, and how to record."""
    assert program.main(["--file", str(tmp_path / "none.json")]) == 0
    found = capsys.readouterr().out
    assert f"nothing was recorded for {records.interpreter()}" in found
    assert "`make bench-check BENCH_FLAGS=--write` records it" in found


def test_without_valgrind_it_is_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says why."""
    monkeypatch.setattr(valgrind, "is_there", lambda: False)
    assert program.main([]) == 0
    assert "Skipped: valgrind" in capsys.readouterr().out


def test_what_could_not_be_counted_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is not that of a send that has become dearer."""

    def fail(seed: int) -> Counts:
        raise CountingError("the program ended with status 1")

    monkeypatch.setattr(valgrind, "is_there", lambda: True)
    monkeypatch.setattr(valgrind, "count", fail)
    assert program.main(["--write", "--file", str(tmp_path / "counts.json")]) == 2
    assert "status 1" in capsys.readouterr().err


@needs_valgrind
def test_valgrind_counts_a_case() -> None:
    """A send to nobody takes hundreds of instructions, as bare code does, and no thousands."""
    counts = valgrind.count(0, "send-0")
    assert list(counts) == ["send-0"]
    assert 100 < counts["send-0"].bare < 5000
    assert 0.2 < counts["send-0"].ratio < 5

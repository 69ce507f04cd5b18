"""The shop that moves from blinker to Aldis: one transcript, four stages, and what mypy sees."""

from __future__ import annotations

import importlib
import json
from difflib import unified_diff
from typing import Any

import blinker
import flask
import pytest

import aldis
import aldis.blinker
from tests.examples.migration_mistakes import IN_KEYWORDS, IN_OBJECTS, answers
from tests.examples.migration_stages import FOLDER, STAGES, run_python, visit
from tests.interpreters import needs_mypy

MODULES = sorted(path.name for path in (FOLDER / "before").glob("*.py"))
SIGNALS = [
    "order_checking",
    "order_placed",
    "order_paid",
    "order_shipped",
    "order_cancelled",
    "stock_low",
]

each_stage = pytest.mark.parametrize("stage", STAGES)


def signals_of(stage: str) -> dict[str, Any]:
    """Give the signals of a stage by name."""
    module = importlib.import_module(f"examples.migration.{stage}.signals")
    return {name: getattr(module, name) for name in SIGNALS}


def changes(earlier: str, later: str) -> dict[str, list[str]]:
    """Give the lines that differ between two stages, by module; the stage's own name aside.

    The docstring of a stage's `__init__` says which one it is, and is left out as well.
    """
    found: dict[str, list[str]] = {}
    for module in MODULES:
        texts = [
            (FOLDER / stage / module)
            .read_text(encoding="utf-8")
            .replace(f"examples.migration.{stage}", "examples.migration.stage")
            for stage in (earlier, later)
        ]
        assert module != "__init__.py" or all(text.count("\n") == 1 for text in texts)
        lines = [] if module == "__init__.py" else _compare(*texts)
        if lines:
            found[module] = lines
    return found


def _compare(earlier: str, later: str) -> list[str]:
    lines = [*unified_diff(earlier.splitlines(), later.splitlines(), lineterm="", n=0)]
    return [line for line in lines[2:] if not line.startswith("@@")]


# -- one transcript ------------------------------------------------------------------------------


@each_stage
def test_each_stage_gives_the_same_transcript(stage: str) -> None:
    """Run as a program, warnings being errors, each stage prints what the one on blinker does."""
    assert run_python("-m", f"examples.migration.{stage}") == visit("before")


@each_stage
def test_applications_of_one_process_do_not_meet(stage: str) -> None:
    """A second application in the same process gives the same transcript as the first."""
    assert visit(stage) == visit(stage)


def test_transcript_has_what_every_receiver_did() -> None:
    """Stock, wholesaler, points, mail, audit, the carrier's failure and the metrics are in it."""
    text = "\n".join(line.removeprefix("    ") for line in visit("before"))
    looks = {
        name: json.loads(text.split(f"\nGET /{name}\n200 ")[1].split("\nGET ")[0])
        for name in ("books", "wine", "metrics")
    }
    assert looks["books"]["stock"] == {"atlas": 2, "novel": 8}
    assert looks["books"]["wanted"] == ["atlas"]
    assert looks["wine"]["points"] == {"Ann": 72}
    assert looks["wine"]["outbox"][-1] == "Ann: pigeon brings wine-1"
    assert looks["wine"]["audit"][-1] == "shipped: carrier pigeon, customer Ann, order_id wine-1"
    assert looks["wine"]["troubles"] == ["pigeon does not answer about wine-1"]
    assert looks["metrics"] == {"placed": 3, "paid": 2, "low": 2, "requests": 13}


def test_transcript_has_the_filter_the_muting_and_the_watching() -> None:
    """One shop alone limits orders, an import sends no mail, and a check prints what is low."""
    lines = visit("before")
    assert [line for line in lines if "we sell 6 at a time" in line] != []
    assert [line for line in lines if "Cleo" in line] == [
        "$ flask orders import books Cleo novel 3"
    ]
    start = lines.index("$ flask stock check books")
    assert lines[start + 1 : start + 3] == ["    2 of atlas", "    checked 2"]


# -- what each stage changes ---------------------------------------------------------------------


@each_stage
def test_stages_have_the_same_modules(stage: str) -> None:
    """No stage has a module that another one lacks."""
    assert sorted(path.name for path in (FOLDER / stage).glob("*.py")) == MODULES


def test_step_1_changes_the_import_and_nothing_else() -> None:
    """Between the first two stages, one line of one module differs."""
    assert changes("before", "step_1") == {
        "signals.py": ["-from blinker import Namespace", "+from aldis.blinker import Namespace"]
    }


def test_step_2_changes_the_declarations_and_nothing_else() -> None:
    """Senders, receivers and the rest of the application stay as they are, line by line."""
    assert list(changes("step_1", "step_2")) == ["signals.py"]


def test_step_3_changes_who_sends_and_who_receives_what_became_an_object() -> None:
    """The routes and commands, and what a shop is, stay as they are."""
    assert list(changes("step_2", "step_3")) == ["orders.py", "receivers.py", "signals.py"]


def test_kinds_of_signals() -> None:
    """Each stage has the kinds of signals that it is there to show."""
    kinds: dict[str, list[type]] = {
        stage: [type(each) for each in signals_of(stage).values()] for stage in STAGES
    }
    keywords, typed = aldis.KeywordSignal, aldis.Signal
    assert kinds == {
        "before": [blinker.NamedSignal] * 6,
        "step_1": [aldis.blinker.NamedSignal] * 6,
        "step_2": [keywords] * 5 + [aldis.blinker.NamedSignal],
        "step_3": [typed, keywords, keywords, typed, keywords, aldis.blinker.NamedSignal],
    }


@each_stage
def test_names_and_docstrings_are_the_same_in_each_stage(stage: str) -> None:
    """A declaration in another form has the name and the text that it had on blinker."""
    for name, signal in signals_of(stage).items():
        on_blinker = signals_of("before")[name]
        doc = signal.doc if isinstance(signal, aldis.Signal | aldis.KeywordSignal) else None
        assert (signal.name, doc or signal.__doc__) == (name, on_blinker.__doc__)


# -- what mypy says ------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["before", "step_1"])
def test_mypy_misses_all_mistakes_before_step_2(stage: str) -> None:
    """On blinker and on the drop-in, wrong keywords and types are nothing to mypy."""
    assert answers()[stage] == {name: [] for name in IN_KEYWORDS}


@needs_mypy
@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("a wrong keyword in a send", 'error: Unexpected keyword argument "totl" for "send"'),
        ("a wrong type in a send", 'error: Argument "total" to "send" of "KeywordSignal" has inc'),
        ("a wrong type in a receiver", 'error: Argument 1 to "connect" of "KeywordSignal" has in'),
    ],
)
def test_mypy_finds_the_same_mistakes_in_step_2(name: str, answer: str) -> None:
    """With typed keywords, each of these is an error."""
    first, *_ = answers()["step_2"][name]
    assert first.startswith(answer)


@needs_mypy
@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("a wrong payload", 'error: Argument 2 to "send_robust" of "Signal" has incompatible'),
        ("a wrong sender", 'error: Argument 1 to "send" of "Signal" has incompatible type "str"'),
        ("a wrong result", 'error: Argument 1 to "__call__" of "Connector" has incompatible type'),
    ],
)
def test_mypy_finds_mistakes_with_objects_in_step_3(name: str, answer: str) -> None:
    """With payloads as objects, payloads, senders and results are checked."""
    first, *_ = answers()["step_3"][name]
    assert first.startswith(answer)


def test_nothing_else_is_wrong() -> None:
    """Mypy finds nothing in any stage but the mistakes that were made, and all were asked about."""
    assert set(answers()) == set(STAGES)
    assert set(answers()["step_2"]) == set(IN_KEYWORDS)
    assert set(answers()["step_3"]) == set(IN_OBJECTS)


# -- Flask's own signals -------------------------------------------------------------------------


def test_flask_keeps_its_own_signals_on_blinker() -> None:
    """Both libraries live side by side: the shop's metrics count what Flask sends on blinker."""
    assert isinstance(flask.request_finished, blinker.NamedSignal)
    assert '        "requests": 13' in visit("step_3")

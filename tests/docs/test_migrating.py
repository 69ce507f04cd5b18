"""The page on migrating from blinker: its code is that of the examples, and what it says is so."""

from __future__ import annotations

import enum
import gc
import re
import subprocess
import sys
import textwrap
import weakref
from importlib import import_module
from pathlib import Path
from typing import Any, TypedDict

import blinker
import pytest
from typing_extensions import Unpack

import aldis
import aldis.blinker
from aldis.exceptions import ReceiverSignatureError
from tests.examples.migration_differences import DIFFERENCES, Difference
from tests.examples.migration_mistakes import IN_KEYWORDS, IN_OBJECTS, answers
from tests.examples.migration_stages import FOLDER, ROOT, run_python, visit
from tests.interpreters import needs_mypy

PAGE = (ROOT / "docs" / "how-to" / "migrating-from-blinker.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+)\n((?:.|\n)*?)(?=^## |\Z)", PAGE, re.MULTILINE))


def blocks(language: str, section: str) -> list[str]:
    """Give the code blocks of a language in a section, in order."""
    return re.findall(rf"^```{language}\n(.*?)\n```$", SECTIONS[section], re.DOTALL | re.MULTILINE)


# -- the code and the answers --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "stages"),
    [
        ("Step 1: change the import", ["before", "step_1"]),
        ("Step 2: type the keywords", ["step_2"]),
        ("Step 3: one object as payload", ["step_3"]),
    ],
)
def test_code_of_the_steps_is_that_of_the_examples(section: str, stages: list[str]) -> None:
    """Each part of it stands in a module of that stage, line by line."""
    paths = [path for stage in stages for path in (FOLDER / stage).glob("*.py")]
    modules = [path.read_text(encoding="utf-8") for path in paths]
    parts = [part for block in blocks("py", section) for part in block.split("\n\n\n")]
    assert parts
    for part in parts:
        forms = [textwrap.indent(part, "    " * depth) for depth in range(2)]
        assert any(form in module for form in forms for module in modules), part


@needs_mypy
@pytest.mark.parametrize(
    ("section", "stage", "mistakes"),
    [
        ("Step 2: type the keywords", "step_2", list(IN_KEYWORDS)),
        ("Step 3: one object as payload", "step_3", list(IN_OBJECTS)),
    ],
)
def test_answers_of_the_steps_are_mypys(section: str, stage: str, mistakes: list[str]) -> None:
    """What mypy says to the mistakes on the page is what it says, word for word."""
    said = [line for name in mistakes for line in answers()[stage][name]]
    assert "\n".join(blocks("text", section)).splitlines() == said, (
        f"copy what mypy says to {section}:\n" + "\n".join(said)
    )


def test_alias_puts_flask_and_all_else_on_aldis() -> None:
    """The alias on the page, run first, has Flask and an application of blinker's run on Aldis."""
    (alias,) = blocks("py", "Flask's own signals")
    program = """
        import runpy

        import aldis.blinker
        import blinker.base
        import flask

        assert blinker.base.Signal is aldis.blinker.Signal
        assert isinstance(flask.request_finished, aldis.blinker.NamedSignal)
        runpy.run_module("examples.migration.before", run_name="__main__")
        from examples.migration.before.signals import order_placed
        assert isinstance(order_placed, aldis.blinker.NamedSignal)
    """
    assert run_python("-c", f"{alias}\n{textwrap.dedent(program)}") == visit("before")


# -- step 1: two libraries -----------------------------------------------------------------------


def test_libraries_have_nothing_in_common() -> None:
    """Each has its own `ANY`, namespace and classes; a signal of a name is two signals."""
    first, second = blinker.signal("of-two-libraries"), aldis.blinker.signal("of-two-libraries")
    heard: list[object] = []

    @second.connect
    def receive(sender: object) -> None:
        heard.append(sender)

    first.send("sender")
    assert heard == []
    assert blinker.Signal not in aldis.blinker.Signal.__mro__
    second.disconnect(receive)
    second.connect(receive, sender=blinker.ANY)
    second.send("sender")
    assert heard == []


def test_every_public_name_of_blinkers_is_there() -> None:
    """Those of the package and of its two modules' paths, and the drop-in's `ANY` is Aldis's."""
    assert sorted(aldis.blinker.__all__) == sorted(blinker.__all__)
    assert aldis.blinker.ANY is aldis.ANY
    assert import_module("aldis.blinker.base").Signal is aldis.blinker.Signal


# -- steps 2 and 3: what is different there ------------------------------------------------------


class Order(TypedDict):
    """A payload."""

    order_id: str


@pytest.fixture
def keywords() -> Any:
    """A keyword signal; what is tried with it, no type checker would let pass."""

    @aldis.KeywordSignal
    def order_placed(sender: object, /, **payload: Unpack[Order]) -> None:
        """Tell of an order."""

    return order_placed


@pytest.fixture
def typed() -> Any:
    """A signal with one object as payload."""
    return aldis.Signal[str]("order_placed", doc="Tell of an order.")


@pytest.fixture(params=["keywords", "typed"])
def either(request: pytest.FixtureRequest) -> Any:
    """Each of the two."""
    return request.getfixturevalue(request.param)


def receive(sender: object, *payload: object, **rest: object) -> object:
    """Receive from any signal."""
    return payload or rest


def send(signal: Any, sender: object) -> Any:
    """Send an order."""
    if hasattr(signal, "payload_type"):
        return signal.send(sender, "o-1")
    return signal.send(sender, order_id="o-1")


def test_connect_via_is_weak_by_default(either: Any) -> None:
    """Without `weak=False` the function is lost, and a warning names it; the drop-in keeps it."""

    def set_up(signal: Any, **options: bool) -> None:
        def welcome(sender: object, *payload: object, **rest: object) -> None: ...

        signal.connect_via("shop", **options)(welcome)

    set_up(either)
    with pytest.warns(aldis.LostReceiverWarning, match="welcome.*weak=False"):
        assert len(send(either, "shop")) == 0
    set_up(either, weak=False)
    assert len(send(either, "shop")) == 1
    on_drop_in = aldis.blinker.Signal()
    set_up(on_drop_in)
    assert len(send(on_drop_in, "shop")) == 1


def test_options_are_passed_by_keyword(either: Any) -> None:
    """`weak` by position, as blinker takes it, is a `TypeError`."""
    with pytest.raises(TypeError, match="positional"):
        either.connect_via("shop", False)
    with pytest.raises(TypeError, match="positional"):
        either.connect(receive, "shop", False)


def test_disconnect_tells_and_any_means_any(either: Any) -> None:
    """It gives a `bool`, and with `ANY` it ends the connection to `ANY` alone."""
    either.connect(receive)
    either.connect(receive, "shop")
    assert either.disconnect(receive, aldis.ANY) is True
    assert either.has_receivers_for("shop")
    assert either.disconnect(receive) is True
    assert either.disconnect(receive) is False
    on_drop_in: Any = aldis.blinker.Signal()
    on_drop_in.connect(receive)
    on_drop_in.connect(receive, "shop")
    assert on_drop_in.disconnect(receive, aldis.ANY) is None
    assert not on_drop_in.has_receivers_for("shop")


def test_results_are_pairs(either: Any) -> None:
    """`Results` has the pairs that blinker's list has, and a muted sending gives an empty one."""
    either.connect(receive)
    on_drop_in: Any = aldis.blinker.Signal()
    on_drop_in.connect(receive)
    assert isinstance(send(either, "shop"), aldis.Results)
    assert [receiver for receiver, _ in send(either, "shop")] == [receive]
    assert [receiver for receiver, _ in send(on_drop_in, "shop")] == [receive]
    with either.muted(receive), either.muted():
        assert list(send(either, "shop")) == []


def test_what_the_typed_signals_do_not_have(keywords: Any, typed: Any) -> None:
    """No `is_muted`, no `set_class`, no wrappers; meta-signals on `Signal` alone."""
    for signal in (keywords, typed):
        assert not hasattr(signal, "is_muted")
        assert not hasattr(signal, "set_class")
        assert (signal.name, signal.doc) == ("order_placed", "Tell of an order.")
        assert signal.receivers == signal.receivers_for("shop") == ()
    assert not hasattr(keywords, "receiver_connected")
    heard: list[object] = []

    def note(signal: object, connection: aldis.Connection) -> None:
        heard.append(connection.receiver)

    typed.receiver_connected.connect(note)
    typed.connect(receive)
    assert heard == [receive]


def test_sender_is_named(keywords: Any) -> None:
    """A send without a sender is a `TypeError`; `None` is a sender."""
    with pytest.raises(TypeError, match="one positional argument, the sender"):
        keywords.send(order_id="o-1")
    keywords.send(None, order_id="o-1")


def test_receivers_that_do_not_fit_are_refused(keywords: Any) -> None:
    """When they are connected, not when they are called."""

    def outdated(sender: object) -> None: ...

    with pytest.raises(ReceiverSignatureError, match="order_id="):
        keywords.connect(outdated)


def test_receivers_of_keywords_are_refused_by_a_typed_signal(typed: Any) -> None:
    """A receiver that was forgotten when its signal moved to one object is found at once."""

    def forgotten(sender: object, *, order_id: str, **rest: object) -> None: ...

    with pytest.raises(ReceiverSignatureError, match=r"receiver\(sender, payload\)"):
        typed.connect(forgotten)


@needs_mypy
def test_circle_of_imports(tmp_path: Path) -> None:
    """A sender's class that imports the signals can be named in their declarations."""
    (tmp_path / "circle_signals.py").write_text(
        textwrap.dedent(
            """
            from __future__ import annotations

            from typing import TYPE_CHECKING, TypedDict, Unpack

            from aldis import KeywordSignal, Signal

            if TYPE_CHECKING:
                from circle_shop import Shop

            class Order(TypedDict):
                order_id: str

            @KeywordSignal
            def placed(sender: Shop, /, **payload: Unpack[Order]) -> None: ...

            paid: Signal[Order, Shop] = Signal()
            """
        ),
        encoding="utf-8",
    )
    (tmp_path / "circle_shop.py").write_text(
        "from circle_signals import paid, placed\n\n\nclass Shop: ...\n", encoding="utf-8"
    )
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from circle_shop import *"
    shown = "; print(placed.send(Shop(), order_id='o-1'), paid.payload_type)"
    assert run_python("-c", program + shown) == ["<Results of 0: no receivers> None"]
    wrong = "from circle_signals import paid, placed\nplaced.send(3, order_id='o-1')\n"
    errors = ask_mypy(tmp_path, wrong + "paid.send(3, {'order_id': 'o-1'})\n")
    assert [error.split(":")[0] for error in errors] == ["2", "3"]


class Colour(enum.StrEnum):
    """Members that are equal to texts."""

    RED = "red"


@pytest.mark.parametrize(("sender", "equal"), [(Colour.RED, "red"), (1, True), (1, 1.0)])
def test_senders_that_are_equal_but_not_the_same(
    either: Any, sender: object, equal: object
) -> None:
    """They do not match here; in the drop-in, as in blinker, all but floats do."""
    either.connect(receive, sender)
    assert not either.has_receivers_for(equal)
    for library in (blinker, aldis.blinker):
        signal: Any = library.Signal()
        signal.connect(receive, sender)
        assert signal.has_receivers_for(equal) is not isinstance(equal, float)


def test_last_word_on_weak_counts(either: Any) -> None:
    """A weak reconnect weakens, in difference to the drop-in."""

    def passing(sender: object, *payload: object, **rest: object) -> None: ...

    alive = weakref.ref(passing)
    either.connect(passing, weak=False)
    either.connect(passing)
    del passing
    gc.collect()
    assert alive() is None
    with pytest.warns(aldis.LostReceiverWarning):
        assert either.receivers == ()


def ask_mypy(folder: Path, source: str) -> list[str]:
    """Give the errors of `mypy --strict`, each with its line."""
    (folder / "program.py").write_text(textwrap.dedent(source), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "program.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return re.findall(r"^program\.py:(\d+: error: .*)$", done.stdout, re.MULTILINE)


@needs_mypy
def test_two_decorators_do_not_pass_a_type_checker(tmp_path: Path) -> None:
    """One function for two keyword signals is connected in statements."""
    errors = ask_mypy(
        tmp_path,
        """
        from aldis import KeywordSignal

        @KeywordSignal
        def placed(sender: object, /, *, order_id: str) -> None: ...
        @KeywordSignal
        def paid(sender: object, /, *, order_id: str, total: int) -> None: ...

        @placed.connect
        @paid.connect
        def wrongly(sender: object, *, order_id: str, **rest: object) -> None: ...

        def rightly(sender: object, *, order_id: str, **rest: object) -> None: ...
        placed.connect(rightly)
        paid.connect(rightly)
        """,
    )
    assert [error.split(":")[0] for error in errors] == ["9"]


# -- name by name --------------------------------------------------------------------------------


def test_table_has_every_public_name() -> None:
    """Those of blinker's package and classes, and both wrappers, stand in the first column."""
    rows = re.findall(r"^\| (`.*?) \|", SECTIONS["Name by name"], re.MULTILINE)
    named = {word for row in rows for word in re.findall(r"\w+", row)}
    members = {name for name in dir(blinker.NamedSignal("any")) if not name.startswith("_")}
    needed = {*blinker.__all__, *members, "__doc__", "_async_wrapper", "_sync_wrapper"}
    assert needed - named == set()


# -- what is different ---------------------------------------------------------------------------


DIFFERENT = SECTIONS["What is different"]
HELD_ELSEWHERE = {"Threads": "tests/docs/test_traps.py"}


def test_every_difference_on_the_page_is_tried() -> None:
    """The page names the differences that are tried here, in the same order, and no others."""
    titles = re.findall(r"^- \*\*(.+?)\.\*\* ", DIFFERENT, re.MULTILINE)
    assert DIFFERENT.count("\n- ") == len(titles)
    tried = [each.title for each in DIFFERENCES]
    assert [title for title in titles if title not in HELD_ELSEWHERE] == tried
    assert set(titles) - set(tried) == set(HELD_ELSEWHERE)


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda each: each.title)
def test_differences(difference: Difference) -> None:
    """Each gives on blinker, and on the drop-in, what the page says."""
    assert difference.shown(blinker) == difference.on_blinker
    assert difference.shown(aldis.blinker) == difference.on_aldis


def test_threads_are_tried_elsewhere() -> None:
    """What threads do to blinker's signals, and not to ours, is shown beside the other traps."""
    text = (ROOT / HELD_ELSEWHERE["Threads"]).read_text(encoding="utf-8")
    assert "def test_threads_elsewhere_raise" in text

"""Nothing is unpickled, evaluated, opened or started; nothing grows with the senders."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import ast
import gc
import io
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

import aldis
from aldis import Dispatcher, KeywordSignal, Signal, exceptions
from tests.behaviour.provoking import CAUSES
from tests.behaviour.recording import INSIDE, run_python

FORBIDDEN = {"eval", "exec", "compile", "__import__", "open", "input", "breakpoint", "globals"}
MODULES = {
    *("pickle", "marshal", "shelve", "ctypes", "subprocess", "socket", "importlib", "runpy"),
    *("asyncio", "trio", "code", "codeop", "copyreg", "tempfile", "shutil", "urllib", "http"),
}
SOURCES = sorted(Path(INSIDE).rglob("*.py"))
LATER = "_later.py"  # imports modules by their names


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(INSIDE)))
def test_no_module_has_what_runs_or_opens_anything(source: Path) -> None:
    """Neither by a built-in function nor by a module of the standard library."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            assert node.id not in FORBIDDEN
        elif isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            allowed = {"importlib"} if source.name == LATER else set[str]()
            assert node.module.split(".")[0] not in MODULES - allowed


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(INSIDE)))
def test_what_is_imported_by_name_is_ours_and_written_out(source: Path) -> None:
    """No name of a module comes from anywhere but the source."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [node for node in calls if ast.unparse(node.func) == "Later"]
    for node in made:
        (name,) = node.args
        assert isinstance(name, ast.Constant)
        assert str(name.value).startswith("aldis._")
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "Later"]
    assert len(used) == len(made)  # nor is it called by another name


def test_no_operation_compiles_opens_or_starts_anything() -> None:
    """Python's own audit sees none of it, when everything is done a second time."""
    done = run_python(
        """
        import sys
        from tests.behaviour.test_security_texts import walk_in_secret
        walk_in_secret()
        seen = []
        quiet = ("object.__", "sys._getframe", "gc.", "cpython.", "time.sleep", "_thread.")
        quiet += ("socket.__new__", "sys.set_asyncgen", "threading.", "builtins.id")
        quiet += ("function.__new__",)  # the copy that a signature is read from
        def look(event, arguments):
            if event.startswith(quiet):
                return
            frame = sys._getframe(1)
            while frame is not None and frame.f_globals.get("__name__") != "traceback":
                frame = frame.f_back
            if frame is None:  # else OpenTelemetry writes one down
                seen.append(event)
        sys.addaudithook(look)
        walk_in_secret()
        print(*sorted({event for event in seen}))
        """
    )
    assert done.split() == []


def test_annotations_of_receivers_are_not_evaluated() -> None:
    """Neither those that are kept as texts, nor those that Python 3.14 evaluates when asked."""
    ran: list[str] = []

    def note() -> type:
        ran.append("evaluated")
        return int

    namespace: dict[str, Any] = {"note": note}
    lazily = sys.version_info >= (3, 14)
    text = "note()" if lazily else "'note()'"
    exec(f"def receive(sender: {text}, payload: {text}) -> {text}: ...", namespace)
    exec(f"def too_few(sender: {text}) -> {text}: ...", namespace)
    exec(f"class Made:\n def __init__(self, sender: {text}, payload: {text}): ...", namespace)
    signal = Signal[Any]()
    for name in ("receive", "Made"):
        signal.connect(namespace[name], weak=False)
    with pytest.raises(exceptions.ReceiverSignatureError):
        signal.connect(namespace["too_few"])
    signal.send(None, None)
    assert ran == []


def test_the_one_thing_evaluated_is_the_payload_of_a_prototype() -> None:
    """The annotation of `**payload`, by `typing`, when a keyword signal is declared."""
    ran: list[str] = []

    def note(what: str) -> type:
        ran.append(what)
        return dict

    made: dict[str, Any] = {"note": note}
    exec("def placed(sender: \"note('sender')\", /, **payload: \"note('payload')\"): ...", made)
    KeywordSignal(made["placed"])
    assert ran == ["payload"]


def test_a_signature_that_is_a_text_is_not_evaluated() -> None:
    """From Python 3.13 on, `inspect` evaluates a `__signature__` that is one, and calls others."""
    ran: list[str] = []

    def receive(sender: object, payload: object) -> None: ...

    signal = Signal[Any]()
    for signature in ("(a=sys.modules)", lambda: ran.append("called")):
        receive.__dict__["__signature__"] = signature
        signal.connect(receive)
        with pytest.raises(exceptions.PrototypeError, match=r"\(sender, payload\)"):
            KeywordSignal(receive)
    assert ran == []


@pytest.mark.parametrize("kind", CAUSES)
def test_unpickling_an_error_makes_its_class_and_sets_its_facts(kind: str) -> None:
    """All that is named in the pickle is ours, and nothing else is imported or called."""
    with pytest.raises(CAUSES[kind][0]) as caught:
        CAUSES[kind][1](Signal[Any]("placed"))
    named: list[str] = []

    class Reading(pickle.Unpickler):
        def find_class(self, module: str, name: str, /) -> Any:
            named.append(module)
            return super().find_class(module, name)

    Reading(io.BytesIO(pickle.dumps(caught.value))).load()
    assert set(named) == {"aldis.exceptions"}


# -- what could grow ---------------------------------------------------------------------------


def test_sending_for_ever_new_senders_leaves_nothing_behind() -> None:
    """Whatever a peer has a signal sent for: texts, objects, and payloads of any kind."""
    signal = Signal[Any]("placed")
    receiver = signal.connect(lambda sender, payload: None, "one sender", weak=False)
    bound = signal.bind("another")
    bound.connect(receiver)

    def send(count: int) -> None:
        for number in range(count):
            signal.send(f"sender {number}", object())
            signal.send_robust(object(), number)
            assert not signal.receivers_for(number)
            assert not signal.has_receivers_for(object())
            assert not signal.disconnect(receiver, f"sender {number}")

    tracemalloc = pytest.importorskip("tracemalloc", reason="memory is not traced here")
    send(100)
    gc.collect()
    tracemalloc.start()
    try:
        send(100)
        before = tracemalloc.get_traced_memory()[0]
        send(2_000)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 20_000


@pytest.mark.anyio
async def test_what_waits_is_bounded_unless_asked_otherwise() -> None:
    """A dispatcher and a stream that nobody reads each keep a number of events, and no more."""
    signal = Signal[Any]("placed")
    async with signal.stream() as events, Dispatcher() as dispatcher:
        for number in range(1024):
            assert not dispatcher.post(signal.event(number, None)).is_done
        with pytest.raises(aldis.DispatcherFullError):
            assert not dispatcher.post(signal.event(None, None)).is_done
        await dispatcher.drain()
        with pytest.raises(aldis.StreamLaggedError, match=f"^{1024 - 256} "):
            await anext(events)


def test_one_exception_that_is_raised_again_and_again_has_one_note() -> None:
    """However often it is raised by the same receiver."""
    signal, error = Signal[Any]("placed"), ValueError()

    def receive(sender: object, payload: object) -> None:
        raise error

    signal.connect(receive)
    for _ in range(100):
        with pytest.raises(ExceptionGroup):
            signal.send_robust(None, None).raise_errors()
    assert len(error.__notes__) == 1

"""What `import aldis` brings, and what it does not."""

from __future__ import annotations

import inspect
import typing
from importlib import import_module
from typing import Any

import pytest

import aldis
from aldis import Signal
from tests.behaviour.recording import run_python
from tests.interpreters import needs_cpythons_library

# What `import typing` brings as well is left out: nothing could be done about it.
NOT_NEEDED = """
    anyio asyncio trio sniffio logging opentelemetry concurrent.futures socket selectors
    typing_extensions dataclasses inspect ast dis tokenize linecache
    uuid platform datetime _datetime decimal random math contextvars pickle copy traceback
    importlib.util importlib.machinery
"""
# Of Aldis itself.
LATER = """
    _agenda _bell _contextual _crew _desk _dispatcher _event _functions _intake _keywords
    _ledger _merging _methods _namespace _offering _posted _prototype _room _stream _together _turn
    blinker middleware
"""
PROGRAMS = {
    "importing it": "import aldis",
    "importing a signal": "from aldis import Signal",
    "sending": """
from aldis import Signal

placed = Signal[int]("placed", doc="An order was placed.")

class Shop:
    def note(self, sender: object, payload: int) -> None: ...

@placed.connect
def receive(sender: object, payload: int) -> int:
    return payload

shop = Shop()
placed.connect(shop.note, sender=shop, once=True, priority=1)
assert placed.send(shop, 1).values == (None, 1)
assert placed.send_robust(shop, 1).values == (1,)
assert placed.receivers and placed.connections and repr(placed)
with placed.muted():
    placed.send(shop, 1)
placed.disconnect(receive)
""",
}


@needs_cpythons_library
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_sync_program_loads_nothing_that_it_does_not_need(program: str) -> None:
    """Neither of the standard library, nor of others, nor of Aldis."""
    unwanted = {*NOT_NEEDED.split(), *(f"aldis.{name}" for name in LATER.split())}
    said = run_python(
        "import sys, typing\n"
        "before = set(sys.modules)\n"
        f"{program}\n"
        f"print(*sorted((set(sys.modules) - before) & {unwanted!r}))"
    )
    assert said == "\n"


def test_a_stream_has_loaded_what_sends_need_for_it() -> None:
    """A send, which a destructor can come to in the middle of any import, then loads nothing."""
    said = run_python(
        """
        import sys
        from aldis import Signal

        placed = Signal[int]("placed")
        stream = placed.stream()
        print({f"aldis.{name}" for name in ("_event", "_intake", "_offering")} <= {*sys.modules})
        """
    )
    assert said == "True\n"


def test_there_are_at_most_twenty_five_public_names() -> None:
    """A small face; each name is there and documented."""
    assert len(aldis.__all__) <= 25
    assert sorted(aldis.__all__) == aldis.__all__
    undocumented = [name for name in aldis.__all__ if not getattr(aldis, name).__doc__]
    assert undocumented == []


# -- names that are loaded when they are first looked up ------------------------------------------


def test_every_public_name_is_what_its_module_has() -> None:
    """However it is come by, and whether it was loaded with the package or later."""
    for name in aldis.__all__:
        found: Any = getattr(aldis, name)
        module = "aldis._types" if name == "ANY" else found.__module__
        assert module.startswith("aldis.")
        assert getattr(import_module(module), name) is found
        assert vars(aldis)[name] is found


def test_names_are_listed_before_they_are_loaded() -> None:
    """For completion, and for `help`."""
    said = run_python(
        """
        import sys, aldis

        print({*aldis.__all__} <= {*dir(aldis)}, dir(aldis) == sorted(dir(aldis)))
        print("aldis._dispatcher" in sys.modules)
        """
    )
    assert said == "True True\nFalse\n"
    assert {*aldis.__all__} <= {*dir(aldis)}


def test_an_asterisk_imports_all_of_them() -> None:
    """As if each stood in the package."""
    names: dict[str, Any] = {}
    exec("from aldis import *", names)
    assert names.keys() - {"__builtins__"} == {*aldis.__all__}


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """With what it takes to suggest the right one, as any module's."""
    module: Any = aldis
    with pytest.raises(
        AttributeError, match="module 'aldis' has no attribute 'Dispatch'"
    ) as caught:
        _ = module.Dispatch
    assert (caught.value.name, caught.value.obj) == ("Dispatch", aldis)
    with pytest.raises(ImportError):
        exec("from aldis import Dispatch")


def test_threads_that_come_at_once_get_the_same() -> None:
    """Each name is loaded once, whoever is first."""
    said = run_python(
        """
        import threading

        import aldis

        names = [name for name in aldis.__all__ if name not in vars(aldis)]
        start, found = threading.Barrier(8), []

        def look(turn):
            start.wait()
            order = names[turn:] + names[:turn]
            found.append({name: id(getattr(aldis, name)) for name in order})

        threads = [threading.Thread(target=look, args=(turn,)) for turn in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(len(names) > 5, len(found), all(each == found[0] for each in found))
        """
    )
    assert said == "True 8 True\n"


@pytest.mark.parametrize(
    "name",
    [name for name, value in vars(Signal).items() if inspect.isfunction(value)]
    + ["event", "stream", "wait", "use", "disconnect", "receivers_for"],
)
def test_the_hints_of_a_method_can_be_read(name: str) -> None:
    """Though what it gives is loaded later."""
    assert "return" in typing.get_type_hints(getattr(Signal, name))


def test_the_hints_of_a_property_can_be_read() -> None:
    """As with methods."""
    for name in ("receiver", "connections", "receivers", "receiver_connected"):
        getter: Any = inspect.getattr_static(Signal, name)
        assert "return" in typing.get_type_hints(getter.fget)

"""What an import costs in a fresh interpreter, and how large what is installed is."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from bench.figures import Case, Figure, Settings, figure
from bench.peers import MODULES, present
from bench.timing import orders

STATEMENTS: Final = {
    "import blinker": "blinker",
    "import aldis": "aldis",
    "from aldis import Signal": "aldis",
    "import aldis.blinker": "aldis",
    "from blinker import Signal": "blinker",
    "from django.dispatch import Signal": "django",
    "from psygnal import Signal": "psygnal",
    "from pyee import EventEmitter": "pyee",
    "from pydispatch import dispatcher": "pydispatch",
    "from pubsub import pub": "pubsub",
    "from pymitter import EventEmitter": "pymitter",
    "from aiosignal import Signal": "aiosignal",
    "from bubus import EventBus": "bubus",
    "import inspect; import blinker": "blinker",
    "import inspect; import aldis": "aldis",
    "import anyio": "anyio",
    "import asyncio": "asyncio",
}
"""What is timed, after a semicolon where there is one, and the module that it needs."""
CONTROL: Final = "import blinker"
ROUNDS: Final = 21

# `-I` keeps PYTHONPATH away; the folder that has the module is put first, for each of them alike.
_PROGRAM: Final = """
import sys
sys.path.insert(0, {folder!r})
from time import perf_counter
{before}
begin = perf_counter()
{timed}
print(perf_counter() - begin)
"""


def cases() -> Iterator[Case]:
    """Give the cases: `import` and `size`."""
    yield Case("import", "import in a fresh interpreter", _time_imports, "ms")
    yield Case("size", "the files of the package as installed, no bytecode", _sizes, "bytes")


def _time_imports(settings: Settings) -> list[Figure]:
    chosen = [each for each in STATEMENTS if find_spec(STATEMENTS[each]) is not None]
    if settings.chosen:
        chosen = [each for each in chosen if STATEMENTS[each] in settings.chosen]
    taken: dict[str, list[float]] = {each: [] for each in chosen}
    for number, order in enumerate(orders(len(chosen), ROUNDS + 1)):
        for place in order:
            took = _import_once(chosen[place])
            if number:  # the first wrote the bytecode
                taken[chosen[place]].append(took * 1000)
    control = CONTROL if CONTROL in taken else ""
    return [figure(each, "" if each == control else control, taken) for each in chosen]


def _import_once(statement: str) -> float:
    before, _, timed = statement.rpartition("; ")
    folder = str(_folder(STATEMENTS[statement]))
    program = _PROGRAM.format(folder=folder, before=before, timed=timed)
    command = [sys.executable, "-I", "-c", program]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _folder(module: str) -> Path:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    origin = Path(spec.origin)
    return origin.parents[1] if origin.name == "__init__.py" else origin.parent


def _sizes(settings: Settings) -> list[Figure]:
    return [
        Figure(name, float(size_of(name, MODULES[name])))
        for name in present()
        if settings.wants(name)
    ]


def size_of(distribution: str, module: str) -> int:
    """Add up the bytes of the files that a distribution has installed, without its metadata."""
    folder = _folder(module) / module
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:  # only PYTHONPATH leads to it
        files = []
    paths = [Path(str(each.locate())) for each in files if _counts(Path(str(each)))]
    if not any(each.is_relative_to(folder) for each in paths):  # installed editable
        paths = [each for each in folder.rglob("*") if each.is_file() and _counts(each)]
    return sum(each.stat().st_size for each in paths)


def _counts(path: Path) -> bool:
    return path.suffix != ".pyc" and not any(
        part == ".." or part.endswith(".dist-info") for part in path.parts
    )

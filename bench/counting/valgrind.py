"""Running the cases under valgrind, and reading how many instructions each took."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from bench.counting.counts import Count, Counts

# Of the tools that count instructions, the quickest: callgrind takes half as long again, and finds
# the same.
TOOL: Final = ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
# No `-I`, which would have PYTHONHASHSEED ignored.
ISOLATED: Final = ("-P", "-s", "-S")
SEED: Final = 0
MODULES: Final = ("bench", "aldis", "anyio", "typing_extensions")
"""What the program imports, beside the standard library."""

_PROGRAM: Final = """
import sys
sys.path[:0] = {folders!r}
from bench.counting.program import main
main({only!r})
"""
# One total for each process: `==123== I   refs:      45,678`, in newer releases `I refs:`.
_TOTAL: Final = re.compile(r"^==(\d+)== I +refs: +([\d,]+)$", re.MULTILINE)

Deed = tuple[int, str, str, int]
"""What one process did: its number, the case, `bare` or `aldis`, and how often."""


class CountingError(RuntimeError):
    """The program failed, or valgrind did not say what it took."""


def is_there() -> bool:
    """Say whether valgrind is installed."""
    return shutil.which("valgrind") is not None


def count(seed: int = SEED, *only: str) -> Counts:
    """Count the cases.

    Args:
        seed: of the hashes of text.
        only: the keys of the cases to count; all are counted where there are none.

    Raises:
        CountingError: the program failed, or valgrind did not say what it took.
    """
    program = _PROGRAM.format(folders=list(_folders()), only=only)
    _run((), program, seed)  # writes the bytecode of what is imported, so that all forks find it
    deeds, said = _run((shutil.which("valgrind") or "valgrind", *TOOL), program, seed)
    return counts_of(read_deeds(deeds), read_totals(said))


def read_totals(said: str) -> dict[int, int]:
    """Read the instructions of each process from what valgrind said."""
    return {int(process): int(total.replace(",", "")) for process, total in _TOTAL.findall(said)}


def read_deeds(printed: str) -> Iterator[Deed]:
    """Read what each process did from what the program printed."""
    for line in printed.splitlines():
        process, key, who, times = json.loads(line)
        yield process, key, who, times


def counts_of(deeds: Iterable[Deed], totals: Mapping[int, int]) -> Counts:
    """Divide what the longer of two processes took more by how much oftener it did it.

    Start-up, preparation and the first times cancel out.

    Raises:
        CountingError: valgrind did not say what a process took.
    """
    taken: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for process, key, who, times in deeds:
        if process not in totals:
            raise CountingError(f"valgrind did not say what {key} took ({who}, {times} times)")
        taken.setdefault(key, {}).setdefault(who, []).append((times, totals[process]))
    return {key: Count(_each(sides["bare"]), _each(sides["aldis"])) for key, sides in taken.items()}


def _each(taken: list[tuple[int, int]]) -> float:
    (few, less), (many, more) = sorted(taken)
    return (more - less) / (many - few)


def _run(valgrind: tuple[str, ...], program: str, seed: int) -> tuple[str, str]:
    done = subprocess.run(
        [*valgrind, sys.executable, *ISOLATED, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env=_environment(seed),
    )
    if done.returncode:
        raise CountingError(f"the program ended with status {done.returncode}:\n{done.stderr}")
    return done.stdout, done.stderr


def _environment(seed: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {**kept, "PYTHONHASHSEED": str(seed)}


def _folders() -> Iterator[str]:
    """Give the folders in which the modules are, since nothing else leads to them."""
    found: list[str] = []
    for module in MODULES:
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            raise CountingError(f"{module} is not installed here")
        origin = Path(spec.origin)
        folder = origin.parents[1] if origin.name == "__init__.py" else origin.parent
        if str(folder) not in found:
            found.append(str(folder))
            yield str(folder)

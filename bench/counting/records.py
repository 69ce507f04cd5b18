"""What was recorded, in `bench/counts.json`, for each interpreter on its own."""

from __future__ import annotations

import json
import platform
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.counting.counts import Count, Counts

FILE: Final = Path(__file__).parents[1] / "counts.json"
ABOUT: Final = (
    "Instructions of one send, or of one connect and disconnect; `make bench-check` counts them. "
    "Another build of the same version takes others; what is compared is the ratio to bare code."
)
# What most changes how an interpreter is compiled. Other options of its may name folders.
_OPTIONS: Final = ("--enable-optimizations", "--with-lto", "--with-pydebug", "--disable-gil")


@dataclass(frozen=True)
class Record:
    """What was recorded for one interpreter.

    Attributes:
        build: how the interpreter was built.
        counts: what was counted.
    """

    build: str
    counts: Counts

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON takes it."""
        counts = {key: count.as_json() for key, count in self.counts.items()}
        return {"build": self.build, "cases": counts}


def interpreter() -> str:
    """Name this interpreter and the machine's architecture."""
    free = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    version = f"{platform.python_implementation()} {platform.python_version()}{free}"
    return f"{version}, {platform.machine()}"


def build() -> str:
    """Say how this interpreter was built."""
    options = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    return ", ".join([platform.python_compiler(), *[each for each in _OPTIONS if each in options]])


def read(file: Path, name: str) -> Record | None:
    """Read what was recorded for an interpreter, if anything was."""
    found = _read_all(file).get(name)
    if found is None:
        return None
    cases = {key: Count.from_json(each) for key, each in found["cases"].items()}
    return Record(found["build"], cases)


def names(file: Path) -> list[str]:
    """Name the interpreters that something was recorded for."""
    return list(_read_all(file))


def write(file: Path, name: str, record: Record) -> None:
    """Record for one interpreter, and leave the others."""
    recorded = {**_read_all(file), name: record.as_json()}
    found = {"about": ABOUT, "interpreters": dict(sorted(recorded.items()))}
    file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _read_all(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["interpreters"]
    return found

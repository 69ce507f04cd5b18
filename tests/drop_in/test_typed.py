"""What is typed for blinker is typed for Aldis: one file is accepted with either name in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interpreters import needs_mypy

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "tests" / "typing" / "blinker.py"
TOOLS = Path(sys.executable).parent
CACHE = Path(sys.prefix) / "cache" / "pyright"

NAMES = {"blinker": "blinker", "aldis": "aldis.blinker"}
in_either_name = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)


def write(folder: Path, name: str) -> Path:
    """Write the file with one of the names in it."""
    text = SOURCE.read_text(encoding="utf-8")
    assert "\nimport aldis.blinker\n" in text
    path = folder / "typed.py"
    path.write_text(text.replace("aldis.blinker", name), encoding="utf-8")
    return path


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a checker, which says what it found in what it prints."""
    return subprocess.run(
        [str(each) for each in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@needs_mypy
@in_either_name
def test_mypy_accepts_the_file(
    name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """When it is strict, with the settings of this repository, and no ignore is left over."""
    cache = tmp_path_factory.getbasetemp() / "cache-of-mypy"
    done = run(
        *(sys.executable, "-m", "mypy", "--strict", "--config-file", ROOT / "mypy.ini"),
        *("--python-executable", sys.executable, "--cache-dir", cache, write(tmp_path, name)),
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout == "Success: no issues found in 1 source file\n"


@in_either_name
def test_pyright_accepts_the_file(name: str, tmp_path: Path) -> None:
    """When it is strict, and no ignore is left over."""
    pyright = TOOLS / "pyright"
    if not pyright.exists():
        pytest.skip("pyright is one of the tools, which are not in the test group")
    write(tmp_path, name)
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "reportUnnecessaryTypeIgnoreComment": True,
        "extraPaths": [str(ROOT / "src")],
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    done = run(
        *(pyright, "--project", tmp_path, "--pythonpath", sys.executable, "--outputjson"),
        PYRIGHT_PYTHON_CACHE_DIR=str(CACHE),
        PYRIGHT_PYTHON_GLOBAL_NODE="0",
        PYRIGHT_PYTHON_IGNORE_WARNINGS="1",
    )
    report = json.loads(done.stdout)

    assert report["summary"]["filesAnalyzed"] == 1
    assert [each["message"] for each in report["generalDiagnostics"]] == []

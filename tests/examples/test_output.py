"""The examples that print: what each says is what stands in its `output.txt`."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.examples.migration_stages import run_python

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*/output.txt"))
# What an example needs beside Aldis; a Python that has it not says so.
NEEDS = {"order_states": ["transitions"], "service": ["fastapi", "httpx2"]}


def test_each_example_of_the_page_is_one_that_prints() -> None:
    """The docs name those that `make demo-NAME` runs, and no others."""
    page = (EXAMPLES.parent / "docs" / "examples.md").read_text(encoding="utf-8")
    named = re.findall(r"`make demo-(\w+)`", page)
    assert sorted(named) == [file.parent.name for file in FILES]
    assert named


@pytest.mark.parametrize("file", FILES, ids=[file.parent.name for file in FILES])
def test_an_example_prints_what_its_file_says(file: Path) -> None:
    """Line by line, warnings being errors."""
    name = file.parent.name
    missing = [package for package in NEEDS.get(name, ()) if find_spec(package) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    printed = run_python("-m", f"examples.{name}")
    assert printed == file.read_text(encoding="utf-8").splitlines()

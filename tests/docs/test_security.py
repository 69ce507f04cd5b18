"""What `SECURITY.md` and the page on security promise, and where it is held."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POLICY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def promises() -> dict[str, str]:
    """Read the table of promises: each with what holds it."""
    _, table = POLICY.split("| --- | --- |\n")
    rows = re.findall(r"^\| (.+) \| `(.+)` \|$", table, flags=re.MULTILINE)
    return dict(rows)


def test_each_promise_names_what_holds_it() -> None:
    """No row of the table is without a test or a target."""
    rows = [line for line in POLICY.splitlines() if line.startswith("| ")]
    assert len(promises()) == len(rows) - 2
    assert len(promises()) > 5


@pytest.mark.parametrize("held_by", promises().values())
def test_what_holds_a_promise_is_there(held_by: str) -> None:
    """A test, by its name, or a target of the Makefile."""
    if held_by.startswith("make "):
        target = held_by.removeprefix("make ")
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
        return
    file, name = held_by.split("::")
    module = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {each.name for each in module.body if isinstance(each, functions)}


def test_both_are_linked() -> None:
    """From the README, and from each other."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(SECURITY.md)" in readme
    assert "(docs/security.md)" in readme
    assert "(docs/security.md)" in POLICY
    assert "(../SECURITY.md)" in PAGE


def test_nobody_is_invented() -> None:
    """No address stands there that nobody reads."""
    assert not re.search(r"@\w|://", POLICY)


def test_the_longest_text_is_as_long_as_promised() -> None:
    """The number is that of the tests."""
    tests = (ROOT / "tests" / "behaviour" / "test_security_texts.py").read_text(encoding="utf-8")
    assert "LONGEST = 4_000" in tests
    for text in (POLICY, PAGE):
        assert "4,000 characters" in text


def test_workflows_pin_each_action_by_its_commit() -> None:
    """With the version beside it, least rights, and no credentials left in the clone."""
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    uses = re.findall(r"uses: (.+)", workflow)
    assert uses
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in uses)
    assert "\npermissions: {}\n" in workflow
    assert workflow.count("persist-credentials: false") == workflow.count("actions/checkout@")

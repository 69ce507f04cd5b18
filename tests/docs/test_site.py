"""The site that Sphinx makes of the docs, and the reference in it."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from aldis import exceptions

ROOT = Path(__file__).parents[2]
MISSING = [
    each for each in ("sphinx", "myst_parser", "furo", "towncrier") if find_spec(each) is None
]
MODULES = [
    "aldis",
    "aldis.exceptions",
    "aldis.middleware",
    "aldis.middleware.opentelemetry",
]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site, as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--fail-on-warning", "--keep-going", "--quiet", "--nitpicky"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "docs", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def documented(site: Path) -> set[str]:
    """Give all names that the site's index has."""
    from sphinx.util.inventory import InventoryFile

    found = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    return {name for kind in found.data if kind.startswith("py:") for name in found.data[kind]}


def public_names(module: ModuleType) -> Iterator[str]:
    """Give a module's public names, and those in its classes."""
    names: list[str] = getattr(module, "__all__", [])
    if module is exceptions:
        names = [name for name, each in vars(module).items() if _is_error(each)]
    for name in names:
        yield f"{module.__name__}.{name}"
        candidate: object = getattr(module, name)
        if isinstance(candidate, type) and not _is_error(candidate):
            members = [each for each in dir(candidate) if not each.startswith("_")]
            yield from (
                f"{module.__name__}.{name}.{each}"
                for each in members
                if _is_heading(candidate, each)
            )


def _is_error(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseException)


def _is_heading(kind: type[object], member: str) -> bool:
    owner = next(base for base in kind.__mro__ if member in vars(base))
    found: object = vars(owner)[member]
    is_plain = not callable(found) and not isinstance(found, property)
    if is_plain and f"    {member}: " in (kind.__doc__ or ""):
        return False  # it stands in the list of attributes
    return owner.__module__.startswith("aldis")


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_in_the_reference(site: Path, name: str) -> None:
    """With its docstring: names, methods and properties, each a heading of its own."""
    found = documented(site)
    module = importlib.import_module(name)
    wanted = [
        each
        for each in public_names(module)
        if not (name == "aldis" and _is_error(getattr(module, each.split(".")[1])))
    ]
    assert [each for each in wanted if each not in found] == []
    assert wanted


def test_every_name_of_the_drop_in_is_in_the_reference(site: Path) -> None:
    """It stands in no index: half of its names are those of the package."""
    import aldis.blinker

    page = (site / "reference" / "blinker.html").read_text(encoding="utf-8")
    shown = re.sub(r"<[^>]*>", "", page)
    for name in aldis.blinker.__all__:
        assert f"aldis.blinker.{name}" in shown


def test_what_is_not_released_is_in_the_changelog(site: Path) -> None:
    """Each fragment, as it will stand there."""
    fragments = list((ROOT / "changelog.d").glob("*.*.md"))
    page = _words(re.sub(r"<[^>]*>", "", (site / "changelog.html").read_text(encoding="utf-8")))
    assert ("Unreleased" in page) is bool(fragments)
    texts = [_words(each.read_text(encoding="utf-8")) for each in fragments]
    assert [text for text in texts if text not in page] == []


def _words(text: str) -> str:
    # Of a text only what no markup, quotation mark or line break can have changed.
    found: list[str] = re.findall(r"[A-Za-z]+", unescape(text))
    return " ".join(found)


def test_no_page_is_left_out(site: Path) -> None:
    """Each file of the docs is a page."""
    pages = {each.relative_to(ROOT / "docs") for each in (ROOT / "docs").rglob("*.md")}
    assert {each for each in pages if not (site / each.with_suffix(".html")).is_file()} == set()

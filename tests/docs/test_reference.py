"""The page of reference."""

from __future__ import annotations

from pathlib import Path

import aldis
import aldis.blinker
import aldis.middleware
from aldis import exceptions

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "index.md"


def test_every_public_name_is_on_the_page() -> None:
    """Those of the package, and every error and warning."""
    page = PAGE.read_text(encoding="utf-8")
    errors = [
        name
        for name, each in vars(exceptions).items()
        if isinstance(each, type) and issubclass(each, BaseException)
    ]
    missing = [name for name in (*aldis.__all__, *errors) if f"| `{name}" not in page]
    assert missing == []


def test_every_name_for_middleware_is_on_the_page() -> None:
    """In a section of its own."""
    _, rest = PAGE.read_text(encoding="utf-8").split("## `aldis.middleware`")
    section, _ = rest.split("## `aldis.blinker`")
    assert [name for name in aldis.middleware.__all__ if f"| `{name}" not in section] == []


def test_every_name_of_the_drop_in_is_on_the_page() -> None:
    """In a section of its own, since some are called as those of the package are."""
    _, section = PAGE.read_text(encoding="utf-8").split("## `aldis.blinker`")
    assert [name for name in aldis.blinker.__all__ if f"| `{name}`" not in section] == []

"""What every test gets: a shop of its own, and a look at the connections behind it."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from examples.testing.bookshop import Shop, price_asked, shipped, sold, sold_out
from examples.testing.isolating import unchanged


@pytest.fixture
def shop() -> Shop:
    return Shop({"Emma": 2, "Ulysses": 1})


@pytest.fixture(autouse=True)
def connections_unchanged() -> Generator[None]:
    """Fail a test that connects or disconnects for good, and undo that for the next one."""
    with unchanged(price_asked, sold, sold_out, shipped):
        yield

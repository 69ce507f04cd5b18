"""What every test gets: a shop of its own, and a look at the connections behind it."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from aldis import Connection
from examples.testing.bookshop import Shop, price_asked, shipped, sold, sold_out


@pytest.fixture
def shop() -> Shop:
    return Shop({"Emma": 2, "Ulysses": 1})


@pytest.fixture(autouse=True)
def no_connections_left() -> Generator[None]:
    """Fail a test that leaves a connection behind."""
    before = [(each.receiver, each.sender) for each in connections()]
    yield
    left = [str(each) for each in connections() if (each.receiver, each.sender) not in before]
    if left:
        pytest.fail(f"use connected_to(); left behind: {', '.join(left)}", pytrace=False)


def connections() -> list[Connection]:
    """Look at every signal of the application."""
    signals = (price_asked, sold, sold_out, shipped)
    return [connection for signal in signals for connection in signal.connections]

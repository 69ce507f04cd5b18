"""The two libraries that are compared here: blinker, and its drop-in."""

from __future__ import annotations

from typing import Any

import blinker
import pytest

import aldis.blinker

LIBRARIES: dict[str, Any] = {"blinker": blinker, "aldis": aldis.blinker}


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Any:
    """Have the test run once on each library: its module."""
    return LIBRARIES[request.param]

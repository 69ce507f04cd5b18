"""What the tests of the examples share: a repository, and peace from the user's own git."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.examples.repositories import MOTLEY, make_repository


@pytest.fixture(autouse=True)
def settle_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no settings of git's in force, nor what it sets for hooks, if a hook runs the tests."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def motley(tmp_path: Path) -> Path:
    """A repository with `MOTLEY` in it."""
    return make_repository(tmp_path / "motley", MOTLEY)

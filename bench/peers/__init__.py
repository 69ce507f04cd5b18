"""The libraries that are compared, a module each: each in its fastest ordinary use."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Final

from bench.sides import AsyncSide, Side

MODULES: Final = {
    "aldis": "aldis",
    "blinker": "blinker",
    "Django": "django",
    "psygnal": "psygnal",
    "pyee": "pyee",
    "PyDispatcher": "pydispatch",
    "Pypubsub": "pubsub",
    "pymitter": "pymitter",
    "aiosignal": "aiosignal",
    "bubus": "bubus",
}
"""What is imported, by the name of the distribution."""


def missing() -> list[str]:
    """Name the distributions that are not installed: they are left out."""
    return [name for name in MODULES if name not in present()]


def present() -> list[str]:
    """Name the distributions that are installed."""
    return [name for name, module in MODULES.items() if module == "aldis" or find_spec(module)]


def version_of(distribution: str) -> str:
    """Give the version of a distribution; what only PYTHONPATH leads to has none."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "as it is here"


def sides() -> list[type[Side]]:
    """Give what sends to sync receivers, as far as it is installed."""
    found: list[type[Side]] = []
    for name in present():
        found += import_module(f"bench.peers.using_{MODULES[name]}").SIDES
    return found


def async_sides() -> list[type[AsyncSide]]:
    """Give what sends to async receivers, as far as it is installed."""
    found: list[type[AsyncSide]] = []
    for name in present():
        found += import_module(f"bench.peers.using_{MODULES[name]}").ASYNC_SIDES
    return found

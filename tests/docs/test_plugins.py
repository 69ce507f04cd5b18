"""docs/how-to/plugins.md: its loader, on plugins that are installed."""

from __future__ import annotations

import logging
import re
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "plugins.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)

PLUGIN = """
class WordCount:
    is_closed = False

    def close(self):
        self.is_closed = True
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install two plugins, under the names of the page; the second cannot be imported."""
    (toml,) = (code for language, code in BLOCKS if language == "toml")
    (group,) = re.findall(r'entry-points\."(.+)"', toml)
    entry = toml.splitlines()[-1].replace('"', "")
    for name, line in {"site_word_count": entry, "site_other": "other = site_other:Other"}.items():
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{line}\n")
    (tmp_path / "site_word_count.py").write_text(PLUGIN)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "site_word_count", raising=False)


@pytest.mark.usefixtures("installed")
def test_plugins_are_loaded_and_unloaded(caplog: pytest.LogCaptureFixture) -> None:
    """One that fails is logged, and the other is there until it is unloaded."""
    (code,) = (code for _, code in BLOCKS if "def load_plugins" in code)
    names: dict[str, Any] = {"__name__": "site_host"}
    exec(code.rpartition("\n\n\nassert ")[0], names)
    with caplog.at_level(logging.ERROR, logger="site"):
        plugins = names["load_plugins"](tuple(entry_points(group="site.plugins")))
    assert [record.getMessage() for record in caplog.records] == [
        "the plugin other cannot be loaded"
    ]
    assert list(plugins) == ["word-count"]
    plugin = plugins["word-count"]
    names["unload"](plugins, "word-count")
    assert plugin.is_closed
    assert plugins == {}

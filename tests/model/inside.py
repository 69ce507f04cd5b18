"""What a signal keeps inside when nothing is connected any more: the one look behind the face."""

from __future__ import annotations

from typing import Any

_ALDIS = ("lines", "lost", "changes", "queue", "_filtered", "_scoped", "_mutes")
_BLINKER = ("receivers", "_by_sender", "_by_receiver", "_weak_senders")


def left_behind(signal: Any) -> list[str]:
    """Name the tables that are not empty."""
    registry = getattr(signal, "_registry", None)
    if registry is None:
        return [name for name in _BLINKER if getattr(signal, name)]
    registry.settle()
    tables = {name: getattr(registry, name) for name in _ALDIS}
    tables["records"] = registry.collect()
    return [name for name, table in tables.items() if table]

"""Says what an entry of the audit is: who did what, when, and what is different since then."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from aldis import Signal
from examples.audit_log.database import Transaction
from examples.audit_log.signals import Account


class Level(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ALERT = "alert"


class Change(TypedDict):
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    time: datetime
    level: Level
    action: str
    actor: str
    subject: str
    changes: dict[str, Change]

    def to_json(self) -> str:
        """Give the entry as one line."""
        return json.dumps(asdict(self) | {"time": self.time.isoformat()})


entry_committed = Signal[Entry, Transaction]("entry_committed", doc="It is kept for good.")


def changes_between(old: Account | None, new: Account | None) -> dict[str, Change]:
    """Compare two accounts field by field; that of `None` are `None`."""
    pairs = {
        each.name: (getattr(old, each.name, None), getattr(new, each.name, None))
        for each in fields(Account)
    }
    return {
        name: {"old": before, "new": after}
        for name, (before, after) in pairs.items()
        if before != after
    }

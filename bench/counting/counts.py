"""What was counted for a case, by Aldis and by bare code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Count:
    """Instructions of one time, and their ratio, which alone is compared.

    Another build of the same interpreter takes other instructions for the same bytecode, for Aldis
    and for bare code alike.

    Attributes:
        bare: what the plainest code takes.
        aldis: what Aldis takes.
    """

    bare: float
    aldis: float

    @property
    def ratio(self) -> float:
        """How many times the bare code's Aldis takes."""
        return self.aldis / self.bare

    def as_json(self) -> dict[str, float]:
        """Give it as JSON takes it, the ratio for those who read the file."""
        return {
            "bare": round(self.bare, 1),
            "aldis": round(self.aldis, 1),
            "ratio": round(self.ratio, 4),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Count:
        """Take it from what JSON gave."""
        return cls(float(found["bare"]), float(found["aldis"]))


Counts = Mapping[str, Count]
"""By the keys of the cases, in the order of the table."""

"""Whether what runs for long stays as small as it was: memory, objects, threads and tasks."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

import anyio

MIB = 1 << 20
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds at a moment of rest, garbage aside.

    Attributes:
        events: how many had been accepted.
        rss: resident memory in bytes; 0 where the system does not tell.
        blocks: how many blocks Python's allocator has given out.
        objects: how many objects the collector follows.
    """

    events: int
    rss: int
    blocks: int
    objects: int


@dataclass(frozen=True, slots=True)
class Measure:
    """One line about growth.

    Attributes:
        name: what is measured, an attribute of a sample.
        slack: how much it may grow over a whole soak, however short: caches, arenas.
        rate: how much more for each event.
        unit: what one is printed in.
    """

    name: str
    slack: float
    rate: float
    unit: int = 1


# A leak of one object for each event of any kind, even of the rarest (3 in 100), is ten times what
# the rates allow.
MEASURES = (
    Measure("rss", 8 * MIB, 2, MIB),
    Measure("blocks", 2_000, 0.003),
    Measure("objects", 1_000, 0.003),
)


def take_sample(events: int) -> Sample:
    """Collect garbage, then look."""
    gc.collect()
    return Sample(events, _read_rss(), sys.getallocatedblocks(), len(gc.get_objects()))


def _read_rss() -> int:
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def count_running() -> tuple[int, int]:
    """Count threads, and tasks of the running loop."""
    return threading.active_count(), len(anyio.get_running_tasks())


def describe_growth(samples: Sequence[Sample]) -> tuple[list[str], list[str]]:
    """Give the lines of a table of growth, and what has grown too much.

    Args:
        samples: those after the warm-up, in order.
    """
    lines = [f"{'':<12}{'start':>12}{'mid':>12}{'end':>12}{'slope per event':>18}"]
    faults: list[str] = []
    events = [float(each.events) for each in samples]
    for measure in MEASURES:
        values = [float(getattr(each, measure.name)) for each in samples]
        slope = linear_regression(events, values).slope
        shown = [values[place] / measure.unit for place in (0, len(values) // 2, -1)]
        name = f"{measure.name}, MiB" if measure.unit == MIB else measure.name
        digits = 1 if measure.unit == MIB else 0
        lines.append(
            f"{name:<12}" + "".join(f"{each:>12,.{digits}f}" for each in shown) + f"{slope:>18.5f}"
        )
        passed = events[-1] - events[0]
        if slope * passed > measure.slack + measure.rate * passed:
            faults.append(f"{measure.name} grew by {slope:.5f} for each event")
    return lines, faults

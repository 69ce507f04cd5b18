"""What one check is asked to do, and what has come of it."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import platform
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Final

ANY_FAULT: Final = "anything"
BROKEN: Final = "broken check"
"""The kind of fault that is in a check itself: it shows nothing of what was to be shown."""
DONE: Final = -1
"""Stands in `Findings.beats` for a part of the work that has come to its end."""
SHOWN: Final = 5
IS_CPYTHON: Final = platform.python_implementation() == "CPython"
HAS_GIL: Final[bool] = getattr(sys, "_is_gil_enabled", lambda: True)()
_FILLER: Final[list[list[None]]] = []


@dataclass(frozen=True)
class Terms:
    """How long and how hard a check tries.

    Attributes:
        seconds: for how long, where a check is bounded by time.
        interrupts: how many, where they are what is tried.
        children: how many processes are forked.
        seed: of what is left to chance.
        until: end at the first fault of this kind, which is all that a control has to show; at
            the first of all with `ANY_FAULT`.
        patience: after how many seconds without a step something counts as stuck.
    """

    seconds: float = 1.0
    interrupts: int = 1_000
    children: int = 20
    seed: int = 1
    until: str = ""
    patience: float = 30.0


@dataclass
class Result:
    """What has come of a check, as it is passed on and shown.

    Attributes:
        operations: how often something was tried.
        faults: how often what went wrong, by its kind.
        samples: some of them in words.
        end: empty when the check came to its end, else what has kept it from that.
    """

    operations: int = 0
    faults: dict[str, int] = field(default_factory=dict[str, int])
    samples: list[str] = field(default_factory=list[str])
    end: str = ""

    def is_clean(self) -> bool:
        """Tell whether nothing at all went wrong."""
        return not self.faults and not self.end

    def shows(self, kind: str) -> bool:
        """Tell whether a fault of this kind was found, be it the one that has ended the check.

        What goes wrong in the check itself shows nothing, and neither does another kind.
        """
        return kind in self.faults or (bool(self.end) and self.end == kind)

    def tell(self) -> str:
        """Say what went wrong in a few words, or nothing."""
        found = [f"{number} {kind}" for kind, number in self.faults.items()]
        return ", ".join([self.end, *found] if self.end else found)


class Findings:
    """Collects what goes wrong, from any thread, destructor and signal handler.

    Attributes:
        beats: for each thread at work, a number that grows as it gets on, or `DONE`.
    """

    def __init__(self, terms: Terms, threads: int = 1) -> None:
        self.terms = terms
        self.beats = [0] * threads
        # Appended to and nothing else, since that is one atomic step in every interpreter.
        self._faults: list[tuple[str, str]] = []
        self._kinds: set[str] = set()

    def note(self, kind: str, words: str = "") -> None:
        """Note one fault."""
        self._faults.append((kind, words))
        self._kinds.add(kind)

    def are_enough(self) -> bool:
        """Tell whether nothing more need be tried."""
        until = self.terms.until
        return until in self._kinds or (until == ANY_FAULT and bool(self._kinds))

    def conclude(self, operations: int, end: str = "") -> Result:
        """Sum up."""
        faults = tuple(self._faults)
        samples = Counter(f"{kind}: {words}" for kind, words in faults if words)
        return Result(
            operations,
            dict(Counter(kind for kind, _ in faults)),
            [f"{words} ({number})" for words, number in samples.most_common(SHOWN)],
            end,
        )


def print_result(result: Result) -> None:
    """Print a result for the process that has started this one."""
    print(json.dumps(asdict(result)), flush=True)


def read_result(text: str) -> Result:
    """Read what `print_result` has printed."""
    lines = text.splitlines()
    found: dict[str, Any] = json.loads(lines[-1])
    return Result(**found)


class Watch(threading.Thread):
    """Ends the process when a thread at work gets on no more, and says where each of them is."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(daemon=True)
        self._findings = findings
        self._over = threading.Event()

    def stop(self) -> None:
        """Have the process go on."""
        self._over.set()
        self.join()
        faulthandler.cancel_dump_traceback_later()

    def run(self) -> None:
        """Look again and again."""
        seen = list(self._findings.beats)
        still = [0.0] * len(seen)
        patience = self._findings.terms.patience
        pause = min(0.25, patience / 4)
        while not self._over.wait(pause):
            # This thread can get stuck as well, where the collector calls what waits for the lock.
            faulthandler.dump_traceback_later(2 * patience, exit=True)
            for place, beat in enumerate(self._findings.beats):
                still[place] = still[place] + pause if beat == seen[place] != DONE else 0.0
                seen[place] = beat
            if max(still) > patience:
                self._end()

    def _end(self) -> None:
        operations = sum(beat for beat in self._findings.beats if beat != DONE)
        result = self._findings.conclude(operations, "deadlock")
        frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage]  # no other way
        for ident, frame in frames.items():
            if ident != self.ident:
                where = f"{frame.f_code.co_filename.rpartition(os.sep)[2]}:{frame.f_lineno}"
                result.samples.append(f"stuck in {frame.f_code.co_name} ({where})")
        print_result(result)
        os._exit(0)


@contextmanager
def watched(findings: Findings) -> Generator[None, None, None]:
    """Watch over the block, and note what is raised where nobody can catch it."""

    def note(unraisable: Any) -> None:
        findings.note("unraisable", describe(unraisable.exc_value))

    before = sys.unraisablehook
    sys.unraisablehook = note
    watch = Watch(findings)
    watch.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads
            yield
    finally:
        watch.stop()
        sys.unraisablehook = before


@contextmanager
def under_pressure() -> Generator[None, None, None]:
    """Have threads take turns, and the collector come, as often as possible."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thresholds = gc.get_threshold() if hasattr(gc, "set_threshold") else None  # not on PyPy
    if thresholds is not None:
        _set_threshold(1)
    try:
        yield
    finally:
        if thresholds is not None:
            gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)


def vary_collections(random: Random) -> None:
    """Have the collector come at some moment of the next operations, not at the first one.

    What is garbage by now may be collected at once.
    """
    if not HAS_GIL:
        # It counts in steps of 512 there: how many are left of this one is left to chance.
        if len(_FILLER) > 20_000:
            _FILLER.clear()
            gc.collect()
        _FILLER.extend([] for _ in range(random.randrange(512)))
    elif hasattr(gc, "set_threshold"):
        gc.collect(0)  # begins to count anew
        gc.set_threshold(random.randint(1, 60))
    elif random.random() < 0.02:
        gc.collect()


def _set_threshold(threshold: int) -> None:
    if HAS_GIL:
        gc.set_threshold(threshold)
    else:  # with 0 it does not wait for a quarter of all objects to be new
        gc.set_threshold(threshold, 0)


def describe(error: BaseException | None) -> str:
    """Say what was raised, without the numbers that differ each time."""
    words = "".join("#" if each.isdigit() else each for each in " ".join(str(error).split()))
    return f"{type(error).__name__}: {words[:120]}"

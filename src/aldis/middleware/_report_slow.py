"""A middleware that reports receivers which take long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from aldis._call import Call
from aldis._inspection import describe
from aldis._untouched import show_number
from aldis.exceptions import LimitError, OptionError, show_signal


@dataclass(frozen=True, slots=True)
class SlowCall:
    """One call that took as long as the threshold, or longer; it holds texts and numbers alone.

    Attributes:
        signal: the name of the signal, or `None`.
        receiver: the receiver, described.
        defined_at: `file:line` of the function that ran, or `None` where that cannot be known.
        seconds: how long the call took, waiting included.
        threshold: from which time on it counts as slow.
    """

    signal: str | None
    receiver: str
    defined_at: str | None
    seconds: float
    threshold: float

    def __str__(self) -> str:
        """Say it in a sentence."""
        return (
            f"{self.receiver}, called by {show_signal(self.signal)}, took {self.seconds:.3f} s, "
            f"with a threshold of {self.threshold:g} s"
        )

    def __repr__(self) -> str:
        """Say it in the same sentence: the names in it can be as long as they like."""
        return f"<SlowCall: {self}>"


def report_slow(
    threshold: float, report: Callable[[SlowCall], object] | None = None
) -> Callable[[Call[Any, Any, Any]], Generator[None, Any, Any]]:
    """Make a middleware that reports each call which takes long, whether it returns or raises.

    For an async receiver the time includes what it waits; its loop may have been free meanwhile.

    Args:
        threshold: from how many seconds on a call is slow.
        report: called with each `SlowCall`, right after the call and in its thread or task; what it
            raises is raised in the place of what the receiver gave. When left out, a warning is
            logged by the logger `aldis`.

    Returns:
        The middleware, for `signal.use` or `namespace.use`.

    Raises:
        LimitError: `threshold` is negative or not a number; a `ValueError`.
        OptionError: it is no number at all; a `TypeError`.
    """
    seconds = _check(threshold)
    tell = _warn if report is None else report

    def time_call(call: Call[Any, Any, Any]) -> Generator[None, Any, Any]:
        begin = perf_counter()
        try:
            return (yield)
        finally:
            taken = perf_counter() - begin
            if taken >= seconds:
                defined_at = call.connection.defined_at
                receiver = describe(call.receiver)
                tell(SlowCall(call.signal.name, receiver, defined_at, taken, seconds))

    return time_call


def _warn(slow: SlowCall) -> None:
    logging.getLogger("aldis").warning("%s", slow)


def _check(threshold: object) -> float:
    if type(threshold) is not int and type(threshold) is not float:
        raise OptionError("threshold", found=show_number(threshold), needed="a number of seconds")
    if not threshold >= 0:  # not a number is neither
        raise LimitError("threshold", found=show_number(threshold), needed="seconds from 0 up")
    return threshold

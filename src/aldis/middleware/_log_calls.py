"""A middleware that logs each call of a receiver."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from time import perf_counter
from typing import Any, Final

from aldis._call import Call
from aldis._inspection import describe
from aldis._untouched import name_of
from aldis.exceptions import show_signal

NAME: Final = "aldis"
"""The logger that is used where none is given."""


def log_calls(
    logger: logging.Logger | None = None, level: int = logging.DEBUG
) -> Callable[[Call[Any, Any, Any]], Generator[None, Any, Any]]:
    """Make a middleware that logs each call: signal, receiver, kind of sender, time, and failure.

    Senders, payloads, results and the texts of errors are never logged: they may hold anything.

    Args:
        logger: where to; the logger `aldis` when left out.
        level: how important each record is, failures included.

    Returns:
        The middleware, for `signal.use` or `namespace.use`.
    """
    log = logging.getLogger(NAME) if logger is None else logger

    def log_call(call: Call[Any, Any, Any]) -> Generator[None, Any, Any]:
        if not log.isEnabledFor(level):
            return (yield)
        end = "returned"
        begin = perf_counter()
        try:
            return (yield)
        except BaseException as error:
            end = f"raised {name_of(type(error))}"
            raise
        finally:
            log.log(
                level,
                "%s, called by %s for %s, %s after %.6f s",
                describe(call.receiver),
                show_signal(call.signal.name),
                describe(call.sender),
                end,
                perf_counter() - begin,
            )

    return log_call

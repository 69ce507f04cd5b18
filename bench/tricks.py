"""What each trick of the send path saves: its code without it, beside the code as it is."""

# pyright: reportPrivateUsage=false
# A trick is undone in a copy of the source, so that all else is the same.

from __future__ import annotations

import inspect
import re
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MethodType
from typing import Any, Final

import aldis._delivery
from aldis import Signal
from aldis._connection import Record
from aldis._registry import Registry
from bench.contests import Contestant, contest
from bench.figures import Case, Settings
from bench.sending import KINDS
from bench.timing import Timed, inline

AS_IT_IS: Final = "as it is"
FEW: Final = 10

Changes = Mapping[str, str]
"""What is put into the place of what stands in the source, each a regular expression."""

INSPECT: Final[Changes] = {r"type\(value\) is _COROUTINE": "iscoroutine_(value)"}
BOUND: Final[Changes] = {
    r"value = func\(target, sender, payload\)": "value = Method_(func, target)(sender, payload)"
}
TUPLES: Final[Changes] = {
    r"cells\.append\(target\)\n +cells\.append\(value\)": "cells.append((target, value))"
}
COPIED: Final[Changes] = {r"in plan\.records": "in copied_(plan.records)"}

ONE: Final[Mapping[str, Changes]] = {
    "a loop and a list for one receiver, too": {r"record = \w+\.only": "record = None"},
    "the sender looked up, though nobody filters on one": {
        r"record = registry\.only": "record = looked_up_(registry, sender)"
    },
    "the receivers copied under a lock": {
        r"record = registry\.only": "record = copied_(registry.direct.records)[0]"
    },
    "the results made by an `__init__` of Python's": {
        r"OneResult\(\)": "Made_(func, target, value)"
    },
    "values asked by `inspect.iscoroutine`": INSPECT,
}
MANY: Final[Mapping[str, Changes]] = {
    "a tuple for each receiver": TUPLES,
    "the receivers copied under a lock": COPIED,
    "values asked by `inspect.iscoroutine`": INSPECT,
}
OF_METHODS: Final = {"a bound method made for the call": BOUND}


class _Made:
    __slots__ = ("func", "target", "value")

    def __init__(self, func: object, target: object, value: object) -> None:
        self.func = func
        self.target = target
        self.value = value


_lock = threading.RLock()


def _copied(records: tuple[Any, ...]) -> list[Any]:
    with _lock:
        return list(records)


def _looked_up(registry: Registry, sender: object) -> Record | None:
    registry.lines.get(registry.key_of(sender))
    return registry.only


ADDED: Final = {
    "looked_up_": _looked_up,
    "iscoroutine_": inspect.iscoroutine,
    "copied_": _copied,
    "Made_": _Made,
    "Method_": MethodType,
}


def cases() -> Iterator[Case]:
    """Give the cases: `tricks-KIND-COUNT`."""
    for kind in KINDS:
        for count in (1, FEW):
            title = f"send to {count} {kind} that return a value, with a trick undone"
            yield contest(f"tricks-{kind}-{count}", title, partial(_contestants, kind, count))


def undo(original: Any, changes: Changes) -> Callable[..., Any]:
    """Copy a function with one trick undone.

    Args:
        original: the function.
        changes: what is changed.

    Raises:
        LookupError: it has no such trick.
    """
    source = textwrap.dedent(inspect.getsource(original))
    for before, after in changes.items():
        source, count = re.subn(before, after, source)
        if not count:
            raise LookupError(f"{original.__qualname__} has no {before}")
    names = dict(vars(inspect.getmodule(original)), **ADDED)
    exec(compile(source, original.__code__.co_filename, "exec"), names)
    made: Callable[..., Any] = names[original.__name__]
    return made


def _contestants(kind: str, count: int, settings: Settings) -> list[Contestant]:
    functions = kind == "functions"
    tricks = {**(ONE if count == 1 else MANY), **({} if functions else OF_METHODS)}
    calling = aldis._delivery.call_functions if functions else aldis._delivery.call_methods
    original = vars(Signal)["send"] if count == 1 else calling
    found = [Contestant(AS_IT_IS, _timed(undo(original, {}), kind, count))]
    for name, changes in tricks.items():
        found.append(Contestant(name, _timed(undo(original, changes), kind, count), AS_IT_IS))
    return found


def _timed(call: Callable[..., object], kind: str, count: int) -> Timed:
    signal = Signal[int]()
    receivers = [KINDS[kind]("sender, payload", "payload") for _ in range(count)]
    for receiver in receivers:
        signal.connect(receiver)
    signal.send(None, 1)
    if count == 1:
        return inline(_send, call, signal, 1).keeping(receivers)
    return inline(_call, call, signal._registry.direct, 1).keeping((receivers, signal))


def _send(call: Callable[..., object], signal: Signal[int], payload: int) -> None:
    call(signal, None, payload)


def _call(call: Callable[..., object], plan: object, payload: int) -> None:
    call(plan, None, None, payload)

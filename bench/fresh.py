"""Code that nothing has run yet, so that no case finds what another has taught the interpreter."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType
from typing import Any, Final

from anyio.lowlevel import checkpoint

Receiver = Callable[..., Any]

VALUES: Final = {"none": "None", "value": "payload"}
"""What receivers return."""


def function(parameters: str, value: str = "None") -> Receiver:
    """Make a receiver with a code object of its own."""
    made: Receiver = _made(f"def receiver({parameters}): return {value}")
    return made


def functions(count: int, parameters: str) -> list[Receiver]:
    """Make receivers that share one code object, as closures do."""
    first = function(parameters)
    assert isinstance(first, FunctionType)
    return [FunctionType(first.__code__, first.__globals__) for _ in range(count)]


def method(parameters: str, value: str = "None") -> Receiver:
    """Make a bound method, of an owner whose class and code object are its own."""
    owner = _made(f"class receiver:\n def receive(self, {parameters}): return {value}")()
    bound: Receiver = owner.receive
    return bound


def coroutine_function(parameters: str, body: str = "return None") -> Receiver:
    """Make an async receiver with a code object of its own."""
    made: Receiver = _made(f"async def receiver({parameters}): {body}")
    return made


def _made(source: str) -> Any:
    names: dict[str, Any] = {"__name__": __name__, "checkpoint": checkpoint}
    exec(source, names)
    return names["receiver"]


def copy(original: Receiver) -> Any:
    """Copy a function, with a code object of its own."""
    assert isinstance(original, FunctionType)
    return FunctionType(_renewed(original.__code__), original.__globals__, original.__name__)


def renew(packages: Sequence[str]) -> None:
    """Give each function of these packages a code object that has not run yet.

    The interpreter specialises code for what it meets. Without this, a send to methods would be
    timed with what sends to functions have left behind, and another order of the cases would give
    other figures.
    """
    heads = tuple(f"{package}." for package in packages)
    for each in gc.get_objects():
        if type(each) is not FunctionType:
            continue
        module = each.__module__
        if type(module) is str and f"{module}.".startswith(heads):
            each.__code__ = _renewed(each.__code__)


def _renewed(code: CodeType) -> CodeType:
    constants = tuple(
        _renewed(each) if isinstance(each, CodeType) else each for each in code.co_consts
    )
    return code.replace(co_consts=constants)

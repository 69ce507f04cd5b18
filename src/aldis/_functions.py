"""Functions that users pass as options: plain ones, which are called and never awaited."""

from __future__ import annotations

from types import CoroutineType
from typing import Any

from aldis._inspection import describe, is_async
from aldis._signatures import Call, accepts, show_signature
from aldis.exceptions import OptionError


def check_function(option: str, function: Any, call: Call) -> None:  # noqa: ANN401  # it is checked
    """Refuse what cannot be called so, or would have to be awaited.

    Raises:
        OptionError: it is so.
    """
    if not callable(function) or is_async(function):
        raise _refuse(option, describe(function), call)
    if not accepts(function, call):
        shown = f"{describe(function)} with the signature {show_signature(function)}"
        raise _refuse(option, shown, call)


def check_returned(option: str, value: object, call: Call) -> None:
    """Refuse a coroutine that such a function returned after all; it is closed.

    Raises:
        OptionError: it is one.
    """
    if type(value) is CoroutineType:
        value.close()  # nobody would await it
        raise _refuse(option, "an async function", call)


def _refuse(option: str, found: str, call: Call) -> OptionError:
    return OptionError(option, found=found, needed=f"a plain function, called as {call.shown}")

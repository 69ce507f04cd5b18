"""Objects whose every special method is a trap: to call one is noted, and fails."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# Lambdas have no annotations.

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any, Final

called: Final[list[str]] = []
"""The special methods that were called so far."""

_TYPES: Final[tuple[Any, ...]] = (
    *(object, type, int, float, str, bytes, list, dict, set, property, super, slice),
    *(types.FunctionType, types.MethodType, types.GeneratorType, types.CoroutineType),
    *(types.AsyncGeneratorType, types.ModuleType, types.GenericAlias, BaseException),
)
_ELSE: Final = (
    "__getattr__",
    "__bool__",
    "__aenter__",
    "__enter__",
    "__missing__",
    "__length_hint__",
)
# What Python itself calls to make a class, to make an instance, or to call a receiver.
_NEEDED: Final = {
    *(
        "__new__",
        "__init__",
        "__init_subclass__",
        "__prepare__",
        "__call__",
        "__set_name__",
        "__del__",
    ),
    *("__class__", "__base__", "__objclass__", "__self__", "__type_params__"),
}


def _trap(name: str) -> Callable[..., Any]:
    def trapped(*_: object) -> Any:
        called.append(name)
        raise AssertionError(f"{name} was called")

    return trapped


_NAMES: Final = sorted(
    {
        *_ELSE,
        *(
            name
            for kind in _TYPES
            for name in dir(kind)
            if name[:2] == "__" and callable(getattr(kind, name, None)) and name not in _NEEDED
        ),
    }
)
# What tools look for in a callable, as attributes whose reading is a trap as well.
_READ: Final = (
    *("__class__", "__dict__", "__doc__", "__module__", "__name__", "__code__", "__func__"),
    *("__self__", "__wrapped__", "__signature__", "__text_signature__", "__annotations__"),
    *("__defaults__", "__kwdefaults__", "_is_coroutine", "_is_coroutine_marker", "__partial__"),
)
_TRAPS: Final[dict[str, Any]] = {
    **{name: _trap(name) for name in _NAMES},
    **{name: property(_trap(name)) for name in _READ},
}

Meta: Final[Any] = type("Meta", (type,), dict(_TRAPS))


def _receive(self: object, sender: object, payload: object) -> str:
    return "received"


async def _receive_async(self: object, sender: object, payload: object) -> str:
    return "received"


def _receive_little(self: object) -> str:
    return "received"


def make_class(call: Callable[..., object] = _receive, **names: object) -> Any:
    """Make a class whose metaclass is as hostile as itself; its instances can receive."""
    return Meta("Hostile", (), {**_TRAPS, "__call__": call, **names})


Hostile: Final = make_class()
Slotted: Final = make_class(__slots__=())
Async: Final = make_class(_receive_async)
Narrow: Final = make_class(_receive_little)
Receiving: Final = make_class(__init__=lambda self, sender, payload: None)
"""A class that is a receiver itself: it makes instances."""
Partial: Final[Any] = type("HostilePartial", (functools.partial,), dict(_TRAPS))


def make_method(owner: object) -> Any:
    """Make a bound method of an owner, without asking the owner for it."""
    return types.MethodType(_receive, owner)

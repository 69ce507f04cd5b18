"""The objects that a signal is tried with: senders and receivers of every kind, which can die."""

from __future__ import annotations

import enum
import functools
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType
from typing import Any, NamedTuple, NoReturn


class Number(enum.IntEnum):
    """An int whose type is not `int`."""

    ONE = 1


class Word(enum.StrEnum):
    """A str whose type is not `str`."""

    TEXT = "text"


@dataclass(eq=False, repr=False)
class Thing:
    """What the model knows of one object, which it does not keep alive.

    Attributes:
        name: what the steps call it; the next one of that name is another thing.
        label: tells it from all others.
        is_told: whether it is a function, which is told of when it is lost.
        is_cyclic: whether only the collector frees it.
        is_async: whether it is a receiver that has to be awaited.
        takes_weak: whether it can be weakly referenced.
        ref: how to see whether it is still there.
        is_kept: whether the test itself keeps it.
    """

    name: str
    label: str
    is_told: bool = False
    is_cyclic: bool = False
    is_async: bool = False
    takes_weak: bool = True
    ref: Callable[[], object] = lambda: True
    is_kept: bool = True

    def __repr__(self) -> str:
        return self.label


class Part(NamedTuple):
    """A thing, or one method of it: what can be a receiver or a sender."""

    thing: Thing
    method: str

    def __repr__(self) -> str:
        return f"{self.thing}.{self.method}" if self.method else str(self.thing)


Hook = Callable[[Part, object, object], object]


class Canary:
    """Tells of the death of a thing that takes no weak reference itself."""

    def __init__(self, thing: Thing) -> None:
        self.thing = thing


class Sender:
    """A sender like most."""

    def act(self) -> None:
        """Be a bound method that sends."""


class Hostile:
    """Answers nothing: a signal has no business to ask.

    Attributes:
        asked: what was asked nevertheless, of any of them.
    """

    asked: list[str] = []

    def _answer(self, *_: object) -> NoReturn:
        Hostile.asked.append(type(self).__name__)
        raise AssertionError("a signal has called a method of an object of the user's")

    __eq__ = __ne__ = __lt__ = __len__ = __bool__ = __hash__ = _answer
    __iter__ = __repr__ = __str__ = __getattr__ = _answer


class Unhashable:
    """Equal to everything, and without a hash."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True


class Owner:
    """Has two methods that receive, and can be a sender as well."""

    def __init__(self, thing: Thing, hook: Hook) -> None:
        self.thing = thing
        self.hook = hook
        self.itself = self if thing.is_cyclic else None

    def first(self, sender: object, payload: object) -> object:
        """Receive."""
        return self.hook(Part(self.thing, "first"), sender, payload)

    def second(self, sender: object, payload: object) -> object:
        """Receive, too."""
        return self.hook(Part(self.thing, "second"), sender, payload)


class Dying(Owner):
    """Does something at its end."""

    def __del__(self) -> None:
        self.hook(Part(self.thing, "__del__"), None, None)


class Instance(Hostile):
    """Receives as an object that can be called."""

    def __init__(self, thing: Thing, hook: Hook) -> None:
        self.thing = thing
        self.hook = hook

    def __call__(self, sender: object, payload: object) -> object:
        """Receive."""
        return self.hook(Part(self.thing, ""), sender, payload)


class AsyncInstance(Instance):
    """The same, to be awaited."""

    async def __call__(self, sender: object, payload: object) -> object:
        """Receive."""
        return self.hook(Part(self.thing, ""), sender, payload)


class Slotted:
    """Receives, and takes no weak reference."""

    __slots__ = ("canary", "hook", "thing")

    def __init__(self, thing: Thing, hook: Hook) -> None:
        self.thing = thing
        self.hook = hook
        self.canary = Canary(thing)

    def __call__(self, sender: object, payload: object) -> object:
        """Receive."""
        return self.hook(Part(self.thing, ""), sender, payload)


def _function(thing: Thing, hook: Hook) -> Any:
    def receive(sender: object, payload: object) -> object:
        return hook(Part(thing, ""), sender, payload)

    return _label(receive, thing)


def _async_function(thing: Thing, hook: Hook) -> Any:
    async def receive(sender: object, payload: object) -> object:
        return hook(Part(thing, ""), sender, payload)

    return _label(receive, thing)


def _label(function: Any, thing: Thing) -> Any:
    function.__qualname__ = thing.label
    function.thing = thing
    return function


def _partial(thing: Thing, hook: Hook) -> Any:
    made: Any = functools.partial(_function(thing, hook))
    made.thing = thing
    return made


def _cell(kind: Callable[[tuple[Canary]], Any]) -> Callable[[Thing, Hook], Any]:
    """Make what holds a canary, since it takes no weak reference itself."""

    def make_cell(thing: Thing, _hook: Hook) -> Any:
        return kind((Canary(thing),))

    return make_cell


def _plain(kind: type[Any]) -> Callable[[Thing, Hook], Any]:
    def make_plain(thing: Thing, _hook: Hook) -> Any:
        made = kind()
        made.thing = thing
        return made

    return make_plain


_KINDS: dict[str, Callable[[Thing, Hook], Any]] = {
    "f": _function,
    "p": _partial,
    "a": _async_function,
    "b": AsyncInstance,
    "c": Instance,
    "s": Slotted,
    "m": Owner,
    "y": Owner,
    "d": Dying,
    "o": _plain(Sender),
    "h": _plain(Hostile),
    "u": _plain(Unhashable),
    "l": _cell(list),
    "t": _cell(tuple),
}


def make(thing: Thing, hook: Hook) -> Any:
    """Make the object that a thing stands for; the first letter of its name says which kind."""
    kind = thing.name[0]
    thing.is_told = kind in "fpa"
    thing.is_cyclic = kind == "y"
    thing.is_async = kind in "ab"
    thing.takes_weak = kind not in "slt"
    made = _KINDS[kind](thing, hook)
    thing.ref = weakref.ref(made if thing.takes_weak else canary_of(made))
    return made


def canary_of(made: Any) -> Any:
    """Give what tells of the death of a thing that takes no weak reference."""
    return made.canary if type(made) is Slotted else made[0]


def part_of(shown: Any) -> Part:
    """Tell which thing a receiver or a sender is, or which method of it."""
    if isinstance(shown, MethodType):
        owner: Any = shown.__self__
        return Part(owner.thing, shown.__func__.__name__)
    return Part(shown[0].thing if type(shown) in (tuple, list) else shown.thing, "")


FLOAT = float("1.0")
BYTES = bytes([1, 2])
VALUES: dict[str, Callable[[], object]] = {
    "none": lambda: None,
    "zero": lambda: 0,
    "false": lambda: False,
    "empty": lambda: "",
    "one": lambda: 1,
    "true": lambda: True,
    "float": lambda: FLOAT,
    "number": lambda: Number.ONE,
    "word": lambda: Word.TEXT,
    "text": lambda: Word.TEXT.value[:2] + "xt",
    "bytes": lambda: BYTES,
    "big": lambda: int("9" * 30),
}
"""Senders that cannot die; those that are equal by value are made anew each time."""

SENDERS = ("o0", "o0.act", "o1", "m0", "y0", "h0", "u0", "l0", "t0", "t1", "id of o0", *VALUES)
RECEIVERS = (
    *("f0", "f1", "f2", "p0", "c0", "s0"),
    *("m0.first", "m0.second", "m1.first", "y0.first", "d0.first", "d0.second"),
)
ARECEIVERS = ("a0", "b0")
MORTALS = (
    *("f0", "f1", "f2", "p0", "c0", "s0", "m0", "m1", "y0", "d0", "a0", "b0"),
    *("o0", "o1", "h0", "u0", "l0", "t0", "t1"),
)

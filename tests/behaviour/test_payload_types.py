"""`payload_type`: right for every kind of payload and every way of declaring a signal."""

from __future__ import annotations

import enum
import types
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, NotRequired, TypeVar

import pytest
from typing_extensions import ReadOnly, TypedDict

from aldis import Namespace, Signal

T = TypeVar("T")
U = TypeVar("U")


class Total(TypedDict):
    """All keys are required."""

    order_id: str


class Partial(TypedDict, total=False):
    """No key is."""

    order_id: str


class WithNotRequired(TypedDict):
    """One key is not."""

    order_id: str
    note: NotRequired[str]


class WithReadOnly(TypedDict):
    """One key cannot be changed."""

    order_id: ReadOnly[str]


class Inherited(Total):
    """A key more."""

    total: int


class GenericDict(TypedDict, Generic[T]):
    """A key of some type."""

    value: T


@dataclass
class Plain:
    """A dataclass."""

    order_id: str


@dataclass(frozen=True)
class Frozen:
    """A frozen dataclass."""

    order_id: str


@dataclass(frozen=True, slots=True)
class Slotted:
    """A frozen dataclass with slots."""

    order_id: str


@dataclass
class InheritedClass(Plain):
    """A dataclass with a base."""

    total: int


@dataclass
class GenericClass(Generic[T]):
    """A generic dataclass."""

    value: T


class Named(NamedTuple):
    """A named tuple."""

    order_id: str


class GenericNamed(NamedTuple, Generic[T]):
    """A generic named tuple."""

    value: T


class Ordinary:
    """A class like any other."""


class Colour(enum.Enum):
    """An enumeration."""

    RED = 1


PAYLOADS: dict[str, Any] = {
    "TypedDict": Total,
    "TypedDict, not total": Partial,
    "TypedDict with NotRequired": WithNotRequired,
    "TypedDict with ReadOnly": WithReadOnly,
    "TypedDict, inherited": Inherited,
    "TypedDict, generic": GenericDict[int],
    "dataclass": Plain,
    "dataclass, frozen": Frozen,
    "dataclass with slots": Slotted,
    "dataclass, inherited": InheritedClass,
    "dataclass, generic": GenericClass[int],
    "NamedTuple": Named,
    "NamedTuple, generic": GenericNamed[int],
    "class": Ordinary,
    "enum": Colour,
    "int": int,
    "str": str,
    "object": object,
    "list": list[int],
    "dict": dict[str, Total],
    "tuple": tuple[int, ...],
    "union": int | str,
    "union of payloads": Total | Plain,
    "optional": Total | None,
    "Any": Any,
}


class Base(Signal[T]):
    """A generic subclass."""


# Checkers take no variables in brackets: here the brackets are what is tried.
SignalOf: Any = Signal
BaseOf: Any = Base


class Fixed(Signal[Total]):
    """A subclass with a payload of its own."""


class FixedFurther(Fixed):
    """A subclass of that."""


class Swapped(Signal[U, T]):
    """A subclass whose parameters stand in another order."""


class OfLists(Signal[list[T]]):
    """A subclass whose payload is made of its parameter."""


@pytest.mark.parametrize("kind", PAYLOADS)
def test_each_kind_of_payload_is_known(kind: str) -> None:
    """`Signal[...]()` knows what stands in the brackets."""
    payload = PAYLOADS[kind]

    assert SignalOf[payload]().payload_type == payload
    assert SignalOf[payload]("name", doc="What it stands for.").payload_type == payload


@pytest.mark.parametrize("kind", PAYLOADS)
def test_each_kind_of_payload_is_known_in_each_way_of_declaring(kind: str) -> None:
    """In class bodies, with more parameters, by subclasses, aliases and namespaces."""
    payload = PAYLOADS[kind]
    special = types.new_class("Special", (SignalOf[payload],))

    class Shop:
        changed = SignalOf[payload]()

    assert Shop.changed.payload_type == payload
    assert Shop().changed.payload_type == payload
    assert SignalOf[payload, Shop]().payload_type == payload
    assert SignalOf[payload, Shop, bool]().payload_type == payload
    assert special().payload_type == payload
    assert BaseOf[payload]().payload_type == payload
    assert SignalOf[T][payload]().payload_type == payload
    assert Namespace().signal("changed", payload).payload_type == payload


def test_subclasses_of_signals_know_their_payload() -> None:
    """By what they were derived from, at whatever depth."""
    assert Fixed().payload_type is Total
    assert FixedFurther().payload_type is Total
    assert Swapped[int, str]().payload_type is int
    assert OfLists[int]().payload_type == list[int]


def test_in_a_generic_class_it_is_the_type_variable() -> None:
    """What was written is what is known."""

    class Box(Generic[T]):
        changed = Signal[T]()

    class BoxOfLists(Generic[T]):
        changed = Signal[list[T]]()

    box: Any = Box
    box_of_lists: Any = BoxOfLists
    assert box.changed.payload_type is T
    assert box[int].changed.payload_type is T
    assert box_of_lists.changed.payload_type == types.GenericAlias(list, (T,))


def test_an_instance_attribute_knows_its_payload() -> None:
    """A signal made in `__init__` is like any other."""

    class Shop:
        def __init__(self) -> None:
            self.changed = Signal[Total]()

    assert Shop().changed.payload_type is Total


def test_from_an_annotation_alone_it_is_unknown() -> None:
    """`x: Signal[int] = Signal()` leaves no trace at run time, and that is said clearly."""
    signal: Signal[int] = Signal()

    assert signal.payload_type is None
    assert "payload unknown" in repr(signal)


def test_a_bare_signal_is_unknown() -> None:
    """So is that of a generic subclass made without its parameter."""

    class Shop:
        changed: Signal[int] = Signal()

    assert Shop.changed.payload_type is None
    assert "unknown" in repr(Shop.changed)


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (Total, "Total"),
        (int, "int"),
        (list[int], "list[int]"),
        (int | str, "int | str"),
    ],
    ids=str,
)
def test_the_repr_shows_the_payload(payload: Any, shown: str) -> None:
    """A class by its name, any other form as it was written."""
    assert f"payload {shown}" in repr(SignalOf[payload]())


def test_a_signal_made_in_its_own_init_is_known_later() -> None:
    """Python says the parameters only after `__init__`; they are looked up when asked for."""
    seen: list[object] = []

    class Curious(Signal[T]):
        def __init__(self) -> None:
            super().__init__()
            seen.append(self.payload_type)

    assert Curious[int]().payload_type is int
    assert seen != [int]

"""Every public name of blinker is there, with the signature that it has in blinker."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import enum
import inspect
import pickle
from collections.abc import Callable
from importlib import import_module
from typing import Any

import blinker
import blinker.base
import pytest

import aldis.blinker
from tests.drop_in.receiving import Shop, Slotted, receive

SHOP = Shop()
CLASSES = ["Signal", "NamedSignal", "Namespace"]
# What users and their tests reach for, although it is private.
REACHED_FOR = {"_clear_state", "_cleanup_bookkeeping", "_by_sender", "_by_receiver"}

LIBRARIES: tuple[Any, Any] = (blinker, aldis.blinker)


def names_of(kind: type) -> list[str]:
    """Name what users find on the instances of a class, dicts aside."""
    names = set(dir(make(kind))) - set(dir(dict))
    return sorted(name for name in names if name[0] != "_" or name in REACHED_FOR)


def make(kind: type) -> object:
    """Make an instance of one of the classes."""
    return kind("placed") if kind.__name__ == "NamedSignal" else kind()


ATTRIBUTES = [(name, each) for name in CLASSES for each in names_of(getattr(blinker, name))]


def shape(function: Callable[..., object], library: Any) -> list[tuple[object, ...]]:
    """Give the names, kinds and defaults of parameters; `ANY` is each library's own."""
    parameters = inspect.signature(function).parameters.values()
    return [
        (each.name, each.kind, "ANY" if each.default is library.ANY else each.default)
        for each in parameters
    ]


def test_the_public_names_are_the_same() -> None:
    """Neither less nor more."""
    assert sorted(aldis.blinker.__all__) == sorted(blinker.__all__)
    for name in blinker.__all__:
        assert hasattr(aldis.blinker, name)


def test_star_imports_give_the_same_names() -> None:
    """As they would from blinker."""
    names: dict[str, object] = {}
    exec("from aldis.blinker import *", names)
    assert set(names) - {"__builtins__"} == set(blinker.__all__)


@pytest.mark.parametrize("name", ["Signal", "NamedSignal", "signal"])
def test_what_is_called_has_the_same_signature(name: str) -> None:
    """So that whatever calls blinker calls Aldis."""
    theirs, ours = (shape(getattr(library, name), library) for library in LIBRARIES)
    assert ours == theirs


@pytest.mark.parametrize(("kind", "name"), ATTRIBUTES)
def test_attributes_and_methods_are_the_same(kind: str, name: str) -> None:
    """What can be called has the same signature, and the rest is there."""
    theirs, ours = (getattr(make(getattr(library, kind)), name) for library in LIBRARIES)
    assert callable(ours) == callable(theirs)
    if inspect.isroutine(theirs):
        assert shape(ours, aldis.blinker) == shape(theirs, blinker)


@pytest.mark.parametrize(("kind", "name"), ATTRIBUTES)
def test_what_is_a_coroutine_or_a_generator_function_still_is(kind: str, name: str) -> None:
    """Frameworks ask."""
    theirs, ours = (getattr(getattr(library, kind), name, None) for library in LIBRARIES)
    for ask in (inspect.iscoroutinefunction, inspect.isgeneratorfunction):
        assert ask(ours) == ask(theirs)


@pytest.mark.parametrize("kind", CLASSES)
def test_nothing_public_is_there_that_blinker_has_not(kind: str) -> None:
    """But for the switch of the warnings about lost receivers."""
    theirs, ours = (
        {name for name in dir(make(getattr(library, kind))) if not name.startswith("_")}
        for library in LIBRARIES
    )
    assert ours - theirs == (set() if kind == "Namespace" else {"warn_of_lost_receivers"})


def test_the_classes_stand_to_each_other_as_in_blinker() -> None:
    """For whoever asks by `isinstance` or `issubclass`."""
    for library in LIBRARIES:
        assert issubclass(library.NamedSignal, library.Signal)
        assert issubclass(library.Namespace, dict)
        assert isinstance(library.default_namespace, library.Namespace)


@pytest.mark.parametrize(
    "name",
    [
        *("ANY", "ANY_ID", "NamedSignal", "Namespace", "Signal", "default_namespace", "signal"),
        "_PNamespaceSignal",
    ],
)
def test_the_module_base_has_the_names_that_users_import(name: str) -> None:
    """They are those of the package."""
    assert hasattr(blinker.base, name)
    ours = getattr(import_module("aldis.blinker.base"), name)
    if name in blinker.__all__:
        assert ours == getattr(aldis.blinker, name)
        assert type(ours) is type(getattr(aldis.blinker, name))


def test_the_id_of_any_is_the_same() -> None:
    """It is a key of the bookkeeping."""
    assert import_module("aldis.blinker.base").ANY_ID == blinker.base.ANY_ID == 0


class Number(enum.IntEnum):
    """Members are ints."""

    ONE = 1


class Name(enum.StrEnum):
    """Members are strings."""

    NAME = "name"


@pytest.mark.parametrize(
    "value",
    [
        *(0, 1, True, -(10**30), "", "name", Number.ONE, Name.NAME),
        *(None, 1.5, b"bytes", (1, 2), SHOP, Shop, receive, Slotted()),
        *(SHOP.receive, [].append, repr, enum.Enum, lambda: None),
    ],
    ids=repr,
)
def test_make_id_gives_the_same_ids(value: object) -> None:
    """Of all that can be a sender or a receiver."""
    theirs, ours = (
        import_module(f"{library.__name__}._utilities").make_id for library in LIBRARIES
    )
    assert ours(value) == theirs(value)
    assert hash(ours(value)) == hash(theirs(value))


@pytest.mark.parametrize("library", LIBRARIES, ids=["blinker", "aldis"])
def test_symbols_are_one_object_a_name(library: Any) -> None:
    """Also when they were pickled."""
    symbol = import_module(f"{library.__name__}._utilities").Symbol
    name = f"{__name__}.NOTHING"
    try:
        nothing = symbol(name)
        assert symbol(name) is nothing
        assert symbol(f"{name}.ELSE") is not nothing
        assert repr(nothing) == str(nothing) == nothing.name == name
        assert pickle.loads(pickle.dumps(nothing)) is nothing
        assert symbol.symbols[name] is nothing
    finally:
        for each in (name, f"{name}.ELSE"):
            symbol.symbols.pop(each, None)

"""When senders and receivers are the same."""

from __future__ import annotations

import enum
from collections import deque
from types import MethodType
from typing import Any

import pytest

from aldis._identity import (
    blinker_sender_key,
    is_bound_c_method,
    is_by_value,
    sender_key,
    take_apart,
)
from tests.interpreters import needs_c_methods


class Owner:
    """Has a method, and dunder methods that must never run."""

    def method(self, sender: object, payload: object) -> None:
        """Do nothing."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    def __hash__(self) -> int:
        raise AssertionError("hashed")


class HostileMeta(type):
    """A metaclass whose classes cannot be hashed or compared."""

    def __hash__(cls) -> int:
        raise AssertionError("hashed")

    def __eq__(cls, other: object) -> bool:
        raise AssertionError("compared")


class Hostile(metaclass=HostileMeta):
    """Its type must not be looked up in anything."""


class Number(enum.IntEnum):
    """Members that equal plain ints."""

    ONE = 1


class Text(str):
    """A subclass of a value type."""

    __slots__ = ()


@pytest.mark.parametrize("value", ["one", b"one", 1, True, 1.0, ""], ids=repr)
def test_values_have_one_key_whatever_object_holds_them(value: object) -> None:
    """Exactly the five value types match by type and value."""
    assert sender_key(value) == sender_key(value)
    assert sender_key(str(b"one", "ascii")) == sender_key("one")


def test_equal_values_of_different_types_have_different_keys() -> None:
    """One, True, one point nought and an enum member of value one are four senders."""
    keys = {sender_key(each) for each in (1, True, 1.0, Number.ONE, "1", b"1")}
    assert len(keys) == 6


def test_subclasses_of_value_types_match_by_identity() -> None:
    """Only the exact types are values: a subclass may compare as it likes."""
    first, second = Text("one"), Text("one")
    assert sender_key(first) != sender_key(second)
    assert sender_key(first) != sender_key("one")


def test_an_int_that_equals_an_id_is_another_sender() -> None:
    """The number that happens to be an object's id does not match the object."""
    owner = Owner()
    assert sender_key(id(owner)) != sender_key(owner)


def test_bound_methods_match_by_object_and_function() -> None:
    """Two accesses to one bound method are one sender; its object is another."""
    owner, other = Owner(), Owner()
    assert sender_key(owner.method) == sender_key(owner.method)
    assert sender_key(owner.method) != sender_key(other.method)
    assert sender_key(owner.method) != sender_key(owner)


def test_no_method_of_a_sender_or_of_its_metaclass_is_called() -> None:
    """Keys come of identities alone."""
    hostile = Hostile()
    keys: dict[Any, int] = {sender_key(Owner()): 1, sender_key(hostile): 2}
    assert keys[sender_key(hostile)] == 2


@needs_c_methods
def test_c_methods_of_objects_are_told_from_c_functions_of_modules() -> None:
    """Only what is made anew at each access counts as a bound C method."""
    items: list[int] = []
    assert is_bound_c_method(items.append)
    assert is_bound_c_method(Owner.__call__)
    assert is_bound_c_method(dict.fromkeys)
    assert not is_bound_c_method(print)
    assert not is_bound_c_method(Owner().method)


@pytest.mark.parametrize("name", ["BuiltinMethodType", "MethodWrapperType"])
def test_a_method_is_no_c_method_where_they_have_one_type(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyPy has the type of bound methods under these names too; it can be connected weakly."""
    monkeypatch.setattr(f"aldis._identity.{name}", MethodType)
    assert not is_bound_c_method(Owner().method)


def test_two_accesses_to_one_c_method_have_equal_keys() -> None:
    """They can be connected and disconnected like any other method."""
    items: list[int] = []
    owner = Owner()
    assert take_apart(items.append).key == take_apart(items.append).key
    assert take_apart(items.append).key != take_apart(items.extend).key
    assert take_apart(owner.__str__).key == take_apart(owner.__str__).key


def test_a_bound_method_is_taken_apart_into_owner_and_function() -> None:
    """Both halves can then be held weakly, which the bound method itself cannot."""
    owner = Owner()
    parts = take_apart(owner.method)
    assert parts.target is owner
    assert parts.func is Owner.method


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", str(b"a", "ascii")),
        ("a", Text("a")),
        (1, True),
        (1, Number.ONE),
        (0, False),
        (10**30, int("1" + "0" * 30)),
    ],
    ids=["texts", "text subclass", "bool", "enum member", "false", "long int"],
)
def test_by_the_rule_of_blinker_texts_and_ints_match_by_value(one: object, other: object) -> None:
    """Those of subclasses included, without asking them."""
    assert blinker_sender_key(one) == blinker_sender_key(other)
    assert is_by_value(blinker_sender_key(other))


@pytest.mark.parametrize("value", [1.0, b"one", None, (), Owner(), Hostile()])
def test_by_the_rule_of_blinker_all_else_matches_by_identity(value: object) -> None:
    """Floats and bytes too."""
    assert blinker_sender_key(value) == id(value)


def test_by_the_rule_of_blinker_methods_match_by_object_and_function() -> None:
    """As by our own."""
    owner = Owner()
    assert blinker_sender_key(owner.method) == sender_key(owner.method)


@needs_c_methods
def test_a_c_method_is_apart_from_that_of_another_object_and_is_kept_itself() -> None:
    """Two accesses to one of them are equal, and a C function is known by itself."""
    first, second = deque[int](), deque[int]()
    for name in ("append", "__len__"):
        method = getattr(first, name)
        assert take_apart(method).target is method
        assert take_apart(method).key == take_apart(getattr(first, name)).key
        assert take_apart(method).key != take_apart(getattr(second, name)).key
        assert take_apart(method).key != take_apart(first.extend).key
    assert take_apart(print).key == id(print)

"""Declared types, found at run time."""

from __future__ import annotations

from collections.abc import Callable
from types import GenericAlias
from typing import Any, Generic, TypeVar

import pytest

from aldis._declared import declared_argument, is_same_type, show_type

T = TypeVar("T")
U = TypeVar("U")


class Base(Generic[T]):
    """Is declared with one type."""


class Mixin:
    """Comes first, and is nothing to the point."""


class Fixed(Mixin, Base[int]):
    """Fixes the type."""


class Lists(Base[list[T]], Generic[T]):
    """Leaves a part of it open."""


class Swapped(Generic[T, U], Base[U]):
    """Takes it from its second parameter."""


class Bare(Base):  # type: ignore[type-arg]
    """Says nothing."""


CASES: dict[str, tuple[Any, object]] = {
    "alias": (lambda: Base[str](), str),
    "bare": (lambda: Base(), None),
    "none": (lambda: Base[None](), type(None)),
    "fixed": (lambda: Fixed(), int),
    "open": (lambda: Lists[str](), list[str]),
    "left open": (lambda: Lists(), GenericAlias(list, (T,))),
    "second": (lambda: Swapped[str, bytes](), bytes),
    "bare subclass": (lambda: Bare(), None),
    "union": (lambda: Base[int | None](), int | None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_first_argument_is_found(case: str) -> None:
    """In an alias, in the bases, and through the parameters of a subclass."""
    make, expected = CASES[case]
    assert declared_argument(make(), Base) == expected


def test_another_class_has_no_argument() -> None:
    """What is no instance of it was declared with nothing."""
    assert declared_argument(Mixin(), Base) is None


@pytest.mark.parametrize(
    ("declared", "shown"),
    [(int, "int"), (list[int], "list[int]"), (int | str, "int | str"), (Fixed, "Fixed")],
    ids=repr,
)
def test_types_are_shown_by_name_or_as_written(declared: object, shown: str) -> None:
    """Classes by their name alone."""
    assert show_type(declared) == shown


def test_forms_are_the_same_by_what_they_say() -> None:
    """Also where `collections.abc` has a class of its own for them; other objects by identity."""
    forms: list[Callable[[], object]] = [
        lambda: Callable[[int], str],
        lambda: list[int],
        lambda: int | str,
    ]
    for make in forms:
        assert is_same_type(make(), make())
    assert not is_same_type(Callable[[int], str], Callable[[str], str])
    assert show_type(Callable[[int], str]) == "collections.abc.Callable[[int], str]"
    assert not is_same_type(["a"], ["a"])

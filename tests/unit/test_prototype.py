"""What a prototype declares, read at run time."""

from __future__ import annotations

import functools
import typing
from typing import Annotated, Any, NotRequired, Required, TypedDict

import pytest
import typing_extensions
from typing_extensions import ReadOnly, Unpack

from aldis._prototype import read_prototype
from aldis.exceptions import PrototypeError


class Total(TypedDict):
    """Every key comes, but for one."""

    b: int
    a: ReadOnly[str]
    note: NotRequired[Annotated[str, "a note"]]


class Loose(TypedDict, total=False):
    """Any key may be missing, but for one."""

    a: str
    b: Required[int]


class Unresolved(TypedDict):
    """One of its types is not to be found at run time."""

    a: NotThere  # type: ignore[name-defined]  # noqa: F821  # ty: ignore[unresolved-reference]


def total(sender: object, /, **payload: Unpack[Total]) -> None:
    """Declare."""


def loose(sender: object, /, **payload: Unpack[Loose]) -> None:
    """Declare."""


def unresolved(sender: object, /, **payload: Unpack[Unresolved]) -> None:
    """Declare."""


def mixed(sender: object, /, *, key: int, more: str = "", **payload: Unpack[Total]) -> None:
    """Declare."""


def anything(sender: object, /, **payload: object) -> None:
    """Declare."""


def nothing(sender: object, /) -> None:
    """Declare."""


@pytest.mark.parametrize(
    ("prototype", "required", "optional"),
    [
        (total, ("a", "b"), ("note",)),
        (loose, ("b",), ("a",)),
        (unresolved, ("a",), ()),
        (mixed, ("key", "a", "b"), ("more", "note")),
        (anything, None, ()),
        (nothing, (), ()),
    ],
    ids=["total", "loose", "unresolved", "mixed", "anything", "nothing"],
)
def test_keywords_are_read_from_the_prototype(
    prototype: Any, required: tuple[str, ...] | None, optional: tuple[str, ...]
) -> None:
    """Those that always come, and those that may."""
    call = read_prototype(prototype)
    assert (call.required, call.optional) == (required, optional)


@pytest.mark.parametrize("unpack", [typing.Unpack, typing_extensions.Unpack], ids=["own", "ext"])
def test_either_spelling_of_unpack_is_understood(unpack: Any) -> None:
    """Below Python 3.12 they are two."""

    def prototype(sender: object, /, **payload: object) -> None:
        """Declare."""

    prototype.__annotations__["payload"] = unpack[Total]
    assert read_prototype(prototype).required == ("a", "b")


@pytest.mark.parametrize(
    "prototype",
    [
        lambda: None,
        lambda sender: None,
        lambda sender, /, payload: None,
        lambda sender, /, *payload: None,
        lambda **payload: None,
        functools.partial(total),
        print,
    ],
    ids=range(7),
)
def test_other_shapes_are_refused(prototype: Any) -> None:
    """With the shape that is needed."""
    with pytest.raises(PrototypeError, match=r"\(sender: object, /, \*\*payload"):
        read_prototype(prototype)

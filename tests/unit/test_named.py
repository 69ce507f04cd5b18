"""Named tuples are what `typing` makes, less the work of reading annotations."""

from __future__ import annotations

import inspect
import pickle
from typing import TYPE_CHECKING, get_type_hints

import pytest

from aldis._named import NamedTuple

if TYPE_CHECKING:
    Height = int


class Point(NamedTuple):
    """A place."""

    x: int
    y: Height = 2
    """How far up."""

    def total(self) -> int:
        """Add both."""
        return self.x + self.y


def test_it_is_a_named_tuple() -> None:
    """With its fields, its defaults, its text and its methods."""
    point = Point(1)
    assert type(point).__mro__ == (Point, tuple, object)
    assert point == (1, 2) == Point(x=1, y=2)
    assert (point.x, point.y) == (1, 2)
    assert repr(point) == "Point(x=1, y=2)"
    assert point._replace(x=5).total() == 7
    assert Point._fields == Point.__match_args__ == ("x", "y")
    assert Point.__doc__ == "A place."
    assert Point.__module__ == __name__
    assert pickle.loads(pickle.dumps(point)) == point


def test_it_is_made_as_any_other_is() -> None:
    """Its signature is of its own, so that making one is as quick."""
    assert str(inspect.signature(Point)) == "(x, y=2)"
    with pytest.raises(TypeError, match="'x'"):
        Point()  # type: ignore[call-arg]  # ty: ignore[missing-argument]


def test_annotations_are_read_only_when_asked_for() -> None:
    """A name that is nowhere does no harm until then."""
    with pytest.raises(NameError, match="Height"):
        get_type_hints(Point)
    assert get_type_hints(Point.total) == {"return": int}

"""A stream in itself: its options, and what it does where it cannot do anything."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from aldis import Signal, Stream
from aldis._stream import make_intake
from aldis.exceptions import LimitError, OptionError
from tests.behaviour.test_dispatcher import Hidden

LONG = "x" * 10_000


@pytest.mark.parametrize("buffer", [1, 256, sys.maxsize, 10**30], ids=["1", "256", "max", "30"])
@pytest.mark.parametrize("overflow", ["lag", "wait"])
def test_any_positive_buffer_is_accepted(buffer: int, overflow: Any) -> None:
    """A large one costs nothing before there are events."""
    assert make_intake(None, buffer, overflow).reserve()


def test_what_is_refused_is_shown_shortened() -> None:
    """Texts and numbers as they are, all else by its type, and never at length."""
    make: Any = make_intake
    for options, error, shown in (
        ((None, 0, "lag"), LimitError, "buffer=0 "),
        ((None, -(10**400), "lag"), LimitError, "buffer=-1000"),
        ((None, LONG, "lag"), LimitError, "buffer=<str> "),
        ((None, True, "lag"), LimitError, "buffer=True "),
        ((None, 1, LONG), OptionError, "overflow='xxx"),
        ((None, 1, Hidden()), OptionError, "overflow=<Hidden> "),
        ((LONG, 1, "lag"), OptionError, "where="),
        ((Hidden(), 1, "lag"), OptionError, "where="),
    ):
        with pytest.raises(error) as caught:
            make(*options)
        assert str(caught.value).startswith(shown)
        assert len(str(caught.value)) < 400


def test_one_that_could_not_be_made_goes_without_a_word() -> None:
    """As whoever made it wrongly was told already."""
    make: Any = Stream
    heard: list[object] = []
    before, sys.unraisablehook = sys.unraisablehook, heard.append
    try:
        with pytest.raises(TypeError):
            make()
    finally:
        sys.unraisablehook = before
    assert heard == []


def test_leaving_what_was_not_entered_is_nothing() -> None:
    """It can be entered still; and left twice."""
    signal = Signal[int]()
    events = signal.stream()
    for step in (events.__aexit__(None, None, None), events.__aexit__(None, None, None)):
        with pytest.raises(StopIteration):
            step.send(None)
    assert signal.receivers == ()
    assert aiter(events) is events

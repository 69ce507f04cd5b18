"""The connections to one sender."""

from __future__ import annotations

import gc
from collections import deque
from typing import Any

from aldis._identity import blinker_sender_key, sender_key
from aldis._line import GONE, Line, SenderRef, refs_to
from aldis._types import ANY


class Sender:
    """Can be weakly referenced."""

    def method(self) -> None:
        """Can be a sender as well."""


def line_to(sender: Any) -> tuple[Line, deque[object]]:
    """Make a line with a queue of its own."""
    queue: deque[object] = deque()
    return Line(refs_to(sender, sender_key(sender), queue.append)), queue


def test_a_line_without_references_is_that_of_any() -> None:
    """There is one such line in a registry."""
    assert refs_to(ANY, None, print) == ()
    assert Line().sender() is ANY


def test_a_sender_is_given_back_while_it_lives() -> None:
    """Then the line knows that it is gone, and the queue that it died."""
    sender = Sender()
    line, queue = line_to(sender)
    assert line.sender() is sender
    del sender
    gc.collect()
    assert line.sender() is GONE
    assert list(queue) == list(line.refs)


def test_a_bound_method_is_made_again_from_its_halves() -> None:
    """It is equal to any other access to it; the death of its object ends it."""
    sender = Sender()
    line, queue = line_to(sender.method)
    assert line.sender() == sender.method
    del sender
    gc.collect()
    assert line.sender() is GONE
    assert len(queue) == 1


def test_what_takes_no_weak_reference_is_kept() -> None:
    """Its id can then never be another's."""
    for sender in (None, 7, "seven", (), object.__new__(object)):
        line, _ = line_to(sender)
        assert line.sender() is sender
        assert not any(type(ref) is SenderRef for ref in line.refs)


def test_references_to_one_sender_are_different() -> None:
    """They compare and hash by themselves, never by the sender."""

    class Hostile:
        """Must be neither compared nor hashed."""

        def __eq__(self, other: object) -> bool:
            raise AssertionError

        def __hash__(self) -> int:
            raise AssertionError

    sender = Hostile()
    (first,), (second,) = line_to(sender)[0].refs, line_to(sender)[0].refs
    assert first != second
    assert len({first, second}) == 2


def test_a_value_outlives_the_object_that_it_came_in() -> None:
    """A text of a class of its own can be weakly referenced; it is the text that matters."""

    class Text(str):
        """A text."""

        __slots__ = ("__weakref__",)

    sender, queue = Text("sender"), deque[object]()
    line = Line(refs_to(sender, blinker_sender_key(sender), queue.append))
    del sender
    assert line.sender() == "sender"
    assert not queue

"""What can be known of objects and classes without running a line of theirs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest

from aldis._inspection import describe, is_async
from aldis._signatures import SENDER_AND_PAYLOAD, accepts, read_signature, show_signature
from aldis._untouched import (
    attributes_of,
    full_name_of,
    is_quiet,
    look_up,
    module_of,
    mro_of,
    name_of,
    names_in,
    show_number,
    show_word,
)
from aldis.exceptions import quote, shorten, shorten_file


def forbidden(*_: object) -> Any:
    """Fail."""
    raise AssertionError


def set_own(loud: object) -> None:
    """Set an attribute of its own."""
    object.__setattr__(loud, "own", 2)


# A metaclass with a say in all that is read of its classes, and one of these.
Meta: Any = type(
    "Meta", (type,), {f"__{name}__": property(forbidden) for name in ("name", "mro", "module")}
)
BODY = {"attribute": 1, "__getattribute__": forbidden, "__init__": set_own, "__module__": __name__}
Loud: Any = type.__call__(Meta, "Loud", (), BODY)


class Quiet:
    """A class that has no say in anything."""


def test_a_class_is_read_without_its_metaclass() -> None:
    """By what `type` itself keeps of it."""
    assert mro_of(Loud) == (Loud, object)
    assert names_in(Loud)["attribute"] == 1
    assert look_up(Loud, "attribute") == 1
    assert look_up(Loud, "nothing") is None
    assert name_of(Loud) == "Loud"
    assert module_of(Loud) == __name__
    assert full_name_of(Loud) == f"{__name__}.Loud"
    assert full_name_of(int) == "int"


def test_an_object_is_read_without_its_class() -> None:
    """Its own attributes, where C keeps them."""
    assert dict(attributes_of(Loud())) == {"own": 2}
    assert attributes_of(1) == {}
    assert attributes_of(Quiet)["__doc__"] == Quiet.__doc__

    class Names(dict[str, object]):
        """A dict with a say in what is in it."""

    quiet = Quiet()
    quiet.__dict__ = Names({"own": 3})
    assert attributes_of(quiet) == {}


def test_what_cannot_be_asked_is_known() -> None:
    """Objects whose class answers in Python."""
    assert is_quiet(Quiet)
    assert is_quiet(type(print))
    assert not is_quiet(Loud)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(-7, "-7"), (True, "True"), (0.5, "0.5"), (None, "None"), (10**5000, "<int>"), ("x", "<str>")],
    ids=lambda value: str(value)[:9] if value != 10**5000 else "large",
)
def test_a_number_is_shown_as_it_is(value: object, shown: str) -> None:
    """Any other object, and what Python refuses to show, by its type."""
    assert show_number(value) == shown


def test_a_word_is_shown_in_quotes() -> None:
    """Any other object by its type."""
    assert show_word("lag") == "'lag'"
    assert show_word(Loud()) == "<Loud>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünicode \\ '", "plain ünicode \\ '"),
        ("a\nb\x1b[0m\ud800", "a\\nb\\x1b[0m\\ud800"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 197 + "..."),
        ("\n" * 101, "\\n" * 98 + "\\..."),
    ],
    ids=["plain", "escaped", "as long as may be", "longer", "longer when escaped"],
)
def test_a_text_is_escaped_and_bounded(text: str, shown: str) -> None:
    """What can be printed stays as it is."""
    assert shorten(text) == shown


def test_of_a_file_the_end_is_kept() -> None:
    """Which says more than the beginning."""
    assert shorten_file("/a/b.py") == "/a/b.py"
    assert shorten_file("a" * 300 + "/b.py") == "..." + "a" * 192 + "/b.py"
    assert shorten_file("\n" * 6 + "b.py", 10) == "...n\\nb.py"


def test_a_quoted_text_is_closed_however_long() -> None:
    """By the quote that opened it."""
    assert quote("it's") == '"it\'s"'
    assert quote("x" * 300) == f"'{'x' * 196}...'"
    assert quote("\n" * 150) == "'" + "\\n" * 98 + "...'"


# -- signatures --------------------------------------------------------------------------------


class Made:
    """A class that is called with a sender and a payload."""

    def __new__(cls, sender: object, payload: object) -> Made:
        """Take them."""
        return super().__new__(cls)


class Told:
    """A class that says what it is called with."""

    __signature__ = "(sender)"


def test_classes_are_judged_by_what_gets_their_arguments() -> None:
    """And where they say it themselves, they are not believed or asked."""
    assert accepts(Made, SENDER_AND_PAYLOAD)
    assert show_signature(Made) == "(sender, payload)"
    assert not accepts(Quiet, SENDER_AND_PAYLOAD)
    assert read_signature(Told) is None


class OfOne:
    """A class that is called with a sender alone."""

    def __init__(self, sender: object) -> None:
        """Take it."""


def test_a_class_is_not_judged_by_a_constructor_that_it_overrides() -> None:
    """With another one, in whatever form: then it is accepted, or judged by that."""
    wide = functools.lru_cache(lambda self, sender, payload: None)
    assert not accepts(OfOne, SENDER_AND_PAYLOAD)
    assert accepts(type("Wide", (OfOne,), {"__init__": wide}), SENDER_AND_PAYLOAD)
    assert accepts(type("Listed", (dict, OfOne), {}), SENDER_AND_PAYLOAD)
    bare = type("Bare", (OfOne,), {"__init__": object.__init__})
    assert show_signature(bare) == "()"


def test_a_class_is_not_judged_by_its_constructor_where_its_metaclass_calls_something_else() -> (
    None
):
    """It is accepted: what such a call comes to cannot be known."""
    meta = type("Meta", (type,), {"__call__": functools.lru_cache(lambda cls, *_: None)})
    assert accepts(meta("Called", (OfOne,), {}), SENDER_AND_PAYLOAD)


def test_what_stands_as_call_in_a_class_is_bound_as_a_call_binds_it() -> None:
    """Static methods, class methods, functions; any other object is accepted."""

    def two(sender: object, payload: object) -> None: ...

    async def three(first: object, sender: object, payload: object) -> None: ...

    calls: list[Any] = [staticmethod(two), classmethod(three), functools.partial(three, 1)]
    called: list[Any] = [type("Called", (), {"__call__": call})() for call in calls]
    static, in_class, other = called
    assert accepts(static, SENDER_AND_PAYLOAD)
    assert accepts(in_class, SENDER_AND_PAYLOAD)
    assert is_async(in_class)
    assert show_signature(in_class) == "(sender, payload)"
    assert accepts(other, SENDER_AND_PAYLOAD)
    narrow: Any = type("Called", (), {"__call__": staticmethod(three)})
    assert not accepts(narrow(), SENDER_AND_PAYLOAD)


def test_a_partial_with_a_call_of_its_own_is_judged_by_that() -> None:
    """As any object is, and named as one."""

    async def call(self: object, sender: object) -> None: ...

    kind: Any = type("Own", (functools.partial,), {"__call__": call})
    made = kind(forbidden)
    assert is_async(made)
    assert show_signature(made) == "(sender)"
    assert describe(made).startswith("an object of type")


def test_a_wrapped_function_is_followed_where_that_is_asked_for() -> None:
    """To the function, which is read in its place; not in a circle."""

    @functools.wraps(forbidden)
    def wrapper(sender: object) -> None: ...

    assert str(read_signature(wrapper)) == "(sender)"
    assert str(read_signature(wrapper, follow_wrapped=True)) == "(*_)"
    names: dict[str, Any] = wrapper.__dict__
    names["__wrapped__"] = wrapper
    assert read_signature(wrapper, follow_wrapped=True) is None


def test_a_static_method_is_read_as_its_function() -> None:
    """Wherever it stands."""
    static: Callable[..., object] = staticmethod(forbidden)
    assert str(read_signature(static)) == "(*_)"


def test_what_has_no_signature_is_shown_all_the_same() -> None:
    """As one that is not known."""

    def receive(sender: object) -> None: ...

    receive.__code__ = receive.__code__.replace(co_varnames=("no name",))
    assert show_signature(receive) == "(...)"


def test_marks_are_seen_on_functions() -> None:
    """As `unittest.mock` sets them, and others before Python 3.12."""
    marked = FunctionType(forbidden.__code__, {})
    assert not is_async(marked)
    marked.__dict__["_is_coroutine"] = True
    assert is_async(marked)

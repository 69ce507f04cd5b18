"""The type variables have defaults in every Python, with typing_extensions or without."""

from __future__ import annotations

import sys
from typing import Any, Generic, TypeVar, get_args

import pytest

from aldis import Event, Signal
from aldis._types import PayloadT, ResultT, SenderT
from tests.behaviour.recording import run_python

of_typing = pytest.mark.skipif(  # where 3.13.0 fails to fill in an alias
    sys.version_info >= (3, 13), reason="it is for `typing` to do since Python 3.13"
)
OtherT = TypeVar("OtherT")
ANY_SIGNAL: Any = Signal  # checkers would bind its type variables


@pytest.mark.parametrize(
    ("alias", "arguments"),
    [
        (Signal[int], (int, Any, object)),
        (Signal[int, str], (int, str, object)),
        (Signal[int, str, bool], (int, str, bool)),
        (Event[int], (int, Any, object)),
        (ANY_SIGNAL[OtherT], (OtherT, Any, object)),
    ],
)
def test_what_is_left_out_is_filled_in(alias: object, arguments: tuple[object, ...]) -> None:
    """By the defaults, as Python 3.13 does."""
    assert get_args(alias) == arguments


@of_typing
def test_an_alias_is_filled_in_as_a_class_is() -> None:
    """When its type variables are, some of which may have defaults."""
    half = ANY_SIGNAL[OtherT, SenderT, ResultT]
    assert half[int] == Signal[int]
    assert half[int, str] == Signal[int, str]


@pytest.mark.parametrize("count", [0, 4])
def test_a_wrong_number_of_arguments_is_refused(count: int) -> None:
    """Defaults stand for what may be left out, and for nothing else."""
    with pytest.raises(TypeError, match="arguments"):
        ANY_SIGNAL[(int,) * count]


def test_they_tell_of_their_defaults() -> None:
    """To whoever asks as `typing` and typing_extensions do."""
    variables: tuple[Any, ...] = (SenderT, ResultT, PayloadT)
    sender, result, payload = variables
    assert (sender.__default__, result.__default__) == (Any, object)
    assert sender.has_default()
    assert {each.__module__ for each in (sender, result, payload)} == {"aldis._types"}


@pytest.mark.parametrize("first", ["aldis", "typing_extensions"])
def test_typing_extensions_may_come_before_or_after(first: str) -> None:
    """It has a part in how `typing` counts arguments, below Python 3.13."""
    second = "aldis" if first == "typing_extensions" else "typing_extensions"
    said = run_python(
        f"""
        import {first}, {second}
        import typing
        from aldis import Signal
        from typing_extensions import TypeVar

        T = TypeVar("T", default=int)

        class Mine(Signal[T]):
            pass

        print(*typing.get_args(Signal[int]), *typing.get_args(Mine[str]), Mine[()]().payload_type)
        """
    )
    assert said == "<class 'int'> typing.Any <class 'object'> <class 'str'> <class 'int'>\n"


@of_typing
def test_they_are_type_variables_of_typing() -> None:
    """So that `typing` takes them wherever it takes one."""
    assert {type(each) for each in (PayloadT, SenderT, ResultT)} == {TypeVar}

    class Mine(Generic[SenderT]):
        pass

    assert get_args(Mine[int]) == (int,)

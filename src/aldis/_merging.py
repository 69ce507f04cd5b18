"""One stream over several signals, typed as the union of their events."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar, overload

from aldis._bound import BoundSignal
from aldis._event import Event
from aldis._inspection import describe
from aldis._offering import tap
from aldis._signal import Signal
from aldis._stream import Stream, make_intake
from aldis._types import ANY

# A type checker joins what one type variable stands for, and would make `object` of two payloads.
# Hence a variable for each signal, up to five. No two overloads take the same number of signals:
# where several match, which an argument of type Any can make them, mypy answers with Any.
_P1 = TypeVar("_P1")
_P2 = TypeVar("_P2")
_P3 = TypeVar("_P3")
_P4 = TypeVar("_P4")
_P5 = TypeVar("_P5")
_S1 = TypeVar("_S1")
_S2 = TypeVar("_S2")
_S3 = TypeVar("_S3")
_S4 = TypeVar("_S4")
_S5 = TypeVar("_S5")
_R1 = TypeVar("_R1")
_R2 = TypeVar("_R2")
_R3 = TypeVar("_R3")
_R4 = TypeVar("_R4")
_R5 = TypeVar("_R5")

_P = TypeVar("_P")
_S = TypeVar("_S")
_R = TypeVar("_R")
_EventT = TypeVar("_EventT")
_Source: TypeAlias = Signal[_P, _S, _R] | BoundSignal[_P, _S, _R]
_Where: TypeAlias = Callable[[_EventT], bool] | None


@overload
def stream(
    first: _Source[_P1, _S1, _R1],
    /,
    *,
    where: _Where[Event[_P1, _S1, _R1]] = ...,
    buffer: int = ...,
    overflow: Literal["lag", "wait"] = ...,
) -> Stream[Event[_P1, _S1, _R1]]: ...
@overload
def stream(
    first: _Source[_P1, _S1, _R1],
    second: _Source[_P2, _S2, _R2],
    /,
    *,
    where: _Where[Event[_P1, _S1, _R1] | Event[_P2, _S2, _R2]] = ...,
    buffer: int = ...,
    overflow: Literal["lag", "wait"] = ...,
) -> Stream[Event[_P1, _S1, _R1] | Event[_P2, _S2, _R2]]: ...
@overload
def stream(
    first: _Source[_P1, _S1, _R1],
    second: _Source[_P2, _S2, _R2],
    third: _Source[_P3, _S3, _R3],
    /,
    *,
    where: _Where[Event[_P1, _S1, _R1] | Event[_P2, _S2, _R2] | Event[_P3, _S3, _R3]] = ...,
    buffer: int = ...,
    overflow: Literal["lag", "wait"] = ...,
) -> Stream[Event[_P1, _S1, _R1] | Event[_P2, _S2, _R2] | Event[_P3, _S3, _R3]]: ...
@overload
def stream(
    first: _Source[_P1, _S1, _R1],
    second: _Source[_P2, _S2, _R2],
    third: _Source[_P3, _S3, _R3],
    fourth: _Source[_P4, _S4, _R4],
    /,
    *,
    where: _Where[
        Event[_P1, _S1, _R1] | Event[_P2, _S2, _R2] | Event[_P3, _S3, _R3] | Event[_P4, _S4, _R4]
    ] = ...,
    buffer: int = ...,
    overflow: Literal["lag", "wait"] = ...,
) -> Stream[
    Event[_P1, _S1, _R1] | Event[_P2, _S2, _R2] | Event[_P3, _S3, _R3] | Event[_P4, _S4, _R4]
]: ...
@overload
def stream(
    first: _Source[_P1, _S1, _R1],
    second: _Source[_P2, _S2, _R2],
    third: _Source[_P3, _S3, _R3],
    fourth: _Source[_P4, _S4, _R4],
    fifth: _Source[_P5, _S5, _R5],
    /,
    *,
    where: _Where[
        Event[_P1, _S1, _R1]
        | Event[_P2, _S2, _R2]
        | Event[_P3, _S3, _R3]
        | Event[_P4, _S4, _R4]
        | Event[_P5, _S5, _R5]
    ] = ...,
    buffer: int = ...,
    overflow: Literal["lag", "wait"] = ...,
) -> Stream[
    Event[_P1, _S1, _R1]
    | Event[_P2, _S2, _R2]
    | Event[_P3, _S3, _R3]
    | Event[_P4, _S4, _R4]
    | Event[_P5, _S5, _R5]
]: ...
@overload
def stream(
    first: _Source[Any, Any, Any],
    second: _Source[Any, Any, Any],
    third: _Source[Any, Any, Any],
    fourth: _Source[Any, Any, Any],
    fifth: _Source[Any, Any, Any],
    sixth: _Source[Any, Any, Any],
    /,
    *more: _Source[Any, Any, Any],
    where: _Where[Event[Any, Any, Any]] = ...,
    buffer: int = ...,
    overflow: Literal["lag", "wait"] = ...,
) -> Stream[Event[Any, Any, Any]]: ...
def stream(
    *signals: Any,
    where: Callable[[Any], bool] | None = None,
    buffer: int = 256,
    overflow: Literal["lag", "wait"] = "lag",
) -> Stream[Any]:
    """Give one stream of the events of several signals, in the order of sending.

    Args:
        *signals: signals, or bound ones for their sender's events alone; at least one.
        where: as for `Signal.stream`.
        buffer: as for `Signal.stream`; it is one for all of them.
        overflow: as for `Signal.stream`.

    Returns:
        The stream, to be entered. An event of five signals or fewer is typed as the union.

    Raises:
        TypeError: there is no signal, or something else among them.
        LimitError: as for `Signal.stream`.
        OptionError: as for `Signal.stream`.
    """
    if not signals:
        raise TypeError("a stream of no signals would never have an event; pass one or more")
    sources = [_source_of(signal) for signal in signals]
    return Stream(make_intake(where, buffer, overflow), sources)


def _source_of(signal: Any) -> Callable[..., Any]:  # noqa: ANN401  # a wrong one is refused
    if issubclass(type(signal), BoundSignal):
        return partial(tap, signal.signal, sender=signal.sender)
    if issubclass(type(signal), Signal):
        return partial(tap, signal, sender=ANY)
    raise TypeError(f"a stream is of signals, and {describe(signal)} is none")

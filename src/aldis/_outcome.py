"""What one sending gave back: results in order, or for each receiver a value or its error."""

# pyright: reportPrivateUsage=false
# `many_results` makes what has no `__init__` of Python's.

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, overload

from aldis._inspection import describe
from aldis._types import AnyReceiver, ResultT_co
from aldis._untouched import name_of
from aldis.exceptions import quote

Pair: TypeAlias = tuple[Callable[..., Any], Any]
"""A receiver with what it returned."""


_WITH_FUNC: Final = 3


class Results(Sequence[tuple[AnyReceiver, ResultT_co]]):
    """The receivers that were called, each with what it returned, in order.

    It keeps its receivers alive. The sending that called nobody gives an empty one.
    """

    __slots__ = ("_cells", "_width")

    # All in one row. Two cells are a receiver and its value; three are the function of a method or
    # `None`, what was called with it or without, and the value: to make bound
    # methods would be a third of a send, and is left to whoever looks at them.
    _cells: Sequence[Any]
    _width: int

    def __init__(self, pairs: Iterable[tuple[AnyReceiver, ResultT_co]]) -> None:
        """Make what a sending gives.

        Args:
            pairs: the receivers, each with what it returned, in order.
        """
        self._cells = [cell for receiver, value in pairs for cell in (receiver, value)]
        self._width = 2

    def _row(self) -> tuple[Sequence[Any], int]:
        return self._cells, self._width

    @property
    def values(self) -> tuple[ResultT_co, ...]:
        """What the receivers returned, in order."""
        cells, width = self._row()
        return tuple(cells[width - 1 :: width])

    def __len__(self) -> int:
        cells, width = self._row()
        return len(cells) // width

    @overload
    def __getitem__(self, index: int, /) -> tuple[AnyReceiver, ResultT_co]: ...
    @overload
    def __getitem__(self, index: slice, /) -> Results[ResultT_co]: ...
    def __getitem__(self, index: int | slice, /) -> object:
        if isinstance(index, slice):
            return Results(list(self)[index])
        cells, width = self._row()
        try:
            end = range(width, len(cells) + width, width)[index]
        except IndexError:
            raise IndexError("Results index out of range") from None
        func = cells[end - 3] if width == _WITH_FUNC else None
        return _pair(func, cells[end - 2], cells[end - 1])

    def __iter__(self) -> Iterator[tuple[AnyReceiver, ResultT_co]]:
        cells, width = self._row()
        if width == _WITH_FUNC:
            return map(_pair, cells[::3], cells[1::3], cells[2::3])
        return zip(cells[::2], cells[1::2], strict=True)

    def __repr__(self) -> str:
        """Name the receivers; values may hold what should not be printed."""
        return _show("Results", self, (receiver for receiver, _ in self))


def _pair(func: AnyReceiver | None, target: Any, value: object) -> tuple[AnyReceiver, Any]:  # noqa: ANN401
    return (target if func is None else MethodType(func, target), value)


class ManyResults(Results[ResultT_co]):
    """The results of a sending, whose attributes are set by whoever makes it."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(self) -> None: ...
    else:
        __init__ = object.__init__  # in C: a call of Python's would cost what a receiver does


def many_results(cells: Sequence[Any], width: int) -> ManyResults[Any]:
    """Make the results of a sending, where they may take their time."""
    results: ManyResults[Any] = ManyResults()
    results._cells, results._width = cells, width
    return results


NO_RESULTS: Final = many_results((), 2)


class OneResult(Results[ResultT_co]):
    """The result of one receiver: for the most frequent case, without a row to put it in."""

    __slots__ = ("func", "target", "value")

    if TYPE_CHECKING:

        def __init__(self) -> None: ...
    else:
        __init__ = object.__init__  # in C: a call of Python's would cost what a receiver does

    func: AnyReceiver | None
    target: Any
    value: Any

    def _row(self) -> tuple[Sequence[Any], int]:
        return (self.func, self.target, self.value), 3


class Outcome(Generic[ResultT_co]):
    """What came of one receiver: a value, or the error that it raised.

    A returned exception is a value like any other.

    Attributes:
        receiver: who was called.
        error: the exception that it raised, or `None` when it returned.
    """

    __slots__ = ("_value", "error", "receiver")

    receiver: AnyReceiver
    error: Exception | None

    def __init__(
        self, receiver: AnyReceiver, value: object = None, *, error: Exception | None = None
    ) -> None:
        self.receiver = receiver
        self.error = error
        self._value: Any = value

    @property
    def value(self) -> ResultT_co:
        """What the receiver returned.

        Raises:
            AttributeError: it raised instead; look at `error`.
        """
        if self.error is not None:
            raise AttributeError(
                f"{describe(self.receiver)} raised {name_of(type(self.error))} and has no value; "
                f"look at .error, which is None for those that returned",
                name="value",
                obj=self,
            )
        value: ResultT_co = self._value
        return value

    def __repr__(self) -> str:
        """Name the receiver and the kind of its error, if any."""
        what = "returned" if self.error is None else f"raised {name_of(type(self.error))}"
        return f"<Outcome: {describe(self.receiver)} {what}>"


class Outcomes(Sequence[Outcome[ResultT_co]]):
    """What came of every receiver of one sending, in order; it keeps its receivers alive."""

    __slots__ = ("_outcomes", "_signal")

    def __init__(self, outcomes: Sequence[Outcome[ResultT_co]], signal: str | None) -> None:
        self._outcomes = outcomes
        self._signal = signal

    @property
    def values(self) -> tuple[ResultT_co, ...]:
        """What the receivers returned that did not raise, in order."""
        return tuple([outcome.value for outcome in self._outcomes if outcome.error is None])

    @property
    def errors(self) -> tuple[Exception, ...]:
        """What the other receivers raised, in order."""
        return tuple([outcome.error for outcome in self._outcomes if outcome.error is not None])

    def raise_errors(self) -> None:
        """Raise what receivers raised, if any did.

        Raises:
            ExceptionGroup: the errors in order, each with a note that names its receiver.
        """
        failed = [(each.receiver, each.error) for each in self._outcomes if each.error is not None]
        if failed:
            raise group(failed, self._signal)

    def __len__(self) -> int:
        return len(self._outcomes)

    @overload
    def __getitem__(self, index: int, /) -> Outcome[ResultT_co]: ...
    @overload
    def __getitem__(self, index: slice, /) -> Outcomes[ResultT_co]: ...
    def __getitem__(self, index: int | slice, /) -> object:
        if isinstance(index, slice):
            return Outcomes(self._outcomes[index], self._signal)
        return self._outcomes[index]

    def __iter__(self) -> Iterator[Outcome[ResultT_co]]:
        return iter(self._outcomes)

    def __repr__(self) -> str:
        """Name the receivers; values may hold what should not be printed."""
        return _show("Outcomes", self, (outcome.receiver for outcome in self))


def group(
    failed: Sequence[tuple[AnyReceiver, Exception]], signal: str | None
) -> ExceptionGroup[Exception]:
    """Group what receivers raised, in order, each error with a note that names its receiver."""
    where = f"signal {quote(signal)}" if signal else "an unnamed signal"
    for receiver, error in failed:
        _note(error, f"raised by {describe(receiver)}, a receiver of {where}")
    return ExceptionGroup(f"receivers of {where} failed", [error for _, error in failed])


def _note(error: Exception, note: str) -> None:
    # An exception can be frozen, or have notes of its own kind. Then it goes without ours: what a
    # receiver raised is not to be replaced by what it says to a note.
    with suppress(Exception):
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


_SHOWN = 5  # receivers in one repr


def _show(kind: str, results: Sequence[object], receivers: Iterable[AnyReceiver]) -> str:
    names = [describe(receiver) for receiver, _ in zip(receivers, range(_SHOWN), strict=False)]
    if len(results) > _SHOWN:
        names.append(f"{len(results) - _SHOWN} more")
    return f"<{kind} of {len(results)}: {', '.join(names) or 'no receivers'}>"

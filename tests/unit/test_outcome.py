"""What one sending gave back: the same sequence, whichever way it was put together."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Awaitable, Callable
from types import MethodType
from typing import Any, TypeAlias

import pytest

from aldis import Outcomes, Results, Signal
from aldis._inspection import describe
from tests.interpreters import IS_CPYTHON

# Nothing of it depends on the loop.
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

Give: TypeAlias = Callable[[Any], Awaitable["Results[Any]"]]


def function(sender: object, payload: object) -> str:
    """Return what can be told from the others'."""
    return "function"


async def async_function(sender: object, payload: object) -> str:
    """Return as much, to who awaits it."""
    return "async function"


async def async_other(sender: object, payload: object) -> None:
    """Return nothing, to who awaits it."""


class Owner:
    """Equal to what was copied from it."""

    def method(self, sender: object, payload: object) -> list[str]:
        """Return what can be told from the others'."""
        return ["method"]

    def other(self, sender: object, payload: object) -> None:
        """Return nothing."""

    async def async_method(self, sender: object, payload: object) -> str:
        """Return something, to who awaits it."""
        return "async method"

    def __call__(self, sender: object, payload: object) -> str:
        """Be a receiver itself."""
        return "instance"

    def __eq__(self, other: object) -> bool:
        return type(other) is Owner

    __hash__ = None  # type: ignore[assignment]  # a receiver is never hashed


OWNER = Owner()


async def send(signal: Signal[Any]) -> Results[Any]:
    """Send to one after another, in a sync send."""
    return signal.send(None, None)


async def send_async(signal: Signal[Any]) -> Results[Any]:
    """Send to one after another."""
    return await signal.send_async(None, None)


async def send_together(signal: Signal[Any]) -> Results[Any]:
    """Send to all at the same time."""
    return await signal.send_async(None, None, concurrency=None)


async def by_hand(signal: Signal[Any]) -> Results[Any]:
    """Put together what a sending would have given."""
    return Results(pair for pair in signal.send(None, None))


SYNC: list[tuple[Any, ...]] = [
    (),
    (function,),
    (OWNER.method,),
    (OWNER,),
    (function, OWNER),
    (OWNER.method, OWNER.other),
    (OWNER.other, function, OWNER.method, OWNER),
]
ASYNC: list[tuple[Any, ...]] = [
    (async_function,),
    (OWNER.async_method,),
    (async_function, async_other),
    (OWNER.method, async_other, OWNER.async_method),
]
VALUES = {
    "function": "function",
    "async_function": "async function",
    "method": ["method"],
    "async_method": "async method",
    "__call__": "instance",
}
in_each_case = pytest.mark.parametrize(
    ("give", "receivers", "once"),
    [
        pytest.param(give, receivers, once, id=f"{give.__name__}-{number}-{once}")
        for gives, kinds in (((send, by_hand), SYNC), ((send_async, send_together), ASYNC))
        for give in gives
        for number, receivers in enumerate(kinds)
        for once in (False, True)
    ],
)


async def given(give: Give, receivers: tuple[Any, ...], *, once: bool) -> Results[Any]:
    """Send twice, so that the second one finds a snapshot; `once` has it go the careful way."""
    signal = Signal[object]()
    for each in receivers:
        signal.connect(each)
    await give(signal)
    for each in receivers[: int(once)]:
        signal.connect(each, once=True)
    return await give(signal)


def pairs_of(receivers: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    """Give what a sending to these gives."""
    names = [getattr(each, "__name__", "__call__") for each in receivers]
    return [(each, VALUES.get(name)) for each, name in zip(receivers, names, strict=True)]


def parts_of(pair: tuple[Any, Any]) -> tuple[object, ...]:
    """Take a pair apart, into what is equal in its copies."""
    receiver, value = pair
    if isinstance(receiver, MethodType):
        return (receiver.__func__, receiver.__self__, value)
    return (receiver, value)


def attempt(sequence: Any, index: object) -> object:
    """Give an item, or the kind of the error there is in its place."""
    try:
        return sequence[index]
    except (IndexError, TypeError) as error:
        return type(error)


@in_each_case
async def test_results_are_what_a_list_of_the_pairs_would_be(
    give: Give, receivers: tuple[Any, ...], once: bool
) -> None:
    """Each index from either end, each slice, and what is no index at all."""
    results, pairs = await given(give, receivers, once=once), pairs_of(receivers)
    assert isinstance(results, Results)
    assert (len(results), bool(results)) == (len(pairs), bool(pairs))
    assert [type(each) for each in results] == [tuple for _ in pairs]
    assert list(results) == list(results) == pairs
    assert list(reversed(results)) == pairs[::-1]
    assert results.values == tuple(value for _, value in pairs)
    for index in (*range(-6, 7), True, 10**30, None, "0", 1.0):
        assert attempt(results, index) == attempt(pairs, index)
    ends = (None, -5, -1, 0, 1, 2, 5)
    for part in [slice(a, b, step) for a in ends for b in ends for step in (None, 1, 2, -1)]:
        assert isinstance(results[part], Results)
        assert list(results[part]) == pairs[part]
        assert results[part].values == tuple(value for _, value in pairs[part])
    for place, pair in enumerate(pairs):
        assert pair in results
        assert (results.index(pair), results.count(pair)) == (place, 1)
    assert (print, None) not in results
    match results:
        case [(receiver, value), *_]:
            assert (receiver, value) == pairs[0]
        case _:
            assert not pairs


@in_each_case
async def test_an_index_beyond_the_last_names_the_results(
    give: Give, receivers: tuple[Any, ...], once: bool
) -> None:
    """As a list names itself, whatever they are made of."""
    results = await given(give, receivers, once=once)
    for index in (len(receivers), -len(receivers) - 1):
        with pytest.raises(IndexError, match=r"^Results index out of range$") as error:
            results[index]
        assert error.value.__suppress_context__


@in_each_case
async def test_results_name_themselves_alike(
    give: Give, receivers: tuple[Any, ...], once: bool
) -> None:
    """With the names of the receivers, and nothing of what they returned."""
    shown = repr(await given(give, receivers, once=once))
    names = [getattr(each, "__name__", "Owner") for each in receivers]
    assert shown.startswith(f"<Results of {len(receivers)}: ")
    assert [name in shown for name in names] == [True for _ in names]
    assert ("no receivers" in shown) is not bool(receivers)


@in_each_case
@pytest.mark.parametrize("way", ["copy", "deepcopy", "pickle"])
async def test_results_are_copied_whole(
    way: str, give: Give, receivers: tuple[Any, ...], once: bool
) -> None:
    """With their receivers and values; only a shallow copy has the very same values."""
    results = await given(give, receivers, once=once)
    copied: Any = (
        pickle.loads(pickle.dumps(results)) if way == "pickle" else getattr(copy, way)(results)
    )
    pairs = pairs_of(receivers)
    assert type(copied) is type(results)
    assert [parts_of(pair) for pair in copied] == [parts_of(pair) for pair in pairs]
    for old, new in zip(results.values, copied.values, strict=True):
        assert (new is old) is (way == "copy") or type(old) is not list


@pytest.mark.skipif(not IS_CPYTHON, reason="elsewhere, what is the same object is another matter")
@pytest.mark.parametrize("receivers", [(OWNER.method,), (OWNER.method, OWNER.other)])
async def test_bound_methods_are_made_when_they_are_looked_at(receivers: tuple[Any, ...]) -> None:
    """Each time anew, as at an access to the object, and equal to one another."""
    results = await given(send, receivers, once=False)
    assert results[0][0] is not results[0][0]
    assert [receiver for receiver, _ in results] == list(receivers)


async def test_results_are_equal_to_nothing_but_themselves() -> None:
    """Comparing them would compare what receivers returned."""
    first, second = [await given(send, (function,), once=False) for _ in range(2)]
    assert first == first  # noqa: PLR0124  # the point
    assert first != second
    assert len({first, second, first}) == 2


async def test_what_is_put_together_by_hand_is_a_sequence_of_its_own() -> None:
    """What it was made of may change."""
    pairs: list[Any] = [(function, 1), (OWNER.method, None)]
    results = Results(pairs)
    pairs.clear()
    assert list(results) == [(function, 1), (OWNER.method, None)]
    assert (results.values, len(Results(())), list(Results([]))) == ((1, None), 0, [])


# -- outcomes ----------------------------------------------------------------------------------


def fail(sender: object, payload: object) -> str:
    """Raise."""
    raise LookupError("lost")


def outcomes_of(*receivers: Any, name: str | None = "orders") -> Outcomes[Any]:
    """Send to the receivers, robustly."""
    signal = Signal[object](name)
    for each in receivers:
        signal.connect(each)
    return signal.send_robust(None, None)


async def test_the_value_of_who_raised_is_an_error_that_says_where_to_look() -> None:
    """It names the receiver and the kind of its error, and is what a missing attribute raises."""
    (outcome,) = outcomes_of(fail)
    with pytest.raises(AttributeError) as missing:
        _ = outcome.value
    assert str(missing.value) == (
        f"{describe(fail)} raised LookupError and has no value; "
        f"look at .error, which is None for those that returned"
    )
    assert (missing.value.name, missing.value.obj) == ("value", outcome)


async def test_an_outcome_says_whether_its_receiver_returned() -> None:
    """Or what it raised."""
    returned, raised = outcomes_of(function, fail)
    assert repr(returned) == f"<Outcome: {describe(function)} returned>"
    assert repr(raised) == f"<Outcome: {describe(fail)} raised LookupError>"


@pytest.mark.parametrize("count", [0, 1, 2, 5, 6, 8])
async def test_five_receivers_are_named_and_the_rest_is_counted(count: int) -> None:
    """In outcomes as in results."""
    owners = [Owner() for _ in range(count)]
    signal = Signal[object]()
    for each in owners:
        signal.connect(each)
    names = [describe(each) for each in owners[:5]] + ([f"{count - 5} more"] if count > 5 else [])
    shown = f"of {count}: {', '.join(names) or 'no receivers'}>"
    assert repr(signal.send(None, None)) == f"<Results {shown}"
    assert repr(signal.send_robust(None, None)) == f"<Outcomes {shown}"


@pytest.mark.parametrize("part", [slice(None), slice(1, None)])
@pytest.mark.parametrize(
    ("name", "where"), [("orders", "signal 'orders'"), (None, "an unnamed signal")]
)
async def test_a_group_and_its_notes_name_the_signal(
    part: slice, name: str | None, where: str
) -> None:
    """That of a part of the outcomes as well."""
    outcomes = outcomes_of(function, fail, name=name)[part]
    with pytest.raises(ExceptionGroup) as failed:
        outcomes.raise_errors()
    (error,) = failed.value.exceptions
    assert failed.value.message == f"receivers of {where} failed"
    assert error.__notes__ == [f"raised by {describe(fail)}, a receiver of {where}"]

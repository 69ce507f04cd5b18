"""The four sends: results and failures, in order, one after another or at the same time."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import Outcomes, Results, Signal
from tests.behaviour.recording import (
    Calls,
    Shop,
    Way,
    in_each_async_way,
    in_each_serial_way,
    in_each_way,
)
from tests.interpreters import needs_refcounting

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("first_or_later")]

SHOP = Shop()
in_each_concurrency = pytest.mark.parametrize("concurrency", [1, 2, 3, 10, None])
in_each_bound = pytest.mark.parametrize("concurrency", [2, 3, 10, None])


class StopEverythingError(BaseException):
    """What is no `Exception`, and unlike KeyboardInterrupt leaves the loop alone."""


def failing(calls: Calls, name: str, error: BaseException) -> Callable[[object, object], str]:
    """Make a receiver that raises."""

    def fail() -> None:
        raise error

    return calls.receiver(name, fail)


def failing_async(calls: Calls, name: str, error: BaseException) -> Any:
    """Make an async receiver that raises after a while."""

    async def fail() -> None:
        await checkpoint()
        raise error

    return calls.async_receiver(name, fail)


# -- results -----------------------------------------------------------------------------------


@in_each_way
async def test_receivers_get_sender_and_payload_as_they_are(way: Way) -> None:
    """Both are passed on, the very same objects."""
    signal, calls = Signal[Any](), Calls()
    signal.connect(calls.receiver("receiver"))
    sender, payload = object(), object()
    await way(signal, sender, payload)

    ((seen_sender, seen_payload),) = calls.seen
    assert seen_sender is sender
    assert seen_payload is payload


@in_each_way
async def test_a_sending_without_receivers_gives_nothing(way: Way) -> None:
    """No receivers make empty results, not an error."""
    assert await way(Signal[int](), SHOP, 1) == ()


async def test_results_are_a_sequence_of_receivers_with_their_values() -> None:
    """Results can be counted, indexed, sliced, iterated over and tested for being empty."""
    signal, calls = Signal[int](), Calls()
    shop = Shop(calls)
    first, last = calls.receiver("first"), calls.receiver("last")
    for receiver in (first, shop.receive, last):
        signal.connect(receiver)
    pairs = [(first, "first"), (shop.receive, "shop"), (last, "last")]

    for results in (
        signal.send(SHOP, 1),
        await signal.send_async(SHOP, 1),
        await signal.send_async(SHOP, 1, concurrency=None),
    ):
        assert isinstance(results, Results)
        assert isinstance(results, Sequence)
        assert list(results) == pairs
        assert results.values == ("first", "shop", "last")
        assert len(results) == 3
        assert results[0] == pairs[0]
        assert results[-1] == pairs[-1]
        assert list(results[1:]) == pairs[1:]
        assert isinstance(results[1:], Results)
        assert results[1:].values == ("shop", "last")
        assert pairs[1] in results
        assert list(reversed(results)) == pairs[::-1]
        with pytest.raises(IndexError):
            results[3]
    assert not Signal[int]().send(SHOP, 1)
    assert not await Signal[int]().send_async(SHOP, 1)


async def test_outcomes_are_a_sequence_of_what_came_of_each_receiver() -> None:
    """Outcomes can be counted, indexed, sliced and iterated over, and are empty without any."""
    signal, calls = Signal[int](), Calls()
    error = ValueError("broken")
    shop, broken = Shop(calls), failing(calls, "broken", error)
    signal.connect(shop.receive)
    signal.connect(broken)

    for outcomes in (
        signal.send_robust(SHOP, 1),
        await signal.send_robust_async(SHOP, 1),
        await signal.send_robust_async(SHOP, 1, concurrency=None),
    ):
        assert isinstance(outcomes, Outcomes)
        assert isinstance(outcomes, Sequence)
        good, bad = outcomes
        assert (good.receiver, good.value, good.error) == (shop.receive, "shop", None)
        assert (bad.receiver, bad.error) == (broken, error)
        with pytest.raises(AttributeError, match=r"look at \.error"):
            bad.value  # noqa: B018  # the access is what raises
        assert len(outcomes) == 2
        assert outcomes[-1] is bad
        assert isinstance(outcomes[1:], Outcomes)
        assert outcomes[1:].errors == (error,)
        assert outcomes.values == ("shop",)
        assert outcomes.errors == (error,)
    assert not Signal[int]().send_robust(SHOP, 1)
    assert not await Signal[int]().send_robust_async(SHOP, 1)


@needs_refcounting
async def test_results_and_outcomes_keep_their_receivers_alive() -> None:
    """What was called can be looked at as long as the results are there."""
    signal = Signal[int]()
    for send in (signal.send, signal.send_robust):
        shop = Shop()
        ref = weakref.ref(shop)
        signal.connect(shop.receive)
        kept: Any = send(SHOP, 1)
        del shop
        gc.collect()
        assert ref() is not None
        del kept
        assert ref() is None


@in_each_concurrency
@pytest.mark.parametrize("robust", [False, True])
async def test_results_are_in_order_whoever_ends_first(
    concurrency: int | None, robust: bool
) -> None:
    """The last may end first; its result still stands last."""
    signal, calls = Signal[int](), Calls()
    ended: list[int] = []

    def make(number: int) -> Any:
        async def receiver(sender: object, payload: int) -> int:
            for _ in range(5 - number):
                await checkpoint()
            ended.append(number)
            return number

        return receiver

    for number in range(5):
        signal.connect(make(number), weak=False)
        signal.connect(calls.receiver(str(number)))
    send: Any = signal.send_robust_async if robust else signal.send_async
    results = await send(SHOP, 1, concurrency=concurrency)

    assert results.values == (0, "0", 1, "1", 2, "2", 3, "3", 4, "4")
    assert (ended == sorted(ended)) is (concurrency == 1)


@in_each_concurrency
@pytest.mark.parametrize("robust", [False, True])
async def test_at_most_n_run_at_a_time(concurrency: int | None, robust: bool) -> None:
    """As many as allowed run at the same time, and never one more."""
    signal = Signal[int]()
    running = most = 0

    def make() -> Any:
        async def receiver(sender: object, payload: int) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            for _ in range(10):
                await checkpoint()
            running -= 1

        return receiver

    for _ in range(7):
        signal.connect(make(), weak=False)
    send: Any = signal.send_robust_async if robust else signal.send_async
    await send(SHOP, 1, concurrency=concurrency)

    assert most == min(concurrency or 7, 7)


@in_each_bound
async def test_a_bound_counts_awaitables_of_sync_receivers_too(concurrency: int | None) -> None:
    """A coroutine that a plain function returned takes a place like any other."""
    signal = Signal[int]()
    running = most = 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(10):
            await checkpoint()
        running -= 1

    def make() -> Any:
        return lambda sender, payload: work()

    for _ in range(7):
        signal.connect(make(), weak=False)
    await signal.send_async(SHOP, 1, concurrency=concurrency)

    assert most == min(concurrency or 7, 7)


# -- concurrency -------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [True, False, 0, -1, 1.5, 1.0, "2", [1]])
@pytest.mark.parametrize("send", ["send_async", "send_robust_async"])
async def test_what_is_no_positive_int_is_a_value_error(concurrency: Any, send: str) -> None:
    """The error names the value and what to pass, and no receiver has run."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    for target in (getattr(signal, send), getattr(signal.bind(SHOP), send)):
        arguments = (SHOP, 1) if target.__self__ is signal else (1,)
        with pytest.raises(ValueError, match="concurrency=") as caught:
            await target(*arguments, concurrency=concurrency)
        assert str(caught.value).endswith("or None (no bound)")

    assert calls.names == []


# -- failures, one after another ---------------------------------------------------------------


@pytest.mark.parametrize("kind", [failing, failing_async])
async def test_one_after_another_the_first_failure_is_raised_bare(kind: Any) -> None:
    """The second of three fails: its own exception comes out, and the third is not called (A3)."""
    signal, calls = Signal[int](), Calls()
    error = ValueError("second")
    signal.connect(calls.receiver("first"))
    signal.connect(kind(calls, "second", error))
    signal.connect(failing(calls, "third", KeyError()))
    with pytest.raises(ValueError, match="second") as caught:
        await signal.send_async(SHOP, 1)
    assert caught.value is error
    assert calls.take() == ["first", "second"]

    if kind is failing:
        with pytest.raises(ValueError, match="second") as caught:
            signal.send(SHOP, 1)
        assert caught.value is error
        assert calls.names == ["first", "second"]


@in_each_serial_way
async def test_a_signal_can_be_sent_again_after_a_failure(way: Way) -> None:
    """A failure leaves nothing behind."""
    signal, calls = Signal[int](), Calls()
    broken = failing(calls, "broken", ValueError())
    signal.connect(broken)
    signal.connect(calls.receiver("good"))
    with pytest.raises((ValueError, ExceptionGroup)):
        await way(signal, SHOP, 1)
    signal.disconnect(broken)

    assert await way(signal, SHOP, 1) == ("good",)


@in_each_way
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
async def test_what_is_no_exception_propagates_at_once(way: Way, kind: type[BaseException]) -> None:
    """KeyboardInterrupt and its like are no outcome: they end every kind of sending (E8)."""
    signal, calls = Signal[int](), Calls()
    error = kind()
    signal.connect(calls.receiver("first"))
    signal.connect(failing(calls, "second", error))
    signal.connect(calls.receiver("third"))
    with pytest.raises((kind, BaseExceptionGroup)) as caught:
        await way(signal, SHOP, 1)

    if isinstance(caught.value, BaseExceptionGroup):
        assert caught.value.exceptions == (error,)
    else:
        assert caught.value is error
    assert calls.names == ["first", "second"]


@in_each_async_way
async def test_what_is_no_exception_propagates_at_once_from_async_receivers(way: Way) -> None:
    """The receivers that wait meanwhile are cancelled (E8)."""
    signal, calls = Signal[int](), Calls()
    error = StopEverythingError()
    signal.connect(failing_async(calls, "first", error))
    signal.connect(calls.async_receiver("second", anyio.sleep_forever))
    with pytest.raises((StopEverythingError, BaseExceptionGroup)) as caught:
        await way(signal, SHOP, 1)

    if isinstance(caught.value, BaseExceptionGroup):
        assert caught.value.exceptions == (error,)
    else:
        assert caught.value is error


# -- failures, at the same time ----------------------------------------------------------------


@in_each_bound
@pytest.mark.parametrize("kind", [failing, failing_async])
@pytest.mark.parametrize("others", [0, 1, 3])
async def test_at_the_same_time_one_failure_is_a_group(
    concurrency: int | None, kind: Any, others: int
) -> None:
    """Always a group: for one failure, and for one receiver as well."""
    signal, calls = Signal[int]("order_placed"), Calls()
    error = ValueError("broken")
    signal.connect(kind(calls, "broken", error))
    for number in range(others):
        signal.connect(calls.async_receiver(str(number), anyio.sleep_forever))
    with pytest.raises(ExceptionGroup) as caught:
        await signal.send_async(SHOP, 1, concurrency=concurrency)

    assert caught.value.exceptions == (error,)
    assert "order_placed" in str(caught.value)


@in_each_bound
async def test_a_group_is_in_receiver_order_and_each_member_names_its_receiver(
    concurrency: int | None,
) -> None:
    """Whoever fails first, and on trio too, where tasks end in any order."""
    signal, calls = Signal[int]("order_placed"), Calls()
    count = min(concurrency or 6, 6)

    def make(number: int) -> Any:
        async def fails() -> None:
            try:
                if number:
                    await anyio.sleep_forever()
                else:
                    for _ in range(10):
                        await checkpoint()
            finally:
                raise ValueError(str(number))

        return calls.async_receiver(str(number), fails)

    for number in range(count):
        signal.connect(make(number))
    with pytest.raises(ExceptionGroup) as caught:
        await signal.send_async(SHOP, 1, concurrency=concurrency)

    assert [str(each) for each in caught.value.exceptions] == [str(n) for n in range(count)]
    for each in caught.value.exceptions:
        (note,) = each.__notes__
        assert "receiver" in note
        assert "order_placed" in note
        assert __file__.rsplit("/", 1)[0] in note


@in_each_bound
async def test_a_robust_sending_lets_all_finish(concurrency: int | None) -> None:
    """Two of three fail, all three finish, and the outcomes are in order (A4)."""
    signal, calls = Signal[int](), Calls()
    first, third = ValueError("first"), KeyError("third")
    signal.connect(failing_async(calls, "first", first))
    signal.connect(calls.async_receiver("second"))
    signal.connect(failing(calls, "third", third))
    outcomes = await signal.send_robust_async(SHOP, 1, concurrency=concurrency)

    assert [each.error for each in outcomes] == [first, None, third]
    assert outcomes.values == ("second",)
    assert sorted(calls.names) == ["first", "second", "third"]


@in_each_bound
async def test_sync_receivers_behind_a_failure_are_not_called(concurrency: int | None) -> None:
    """The first failure stops the sending; what has not begun never begins."""
    signal, calls = Signal[int](), Calls()
    signal.connect(failing(calls, "first", ValueError()))
    signal.connect(calls.receiver("second"))
    with pytest.raises(ExceptionGroup):
        await signal.send_async(SHOP, 1, concurrency=concurrency)

    assert calls.names == ["first"]


# -- robust ------------------------------------------------------------------------------------


async def test_send_robust_calls_every_receiver() -> None:
    """What one raises stops nobody else."""
    signal, calls = Signal[int](), Calls()
    first, third = ValueError("first"), KeyError("third")
    signal.connect(failing(calls, "first", first))
    signal.connect(calls.receiver("second"))
    signal.connect(failing(calls, "third", third))

    for outcomes in (signal.send_robust(SHOP, 1), await signal.send_robust_async(SHOP, 1)):
        assert outcomes.errors == (first, third)
        assert outcomes.values == ("second",)
    assert calls.names == ["first", "second", "third"] * 2


async def test_a_returned_exception_is_no_failure() -> None:
    """What a receiver returns is a value, whatever it is."""
    signal = Signal[int]()
    returned = ValueError("returned")

    def receiver(sender: object, payload: int) -> Exception:
        return returned

    signal.connect(receiver)
    for outcomes in (signal.send_robust(SHOP, 1), await signal.send_robust_async(SHOP, 1)):
        assert outcomes.values == (returned,)
        assert outcomes.errors == ()
        outcomes.raise_errors()


async def test_raise_errors_raises_one_group_in_order_with_notes() -> None:
    """Each member says which receiver of which signal raised it, once."""
    signal, calls = Signal[int]("order_placed"), Calls()
    first, second = ValueError("first"), KeyError("second")
    shop = Shop(calls)
    signal.connect(failing(calls, "first", first))
    signal.connect(shop.receive)
    signal.connect(failing(calls, "second", second))

    for outcomes in (
        signal.send_robust(SHOP, 1),
        await signal.send_robust_async(SHOP, 1, concurrency=None),
    ):
        for _ in range(2):
            with pytest.raises(ExceptionGroup, match="order_placed") as caught:
                outcomes.raise_errors()
            assert caught.value.exceptions == (first, second)
    for error in (first, second):
        (note,) = error.__notes__
        assert "Calls.receiver" in note
        assert "order_placed" in note


async def test_raise_errors_without_errors_does_nothing() -> None:
    """A sending in which all went well raises nothing."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("good"))

    signal.send_robust(SHOP, 1).raise_errors()
    (await signal.send_robust_async(SHOP, 1, concurrency=2)).raise_errors()


async def test_the_payload_may_be_anything() -> None:
    """No payload is looked into: hostile ones are passed on like others."""
    signal, calls = Signal[Any](), Calls()

    class Hostile:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError

        def __bool__(self) -> bool:
            raise AssertionError

    signal.connect(calls.receiver("receiver"))
    signal.connect(calls.async_receiver("async"), SHOP)
    payload = Hostile()

    assert len(signal.send(Shop(), payload)) == 1
    assert len(await signal.send_async(SHOP, payload, concurrency=None)) == 2
    assert all(seen is payload for _, seen in calls.seen)

"""The record of one connection."""

from __future__ import annotations

import functools
import gc
from collections import deque
from typing import Any, cast

import pytest

from aldis._connection import Options, Record, Spent, make_record, view
from aldis._identity import take_apart
from aldis._inspection import describe
from aldis._types import ANY
from aldis.exceptions import WeakReferenceError
from tests.interpreters import needs_c_methods, needs_refcounting


class Owner:
    """Has a method."""

    def method(self, sender: object, payload: object) -> None:
        """Receive."""


class Slots:
    """Takes no weak references."""

    __slots__ = ()

    def __call__(self, sender: object, payload: object) -> str:
        """Receive."""
        return "slots"

    def method(self, sender: object, payload: object) -> str:
        """Receive."""
        return "method"


def queued(record: Record) -> list[object]:
    """Give what a record has put into its queue."""
    return list(cast("Any", record.note).__self__)


def function(sender: object, payload: object) -> None:
    """Receive."""


def make(receiver: Any, **options: Any) -> Record:
    """Make a record with a queue of its own."""
    return make_record(
        receiver,
        take_apart(receiver),
        Options(**options),
        sender=None,
        note=deque[object]().append,
        is_async=False,
    )


def test_records_of_equal_referents_are_different() -> None:
    """Unlike other weak references, they compare and hash by themselves."""
    first, second = make(function), make(function)
    assert first != second
    assert len({first, second}) == 2


def test_a_death_puts_the_record_into_the_queue() -> None:
    """And does nothing else."""
    owner = Owner()
    record = make(owner.method)
    del owner
    gc.collect()
    assert queued(record) == [record]
    assert record.receiver() is None


def test_the_death_of_what_is_not_connected_any_more_is_no_news() -> None:
    """A record that is not live is not lost, and has no receiver."""

    def receiver(sender: object, payload: object) -> None:
        """Dies."""

    record = make(receiver)
    record.end()
    assert not record.live
    assert record.receiver() is None
    del receiver
    gc.collect()
    assert not record.is_lost()


@needs_c_methods
@pytest.mark.parametrize("receiver", [Slots(), Slots().method, deque[int]().append])
def test_what_takes_no_weak_reference_is_held_by_a_stand(receiver: Any) -> None:
    """Strongly it connects like anything else; weakly it is refused with the mend."""
    record = make(receiver, weak=False)
    assert record.receiver() is not None
    assert take_apart(record.receiver()).key == record.key
    with pytest.raises(WeakReferenceError, match="pass weak=False") as refused:
        make(receiver)
    assert refused.value.receiver == describe(receiver)
    reasons = ("its type takes no weak references", "a C method is made anew at each access")
    assert refused.value.reason.startswith(reasons)


def test_a_stand_outlives_the_options_of_another_connection() -> None:
    """Adopting the options of an equal record does not drop what the reference refers to."""
    receiver = Slots()
    record = make(receiver, weak=False)
    record.adopt(make(receiver, weak=False, priority=3))
    assert record.receiver() is receiver
    assert record.options.priority == 3


def test_connections_with_the_same_options_share_them() -> None:
    """They are most of what a connection would take; a priority is its own."""
    assert make(function).options is make(Owner().method).options
    assert make(function, priority=2).options == make(function, priority=2).options


def test_adopting_makes_a_weak_connection_strong_and_back() -> None:
    """The place stays, the options change."""
    owner = Owner()
    record = make(owner.method)
    record.adopt(make(owner.method, weak=False))
    assert record.strong == owner.method
    record.adopt(make(owner.method))
    assert record.strong is None


def test_adopting_takes_over_what_the_receiver_has_become() -> None:
    """It may have been marked as async since it was connected."""
    record, other = make(function), make(function)
    other.is_async = other.is_coroutine = True
    record.adopt(other)
    assert record.is_async is True
    assert record.is_coroutine is True


async def coroutine_function(sender: object, payload: object) -> None:
    """Receive."""


class Waiting:
    """Has an `async def` in each place for one."""

    async def method(self, sender: object, payload: object) -> None:
        """Receive."""

    async def __call__(self, sender: object, payload: object) -> None:
        """Receive."""


@pytest.mark.parametrize(
    ("receiver", "known"),
    [
        (function, False),
        (coroutine_function, True),
        (Owner().method, False),
        (Waiting().method, True),
        (Waiting(), False),
        (functools.partial(coroutine_function), False),
    ],
    ids=["function", "async def", "method", "async method", "async object", "partial"],
)
def test_what_surely_returns_a_coroutine_is_known_of_at_connect(receiver: Any, known: bool) -> None:
    """An object or a partial may get another code to run; it is looked at after each call."""
    assert make(receiver).is_coroutine is known


@needs_refcounting
def test_only_what_has_died_unused_is_lost() -> None:
    """Neither what is alive, nor what had its one call, nor what was disconnected."""

    def make_lost(**options: Any) -> Record:
        return make(lambda sender, payload: None, **options)

    assert not make(function).is_lost()
    assert make_lost().is_lost()
    used_up, disconnected = make_lost(once=True), make_lost()
    assert used_up.is_lost()
    used_up.ticket = []
    assert not used_up.is_lost()
    disconnected.end()
    assert not disconnected.is_lost()


def test_a_ticket_is_claimed_by_one_caller_alone() -> None:
    """The others see that it has been, and make sure that the registry hears of it."""
    record = make(function, once=True)
    ticket = record.ticket
    assert ticket is not None
    assert record.is_present()
    assert record.claim(ticket, function)
    assert queued(record) == [Spent(record, ticket, function)]
    assert not record.claim(ticket, function)
    assert queued(record) == [Spent(record, ticket, function)] * 2
    record.end()
    assert not record.claim(ticket, function)
    assert len(queued(record)) == 2
    assert not record.is_present()
    assert not record.is_lost()


def test_a_c_method_connected_again_keeps_the_first_access() -> None:
    """Each access gives another object, and the record refers to its own."""
    items: deque[int] = deque()
    record = make(items.append, weak=False)
    record.adopt(make(items.append, weak=False))
    assert record.receiver() == items.append


@pytest.mark.parametrize(
    ("receiver", "name"),
    [
        (function, "function"),
        (functools.partial(function, 1), "a partial of function"),
        (functools.partial(print), "a partial of a C function"),
        (Owner().method, None),
        (print, None),
    ],
    ids=["function", "partial", "partial of C", "method", "C function"],
)
def test_functions_and_partials_are_told_of_when_lost(receiver: Any, name: str | None) -> None:
    """What else is connected goes quietly."""
    assert make(receiver).name == name


def test_the_origin_of_a_partial_of_a_c_function_is_unknown() -> None:
    """There is a text for it all the same."""
    origin = make(functools.partial(print)).origin()
    assert (origin.filename, origin.lineno, origin.module) == ("<unknown>", 1, "?")


def test_a_view_shows_the_options_and_the_place() -> None:
    """Frozen, as it was when asked for."""
    shown = view(make(function, priority=2, weak=False), function, ANY)
    assert (shown.receiver, shown.sender, shown.priority, shown.weak) == (function, ANY, 2, False)
    line = function.__code__.co_firstlineno
    assert shown.defined_at == f"{__file__}:{line}"
    assert repr(shown) == f"<Connection of {describe(function)}>"
    assert view(make(print), print, ANY).defined_at is None


def test_a_strong_connection_that_is_not_to_be_weakened_stays_strong() -> None:
    """However often the weak reconnect is applied; a weak one can still be made strong."""
    owner = Owner()
    record = make(owner.method)
    record.adopt(make(owner.method, weak=False), weakens=False)
    for _ in range(2):
        record.adopt(make(owner.method, priority=2), weakens=False)
    assert record.strong == owner.method
    assert record.options.weak is False
    assert record.options.priority == 2


@needs_refcounting
def test_a_weak_connection_that_is_not_to_be_weakened_stays_weak() -> None:
    """It is strong ones alone that are kept as they are."""
    owner = Owner()
    record = make(owner.method)
    record.adopt(make(owner.method), weakens=False)
    assert record.options.weak
    del owner
    assert record.receiver() is None

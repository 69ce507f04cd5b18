"""Whom one sending calls, decided just before each call."""

from __future__ import annotations

import gc
from collections import deque
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aldis._connection import Options, Record, Spent, make_record
from aldis._identity import take_apart
from aldis._plan import MUTED, Plan
from tests.interpreters import needs_gil, needs_refcounting


def make(
    receiver: Any,
    serial: int = 0,
    *,
    is_async: bool = False,
    kind: type[Record] = Record,
    **options: Any,
) -> Record:
    """Make a record that is connected."""
    record = make_record(
        receiver,
        take_apart(receiver),
        Options(**options),
        sender=None,
        note=deque[object]().append,
        is_async=is_async,
        kind=kind,
    )
    record.serial = serial
    return record


def queued(record: Record) -> list[object]:
    """Give what a record has put into its queue."""
    return list(cast("Any", record.note).__self__)


def function(sender: object, payload: object) -> None:
    """Receive."""


def other(sender: object, payload: object) -> None:
    """Receive as well."""


class Owner:
    """Has a method that may be taken away."""

    def method(self, sender: object, payload: object) -> None:
        """Receive."""


def receivers(plan: Plan) -> list[object]:
    """Give what is admitted."""
    return [receiver for _, receiver in plan.admitted()]


def test_higher_priorities_come_first_then_the_order_of_connecting() -> None:
    """Whatever order the records come in."""
    low, first, second = make(function, 0, priority=-1), make(other, 1), make(print, 2)
    assert Plan([second, low, first], None).records == (first, second, low)


@pytest.mark.parametrize(
    ("options", "plain"), [({}, True), ({"once": True}, False), ({"to_thread": True}, False)]
)
def test_only_calls_without_options_are_plain(options: dict[str, Any], plain: bool) -> None:
    """What has to be claimed or run elsewhere takes the careful way."""
    assert Plan([make(function, **options)], None).plain is plain


def test_an_adapted_call_is_not_plain() -> None:
    """The adapter has to be asked."""
    record = make(function)
    plan = Plan([record], lambda record, receiver: lambda sender, payload: receiver(payload))
    assert not plan.plain
    assert plan.call_of(record, len)(None, [1, 2]) == 2


def test_a_receiver_with_two_connections_is_admitted_once() -> None:
    """By the earliest of them."""
    first, second = make(function, 0), make(function, 1)
    assert [record for record, _ in Plan([first, second], None).admitted()] == [first]


def test_the_later_connection_steps_in_for_an_earlier_one_that_is_gone() -> None:
    """As long as one of them is live, the receiver is called."""
    first, second = make(function, 0), make(function, 1)
    plan = Plan([first, second], None)
    first.end()
    assert [record for record, _ in plan.admitted()] == [second]


def test_what_was_claimed_elsewhere_is_passed_over() -> None:
    """A `once` connection has one call."""
    record = make(function, once=True)
    plan = Plan([record, make(other, 1)], None)
    assert record.ticket is not None
    record.claim(record.ticket, function)
    assert receivers(plan) == [other]
    again = make(function, once=True)
    assert receivers(Plan([again], None)) == [function]
    assert [spent.receiver for spent in queued(again) if isinstance(spent, Spent)] == [function]


def test_a_reconnect_changes_no_snapshot() -> None:
    """A sending under way goes by the options of its time."""
    once, always = make(function, once=True), make(other, 1)
    plan = Plan([once, always], None)
    once.adopt(make(function))
    always.adopt(make(other, once=True))
    assert receivers(plan) == [function, other]
    assert receivers(plan) == [other]


@needs_gil
def test_a_method_whose_function_is_gone_is_found_and_queued() -> None:
    """No callback tells of it, so whoever comes by does."""
    owner = Owner()
    record = make(owner.method)
    plan = Plan([record], None)
    method = Owner.method
    try:
        del Owner.method
        del method
        gc.collect()  # functions wait for it where there is no GIL
        assert receivers(plan) == []
        assert queued(record) == [record]
    finally:

        def restored(self: Owner, sender: object, payload: object) -> None:
            """Receive again."""

        owner_class: Any = Owner
        owner_class.method = restored


@needs_refcounting
def test_a_dead_receiver_is_not_queued_again() -> None:
    """Its death has done that."""
    owner = Owner()
    record = make(owner.method)
    plan = Plan([record], None)
    del owner
    assert receivers(plan) == []
    assert queued(record) == [record]


async def waiting(sender: object, payload: object) -> None:
    """Receive."""


class Untouchable(Record):
    """Refuses to give its receiver."""

    __slots__ = ()

    def receiver(self) -> Any:
        """Fail."""
        pytest.fail("the receiver was asked for")

    def __call__(self) -> Any:
        """Fail."""
        pytest.fail("the receiver was asked for")


@pytest.mark.parametrize("receiver", [function, waiting], ids=["sync", "async"])
def test_a_snapshot_asks_for_no_receiver(receiver: Any) -> None:
    """It is made under the lock, where a receiver that nobody else keeps must not be let go of."""
    is_async = receiver is waiting
    plan = Plan([make(receiver, is_async=is_async, kind=Untouchable)], None)
    assert plan.coroutines is is_async
    with pytest.raises(pytest.fail.Exception, match="asked for"):
        plan.admit(0, set())


def test_an_async_send_waits_for_a_worker_thread() -> None:
    """That needs no look for a cancellation before it, and a task of its own."""
    inline, threaded = make(function, 0), make(other, 1, to_thread=True)
    assert not Plan([inline], None).awaits
    plan = Plan([inline, threaded], None)
    assert plan.awaits
    assert not plan.guarded
    assert [plan.is_apart(record) for record in plan.records] == [False, True]


def test_async_middleware_wants_every_call_in_a_task_of_its_own() -> None:
    """It may wait before a plain receiver as well."""
    record = make(function)
    layers: Any = SimpleNamespace(receivers=[None], asyncs=[None], sendings=[])
    plan = Plan([record], None, layers=layers)
    assert plan.is_apart(record)
    assert plan.guarded
    layers.asyncs.clear()
    assert not Plan([record], None, layers=layers).is_apart(record)


def test_the_muted_plan_calls_nobody() -> None:
    """And says that it is muted."""
    assert MUTED.muted
    assert receivers(MUTED) == []

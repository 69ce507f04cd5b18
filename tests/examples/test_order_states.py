"""The order's states: each step is signalled, and receivers know nothing of the machine."""

from __future__ import annotations

import logging
from collections.abc import Generator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from aldis import connect_methods
from examples.order_states.notices import CancellationAlert, ShipmentNotice
from examples.order_states.signals import (
    Order,
    Status,
    StatusEntered,
    StatusLeft,
    Step,
    StepDenied,
    StepTaken,
    status_entered,
    status_left,
    step_denied,
    step_taken,
)
from tests.examples.migration_stages import run_python

if TYPE_CHECKING:
    from examples.order_states.machine import OrderMachine

pytestmark = pytest.mark.skipif(
    find_spec("transitions") is None, reason="not installed: transitions"
)


def drive(order: Order) -> OrderMachine:
    """Give the machine of an order; the module needs `transitions`, which may not be there."""
    from examples.order_states.machine import OrderMachine

    return OrderMachine(order)


@pytest.fixture
def heard() -> Generator[list[tuple[object, object]]]:
    """Who sent what, of all four signals."""
    heard: list[tuple[object, object]] = []

    def hear(order: object, payload: object) -> None:
        heard.append((order, payload))

    with (
        status_left.connected_to(hear),
        status_entered.connected_to(hear),
        step_taken.connected_to(hear),
        step_denied.connected_to(hear),
    ):
        yield heard


def test_step(heard: list[tuple[object, object]]) -> None:
    """A step is an exit, an entry and a transition, in this order, sent by the order itself."""
    order = Order("o-1", "ann@example.org")
    drive(order).take(Step.PAY)
    assert order.status is Status.PAID
    assert heard == [
        (order, StatusLeft(Status.PLACED, Step.PAY)),
        (order, StatusEntered(Status.PAID, Step.PAY)),
        (order, StepTaken(Step.PAY, Status.PLACED, Status.PAID)),
    ]


@pytest.mark.parametrize(
    ("status", "step", "reason"),
    [
        (Status.PLACED, Step.SHIP, "wrong status"),
        (Status.PAID, Step.SHIP, "condition not met"),
        (Status.SHIPPED, Step.CANCEL, "wrong status"),
        (Status.CANCELLED, Step.PAY, "wrong status"),
    ],
)
def test_denied_step(
    heard: list[tuple[object, object]], status: Status, step: Step, reason: str
) -> None:
    """A step that cannot be taken changes nothing, and is told with its reason and nothing else."""
    order = Order("o-1", "ann@example.org", status=status)
    drive(order).take(step)
    assert order.status is status
    ((sender, denied),) = heard
    assert sender is order
    assert isinstance(denied, StepDenied)
    assert (denied.step, denied.status, denied.reason) == (step, status, reason)


def test_failing_receiver(
    heard: list[tuple[object, object]], caplog: pytest.LogCaptureFixture
) -> None:
    """A receiver that fails is logged, and stops neither the step nor the other receivers."""

    def fail(_order: Order, _left: StatusLeft) -> None:
        raise ConnectionError("no answer")

    order = Order("o-1", "ann@example.org")
    with status_left.connected_to(fail), caplog.at_level(logging.ERROR):
        drive(order).take(Step.PAY)
    assert order.status is Status.PAID
    assert len(heard) == 3
    (record,) = caplog.records
    assert record.getMessage() == "a receiver of status_left failed"
    assert "ConnectionError: no answer" in caplog.text


@pytest.mark.parametrize("address", ["1 Harbour Street", None])
def test_step_that_a_receiver_takes(
    heard: list[tuple[object, object]], address: str | None
) -> None:
    """All hear of a step as it was before they hear of the next, and that one may be denied."""
    order = Order("o-1", "ann@example.org", address)
    machine = drive(order)

    def ship(_order: Order, entered: StatusEntered) -> None:
        if entered.status is Status.PAID:
            machine.take(Step.SHIP)

    with status_entered.connected_to(ship):
        machine.take(Step.PAY)
    shipped = [
        StatusLeft(Status.PAID, Step.SHIP),
        StatusEntered(Status.SHIPPED, Step.SHIP),
        StepTaken(Step.SHIP, Status.PAID, Status.SHIPPED),
    ]
    denied = [StepDenied(Step.SHIP, Status.PAID, "condition not met")]
    assert [payload for _, payload in heard] == [
        StatusLeft(Status.PLACED, Step.PAY),
        StatusEntered(Status.PAID, Step.PAY),
        StepTaken(Step.PAY, Status.PLACED, Status.PAID),
        *(shipped if address else denied),
    ]


def test_receiver_that_stops_the_program() -> None:
    """The steps that waited for an interrupted one are dropped, and the next is taken as ever."""
    order = Order("o-1", "ann@example.org", "1 Harbour Street")
    machine = drive(order)
    steps: list[Step] = []

    def interrupt(_order: Order, _entered: StatusEntered) -> None:
        machine.take(Step.SHIP)
        raise KeyboardInterrupt

    with status_entered.connected_to(interrupt), pytest.raises(KeyboardInterrupt):
        machine.take(Step.PAY)
    assert order.status is Status.PAID
    with step_taken.connected_to(lambda _, taken: steps.append(taken.step)):
        machine.take(Step.CANCEL)
    assert steps == [Step.CANCEL]


def test_order_has_no_methods_of_the_machine() -> None:
    """A step is taken by `take` alone, so that none goes without its signal."""
    order = Order("o-1", "ann@example.org")
    before = set(dir(order))
    drive(order).take(Step.PAY)
    assert set(dir(order)) == before


def test_following_one_order() -> None:
    """Who is connected to one order hears of no other."""
    ann, bob = Order("o-1", "ann@example.org"), Order("o-2", "bob@example.org")
    numbers: list[str] = []
    with step_taken.connected_to(lambda order, _: numbers.append(order.number), ann):
        for order in (ann, bob):
            drive(order).take(Step.PAY)
    assert numbers == ["o-1"]


def test_shipment_notice() -> None:
    """The customer is told once, of the shipment alone."""
    mails: list[tuple[str, str]] = []
    notice = ShipmentNotice(lambda address, text: mails.append((address, text)))
    connect_methods(notice)
    machine = drive(Order("o-1", "ann@example.org", "1 Harbour Street"))
    for step in (Step.PAY, Step.SHIP, Step.DELIVER):
        machine.take(step)
    assert mails == [("ann@example.org", "o-1 is on its way to 1 Harbour Street")]


@pytest.mark.parametrize(
    ("status", "todo"), [(Status.PLACED, "nothing was paid"), (Status.PAID, "refund it")]
)
def test_cancellation_alert(status: Status, todo: str) -> None:
    """Sales are told of a cancellation, and whether there is money to give back."""
    mails: list[str] = []
    alert = CancellationAlert(lambda _, text: mails.append(text))
    connect_methods(alert)
    machine = drive(Order("o-1", "ann@example.org", status=status))
    for _ in range(2):
        machine.take(Step.CANCEL)
    assert mails == [f"o-1 was cancelled: {todo}"]


def test_receivers_know_nothing_of_the_machine() -> None:
    """Signals and receivers are imported without `transitions`."""
    code = "import sys, examples.order_states.log, examples.order_states.notices as _; "
    assert run_python("-c", code + "print('transitions' in sys.modules)") == ["False"]

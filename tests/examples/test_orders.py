"""The orders: receivers answer in their order, and the two ways of sending differ in a failure."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from examples.orders.receivers import Inventory, Mailer, Metrics, OutOfStockError
from examples.orders.shop import OrderPlaced, Shop, order_placed

SHOP = Shop("shop")


def order(quantity: int) -> OrderPlaced:
    """Make an order of lamps."""
    return OrderPlaced("o-1", "ann@example.org", "lamp", quantity)


@pytest.fixture
def mailer() -> Mailer:
    """A mailer that has sent nothing."""
    return Mailer()


@pytest.fixture
def inventory() -> Inventory:
    """An inventory of three lamps."""
    return Inventory({"lamp": 3})


@pytest.fixture
def metrics() -> Metrics:
    """Metrics that have counted nothing."""
    return Metrics()


@pytest.fixture(autouse=True)
def connected(mailer: Mailer, inventory: Inventory, metrics: Metrics) -> Generator[None]:
    """Connect them as the program does, and leave nothing connected."""
    order_placed.connect(mailer.confirm)
    order_placed.connect(inventory.reserve, priority=1)
    order_placed.connect(metrics.count)
    yield
    for receiver in (mailer.confirm, inventory.reserve, metrics.count):
        order_placed.disconnect(receiver)


def test_results_are_what_each_receiver_returned(
    mailer: Mailer, inventory: Inventory, metrics: Metrics
) -> None:
    """Each receiver stands beside its result, the one of highest priority first."""
    results = SHOP.place(order(2))
    assert list(results) == [
        (inventory.reserve, "reserved 2 of lamp"),
        (mailer.confirm, "mailed to ann@example.org"),
        (metrics.count, "counted as order 1"),
    ]
    assert results.values == tuple(result for _, result in results)


def test_what_is_out_of_stock_is_refused(
    mailer: Mailer, inventory: Inventory, metrics: Metrics
) -> None:
    """A placed order that cannot be kept raises: nothing is mailed, counted or set aside."""
    with pytest.raises(OutOfStockError, match=r"^4 of lamp wanted, 3 left$"):
        SHOP.place(order(4))
    assert (mailer.outbox, metrics.orders, inventory.stock["lamp"]) == ([], {}, 3)


def test_recorded_order_reaches_everybody(
    mailer: Mailer, inventory: Inventory, metrics: Metrics
) -> None:
    """A recorded order that cannot be kept has its mail and its count, and the error is told."""
    outcomes = SHOP.record(order(4))
    failed, *others = outcomes
    assert failed.receiver == inventory.reserve
    assert outcomes.errors == (failed.error,)
    assert isinstance(failed.error, OutOfStockError)
    assert [outcome.receiver for outcome in others] == [mailer.confirm, metrics.count]
    assert outcomes.values == ("mailed to ann@example.org", "counted as order 1")


def test_receivers_go_with_their_objects() -> None:
    """Who lets go of a receiving object need not disconnect it."""
    before = order_placed.receivers
    audience = Metrics()
    order_placed.connect(audience.count)
    assert order_placed.receivers == (*before, audience.count)
    del audience
    assert order_placed.receivers == before

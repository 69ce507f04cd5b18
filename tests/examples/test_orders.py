"""The orders: what can refuse one comes before the deed, and the news of it harms nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator

import pytest

from examples.orders.receivers import Inventory, Mailer, Metrics, price_goods, price_parcel
from examples.orders.shop import (
    Order,
    OrderPlaced,
    OrderRefusedError,
    OutOfStockError,
    Shop,
    order_placed,
    price_asked,
)


def order(quantity: int = 2, item: str = "lamp", email: str = "ann@example.org") -> Order:
    """Make an order."""
    return Order("o-1", email, item, quantity)


@pytest.fixture
def shop() -> Shop:
    """A shop that has three lamps."""
    return Shop("shop", Counter(lamp=3))


@pytest.fixture
def mailer() -> Mailer:
    """A mailer that has sent nothing."""
    return Mailer()


@pytest.fixture
def inventory() -> Inventory:
    """An inventory that wants two of each item."""
    return Inventory(at_least=2)


@pytest.fixture
def metrics() -> Metrics:
    """Metrics that have counted nothing."""
    return Metrics()


@pytest.fixture(autouse=True)
def connected(mailer: Mailer, inventory: Inventory, metrics: Metrics) -> Generator[None]:
    """Connect them as the program does, and leave nothing connected."""
    price_asked.connect(price_goods)
    price_asked.connect(price_parcel)
    order_placed.connect(mailer.confirm)
    order_placed.connect(inventory.update)
    order_placed.connect(metrics.count)
    yield
    for signal in (price_asked, order_placed):
        for receiver in signal.receivers:
            signal.disconnect(receiver)


def test_quote_has_the_part_of_each_receiver(shop: Shop) -> None:
    """Each receiver stands beside its part, in the order of connecting; nothing is taken."""
    assert list(shop.quote(order(2))) == [(price_goods, 3800), (price_parcel, 490)]
    assert shop.stock["lamp"] == 3


def test_placed_order_is_told_with_its_price(
    shop: Shop, mailer: Mailer, inventory: Inventory, metrics: Metrics
) -> None:
    """The goods are set aside when the news goes out, and each receiver says what it has done."""
    heard: list[tuple[OrderPlaced, int]] = []

    def hear(shop: Shop, placed: OrderPlaced) -> str:
        heard.append((placed, shop.stock["lamp"]))
        return "heard"

    with order_placed.connected_to(hear):
        outcomes = shop.place(order(2))
    assert heard == [(OrderPlaced(order(2), 4290), 1)]
    assert [(each.receiver, each.value) for each in outcomes] == [
        (mailer.confirm, "mailed to ann@example.org"),
        (inventory.update, "1 of lamp left, more is wanted"),
        (metrics.count, "counted as order 1"),
        (hear, "heard"),
    ]
    assert inventory.wanted == ["lamp"]


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (order(4), OutOfStockError("lamp", 4, 3)),
        (order(1, "sofa"), OrderRefusedError("no sofa is sold here")),
    ],
    ids=["by-the-shop", "by-a-receiver"],
)
def test_refused_order_changes_nothing(
    shop: Shop, mailer: Mailer, metrics: Metrics, refused: Order, error: OrderRefusedError
) -> None:
    """Whoever refuses an order, nothing is set aside, and nobody is told."""
    with pytest.raises(type(error)) as caught:
        shop.place(refused)
    assert str(caught.value) == str(error)
    assert (mailer.outbox, metrics.orders, shop.stock) == ([], {}, {"lamp": 3})


def test_price_that_fails_changes_nothing(shop: Shop, mailer: Mailer, metrics: Metrics) -> None:
    """Where a part of the price cannot be had the order is not taken, and the error comes out."""

    def stumble(_shop: Shop, _order: Order) -> int:
        raise ConnectionError("the customs do not answer")

    with price_asked.connected_to(stumble), pytest.raises(ConnectionError, match="customs"):
        shop.place(order())
    assert (mailer.outbox, metrics.orders, shop.stock) == ([], {}, {"lamp": 3})


def test_mail_that_fails_refuses_no_order(
    shop: Shop, mailer: Mailer, inventory: Inventory, metrics: Metrics
) -> None:
    """The order stands, the goods are set aside, the others hear of it, and the error is told."""
    outcomes = shop.place(order(email="nowhere"))
    assert [str(error) for error in outcomes.errors] == ["nowhere is no address"]
    assert outcomes[0].receiver == mailer.confirm
    assert outcomes.values == ("1 of lamp left, more is wanted", "counted as order 1")
    assert shop.stock == {"lamp": 1}


def test_receivers_go_with_their_objects() -> None:
    """Who lets go of a receiving object need not disconnect it."""
    before = order_placed.receivers
    audience = Metrics()
    order_placed.connect(audience.count)
    assert order_placed.receivers == (*before, audience.count)
    del audience
    assert order_placed.receivers == before

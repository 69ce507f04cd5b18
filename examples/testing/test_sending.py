"""What is sent: captured, by sender, by a mock."""

from __future__ import annotations

from unittest.mock import Mock

from examples.testing.bookshop import Sale, Shop, price_asked, sold, sold_out
from examples.testing.capturing import captured


def test_capture_payload(shop: Shop) -> None:
    """A receiver of the test's own hears what is sent, for the length of a block."""
    sales: list[Sale] = []

    def capture(_shop: Shop, sale: Sale) -> None:
        sales.append(sale)

    with sold.connected_to(capture):
        shop.sell("Emma")
    assert sales == [Sale("Emma", 1000)]


def test_capture_in_one_line(shop: Shop) -> None:
    """A helper saves the receiver; each signal is captured by itself."""
    with captured(sold) as sales, captured(sold_out) as gone:
        shop.sell("Emma")
        shop.sell("Ulysses")
    assert [sale.title for _, sale in sales] == ["Emma", "Ulysses"]
    assert gone == [(shop, "Ulysses")]


def test_capture_where_results_count(shop: Shop) -> None:
    """The helper is no receiver: it adds nothing to the results that the code under test uses."""
    with captured(price_asked) as questions, captured(sold) as sales:
        shop.sell("Emma")
    assert questions == [(shop, "Emma")]
    assert sales == [(shop, Sale("Emma", 1000))]


def test_filter_by_sender(shop: Shop) -> None:
    """Bound to a sender, a signal has receivers for that one alone."""
    other, titles = Shop({"Emma": 1}), list[str]()

    def capture(_shop: Shop, title: str) -> None:
        titles.append(title)

    with sold_out.bind(shop).connected_to(capture):
        other.sell("Emma")
        shop.sell("Ulysses")
    assert titles == ["Ulysses"]


def test_mock_as_receiver(shop: Shop) -> None:
    """A mock is a receiver like any other."""
    receiver = Mock()
    with sold.connected_to(receiver):
        shop.sell("Emma")
    receiver.assert_called_once_with(shop, Sale("Emma", 1000))

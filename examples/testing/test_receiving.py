"""What receivers do: alone, muted, together, and when one of them fails."""

from __future__ import annotations

import pytest

from examples.testing.bookshop import (
    Sale,
    Shop,
    count_down,
    mail_receipt,
    price_asked,
    sold,
    sold_out,
)
from examples.testing.capturing import captured


def test_receiver_alone(shop: Shop) -> None:
    """A connected function is still a function: it is called without its signal."""
    mail_receipt(shop, Sale("Emma", 1000))
    assert shop.mails == ["receipt for Emma"]


def test_wiring() -> None:
    """The receivers of the application are connected, in this order."""
    assert sold.receivers == (mail_receipt, count_down)


def test_mute_a_receiver(shop: Shop) -> None:
    """A muted receiver is left out, and the others are called."""
    with sold.muted(mail_receipt):
        shop.sell("Emma")
    assert (shop.mails, shop.stock["Emma"]) == ([], 1)


def test_mute_a_signal(shop: Shop) -> None:
    """A muted signal reaches nobody, whoever has connected."""
    with captured(sold) as sales, sold.muted():
        shop.sell("Emma")
    assert (sales, shop.stock["Emma"]) == ([], 2)


def test_collect_results(shop: Shop) -> None:
    """A sending gives what each receiver returned, in order."""

    def season(_shop: Shop, _title: str) -> int:
        return 100

    def austen(_shop: Shop, title: str) -> int:
        return 50 if title == "Emma" else 0

    with price_asked.connected_to(season), price_asked.connected_to(austen):
        assert price_asked.send(shop, "Emma").values == (100, 50)
        with captured(sold) as sales:
            shop.sell("Emma")
    assert sales == [(shop, Sale("Emma", 850))]


def test_failing_receiver(shop: Shop) -> None:
    """A robust sending keeps the error of one receiver, and calls the others."""

    def fail(_shop: Shop, _sale: Sale) -> None:
        raise ValueError("the till is stuck")

    with sold.connected_to(fail):
        outcomes = sold.send_robust(shop, Sale("Emma", 1000))
        assert [str(error) for error in outcomes.errors] == ["the till is stuck"]
        with pytest.raises(ValueError, match="the till is stuck"):
            shop.sell("Ulysses")
    assert shop.stock == {"Emma": 1, "Ulysses": 0}


def test_signal_in_a_signal(shop: Shop) -> None:
    """A receiver that sends is tested by what it sends."""
    with captured(sold_out) as gone:
        count_down(shop, Sale("Emma", 1000))
        assert gone == []
        count_down(shop, Sale("Emma", 1000))
    assert gone == [(shop, "Emma")]

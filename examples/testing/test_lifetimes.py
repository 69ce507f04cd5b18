"""What is left of a connection: nothing behind a block, and a warning for a lost receiver."""

from __future__ import annotations

import gc
from unittest.mock import Mock

import pytest

from aldis import LostReceiverWarning, Signal
from examples.testing.bookshop import Shop, sold


def connect_weakly(signal: Signal[str]) -> None:
    """Connect a function that ends with this one: the mistake."""

    @signal.connect
    def greet(_sender: object, name: str) -> str:
        return f"hello {name}"


def connect_for_good(signal: Signal[str]) -> None:
    """Connect a function that the signal keeps: the mend."""

    @signal.connect(weak=False)
    def greet(_sender: object, name: str) -> str:
        return f"hello {name}"


def test_nothing_is_left_behind_a_block(shop: Shop) -> None:
    """What a block connects ends with it, also when the test in it fails."""
    before = sold.receivers
    with pytest.raises(KeyError), sold.connected_to(Mock()):
        shop.sell("Persuasion")
    assert sold.receivers == before


def test_lost_receiver_warns() -> None:
    """A function that nobody keeps is lost, and the next sending says so."""
    arrived = Signal[str]("arrived")
    connect_weakly(arrived)
    gc.collect()  # CPython has let it go already; others wait for the collector
    with pytest.warns(LostReceiverWarning, match=r"connect_weakly.*greet"):
        assert not arrived.send(None, "Ann")


def test_kept_receiver_does_not() -> None:
    """Connected with `weak=False` it stays; warnings being errors, its test would tell."""
    arrived = Signal[str]("arrived")
    connect_for_good(arrived)
    gc.collect()
    assert arrived.send(None, "Ann").values == ("hello Ann",)

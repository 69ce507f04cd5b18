"""Namespaces: the same name gives the same signal, with the same payload type."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any, TypedDict

import pytest

from aldis import AldisError, Namespace, PayloadMismatchError, Signal
from tests.behaviour.recording import LIMIT, in_threads
from tests.interpreters import needs_refcounting


class Order(TypedDict):
    """A payload."""

    order_id: str


class Refund(TypedDict):
    """A payload that looks the same."""

    order_id: str


def test_the_same_name_gives_the_same_signal() -> None:
    """However often it is asked for."""
    orders = Namespace("orders")
    placed = orders.signal("placed", Order)

    assert isinstance(placed, Signal)
    assert orders.signal("placed", Order) is placed
    assert orders.signal("refunded", Refund) is not placed


def test_a_signal_is_named_after_its_namespace() -> None:
    """Messages tell signals of several namespaces apart."""
    assert Namespace("orders").signal("placed", Order).name == "orders.placed"
    assert Namespace().signal("placed", Order).name == "placed"
    assert Namespace("orders").name == "orders"
    assert Namespace().name is None


def test_a_signal_knows_its_payload_type() -> None:
    """It is the type that was given."""
    orders = Namespace("orders")

    assert orders.signal("placed", Order).payload_type is Order
    assert orders.signal("counts", list[int]).payload_type == list[int]
    assert orders.signal("counts", list[int]) is orders.signal("counts", list[int])


def test_two_namespaces_are_strangers() -> None:
    """The same name in another namespace, even one of the same name, is another signal."""
    assert Namespace("a").signal("placed", Order) is not Namespace("a").signal("placed", Order)


@pytest.mark.parametrize("wrong", [Refund, int, dict[str, str], object])
def test_another_payload_type_is_refused(wrong: Any) -> None:
    """The error names the signal and both types, and the first signal stays."""
    orders = Namespace("orders")
    placed = orders.signal("placed", Order)
    with pytest.raises(PayloadMismatchError, match=r"orders\.placed") as caught:
        orders.signal("placed", wrong)

    assert isinstance(caught.value, AldisError)
    assert caught.value.signal == "orders.placed"
    assert "Order" in caught.value.declared
    assert caught.value.declared in str(caught.value)
    assert caught.value.found in str(caught.value)
    assert str(caught.value).endswith("or choose another name")
    assert orders.signal("placed", Order) is placed
    assert list(orders) == [placed]


def test_it_iterates_over_its_signals() -> None:
    """Tools can list them, in the order in which they were asked for first."""
    orders = Namespace("orders")
    assert list(orders) == []
    placed, refunded = orders.signal("placed", Order), orders.signal("refunded", Refund)
    orders.signal("placed", Order)

    assert list(orders) == [placed, refunded]


def test_signals_may_be_added_while_iterating() -> None:
    """The iteration goes on over those that were there."""
    orders = Namespace("orders")
    orders.signal("placed", Order)
    for number, _ in enumerate(orders):
        orders.signal(f"more {number}", Order)

    assert len(list(orders)) == 2


def test_the_doc_of_the_first_call_counts() -> None:
    """Who declares a signal says what it stands for."""
    orders = Namespace("orders")
    orders.signal("placed", Order, doc="An order was accepted.")

    assert orders.signal("placed", Order).doc == "An order was accepted."
    assert orders.signal("refunded", Refund).doc is None


@needs_refcounting
def test_it_keeps_its_signals_alive() -> None:
    """A signal that nobody else holds keeps its connections, until the namespace goes."""
    orders = Namespace("orders")
    ref = weakref.ref(orders.signal("placed", Order))
    gc.collect()
    assert ref() is orders.signal("placed", Order)
    del orders

    assert ref() is None


def test_all_threads_get_the_same_signal() -> None:
    """Of several threads that ask first at the same moment, all get one signal."""
    rounds = 200
    orders = Namespace("orders")
    ready = threading.Barrier(4)
    seen: list[list[Signal[Order]]] = [[], [], [], []]

    def ask(number: int) -> None:
        for each in range(rounds):
            ready.wait(LIMIT)
            seen[number].append(orders.signal(str(each), Order))

    in_threads(*(lambda number=number: ask(number) for number in range(4)))

    assert all(len({id(signal) for signal in each}) == 1 for each in zip(*seen, strict=True))
    assert len(list(orders)) == rounds

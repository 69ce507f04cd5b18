"""Names, docs and reprs: useful, and never the repr of a user's object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aldis import ANY, KeywordSignal, Namespace, Signal
from tests.behaviour.recording import Calls, Shop
from tests.interpreters import needs_refcounting

SHOP = Shop()


class Market:
    """An owner of signals."""

    opened = Signal[int]()
    named = Signal[int]("its own name", doc="What it stands for.")

    class Stall:
        """An owner within an owner."""

        opened = Signal[int]()


class SmallMarket(Market):
    """A subclass that shares the signals."""


def test_a_name_and_a_doc_can_be_given() -> None:
    """And both can be left out."""
    signal = Signal[int]("opened", doc="The market has opened.")
    assert (signal.name, signal.doc) == ("opened", "The market has opened.")
    nameless = Signal[int]()
    assert (nameless.name, nameless.doc) == (None, None)


def test_a_class_attribute_takes_its_name_from_the_class() -> None:
    """A name that was given stays."""
    assert Market.opened.name == "Market.opened"
    assert Market.Stall.opened.name == "Market.Stall.opened"
    assert Market.named.name == "its own name"
    assert Market.named.doc == "What it stands for."


def test_a_signal_is_named_while_the_body_of_its_class_runs() -> None:
    """By the whole path of the class; a name that was given stays."""

    class Fair:
        opened = Signal[int]()
        named = Signal[int]("its own name")

    assert Fair.opened.name == f"{Fair.__qualname__}.opened"
    assert Fair.named.name == "its own name"


def test_signals_of_a_signal_have_its_name_before_theirs() -> None:
    """That of a signal without a name is theirs alone."""
    assert Signal[int]("opened").receiver_connected.name == "opened.receiver_connected"
    assert Signal[int]().receiver_disconnected.name == "receiver_disconnected"


def test_a_type_for_a_name_is_told_where_it_belongs() -> None:
    """It is what one forgets the brackets for."""
    kind: Any = Signal
    with pytest.raises(TypeError) as refused:
        kind(Market)
    assert str(refused.value) == (
        f"the name of a signal is a str, not the class {__name__}.Market; "
        f"the type of its payload stands in brackets: Signal[OrderPlaced]()"
    )


def test_a_class_attribute_is_one_signal_for_all() -> None:
    """Instances and subclasses share it, and keep its first name."""

    class Again(Market):
        reopened = Market.opened

    assert Market().opened is Market.opened
    assert SmallMarket.opened is Market.opened
    assert Again.reopened.name == "Market.opened"


def test_any_shows_its_name() -> None:
    """`ANY` is shown as what it is written as."""
    assert repr(ANY) == "ANY"
    assert str(ANY) == f"{ANY}" == "ANY"


def test_the_repr_of_a_signal_names_it() -> None:
    """Name, payload type and number of connections."""
    signal, calls = Signal[int]("opened"), Calls()
    signal.connect(calls.receiver("receiver"))
    signal.connect(calls.receiver("receiver"), SHOP)

    assert repr(signal) == "<Signal 'opened', payload int, connections 2>"
    nameless = Signal[int]()
    assert repr(nameless) == f"<Signal at {id(nameless):#x}, payload int, connections 0>"


def test_the_repr_of_a_keyword_signal_shows_its_call() -> None:
    """Name, call and number of connections."""

    @KeywordSignal
    def placed(sender: object, /, *, total: int) -> None:
        """An order was accepted."""

    assert "placed" in repr(placed)
    assert "receiver(sender, total=...)" in repr(placed)
    assert "connections 0" in repr(placed)


def test_the_repr_of_a_namespace_lists_its_signals() -> None:
    """By their names."""
    orders = Namespace("orders")
    orders.signal("placed", int)
    orders.signal("refunded", int)

    assert repr(orders) == "<Namespace 'orders': placed, refunded>"
    assert "no signals" in repr(Namespace())


# -- never a user's repr -----------------------------------------------------------------------


class Secret:
    """A payload, sender, receiver, result and error in one, none of which is to be shown."""

    def receive(self, sender: object, payload: object) -> Secret:
        """Receive and give itself back."""
        return self

    def __call__(self, sender: object, payload: object) -> Secret:
        """Receive and give itself back."""
        return self

    def __repr__(self) -> str:
        raise AssertionError("the repr of a user's object was asked for")

    __str__ = __repr__
    __format__: Any = __repr__


class SecretError(Exception):
    """An error that is not to be shown."""

    def __repr__(self) -> str:
        raise AssertionError("the repr of a user's error was asked for")

    __str__ = __repr__


SECRET = Secret()


def raise_secret(sender: object, payload: object) -> None:
    """Receive, and fail secretly."""
    raise SecretError


def make_signal() -> Signal[Any]:
    """Make a signal with secret receivers, for secret senders."""
    signal = Signal[Any]("secret")
    signal.connect(SECRET.receive, SECRET)
    signal.connect(SECRET)
    return signal


THINGS: dict[str, Callable[[], object]] = {
    "signal": make_signal,
    "bound signal": lambda: make_signal().bind(SECRET),
    "connections": lambda: make_signal().connections,
    "event": lambda: make_signal().event(SECRET, SECRET),
    "results": lambda: make_signal().send(SECRET, SECRET),
    "outcomes": lambda: make_signal().send_robust(SECRET, SECRET),
    "outcome": lambda: make_signal().send_robust(SECRET, SECRET)[0],
    "connector": lambda: make_signal().connect(sender=SECRET),
    "block": lambda: make_signal().connected_to(SECRET, SECRET),
}


@pytest.mark.parametrize("kind", THINGS)
def test_no_repr_runs_that_of_a_users_object(kind: str) -> None:
    """Payloads hold personal data, and a repr may cost or fail: none is asked for."""
    thing = THINGS[kind]()

    assert repr(thing)
    assert str(thing)
    assert format(thing)


def test_the_repr_of_a_failed_outcome_does_not_show_the_error() -> None:
    """It names its kind."""
    signal = Signal[Any]()
    signal.connect(raise_secret)
    outcomes = signal.send_robust(SECRET, SECRET)

    assert "SecretError" in repr(outcomes[0])
    assert "raise_secret" in repr(outcomes[0])
    assert "raise_secret" in repr(outcomes)


def test_the_notes_of_a_group_show_no_users_object() -> None:
    """They name receivers by what they are and where they were defined."""
    signal = Signal[Any]()

    class Fails:
        def __call__(self, sender: object, payload: object) -> None:
            raise ValueError

        def __repr__(self) -> str:
            raise AssertionError

    fails = Fails()
    signal.connect(fails)
    with pytest.raises(ExceptionGroup) as caught:
        signal.send_robust(SECRET, SECRET).raise_errors()

    assert "Fails" in caught.value.exceptions[0].__notes__[0]


def test_refusals_show_no_users_object() -> None:
    """Nor does the error about what cannot be called."""

    class NotCallable:
        def __repr__(self) -> str:
            raise AssertionError

    receiver: Any = NotCallable()
    with pytest.raises(TypeError, match="NotCallable"):
        Signal[Any]().connect(receiver)


def test_reprs_name_receivers() -> None:
    """So that whoever reads a log finds them."""
    signal = make_signal()

    assert "Secret" in repr(signal.connections[0])
    assert "Secret.receive" in repr(signal.connections[0])
    assert "Secret" in repr(signal.send(SECRET, SECRET))
    assert "secret" in repr(signal.event(SECRET, SECRET))
    assert "secret" in repr(signal.bind(SECRET))


def test_the_repr_of_many_results_is_short() -> None:
    """A thousand receivers are not all named."""
    signal, calls = Signal[int](), Calls()
    for number in range(1000):
        signal.connect(calls.receiver(str(number)))

    assert len(repr(signal.send(SHOP, 1))) < 2000
    assert len(repr(signal.send_robust(SHOP, 1))) < 2000
    assert len(repr(signal)) < 200
    assert repr(Signal[int]().send(SHOP, 1)) == "<Results of 0: no receivers>"


@needs_refcounting
def test_the_repr_of_a_signal_with_a_dead_receiver_is_exact() -> None:
    """The dead are not counted."""
    signal = Signal[int]("opened")
    shop = Shop()
    signal.connect(shop.receive)
    del shop

    assert "connections 0" in repr(signal)


@pytest.mark.parametrize("name", [int, 3, b"placed", ("placed",)], ids=repr)
def test_a_type_in_the_place_of_the_name_is_refused(name: Any) -> None:
    """It is the habit of other libraries, and would leave the payload unknown without a word."""
    with pytest.raises(TypeError, match=r"stands in brackets: Signal\[OrderPlaced\]\(\)"):
        Signal(name)

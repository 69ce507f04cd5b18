"""Keyword signals: the payload as keyword arguments, for every form of receiver."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import threading
from functools import partial
from typing import Any, NotRequired, TypedDict

import anyio
import pytest
from anyio.lowlevel import checkpoint
from typing_extensions import Unpack

from aldis import ANY, AsyncReceiverError, KeywordSignal
from aldis.exceptions import PrototypeError, ReceiverSignatureError
from tests.behaviour.recording import Shop

SHOP = Shop()


class OrderPlaced(TypedDict):
    """The payload of an order."""

    order_id: str
    total: int


class OrderWithNote(OrderPlaced):
    """The same payload, grown since."""

    note: NotRequired[str]


class Awkward(TypedDict):
    """A payload whose keys are the names that signals and receivers use themselves."""

    sender: int
    self: int
    payload: int
    receiver: int
    signal: int
    args: int
    kwargs: int


@KeywordSignal
def order_placed(sender: object, /, **payload: Unpack[OrderPlaced]) -> None:
    """An order was accepted."""


def new_signal() -> Any:
    """Make a signal of that payload with nobody connected."""

    @KeywordSignal
    def placed(sender: object, /, **payload: Unpack[OrderPlaced]) -> None:
        """An order was accepted."""

    return placed


# -- receivers ---------------------------------------------------------------------------------


def all_by_rest(sender: object, **payload: Unpack[OrderPlaced]) -> str:
    """Receive everything in one."""
    return f"{payload['order_id']}:{payload['total']}"


def all_by_name(sender: object, *, order_id: str, total: int) -> str:
    """Receive everything by name."""
    return f"{order_id}:{total}"


def all_in_place(sender: object, order_id: str, total: int) -> str:
    """Receive everything by names that could be positional too."""
    return f"{order_id}:{total}"


def some_and_rest(sender: object, *, order_id: str, **rest: object) -> str:
    """Receive some by name and the rest in one."""
    return f"{order_id}:{rest['total']}"


def any_and_rest(sender: object, /, **rest: Any) -> str:
    """Receive whatever comes."""
    return f"{rest['order_id']}:{rest['total']}"


def with_defaults(sender: object, order_id: str, total: int, more: object = None) -> str:
    """Receive everything, and could take more."""
    return f"{order_id}:{total}"


def whatever(*args: object, **kwargs: Any) -> str:
    """Receive whatever comes, in whatever way."""
    assert len(args) in {1, 2}
    return f"{kwargs['order_id']}:{kwargs['total']}"


def with_first(first: object, sender: object, *, order_id: str, total: int) -> str:
    """Receive everything, with something before it."""
    return f"{order_id}:{total}"


class Owner:
    """An owner of receivers of every kind."""

    def method(self, sender: object, *, order_id: str, total: int) -> str:
        """Receive, as a method."""
        return f"{order_id}:{total}"

    @classmethod
    def class_method(cls, sender: object, **payload: Any) -> str:
        """Receive, as a class method."""
        return f"{payload['order_id']}:{payload['total']}"

    @staticmethod
    def static_method(sender: object, *, order_id: str, total: int) -> str:
        """Receive, as a static method."""
        return f"{order_id}:{total}"

    whatever = whatever

    def __call__(self, sender: object, *, order_id: str, **rest: Any) -> str:
        """Receive, as a callable object."""
        return f"{order_id}:{rest['total']}"


async def async_receiver(sender: object, *, order_id: str, total: int) -> str:
    """Receive, in an async way."""
    await checkpoint()
    return f"{order_id}:{total}"


OWNER = Owner()
RECEIVERS: dict[str, Any] = {
    "all by rest": all_by_rest,
    "all by name": all_by_name,
    "all in place": all_in_place,
    "some and rest": some_and_rest,
    "any and rest": any_and_rest,
    "with defaults": with_defaults,
    "whatever": whatever,
    "method": OWNER.method,
    "class method": Owner.class_method,
    "static method": Owner.static_method,
    "method that takes whatever": OWNER.whatever,
    "callable object": OWNER,
    "lambda": lambda sender, order_id, total: f"{order_id}:{total}",
    "partial": partial(with_first, "first"),
}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", RECEIVERS)
async def test_each_form_of_receiver_gets_the_payload(kind: str) -> None:
    """By name, by rest or both, and in each way of sending."""
    placed = new_signal()
    receiver = RECEIVERS[kind]
    assert placed.connect(receiver) is receiver

    assert placed.send(SHOP, order_id="o-1", total=9).values == ("o-1:9",)
    assert placed.send_robust(SHOP, order_id="o-1", total=9).values == ("o-1:9",)
    assert (await placed.send_async(SHOP, order_id="o-1", total=9)).values == ("o-1:9",)
    assert (await placed.send_robust_async(SHOP, order_id="o-1", total=9)).values == ("o-1:9",)
    assert placed.disconnect(receiver)


WRONG: dict[str, Any] = {
    "a payload object": lambda sender, payload: None,
    "too few keywords": lambda sender, order_id: None,
    "too many keywords": lambda sender, order_id, total, more: None,
    "another keyword": lambda sender, *, order_id, amount: None,
    "no sender": lambda *, order_id, total: None,
    "payload by position alone": lambda sender, order_id, total, /: None,
    "sender by keyword alone": lambda *, sender, order_id, total: None,
    "a keyword in the sender's place": lambda order_id, total: None,
    "partial": partial(with_first),
    "method": Owner.method,
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_take_the_payload_is_refused(kind: str) -> None:
    """The error shows the call that is needed; nothing is connected."""
    placed = new_signal()
    with pytest.raises(ReceiverSignatureError) as caught:
        placed.connect(WRONG[kind])

    assert caught.value.needed == "receiver(sender, order_id=..., total=...)"
    assert placed.connections == ()


# -- names -------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_payload_may_have_any_names() -> None:
    """Keys called `sender`, `self` or `payload` collide with nothing of ours (B4)."""

    @KeywordSignal
    def awkward(_source: object, /, **payload: Unpack[Awkward]) -> None:
        """Something awkward."""

    def receiver(_source: object, /, **payload: Unpack[Awkward]) -> dict[str, Any]:
        assert _source is SHOP
        return dict(payload)

    async def receive_async(_source: object, /, **payload: Unpack[Awkward]) -> dict[str, Any]:
        return receiver(_source, **payload)

    class AwkwardOwner:
        def method(self, _source: object, /, **payload: Any) -> dict[str, Any]:
            return payload

    owner = AwkwardOwner()
    awkward.connect(receiver)
    awkward.connect(owner.method, SHOP, to_thread=True)
    expected: dict[str, Any] = {
        "sender": 1,
        "self": 2,
        "payload": 3,
        "receiver": 4,
        "signal": 5,
        "args": 6,
        "kwargs": 7,
    }
    send: Any
    for send in (awkward.send, awkward.send_robust):
        assert send(SHOP, **expected).values == (expected, expected)
    awkward.connect(receive_async)
    for send in (awkward.send_async, awkward.send_robust_async):
        assert (await send(SHOP, **expected)).values == (expected,) * 3


def test_name_and_doc_are_those_of_the_prototype() -> None:
    """The docstring of the prototype is the signal's."""
    assert order_placed.name == "order_placed"
    assert order_placed.doc == "An order was accepted."


def test_in_a_class_body_it_takes_the_name_of_the_class() -> None:
    """As other signals do."""

    class Market:
        @KeywordSignal
        def placed(sender: object, /, *, total: int) -> None:
            """An order was accepted."""

    assert Market.placed.name is not None
    assert Market.placed.name.endswith("Market.placed")
    assert Market().placed is Market.placed


# -- prototypes --------------------------------------------------------------------------------


def by_keyword(sender: object, /, *, order_id: str, total: int) -> None:
    """Declare the payload by keyword parameters."""


def with_nothing(sender: object, /) -> None:
    """Declare no payload at all."""


def with_unknown(sender: object, /, **payload: Any) -> None:
    """Declare a payload of any keywords."""


def test_a_prototype_may_name_its_keywords() -> None:
    """Keyword-only parameters declare a payload as a TypedDict does."""
    placed: Any = KeywordSignal(by_keyword)
    placed.connect(all_by_name)
    with pytest.raises(ReceiverSignatureError):
        placed.connect(WRONG["too few keywords"])

    assert placed.send(SHOP, order_id="o-1", total=9).values == ("o-1:9",)


def test_a_prototype_may_have_no_payload() -> None:
    """Then receivers take the sender alone."""
    closed = KeywordSignal(with_nothing)

    def receiver(sender: object) -> str:
        return "closed"

    closed.connect(receiver)
    with pytest.raises(ReceiverSignatureError):
        closed.connect(WRONG["another keyword"])

    assert closed.send(SHOP).values == ("closed",)


def test_a_prototype_whose_keywords_are_unknown_leaves_them_unchecked() -> None:
    """What cannot be known at run time is for the type checker."""
    placed: Any = KeywordSignal(with_unknown)
    placed.connect(all_by_name)

    assert placed.send(SHOP, order_id="o-1", total=9).values == ("o-1:9",)
    with pytest.raises(TypeError):
        placed.send(SHOP, amount=1)


def no_parameters() -> None:
    """Declare nothing."""


def sender_by_name(sender: object, **payload: Any) -> None:
    """Declare a sender that a keyword could stand for."""


def two_positional(sender: object, payload: object, /) -> None:
    """Declare a payload by position."""


def positional_payload(sender: object, /, total: int) -> None:
    """Declare a payload that could be positional."""


def variadic(sender: object, /, *args: object, **payload: Any) -> None:
    """Declare any positions."""


def only_keywords(**payload: Any) -> None:
    """Declare no sender."""


WRONG_PROTOTYPES: dict[str, Any] = {
    "no parameters": no_parameters,
    "sender by name": sender_by_name,
    "two positional": two_positional,
    "positional payload": positional_payload,
    "variadic": variadic,
    "only keywords": only_keywords,
    "no function": 7,
    "the TypedDict itself": OrderPlaced,
    "a callable object": OWNER,
}


@pytest.mark.parametrize("kind", WRONG_PROTOTYPES)
def test_a_prototype_of_another_shape_is_refused(kind: str) -> None:
    """The error is a TypeError that shows what was found and how to write it."""
    with pytest.raises(PrototypeError) as caught:
        KeywordSignal(WRONG_PROTOTYPES[kind])

    assert isinstance(caught.value, TypeError)
    assert caught.value.found in str(caught.value)
    assert str(caught.value).endswith("**payload: Unpack[YourTypedDict])")


def test_the_prototype_is_never_called() -> None:
    """It only declares."""

    def prototype(sender: object, /, *, total: int) -> None:
        raise AssertionError

    placed = KeywordSignal(prototype)
    assert placed.send(SHOP, total=1).values == ()
    assert placed.receivers == ()


# -- a payload that grows ----------------------------------------------------------------------


def test_a_growing_payload_reaches_receivers_with_rest() -> None:
    """Those with `**rest` go on; those that name each keyword are refused at connect."""

    @KeywordSignal
    def placed(sender: object, /, **payload: Unpack[OrderWithNote]) -> None:
        """An order was accepted."""

    growing: Any = placed
    growing.connect(some_and_rest)
    growing.connect(any_and_rest)
    with pytest.raises(ReceiverSignatureError) as caught:
        growing.connect(all_by_name)

    assert "note" in caught.value.needed
    sent = placed.send(SHOP, order_id="o-1", total=9, note="quick")
    assert sent.values == ("o-1:9", "o-1:9")
    assert placed.send(SHOP, order_id="o-1", total=9).values == ("o-1:9", "o-1:9")


# -- sending -----------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [(), (1, 2)], ids=["no sender", "too many"])
def test_the_sender_is_the_one_positional_argument(args: tuple[object, ...]) -> None:
    """Anything else is a TypeError, and nobody is called."""
    placed = new_signal()
    placed.connect(whatever)
    for send in (placed.send, placed.send_robust):
        with pytest.raises(TypeError):
            send(*args, order_id="o-1", total=9)
    for send in (placed.send_async, placed.send_robust_async):
        with pytest.raises(TypeError):
            anyio.run(partial(send, *args, order_id="o-1", total=9))


def test_each_receiver_gets_a_payload_of_its_own() -> None:
    """What one receiver does to its `**payload` is not seen by the next."""
    placed = new_signal()

    def spoil(sender: object, **payload: Any) -> None:
        payload.clear()

    placed.connect(spoil)
    placed.connect(all_by_rest)

    assert placed.send(SHOP, order_id="o-1", total=9).values == (None, "o-1:9")


@pytest.mark.anyio
async def test_async_receivers_are_awaited_and_refused_by_send() -> None:
    """As for other signals."""
    placed = new_signal()
    placed.connect(async_receiver)
    with pytest.raises(AsyncReceiverError, match="async_receiver"):
        placed.send(SHOP, order_id="o-1", total=9)

    assert (await placed.send_async(SHOP, order_id="o-1", total=9)).values == ("o-1:9",)


@pytest.mark.anyio
async def test_robust_sends_collect_failures() -> None:
    """As for other signals."""
    placed = new_signal()
    error = ValueError("broken")

    def fail(sender: object, **payload: Any) -> None:
        raise error

    placed.connect(fail)
    placed.connect(all_by_name)
    for outcomes in (
        placed.send_robust(SHOP, order_id="o-1", total=9),
        await placed.send_robust_async(SHOP, order_id="o-1", total=9),
    ):
        assert outcomes.errors == (error,)
        assert outcomes.values == ("o-1:9",)
    with pytest.raises(ValueError, match="broken"):
        placed.send(SHOP, order_id="o-1", total=9)


@pytest.mark.anyio
async def test_options_work_as_for_other_signals() -> None:
    """Priority, once, to_thread, senders, muting and blocks."""
    placed = new_signal()
    threads: list[int] = []

    def in_thread(sender: object, **payload: Any) -> str:
        threads.append(threading.get_ident())
        return "thread"

    placed.connect(all_by_name)
    placed.connect(all_by_rest, SHOP, priority=1, once=True)
    placed.connect_via(None)(in_thread)
    placed.connect(in_thread, to_thread=True)

    values = (await placed.send_async(SHOP, order_id="o-1", total=9)).values
    assert values == ("o-1:9", "o-1:9", "thread")
    assert threads != [threading.get_ident()]
    assert [each.sender for each in placed.connections] == [ANY, None, ANY]
    with placed.connected_to(any_and_rest), placed.muted(in_thread):
        assert placed.send(SHOP, order_id="o-2", total=1).values == ("o-2:1", "o-2:1")
    assert placed.send(None, order_id="o-2", total=1).values == ("o-2:1", "thread")

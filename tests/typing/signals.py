"""Declaring, sending and asking: all of `Signal` but what it takes to connect."""

from collections.abc import Callable, Coroutine
from typing import Any, assert_type

import aldis
from aldis import ANY, BoundSignal, Connection, Event, Outcomes, Results, Signal
from tests.typing.shop import (
    OrderPlaced,
    Shop,
    WebShop,
    checked,
    gift,
    order,
    placed,
    shop,
    sold,
    use,
)


def declared() -> None:
    """What is left out has a default: anybody may send, and results are objects."""
    assert_type(Signal[OrderPlaced](), Signal[OrderPlaced, Any, object])
    assert_type(Signal[OrderPlaced]("order-placed"), Signal[OrderPlaced])
    assert_type(Signal[OrderPlaced](name="order-placed", doc="An order."), Signal[OrderPlaced])
    assert_type(Signal[OrderPlaced, Shop](None, doc=None), Signal[OrderPlaced, Shop, object])
    assert_type(Signal[OrderPlaced, Shop, bool](), Signal[OrderPlaced, Shop, bool])
    assert_type(aldis.Signal[int](), Signal[int])


def declared_wrongly() -> None:
    """A name and a doc, which are texts, and three parameters are all there is."""
    Signal[OrderPlaced](1)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Signal[OrderPlaced](doc=1)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Signal[OrderPlaced]("order-placed", "An order.")  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    Signal[OrderPlaced](payload=OrderPlaced)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]
    Signal[OrderPlaced, Shop, bool, int]()  # type: ignore[misc]  # ty: ignore[invalid-type-arguments]  # zuban: ignore[type-arg]


def annotated() -> None:
    """An annotation declares as well as a parameter that is written out."""
    by_annotation: Signal[OrderPlaced] = Signal()
    assert_type(by_annotation, Signal[OrderPlaced])
    with_more: Signal[OrderPlaced, Shop, bool] = Signal("with-more", doc="More.")
    assert_type(with_more.send(shop, order), Results[bool])
    other: Signal[OrderPlaced] = Signal[int]()  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    other_result: Signal[OrderPlaced, Shop, bool] = Signal[OrderPlaced, Shop]()  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    assert_type(other, Signal[OrderPlaced])
    assert_type(other_result, Signal[OrderPlaced, Shop, bool])


def facts() -> None:
    """The name and the doc may be missing; a payload type is too free a form to have a type."""
    assert_type(sold.name, str | None)
    assert_type(sold.doc, str | None)
    assert_type(sold.payload_type, Any)
    sold.name.upper()  # type: ignore[union-attr]  # ty: ignore[missing-union-attribute]
    sold.payload_type = OrderPlaced  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    sold.color = "red"  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    use(sold.listeners)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


class Till:
    """Signals in a class body, and one of the instance's own."""

    opened = Signal[int]()
    closed: Signal[int, "Till"] = Signal()

    def __init__(self) -> None:
        self.jammed = Signal[str, Till]("jammed")


class BigTill(Till):
    """Inherits the signals."""


def class_attributes(till: Till, big: BigTill) -> None:
    """A signal in a class body is the same one on the class, its instances and its subclasses."""
    assert_type(Till.opened, Signal[int])
    assert_type(till.opened, Signal[int])
    assert_type(BigTill.opened, Signal[int])
    assert_type(big.opened.send(big, 3), Results[object])
    assert_type(Till.closed, Signal[int, Till])
    assert_type(big.closed.send(big, 3), Results[object])
    assert_type(till.jammed, Signal[str, Till])
    Till.opened.send(till, "three")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    till.closed.send(shop, 3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    big.jammed.send(big, 3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]

    @Till.opened.connect
    def count(sender: object, coins: int) -> None: ...

    @till.closed.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def note(sender: Till, coins: str) -> None: ...


async def sent() -> None:
    """Each way of sending says what it gives back."""
    assert_type(placed.send(shop, order), Results[object])
    assert_type(placed.send_robust(shop, order), Outcomes[object])
    assert_type(await placed.send_async(shop, order), Results[object])
    assert_type(await placed.send_robust_async(shop, order), Outcomes[object])
    assert_type(checked.send(shop, order), Results[bool])
    assert_type(checked.send_robust(shop, order), Outcomes[bool])
    assert_type(await checked.send_async(shop, order), Results[bool])
    assert_type(await checked.send_robust_async(shop, order), Outcomes[bool])
    assert_type(checked.send(sender=shop, payload=order), Results[bool])
    assert_type(await checked.send_async(payload=order, sender=shop), Results[bool])


async def payload_sent() -> None:
    """The payload is of the declared type, or of a subclass."""
    sold.send(shop, gift)
    sold.send_robust(shop, gift)
    await sold.send_async(shop, gift)
    await sold.send_robust_async(shop, gift)
    sold.send(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.send_robust(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.send_async(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.send_robust_async(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.send(shop, None)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.send(shop, OrderPlaced)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


async def sender_sent() -> None:
    """The sender is of the declared type, or of a subclass; where none is declared, anything."""
    sold.send(WebShop(), order)
    sold.send("shop", order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.send_robust("shop", order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.send_async("shop", order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.send_robust_async("shop", order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.send(None, order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.send(Shop, order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    placed.send(None, order)
    placed.send("shop", order)
    placed.send(Shop, order)


def any_is_no_sender() -> None:
    """`ANY` stands for every sender where one connects; nothing is sent on its behalf."""
    sold.send(ANY, order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.event(ANY, order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.bind(ANY)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.receivers_for(ANY)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def none_as_a_sender(maybe: Signal[OrderPlaced, Shop | None], nobody: Signal[int, None]) -> None:
    """`None` is a sender like any other, and is declared like any other."""
    maybe.send(None, order)
    maybe.send(shop, order)
    maybe.send("shop", order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    nobody.send(None, 1)
    nobody.send(shop, 1)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


async def pieces() -> None:
    """A sending has two arguments: a sender and a payload."""
    sold.send(order)  # type: ignore[arg-type, call-arg]  # ty: ignore[invalid-argument-type, missing-argument]
    sold.send(order, shop)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.send(shop)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    sold.send()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    sold.send(shop, order, order)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    sold.send(shop, order_id="o-1", total=999)  # type: ignore[call-arg]  # ty: ignore[missing-argument, unknown-argument]
    sold.send(shop, **{"payload": order})
    await sold.send_async(shop)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    await sold.send_async(shop, "o-1", 999)  # type: ignore[arg-type, call-arg]  # ty: ignore[invalid-argument-type, too-many-positional-arguments]


async def concurrent() -> None:
    """`concurrency` is an int or `None`, by keyword, where something can be awaited."""
    assert_type(await sold.send_async(shop, order, concurrency=1), Results[object])
    assert_type(await sold.send_async(shop, order, concurrency=16), Results[object])
    assert_type(await checked.send_async(shop, order, concurrency=None), Results[bool])
    assert_type(await sold.send_robust_async(shop, order, concurrency=16), Outcomes[object])
    assert_type(await checked.send_robust_async(shop, order, concurrency=None), Outcomes[bool])
    await sold.send_async(shop, order, concurrency="16")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.send_async(shop, order, concurrency=1.5)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.send_robust_async(shop, order, concurrency="16")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.send_async(shop, order, 16)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    sold.send(shop, order, concurrency=16)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]
    sold.send_robust(shop, order, concurrency=16)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]


async def awaited() -> None:
    """What is async is awaited, and what is not async is not."""
    assert_type(await checked.send_async(shop, order), Results[bool])
    coroutine: Coroutine[Any, Any, Results[bool]] = checked.send_async(shop, order)
    assert_type(await coroutine, Results[bool])
    await sold.send(shop, order)  # type: ignore[misc]  # ty: ignore[invalid-await]
    await sold.send_robust(shop, order)  # type: ignore[misc]  # ty: ignore[invalid-await]
    use(sold.send_async(shop, order).values)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    use(sold.send_robust_async(shop, order).errors)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    sold.send_async(shop, order)  # type: ignore[unused-coroutine]  # ty: ignore[unused-awaitable]
    sold.send_robust_async(shop, order)  # type: ignore[unused-coroutine]  # ty: ignore[unused-awaitable]


def made() -> None:
    """What a signal makes carries its parameters on."""
    assert_type(sold.event(shop, order), Event[OrderPlaced, Shop])
    assert_type(sold.event(sender=shop, payload=gift), Event[OrderPlaced, Shop])
    assert_type(placed.event(shop, order), Event[OrderPlaced, Any])
    assert_type(sold.bind(shop), BoundSignal[OrderPlaced, Shop])
    assert_type(sold.bind(WebShop()), BoundSignal[OrderPlaced, Shop, object])
    assert_type(checked.bind(shop), BoundSignal[OrderPlaced, Shop, bool])
    sold.event(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.event("shop", order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.event(order)  # type: ignore[arg-type, call-arg]  # ty: ignore[invalid-argument-type, missing-argument]
    sold.bind("shop")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.bind()  # type: ignore[call-arg]  # ty: ignore[missing-argument]


def asked() -> None:
    """The queries are read-only; those for a sender take only one that may send."""
    assert_type(sold.receivers, tuple[Callable[..., object], ...])
    assert_type(sold.connections, tuple[Connection, ...])
    assert_type(sold.receivers_for(shop), tuple[Callable[..., object], ...])
    assert_type(sold.has_receivers_for(WebShop()), bool)
    assert_type(placed.has_receivers_for(None), bool)
    sold.receivers_for("shop")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.has_receivers_for("shop")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.has_receivers_for()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    sold.receivers = ()  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    sold.connections = ()  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    sold.receivers()  # type: ignore[operator]  # ty: ignore[not-callable]


def receive(sender: Shop, order: OrderPlaced) -> bool:
    return True


def disconnected() -> None:
    """Any callable may be asked about; a sender has to be one that could be connected."""
    assert_type(sold.disconnect(receive), bool)
    assert_type(sold.disconnect(receive, shop), bool)
    assert_type(sold.disconnect(receive, WebShop()), bool)
    assert_type(sold.disconnect(receive, ANY), bool)
    assert_type(sold.disconnect(receive, sender=shop), bool)
    assert_type(placed.disconnect(receive, None), bool)
    assert_type(sold.disconnect(print), bool)
    sold.disconnect(receive, "shop")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.disconnect(receive, None)  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.disconnect("receive")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.disconnect()  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.disconnect(receive(shop, order))  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]


def muted() -> None:
    """Muting is for a `with` block, of the whole signal or of some receivers."""
    with sold.muted() as nothing:
        assert_type(nothing, None)
    with sold.muted(receive), sold.muted(receive, print):
        pass
    sold.muted("receive")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.muted(receive(shop, order))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with sold.muted:  # type: ignore[attr-defined]  # ty: ignore[invalid-context-manager]
        pass


async def muted_is_sync() -> None:
    """There is nothing to await in muting."""
    async with sold.muted():  # type: ignore[attr-defined]  # ty: ignore[invalid-context-manager]
        pass


def connected_to() -> None:
    """A connection for a `with` block takes the same receivers and senders as `connect`."""
    with sold.connected_to(receive) as nothing:
        assert_type(nothing, None)
    with sold.connected_to(receive, shop), sold.connected_to(receive, sender=WebShop()):
        pass
    with sold.connected_to(receive, ANY), checked.connected_to(receive):
        pass
    with sold.connected_to(lambda sender, order: order.total):
        pass
    sold.connected_to(receive, "shop")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connected_to(receive, weak=False)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]
    sold.connected_to("receive")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connected_to()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    with sold.connected_to(lambda order: order.total):  # type: ignore[arg-type, misc]  # ty: ignore[invalid-argument-type, missing-attribute]  # zuban: ignore[attr-defined]
        pass

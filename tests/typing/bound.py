"""`BoundSignal`: the face of a signal with the sender filled in."""

from collections.abc import Callable
from typing import Any, assert_type

from aldis import ANY, BoundSignal, Connection, Event, Outcomes, Results, Signal
from tests.typing.shop import (
    GiftPlaced,
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

here = sold.bind(shop)
checked_here = checked.bind(shop)


def count(shop: Shop, order: OrderPlaced) -> int:
    return order.total


async def save(shop: Shop, order: OrderPlaced) -> int:
    return order.total


def check(shop: Shop, order: OrderPlaced) -> bool:
    return True


async def check_later(shop: Shop, order: OrderPlaced) -> bool:
    return True


def wrong_payload(shop: Shop, order: str) -> None: ...


def wrong_sender(shop: str, order: OrderPlaced) -> None: ...


def no_sender(order: OrderPlaced) -> None: ...


def made() -> None:
    """It is made by `bind`, or by hand, and keeps the three parameters."""
    assert_type(here, BoundSignal[OrderPlaced, Shop, object])
    assert_type(checked_here, BoundSignal[OrderPlaced, Shop, bool])
    assert_type(placed.bind(3), BoundSignal[OrderPlaced, Any, object])
    assert_type(BoundSignal(checked, shop), BoundSignal[OrderPlaced, Shop, bool])
    assert_type(here.signal, Signal[OrderPlaced, Shop])
    assert_type(here.sender, Shop)
    assert_type(checked_here.signal, Signal[OrderPlaced, Shop, bool])
    BoundSignal(sold, "shop")  # type: ignore[misc]  # ty: ignore[invalid-argument-type]  # zuban: ignore[arg-type]
    BoundSignal(sold)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    BoundSignal("sold", shop)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


async def sent() -> None:
    """A sending has the payload as its one argument."""
    assert_type(here.send(order), Results[object])
    assert_type(here.send(payload=gift), Results[object])
    assert_type(here.send_robust(order), Outcomes[object])
    assert_type(await here.send_async(order), Results[object])
    assert_type(await here.send_robust_async(order), Outcomes[object])
    assert_type(checked_here.send(order), Results[bool])
    assert_type(checked_here.send_robust(order), Outcomes[bool])
    assert_type(await checked_here.send_async(order, concurrency=4), Results[bool])
    assert_type(await checked_here.send_robust_async(order, concurrency=None), Outcomes[bool])


async def sent_wrongly() -> None:
    """It refuses other payloads, a sender, and a concurrency that is no number."""
    here.send("o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    here.send_robust("o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await here.send_async("o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await here.send_robust_async("o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    here.send(shop, order)  # type: ignore[arg-type, call-arg]  # ty: ignore[invalid-argument-type, too-many-positional-arguments]
    here.send()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    here.send(order, concurrency=4)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]
    await here.send_async(order, 4)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    await here.send_async(order, concurrency="4")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await here.send(order)  # type: ignore[misc]  # ty: ignore[invalid-await]
    here.send_async(order)  # type: ignore[unused-coroutine]  # ty: ignore[unused-awaitable]
    use(here.send_robust_async(order).errors)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


async def connected() -> None:
    """Receivers are those of the signal: they still take the sender."""
    assert_type(here.connect(count)(shop, order), int)
    assert_type(await here.connect(save)(shop, order), int)
    assert_type(here.connect(count, once=True, priority=1, to_thread=True)(shop, order), int)
    assert_type(here.connect(weak=False)(count)(shop, order), int)
    assert_type(checked_here.connect(check)(shop, order), bool)
    assert_type(await checked_here.connect(check_later)(shop, order), bool)

    @here.connect
    def first(shop: Shop, order: OrderPlaced) -> str:
        return ""

    @here.connect(priority=3)
    async def second(shop: Shop, order: OrderPlaced) -> str:
        return ""

    @checked_here.connect(weak=False)
    def third(shop: Shop, order: OrderPlaced) -> bool:
        return True

    assert_type(first(shop, order), str)
    assert_type(await second(shop, order), str)
    assert_type(third(shop, order), bool)


def connected_wrongly() -> None:
    """Wrong receivers and results are refused, and so is a second sender."""
    here.connect(wrong_payload)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    here.connect(wrong_sender)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    here.connect(no_sender)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    here.connect(count, shop)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    here.connect(count, sender=shop)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    here.connect(sender=shop)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    here.connect(count, weak="no")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    here.connect("count")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    checked_here.connect(count)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    checked_here.connect(save)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    here.connect(weak=False)(wrong_payload)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    checked_here.connect(weak=False)(count)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]

    @here.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def first(shop: Shop, order: str) -> None: ...

    @here.connect(weak=False)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    async def second(shop: Shop, order: str) -> None: ...

    @checked_here.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    async def third(shop: Shop, order: OrderPlaced) -> str:
        return ""


def for_a_while() -> None:
    """`connected_to` takes the receiver alone."""
    with here.connected_to(count) as nothing:
        assert_type(nothing, None)
    with checked_here.connected_to(check), checked_here.connected_to(check_later):
        pass
    here.connected_to(wrong_payload)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    here.connected_to(count, shop)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    checked_here.connected_to(count)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    checked_here.connected_to(save)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def asked() -> None:
    """It asks and disconnects for its sender alone."""
    assert_type(here.receivers, tuple[Callable[..., object], ...])
    assert_type(here.connections, tuple[Connection, ...])
    assert_type(here.disconnect(count), bool)
    here.receivers = ()  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    here.connections()  # type: ignore[operator]  # ty: ignore[not-callable]
    here.disconnect(count, shop)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    here.disconnect(count, ANY)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    here.disconnect("count")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    here.muted()  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    here.receivers_for(shop)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    here.connect_via(shop)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def enveloped() -> None:
    """An event is that of the signal."""
    assert_type(here.event(order), Event[OrderPlaced, Shop])
    assert_type(here.event(payload=gift), Event[OrderPlaced, Shop])
    here.event("o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    here.event(shop, order)  # type: ignore[arg-type, call-arg]  # ty: ignore[invalid-argument-type, too-many-positional-arguments]


def take(bound: BoundSignal[OrderPlaced, Shop, object]) -> None: ...


def invariant(
    of_gifts: BoundSignal[GiftPlaced, Shop],
    of_anything: BoundSignal[object, Shop],
    by_web_shops: BoundSignal[OrderPlaced, WebShop],
) -> None:
    """It is as invariant as its signal."""
    take(here)
    take(sold.bind(WebShop()))
    take(of_gifts)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take(of_anything)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take(by_web_shops)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take(checked_here)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take(sold)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]

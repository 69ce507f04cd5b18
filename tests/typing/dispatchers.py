"""`Dispatcher`: what is posted is checked where it is made, and comes back as a `Delivery`."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from collections.abc import Awaitable
from typing import Any, assert_type

from aldis import Delivery, Dispatcher, Event, Outcome, Outcomes, Signal, Statistics
from tests.typing.shop import (
    GiftPlaced,
    OrderPlaced,
    Shop,
    WebShop,
    checked,
    gift,
    order,
    placed,
    shipped,
    shop,
    sold,
    use,
)


async def posted(dispatcher: Dispatcher) -> None:
    """Both ways give a delivery of what receivers return, and awaiting that gives outcomes."""
    assert_type(dispatcher.post(checked.event(WebShop(), gift)), Delivery[bool])
    assert_type(dispatcher.post(sold.event(shop, order)), Delivery[object])
    assert_type(dispatcher.post(placed.event(None, order)), Delivery)
    assert_type(dispatcher.post(shipped.event(shop, {"order_id": "o", "carrier": "c"})), Delivery)
    assert_type(await dispatcher.submit(checked.event(shop, order)), Delivery[bool])
    assert_type(await dispatcher.submit(sold.event(shop, order)), Delivery)
    delivery = dispatcher.post(checked.event(shop, order))
    assert_type(await delivery, Outcomes[bool])
    assert_type(await dispatcher.post(sold.event(shop, order)), Outcomes[object])
    assert_type(await (await dispatcher.submit(checked.event(shop, order))), Outcomes[bool])
    assert_type((await delivery).values, tuple[bool, ...])
    assert_type((await delivery).errors, tuple[Exception, ...])


def made_before(
    dispatcher: Dispatcher,
    exact: Event[OrderPlaced, Shop, bool],
    narrow: Event[GiftPlaced, WebShop, bool],
    default: Event[OrderPlaced],
    either: Event[OrderPlaced, Shop, bool] | Event[str, Shop, bool],
    some: Event[Any, Any, Any],
) -> None:
    """Events of every type are taken."""
    assert_type(dispatcher.post(exact), Delivery[bool])
    assert_type(dispatcher.post(narrow), Delivery[bool])
    assert_type(dispatcher.post(default), Delivery)
    use(dispatcher.post(either))
    assert_type(dispatcher.post(some), Delivery[Any])


def of_results(dispatcher: Dispatcher, delivery: Delivery[bool]) -> None:
    """A delivery of one result is one of any wider result, and of no other."""
    wide: Delivery[int] = delivery
    widest: Delivery = delivery
    posted: Delivery[int] = dispatcher.post(checked.event(shop, order))
    use(wide, widest, posted)
    wrong: Delivery[str] = delivery  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    narrow: Delivery[bool] = wide_of(delivery)  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    use(wrong, narrow)


def wide_of(delivery: Delivery[int]) -> Delivery[int]:
    return delivery


async def wrong_payloads(dispatcher: Dispatcher) -> None:
    """One error, at the payload or at the sender."""
    dispatcher.post(
        sold.event(
            shop,
            "order",  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
        )
    )
    dispatcher.post(
        sold.event(
            "shop",  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
            order,
        )
    )
    await dispatcher.submit(
        checked.event(
            shop,
            7,  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
        )
    )
    dispatcher.post(
        sold.event(
            shop,
            OrderPlaced("o-1", "9.99"),  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
        )
    )
    dispatcher.post(sold.event(shop))  # type: ignore[call-arg]  # ty: ignore[missing-argument]


async def no_events(dispatcher: Dispatcher) -> None:
    """What is no event is not taken, and neither are a signal and its arguments."""
    dispatcher.post(order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    dispatcher.post(sold)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    dispatcher.post(None)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    dispatcher.post()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    dispatcher.post(sold, shop, order)  # type: ignore[call-arg, arg-type]  # ty: ignore[too-many-positional-arguments, invalid-argument-type]
    await dispatcher.submit(order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def not_awaited(dispatcher: Dispatcher) -> None:
    """What `submit` gives has to be awaited first."""
    dispatcher.submit(sold.event(shop, order)).cancel()  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


async def deliveries(delivery: Delivery[bool]) -> None:
    """A delivery is awaited, asked or cancelled."""
    assert_type(delivery.event, Event[Any, Any, Any])
    assert_type(delivery.is_done, bool)
    delivery.cancel()
    waits: Awaitable[Outcomes[bool]] = delivery
    assert_type(await waits, Outcomes[bool])
    delivery.is_done = True  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    delivery.is_done()  # type: ignore[operator]  # ty: ignore[not-callable]
    delivery.cancel("why")  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    use(delivery.result)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


async def blocks() -> None:
    """The block gives the dispatcher, and lets what is raised in it out."""
    async with Dispatcher() as dispatcher:
        assert_type(dispatcher, Dispatcher)
        await dispatcher.drain()
    await dispatcher.drain(1)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]


def no_plain_block() -> None:
    """It takes an event loop."""
    with Dispatcher():  # type: ignore[attr-defined]  # ty: ignore[invalid-context-manager]
        pass


def statistics(dispatcher: Dispatcher) -> None:
    """Counts by name, and in order."""
    counts = dispatcher.statistics()
    assert_type(counts, Statistics)
    assert_type(counts.pending, int)
    assert_type(counts.running, int)
    assert_type(counts.done, int)
    assert_type(counts.failed, int)
    assert_type(counts.dropped, int)
    pending, running, *ended = counts
    assert_type(pending, int)
    assert_type(running, int)
    assert_type(sum(ended), int)
    counts.lost  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def options() -> None:
    """All are optional, and passed by name."""
    Dispatcher(concurrency=1, max_pending=1, ordered=True, on_error=None, grace=0)
    Dispatcher(concurrency=None, max_pending=None, ordered=False, grace=None)
    Dispatcher(grace=1.5)
    Dispatcher(16)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    Dispatcher(concurrency="16")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Dispatcher(max_pending=1.5)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Dispatcher(grace="1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Dispatcher(workers=4)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]


# -- on_error ----------------------------------------------------------------------------------


def exact(outcome: Outcome[Any], event: Event[Any, Any, Any]) -> None:
    assert_type(outcome.error, Exception | None)
    assert_type(event.signal, Signal[Any, Any, Any])


def wide(outcome: object, event: object) -> str:
    return "anything may be returned"


def more(outcome: Outcome[Any], event: Event[Any, Any, Any], *, level: int = 40) -> None: ...


class Report:
    def __call__(self, outcome: Outcome[object], event: Event[Any]) -> None: ...

    def method(self, outcome: Outcome[Any], event: Event[Any, Any, Any]) -> None: ...


def too_few(outcome: Outcome[Any]) -> None: ...


def too_many(outcome: Outcome[Any], event: Event[Any, Any, Any], level: int) -> None: ...


def swapped(event: Event[Any, Any, Any], outcome: Outcome[Any]) -> None: ...


def of_errors(error: Exception, event: Event[Any, Any, Any]) -> None: ...


def reported() -> None:
    """It is called with an outcome and its event."""
    Dispatcher(on_error=exact)
    Dispatcher(on_error=wide)
    Dispatcher(on_error=more)
    Dispatcher(on_error=Report())
    Dispatcher(on_error=Report().method)
    Dispatcher(on_error=lambda outcome, event: use(outcome.error, event.signal))
    Dispatcher(on_error=too_few)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Dispatcher(on_error=too_many)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Dispatcher(on_error=swapped)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Dispatcher(on_error=of_errors)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Dispatcher(on_error="log")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]

"""`Event`: the envelope of one sending hands out what was put in."""

import datetime as dt
from typing import Any, assert_type
from uuid import UUID

from aldis import Event, Signal
from tests.typing.shop import (
    GiftPlaced,
    OrderPlaced,
    Shop,
    WebShop,
    checked,
    order,
    shop,
    sold,
    use,
)


def facts(event: Event[OrderPlaced, Shop]) -> None:
    """Sender and payload have their types; the signal's parameters are not known."""
    assert_type(event.payload, OrderPlaced)
    assert_type(event.payload.total, int)
    assert_type(event.sender, Shop)
    assert_type(event.signal, Signal[Any, Any, Any])
    assert_type(event.id, UUID)
    assert_type(event.time, dt.datetime)
    assert_type(event.time.isoformat(), str)


def no_facts(event: Event[OrderPlaced, Shop]) -> None:
    """There is nothing else, and what there is has its own type."""
    use(event.name)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    use(event.payload.amount)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    use(event.sender.url)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    event.id()  # type: ignore[operator]  # ty: ignore[not-callable]
    event.time.upper()  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    event.payload["total"]  # type: ignore[index]  # ty: ignore[not-subscriptable]


def frozen(event: Event[OrderPlaced, Shop]) -> None:
    """Nothing can be set."""
    event.id = event.id  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    event.time = event.time  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    event.payload = order  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    event.sender = shop  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    event.signal = sold  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    event.more = 3  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def made() -> None:
    """A signal makes it; by hand it takes the signal, the sender and the payload."""
    assert_type(sold.event(shop, order), Event[OrderPlaced, Shop])
    assert_type(checked.event(WebShop(), order), Event[OrderPlaced, Shop, bool])
    assert_type(Event(sold, shop, order), Event[OrderPlaced, Shop])
    Event("sold", shop, order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Event(sold, shop)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    sold.event(shop, order, order)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]


def defaults(event: Event[OrderPlaced]) -> None:
    """The sender may be left out."""
    assert_type(event, Event[OrderPlaced, Any])
    assert_type(event.sender, Any)


def take(event: Event[OrderPlaced, Shop]) -> None: ...


def covariant(
    narrow: Event[GiftPlaced, WebShop],
    other_payload: Event[str, Shop],
    wide_payload: Event[object, Shop],
    wide_sender: Event[OrderPlaced, object],
) -> None:
    """An event of a subclass is an event of the class."""
    take(narrow)
    take(other_payload)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take(wide_payload)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take(wide_sender)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def several(event: Event[OrderPlaced, Shop] | Event[str, Shop]) -> None:
    """A union of events is told apart by the payload."""
    assert_type(event.payload, OrderPlaced | str)
    if isinstance(event.payload, str):
        assert_type(event.payload.upper(), str)
    both: Event[OrderPlaced | str, Shop] = event
    assert_type(both.payload, OrderPlaced | str)

"""Streams: events come typed as they are sent, and of several signals as the union."""

from typing import Any, assert_type

from aldis import (
    BoundSignal,
    Connection,
    Event,
    KeywordSignal,
    Signal,
    Stream,
    StreamLaggedError,
    stream,
)
from tests.typing.shop import (
    GiftPlaced,
    OrderPlaced,
    OrderShipped,
    Shop,
    WebShop,
    checked,
    order,
    placed,
    shipped,
    shop,
    sold,
    use,
)

numbers = Signal[int, Shop]()
texts = Signal[str, Shop]()
raw = Signal[bytes, WebShop]()

# What most are: with no more than a payload.
plain = Signal[OrderPlaced]("plain")
counts = Signal[int]()
names = Signal[str]()
blobs = Signal[bytes]()
rows = Signal[list[int]]()


# -- one signal --------------------------------------------------------------------------------


async def iterated() -> None:
    """The block gives the stream, and the loop the events."""
    assert_type(sold.stream(), Stream[Event[OrderPlaced, Shop]])
    assert_type(placed.stream(), Stream[Event[OrderPlaced]])
    assert_type(checked.stream(), Stream[Event[OrderPlaced, Shop, bool]])
    async with sold.stream() as events:
        assert_type(events, Stream[Event[OrderPlaced, Shop]])
        async for event in events:
            assert_type(event, Event[OrderPlaced, Shop])
            assert_type(event.payload.total, int)
            assert_type(event.sender.name, str)
        assert_type(await anext(events), Event[OrderPlaced, Shop])
    assert_type([event.payload async for event in sold.stream()], list[OrderPlaced])
    async with shipped.stream() as shipments:
        async for shipment in shipments:
            assert_type(shipment.payload["carrier"], str)
            use(shipment.payload["weight"])  # type: ignore[typeddict-item]  # ty: ignore[invalid-typed-dict-key]
            use(shipment.total)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


async def from_a_sender() -> None:
    """The sender fits the signal; a bound signal has its own."""
    sold.stream(shop)
    sold.stream(WebShop())
    sold.stream(sender=shop)
    sold.stream("shop")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    bound: BoundSignal[OrderPlaced, Shop] = sold.bind(shop)
    assert_type(bound.stream(), Stream[Event[OrderPlaced, Shop]])
    bound.stream(sender=shop)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]
    assert_type(sold.receiver_connected.stream(), Stream[Event[Connection]])


async def no_plain_loops() -> None:
    """It takes an event loop, and its error says a number."""
    with sold.stream():  # type: ignore[attr-defined]  # ty: ignore[invalid-context-manager]
        pass
    async with sold.stream() as events:
        for _ in events:  # type: ignore[attr-defined]  # ty: ignore[not-iterable]
            pass
        next(events)  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    try:
        await anext(events)
    except StreamLaggedError as error:
        assert_type(error.missed, int)


@KeywordSignal
def by_keyword(sender: object, /, **payload: int) -> None: ...


def keywords_have_none() -> None:
    """There is no event of a keyword signal."""
    by_keyword.stream()  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    by_keyword.wait()  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    stream(by_keyword)  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]


# -- options -----------------------------------------------------------------------------------


def is_large(event: Event[OrderPlaced, Shop]) -> bool:
    return event.payload.total > 100


def is_anything(event: object) -> bool:
    return True


def is_gift(event: Event[GiftPlaced, Shop]) -> bool:
    return event.payload.message != ""


async def is_large_async(event: Event[OrderPlaced, Shop]) -> bool:
    return True


def is_long(event: Event[str, Shop]) -> bool:
    return len(event.payload) > 100


def too_many(event: Event[OrderPlaced, Shop], least: int) -> bool:
    return event.payload.total > least


def filtered() -> None:
    """`where` takes the event, and gives a bool."""
    assert_type(sold.stream(where=is_large), Stream[Event[OrderPlaced, Shop]])
    sold.stream(where=None)
    sold.stream(where=is_anything)
    sold.stream(where=lambda event: event.payload.total > 100)
    sold.bind(shop).stream(where=is_large)
    sold.stream(where=is_gift)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.stream(where=is_long)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.stream(where=too_many)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.stream(where=is_large_async)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.stream(where="large")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.bind(shop).stream(where=is_long)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    # Not zuban: it lets a lambda pass that is to fit an optional function.
    sold.stream(where=lambda event: event.payload.amount > 1)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def limited() -> None:
    """The buffer is a number, and `overflow` one of two words."""
    sold.stream(buffer=1, overflow="lag")
    sold.bind(shop).stream(buffer=1, overflow="wait")
    stream(sold, buffer=1, overflow="wait")
    sold.stream(buffer="1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.stream(buffer=None)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.stream(buffer=1.5)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.stream(overflow="drop")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.stream(overflow=True)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.bind(shop).stream(buffer="1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.stream(size=1)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]
    stream(sold, buffer="1")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    stream(sold, texts, overflow="drop")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]


# -- several -----------------------------------------------------------------------------------


async def merged() -> None:
    """Up to five signals the event is one of theirs, and no other."""
    assert_type(stream(sold), Stream[Event[OrderPlaced, Shop]])
    async with stream(sold, texts) as two:
        async for of_two in two:
            assert_type(of_two, Event[OrderPlaced, Shop] | Event[str, Shop])
    async with stream(sold, texts, raw) as three:
        assert_type(
            await anext(three), Event[OrderPlaced, Shop] | Event[str, Shop] | Event[bytes, WebShop]
        )
    async with stream(sold, texts, raw, shipped) as four:
        assert_type(
            await anext(four),
            Event[OrderPlaced, Shop]
            | Event[str, Shop]
            | Event[bytes, WebShop]
            | Event[OrderShipped, Shop],
        )
    async with stream(sold, texts, raw, shipped, numbers) as five:
        assert_type(
            await anext(five),
            Event[OrderPlaced, Shop]
            | Event[str, Shop]
            | Event[bytes, WebShop]
            | Event[OrderShipped, Shop]
            | Event[int, Shop],
        )
    async with stream(sold, texts, raw, shipped, numbers, placed) as six:
        assert_type(await anext(six), Event[Any, Any, Any])


async def told_apart() -> None:
    """By their payloads."""
    async with stream(sold, texts, numbers) as events:
        async for event in events:
            assert_type(event.payload, OrderPlaced | str | int)
            assert_type(event.sender, Shop)
            if isinstance(event.payload, OrderPlaced):
                assert_type(event.payload.total, int)
            elif isinstance(event.payload, str):
                assert_type(event.payload.upper(), str)
            else:
                assert_type(event.payload, int)
            event.payload.upper()  # type: ignore[union-attr]  # ty: ignore[missing-union-attribute]


async def with_results_and_bound_ones() -> None:
    """Signals with results, and bound signals, are merged like others."""
    async with stream(checked, texts.bind(shop)) as events:
        assert_type(await anext(events), Event[OrderPlaced, Shop, bool] | Event[str, Shop])
    assert_type(stream(sold.bind(shop)), Stream[Event[OrderPlaced, Shop]])
    assert_type(stream(sold, sold.bind(shop)), Stream[Event[OrderPlaced, Shop]])


def either(event: Event[OrderPlaced, Shop] | Event[str, Shop]) -> bool:
    return True


def filtered_together() -> None:
    """`where` takes any event that comes."""
    stream(sold, texts, where=either)
    stream(sold, texts, where=is_anything)
    stream(sold, texts, where=lambda event: isinstance(event.payload, str))
    stream(sold, texts, where=is_large_async)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]


def no_signals() -> None:
    """Nothing else is merged, one is needed, and a stream is typed by its events."""
    stream()  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    stream("sold")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    stream(sold, order)  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    stream(sold, sold.stream())  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    wide: Stream[Event[object, object]] = sold.stream()
    use(wide)
    narrow: Stream[Event[GiftPlaced, Shop]] = sold.stream()  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    use(narrow)


# -- several, with a payload alone -------------------------------------------------------------


def of_orders(event: Event[OrderPlaced]) -> bool:
    return True


def of_numbers(event: Event[complex]) -> bool:
    return True


async def plain_two() -> None:
    """The exact union; a filter and an attribute fit all of it, or are refused."""
    assert_type(stream(plain, counts), Stream[Event[OrderPlaced] | Event[int]])
    async with stream(plain, counts) as events:
        async for event in events:
            assert_type(event, Event[OrderPlaced] | Event[int])
            assert_type(event.payload, OrderPlaced | int)
            use(event.payload.total)  # type: ignore[union-attr]  # ty: ignore[missing-union-attribute]
    stream(plain, counts, where=is_anything)
    stream(plain, counts, where=of_orders)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    stream(plain, counts, where=of_numbers)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]


async def plain_three() -> None:
    """The exact union; a filter and an attribute fit all of it, or are refused."""
    assert_type(stream(plain, counts, names), Stream[Event[OrderPlaced] | Event[int] | Event[str]])
    async with stream(plain, counts, names) as events:
        async for event in events:
            assert_type(event, Event[OrderPlaced] | Event[int] | Event[str])
            assert_type(event.payload, OrderPlaced | int | str)
            use(event.payload.total)  # type: ignore[union-attr]  # ty: ignore[missing-union-attribute]
    stream(plain, counts, names, where=is_anything)
    stream(plain, counts, names, where=of_orders)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    stream(plain, counts, names, where=of_numbers)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]


async def plain_four() -> None:
    """The exact union; a filter and an attribute fit all of it, or are refused."""
    assert_type(
        stream(plain, counts, names, blobs),
        Stream[Event[OrderPlaced] | Event[int] | Event[str] | Event[bytes]],
    )
    async with stream(plain, counts, names, blobs) as events:
        async for event in events:
            assert_type(event, Event[OrderPlaced] | Event[int] | Event[str] | Event[bytes])
            assert_type(event.payload, OrderPlaced | int | str | bytes)
            use(event.payload.total)  # type: ignore[union-attr]  # ty: ignore[missing-union-attribute]
    stream(plain, counts, names, blobs, where=is_anything)
    stream(plain, counts, names, blobs, where=of_orders)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    stream(plain, counts, names, blobs, where=of_numbers)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]


async def plain_five() -> None:
    """The exact union; a filter and an attribute fit all of it, or are refused."""
    assert_type(
        stream(plain, counts, names, blobs, rows),
        Stream[Event[OrderPlaced] | Event[int] | Event[str] | Event[bytes] | Event[list[int]]],
    )
    async with stream(plain, counts, names, blobs, rows) as events:
        async for event in events:
            assert_type(
                event,
                Event[OrderPlaced] | Event[int] | Event[str] | Event[bytes] | Event[list[int]],
            )
            assert_type(event.payload, OrderPlaced | int | str | bytes | list[int])
            use(event.payload.total)  # type: ignore[union-attr]  # ty: ignore[missing-union-attribute]
    stream(plain, counts, names, blobs, rows, where=is_anything)
    stream(plain, counts, names, blobs, rows, where=of_orders)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    stream(plain, counts, names, blobs, rows, where=of_numbers)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]


# -- one event ---------------------------------------------------------------------------------


async def waited() -> None:
    """The event, once it is awaited."""
    assert_type(await sold.wait(), Event[OrderPlaced, Shop])
    assert_type(await checked.wait(shop, where=is_anything), Event[OrderPlaced, Shop, bool])
    assert_type(await sold.bind(shop).wait(where=is_large), Event[OrderPlaced, Shop])
    assert_type((await texts.wait()).payload, str)
    await sold.wait("shop")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.wait(where=is_long)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.wait(timeout=1)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]
    await sold.wait(overflow="wait")  # type: ignore[call-arg]  # ty: ignore[unknown-argument]
    sold.wait().payload  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]

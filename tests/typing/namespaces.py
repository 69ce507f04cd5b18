"""`Namespace`: signals found by a name and typed by the payload that is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar, assert_type

from aldis import Namespace, Results, Signal
from tests.typing.shop import OrderPlaced, OrderShipped, Shop, order, shop, use

T = TypeVar("T")

orders = Namespace("orders")


@dataclass
class Changed(Generic[T]):
    value: T


class Page(TypedDict, Generic[T]):
    items: list[T]


def made() -> None:
    """A namespace may have a name."""
    assert_type(orders, Namespace)
    assert_type(Namespace(), Namespace)
    assert_type(Namespace(None).name, str | None)
    assert_type(Namespace(name="orders").name, str | None)
    Namespace(3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Namespace("orders", "more")  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    orders.name = "other"  # type: ignore[misc]  # ty: ignore[invalid-assignment]


def found() -> None:
    """The payload type says what the signal carries."""
    assert_type(orders.signal("placed", OrderPlaced), Signal[OrderPlaced])
    assert_type(orders.signal("placed", OrderPlaced, doc="An order."), Signal[OrderPlaced])
    assert_type(orders.signal(name="shipped", payload_type=OrderShipped), Signal[OrderShipped])
    assert_type(orders.signal("counted", int), Signal[int])
    assert_type(orders.signal("listed", list[int]), Signal[list[int]])
    assert_type(orders.signal("changed", Changed[int]), Signal[Changed[int]])
    assert_type(orders.signal("page", Page[int]), Signal[Page[int]])


def found_wrongly() -> None:
    """A name and a type are needed."""
    orders.signal("placed")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    orders.signal(OrderPlaced)  # type: ignore[arg-type, call-arg]  # ty: ignore[invalid-argument-type, missing-argument]
    orders.signal(OrderPlaced, "placed")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    orders.signal("placed", order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    orders.signal("placed", "OrderPlaced")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    orders.signal("placed", OrderPlaced, "An order.")  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    orders.signal("placed", OrderPlaced, doc=3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    orders.signal("placed", OrderPlaced, Shop)  # type: ignore[arg-type, call-arg]  # ty: ignore[too-many-positional-arguments]
    wrong: Signal[str] = orders.signal("placed", OrderPlaced)  # type: ignore[arg-type]  # ty: ignore[invalid-assignment]
    use(wrong)
    use(orders.placed)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    use(orders["placed"])  # type: ignore[index]  # ty: ignore[not-subscriptable]


def used() -> None:
    """What is found is a signal like any other, open to every sender and result."""
    placed = orders.signal("placed", OrderPlaced)
    assert_type(placed.send(shop, order), Results[object])
    assert_type(placed.send(None, order), Results[object])
    placed.send(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]

    @placed.connect
    def first(sender: object, order: OrderPlaced) -> None: ...

    @orders.signal("placed", OrderPlaced).connect
    async def second(shop: Shop, order: OrderPlaced) -> int:
        return 2

    @placed.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def third(sender: object, order: str) -> None: ...

    @orders.signal("placed", OrderPlaced).connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def fourth(order: OrderPlaced) -> None: ...


def declared_closer() -> None:
    """An annotation may say more of who sends; it cannot say more of the results."""
    by_shops: Signal[OrderPlaced, Shop] = orders.signal("placed", OrderPlaced)
    by_shops.send("shop", order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    checked: Signal[OrderPlaced, Shop, bool] = orders.signal("placed", OrderPlaced)  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    use(checked)


def listed() -> None:
    """Going through a namespace gives signals of any kind."""
    assert_type(iter(orders), Iterator[Signal[Any, Any, Any]])
    for signal in orders:
        assert_type(signal, Signal[Any, Any, Any])
        assert_type(signal.name, str | None)
    assert_type(list(orders), list[Signal[Any, Any, Any]])
    use(len(orders))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    use(orders[0])  # type: ignore[index]  # ty: ignore[not-subscriptable]
    next(orders)  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]


def generic(namespace: Namespace, kind: type[T]) -> Signal[T]:
    """A generic function passes the type on."""
    return namespace.signal("generic", kind)


def generic_used() -> None:
    """What it gives is typed by what it was given."""
    assert_type(generic(orders, OrderPlaced), Signal[OrderPlaced])
    generic(orders, OrderPlaced).send(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def unions(either: type[int | str]) -> None:
    """A union is declared by a `Signal` of its own.

    Not tested: `orders.signal("either", int | str)`; pyrefly accepts it, the others do not, since a
    union is no `type`.
    """
    assert_type(orders.signal("either", either), Signal[int | str])

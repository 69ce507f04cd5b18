"""Methods that a class marks as receivers: what they may take, and that they stay what they are."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar, assert_type

from typing_extensions import Unpack

from aldis import ANY, KeywordSignal, connect_methods, disconnect_methods
from tests.typing.shop import (
    GiftPlaced,
    OrderPlaced,
    Shop,
    WebShop,
    checked,
    order,
    placed,
    shipped,
    shop,
    sold,
)

T = TypeVar("T")


class Warehouse:
    """Each form of the mark."""

    def __init__(self) -> None:
        connect_methods(self)

    @sold.receiver
    def reserve(self, sender: Shop, order: OrderPlaced) -> int:
        return order.total

    @sold.receiver()
    def with_default(self, sender: Shop, order: OrderPlaced, *, more: int = 0) -> str:
        return "counted"

    @sold.receiver(sender=shop, once=True, priority=10, to_thread=False)
    async def index(self, sender: Shop, order: OrderPlaced) -> int:
        return order.total

    @sold.receiver(sender=ANY)
    @placed.receiver
    @checked.receiver
    def note(self, sender: Shop, order: OrderPlaced) -> bool:
        return True

    @checked.receiver
    async def approve(self, sender: Shop, order: OrderPlaced) -> bool:
        return True

    @placed.receiver
    def wide(self, sender: object, order: object) -> None: ...

    @sold.receiver
    def undo(self, sender: Any, order: OrderPlaced) -> bytes:
        return b""


async def called(warehouse: Warehouse) -> None:
    """A marked method is called as before, also by the names of its parameters."""
    assert_type(warehouse.reserve(shop, order), int)
    assert_type(warehouse.reserve(sender=shop, order=order), int)
    assert_type(Warehouse.reserve(warehouse, shop, order=order), int)
    assert_type(warehouse.with_default(shop, order), str)
    assert_type(warehouse.with_default(shop, order, more=1), str)
    assert_type(await warehouse.index(shop, order=order), int)
    assert_type(warehouse.note(shop, order=order), bool)
    assert_type(await warehouse.approve(shop, order=order), bool)
    assert_type(warehouse.undo(shop, order=order), bytes)
    warehouse.wide(1, order="o-1")
    warehouse.reserve(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    warehouse.reserve(shop, order="o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    warehouse.reserve(shop)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    warehouse.with_default(shop, order, more="1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def connected(warehouse: Warehouse) -> None:
    """A marked method is a receiver like any other."""
    assert_type(sold.connect(warehouse.reserve)(shop, order), int)
    shipped.connect(warehouse.reserve)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    assert_type(disconnect_methods(warehouse), bool)
    connect_methods()  # type: ignore[call-arg]  # ty: ignore[missing-argument]


class Derived(Warehouse):
    """Overriding is checked as for any method."""

    def reserve(self, sender: Shop, order: OrderPlaced) -> bool:
        return super().reserve(sender, order=order) > 0

    @sold.receiver
    def note(self, sender: object, order: OrderPlaced) -> bool:
        return False

    def wide(self, sender: str, order: object) -> None: ...  # type: ignore[override]  # ty: ignore[incompatible-method-override]


class Wrong:
    """What the call of the signal does not fit is refused at the decorator."""

    @sold.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    def payload(self, sender: Shop, order: str) -> None: ...

    @sold.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    def narrow_payload(self, sender: Shop, order: GiftPlaced) -> None: ...

    @sold.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    async def async_payload(self, sender: Shop, order: str) -> None: ...

    @placed.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    def payload_of_any(self, sender: object, order: str) -> None: ...

    @sold.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    def sender(self, sender: WebShop, order: OrderPlaced) -> None: ...

    @sold.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    def too_few(self, order: OrderPlaced) -> None: ...

    @sold.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    def too_many(self, sender: Shop, order: OrderPlaced, more: int) -> None: ...

    @sold.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    def by_name(self, *, sender: Shop, order: OrderPlaced) -> None: ...

    @checked.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    def result(self, sender: Shop, order: OrderPlaced) -> str:
        return ""

    @checked.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    async def async_result(self, sender: Shop, order: OrderPlaced) -> str:
        return ""

    @sold.receiver(priority=1)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    def with_options(self, sender: Shop, order: str) -> None: ...

    @checked.receiver(priority=1)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    async def async_with_options(self, sender: Shop, order: OrderPlaced) -> str:
        return ""


def options() -> None:
    """They go by their names, and `weak` is none of them."""
    sold.receiver(sender="shop")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.receiver(once=1)  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.receiver(priority="high")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.receiver(to_thread=None)  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.receiver(weak=True)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.receiver("count")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]


@sold.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
def function(sender: Shop, order: OrderPlaced) -> None:
    """A function of a module has no `self`: it is connected, not marked."""


class Archive(ABC, Generic[T]):
    """Marks stand in generic and abstract classes too."""

    @sold.receiver
    @abstractmethod
    def keep(self, sender: Shop, order: OrderPlaced) -> T: ...


class Totals(Archive[int]):
    def keep(self, sender: Shop, order: OrderPlaced) -> int:
        return order.total


@dataclass(slots=True, weakref_slot=True)
class Clerk:
    name: str

    def __post_init__(self) -> None:
        connect_methods(self)

    @sold.receiver
    def file(self, sender: Shop, order: OrderPlaced) -> str:
        return self.name


assert_type(Totals().keep(shop, order=order), int)
assert_type(Clerk("Ada").file(shop, order=order), str)


# -- keyword signals -------------------------------------------------------------------------------


class Sale(TypedDict):
    order_id: str
    total: int


@KeywordSignal
def rung(sender: object, /, **payload: Unpack[Sale]) -> None:
    """A sale was rung up."""


class Till:
    @rung.receiver
    def count(self, sender: object, *, order_id: str, **rest: object) -> int:
        return len(order_id)

    @rung.receiver(sender=shop, priority=1)
    async def save(self, sender: object, **payload: Unpack[Sale]) -> str:
        return payload["order_id"]

    @rung.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    def wrong_type(self, sender: object, *, order_id: int, **rest: object) -> None: ...

    @rung.receiver  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    def wrong_name(self, sender: object, *, order: str, **rest: object) -> None: ...

    @rung.receiver(priority=1)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    def with_options(self, sender: object, *, order_id: int, **rest: object) -> None: ...


async def rung_up(till: Till) -> None:
    assert_type(till.count(shop, order_id="o-1"), int)
    till.count(shop, order_id=1)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]

"""Signals in generic code: functions and classes with type variables of their own, subclasses."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, assert_type

from aldis import BoundSignal, Event, KeywordSignal, Outcomes, Results, Signal
from tests.typing.shop import (
    GiftPlaced,
    OrderPlaced,
    Shop,
    checked,
    gift,
    order,
    placed,
    shop,
    sold,
)

T = TypeVar("T")
S = TypeVar("S")
R = TypeVar("R")
T_contra = TypeVar("T_contra", contravariant=True)
OrderT = TypeVar("OrderT", bound=OrderPlaced)
TextT = TypeVar("TextT", str, bytes)
P = ParamSpec("P")


# -- functions -------------------------------------------------------------------------------------


def send_all(signal: Signal[T], payloads: Iterable[T]) -> list[Results[object]]:
    return [signal.send(None, payload) for payload in payloads]


def payload_of(event: Event[T, Any]) -> T:
    return event.payload


def first_result(signal: Signal[T, S, R], sender: S, payload: T) -> R:
    return signal.send(sender, payload).values[0]


async def first_result_later(signal: Signal[T, S, R], sender: S, payload: T) -> R:
    return (await signal.send_async(sender, payload)).values[0]


def what_happened(signal: Signal[T, S, R], sender: S, payload: T) -> Outcomes[R]:
    return signal.send_robust(sender, payload)


def make(kind: type[T], name: str) -> Signal[T]:
    return Signal[T](name)


def bind(signal: Signal[T, S, R], sender: S) -> BoundSignal[T, S, R]:
    return signal.bind(sender)


def sender_of(event: Event[Any, S]) -> S:
    return event.sender


async def functions() -> None:
    """A generic function that takes a signal knows its types, and checks what goes with them."""
    assert_type(send_all(placed, [order, gift]), list[Results[object]])
    assert_type(first_result(checked, shop, order), bool)
    assert_type(first_result(sold, shop, order), object)
    assert_type(await first_result_later(checked, shop, order), bool)
    assert_type(what_happened(checked, shop, order), Outcomes[bool])
    assert_type(make(int, "counted"), Signal[int])
    assert_type(bind(checked, shop), BoundSignal[OrderPlaced, Shop, bool])
    assert_type(payload_of(sold.event(shop, order)), OrderPlaced)
    assert_type(sender_of(sold.event(shop, order)), Shop)
    send_all(placed, ["o-1"])  # type: ignore[misc]  # ty: ignore[invalid-argument-type]  # zuban: ignore[list-item]
    send_all(checked, [order])  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    send_all(order, [placed])  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    first_result(checked, "shop", order)  # type: ignore[misc]  # ty: ignore[invalid-argument-type]  # zuban: ignore[arg-type]
    first_result(checked, shop, "o-1")  # type: ignore[misc]  # ty: ignore[invalid-argument-type]  # zuban: ignore[arg-type]
    make(int, "counted").send(None, "three")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def inside(signal: Signal[T, S, R], other: Signal[T], sender: S, payload: T, result: R) -> None:
    """Inside it a type variable is that type, and no other."""
    assert_type(signal.send(sender, payload), Results[R])
    assert_type(signal.event(sender, payload), Event[T, S, R])
    other.send(sender, payload)

    @signal.connect
    def receive(sender: S, payload: T) -> R:
        return result

    @signal.connect(weak=False)
    async def receive_later(sender: S, payload: T) -> R:
        return result

    @other.connect
    def receive_other(sender: object, payload: T) -> T:
        return payload

    assert_type(receive(sender, payload), R)
    assert_type(receive_other(None, payload), T)
    signal.send(sender, sender)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    signal.send(payload, payload)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    signal.send(sender, "payload")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]

    @signal.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def receive_wrongly(sender: S, payload: S) -> R:
        return result

    @signal.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def return_wrongly(sender: S, payload: T) -> T:
        return payload

    @other.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def receive_text(sender: object, payload: str) -> None: ...


def forward(source: Signal[T, S], target: Signal[T, S]) -> None:
    def receive(sender: S, payload: T) -> None:
        target.send(sender, payload)

    source.connect(receive, weak=False)
    source.connect(target.send, weak=False)
    source.connect(target.send_async, weak=False)


def forwarding() -> None:
    """One signal may be sent by another of the same types."""
    forward(sold, Signal[OrderPlaced, Shop]())
    sold.connect(Signal[OrderPlaced, Shop]().send)
    sold.connect(Signal[object]().send)
    sold.connect(checked.send_robust_async)
    forward(sold, Signal[str, Shop]())  # type: ignore[misc]  # ty: ignore[invalid-argument-type]  # zuban: ignore[arg-type]
    forward(sold, checked)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connect(Signal[str]().send)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(checked.bind(shop).send)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


def connect_all(
    signals: Iterable[Signal[T, Any, Any]], receiver: Callable[[Any, T], object]
) -> None:
    for signal in signals:
        signal.connect(receiver)


def on(signal: Signal[T, S, R]) -> Callable[[Callable[[S, T], R]], Callable[[S, T], R]]:
    def connect(receiver: Callable[[S, T], R]) -> Callable[[S, T], R]:
        signal.connect(receiver, weak=False)
        return receiver

    return connect


def own_decorators() -> None:
    """A decorator of one's own checks as much as `connect`."""
    connect_all([placed, Signal[OrderPlaced]()], lambda sender, order: order.total)
    connect_all([placed], lambda order: order.total)  # type: ignore[arg-type, misc]  # ty: ignore[invalid-argument-type]

    @on(checked)
    def receive(shop: Shop, order: OrderPlaced) -> bool:
        return True

    assert_type(receive(shop, order), bool)

    @on(checked)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    def receive_wrongly(shop: Shop, order: str) -> bool:
        return True

    @on(checked)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    def return_wrongly(shop: Shop, order: OrderPlaced) -> str:
        return ""


def bounded(signal: Signal[OrderT, Shop], payload: OrderT) -> OrderT:
    signal.send(shop, payload)
    signal.connect(lambda shop, order: order.total, weak=False)
    signal.send(shop, order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    return payload


def constrained(signal: Signal[TextT, Shop], payload: TextT) -> TextT:
    signal.send(shop, payload)
    # Not zuban: it takes any argument for a type variable with constraints.
    signal.send(shop, 3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    return payload


def bounds() -> None:
    """Bounds and constraints hold for payloads."""
    gifts = Signal[GiftPlaced, Shop]()
    assert_type(bounded(gifts, gift), GiftPlaced)
    assert_type(constrained(Signal[bytes, Shop](), b""), bytes)
    bounded(Signal[str, Shop](), "o-1")  # type: ignore[type-var]  # ty: ignore[invalid-argument-type]
    bounded(gifts, order)  # type: ignore[misc]  # ty: ignore[invalid-argument-type]  # zuban: ignore[arg-type]
    constrained(Signal[bytes, Shop](), "")  # type: ignore[misc]  # ty: ignore[invalid-argument-type]  # zuban: ignore[arg-type]


# -- classes ---------------------------------------------------------------------------------------


class Store(Generic[T]):
    """Holds a value, and signals whose payload is of its type."""

    cleared: Signal[None, "Store[Any]"] = Signal()

    def __init__(self, value: T) -> None:
        self.value = value
        self.changed = Signal[T, Store[T]]("changed")
        self.checked: Signal[T, Store[T], bool] = Signal("checked")

    def set(self, value: T) -> None:
        if all(self.checked.send(self, value).values):
            self.value = value
            self.changed.send(self, value)
        self.changed.send(self, "value")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
        self.changed.send(None, value)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def generic_classes(numbers: Store[int]) -> None:
    """A signal of a generic class takes its payload's type from the instance."""
    assert_type(numbers.changed, Signal[int, Store[int]])
    assert_type(numbers.checked.send(numbers, 3), Results[bool])
    assert_type(Store.cleared.send(numbers, None), Results[object])

    @numbers.changed.connect
    def receive(store: Store[int], value: int) -> None: ...

    @numbers.checked.connect
    def check(store: Store[int], value: int) -> bool:
        return value > 0

    @numbers.changed.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def receive_text(store: Store[int], value: str) -> None: ...

    @numbers.changed.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    def receive_store(store: Store[str], value: int) -> None: ...

    numbers.changed.send(numbers, "3")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    numbers.changed.send(Store("3"), 3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


class OrderSignal(Signal[OrderPlaced, Shop, bool]):
    """Says once what it carries."""

    def approve(self, payload: OrderPlaced) -> bool:
        return all(self.send(shop, payload).values)


class ShopSignal(Signal[T, Shop]):
    """Leaves the payload open."""


def subclasses() -> None:
    """A subclass of a signal keeps what it fills in."""
    orders = OrderSignal("orders", doc="Orders.")
    assert_type(orders.send(shop, order), Results[bool])
    assert_type(orders.approve(order), bool)
    assert_type(orders.bind(shop), BoundSignal[OrderPlaced, Shop, bool])
    assert_type(ShopSignal[int]().send(shop, 3), Results[object])

    @orders.connect
    def check(shop: Shop, order: OrderPlaced) -> bool:
        return True

    @ShopSignal[int]().connect(weak=False)
    def receive(shop: Shop, number: int) -> str:
        return ""

    assert_type(check(shop, order), bool)
    assert_type(receive(shop, 3), str)
    as_signal: Signal[OrderPlaced, Shop, bool] = orders
    assert_type(as_signal.send(shop, order), Results[bool])
    orders.send(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    orders.connect(receive)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    OrderSignal[int]()  # type: ignore[misc]  # ty: ignore[not-subscriptable]  # zuban: ignore[type-arg]
    ShopSignal[int]().send(shop, "3")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    ShopSignal[int]().send("shop", 3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


# -- protocols -------------------------------------------------------------------------------------


class Sends(Protocol[T_contra]):
    def send(self, sender: Any, payload: T_contra, /) -> object: ...


class SendsLater(Protocol[T_contra]):
    def send_async(self, sender: Shop, payload: T_contra, /) -> Awaitable[object]: ...


class Receives(Protocol):
    def __call__(self, shop: Shop, order: OrderPlaced, /) -> object: ...


class ReceivesByName(Protocol):
    def __call__(self, *, shop: Shop, order: OrderPlaced) -> object: ...


def take_sends(signal: Sends[OrderPlaced]) -> None: ...


def take_sends_later(signal: SendsLater[OrderPlaced]) -> None: ...


def protocols(receiver: Receives, by_name: ReceivesByName) -> None:
    """A signal fits a protocol of what it can do, and takes receivers that are described by one."""
    take_sends(placed)
    take_sends_later(sold)
    sold.connect(receiver)
    take_sends(Signal[str]())  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_sends_later(Signal[str, Shop]())  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_sends(sold.bind(shop))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connect(by_name)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


# -- keyword signals -------------------------------------------------------------------------------


@KeywordSignal
def counted(sender: object, /, *, number: int) -> None: ...


def send_twice(signal: KeywordSignal[P], *args: P.args, **kwargs: P.kwargs) -> Results[object]:
    signal.send(*args, **kwargs)
    return signal.send(*args, **kwargs)


def keyword_signals() -> None:
    """A keyword signal is generic in all of its parameters at once."""
    assert_type(send_twice(counted, None, number=3), Results[object])
    send_twice(counted, None, number="3")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    send_twice(counted, None)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    send_twice(counted, number=3)  # type: ignore[call-arg]  # ty: ignore[missing-argument]

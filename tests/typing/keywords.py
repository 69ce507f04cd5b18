"""`KeywordSignal`: the payload as keyword arguments, declared by a prototype."""

from collections.abc import Callable
from typing import Any, Generic, NotRequired, TypedDict, TypeVar, assert_type

from typing_extensions import Unpack

from aldis import ANY, Connection, KeywordSignal, Outcomes, Results, Signal
from tests.typing.shop import Shop, WebShop, shop, use

T = TypeVar("T")


class OrderPlaced(TypedDict):
    order_id: str
    total: int


class Noted(TypedDict):
    order_id: str
    note: NotRequired[str]


class OrderPlacedByPost(OrderPlaced):
    carrier: str


class Page(TypedDict, Generic[T]):
    items: list[T]


@KeywordSignal
def placed(sender: object, /, **payload: Unpack[OrderPlaced]) -> None:
    """Anybody sends it."""


@KeywordSignal
def sold(sender: Shop, /, **payload: Unpack[OrderPlaced]) -> None:
    """A shop sends it."""


@KeywordSignal
def noted(sender: Shop, /, **payload: Unpack[Noted]) -> None:
    """One of its keys may be left out."""


@KeywordSignal
def posted(sender: Shop, /, **payload: Unpack[OrderPlacedByPost]) -> None:
    """Its payload is inherited."""


@KeywordSignal
def paged(sender: Shop, /, **payload: Unpack[Page[int]]) -> None:
    """Its payload is generic."""


@KeywordSignal
def listed(sender: Shop, /, *, order_id: str, total: int = 0) -> None:
    """Its payload is written out."""


@KeywordSignal
def ticked(sender: object, /) -> None:
    """It has no payload."""


# -- declaring -------------------------------------------------------------------------------------


def facts() -> None:
    """A keyword signal has a name and a doc, and asks as a `Signal` does."""
    assert_type(sold.name, str | None)
    assert_type(sold.doc, str | None)
    assert_type(sold.receivers, tuple[Callable[..., object], ...])
    assert_type(sold.receivers_for(shop), tuple[Callable[..., object], ...])
    assert_type(sold.has_receivers_for(None), bool)
    assert_type(sold.connections, tuple[Connection, ...])


def what_it_has_not() -> None:
    """For events, typed results, concurrency and the like there is `Signal`."""
    use(sold.event)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    use(sold.bind)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    use(sold.payload_type)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    use(sold.receiver_connected)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    sold.receivers = ()  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    other: Signal[OrderPlaced] = sold  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    use(other)
    sold(shop, order_id="o-1", total=999)  # type: ignore[operator]  # ty: ignore[not-callable]


def declared_wrongly() -> None:
    """A prototype is a function, and the only argument."""
    KeywordSignal(3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    KeywordSignal()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    KeywordSignal("placed", doc="An order.")  # type: ignore[arg-type, call-arg]  # ty: ignore[invalid-argument-type, unknown-argument]
    KeywordSignal(prototype=len)  # type: ignore[call-arg]  # ty: ignore[positional-only-parameter-as-kwarg]


class Till:
    """In a class body a prototype stands without `self`."""

    @KeywordSignal
    def opened(sender: object, /, *, coins: int) -> None: ...

    @KeywordSignal
    def closed(sender: object, /, **payload: Unpack[OrderPlaced]) -> None: ...


def class_attributes(till: Till) -> None:
    """It is the same signal on the class and on its instances."""
    assert_type(Till.opened.send(till, coins=3), Results[object])
    assert_type(till.closed.send(till, order_id="o-1", total=3), Results[object])
    Till.opened.send(till, coins="3")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    till.opened.send(coins=3)  # type: ignore[call-arg]  # ty: ignore[missing-argument]

    @Till.opened.connect
    def receive(sender: object, *, coins: int, **rest: object) -> None: ...

    @till.closed.connect  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    def receive_wrongly(sender: object, *, order_id: int, **rest: object) -> None: ...


# -- sending ---------------------------------------------------------------------------------------


async def sent() -> None:
    """A sending has the sender first, and then the keys of the payload."""
    assert_type(sold.send(shop, order_id="o-1", total=999), Results[object])
    assert_type(sold.send_robust(shop, order_id="o-1", total=999), Outcomes[object])
    assert_type(await sold.send_async(shop, order_id="o-1", total=999), Results[object])
    assert_type(await sold.send_robust_async(shop, order_id="o-1", total=999), Outcomes[object])
    assert_type(sold.send(WebShop(), total=999, order_id="o-1"), Results[object])
    assert_type(placed.send(None, order_id="o-1", total=999), Results[object])
    assert_type(ticked.send(None), Results[object])
    payload: OrderPlaced = {"order_id": "o-1", "total": 999}
    assert_type(sold.send(shop, **payload), Results[object])


async def sent_wrongly() -> None:
    """A key that is missing, superfluous or of another type is refused by each send."""
    sold.send(shop, order_id="o-1")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    sold.send(shop, order_id="o-1", totl=999)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    # Not ty and zuban: both let further keywords pass where a TypedDict is unpacked.
    sold.send(shop, order_id="o-1", total=999, carrier="post")  # type: ignore[call-arg]
    sold.send(shop, order_id="o-1", total="999")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.send_robust(shop, order_id="o-1")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    sold.send_robust(shop, order_id="o-1", total="999")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.send_async(shop, order_id="o-1")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    await sold.send_async(shop, order_id="o-1", total="999")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    await sold.send_robust_async(shop, order_id="o-1")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    await sold.send_robust_async(shop, order_id="o-1", total="999")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    ticked.send(None, order_id="o-1")  # type: ignore[call-arg]  # ty: ignore[unknown-argument]


async def sent_in_a_wrong_form() -> None:
    """The sender is no keyword, and the payload no position."""
    sold.send(order_id="o-1", total=999)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    sold.send(sender=shop, order_id="o-1", total=999)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    sold.send("shop", order_id="o-1", total=999)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.send(None, order_id="o-1", total=999)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.send(shop, {"order_id": "o-1", "total": 999})  # type: ignore[arg-type, call-arg]  # ty: ignore[missing-argument, too-many-positional-arguments]
    sold.send(shop, "o-1", 999)  # type: ignore[call-arg]  # ty: ignore[missing-argument, too-many-positional-arguments]
    sold.send()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    await sold.send_async("shop", order_id="o-1", total=999)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    # Not ty and zuban: as in `sent_wrongly`.
    await sold.send_async(shop, order_id="o-1", total=999, concurrency=4)  # type: ignore[call-arg]
    await sold.send(shop, order_id="o-1", total=999)  # type: ignore[misc]  # ty: ignore[invalid-await]
    sold.send_async(shop, order_id="o-1", total=999)  # type: ignore[unused-coroutine]  # ty: ignore[unused-awaitable]
    use(sold.send_robust_async(shop, order_id="o-1", total=999).errors)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def other_payloads() -> None:
    """Keys that are not required, inherited, generic and written out."""
    noted.send(shop, order_id="o-1")
    noted.send(shop, order_id="o-1", note="Thanks")
    noted.send(shop, note="Thanks")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    noted.send(shop, order_id="o-1", note=3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    posted.send(shop, order_id="o-1", total=999, carrier="post")
    posted.send(shop, order_id="o-1", total=999)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    paged.send(shop, items=[1, 2])
    paged.send(shop, items=["a"])  # type: ignore[list-item]  # ty: ignore[invalid-argument-type]
    listed.send(shop, order_id="o-1")
    listed.send(shop, order_id="o-1", total=999)
    listed.send(shop, total=999)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    listed.send(shop, order_id="o-1", total="999")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


# -- what a receiver takes -------------------------------------------------------------------------


def whole(shop: Shop, /, **payload: Unpack[OrderPlaced]) -> int:
    return payload["total"]


def whole_named(shop: Shop, **payload: Unpack[OrderPlaced]) -> int:
    return payload["total"]


async def whole_later(shop: Shop, **payload: Unpack[OrderPlaced]) -> int:
    return payload["total"]


def some(shop: Shop, *, order_id: str, **rest: object) -> str:
    return order_id


def some_by_position(shop: Shop, order_id: str, **rest: object) -> str:
    return order_id


async def some_later(shop: Shop, *, order_id: str, **rest: object) -> str:
    return order_id


def last(shop: Shop, *, total: int, **rest: object) -> int:
    return total


def turned_round(shop: Shop, *, total: int, order_id: str, **rest: object) -> int:
    return total


def both(shop: Shop, *, order_id: str, total: int, **rest: object) -> str:
    return order_id


def with_a_default(shop: Shop, *, order_id: str, more: int = 0, **rest: object) -> str:
    return order_id


def nothing(shop: Shop, **rest: object) -> None: ...


def any_rest(shop: Shop, **rest: Any) -> None: ...


def everything(*args: object, **rest: object) -> None: ...


def wide(sender: object, *, order_id: object, **rest: object) -> None: ...


def wrong_key(shop: Shop, *, order_id: int, **rest: object) -> None: ...


def wrong_payload(shop: Shop, **payload: Unpack[Page[int]]) -> None: ...


def wrong_rest(shop: Shop, *, order_id: str, **rest: str) -> None: ...


def wrong_sender(shop: str, *, order_id: str, **rest: object) -> None: ...


async def wrong_key_later(shop: Shop, *, order_id: int, **rest: object) -> None: ...


def missing_key(shop: Shop, *, order_id: str) -> None: ...


def extra_key(shop: Shop, *, order_id: str, total: int, carrier: str, **rest: object) -> None: ...


def extra_keys(shop: Shop, **payload: Unpack[OrderPlacedByPost]) -> None: ...


def no_sender(*, order_id: str, **rest: object) -> None: ...


def one_object(shop: Shop, payload: OrderPlaced) -> None: ...


async def receivers() -> None:
    """A receiver takes the whole payload, or some of it and the rest."""
    assert_type(sold.connect(whole)(shop, order_id="o-1", total=999), int)
    assert_type(sold.connect(whole_named)(shop, order_id="o-1", total=999), int)
    assert_type(await sold.connect(whole_later)(shop, order_id="o-1", total=999), int)
    assert_type(sold.connect(some)(shop, order_id="o-1", total=999), str)
    assert_type(sold.connect(some_by_position)(shop, order_id="o-1", total=999), str)
    assert_type(await sold.connect(some_later)(shop, order_id="o-1", total=999), str)
    assert_type(sold.connect(both)(shop, order_id="o-1", total=999), str)
    sold.connect(nothing)
    sold.connect(any_rest)
    sold.connect(everything)
    sold.connect(wide)
    posted.connect(some)
    # zuban alone wants the first keys of the payload, in their order.
    sold.connect(last)  # zuban: ignore[call-overload]
    sold.connect(turned_round)  # zuban: ignore[call-overload]


def receivers_in_dispute() -> None:
    """What the checkers answer differently is better left: `**rest: object` is clear to all."""
    # pyright, ty and zuban: a sender may have a further key of this name, of any type.
    sold.connect(with_a_default)  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    # Not tested: `posted.connect(whole_named)`, a receiver that unpacks a TypedDict with fewer keys;
    # mypy and pyright refuse it, ty, pyrefly and zuban accept it. Nor is a receiver with a second
    # positional-only parameter, which pyrefly alone accepts.


def wrong_receivers() -> None:
    """Other keys, other types and other senders are refused."""
    sold.connect(wrong_key)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(wrong_payload)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(wrong_rest)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(wrong_sender)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(wrong_key_later)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(missing_key)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(extra_key)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(extra_keys)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(no_sender)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(one_object)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(3)  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.connect("some")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.connect(None)  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    placed.connect(some)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]


def keys_in_a_receiver() -> None:
    """What a receiver does with the payload is checked as well."""

    @sold.connect
    def receive(shop: Shop, **payload: Unpack[OrderPlaced]) -> None:
        assert_type(payload["order_id"], str)
        use(payload["carrier"])  # type: ignore[typeddict-item]  # ty: ignore[invalid-typed-dict-key]

    @noted.connect
    def receive_note(shop: Shop, **payload: Unpack[Noted]) -> None:
        assert_type(payload.get("note"), str | None)


def not_required() -> None:
    """A key that may be left out needs a default in a receiver that names it."""

    @noted.connect
    def receive(shop: Shop, *, order_id: str, note: str = "", **rest: object) -> None: ...

    @noted.connect  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    def receive_always(shop: Shop, *, order_id: str, note: str, **rest: object) -> None: ...


def written_out() -> None:
    """With keys that are written out there is no rest, unless a receiver wants one."""

    @listed.connect
    def receive(shop: Shop, *, order_id: str, total: int = 0) -> None: ...

    @listed.connect
    def receive_some(shop: Shop, *, order_id: str, **rest: object) -> None: ...

    @listed.connect  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    def receive_always(shop: Shop, *, order_id: str, total: int) -> None: ...

    @listed.connect  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    def receive_text(shop: Shop, *, order_id: str, total: str = "") -> None: ...

    @listed.connect  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    def receive_one(shop: Shop, *, order_id: str) -> None: ...

    @ticked.connect
    def tick(sender: object) -> None: ...

    @ticked.connect
    def tick_with_rest(sender: object, **rest: object) -> None: ...

    @ticked.connect  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    def tick_by_shops(sender: Shop) -> None: ...

    @ticked.connect  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    def tick_with_payload(sender: object, *, number: int) -> None: ...


class Clerk:
    def whole(self, shop: Shop, **payload: Unpack[OrderPlaced]) -> int:
        return payload["total"]

    async def some_later(self, shop: Shop, *, order_id: str, **rest: object) -> str:
        return order_id

    @classmethod
    def some(cls, shop: Shop, *, order_id: str, **rest: object) -> str:
        return order_id

    @staticmethod
    def nothing(shop: Shop, **rest: object) -> bytes:
        return b""

    def __call__(self, shop: Shop, *, order_id: str, **rest: object) -> float:
        return 0.5

    def wrong(self, shop: Shop, *, order_id: int, **rest: object) -> None: ...

    async def wrong_later(self, shop: Shop, *, order_id: int, **rest: object) -> None: ...

    @classmethod
    def wrong_class(cls, *, order_id: str, **rest: object) -> None: ...


class WrongClerk:
    def __call__(self, shop: Shop, *, order_id: int, **rest: object) -> None: ...


async def methods(clerk: Clerk) -> None:
    """Methods and callable instances are judged without their `self`."""
    assert_type(sold.connect(clerk.whole)(shop, order_id="o-1", total=999), int)
    assert_type(await sold.connect(clerk.some_later)(shop, order_id="o-1", total=999), str)
    assert_type(sold.connect(Clerk.some)(shop, order_id="o-1", total=999), str)
    assert_type(sold.connect(Clerk.nothing)(shop, order_id="o-1", total=999), bytes)
    assert_type(sold.connect(clerk)(shop, order_id="o-1", total=999), float)
    sold.connect(clerk.wrong)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(clerk.wrong_later)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(Clerk.wrong_class)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(Clerk.whole)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(WrongClerk())  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(Clerk)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]


def lambdas() -> None:
    """A lambda has to take all keywords."""
    sold.connect(lambda shop: None, weak=False)  # type: ignore[arg-type, misc]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    sold.connect(lambda: None, weak=False)  # type: ignore[arg-type, misc]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    # pyright alone finds no types for such parameters of a lambda.
    sold.connect(lambda shop, **payload: None, weak=False)  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]


# -- the forms of connecting -----------------------------------------------------------------------


def forms() -> None:
    """`connect` takes the same forms as that of `Signal`."""
    assert_type(sold.connect(some, shop)(shop, order_id="o-1", total=999), str)
    assert_type(sold.connect(some, sender=shop)(shop, order_id="o-1", total=999), str)
    assert_type(sold.connect(some, ANY)(shop, order_id="o-1", total=999), str)
    assert_type(sold.connect(weak=False)(some)(shop, order_id="o-1", total=999), str)
    assert_type(sold.connect_via(shop)(some)(shop, order_id="o-1", total=999), str)
    sold.connect(some, weak=False, once=True, priority=3, to_thread=True)

    @sold.connect
    def first(shop: Shop, *, order_id: str, **rest: object) -> int:
        return 1

    @sold.connect(weak=False)
    def second(shop: Shop, *, order_id: str, **rest: object) -> int:
        return 2

    @sold.connect_via(shop, once=True)
    async def third(shop: Shop, **payload: Unpack[OrderPlaced]) -> int:
        return 3

    @sold.connect(sender=shop)
    def fourth(shop: Shop, **rest: object) -> int:
        return 4

    assert_type(first(shop, order_id="o-1", total=999), int)
    assert_type(second(shop, order_id="o-1", total=999), int)
    assert_type(fourth(shop, order_id="o-1", total=999), int)
    first(shop, order_id="o-1")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    first(shop, order_id="o-1", total="999")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def wrong_forms() -> None:
    """Each form refuses wrong receivers and wrong options."""

    @sold.connect  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # zuban: ignore[call-overload]
    def first(shop: Shop, *, order_id: int, **rest: object) -> None: ...

    @sold.connect(weak=False)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    def second(shop: Shop, *, order_id: int, **rest: object) -> None: ...

    @sold.connect_via(shop)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    async def third(shop: Shop, *, order_id: int, **rest: object) -> None: ...

    @sold.connect(sender=shop)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    def fourth(shop: Shop, order: OrderPlaced) -> None: ...

    sold.connect(some, weak="no")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.connect(some, priority="high")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.connect(some, strong=True)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(some, shop, False)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect_via()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    sold.connect_via(shop, weak="no")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connect(weak=False)(wrong_key)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def stacked() -> None:
    """One function for two signals with the same keywords."""

    @placed.connect
    @placed.connect_via(shop)
    def receive(sender: object, *, order_id: str, **rest: object) -> int:
        return 1

    assert_type(receive(None, order_id="o-1", total=999), int)


def the_rest() -> None:
    """Disconnecting, muting and connecting for a while are those of `Signal`."""
    assert_type(sold.disconnect(some), bool)
    assert_type(sold.disconnect(some, shop), bool)
    assert_type(sold.disconnect(some, ANY), bool)
    with sold.muted() as nothing:
        assert_type(nothing, None)
    with sold.muted(some), sold.connected_to(some), sold.connected_to(whole_later, shop):
        pass
    sold.disconnect("some")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.muted("some")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connected_to(wrong_key)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connected_to(some, weak=False)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]

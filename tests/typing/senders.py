"""Choosing senders: the forms of connecting to one sender, and `ANY`."""

from typing import Any, assert_type

from aldis import ANY, Signal
from tests.typing.shop import OrderPlaced, Shop, WebShop, checked, order, placed, shop, sold, use


def count(shop: Shop, order: OrderPlaced) -> int:
    return order.total


def check(shop: Shop, order: OrderPlaced) -> bool:
    return True


async def check_later(shop: Shop, order: OrderPlaced) -> bool:
    return True


def in_a_call() -> None:
    """A call takes the sender second, or by its name."""
    assert_type(sold.connect(count, shop)(shop, order), int)
    assert_type(sold.connect(count, sender=shop)(shop, order), int)
    assert_type(sold.connect(count, WebShop(), weak=False)(shop, order), int)
    assert_type(checked.connect(check, shop)(shop, order), bool)
    assert_type(checked.connect(check, sender=shop, once=True)(shop, order), bool)
    sold.connect(count, "shop")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(count, sender="shop")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(count, None)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(count, Shop)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    checked.connect(check, "shop")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    checked.connect(check_later, sender="shop")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]


def in_a_decorator() -> None:
    """As a decorator, `connect` takes the sender by its name, `connect_via` as it comes."""

    @sold.connect(sender=shop)
    def first(shop: Shop, order: OrderPlaced) -> int:
        return 1

    @sold.connect_via(shop)
    def second(shop: Shop, order: OrderPlaced) -> int:
        return 2

    @sold.connect_via(sender=WebShop(), weak=False, once=True, priority=3, to_thread=True)
    def third(shop: Shop, order: OrderPlaced) -> int:
        return 3

    @checked.connect_via(shop)
    async def fourth(shop: Shop, order: OrderPlaced) -> bool:
        return True

    assert_type(first(shop, order), int)
    assert_type(second(shop, order), int)
    assert_type(third(shop, order), int)


def in_a_wrong_decorator() -> None:
    """A wrong sender is caught where it is written, a wrong receiver where it is decorated."""
    sold.connect(sender="shop")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.connect_via("shop")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connect_via(None)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connect_via()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    sold.connect_via(shop, weak="no")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connect_via(shop, False)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]
    sold.connect_via(count, shop)  # type: ignore[arg-type, call-arg]  # ty: ignore[invalid-argument-type, too-many-positional-arguments]
    sold.connect(shop)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]

    @sold.connect(sender=shop)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def first(shop: Shop, order: str) -> None: ...

    @sold.connect_via(shop)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def second(shop: Shop, order: str) -> None: ...

    @sold.connect_via(WebShop())  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def third(shop: WebShop, order: OrderPlaced) -> None: ...

    @checked.connect_via(shop)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def fourth(shop: Shop, order: OrderPlaced) -> str:
        return "yes"


def any_sender() -> None:
    """`ANY` is what a sender is when it is left out, whatever the type of the senders."""
    assert_type(sold.connect(count, ANY)(shop, order), int)
    assert_type(sold.connect(count, sender=ANY)(shop, order), int)
    assert_type(checked.connect(check, ANY)(shop, order), bool)

    @sold.connect(sender=ANY)
    def first(shop: Shop, order: OrderPlaced) -> int:
        return 1

    @sold.connect_via(ANY)
    def second(shop: Shop, order: OrderPlaced) -> int:
        return 2

    assert_type(first(shop, order), int)
    assert_type(second(shop, order), int)
    sold.connect(count, type(ANY))  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]


def told_apart(sender: Shop | Any) -> None:
    """A connection to any sender is told by identity, which narrows no other type."""
    if sender is ANY:
        return
    sold.send(sender, order)


def any_is_no_shop() -> None:
    """`ANY` is a value of a type of its own."""
    other: Shop = ANY  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    assert_type(other, Shop)
    use(ANY.name, ANY.sender)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def undeclared() -> None:
    """Where no sender is declared, all can be connected to, and receivers may ask for any."""
    placed.connect(count, shop)
    placed.connect(count, "shop")
    placed.connect(count, None)
    placed.connect(count, sender=3)
    placed.connect_via(shop)(count)
    placed.connect_via(Shop)(count)


def unions(either: Signal[OrderPlaced, Shop | str], some: Signal[int, Shop | None]) -> None:
    """With a union of senders a receiver takes all of them, and connects to each."""

    def take(sender: Shop | str, order: OrderPlaced) -> None: ...

    def take_object(sender: object, order: OrderPlaced) -> None: ...

    def take_number(sender: Shop | None, number: int) -> None: ...

    either.connect(take)
    either.connect(take, shop)
    either.connect(take, "shop")
    either.connect(take_object, "shop")
    some.connect(take_number, None)
    either.connect(count)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    either.connect(count, shop)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    either.connect(take, 3)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    some.connect(take_number, "shop")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]


class Account:
    """Is the sender of its own signals; in its body it is not there yet."""

    quoted = Signal[int, "Account"]()  # pyrefly: ignore[not-a-type]
    annotated: "Signal[int, Account]" = Signal()


def of_the_class_itself(account: Account) -> None:
    """Named in quotes, or in an annotation; pyrefly reads the annotation alone."""
    assert_type(account.annotated, Signal[int, Account])
    assert_type(account.quoted, Signal[int, Account])  # pyrefly: ignore[assert-type]
    account.annotated.send(account, 3)
    account.annotated.send("account", 3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]

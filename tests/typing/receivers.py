"""Which callables can be connected, what they may take, and what is given back."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar, assert_type, overload

from aldis import Signal
from tests.typing.shop import (
    GiftPlaced,
    OrderPlaced,
    OrderShipped,
    Shop,
    WebShop,
    order,
    placed,
    shipped,
    shop,
    sold,
    use,
)

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


# -- the forms of connecting -----------------------------------------------------------------------


def count(shop: Shop, order: OrderPlaced) -> int:
    return order.total


async def save(shop: Shop, order: OrderPlaced) -> int:
    return order.total


async def given_back() -> None:
    """A call gives the receiver back: its positional types and its return type are kept."""
    assert_type(sold.connect(count)(shop, order), int)
    assert_type(await sold.connect(save)(shop, order), int)
    assert_type(sold.connect(count, weak=False)(shop, order), int)
    assert_type(sold.connect(receiver=count)(shop, order), int)
    assert_type(sold.connect(weak=False)(count)(shop, order), int)
    assert_type(await sold.connect(weak=False)(save)(shop, order), int)
    sold.connect(count)("shop", order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connect(count)(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connect(count)(shop)  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    await sold.connect(count)(shop, order)  # type: ignore[misc]  # ty: ignore[invalid-await]
    sold.connect(count).total  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


async def decorated() -> None:
    """A decorated function is called as before, with its arguments in order."""

    @sold.connect
    def first(shop: Shop, order: OrderPlaced) -> int:
        return 1

    @sold.connect()
    def second(shop: Shop, order: OrderPlaced) -> str:
        return "2"

    @sold.connect(weak=False)
    def third(shop: Shop, order: OrderPlaced) -> None: ...

    @sold.connect
    async def fourth(shop: Shop, order: OrderPlaced) -> int:
        return 4

    @sold.connect(once=True, priority=-1)
    async def fifth(shop: Shop, order: OrderPlaced) -> str:
        return "5"

    assert_type(first(shop, order), int)
    assert_type(second(shop, order), str)
    third(shop, order)
    assert_type(await fourth(shop, order), int)
    assert_type(await fifth(shop, order), str)
    first(shop, "o-1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    fourth("shop", order)  # type: ignore[arg-type, unused-coroutine]  # ty: ignore[invalid-argument-type, unused-awaitable]
    # The names of the parameters are not kept. A function that is called by them is connected in a
    # statement of its own.
    first(shop=shop, order=order)  # type: ignore[call-arg]  # ty: ignore[missing-argument, unknown-argument]


def decorated_with_any() -> None:
    """A receiver that asks for `Any` is checked; `object` says as much, and is better.

    Not asserted: what calling it gives. To mypy it is `Any`, since two overloads fit.
    """

    @sold.connect
    def first(sender: Any, order: OrderPlaced) -> int:
        return 1

    @sold.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def second(sender: Any, order: str) -> int:
        return 2


def decorated_wrongly() -> None:
    """Each form of the decorator refuses what the call refuses."""

    @sold.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def first(shop: Shop, order: str) -> None: ...

    @sold.connect()  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def second(shop: Shop, order: str) -> None: ...

    @sold.connect(weak=False)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def third(shop: Shop, order: str) -> None: ...

    @sold.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    async def fourth(shop: Shop, order: str) -> None: ...

    @sold.connect(weak=False)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    async def fifth(shop: Shop, order: str) -> None: ...


def kept() -> None:
    """A decorator with options can be kept and used for many receivers."""
    strongly = sold.connect(weak=False)
    assert_type(strongly(count)(shop, order), int)
    strongly(len)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    strongly()  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    strongly("count")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    strongly(receiver=count)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]


def options() -> None:
    """Options go by their names; three are booleans and one is an int."""
    sold.connect(count, weak=False, once=True, priority=10, to_thread=True)
    sold.connect(weak=False, once=True, priority=10, to_thread=True)
    sold.connect(count, weak="no")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(count, once=1)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(count, priority="high")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(count, priority=0.5)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(count, to_thread=None)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(count, strong=True)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(count, shop, False)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(weak="no")  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    sold.connect(strong=True)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]


# -- what a receiver takes -------------------------------------------------------------------------


def wide(sender: object, order: object) -> None: ...


def wide_union(sender: Shop | None, order: OrderPlaced | OrderShipped) -> None: ...


def wide_any(sender: Any, order: Any) -> None: ...


def any_sender(sender: Any, order: OrderPlaced) -> str:
    return order.order_id


def any_sender_wrong_payload(sender: Any, order: str) -> str:
    return order


def narrow_payload(shop: Shop, order: GiftPlaced) -> None: ...


def narrow_sender(shop: WebShop, order: OrderPlaced) -> None: ...


def other_payload(shop: Shop, order: OrderShipped) -> None: ...


def other_sender(shop: str, order: OrderPlaced) -> None: ...


def swapped(order: OrderPlaced, shop: Shop) -> None: ...


def types_taken() -> None:
    """A receiver takes all that can be sent, and may take more."""
    sold.connect(wide)
    sold.connect(wide_union)
    sold.connect(wide_any)
    sold.connect(any_sender)
    sold.connect(any_sender_wrong_payload)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(narrow_payload)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(narrow_sender)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(other_payload)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(other_sender)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(swapped)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    with sold.connected_to(wide), sold.connected_to(wide_union):
        pass
    sold.connected_to(narrow_payload)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.connected_to(other_sender)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def any_sender_taken() -> None:
    """Where no sender is declared, a receiver may ask for any type of sender, not of payload."""
    placed.connect(wide)
    placed.connect(count)
    placed.connect(narrow_sender)
    placed.connect(other_sender)
    placed.connect(other_payload)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    placed.connect(narrow_payload)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    placed.connect(swapped)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


def too_few(order: OrderPlaced) -> None: ...


def none_at_all() -> None: ...


def too_many(shop: Shop, order: OrderPlaced, more: int) -> None: ...


def with_a_default(shop: Shop, order: OrderPlaced, more: int = 0) -> None: ...


def all_with_defaults(shop: Shop | None = None, order: OrderPlaced | None = None) -> None: ...


def by_position(shop: Shop, order: OrderPlaced, /) -> None: ...


def by_name(*, shop: Shop, order: OrderPlaced) -> None: ...


def half_by_name(shop: Shop, *, order: OrderPlaced) -> None: ...


def needs_a_name(shop: Shop, order: OrderPlaced, *, more: int) -> None: ...


def may_take_a_name(shop: Shop, order: OrderPlaced, *, more: int = 0) -> None: ...


def all_positions(*args: Shop | OrderPlaced) -> None: ...


def wrong_positions(*args: Shop) -> None: ...


def rest_of_positions(shop: Shop, *rest: OrderPlaced) -> None: ...


def all_names(**rest: object) -> None: ...


def everything(*args: object, **rest: object) -> None: ...


def blinkers(shop: Shop, **rest: object) -> None: ...


def parameters_taken() -> None:
    """A receiver is called with two positional arguments, however it calls them."""
    sold.connect(with_a_default)
    sold.connect(all_with_defaults)
    sold.connect(by_position)
    sold.connect(may_take_a_name)
    sold.connect(all_positions)
    sold.connect(rest_of_positions)
    sold.connect(everything)
    sold.connect(too_few)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(none_at_all)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(too_many)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(by_name)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(half_by_name)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(needs_a_name)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(wrong_positions)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(all_names)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(blinkers)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


def not_callable() -> None:
    """What cannot be called is no receiver; the result of a call is a common slip."""
    sold.connect(count(shop, order))  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(wide(shop, order))  # type: ignore[call-overload, func-returns-value]  # ty: ignore[no-matching-overload]
    sold.connect(save(shop, order))  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(None)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect("count")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(3)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect([count])  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(count, count)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    sold.connect(order)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]


# -- the kinds of callables ------------------------------------------------------------------------


class Clerk:
    """Receivers of each kind that a class can hold."""

    def count(self, shop: Shop, order: OrderPlaced) -> int:
        return order.total

    async def save(self, shop: Shop, order: OrderPlaced) -> str:
        return order.order_id

    @classmethod
    def note(cls, shop: Shop, order: OrderPlaced) -> bytes:
        return b""

    @classmethod
    async def note_later(cls, shop: Shop, order: OrderPlaced) -> bytes:
        return b""

    @staticmethod
    def log(shop: Shop, order: OrderPlaced) -> float:
        return 0.5

    @staticmethod
    async def log_later(shop: Shop, order: OrderPlaced) -> float:
        return 0.5

    @property
    def current(self) -> Callable[[Shop, OrderPlaced], complex]:
        raise NotImplementedError

    def wrong_payload(self, shop: Shop, order: str) -> None: ...

    async def wrong_sender(self, shop: int, order: OrderPlaced) -> None: ...

    def too_few(self, order: OrderPlaced) -> None: ...

    @classmethod
    def wrong_note(cls, shop: Shop, order: str) -> None: ...

    @staticmethod
    def wrong_log(order: OrderPlaced) -> None: ...


async def methods(clerk: Clerk) -> None:
    """Methods are connected through an instance; class and static methods through either."""
    assert_type(sold.connect(clerk.count)(shop, order), int)
    assert_type(await sold.connect(clerk.save)(shop, order), str)
    assert_type(sold.connect(Clerk.note)(shop, order), bytes)
    assert_type(sold.connect(clerk.note)(shop, order), bytes)
    assert_type(await sold.connect(Clerk.note_later)(shop, order), bytes)
    assert_type(sold.connect(Clerk.log)(shop, order), float)
    assert_type(sold.connect(clerk.log)(shop, order), float)
    assert_type(await sold.connect(clerk.log_later)(shop, order), float)
    assert_type(sold.connect(clerk.current)(shop, order), complex)
    with sold.connected_to(clerk.count), sold.connected_to(clerk.save, shop):
        pass
    sold.connect(clerk.wrong_payload)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(clerk.wrong_sender)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(clerk.too_few)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(Clerk.wrong_note)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(clerk.wrong_log)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(Clerk.count)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(Clerk.current)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(clerk)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]


class Stall(Shop):
    """A sender that is also the `self` of its receiver."""

    def receive(self, order: OrderPlaced) -> int:
        return order.total


def functions_of_a_class(stalls: Signal[OrderPlaced, Stall]) -> None:
    """A method reached through its class is a function whose first parameter is the sender."""
    assert_type(stalls.connect(Stall.receive)(Stall(), order), int)
    sold.connect(Stall.receive)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    stalls.connect(Stall().receive)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


class Counter:
    def __call__(self, shop: Shop, order: OrderPlaced) -> int:
        return order.total


class AsyncCounter:
    async def __call__(self, shop: Shop, order: OrderPlaced) -> int:
        return order.total


class WrongCounter:
    def __call__(self, shop: Shop, order: str) -> int:
        return 0


class Receipt:
    """Made from a sender and a payload, its class is a receiver."""

    def __init__(self, shop: Shop, order: OrderPlaced) -> None:
        self.total = order.total


async def callable_objects() -> None:
    """Instances with `__call__` are receivers, and so are classes whose making takes the two."""
    assert_type(sold.connect(Counter())(shop, order), int)
    assert_type(await sold.connect(AsyncCounter())(shop, order), int)
    assert_type(sold.connect(Receipt)(shop, order), Receipt)
    sold.connect(WrongCounter())  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(Counter)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(Shop)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


def priced(rate: int, shop: Shop, order: OrderPlaced) -> int:
    return rate * order.total


async def priced_later(rate: int, shop: Shop, order: OrderPlaced, *, unit: str) -> int:
    return rate * order.total


def partials() -> None:
    """A partial is judged by what is still missing."""
    sold.connect(functools.partial(priced, 3), weak=False)
    sold.connect(functools.partial(priced_later, 3, unit="cent"), weak=False)
    # Not zuban: it does not look into a partial.
    sold.connect(functools.partial(priced, "3"), weak=False)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    # Not mypy, pyrefly and zuban: to them a partial takes any further arguments.
    sold.connect(functools.partial(priced))  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]
    # Not mypy, pyrefly and zuban: as above.
    sold.connect(functools.partial(priced, 3, shop))  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]


def lambdas() -> None:
    """A lambda takes its parameters' types from the signal."""
    sold.connect(lambda shop, order: use(shop.name, order.order_id), weak=False)
    sold.connect(weak=False)(lambda shop, order: order.total)
    sold.connect_via(shop)(lambda shop, order: order.total)
    sold.connect(lambda order: order, weak=False)  # type: ignore[arg-type, misc]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(lambda: None, weak=False)  # type: ignore[arg-type, misc]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(lambda shop, order, more: order, weak=False)  # type: ignore[arg-type, misc]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connected_to(lambda shop, order: order.amount)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    # Not zuban: it does not look into a lambda that is passed to overloads.
    sold.connect(lambda shop, order: order.amount, weak=False)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def builtins() -> None:
    """Builtin functions are receivers where their signatures fit."""
    sold.connect(print, weak=False)
    assert_type(Signal[str, str]().connect(str.startswith)("a", "b"), bool)
    sold.connect(len, weak=False)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    sold.connect(open, weak=False)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


async def awaitables() -> None:
    """What a receiver returns is kept, a coroutine or a future too."""

    def starts(shop: Shop, order: OrderPlaced) -> asyncio.Task[int]:
        return asyncio.create_task(save(shop, order))

    def hands_on(shop: Shop, order: OrderPlaced) -> Awaitable[int]:
        return save(shop, order)

    def perhaps(shop: Shop, order: OrderPlaced) -> int | Coroutine[None, None, int]:
        return 1

    task = sold.connect(starts)(shop, order)
    assert_type(await task, int)
    assert_type(await sold.connect(hands_on)(shop, order), int)
    assert_type(sold.connect(perhaps)(shop, order), int | Coroutine[None, None, int])


# -- generic, overloaded, decorated ----------------------------------------------------------------


def give_payload(sender: object, payload: T) -> T:
    return payload


def give_pair(sender: T, payload: R) -> tuple[T, R]:
    return sender, payload


def same(sender: T, payload: T) -> T:
    return payload


def wrap(payload: T) -> list[T]:
    return [payload]


async def generic_functions() -> None:
    """A generic function is connected as what it is for this signal."""
    assert_type(sold.connect(give_payload)(shop, order), OrderPlaced)
    assert_type(sold.connect(give_pair)(shop, order), tuple[Shop, OrderPlaced])
    sold.connect(same)
    sold.connect(wrap)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


@overload
def either(sender: Shop, payload: OrderPlaced) -> int: ...
@overload
def either(sender: Shop, payload: OrderShipped) -> str: ...
def either(sender: Shop, payload: OrderPlaced | OrderShipped) -> int | str:
    return 1


def overloaded() -> None:
    """Of an overloaded function the overload that fits is connected."""
    assert_type(sold.connect(either)(shop, order), int)
    assert_type(shipped.connect(either)(shop, {"order_id": "", "carrier": ""}), str)
    Signal[int, Shop]().connect(either)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


def logged(function: Callable[P, R]) -> Callable[P, R]:
    return function


def retried(times: int) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    return lambda function: function


def cached(function: Callable[P, R]) -> Callable[P, list[R]]:
    return lambda *args, **kwargs: [function(*args, **kwargs)]


def with_session(
    function: Callable[[int, Shop, OrderPlaced], R],
) -> Callable[[Shop, OrderPlaced], R]:
    return lambda shop, order: function(3, shop, order)


async def stacked() -> None:
    """A receiver may have other decorators, below and above."""

    @sold.connect
    @logged
    def first(shop: Shop, order: OrderPlaced) -> int:
        return 1

    @logged
    @sold.connect
    def second(shop: Shop, order: OrderPlaced) -> int:
        return 2

    @sold.connect(weak=False)
    @retried(3)
    async def third(shop: Shop, order: OrderPlaced) -> int:
        return 3

    @cached
    @sold.connect_via(shop)
    def fourth(shop: Shop, order: OrderPlaced) -> int:
        return 4

    @sold.connect
    @with_session
    def fifth(session: int, shop: Shop, order: OrderPlaced) -> int:
        return 5

    assert_type(first(shop, order), int)
    assert_type(second(shop, order), int)
    assert_type(await third(shop, order), int)
    assert_type(fourth(shop, order), list[int])
    assert_type(fifth(shop, order), int)


def stacked_wrongly() -> None:
    """Decorators below hide nothing."""

    @sold.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    @logged
    def first(shop: Shop, order: str) -> int:
        return 1

    @sold.connect(weak=False)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    @retried(3)
    async def second(shop: Shop, order: str) -> int:
        return 2

    @sold.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    @cached
    def third(order: OrderPlaced) -> int:
        return 3

    @with_session  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    @sold.connect
    def fourth(shop: Shop, order: OrderPlaced) -> int:
        return 4


def of_two_signals() -> None:
    """One function for two signals of the same types; other types need statements."""
    sold_again = Signal[OrderPlaced, Shop]()

    @sold_again.connect(weak=False)
    @sold.connect
    def both(shop: Shop, order: OrderPlaced) -> int:
        return 1

    assert_type(both(shop, order), int)

    def receive(shop: Shop, order: OrderPlaced | OrderShipped) -> int:
        return 1

    assert_type(sold.connect(receive)(shop, order), int)
    assert_type(shipped.connect(receive)(shop, {"order_id": "", "carrier": ""}), int)

    # What a decorator gives back takes what its own signal sends, and no more.
    @shipped.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    @sold.connect
    def narrowed(shop: Shop, order: OrderPlaced | OrderShipped) -> int:
        return 1

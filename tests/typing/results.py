"""Declared results: what receivers may return, and what the sends give back."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any, assert_type

from aldis import Outcome, Outcomes, Results, Signal
from tests.typing.shop import OrderPlaced, Shop, checked, order, placed, shop, sold, use

rated = Signal[OrderPlaced, Shop, float]()
found = Signal[OrderPlaced, Shop, str | None]()
told = Signal[OrderPlaced, Shop, None]()
free = Signal[OrderPlaced, Shop, Any]()


def yes(shop: Shop, order: OrderPlaced) -> bool:
    return True


async def yes_later(shop: Shop, order: OrderPlaced) -> bool:
    return True


def one(shop: Shop, order: OrderPlaced) -> int:
    return 1


async def one_later(shop: Shop, order: OrderPlaced) -> int:
    return 1


def text(shop: Shop, order: OrderPlaced) -> str:
    return "yes"


async def text_later(shop: Shop, order: OrderPlaced) -> str:
    return "yes"


def nothing(shop: Shop, order: OrderPlaced) -> None: ...


async def nothing_later(shop: Shop, order: OrderPlaced) -> None: ...


def perhaps(shop: Shop, order: OrderPlaced) -> bool | None:
    return None


def starts(shop: Shop, order: OrderPlaced) -> asyncio.Future[bool]:
    return asyncio.ensure_future(yes_later(shop, order))


def hands_on(shop: Shop, order: OrderPlaced) -> Awaitable[bool]:
    return yes_later(shop, order)


def yes_to_any(shop: Any, order: OrderPlaced) -> bool:
    return True


def text_to_any(shop: Any, order: OrderPlaced) -> str:
    return "yes"


def hands_on_text(shop: Shop, order: OrderPlaced) -> Awaitable[str]:
    return text_later(shop, order)


def now_or_later(shop: Shop, order: OrderPlaced) -> bool | Awaitable[bool]:
    return True


# -- connecting ------------------------------------------------------------------------------------


async def declared() -> None:
    """With a declared result receivers return it, now or when awaited."""
    assert_type(checked.connect(yes)(shop, order), bool)
    assert_type(await checked.connect(yes_later)(shop, order), bool)
    assert_type(checked.connect(yes, weak=False)(shop, order), bool)
    assert_type(await checked.connect(yes_later, shop, once=True)(shop, order), bool)
    assert_type(checked.connect(weak=False)(yes)(shop, order), bool)
    assert_type(await checked.connect(weak=False)(yes_later)(shop, order), bool)
    assert_type(checked.connect_via(shop)(yes)(shop, order), bool)
    assert_type(await checked.connect_via(shop)(yes_later)(shop, order), bool)
    assert_type(await checked.bind(shop).connect(yes_later)(shop, order), bool)
    assert_type(checked.connect(yes_to_any)(shop, order), bool)
    checked.connect(starts)
    checked.connect(hands_on)
    checked.connect(now_or_later)
    checked.connect(lambda shop, order: order.total > 0, weak=False)
    with checked.connected_to(yes), checked.connected_to(yes_later), checked.connected_to(starts):
        pass


def declared_otherwise() -> None:
    """Another result is refused, sync or async, in each form of connecting."""
    checked.connect(text)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    checked.connect(text_later)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    checked.connect(one)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    checked.connect(nothing)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    checked.connect(nothing_later)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    checked.connect(perhaps)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    checked.connect(hands_on_text)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    checked.connect(text_to_any)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    # Not ty: it does not ask what a lambda that is passed to overloads returns.
    checked.connect(lambda shop, order: order.order_id, weak=False)  # type: ignore[arg-type, return-value]  # zuban: ignore[call-overload]
    checked.connect(text, shop)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    checked.connect(text, sender=shop)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    checked.connect(text_later, weak=False)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    checked.connect(weak=False)(text)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    checked.connect(weak=False)(text_later)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    checked.connect_via(shop)(text)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    checked.connect_via(shop)(text_later)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    checked.connected_to(text)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    checked.connected_to(text_later)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    checked.connected_to(text, shop)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def decorated_otherwise() -> None:
    """The decorators refuse it as well."""

    @checked.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def first(shop: Shop, order: OrderPlaced) -> str:
        return "yes"

    @checked.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    async def second(shop: Shop, order: OrderPlaced) -> str:
        return "yes"

    @checked.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def third(shop: Shop, order: OrderPlaced) -> None: ...

    @checked.connect(once=True)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    async def fourth(shop: Shop, order: OrderPlaced) -> None: ...

    @checked.connect_via(shop)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def fifth(shop: Shop, order: OrderPlaced) -> str:
        return "yes"


def declared_with_wrong_parameters() -> None:
    """The right result does not make up for wrong parameters."""

    @checked.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def first(shop: Shop, order: str) -> bool:
        return True

    @checked.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    async def second(order: OrderPlaced) -> bool:
        return True

    @checked.connect(weak=False)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def third(shop: str, order: OrderPlaced) -> bool:
        return True


def subclasses() -> None:
    """A receiver may return a subclass of what is declared."""
    rated.connect(one)
    rated.connect(yes)
    rated.connect(one_later)
    rated.connect(yes_later)
    found.connect(text)
    found.connect(text_later)
    found.connect(nothing)
    found.connect(nothing_later)
    rated.connect(text)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    found.connect(one)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    found.connect(one_later)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]


def no_result() -> None:
    """A signal can insist on receivers that return nothing."""
    told.connect(nothing)
    told.connect(nothing_later)
    told.connect(yes)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    told.connect(yes_later)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    told.connect(perhaps)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


async def undeclared() -> None:
    """Where no result is declared, all are welcome, and each receiver's own type is kept."""
    assert_type(sold.connect(text)(shop, order), str)
    assert_type(await sold.connect(text_later)(shop, order), str)
    sold.connect(nothing)
    sold.connect(nothing_later)
    assert_type(await sold.connect(starts)(shop, order), bool)
    assert_type(await sold.connect(hands_on)(shop, order), bool)
    assert_type(sold.connect(perhaps)(shop, order), bool | None)
    assert_type(sold.connect(weak=False)(text)(shop, order), str)
    assert_type(await sold.connect(weak=False)(text_later)(shop, order), str)
    assert_type(sold.connect_via(shop)(text)(shop, order), str)
    assert_type(placed.connect(text)(shop, order), str)
    assert_type(await placed.connect(text_later)(shop, order), str)
    assert_type(placed.connect(weak=False)(text)(shop, order), str)
    assert_type(await placed.connect_via(None)(text_later)(shop, order), str)


async def any_result() -> None:
    """`Any` as a result leaves the results unchecked."""
    free.connect(text)
    free.connect(text_later)
    free.connect(nothing)
    assert_type(free.send(shop, order), Results[Any])
    assert_type(free.send(shop, order).values, tuple[Any, ...])
    free.send(shop, order).values[0].upper()


# -- what comes back -------------------------------------------------------------------------------


def results(given: Results[bool]) -> None:
    """Results are a sequence of pairs of a receiver and what it returned."""
    assert_type(given.values, tuple[bool, ...])
    assert_type(given[0], tuple[Callable[..., object], bool])
    assert_type(given[0][1], bool)
    assert_type(given[1:], Results[bool])
    assert_type(given[1:].values, tuple[bool, ...])
    assert_type(given.count((yes, True)), int)
    assert_type(given.index(given[0]), int)
    assert_type(len(given), int)
    assert_type(iter(given), Iterator[tuple[Callable[..., object], bool]])
    for receiver, value in given:
        assert_type(receiver(shop, order), object)
        assert_type(value, bool)
    assert_type([value for _, value in given], list[bool])
    assert_type(dict(given), dict[Callable[..., object], bool])
    assert_type(all(value for _, value in reversed(given)), bool)
    assert_type(max(given.values, default=False), bool)
    pairs: Sequence[tuple[Callable[..., object], bool]] = given
    assert_type(pairs[0][1], bool)
    if not given:
        assert_type(len(given), int)


def results_are_read_only(given: Results[bool]) -> None:
    """Nothing can be put in, and `values` is no method."""
    given.append((yes, True))  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    given[0] = (yes, True)  # type: ignore[index]  # ty: ignore[invalid-assignment]
    given.values = ()  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    given.values()  # type: ignore[operator]  # ty: ignore[not-callable]
    given["yes"]  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    given.errors  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    given.values[0].upper()  # type: ignore[misc]  # ty: ignore[missing-attribute]  # zuban: ignore[attr-defined]
    wrong: Sequence[bool] = given  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    assert_type(wrong, Sequence[bool])


def undeclared_results() -> None:
    """Undeclared results are objects: usable once they were looked at."""
    given = sold.send(shop, order)
    assert_type(given, Results[object])
    assert_type(given.values, tuple[object, ...])
    given.values[0].upper()  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    value = given.values[0]
    if isinstance(value, str):
        assert_type(value.upper(), str)


def outcome(given: Outcome[bool]) -> None:
    """An outcome has a value or an error; the type of the value needs no check of the error."""
    assert_type(given.value, bool)
    assert_type(given.error, Exception | None)
    assert_type(given.receiver, Callable[..., object])
    assert_type(given.receiver(shop, order), object)
    if given.error is None:
        assert_type(given.value, bool)
    else:
        assert_type(given.error, Exception)
        given.error.add_note("seen")
    given.value = True  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    given.value()  # type: ignore[operator]  # ty: ignore[not-callable]
    given.error.add_note("unseen")  # type: ignore[union-attr]  # ty: ignore[missing-union-attribute]
    given.value.upper()  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    receiver, value = given  # type: ignore[misc]  # ty: ignore[not-iterable]


def outcomes(given: Outcomes[bool]) -> None:
    """Outcomes are a sequence of outcomes, and hold values and errors apart."""
    assert_type(given.values, tuple[bool, ...])
    assert_type(given.errors, tuple[Exception, ...])
    given.raise_errors()
    assert_type(given[0], Outcome[bool])
    assert_type(given[:3], Outcomes[bool])
    assert_type(given[-1].value, bool)
    assert_type(given.index(given[0]), int)
    assert_type(len(given), int)
    for each in given:
        assert_type(each, Outcome[bool])
    assert_type([each.value for each in given if each.error is None], list[bool])
    many: Sequence[Outcome[bool]] = given
    assert_type(many[0].value, bool)


def outcomes_are_read_only(given: Outcomes[bool]) -> None:
    """Nothing can be put in; outcomes are no pairs."""
    given.append(given[0])  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    given[0] = given[0]  # type: ignore[index]  # ty: ignore[invalid-assignment]
    given.values = ()  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    given.errors()  # type: ignore[operator]  # ty: ignore[not-callable]
    given["yes"]  # type: ignore[call-overload]  # ty: ignore[invalid-argument-type]
    for receiver, value in given:  # type: ignore[misc]  # ty: ignore[not-iterable]
        pass


async def every_send() -> None:
    """Each way of sending gives what is declared."""
    assert_type(checked.send(shop, order).values, tuple[bool, ...])
    assert_type((await checked.send_async(shop, order)).values, tuple[bool, ...])
    assert_type(checked.send_robust(shop, order).values, tuple[bool, ...])
    assert_type((await checked.send_robust_async(shop, order))[0].value, bool)
    assert_type(found.send(shop, order).values, tuple[str | None, ...])
    assert_type(told.send(shop, order), Results[None])
    wrong: Results[str] = checked.send(shop, order)  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    wrong_async: Results[str] = await checked.send_async(shop, order)  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    wrong_robust: Outcomes[str] = checked.send_robust(shop, order)  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    mixed: Outcomes[bool] = checked.send(shop, order)  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    use(wrong, wrong_async, wrong_robust, mixed)


def made_by_hand() -> None:
    """What tests may want to make themselves can be made."""
    assert_type(Outcome[bool](yes, True), Outcome[bool])
    assert_type(Outcome[bool](yes, error=ValueError()), Outcome[bool])
    assert_type(Outcomes([Outcome[bool](yes, True)], "sold"), Outcomes[bool])
    assert_type(Results[bool]([(yes, True)]), Results[bool])
    Outcome[bool](yes, error="wrong")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Outcome[bool]()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    Outcome[bool]("yes")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Outcomes([yes], None)  # type: ignore[list-item]  # ty: ignore[invalid-argument-type]
    Results[bool](3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


# -- receivers that hand their work on -------------------------------------------------------------


def coroutines() -> None:
    """A plain function that returns a coroutine is async in all but its first word."""

    def hand_on(shop: Shop, order: OrderPlaced) -> Coroutine[Any, Any, bool]:
        return yes_later(shop, order)

    def hand_on_text(shop: Shop, order: OrderPlaced) -> Coroutine[Any, Any, str]:
        return text_later(shop, order)

    checked.connect(hand_on)
    checked.connect(hand_on_text)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]

"""Middleware: what it sees and gives back is that of the signal it is used by."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import partial
from logging import getLogger
from typing import Any, TypeVar, assert_type

from aldis import Connection, Namespace, Outcomes, Results, Signal
from aldis.middleware import (
    AsyncMiddleware,
    Call,
    Middleware,
    Proceed,
    Sending,
    SendingMiddleware,
    SlowCall,
    log_calls,
    report_slow,
)
from aldis.middleware.opentelemetry import instrument
from tests.typing.shop import OrderPlaced, OrderShipped, Shop, checked, order, placed, use

PayloadT = TypeVar("PayloadT")
SenderT = TypeVar("SenderT")
ResultT = TypeVar("ResultT")

orders = Namespace("orders")


# -- generator functions ---------------------------------------------------------------------------


def timing(call: Call[PayloadT, SenderT, ResultT]) -> Generator[None, ResultT, ResultT]:
    """For every signal."""
    assert_type(call.payload, PayloadT)
    assert_type(call.sender, SenderT)
    assert_type(call.receiver, Callable[..., ResultT | Awaitable[ResultT]])
    assert_type(call.connection, Connection)
    assert_type(call.signal, Signal[PayloadT, SenderT, ResultT])
    result = yield
    assert_type(result, ResultT)
    return result


def of_orders(call: Call[OrderPlaced]) -> Generator[None, object, object]:
    """For signals whose results are not declared."""
    assert_type(call.payload, OrderPlaced)
    assert_type(call.sender, Any)
    return (yield)


def of_checks(call: Call[OrderPlaced, Shop, bool]) -> Generator[None, bool, bool]:
    """For the signal with all declared."""
    assert_type(call.sender, Shop)
    result = yield
    assert_type(result, bool)
    return not result


def of_anything(call: Call[Any, Any, Any]) -> Generator[None, Any, Any]:
    """For every signal, unchecked."""
    return (yield)


def of_objects(call: Call[object, object, object]) -> Generator[None, object, object]:
    """For no signal but one of objects: what it sees is as invariant as a signal."""
    return (yield)


def of_shipments(call: Call[OrderShipped]) -> Generator[None, object, object]:
    """For signals with another payload."""
    return (yield)


def of_texts(call: Call[OrderPlaced, Any, str]) -> Generator[None, str, str]:
    """For signals with another result."""
    return (yield)


class Limits:
    def limit(self, call: Call[OrderPlaced]) -> Generator[None, object, object]:
        return (yield)

    def __call__(self, call: Call[OrderPlaced]) -> Generator[None, object, object]:
        return (yield)


def with_option(
    option: int, call: Call[PayloadT, SenderT, ResultT]
) -> Generator[None, ResultT, ResultT]:
    return (yield)


def used() -> None:
    """What fits is accepted, and gives what undoes it."""
    assert_type(placed.use(timing), Callable[[], None])
    assert_type(placed.use(of_orders, around="receiver"), Callable[[], None])
    placed.use(of_anything)
    placed.use(Limits())
    placed.use(Limits().limit)
    placed.use(partial(with_option, 3))
    checked.use(timing)
    checked.use(of_checks)
    checked.use(of_anything)


def used_wrongly() -> None:
    """Another payload, another result, or no middleware at all."""
    placed.use(of_shipments)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    placed.use(of_objects)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    placed.use(of_texts)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    checked.use(of_orders)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    checked.use(of_texts)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    placed.use(with_option)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    placed.use(lambda call: None)  # type: ignore[arg-type, return-value]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    placed.use(3)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    placed.use()  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    placed.use(timing, "receiver")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    placed.use(timing, around="sending")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    placed.use(timing, around="sender")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]
    placed.use(timing)(1)  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]


def frozen(call: Call[OrderPlaced], sending: Sending[OrderPlaced]) -> None:
    """Nothing can be set."""
    call.payload = order  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    call.receiver = use  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    sending.sender = None  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    use(sending.receiver)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


# -- async functions -------------------------------------------------------------------------------


async def going_on(
    call: Call[PayloadT, SenderT, ResultT], proceed: Callable[[], Awaitable[ResultT]]
) -> ResultT:
    """For every signal."""
    assert_type(await proceed(), ResultT)
    return await proceed()


async def checking(call: Call[OrderPlaced, Shop, bool], proceed: Proceed[bool]) -> bool:
    """For the signal with all declared."""
    assert_type(await proceed(), bool)
    return not await proceed()


async def without_proceed(call: Call[OrderPlaced]) -> object: ...


def used_async() -> None:
    """They are told apart by their shape."""
    assert_type(placed.use(going_on), Callable[[], None])
    checked.use(checking)
    placed.use(checking)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    placed.use(without_proceed)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    placed.use(going_on, around="sending")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]


# -- sendings --------------------------------------------------------------------------------------


def watching(
    sending: Sending[OrderPlaced, Shop],
) -> Generator[None, Results[bool] | Outcomes[bool], None]:
    """For the signal with all declared."""
    assert_type(sending.signal, Signal[OrderPlaced, Shop, Any])
    assert_type(sending.sender, Shop)
    assert_type(sending.payload, OrderPlaced)
    result = yield
    assert_type(result, Results[bool] | Outcomes[bool])


def watching_anything(sending: Sending[PayloadT, SenderT]) -> Generator[None, object, None]:
    """For every signal."""
    assert_type(sending.payload, PayloadT)
    yield


def replacing(sending: Sending[Any, Any]) -> Generator[None, Results[Any], Results[Any]]:
    """Return what counts for nothing."""
    return (yield)


def used_around_sendings() -> None:
    """The argument `around` says so."""
    assert_type(checked.use(watching, around="sending"), Callable[[], None])
    placed.use(watching_anything, around="sending")
    checked.use(watching_anything, around="sending")
    placed.use(watching, around="sending")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]  # zuban: ignore[arg-type]
    placed.use(replacing, around="sending")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]  # zuban: ignore[arg-type]
    placed.use(watching_anything)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


# -- namespaces and aliases ------------------------------------------------------------------------


def used_by_namespaces() -> None:
    """Their signals are of any kind, and so is what their middleware sees."""
    assert_type(orders.use(timing), Callable[[], None])
    orders.use(of_anything)
    orders.use(going_on)
    orders.use(watching_anything, around="sending")
    orders.use(lambda call: None)  # type: ignore[arg-type, return-value]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    orders.use(timing, around="sending")  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]


def named(
    first: Middleware[OrderPlaced, Shop, bool],
    second: AsyncMiddleware[OrderPlaced, Shop, bool],
    third: SendingMiddleware[OrderPlaced, Shop, bool],
) -> None:
    """The aliases name what `use` takes."""
    checked.use(first)
    checked.use(second)
    checked.use(third, around="sending")
    placed.use(first)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]


# -- ready made ------------------------------------------------------------------------------------


def ready_made() -> None:
    """They are for every signal."""
    placed.use(log_calls())
    checked.use(log_calls(getLogger("shop"), 10))
    orders.use(report_slow(0.5))
    reported: list[SlowCall] = []
    checked.use(report_slow(1, reported.append))
    assert_type(instrument(placed), Callable[[], None])
    assert_type(instrument(checked, tracer_provider=None), Callable[[], None])
    instrument(orders)
    report_slow("1")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    log_calls("shop")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    instrument(timing)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def wrapped(call: Call[OrderPlaced]) -> Generator[None, object, object]:
    """A context manager is entered for the length of a call."""

    @contextmanager
    def block() -> Generator[None]:
        yield

    with block():
        return (yield)

"""What provokes each error and warning: its cause, the mend that its text ends with, its facts."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import anyio
import pytest

import aldis
from aldis import Dispatcher, Namespace, Signal
from aldis.exceptions import (
    AsyncMiddlewareError,
    AsyncReceiverError,
    AsyncThreadError,
    ClassOwnerError,
    ConcurrencyError,
    DeliveryCancelledError,
    DispatcherClosedError,
    DispatcherFullError,
    DispatcherUseError,
    GeneratorReceiverError,
    LimitError,
    LostReceiverWarning,
    MarkedMethodError,
    MiddlewareError,
    NoMarkedMethodsError,
    NotCallableError,
    NotMiddlewareError,
    OptionError,
    PayloadMismatchError,
    PrototypeError,
    ReceiverSignatureError,
    StreamFullError,
    StreamLaggedError,
    StreamUseError,
    WeakReferenceError,
)
from aldis.middleware import report_slow
from tests.interpreters import IS_CPYTHON

LONG = "x" * 10_000
SECRET = "SECRET-4711"


class Secret(str):
    """What takes part in sendings, and must not be printed: its text has a sentinel in it."""

    __slots__ = ()


SENDER: Any = Secret(f"sender {SECRET}")
PAYLOAD: Any = Secret(f"payload {SECRET}")
NOT_CALLABLE: Any = Secret(f"receiver {SECRET}")
TOO_FEW: Any = lambda secret=SECRET: None
NO_PRIORITY: Any = "high"


class Payload:
    """A payload."""


def receive(sender: object, payload: int) -> None:
    """Receive."""


async def receive_async(sender: object, payload: int) -> None:
    """Receive, in an async way."""


def generator(sender: object, payload: int) -> Iterator[int]:
    """Iterate."""
    yield payload


def lose_a_receiver(signal: Signal[int]) -> None:
    """Connect what goes at once, then look."""

    def nested(sender: object, payload: int) -> None: ...

    signal.connect(nested)
    del nested
    gc.collect()
    assert not signal.receivers


def send_async(signal: Signal[int]) -> None:
    """Send, though a receiver is async."""
    signal.connect(receive_async)
    signal.send(SENDER, PAYLOAD)


def return_a_coroutine(signal: Signal[int]) -> None:
    """Send, though a plain receiver returns a coroutine."""
    receiver: Any = lambda sender, payload: receive_async(sender, payload)
    signal.connect(receiver)
    signal.send(SENDER, PAYLOAD)


def no_concurrency(signal: Signal[int]) -> None:
    """Send with no room for anybody."""

    async def send() -> None:
        await signal.send_async(SENDER, PAYLOAD, concurrency=0)

    anyio.run(send)


def another_payload(_: Signal[int]) -> None:
    """Ask for a signal with another payload."""
    orders = Namespace("orders")
    orders.signal("placed", int)
    orders.signal("placed", Payload)


def skip_where_all_take_weak_references() -> None:
    """Skip a test that needs an object without."""
    if not IS_CPYTHON:
        pytest.skip("an object of any class takes weak references here")


def slotted() -> Any:
    """Make a receiver that takes no weak reference."""
    skip_where_all_take_weak_references()

    class Slotted:
        __slots__ = ()

        def __call__(self, sender: object, payload: int) -> None: ...

    return Slotted()


def marked_and_slotted(signal: Signal[Any]) -> object:
    """Make an object with a marked method that takes no weak reference."""
    skip_where_all_take_weak_references()

    class Slotted:
        __slots__ = ()

        @signal.receiver
        def receive(self, sender: object, payload: int) -> None: ...

    return Slotted()


def override_of_a_long_name(signal: Signal[Any]) -> None:
    """Connect an object whose marked method is overridden by what is none, all names long."""
    make: Any = type
    base = make(LONG, (), {LONG: signal.receiver(lambda self, sender, payload: None)})
    aldis.connect_methods(make(LONG, (base,), {LONG: make(LONG, (), {})()})())


async def middleware(call: object, proceed: Any) -> object:
    """Stand around a call, in an async way."""
    return await proceed()


def send_inside_async_middleware(signal: Signal[int]) -> None:
    """Send, though middleware is async."""
    signal.connect(receive)
    signal.use(middleware)
    signal.send(SENDER, PAYLOAD)


def yield_twice(signal: Signal[int]) -> None:
    """Send, though middleware yields twice."""

    def twice(call: object) -> Any:
        yield
        yield

    signal.connect(receive)
    signal.use(twice)
    signal.send(SENDER, PAYLOAD)


def in_a_loop(work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Make of an async function with a signal a plain one."""
    return lambda signal: anyio.run(partial(work, signal, *arguments, **options))


async def post_two(signal: Signal[int]) -> None:
    """Post more than there is room for."""
    async with Dispatcher(max_pending=1) as dispatcher:
        for _ in range(2):
            kept = dispatcher.post(signal.event(SENDER, PAYLOAD))
            assert not kept.is_done


async def enter_twice(signal: Signal[int], make: Callable[[], Any]) -> None:
    """Enter what is for one block."""
    made = make()
    for _ in range(2):
        async with made:
            pass


async def cancel_delivery(signal: Signal[int], *, began: bool) -> None:
    """Await what was cancelled."""
    begun = anyio.Event()

    async def receive(sender: object, payload: int) -> None:
        begun.set()
        await anyio.sleep_forever()

    signal.connect(receive)
    async with Dispatcher() as dispatcher:
        delivery = dispatcher.post(signal.event(SENDER, PAYLOAD))
        if began:
            await begun.wait()
        delivery.cancel()
        await delivery


async def cut_off(signal: Signal[int]) -> None:
    """Await what there was no time for."""

    async def receive(sender: object, payload: int) -> None:
        await anyio.sleep_forever()

    signal.connect(receive)
    async with Dispatcher(grace=0, on_error=lambda outcome, event: None) as dispatcher:
        delivery = dispatcher.post(signal.event(SENDER, PAYLOAD))
    await delivery


async def read_late(signal: Signal[int]) -> None:
    """Read what came faster than it was read."""
    async with signal.stream(buffer=1) as events:
        for _ in range(3):
            signal.send(SENDER, PAYLOAD)
        await anext(events)


async def fill_a_stream(signal: Signal[int]) -> None:
    """Send more than there is room for."""
    async with signal.stream(buffer=1, overflow="wait"):
        for _ in range(2):
            signal.send(SENDER, PAYLOAD)


Cause = Callable[[Signal[Any]], object]
CAUSES: dict[str, tuple[type[BaseException], Cause, str, set[str]]] = {
    "not callable": (
        NotCallableError,
        lambda signal: signal.connect(NOT_CALLABLE),
        "pass a function, a bound method or an object with __call__",
        {"receiver"},
    ),
    "signature": (
        ReceiverSignatureError,
        lambda signal: signal.connect(TOO_FEW),
        "change its parameters to accept that call",
        {"receiver", "found", "needed"},
    ),
    "generator": (
        GeneratorReceiverError,
        lambda signal: signal.connect(generator),
        "remove its yield, or connect a function that iterates over it",
        {"receiver"},
    ),
    "weak reference": (
        WeakReferenceError,
        lambda signal: signal.connect(slotted()),
        "pass weak=False",
        {"receiver", "reason", "mend"},
    ),
    "async in a thread": (
        AsyncThreadError,
        lambda signal: signal.connect(receive_async, to_thread=True),
        "leave out to_thread=True, or connect a plain function",
        {"receiver"},
    ),
    "async": (
        AsyncReceiverError,
        send_async,
        "use await send_async(...), or send_robust_async(...)",
        {"signal", "receivers", "started", "mend"},
    ),
    "coroutine": (
        AsyncReceiverError,
        return_a_coroutine,
        "use await send_async(...), or send_robust_async(...)",
        {"signal", "receivers", "started", "mend"},
    ),
    "concurrency": (
        ConcurrencyError,
        no_concurrency,
        "or None (no bound)",
        {"found"},
    ),
    "option": (
        OptionError,
        lambda signal: signal.connect(receive, priority=NO_PRIORITY),
        "pass an int",
        {"option", "found", "needed"},
    ),
    "marked method": (
        MarkedMethodError,
        lambda signal: signal.receiver(NOT_CALLABLE),
        "mark a method that calls it, or connect it in a statement",
        {"receiver", "found"},
    ),
    "owner without a slot": (
        WeakReferenceError,
        lambda signal: aldis.connect_methods(marked_and_slotted(signal)),
        'add "__weakref__" to its __slots__ (to a dataclass, weakref_slot=True)',
        {"receiver", "reason", "mend"},
    ),
    "class": (
        ClassOwnerError,
        lambda _: aldis.connect_methods(Payload),
        "pass the instance, as connect_methods(self) does in __init__",
        {"owner"},
    ),
    "no marked methods": (
        NoMarkedMethodsError,
        lambda _: aldis.connect_methods(Payload()),
        "mark them with @signal.receiver in its class",
        {"owner"},
    ),
    "prototype": (
        PrototypeError,
        lambda _: aldis.KeywordSignal(receive),
        "**payload: Unpack[YourTypedDict])",
        {"prototype", "found"},
    ),
    "payload mismatch": (
        PayloadMismatchError,
        another_payload,
        "or choose another name",
        {"signal", "found", "declared"},
    ),
    "async middleware": (
        AsyncMiddlewareError,
        send_inside_async_middleware,
        "use await send_async(...), or send_robust_async(...)",
        {"signal", "receivers", "started", "mend", "middleware"},
    ),
    "no middleware": (
        NotMiddlewareError,
        lambda signal: signal.use(NOT_CALLABLE),
        "or as an async function, middleware(call, proceed)",
        {"middleware", "reason"},
    ),
    "middleware": (
        MiddlewareError,
        yield_twice,
        "an async one may await proceed() once, to its end, before it returns",
        {"middleware", "found"},
    ),
    "threshold": (
        LimitError,
        lambda _: report_slow(-1),
        "pass seconds from 0 up",
        {"option", "found", "needed"},
    ),
    "limit": (
        LimitError,
        lambda signal: signal.stream(buffer=0),
        "pass a positive int",
        {"option", "found", "needed"},
    ),
    "full dispatcher": (
        DispatcherFullError,
        in_a_loop(post_two),
        "or pass a larger max_pending",
        {"max_pending"},
    ),
    "closed dispatcher": (
        DispatcherClosedError,
        lambda signal: Dispatcher().post(signal.event(SENDER, PAYLOAD)),
        "or from a receiver while that drains",
        set(),
    ),
    "dispatcher entered twice": (
        DispatcherUseError,
        in_a_loop(enter_twice, Dispatcher),
        "make another one for the next",
        {"problem"},
    ),
    "delivery before it began": (
        DeliveryCancelledError,
        in_a_loop(cancel_delivery, began=False),
        "it was cancelled",
        {"signal", "began", "reason"},
    ),
    "delivery that had begun": (
        DeliveryCancelledError,
        in_a_loop(cancel_delivery, began=True),
        "it was cancelled",
        {"signal", "began", "reason"},
    ),
    "delivery without time": (
        DeliveryCancelledError,
        in_a_loop(cut_off),
        "where that had too little time, pass a larger grace",
        {"signal", "began", "reason"},
    ),
    "lagging stream": (
        StreamLaggedError,
        in_a_loop(read_late),
        "and read faster, pass a larger buffer, or overflow='wait'",
        {"missed"},
    ),
    "full stream": (
        StreamFullError,
        in_a_loop(fill_a_stream),
        "use await send_async(...), or give the stream a larger buffer",
        {"signal"},
    ),
    "stream entered twice": (
        StreamUseError,
        in_a_loop(enter_twice, lambda: Signal[int]().stream()),
        "make another one for the next",
        {"problem"},
    ),
    "lost receiver": (
        LostReceiverWarning,
        lose_a_receiver,
        "pass weak=False, or keep a reference to it",
        {"receiver", "signal"},
    ),
}

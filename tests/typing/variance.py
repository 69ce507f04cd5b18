"""Variance: signals are invariant in all that they are declared with, what they give is covariant."""

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypedDict

from typing_extensions import Unpack

from aldis import BoundSignal, Event, KeywordSignal, Outcome, Outcomes, Results, Signal
from tests.typing.shop import GiftPlaced, OrderPlaced, Shop, WebShop, use


def take_signal(signal: Signal[OrderPlaced, Shop, int]) -> None: ...


def payload_of_a_signal(
    same: Signal[OrderPlaced, Shop, int],
    narrow: Signal[GiftPlaced, Shop, int],
    wide: Signal[object, Shop, int],
    either: Signal[OrderPlaced | str, Shop, int],
    anything: Signal[Any, Shop, int],
) -> None:
    """It is both sent, which would need a wide type, and received, which would need a narrow one."""
    take_signal(same)
    take_signal(anything)
    take_signal(narrow)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_signal(wide)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_signal(either)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def sender_of_a_signal(
    narrow: Signal[OrderPlaced, WebShop, int],
    wide: Signal[OrderPlaced, object, int],
    either: Signal[OrderPlaced, Shop | None, int],
    anything: Signal[OrderPlaced, Any, int],
) -> None:
    """The sender is sent and received as well."""
    take_signal(anything)
    take_signal(narrow)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_signal(wide)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_signal(either)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def result_of_a_signal(
    narrow: Signal[OrderPlaced, Shop, bool],
    wide: Signal[OrderPlaced, Shop, float],
    undeclared: Signal[OrderPlaced, Shop],
    anything: Signal[OrderPlaced, Shop, Any],
) -> None:
    """The result is asked of receivers and given to who sends."""
    take_signal(anything)
    take_signal(narrow)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_signal(wide)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_signal(undeclared)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def take_undeclared(signal: Signal[OrderPlaced]) -> None: ...


def defaults(
    narrow: Signal[GiftPlaced],
    by_shops: Signal[OrderPlaced, Shop],
    by_shops_checked: Signal[OrderPlaced, Shop, bool],
) -> None:
    """The default of the sender fits all; that of the result is `object`, and only that."""
    take_undeclared(by_shops)
    take_undeclared(narrow)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_undeclared(by_shops_checked)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def take_any_signal(signal: Signal[Any, Any, Any]) -> None: ...


def any_signal(
    one: Signal[OrderPlaced],
    two: Signal[OrderPlaced, Shop, bool],
    bound: BoundSignal[OrderPlaced, Shop, bool],
) -> None:
    """`Signal[Any, Any, Any]` stands for every signal."""
    take_any_signal(one)
    take_any_signal(two)
    take_any_signal(bound)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def take_bound(bound: BoundSignal[OrderPlaced, Shop, int]) -> None: ...


def bound_signals(
    same: BoundSignal[OrderPlaced, Shop, int],
    narrow_payload: BoundSignal[GiftPlaced, Shop, int],
    wide_payload: BoundSignal[object, Shop, int],
    narrow_sender: BoundSignal[OrderPlaced, WebShop, int],
    wide_sender: BoundSignal[OrderPlaced, object, int],
    narrow_result: BoundSignal[OrderPlaced, Shop, bool],
    wide_result: BoundSignal[OrderPlaced, Shop, float],
) -> None:
    """A bound signal is as invariant as its signal."""
    take_bound(same)
    take_bound(narrow_payload)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_bound(wide_payload)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_bound(narrow_sender)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_bound(wide_sender)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_bound(narrow_result)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_bound(wide_result)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


P = ParamSpec("P")


class Narrow(TypedDict):
    order_id: str
    total: int


class Wide(TypedDict):
    order_id: str


@KeywordSignal
def of_narrow(sender: object, /, **payload: Unpack[Narrow]) -> None: ...


@KeywordSignal
def of_narrow_again(sender: object, /, **payload: Unpack[Narrow]) -> None: ...


@KeywordSignal
def of_wide(sender: object, /, **payload: Unpack[Wide]) -> None: ...


@KeywordSignal
def of_narrow_by_shops(sender: Shop, /, **payload: Unpack[Narrow]) -> None: ...


@KeywordSignal
def ticked(sender: Shop, /) -> None: ...


@KeywordSignal
def ticked_by_anybody(sender: object, /) -> None: ...


@KeywordSignal
def ticked_by_web_shops(sender: WebShop, /) -> None: ...


class Alike(Generic[P]):
    def __init__(self, signal: KeywordSignal[P]) -> None: ...

    def take(self, signal: KeywordSignal[P]) -> None: ...


def take_ticks(signal: KeywordSignal[[Shop]]) -> None: ...


def keyword_signals() -> None:
    """A keyword signal is invariant in its parameters."""
    Alike(of_narrow).take(of_narrow_again)
    # Not zuban: to it, as to mypy below, a class is covariant in a ParamSpec.
    Alike(of_narrow).take(of_wide)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Alike(of_wide).take(of_narrow)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Alike(of_narrow).take(of_narrow_by_shops)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    # Not mypy and zuban: a receiver for anybody is one for shops.
    Alike(of_narrow_by_shops).take(of_narrow)  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    take_ticks(ticked)
    # Not mypy: as above.
    take_ticks(ticked_by_anybody)  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]  # zuban: ignore[arg-type]
    take_ticks(ticked_by_web_shops)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def take_event(event: Event[OrderPlaced, Shop]) -> None: ...


def events(
    narrow_payload: Event[GiftPlaced, Shop],
    narrow_sender: Event[OrderPlaced, WebShop],
    wide_payload: Event[object, Shop],
    wide_sender: Event[OrderPlaced, object],
    anybodys: Event[OrderPlaced],
) -> None:
    """An event only hands out: it is covariant in payload and sender."""
    take_event(narrow_payload)
    take_event(narrow_sender)
    take_event(anybodys)
    take_event(wide_payload)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_event(wide_sender)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def take_results(results: Results[int]) -> None: ...


def results(
    narrow: Results[bool], wide: Results[float], undeclared: Results[object], default: Results
) -> None:
    """Results are covariant, and so is what they are made of."""
    take_results(narrow)
    take_results(wide)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_results(undeclared)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_results(default)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def take_outcome(outcome: Outcome[int]) -> None: ...


def outcome(narrow: Outcome[bool], wide: Outcome[float], default: Outcome) -> None:
    """An outcome is covariant."""
    take_outcome(narrow)
    take_outcome(wide)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_outcome(default)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def take_outcomes(outcomes: Outcomes[int]) -> None: ...


def outcomes(narrow: Outcomes[bool], wide: Outcomes[float], default: Outcomes) -> None:
    """Outcomes are covariant."""
    take_outcomes(narrow)
    take_outcomes(wide)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_outcomes(default)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def take_connect(connect: Callable[[Callable[[Shop, OrderPlaced], object]], object]) -> None: ...


def methods(
    sold: Signal[OrderPlaced, Shop], gifts: Signal[GiftPlaced, Shop], texts: Signal[str, Shop]
) -> None:
    """A method alone may be passed for a function, and has the variance of functions."""
    take_connect(sold.connect)
    take_connect(gifts.connect)
    take_connect(texts.connect)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    send: Callable[[WebShop, GiftPlaced], Results[object]] = sold.send
    send_text: Callable[[Shop, str], Results[object]] = sold.send  # type: ignore[assignment]  # ty: ignore[invalid-assignment]
    use(send, send_text)

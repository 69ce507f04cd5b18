"""What a close look at dispatchers found once: who is told of failures, and of which."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest

from aldis import DeliveryCancelledError, Dispatcher, Signal
from aldis.exceptions import OptionError
from tests.behaviour.recording import Shop, nothing_unawaited
from tests.behaviour.test_dispatcher import Held, Reports, forget, soon
from tests.behaviour.test_dispatcher_reviewed_ends import leaves

pytestmark = pytest.mark.anyio

SHOP = Shop()


class HaltError(BaseException):
    """What is no `Exception`."""


@pytest.mark.parametrize("end", ["grace", "cancel", "crash"])
@soon
async def test_a_failure_is_told_though_its_event_is_cut_off_behind_it(end: str) -> None:
    """By the grace, by whoever cancels it, by a crash: the first receiver's error is not lost."""
    signal, crash, reports, error = Signal[int](), Signal[int](), Reports(), ValueError("full")
    told: list[BaseException] = []

    def fail(sender: object, payload: int) -> None:
        raise error

    def halt(sender: object, payload: int) -> None:
        raise HaltError

    signal.connect(fail, priority=1, weak=False)
    crash.connect(halt, weak=False)
    held = Held(signal)
    try:
        async with Dispatcher(grace=0, on_error=reports) as dispatcher:
            delivery = dispatcher.post(signal.event(SHOP, 1))
            await held.begin_of(1)
            if end == "cancel":
                delivery.cancel()
                await dispatcher.drain()
            elif end == "crash":
                await dispatcher.post(crash.event(SHOP, 2))
    except BaseExceptionGroup as group:
        told = leaves(group)

    assert [type(each) for each in told] == [HaltError] * (end == "crash")
    assert held.cancelled == [1]
    of_it = [outcome for outcome, event in reports.seen if event.payload == 1]
    assert (of_it[0].receiver, of_it[0].error) == (fail, error)
    kinds = [] if end == "cancel" else [DeliveryCancelledError]
    assert [type(outcome.error) for outcome in of_it[1:]] == kinds


class Incomparable:
    """Is compared as an array is, for something that is no bool; and fails."""

    def __init__(self, compared: list[object]) -> None:
        self._compared = compared

    def __eq__(self, other: object) -> Any:
        self._compared.append(other)
        return self

    def __bool__(self) -> bool:
        raise ValueError("the truth value is ambiguous")

    __hash__ = object.__hash__

    def __call__(self, sender: object, payload: int) -> None:
        """Receive."""
        raise KeyError(payload)


@soon
async def test_a_receiver_that_fails_is_never_compared(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged as a receiver, and the block goes on."""
    signal, compared = Signal[int]("signal"), list[object]()
    receiver = Incomparable(compared)
    signal.connect(receiver)
    compared.clear()  # connecting may
    async with Dispatcher() as dispatcher:
        for number in range(2):
            assert len((await dispatcher.post(signal.event(SHOP, number))).errors) == 1
    assert compared == []
    assert ["a receiver of the signal 'signal'" in each for each in caplog.messages] == [True] * 2


class FailingHandler(logging.Handler):
    """Fails, in a way that logging leaves alone."""

    def emit(self, record: logging.LogRecord) -> None:
        """Fail."""
        raise RuntimeError("of the handler")


def fail_to_report(outcome: object, event: object) -> None:
    """Fail, as an `on_error`."""
    raise RuntimeError("of on_error")


def filter_badly(record: logging.LogRecord) -> bool:
    """Fail."""
    raise RuntimeError("of the filter")


@pytest.mark.parametrize("part", ["filter", "handler"])
@pytest.mark.parametrize("reports", [None, fail_to_report], ids=["log", "on_error"])
@soon
async def test_a_logger_that_fails_ends_no_block(
    part: str, reports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`sys.excepthook` is told of its error, and each event is delivered."""
    signal, hooked, logger = Signal[int](), list[BaseException](), logging.getLogger("aldis")

    def hook(kind: object, error: BaseException, traceback: object) -> None:
        hooked.append(error)

    monkeypatch.setattr(sys, "excepthook", hook)
    monkeypatch.setattr(logger, "filters", [filter_badly] if part == "filter" else [])
    monkeypatch.setattr(logger, "handlers", [FailingHandler()] if part == "handler" else [])
    signal.connect(Incomparable([]), weak=False)
    async with Dispatcher(on_error=reports) as dispatcher:
        for number in range(2):
            assert len((await dispatcher.post(signal.event(SHOP, number))).errors) == 1
    assert [str(each) for each in hooked] == [f"of the {part}"] * 2


async def report_async(outcome: object, event: object) -> None:
    """Would have to be awaited."""


def report_later(outcome: object, event: object) -> Any:
    """Looks plain, and is none."""
    return report_async(outcome, event)


def report_nothing() -> None:
    """Takes nothing."""


def report_outcome(outcome: object) -> None:
    """Takes too little."""


def report_more(outcome: object, event: object, more: object) -> None:
    """Takes too much."""


@soon
async def test_a_coroutine_that_on_error_returns_is_closed_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Both are logged: that it was none to call, and the failure that it was called with."""
    signal = Signal[int]("signal")
    signal.connect(Incomparable([]), weak=False)
    with nothing_unawaited():
        async with Dispatcher(on_error=report_later) as it:
            await it.post(signal.event(SHOP, 1))
    told = [each.exc_info[0] for each in caplog.records if each.exc_info]
    assert told == [OptionError, KeyError]


@pytest.mark.parametrize("on_error", [report_async, report_nothing, report_outcome, report_more])
def test_an_on_error_that_cannot_be_told_is_refused_at_once(on_error: Any) -> None:
    """Not when the first failure would be lost on it."""
    with pytest.raises(OptionError, match="on_error"):
        Dispatcher(on_error=on_error)


class FalsyError(Exception):
    """Has no items, and so counts as false."""

    def __len__(self) -> int:
        return 0


@soon
async def test_who_awaits_a_sending_that_failed_is_told_the_error_as_it_is() -> None:
    """Each time, with its `__cause__`, and also where it counts as false."""
    signal, cause, errors = Signal[int](), KeyError("origin"), [FalsyError(), RuntimeError()]

    def receive(sender: object, payload: int) -> None:
        """Receive."""

    def audit(sender: object, connection: object) -> None:
        raise errors[0] from cause

    signal.receiver_disconnected.connect(audit, weak=False)
    async with Dispatcher(on_error=forget) as dispatcher:
        while errors:
            signal.connect(receive, once=True)
            delivery = dispatcher.post(signal.event(SHOP, 1))
            for _ in range(2):
                with pytest.raises((FalsyError, RuntimeError)) as caught:
                    await delivery
                assert caught.value is errors[0]
                assert caught.value.__cause__ is cause
            del errors[0]

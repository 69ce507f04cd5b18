"""Ready-made middleware: a log of calls, and a report of slow ones."""

from __future__ import annotations

import importlib
import logging
import math
import sys
from collections.abc import Generator
from typing import Any

import anyio
import pytest

from aldis import Signal
from aldis.exceptions import LimitError, OptionError
from aldis.middleware import SlowCall, log_calls, report_slow
from tests.behaviour.recording import Shop, Way, in_each_way

SHOP = Shop()
SECRET = "a secret payload"


class BrokenError(Exception):
    """What receivers raise here."""


def receive(sender: object, payload: str) -> str:
    """Return what is not to be shown."""
    return payload


def fail(sender: object, payload: str) -> None:
    """Fail with what is not to be shown."""
    raise BrokenError(payload)


@pytest.fixture
def signal() -> Signal[str]:
    """Make a signal with a name and one receiver."""
    made = Signal[str]("order_placed")
    made.connect(receive)
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Have calls end as many seconds after they began as the list says, one after another."""
    seconds: list[float] = []
    times: list[float] = []

    def tell() -> float:
        if not times:
            times.extend((0.0, seconds.pop(0)))
        return times.pop(0)

    monkeypatch.setattr("aldis.middleware._log_calls.perf_counter", tell)
    monkeypatch.setattr("aldis.middleware._report_slow.perf_counter", tell)
    return seconds


# -- the log -----------------------------------------------------------------------------------


def test_each_call_is_logged(
    signal: Signal[str], clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """Signal, receiver, kind of sender and time, at the level DEBUG of the logger `aldis`."""
    caplog.set_level(logging.DEBUG, "aldis")
    signal.use(log_calls())
    clock.append(0.5)
    signal.send(SHOP, SECRET)

    (record,) = caplog.records
    assert (record.name, record.levelno) == ("aldis", logging.DEBUG)
    text = record.getMessage()
    assert text.startswith(f"{__name__}.receive ({__file__}:")
    assert text.endswith(
        "called by the signal 'order_placed' for an object of type tests.behaviour.recording.Shop, "
        "returned after 0.500000 s"
    )


def test_a_failure_is_logged_by_its_kind(
    signal: Signal[str], clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """It goes on as it was."""
    caplog.set_level(logging.DEBUG, "aldis")
    signal.connect(fail, priority=1)
    signal.use(log_calls())
    clock.append(2.0)
    with pytest.raises(BrokenError):
        signal.send(SHOP, SECRET)
    (text,) = caplog.messages
    assert text.endswith("raised BrokenError after 2.000000 s")


@pytest.mark.anyio
@in_each_way
async def test_nothing_secret_is_logged(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    """Neither sender nor payload, nor result, nor the text of an error."""
    caplog.set_level(logging.DEBUG, "aldis")
    signal = Signal[str]()
    signal.connect(receive)
    signal.connect(fail)
    signal.use(log_calls())
    with pytest.raises((BrokenError, ExceptionGroup)):
        await way(signal, SECRET, SECRET)
    assert len(caplog.messages) == 2
    assert all("by an unnamed signal for an object of type str" in text for text in caplog.messages)
    assert "secret" not in caplog.text


def test_logger_and_level_can_be_chosen(
    signal: Signal[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Where that logger does not take the level, nothing is done."""
    logger = logging.getLogger("tests.shop")
    caplog.set_level(logging.WARNING, "tests.shop")
    signal.use(log_calls(logger, logging.WARNING))
    signal.use(log_calls(logger, logging.INFO))
    assert signal.send(SHOP, SECRET).values == (SECRET,)
    assert [(each.name, each.levelname) for each in caplog.records] == [("tests.shop", "WARNING")]


# -- slow receivers ----------------------------------------------------------------------------


def test_a_slow_call_is_warned_of(
    signal: Signal[str], clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """With the receiver, where it was defined, and the time taken."""
    signal.use(report_slow(0.1))
    clock.extend([0.099, 0.25])
    signal.send(SHOP, SECRET)
    signal.send(SHOP, SECRET)

    (record,) = caplog.records
    assert (record.name, record.levelno) == ("aldis", logging.WARNING)
    line = receive.__code__.co_firstlineno
    assert record.getMessage() == (
        f"{__name__}.receive ({__file__}:{line}), called by the signal 'order_placed', took "
        f"0.250 s, with a threshold of 0.1 s"
    )


def test_a_report_of_ones_own_is_given_the_facts(signal: Signal[str], clock: list[float]) -> None:
    """Texts and numbers, which keep nothing alive; also for what fails, and of any receiver."""
    seen: list[SlowCall] = []
    signal.connect(fail)
    unnamed = Signal[str]()
    unnamed.connect(print)
    signal.use(report_slow(1, seen.append))
    unnamed.use(report_slow(0, seen.append))
    clock.extend([1, 3, 0])
    signal.send_robust(SHOP, SECRET)
    unnamed.send(SHOP, "")

    first, second, third = seen
    line = receive.__code__.co_firstlineno
    receiver = f"{__name__}.receive ({__file__}:{line})"
    assert first == SlowCall("order_placed", receiver, f"{__file__}:{line}", 1, 1)
    assert (second.seconds, second.defined_at) == (3, f"{__file__}:{fail.__code__.co_firstlineno}")
    assert (third.signal, third.defined_at, third.threshold) == (None, None, 0)
    assert "called by an unnamed signal, took 0.000 s" in str(third)


@pytest.mark.anyio
async def test_what_an_async_receiver_waits_counts() -> None:
    """The time is that from the call to the end of the await."""
    signal, seen, woken = Signal[str](), list[SlowCall](), anyio.Event()
    order: list[str] = []

    async def wait(sender: object, payload: str) -> None:
        await woken.wait()

    def note_begin(call: Any) -> Generator[None, Any, Any]:
        order.append("begins")
        result = yield
        order.append("ends")
        return result

    def report(slow: SlowCall) -> None:
        order.append("reported")
        seen.append(slow)

    signal.connect(wait)
    signal.use(report_slow(0, report))
    signal.use(note_begin)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(signal.send_async, SHOP, SECRET)
        await anyio.wait_all_tasks_blocked()
        assert (order, seen) == (["begins"], [])
        woken.set()
    assert order == ["begins", "ends", "reported"]


@pytest.mark.parametrize("threshold", [-1, -0.001, math.nan, -math.inf])
def test_a_threshold_is_a_length_of_time(threshold: float) -> None:
    """None is negative, and not a number is none."""
    with pytest.raises(LimitError, match=f"threshold={threshold} bounds nothing"):
        report_slow(threshold)


@pytest.mark.parametrize("threshold", ["1", None, True])
def test_a_threshold_is_a_number(threshold: Any) -> None:
    """A `bool` is none that was meant."""
    with pytest.raises(OptionError, match="a number of seconds"):
        report_slow(threshold)


# -- the extra ---------------------------------------------------------------------------------


def test_a_missing_opentelemetry_is_said_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an ImportError; the rest of `aldis.middleware` does without it."""
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    monkeypatch.delitem(sys.modules, "aldis.middleware.opentelemetry", raising=False)
    with pytest.raises(ImportError, match=r'run pip install "aldis\[otel\]"$'):
        importlib.import_module("aldis.middleware.opentelemetry")

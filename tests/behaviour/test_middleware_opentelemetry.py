"""Spans of OpenTelemetry for sendings and calls, as its SDK exports them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aldis import Namespace, Signal
from tests.behaviour.recording import Shop, Way, in_each_async_way, in_each_way

pytest.importorskip("opentelemetry.sdk", reason="the SDK of OpenTelemetry is not installed")

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, Sampler
from opentelemetry.trace import SpanKind, StatusCode

from aldis.middleware.opentelemetry import instrument

SHOP = Shop()
SECRET = "a secret payload"


class BrokenError(Exception):
    """What receivers raise here."""


class Traces:
    """Keeps the spans that are made."""

    def __init__(self, sampler: Sampler | None = None) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=sampler)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def clear(self) -> None:
        """Forget all spans."""
        self._exporter.clear()

    def all(self) -> Sequence[ReadableSpan]:
        """Give the spans in the order of their ends."""
        return self._exporter.get_finished_spans()

    def __getitem__(self, name: str) -> ReadableSpan:
        """Give the one span of a name."""
        (found,) = (span for span in self.all() if span.name == name)
        return found


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """Give the attributes of a span."""
    return dict(span.attributes or {})


def parent(span: ReadableSpan) -> int | None:
    """Give the id of a span's parent."""
    return None if span.parent is None else span.parent.span_id


def identity(span: ReadableSpan) -> int:
    """Give the id of a span."""
    assert span.context is not None
    found: int = span.context.span_id
    return found


def inner() -> None:
    """Make a span of one's own."""
    trace.get_tracer("tests", tracer_provider=traces.provider).start_span("own").end()


def receive(sender: object, payload: str) -> str:
    """Receive, making a span."""
    inner()
    return payload


async def receive_async(sender: object, payload: str) -> str:
    """Receive after a while, making a span."""
    await checkpoint()
    inner()
    return payload


def fail(sender: object, payload: str) -> None:
    """Fail."""
    raise BrokenError("the reason")


traces = Traces()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    traces.clear()


@pytest.fixture
def signal() -> Signal[str]:
    """Make a signal that is traced."""
    made = Signal[str]("order_placed")
    instrument(made, tracer_provider=traces.provider)
    return made


@pytest.mark.anyio
@in_each_way
async def test_each_call_is_a_child_of_its_sending(way: Way, signal: Signal[str]) -> None:
    """And what a receiver traces is a child of its call."""
    signal.connect(receive)
    await way(signal, SHOP, SECRET)
    sending, call, own = traces["send order_placed"], traces["receive"], traces["own"]
    assert parent(sending) is None
    assert parent(call) == identity(sending)
    assert parent(own) == identity(call)
    assert {span.kind for span in (sending, call)} == {SpanKind.INTERNAL}
    assert {span.status.status_code for span in (sending, call)} == {StatusCode.UNSET}


@pytest.mark.anyio
@in_each_async_way
async def test_so_it_is_with_async_receivers_and_in_threads(way: Way, signal: Signal[str]) -> None:
    """Each receiver has a span of its own, also when they run at the same time."""
    signal.connect(receive, to_thread=True)
    signal.connect(receive_async)
    await way(signal, SHOP, SECRET)
    sending, calls = traces["send order_placed"], [traces["receive"], traces["receive_async"]]
    assert {parent(call) for call in calls} == {identity(sending)}
    owns = {parent(span) for span in traces.all() if span.name == "own"}
    assert owns == {identity(call) for call in calls}
    assert attributes(sending)["aldis.receivers.called"] == 2


@pytest.mark.anyio
async def test_a_sending_is_a_child_of_what_sends_it(signal: Signal[str]) -> None:
    """The span that is current where `send` is called; afterwards it is current again."""
    signal.connect(receive_async)
    with trace.get_tracer("tests", tracer_provider=traces.provider).start_as_current_span("outer"):
        before = trace.get_current_span()
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(signal.send_async, SHOP, SECRET)
        assert trace.get_current_span() is before
    sendings = [span for span in traces.all() if span.name == "send order_placed"]
    assert [parent(span) for span in sendings] == [identity(traces["outer"])] * 3


def test_the_attributes_say_who_and_where(signal: Signal[str]) -> None:
    """By the conventions for code, and nothing of the payload or the sender."""
    signal.connect(receive)
    signal.send(SHOP, SECRET)
    assert attributes(traces["receive"]) == {
        "aldis.signal.name": "order_placed",
        "code.function.name": f"{__name__}.receive",
        "code.file.path": __file__,
        "code.line.number": receive.__code__.co_firstlineno,
    }
    expected = {"aldis.signal.name": "order_placed", "aldis.receivers.called": 1}
    assert attributes(traces["send order_placed"]) == expected
    assert "secret" not in "".join(span.to_json() for span in traces.all())


def test_a_receiver_without_code_and_a_signal_without_a_name() -> None:
    """They are described as far as that can be."""
    signal = Signal[str]()
    signal.connect(print)
    instrument(signal, tracer_provider=traces.provider)
    signal.send("", "")
    call, sending = traces.all()
    assert (sending.name, attributes(sending)) == ("send", {"aldis.receivers.called": 1})
    assert attributes(call) == {"code.function.name": call.name}


def test_a_failure_is_recorded_where_it_was_raised(signal: Signal[str]) -> None:
    """In the span of the call; the sending that it ends has its status, and its type."""
    signal.connect(fail)
    with pytest.raises(BrokenError):
        signal.send(SHOP, SECRET)
    call, sending = traces["fail"], traces["send order_placed"]
    kind = f"{__name__}.BrokenError"
    for span in (call, sending):
        assert span.status.status_code is StatusCode.ERROR
        assert attributes(span)["error.type"] == kind
    (event,) = call.events
    assert dict(event.attributes or {})["exception.message"] == "the reason"
    assert not sending.events


def test_a_robust_sending_counts_its_failures(signal: Signal[str]) -> None:
    """It has not failed itself."""
    signal.connect(fail)
    signal.connect(receive)
    signal.connect(lambda sender, payload: int(payload), weak=False)
    signal.send_robust(SHOP, SECRET)
    sending = traces["send order_placed"]
    assert sending.status.status_code is StatusCode.UNSET
    found = attributes(sending)
    assert (found["aldis.receivers.called"], found["aldis.receivers.failed"]) == (3, 2)
    last = traces["test_a_robust_sending_counts_its_failures.<locals>.<lambda>"]
    assert attributes(last)["error.type"] == "ValueError"


def test_an_error_that_cannot_be_shown_goes_on_as_it_is(signal: Signal[str]) -> None:
    """What its text raises is not to hide it."""

    class UnspeakableError(Exception):
        def __str__(self) -> str:
            raise BrokenError

    def fail(sender: object, payload: str) -> None:
        raise UnspeakableError

    signal.connect(fail)
    with pytest.raises(UnspeakableError):
        signal.send(SHOP, SECRET)
    assert len(traces.all()) == 2


@pytest.mark.anyio
async def test_a_cancellation_is_no_error(signal: Signal[str]) -> None:
    """The spans end with it."""

    async def hang(sender: object, payload: str) -> None:
        await anyio.sleep_forever()

    signal.connect(hang)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await signal.send_async(SHOP, SECRET)
    assert [span.status.status_code for span in traces.all()] == [StatusCode.UNSET] * 2


def test_sampling_is_respected() -> None:
    """Spans that are not sampled cost nothing more, and receivers run as they did."""
    unseen = Traces(ParentBased(ALWAYS_OFF))
    signal = Signal[str]("order_placed")
    instrument(signal, tracer_provider=unseen.provider)
    signal.connect(receive)
    signal.connect(fail)
    assert signal.send_robust(SHOP, SECRET).values == (SECRET,)
    assert unseen.all() == ()


def test_a_namespace_is_traced_as_a_whole_until_that_is_undone() -> None:
    """With the signals that are made later; undoing twice does nothing more."""
    shop = Namespace("shop")
    undo = instrument(shop, tracer_provider=traces.provider)
    placed = shop.signal("placed", str)
    placed.send(None, SECRET)
    assert [span.name for span in traces.all()] == ["send shop.placed"]
    undo()
    undo()
    placed.send(None, SECRET)
    assert len(traces.all()) == 1


def test_without_a_provider_the_global_one_is_used() -> None:
    """Without any configured that makes no spans, and receivers run as they did."""
    signal = Signal[str]()
    instrument(signal)
    signal.connect(receive)
    assert signal.send(SHOP, SECRET).values == (SECRET,)

"""OpenTelemetry spans for sendings and for the calls of their receivers.

Needs the extra `aldis[otel]`, which brings the package opentelemetry-api. The spans follow
OpenTelemetry's conventions for code (https://opentelemetry.io/docs/specs/semconv/code/) and for
errors (https://opentelemetry.io/docs/specs/semconv/general/recording-errors/).

They are of the kind INTERNAL, the sendings too. The conventions for messaging
(https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/) give PRODUCER and CONSUMER
to messages that go to a broker, and the specification
(https://opentelemetry.io/docs/specs/otel/trace/api/#spankind) says that these kinds are for remote
parents or children and deferred execution. A signal calls its receivers in its own process, and
whoever sends it waits for them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, Final

from aldis._call import Call, Sending
from aldis._inspection import describe, find_origin
from aldis._namespace import Namespace
from aldis._outcome import Outcomes, Results
from aldis._signal import Signal
from aldis._untouched import full_name_of
from aldis.exceptions import shorten

try:
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider, get_tracer
except ImportError as _missing:
    raise ImportError(
        "aldis.middleware.opentelemetry needs the package opentelemetry-api, which is not "
        'installed; run pip install "aldis[otel]"',
        name=_missing.name,
        path=_missing.path,
    ) from _missing

__all__ = ["instrument"]

_SCHEMA: Final = "https://opentelemetry.io/schemas/1.33.0"
"""The conventions in which the names of `code.*` became stable."""


def instrument(
    target: Signal[Any, Any, Any] | Namespace, *, tracer_provider: TracerProvider | None = None
) -> Callable[[], None]:
    """Make a span for each sending, and in it one for each call of a receiver.

    Middleware that is used before stands outside of the spans of the calls, what is used later
    inside. What a receiver raises is recorded in its span, text and traceback included; a span that
    an `Exception` leaves has the status ERROR. Senders, payloads and results are never recorded.

    The span of a sending is called `send` and the signal's name. It has `aldis.signal.name`, and
    once it returned `aldis.receivers.called`; a robust one has `aldis.receivers.failed` too. The
    span of a call is called as the receiver's function is. It has `aldis.signal.name`,
    `code.function.name`, `code.file.path` and `code.line.number`. When they fail, both kinds have
    `error.type`.

    Args:
        target: a signal, or a namespace for all of its signals.
        tracer_provider: where spans go; the global provider of OpenTelemetry when left out.

    Returns:
        What undoes it; called again, it does nothing.
    """
    tracer = get_tracer("aldis", tracer_provider=tracer_provider, schema_url=_SCHEMA)

    def trace_sending(
        sending: Sending[Any, Any],
    ) -> Generator[None, Results[Any] | Outcomes[Any], None]:
        name: str | None = sending.signal.name
        title = "send" if name is None else f"send {shorten(name)}"
        with tracer.start_as_current_span(
            title,
            kind=SpanKind.INTERNAL,
            attributes=_of_signal(name),
            record_exception=False,  # each receiver's is in its own span
            set_status_on_exception=False,
        ) as span:
            try:
                result = yield
            except Exception as error:
                _fail(span, error)
                raise
            span.set_attribute("aldis.receivers.called", len(result))
            if isinstance(result, Outcomes):
                span.set_attribute("aldis.receivers.failed", len(result.errors))

    def trace_call(call: Call[Any, Any, Any]) -> Generator[None, Any, Any]:
        title, attributes = _of_receiver(call.receiver)
        with tracer.start_as_current_span(
            title,
            kind=SpanKind.INTERNAL,
            attributes=attributes | _of_signal(call.signal.name),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                return (yield)
            except Exception as error:
                with suppress(Exception):  # its text may be code of a user's, and fail as well
                    span.record_exception(error, escaped=True)
                _fail(span, error)
                raise

    undo_calls = target.use(trace_call)
    undo_sendings = target.use(trace_sending, around="sending")

    def undo() -> None:
        undo_sendings()
        undo_calls()

    return undo


def _of_signal(name: str | None) -> dict[str, str | int]:
    return {} if name is None else {"aldis.signal.name": shorten(name)}


def _of_receiver(receiver: object) -> tuple[str, dict[str, str | int]]:
    origin = find_origin(receiver)
    if origin is None:
        name = describe(receiver)
        return name, {"code.function.name": name}
    return origin.name, {
        "code.function.name": f"{origin.module}.{origin.name}",
        "code.file.path": origin.path,
        "code.line.number": origin.lineno,
    }


def _fail(span: Span, error: Exception) -> None:
    name = full_name_of(type(error))
    span.set_attribute("error.type", name)
    span.set_status(Status(StatusCode.ERROR, name))

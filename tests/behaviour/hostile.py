"""Objects that note every touch, and a walk through all that can be done with signals.

What is done on the walk is the same for all tests of security; who takes part, and what is looked
at afterwards, is theirs.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FunctionType
from typing import Any, NamedTuple

import anyio
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import aldis
from aldis import Dispatcher, KeywordSignal, Namespace, Signal, blinker
from aldis.middleware import log_calls, report_slow
from aldis.middleware.opentelemetry import instrument

touched: list[str] = []
"""Which special methods of untouchable objects were called."""


class Touched(Exception):
    """What those raise."""


def _touching(name: str) -> Any:
    def touch(*_: object, **__: object) -> None:
        touched.append(name)
        raise Touched(name)

    return touch


_MAKING = {"__new__", "__init__", "__init_subclass__", "__subclasshook__", "__del__", "__slots__"}
_READ = {
    *("__class__", "__dict__", "__doc__", "__name__", "__qualname__", "__module__", "__mro__"),
    *("__bases__", "__signature__", "__text_signature__", "__wrapped__", "__code__", "__func__"),
    *("__self__", "__annotations__", "__defaults__", "__kwdefaults__", "__partialmethod__"),
}
_CALLED = {name for kind in (object, int, list, dict) for name in dir(kind)} | {
    "__aenter__",
    "__aexit__",
    "__aiter__",
    "__anext__",
    "__await__",
    "__buffer__",
    "__call__",
    "__copy__",
    "__deepcopy__",
    "__delete__",
    "__enter__",
    "__exit__",
    "__fspath__",
    "__get__",
    "__getattr__",
    "__getnewargs_ex__",
    "__instancecheck__",
    "__missing__",
    "__next__",
    "__set__",
    "__set_name__",
    "__subclasscheck__",
}


def body(*without: str) -> dict[str, Any]:
    """Make the body of a class each of whose special methods notes that it was called."""
    called = {name for name in _CALLED if name.startswith("__")} - _MAKING - _READ
    names = {name: _touching(name) for name in called}
    names |= {name: property(_touching(name)) for name in _READ if name != "__qualname__"}
    return {name: each for name, each in names.items() if name not in without}


UntouchableMeta: Any = type("UntouchableMeta", (type,), body())


def make_class(*bases: type, without: tuple[str, ...] = (), **names: object) -> Any:
    """Make a class that may not be touched, and nor may its objects."""
    namespace = body(*without) | {"__module__": "hostile", "__qualname__": "Hostile"} | names
    return type.__new__(UntouchableMeta, "Hostile", bases, namespace)


def make(kind: Any, base: Any = object) -> Any:
    """Make an object of such a class; calling the class would be a touch."""
    return base.__new__(kind)


class _Text(str):
    """A text that has a say in how it is used."""

    __slots__ = ()


for _name in {*dir(str), "__bool__"} - _MAKING - _READ:
    setattr(_Text, _name, _touching(_name))


def make_text(text: str) -> Any:
    """Make a text that may not be touched."""
    return str.__new__(_Text, text)


@contextmanager
def nothing_touched() -> Generator[None]:
    """Require that nothing untouchable was touched in the block."""
    touched.clear()
    yield
    assert touched == []


class Cast(NamedTuple):
    """Who takes part in the walk."""

    sender: Any
    payload: Any
    receivers: tuple[Any, ...]
    """Each takes `(sender, payload)`; what they return may be anything."""
    failing: Any
    """A receiver that raises."""
    keyword_receivers: tuple[Any, ...]
    """Each takes `(sender, **payload)`."""
    name: Any = "placed"
    payload_type: Any = int


class Walk:
    """Does everything with signals, in every face, and keeps all that was said meanwhile.

    Attributes:
        said: the texts, by what said them.
        records: what was logged.
        spans: what was traced.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.said: list[tuple[str, str]] = []
        self.records: list[logging.LogRecord] = []
        exporter = InMemorySpanExporter()
        self._provider = TracerProvider()
        self._provider.add_span_processor(SimpleSpanProcessor(exporter))
        self._spans = exporter

    @property
    def spans(self) -> Any:
        """What was traced."""
        return self._spans.get_finished_spans()

    def note(self, what: str, *objects: object) -> None:
        """Note what objects of ours say of themselves."""
        for each in objects:
            self.said.append((f"repr of {what}", repr(each)))
            self.said.append((f"str of {what}", str(each)))

    def note_error(self, what: str, error: BaseException) -> None:
        """Note what an error of ours says, its facts and notes included."""
        self.note(what, error)
        self.said += [(f"note of {what}", note) for note in getattr(error, "__notes__", ())]

    def refused(self, what: str, work: Callable[[], object]) -> None:
        """Do what is refused, and note what is said to it."""
        try:
            work()
        except (aldis.AldisError, TypeError, ValueError, AttributeError) as error:
            self.note_error(what, error)
        else:
            raise AssertionError(what)

    async def run(self) -> None:
        """Walk through every face."""
        handler = Kept(self.records)
        logger = logging.getLogger("aldis")
        logger.addHandler(handler)
        level = logger.level
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                self.connecting()
                await self.sending()
                await self.in_the_background()
                await self.around()
                await self.by_keyword()
                await self.in_blinkers_face()
            self.note("warnings", *[each.message for each in caught])
            self.said += [("file of a warning", each.filename) for each in caught]
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = True

    def make_signal(self) -> Signal[Any]:
        """Make a signal of the name and payload type in question."""
        make: Any = Signal
        signal: Signal[Any] = make[self.cast.payload_type](self.cast.name)
        return signal

    def connecting(self) -> None:
        """Connect, ask and disconnect, in each way."""
        sender, _, receivers, failing, *_ = self.cast
        signal, bound = self.make_signal(), self.make_signal().bind(sender)
        told: list[object] = []
        tell: Any = lambda _, connection: told.append(connection)
        signal.receiver_connected.connect(tell)
        signal.receiver_disconnected.connect(tell)
        for receiver in (*receivers, failing):
            signal.connect(receiver, weak=False, once=True)
            signal.connect(receiver, sender)
            signal.connect_via(sender, priority=2)(receiver)
            bound.connect(receiver)
            connected = signal.connected_to(receiver, sender), bound.connected_to(receiver)
            with connected[0], connected[1], signal.muted(receiver), signal.muted():
                self.note("signal", signal, bound, signal.receiver_connected)
            assert signal.has_receivers_for(sender)
            self.note("connections", *signal.connections, *bound.connections)
            self.said += [("place", str(each.defined_at)) for each in signal.connections]
            assert signal.receivers_for(sender) == signal.receivers == bound.receivers
            assert bound.disconnect(receiver)
            assert signal.disconnect(receiver, sender)
            assert signal.disconnect(receiver)
        self.note("what is told", *told)
        names: Any = Namespace(self.cast.name)
        found = names.signal(self.cast.name, self.cast.payload_type)
        assert found is names.signal(self.cast.name, self.cast.payload_type)
        self.note("namespace", names)
        self.refused("mismatch", lambda: names.signal(self.cast.name, Signal))

    async def sending(self) -> None:
        """Send in each way, with streams that are open."""
        sender, payload, receivers, failing, *_ = self.cast
        signal = self.make_signal()
        for receiver in receivers:
            signal.connect(receiver, weak=False)
            signal.connect(receiver, sender)
        bound = signal.bind(sender)
        accept: Any = lambda _: True
        async with (
            signal.stream(sender, where=accept) as events,
            aldis.stream(signal, bound) as merged,
        ):
            self.note("results", signal.send(sender, payload), bound.send(payload))
            self.note("outcomes", signal.send_robust(sender, payload))
            for concurrency in (1, 2, None):
                results = await bound.send_async(payload, concurrency=concurrency)
                self.note("results", results, results[:1])
                outcomes = await bound.send_robust_async(payload, concurrency=concurrency)
                self.note("outcomes", outcomes, *outcomes)
            self.note("events", events, merged, await anext(events), await anext(merged))
        self.refuse_async(signal)
        signal.connect(failing, weak=False)
        outcomes = signal.send_robust(sender, payload)
        self.note("outcomes", outcomes, *outcomes)
        self.refused("value", lambda: outcomes[-1].value)
        try:
            outcomes.raise_errors()
        except ExceptionGroup as group:
            self.said.append(("group", group.message))
            self.said += [("note", each) for each in group.exceptions[0].__notes__]
        event = signal.event(sender, payload)
        self.note("event", event)
        self.refused("copy of an event", event.__reduce__)
        self.refused("copy of a signal", signal.__reduce__)

    def refuse_async(self, signal: Signal[Any]) -> None:
        """Have a sync send refused, in both ways."""

        async def receive(sender: object, payload: object) -> None: ...

        late: Any = lambda sender, payload: receive(sender, payload)
        for receiver in (receive, late):
            with signal.connected_to(receiver):
                self.refused("async", lambda: signal.bind(self.cast.sender).send(self.cast.payload))

    async def in_the_background(self) -> None:
        """Dispatch, let fail, and cancel."""
        sender, payload, receivers, failing, *_ = self.cast
        signal = self.make_signal()
        for receiver in (*receivers, failing):
            signal.connect(receiver, weak=False)
        async with Dispatcher(ordered=True) as dispatcher:
            delivery = dispatcher.post(signal.event(sender, payload))
            self.note("delivery", delivery, dispatcher.statistics())
            self.note("outcomes", *(await delivery))
            assert await (await dispatcher.submit(signal.event(sender, payload)))
            await dispatcher.drain()

        async def hang(sender: object, payload: object) -> None:
            await anyio.sleep_forever()

        signal.connect(hang)
        async with Dispatcher(grace=0) as dispatcher:
            delivery = dispatcher.post(signal.event(sender, payload))
        try:
            await delivery
        except aldis.DeliveryCancelledError as error:
            self.note_error("cut off", error)
        self.refused("post", lambda: dispatcher.post(signal.event(sender, payload)))
        self.refused("what is no event", lambda: dispatcher.post(payload))

    async def around(self) -> None:
        """Send inside of each kind of middleware."""
        sender, payload, receivers, failing, *_ = self.cast
        signal, slow = self.make_signal(), list[Any]()
        for receiver in (*receivers, failing):
            signal.connect(receiver, weak=False)
            signal.connect(receiver, sender, to_thread=True)

        def look(call: Any) -> Any:
            self.note("call", call, call.connection)
            return (yield)

        def look_at_sending(sending: Any) -> Any:
            self.note("sending", sending)
            yield

        signal.use(look)
        signal.use(look_at_sending, around="sending")
        signal.use(log_calls())
        signal.use(report_slow(0))
        signal.use(report_slow(0, slow.append))
        instrument(signal, tracer_provider=self._provider)
        self.note("outcomes", signal.send_robust(sender, payload))
        for concurrency in (1, None):
            sent = await signal.send_robust_async(sender, payload, concurrency=concurrency)
            self.note("outcomes", sent)
        signal.disconnect(failing)

        async def stand(call: Any, proceed: Any) -> Any:
            return await proceed()

        signal.use(stand)
        self.note("results", await signal.send_async(sender, payload))
        self.refused("async middleware", lambda: signal.send(sender, payload))
        self.note("slow", *slow)
        self.said += [("place", each.defined_at or "") for each in slow]

    async def by_keyword(self) -> None:
        """Send by keyword."""

        def placed(sender: object, /, *, total: object) -> None: ...

        placed.__name__ = self.cast.name
        signal = KeywordSignal(placed)
        sender, payload = self.cast.sender, self.cast.payload
        for receiver in self.cast.keyword_receivers:
            signal.connect(receiver, sender, weak=False)
        self.note("signal", signal, *signal.connections)
        self.note("results", signal.send(sender, total=payload))
        self.note("results", signal.send_robust(sender, total=payload))
        self.note("results", await signal.send_async(sender, total=payload))
        self.note("results", await signal.send_robust_async(sender, total=payload))
        send: Any = signal.send
        self.refused("payload by position", lambda: send(sender, payload))

    async def in_blinkers_face(self) -> None:
        """Do what blinker's users do."""
        sender, payload, *_ = self.cast
        signal = blinker.NamedSignal(self.cast.name)
        told: list[object] = []
        tell: Any = lambda _, **connection: told.append(connection)
        signal.receiver_connected.connect(tell)
        signal.receiver_disconnected.connect(tell)
        for receiver in self.cast.keyword_receivers:
            signal.connect(receiver, sender)
            with signal.connected_to(receiver):
                assert signal.has_receivers_for(sender)
                assert list(signal.receivers_for(sender))
            signal.connect(receiver, sender, weak=False)
        self.note("signal", signal)
        # What they show is what is in them, as in blinker.
        for name in ("receivers", "_by_sender", "_by_receiver"):
            view: Any = getattr(signal, name)
            assert view.keys() == dict(view).keys()
        signal.send(sender, total=payload)
        await signal.send_async(sender, total=payload)
        for receiver in self.cast.keyword_receivers:
            signal.disconnect(receiver, sender)


class Kept(logging.Handler):
    """Keeps what is logged in a list."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it, and format nothing."""
        self._records.append(record)


def rename(function: Any, name: str, file: str) -> Any:
    """Copy a function under another name, in another module and file."""
    code = function.__code__.replace(co_filename=file)
    copy = FunctionType(code, function.__globals__, "copy", None, function.__closure__)
    copy.__qualname__ = name
    copy.__module__ = name
    return copy

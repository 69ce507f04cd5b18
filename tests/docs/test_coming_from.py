"""What docs/how-to/coming-from.md says of Django, psygnal, pyee and PyDispatcher, tried on them.

What it says of Aldis is run in the document itself. psygnal belongs to the test dependencies; the
tests of the others are skipped where these are not installed.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import importlib
import importlib.metadata
import importlib.util
import logging
import pickle
import re
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import pytest
import trio

import aldis

ClassT = TypeVar("ClassT")


def version_of(distribution: str) -> tuple[int, ...]:
    """Give the first two numbers of the version that is installed."""
    found = importlib.metadata.version(distribution)
    return tuple(int(each) for each in re.findall(r"\d+", found)[:2])


def values_of(responses: list[tuple[object, object]]) -> list[object]:
    """Give what the receivers returned."""
    return [value for _, value in responses]


def another(text: str) -> str:
    """Give an equal string that is another object."""
    return "".join(list(text))


def noting(noted: list[Any]) -> Callable[[Any], None]:
    """Give a function that notes what it is called with, and that nobody else keeps."""

    def note(value: Any) -> None:
        noted.append(value)

    return note


def needs(module: str, name: str) -> Callable[[type[ClassT]], type[ClassT]]:
    """Skip the tests of a class where what they need is not installed."""
    if importlib.util.find_spec(module) is None:
        return pytest.mark.skip(reason=f"{name} is not installed")
    return lambda tests: tests


class Shop:
    """A sender."""


# ---------------------------------------------------------------------------- Django


@pytest.fixture
def dispatch() -> Any:
    """Give Django's signals."""
    return importlib.import_module("django.dispatch")


@needs("django", "Django")
class TestDjango:
    def test_no_sender_means_every_sender(self, dispatch: Any) -> None:
        """A connection to `None` hears every sender."""

        def receiver(**kwargs: object) -> int:
            return 1

        signal = dispatch.Signal()
        signal.connect(receiver, sender=None)
        assert values_of(signal.send(Shop())) == [1]

    def test_the_decorator_takes_a_list(self, dispatch: Any) -> None:
        """One decorator connects to several signals."""
        first, second = dispatch.Signal(), dispatch.Signal()

        def receiver(**kwargs: object) -> int:
            return 1

        decorator = dispatch.receiver([first, second], sender="shop")
        assert decorator(receiver) is receiver
        assert values_of(first.send("shop")) == values_of(second.send("shop")) == [1]
        assert first.has_listeners("shop")
        assert not first.has_listeners("elsewhere")

    def test_receivers_get_the_signal_and_the_sender_by_keyword(self, dispatch: Any) -> None:
        """The payload comes beside `signal` and `sender`."""
        seen: list[dict[str, object]] = []

        def receiver(**kwargs: object) -> None:
            seen.append(kwargs)

        signal = dispatch.Signal()
        signal.connect(receiver)
        signal.send("shop", order_id="o-1")
        assert seen == [{"signal": signal, "sender": "shop", "order_id": "o-1"}]

    def test_disconnecting_ends_the_connection_to_every_sender_alone(self, dispatch: Any) -> None:
        """What is connected to a sender stays connected to it."""

        def receiver(**kwargs: object) -> int:
            return 1

        signal = dispatch.Signal()
        signal.connect(receiver, sender="shop")
        assert signal.disconnect(receiver) is False
        assert signal.disconnect(receiver, sender="shop") is True

    def test_a_dispatch_uid_stands_for_one_receiver(self, dispatch: Any) -> None:
        """A second receiver with the same one is not connected."""

        def first(**kwargs: object) -> int:
            return 1

        def second(**kwargs: object) -> int:
            return 2

        signal = dispatch.Signal()
        signal.connect(first, dispatch_uid="f")
        signal.connect(second, dispatch_uid="f")
        assert values_of(signal.send(None)) == [1]
        assert signal.disconnect(dispatch_uid="f") is True

    def test_sync_receivers_come_first(self, dispatch: Any) -> None:
        """An async receiver is called after a sync one that was connected later."""
        called: list[str] = []

        async def asynchronous(**kwargs: object) -> None:
            called.append("async begins")
            await asyncio.sleep(0)
            called.append("async ends")

        async def another(**kwargs: object) -> None:
            called.append("another begins")

        def sync(**kwargs: object) -> None:
            called.append("sync")

        signal = dispatch.Signal()
        for receiver in (asynchronous, another, sync):
            signal.connect(receiver)
        at_the_same_time = ["sync", "async begins", "another begins", "async ends"]
        signal.send(None)
        assert called == at_the_same_time
        called.clear()
        asyncio.run(signal.asend(None))
        assert sorted(called) == sorted(at_the_same_time)

    def test_a_sync_send_cannot_run_async_receivers_on_a_running_loop(self, dispatch: Any) -> None:
        """It raises `RuntimeError` there, and runs them elsewhere."""

        async def receiver(**kwargs: object) -> int:
            return 1

        async def main() -> None:
            with pytest.raises(RuntimeError, match="event loop"):
                signal.send(None)

        signal = dispatch.Signal()
        signal.connect(receiver)
        assert values_of(signal.send(None)) == [1]
        asyncio.run(main())

    def test_an_async_send_calls_sync_receivers_in_a_thread(self, dispatch: Any) -> None:
        """The thread of the loop is not the one that the receiver sees."""

        def receiver(**kwargs: object) -> int:
            return threading.get_ident()

        signal = dispatch.Signal()
        signal.connect(receiver)
        assert values_of(asyncio.run(signal.asend(None))) != [threading.get_ident()]

    @pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
    def test_an_async_send_needs_asyncio(self, dispatch: Any) -> None:
        """On trio it raises."""

        def receiver(**kwargs: object) -> None:
            """Is not called."""

        signal = dispatch.Signal()
        signal.connect(receiver)
        with pytest.raises(RuntimeError, match="event loop"):
            trio.run(signal.asend, None)
        gc.collect()

    def test_an_object_with_an_async_call_is_not_awaited(self, dispatch: Any) -> None:
        """Its coroutine is the result."""

        class AsyncCall:
            async def __call__(self, **kwargs: object) -> None:
                """Is never run."""

        signal = dispatch.Signal()
        receiver = AsyncCall()
        signal.connect(receiver)
        (coroutine,) = (*values_of(signal.send(None)),)
        assert asyncio.iscoroutine(coroutine)
        coroutine.close()

    def test_a_failing_async_receiver_may_end_the_others(self, dispatch: Any) -> None:
        """Django 6.1 cancels them; 6.0 and 5.2 leave them running."""
        ends: list[str] = []

        async def fail(**kwargs: object) -> None:
            raise ValueError("no")

        async def go_on(**kwargs: object) -> None:
            try:
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                ends.append("left running")
            except asyncio.CancelledError:
                ends.append("cancelled")
                raise

        async def main() -> None:
            with pytest.raises(ValueError, match="no"):
                await signal.asend(None)
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others)

        signal = dispatch.Signal()
        signal.connect(fail)
        signal.connect(go_on)
        asyncio.run(main())
        assert ends == ["left running" if version_of("Django") < (6, 1) else "cancelled"]

    def test_a_receiver_is_called_for_each_connection(self, dispatch: Any) -> None:
        """Connected to every sender and to this one, it is called twice."""

        def receiver(**kwargs: object) -> int:
            return 1

        signal = dispatch.Signal()
        signal.connect(receiver)
        signal.connect(receiver, sender="shop")
        assert values_of(signal.send("shop")) == [1, 1]

    def test_connecting_again_changes_nothing(self, dispatch: Any) -> None:
        """A connection that was weak stays weak."""

        def receiver(**kwargs: object) -> int:
            return 1

        signal = dispatch.Signal()
        signal.connect(receiver)
        signal.connect(receiver, weak=False)
        assert values_of(signal.send(None)) == [1]
        del receiver
        gc.collect()
        assert signal.send(None) == []  # and it was lost without a word: warnings are errors here

    def test_equal_strings_may_be_two_senders(self, dispatch: Any) -> None:
        """Senders match by their `id`."""

        def receiver(**kwargs: object) -> int:
            return 1

        signal = dispatch.Signal()
        sender = another("corner shop")
        signal.connect(receiver, sender=sender)
        assert values_of(signal.send(sender)) == [1]
        assert signal.send(another("corner shop")) == []

    def test_what_does_not_fit_is_found_by_the_send(self, dispatch: Any) -> None:
        """Without `settings.DEBUG`, `connect` takes anything."""

        def receiver() -> None:
            """Takes no keywords."""

        signal = dispatch.Signal()
        signal.connect(receiver)
        with pytest.raises(TypeError, match="unexpected keyword"):
            signal.send(None)

    def test_what_does_not_fit_is_refused_while_debugging(
        self, dispatch: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With `settings.DEBUG`, `connect` looks for `**kwargs`."""
        conf: Any = importlib.import_module("django.conf")
        debugging: Any = conf.LazySettings()
        debugging.configure(DEBUG=True)
        monkeypatch.setattr(conf, "settings", debugging)

        def receiver(sender: object) -> None:
            """Takes no other keywords."""

        with pytest.raises(ValueError, match="must accept keyword arguments"):
            dispatch.Signal().connect(receiver)

    def test_a_returned_exception_looks_like_a_raised_one(
        self, dispatch: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        """`send_robust` gives both in the same way; it logs the raised one."""

        def fail(**kwargs: object) -> None:
            raise ValueError("raised")

        def succeed(**kwargs: object) -> ValueError:
            return ValueError("returned")

        signal = dispatch.Signal()
        signal.connect(fail)
        signal.connect(succeed)
        with caplog.at_level(logging.ERROR, logger="django.dispatch"):
            found = values_of(signal.send_robust(None))
        assert [type(each) for each in found] == [ValueError, ValueError]
        assert len(caplog.records) == 1

    def test_a_disconnected_receiver_is_still_called(self, dispatch: Any) -> None:
        """The sending that is under way calls what it began with."""
        called: list[str] = []

        def first(**kwargs: object) -> None:
            signal.disconnect(second)

        def second(**kwargs: object) -> None:
            called.append("second")

        signal = dispatch.Signal()
        signal.connect(first)
        signal.connect(second)
        signal.send(None)
        assert called == ["second"]


# ---------------------------------------------------------------------------- psygnal


@pytest.fixture
def psygnal() -> Any:
    """Give psygnal."""
    return importlib.import_module("psygnal")


@pytest.fixture
def shop(psygnal: Any) -> Any:
    """Give an object with a signal of one `int` and one of two."""
    declared = {"placed": psygnal.Signal(int), "moved": psygnal.Signal(int, int)}
    made: Any = type("Shop", (), declared)()
    return made


class Till:
    """Has a method to connect, and can be called itself."""

    def __init__(self, heard: list[int]) -> None:
        self.heard = heard

    def note(self, number: int) -> None:
        """Note it."""
        self.heard.append(number)

    def __call__(self, number: int) -> None:
        """Note it too."""
        self.heard.append(number)


@needs("psygnal", "psygnal")
class TestPsygnal:
    def test_each_instance_has_a_signal_of_its_own(self, shop: Any) -> None:
        """What is connected to one instance hears no other; blocking one blocks no other."""
        heard: list[int] = []
        other = type(shop)()
        other.placed.connect(noting(heard))
        shop.placed.emit(1)
        with shop.placed.blocked():
            other.placed.emit(2)
        assert heard == [2]
        assert not hasattr(shop.__class__.placed, "connect")

    def test_the_sender_is_asked_for(self, psygnal: Any, shop: Any) -> None:
        """`Signal.sender()` knows it while receivers run."""
        senders: list[object] = []
        shop.placed.connect(lambda: senders.append(psygnal.Signal.sender()))
        assert shop.placed.emit(1) is None
        assert senders == [shop]

    def test_a_receiver_is_called_for_each_connection(self, shop: Any) -> None:
        """Connected twice it is called twice, unless it is to be unique."""
        heard: list[int] = []

        def receiver(number: int) -> None:
            heard.append(number)

        shop.placed.connect(receiver)
        shop.placed.connect(receiver)
        shop.placed.emit(1)
        assert heard == [1, 1]
        shop.placed.disconnect(receiver)
        shop.placed.connect(receiver, unique=True)
        assert len(shop.placed) == 1
        assert receiver in shop.placed

    def test_disconnecting_says_nothing(self, shop: Any) -> None:
        """It gives `None` in each case, and without a receiver it ends all connections."""
        for _ in range(2):
            shop.placed.connect(noting([]))
        assert shop.placed.disconnect(print) is None
        assert shop.placed.disconnect() is None
        assert len(shop.placed) == 0

    def test_higher_priorities_come_first(self, shop: Any) -> None:
        """Equal ones come in the order of connecting."""
        called: list[str] = []
        shop.placed.connect(lambda: called.append("first"))
        shop.placed.connect(lambda: called.append("second"))
        shop.placed.connect(lambda: called.append("urgent"), priority=1)
        shop.placed.emit(1)
        assert called == ["urgent", "first", "second"]

    def test_functions_are_held_strongly_and_objects_weakly(self, shop: Any) -> None:
        """A lambda stays connected; a method and a callable object go."""
        heard: list[int] = []
        shop.placed.connect(noting(heard))
        till = Till(heard)
        shop.placed.connect(till.note)
        shop.placed.connect(till)
        assert len(shop.placed) == 3
        del till
        gc.collect()
        shop.placed.emit(1)
        assert heard == [1]

    def test_a_receiver_gets_as_many_arguments_as_it_takes(self, shop: Any) -> None:
        """The others are left out; one that needs more is refused."""
        heard: list[object] = []

        def two(first: int, second: int) -> None:
            """Needs both."""

        shop.moved.connect(lambda: heard.append("none"))
        shop.moved.connect(noting(heard))
        shop.moved.emit(1, 2)
        assert heard == ["none", 1]
        with pytest.raises(ValueError, match="Cannot connect"):
            shop.placed.connect(two)

    def test_types_are_looked_at_where_that_is_asked_for(self, shop: Any) -> None:
        """Without `check_types` the payload may be anything."""
        heard: list[object] = []
        shop.placed.connect(noting(heard))
        shop.placed.emit("text")
        assert heard == ["text"]
        with pytest.raises(TypeError, match="do not match"):
            shop.placed.emit("text", check_types=True)

    def test_an_exception_is_wrapped_and_stops_the_rest(self, psygnal: Any, shop: Any) -> None:
        """`EmitLoopError` has it as its cause."""
        heard: list[int] = []

        def fail(number: int) -> None:
            raise ValueError("no")

        shop.placed.connect(fail)
        shop.placed.connect(noting(heard))
        with pytest.raises(psygnal.EmitLoopError) as caught:
            shop.placed.emit(1)
        assert isinstance(caught.value.__cause__, ValueError)
        assert heard == []

    def test_async_receivers_run_later(
        self, psygnal: Any, shop: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """They need a backend, are not waited for, and their exceptions are printed."""
        heard: list[int] = []
        ended = asyncio.Event()

        async def fail(number: int) -> None:
            raise ValueError("printed")

        async def receiver(number: int) -> None:
            heard.append(number)
            ended.set()

        async def main() -> None:
            backend = psygnal.set_async_backend("asyncio")
            await backend.running.wait()
            shop.placed.connect(fail)
            shop.placed.connect(receiver)
            shop.placed.emit(1)
            assert heard == []
            await ended.wait()

        with pytest.raises(RuntimeError, match="No async backend"):
            shop.placed.connect(receiver)
        module: Any = importlib.import_module("psygnal._async")
        try:
            asyncio.run(main())
        finally:
            module.clear_async_backend()
        assert heard == [1]
        assert "ValueError: printed" in capsys.readouterr().err

    def test_connecting_waits_for_receivers_in_other_threads(self, shop: Any) -> None:
        """A lock is held while they run."""
        running, may_end, connected = threading.Event(), threading.Event(), threading.Event()

        def slow(number: int) -> None:
            running.set()
            may_end.wait(10)

        def connect() -> None:
            shop.placed.connect(noting([]))
            connected.set()

        shop.placed.connect(slow)
        threads = [threading.Thread(target=shop.placed.emit, args=(1,))]
        threads.append(threading.Thread(target=connect))
        threads[0].start()
        running.wait(10)
        threads[1].start()
        waited = not connected.wait(0.1)
        may_end.set()
        for thread in threads:
            thread.join(10)
        assert waited
        assert connected.is_set()

    def test_blocking_does_not_count(self, shop: Any) -> None:
        """Of two that overlap, the first to end unblocks the signal."""
        heard: list[int] = []
        shop.placed.connect(noting(heard))
        first, second = shop.placed.blocked(), shop.placed.blocked()
        first.__enter__()
        second.__enter__()
        shop.placed.emit(1)
        first.__exit__(None, None, None)
        shop.placed.emit(2)
        second.__exit__(None, None, None)
        assert heard == [2]

    def test_a_signal_can_be_copied(self, shop: Any) -> None:
        """The copy has the receivers that are held strongly."""
        heard: list[int] = []
        shop.placed.connect(partial(receive_into, heard))
        copied = copy.deepcopy(shop.placed)
        assert len(copied) == 1

    @pytest.mark.parametrize("wrapper", ["throttled", "debounced"])
    def test_its_wrappers_go_with_aldis(self, psygnal: Any, wrapper: str) -> None:
        """Of two payloads in a row, a receiver of ours is given one at once, or the last one."""
        heard: list[int] = []

        def receiver(sender: object, number: int) -> None:
            heard.append(number)

        wrapped = getattr(psygnal, wrapper)(receiver, timeout=60_000)
        wrapped._timer.join(10)  # it is made with one that runs out at once
        signal = aldis.Signal[int]("numbers")
        signal.connect(wrapped)
        signal.send(None, 1)
        signal.send(None, 2)
        assert heard == ([1] if wrapper == "throttled" else [])
        wrapped.flush()
        assert heard[-1] == 2
        wrapped.cancel()

    def test_pausing_collects(self, shop: Any) -> None:
        """What was sent meanwhile is summed up and sent once."""
        heard: list[int] = []
        shop.placed.connect(noting(heard))

        def add(left: tuple[int], right: tuple[int]) -> tuple[int]:
            return (left[0] + right[0],)

        with shop.placed.paused(add):
            shop.placed.emit(1)
            shop.placed.emit(2)
        assert heard == [3]

    def test_a_nested_send_runs_at_once(self, shop: Any) -> None:
        """By default it reaches everybody before the outer one goes on."""
        heard: list[str] = []

        def first(number: int) -> None:
            heard.append(f"first {number}")
            if number == 1:
                shop.placed.emit(2)

        def second(number: int) -> None:
            heard.append(f"second {number}")

        shop.placed.connect(first)
        shop.placed.connect(second)
        shop.placed.emit(1)
        assert heard == ["first 1", "first 2", "second 2", "second 1"]

    def test_a_queue_for_each_thread(self, psygnal: Any, shop: Any) -> None:
        """What is connected for the main thread runs there, when it asks for it."""
        heard: list[threading.Thread] = []
        shop.placed.connect(lambda: heard.append(threading.current_thread()), thread="main")
        thread = threading.Thread(target=shop.placed.emit, args=(1,))
        thread.start()
        thread.join(10)
        assert heard == []
        psygnal.emit_queued(threading.main_thread())
        assert len(heard) == 1

    def test_a_disconnected_receiver_is_still_called(self, shop: Any) -> None:
        """The sending that is under way calls what it began with."""
        called: list[str] = []

        def first(number: int) -> None:
            shop.placed.disconnect(second)

        def second(number: int) -> None:
            called.append("second")

        shop.placed.connect(first)
        shop.placed.connect(second)
        shop.placed.emit(1)
        assert called == ["second"]


def receive_into(heard: list[int], number: int) -> None:
    """Note it, as a function that can be copied."""
    heard.append(number)


# ---------------------------------------------------------------------------- pyee


@pytest.fixture
def pyee() -> Any:
    """Give pyee."""
    return importlib.import_module("pyee")


@pytest.fixture
def pyee_asyncio() -> Any:
    """Give pyee for asyncio."""
    return importlib.import_module("pyee.asyncio")


@needs("pyee", "pyee")
class TestPyee:
    def test_a_misspelt_event_reaches_nobody(self, pyee: Any) -> None:
        """`emit` tells whether anybody was there, and knows no wildcards."""
        heard: list[str] = []
        emitter = pyee.EventEmitter()
        emitter.on("placed", heard.append)
        emitter.on("*", heard.append)
        assert emitter.emit("plcaed", "o-1") is False
        assert emitter.emit("placed", "o-1") is True
        assert heard == ["o-1"]

    def test_each_emitter_has_its_own_receivers(self, pyee: Any) -> None:
        """Instances of a subclass share none."""
        emitter: Any = type("Emitter", (pyee.EventEmitter,), {})
        first, second = emitter(), emitter()
        first.on("placed", print)
        assert second.emit("placed", "o-1") is False

    def test_receivers_are_held_strongly(self, pyee: Any) -> None:
        """A lambda stays, and so does the object of a method."""
        heard: list[int] = []
        emitter = pyee.EventEmitter()
        emitter.on("placed", noting(heard))
        till = Till(heard)
        emitter.on("placed", till.note)
        alive = weakref.ref(till)
        del till
        gc.collect()
        emitter.emit("placed", 1)
        assert alive() is not None
        assert heard == [1, 1]

    def test_a_receiver_is_called_once_and_keeps_its_place(self, pyee: Any) -> None:
        """Connected again it is one connection."""
        heard: list[str] = []
        emitter = pyee.EventEmitter()

        def first() -> None:
            heard.append("first")

        emitter.on("placed", first)
        emitter.on("placed", lambda: heard.append("second"))
        emitter.on("placed", first)
        emitter.emit("placed")
        assert heard == ["first", "second"]

    def test_once_is_once(self, pyee: Any) -> None:
        """The connection is used up by its first call."""
        heard: list[int] = []
        emitter = pyee.EventEmitter()
        emitter.once("placed", heard.append)
        emitter.emit("placed", 1)
        emitter.emit("placed", 2)
        assert heard == [1]
        assert emitter.listeners("placed") == []

    def test_the_plain_emitter_lets_exceptions_propagate(self, pyee: Any) -> None:
        """The first one stops the rest."""
        heard: list[int] = []

        def fail(number: int) -> None:
            raise ValueError("no")

        emitter = pyee.EventEmitter()
        emitter.on("placed", fail)
        emitter.on("placed", heard.append)
        with pytest.raises(ValueError, match="no"):
            emitter.emit("placed", 1)
        assert heard == []

    def test_the_plain_emitter_awaits_nothing(self, pyee: Any) -> None:
        """The coroutine of an async receiver is dropped."""

        async def receiver() -> None:
            """Is never run."""

        emitter = pyee.EventEmitter()
        emitter.on("placed", receiver)
        with pytest.warns(RuntimeWarning, match="never awaited"):
            emitter.emit("placed")

    def test_the_async_emitter_does_not_wait(self, pyee_asyncio: Any) -> None:
        """Failures go to "error", the rest goes on, and `wait_for_complete` waits."""
        heard: list[object] = []

        def fail(number: int) -> None:
            raise ValueError("sync")

        async def fail_later(number: int) -> None:
            raise KeyError("async")

        async def receiver(number: int) -> None:
            heard.append(number)

        async def main() -> None:
            emitter = pyee_asyncio.AsyncIOEventEmitter()
            emitter.on("error", noting(heard))
            for each in (fail, fail_later, receiver):
                emitter.on("placed", each)
            assert emitter.emit("placed", 1) is True
            assert [type(each) for each in heard] == [ValueError]
            await emitter.wait_for_complete()
            await asyncio.sleep(0)

        asyncio.run(main())
        assert {type(each) for each in heard} == {ValueError, KeyError, int}

    def test_an_error_that_nobody_takes(self, pyee_asyncio: Any) -> None:
        """It is raised for a sync receiver, and left to the loop for an async one."""
        left: list[object] = []

        def fail() -> None:
            raise ValueError("sync")

        async def fail_later() -> None:
            raise KeyError("async")

        async def main() -> None:
            def note(loop: object, context: dict[str, Any]) -> None:
                left.append(context["exception"])

            asyncio.get_running_loop().set_exception_handler(note)
            emitter = pyee_asyncio.AsyncIOEventEmitter()
            emitter.on("placed", fail_later)
            emitter.on("placed", fail)
            with pytest.raises(ValueError, match="sync"):
                emitter.emit("placed")
            await emitter.wait_for_complete()
            await asyncio.sleep(0)

        asyncio.run(main())
        assert [type(each) for each in left] == [KeyError]

    def test_the_trio_emitter_does_not_wait(self) -> None:
        """Its receivers run in its nursery."""
        module: Any = importlib.import_module("pyee.trio")
        heard: list[int] = []

        async def receiver(number: int) -> None:
            heard.append(number)

        async def main() -> None:
            async with module.TrioEventEmitter() as emitter:
                emitter.on("placed", receiver)
                emitter.emit("placed", 1)
                assert heard == []

        trio.run(main)
        assert heard == [1]

    def test_the_executor_emitter_calls_in_threads(self) -> None:
        """Not in the one that sends."""
        module: Any = importlib.import_module("pyee.executor")
        threads: list[threading.Thread] = []
        with module.ExecutorEventEmitter() as emitter:
            emitter.on("placed", lambda: threads.append(threading.current_thread()))
            emitter.emit("placed")
        assert threads != [threading.current_thread()]

    def test_new_receivers_are_told_of_before_they_are_connected(self, pyee: Any) -> None:
        """At "new_listener", the new one is not among the listeners."""
        seen: list[tuple[object, ...]] = []
        emitter = pyee.EventEmitter()

        def note(name: str, added: object) -> None:
            seen.append((name, *emitter.listeners(name)))

        emitter.on("new_listener", note)
        emitter.on("placed", print)
        assert seen == [("placed",)]
        assert emitter.event_names() == {"new_listener", "placed"}

    def test_removing_what_is_not_there(self, pyee: Any) -> None:
        """It raises in pyee 13, and does not in 16."""
        emitter = pyee.EventEmitter()
        emitter.on("placed", print)
        if version_of("pyee") < (14, 0):
            with pytest.raises(KeyError):
                emitter.remove_listener("placed", len)
        elif version_of("pyee") >= (16, 0):
            assert emitter.remove_listener("placed", len) is None
        emitter.remove_all_listeners("placed")
        assert emitter.listeners("placed") == []

    def test_a_removed_receiver_is_still_called(self, pyee: Any) -> None:
        """The sending under way calls what it began with, but for what is connected once."""
        called: list[str] = []
        emitter = pyee.EventEmitter()

        def first() -> None:
            emitter.remove_listener("placed", second)
            emitter.remove_listener("placed", third)

        def second() -> None:
            called.append("second")

        def third() -> None:
            called.append("third")

        emitter.on("placed", first)
        emitter.on("placed", second)
        emitter.once("placed", third)
        emitter.emit("placed")
        assert called == ["second"]

    def test_an_emitter_can_be_pickled(self, pyee: Any) -> None:
        """Its receivers go with it."""
        emitter = pyee.EventEmitter()
        emitter.on("placed", print)
        assert pickle.loads(pickle.dumps(emitter)).listeners("placed") == [print]


# ---------------------------------------------------------------------------- PyDispatcher


@pytest.fixture
def dispatcher() -> Iterator[Any]:
    """Give PyDispatcher, and empty its tables afterwards."""
    found: Any = importlib.import_module("pydispatch.dispatcher")
    yield found
    for table in (found.connections, found.senders, found.sendersBack):
        table.clear()


@needs("pydispatch", "PyDispatcher")
class TestPyDispatcher:
    def test_connections_to_the_sender_come_first(self, dispatcher: Any) -> None:
        """The order of connecting does not count across them."""
        shop = Shop()

        def to_all() -> str:
            return "all"

        def to_any_sender() -> str:
            return "any sender"

        def to_any_signal() -> str:
            return "any signal"

        def to_the_sender() -> str:
            return "the sender"

        dispatcher.connect(to_all)
        dispatcher.connect(to_any_sender, "placed")
        dispatcher.connect(to_any_signal, sender=shop)
        dispatcher.connect(to_the_sender, "placed", shop)
        expected = ["the sender", "any signal", "any sender", "all"]
        assert values_of(dispatcher.send("placed", shop)) == expected
        assert values_of(dispatcher.sendExact("placed", shop)) == ["the sender"]
        receivers = dispatcher.liveReceivers(dispatcher.getAllReceivers(shop, "placed"))
        assert list(receivers) == [to_the_sender, to_any_signal, to_any_sender, to_all]

    def test_connecting_again_moves_to_the_end(self, dispatcher: Any) -> None:
        """A receiver that was first is then last."""

        def first() -> str:
            return "first"

        def second() -> str:
            return "second"

        for receiver in (first, second, first):
            dispatcher.connect(receiver, "placed")
        assert values_of(dispatcher.send("placed")) == ["second", "first"]

    def test_the_sender_is_anonymous_when_left_out(self, dispatcher: Any) -> None:
        """Receivers of every sender, and of this one, are called."""

        def receiver(sender: object) -> object:
            return sender

        dispatcher.connect(receiver, "placed")
        assert values_of(dispatcher.send("placed")) == [dispatcher.Anonymous]

    def test_a_misspelt_name_reaches_nobody(self, dispatcher: Any) -> None:
        """Nothing says so."""

        def receiver() -> int:
            return 1

        dispatcher.connect(receiver, "placed")
        assert dispatcher.send("plcaed") == []

    def test_a_receiver_gets_what_it_names(self, dispatcher: Any) -> None:
        """The rest is left out, and keyword-only parameters are never filled."""

        def receiver(total: int) -> int:
            return total

        def keyword_only(*, total: int) -> int:
            return total

        dispatcher.connect(receiver, "placed")
        assert values_of(dispatcher.send("placed", order_id="o-1", total=3)) == [3]
        dispatcher.connect(keyword_only, "placed")
        with pytest.raises(TypeError, match="keyword-only"):
            dispatcher.send("placed", total=3)

    def test_an_exception_stops_the_rest(self, dispatcher: Any) -> None:
        """`sendRobust` gives it among the results."""
        robust: Any = importlib.import_module("pydispatch.robust")
        called: list[str] = []

        def fail() -> None:
            raise ValueError("no")

        def after() -> None:
            called.append("after")

        dispatcher.connect(fail, "placed")
        dispatcher.connect(after, "placed")
        with pytest.raises(ValueError, match="no"):
            dispatcher.send("placed")
        assert called == []
        found = values_of(robust.sendRobust("placed"))
        assert [type(each) for each in found] == [ValueError, type(None)]

    def test_disconnecting_raises_when_there_is_nothing(self, dispatcher: Any) -> None:
        """The sender and the signal have to be those of the connection."""
        errors: Any = importlib.import_module("pydispatch.errors")

        def receiver() -> None:
            """Is connected to one sender."""

        shop = Shop()
        dispatcher.connect(receiver, "placed", shop)
        with pytest.raises(errors.DispatcherKeyError):
            dispatcher.disconnect(receiver, "placed")
        dispatcher.disconnect(receiver, "placed", shop)

    def test_disconnecting_has_to_know_how_it_was_connected(self, dispatcher: Any) -> None:
        """A strong connection stays when `weak=False` is left out, and nothing says so."""

        def receiver() -> int:
            return 1

        dispatcher.connect(receiver, "placed", weak=False)
        dispatcher.disconnect(receiver, "placed")
        assert values_of(dispatcher.send("placed")) == [1]
        dispatcher.disconnect(receiver, "placed", weak=False)
        assert dispatcher.send("placed") == []

    def test_a_receiver_that_disconnects_itself(self, dispatcher: Any) -> None:
        """The next one is skipped."""
        called: list[str] = []

        def first() -> None:
            called.append("first")
            dispatcher.disconnect(first, "placed")

        def second() -> None:
            called.append("second")

        dispatcher.connect(first, "placed")
        dispatcher.connect(second, "placed")
        dispatcher.send("placed")
        assert called == ["first"]

    def test_a_receiver_that_connects_another(self, dispatcher: Any) -> None:
        """The new one is called in the same sending."""
        called: list[str] = []

        def first() -> None:
            dispatcher.connect(second, "placed")

        def second() -> None:
            called.append("second")

        dispatcher.connect(first, "placed")
        dispatcher.send("placed")
        assert called == ["second"]

    def test_equal_strings_may_be_two_senders(self, dispatcher: Any) -> None:
        """Senders match by their `id`, signals by value."""

        def receiver() -> int:
            return 1

        sender = another("corner shop")
        dispatcher.connect(receiver, "placed", sender)
        assert values_of(dispatcher.send(another("placed"), sender)) == [1]
        assert dispatcher.send("placed", another("corner shop")) == []

    def test_a_lost_receiver_is_silent(self, dispatcher: Any) -> None:
        """A lambda that nobody else keeps is gone; warnings are errors here."""
        dispatcher.connect(lambda: 1, "placed")
        gc.collect()
        assert dispatcher.send("placed") == []

    def test_coroutines_are_results(self, dispatcher: Any) -> None:
        """Nothing awaits them."""

        async def receiver() -> None:
            """Is never run."""

        dispatcher.connect(receiver, "placed")
        (coroutine,) = (*values_of(dispatcher.send("placed")),)
        assert asyncio.iscoroutine(coroutine)
        coroutine.close()

    def test_partials_and_builtin_functions_are_refused(self, dispatcher: Any) -> None:
        """The first by the send, the second by `connect`."""
        receiver = partial(receive_into, [])
        dispatcher.connect(receiver, "placed")
        with pytest.raises(ValueError, match="partial"):
            dispatcher.send("placed")
        with pytest.raises(AssertionError):
            dispatcher.connect(print, "placed")

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_threads_raise(self, dispatcher: Any) -> None:
        """Four threads that connect, send and disconnect end with an exception of its tables."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            raised = churn(dispatcher, seconds=20)
        finally:
            sys.setswitchinterval(before)
        if not raised:  # pragma: no cover  # a matter of luck, usually within a second
            pytest.skip("no exception within 20 seconds this time")
        assert isinstance(raised[0], LookupError | RuntimeError | ValueError)


def churn(dispatcher: Any, seconds: float) -> list[BaseException]:
    """Connect, send and disconnect in four threads, until one raises or the time is up."""
    raised: list[BaseException] = []
    end = time.monotonic() + seconds

    def work() -> None:
        try:
            while time.monotonic() < end and not raised:
                tills = [Till([]) for _ in range(20)]
                for each in tills:
                    dispatcher.connect(each.note, "placed")
                    dispatcher.connect(each.note, "placed", each)
                dispatcher.send("placed", tills[0], number=1)
                for each in tills[::2]:
                    dispatcher.disconnect(each.note, "placed")
        except BaseException as error:  # whatever it is, it is counted
            raised.append(error)

    run_in_threads(work, count=4)
    return raised


def run_in_threads(work: Callable[[], None], *, count: int) -> None:
    """Run it in so many threads, and wait for them."""
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

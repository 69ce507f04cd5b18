"""Methods that cannot be connected, what is told of them, and when they end."""

from __future__ import annotations

import functools
import gc
import weakref
from typing import Any

import pytest

from aldis import LostReceiverWarning, Signal, connect_methods, disconnect_methods
from aldis.exceptions import (
    AsyncThreadError,
    ClassOwnerError,
    MarkedMethodError,
    NoMarkedMethodsError,
    ReceiverSignatureError,
    WeakReferenceError,
)
from tests.behaviour.recording import in_threads, lost_receivers, run_python, without_collector
from tests.interpreters import needs_c_methods, needs_gil, needs_refcounting

MAIN, BRANCH = object(), object()


class BrokenError(Exception):
    """What receivers raise here."""


@pytest.fixture
def placed() -> Signal[int]:
    """Make a signal that nothing is connected to."""
    return Signal("placed")


@pytest.fixture
def shipped() -> Signal[int]:
    """Make another one."""
    return Signal("shipped")


# -- refusals ----------------------------------------------------------------------------------


def test_an_object_without_marked_methods_is_refused() -> None:
    """Whoever calls it expects that something is connected."""
    for call in (connect_methods, disconnect_methods):
        with pytest.raises(NoMarkedMethodsError, match=r"type .*BrokenError has no methods"):
            call(BrokenError())


def test_a_class_is_refused(placed: Signal[int]) -> None:
    """Its methods have no object yet, whether it marks any or not."""

    class Warehouse:
        @placed.receiver
        def reserve(self, sender: object, order: int) -> None: ...

    for kind in (Warehouse, BrokenError):
        for call in (connect_methods, disconnect_methods):
            with pytest.raises(ClassOwnerError, match=r"pass the instance"):
                call(kind)
    assert not placed.connections


@needs_c_methods
def test_an_object_that_cannot_be_held_weakly_is_refused(placed: Signal[int]) -> None:
    """The mend is the slot that is missing."""

    class Slotted:
        __slots__ = ()

        @placed.receiver
        def note(self, sender: object, order: int) -> None: ...

    with pytest.raises(WeakReferenceError, match=r'add "__weakref__" to its __slots__'):
        connect_methods(Slotted())
    assert not disconnect_methods(Slotted())


def overriding(placed: Signal[int], override: Any, to_thread: bool = False) -> Any:
    """Make an object of a class whose second of three marked methods is overridden."""

    class Base:
        @placed.receiver
        def first(self, sender: object, order: int) -> None: ...
        @placed.receiver(to_thread=to_thread)
        def second(self, sender: object, order: int) -> None: ...
        @placed.receiver
        def third(self, sender: object, order: int) -> None: ...

    return type("Derived", (Base,), {"second": override})()


def never(self: object) -> Any:
    """Fail, since nothing may call it."""
    raise AssertionError


def on_the_class() -> Any:
    """Make a class method, of a type that all checkers know."""
    made: Any = classmethod
    return made(never)


@pytest.mark.parametrize(
    ("override", "named"),
    [
        pytest.param(property(never), "a property", id="property"),
        pytest.param(functools.cached_property(never), "a cached_property", id="cached"),
        pytest.param(staticmethod(never), "a staticmethod", id="static"),
        pytest.param(on_the_class(), "a classmethod", id="class"),
        pytest.param(None, "None", id="None"),
    ],
)
def test_an_override_that_is_no_method_is_refused(
    placed: Signal[int], override: Any, named: str
) -> None:
    """By name, and without looking into it; nothing is connected."""
    owner = overriding(placed, override)

    with pytest.raises(MarkedMethodError, match=rf"^second of the class .*Derived is {named}"):
        connect_methods(owner)
    assert not placed.connections
    assert not disconnect_methods(owner)


def test_a_marked_class_or_static_method_is_refused(placed: Signal[int]) -> None:
    """It belongs to no object: its mark, inside, would else be lost without a word."""

    class Warehouse:
        @classmethod
        @placed.receiver
        def note(cls, sender: object, order: int) -> None: ...

    with pytest.raises(MarkedMethodError, match=r"note of the class .* is a classmethod"):
        connect_methods(Warehouse())


def test_all_are_connected_or_none(placed: Signal[int]) -> None:
    """An override that does not fit is named; those before it are not connected."""

    async def asynchronous(self: object, sender: object, order: int) -> None: ...

    with pytest.raises(ReceiverSignatureError, match=r"never .*signature \(\)"):
        connect_methods(overriding(placed, never))
    with pytest.raises(AsyncThreadError, match=r"asynchronous"):
        connect_methods(overriding(placed, asynchronous, to_thread=True))
    assert not placed.connections


@needs_refcounting
def test_a_warning_made_an_error_leaves_none_connected(
    placed: Signal[int], shipped: Signal[int]
) -> None:
    """It is raised before anything is changed, whichever signal has something to tell."""

    class Warehouse:
        @placed.receiver
        def first(self, sender: object, order: int) -> None: ...
        @shipped.receiver
        def second(self, sender: object, order: int) -> None: ...

    def lost(sender: object, order: int) -> None: ...

    shipped.connect(lost)
    del lost
    warehouse = Warehouse()
    with pytest.raises(LostReceiverWarning):
        connect_methods(warehouse)
    assert not placed.connections
    assert not shipped.connections
    connect_methods(warehouse)
    assert len(placed.connections) == len(shipped.connections) == 1


# -- what is told ------------------------------------------------------------------------------


def test_each_change_is_told_though_one_who_is_told_fails(
    placed: Signal[int], shipped: Signal[int]
) -> None:
    """The changes stand, all of them, and the exception propagates."""
    told: list[object] = []

    class Warehouse:
        @placed.receiver
        @shipped.receiver
        def note(self, sender: object, order: int) -> None: ...

    def fail(sender: object, connection: object) -> None:
        told.append(sender)
        raise BrokenError

    for signal in (placed, shipped):
        signal.receiver_connected.connect(fail)
        signal.receiver_disconnected.connect(fail)
    warehouse = Warehouse()
    with pytest.raises(BrokenError):
        connect_methods(warehouse)
    assert told == [shipped, placed]
    assert placed.receivers == shipped.receivers == (warehouse.note,)
    with pytest.raises(BrokenError):
        disconnect_methods(warehouse)
    assert told == [shipped, placed] * 2
    assert (placed.connections, shipped.connections) == ((), ())


# -- disconnecting -----------------------------------------------------------------------------


def test_disconnecting_ends_what_was_connected_and_nothing_else(placed: Signal[int]) -> None:
    """Other objects, and connections of other senders, stay; it can be connected again."""

    class Warehouse:
        @placed.receiver(sender=MAIN)
        def note(self, sender: object, order: int) -> None: ...

    first, second = Warehouse(), Warehouse()
    assert not disconnect_methods(first)
    connect_methods(first)
    connect_methods(second)
    placed.connect(first.note, BRANCH)

    assert disconnect_methods(first)
    assert not disconnect_methods(first)
    assert placed.receivers_for(MAIN) == (second.note,)
    assert placed.receivers_for(BRANCH) == (first.note,)
    connect_methods(first)
    assert placed.receivers_for(MAIN) == (second.note, first.note)


# -- memory, threads ---------------------------------------------------------------------------


def test_a_thousand_objects_go_quietly_and_at_once(placed: Signal[int]) -> None:
    """Without the collector and without a warning, with all their connections."""

    class Warehouse:
        def __init__(self) -> None:
            connect_methods(self)

        @placed.receiver
        def note(self, sender: object, order: int) -> int:
            return order

        @placed.receiver(sender=MAIN)
        async def index(self, sender: object, order: int) -> None: ...

    with without_collector(), lost_receivers() as lost:
        many = [Warehouse() for _ in range(1000)]
        watched = weakref.ref(many[0])
        assert len(placed.connections) == 2000
        assert len(placed.receivers_for(None)) == 1000
        many.clear()
        assert watched() is None
        assert placed.connections == ()
    assert lost == []


@needs_gil
def test_a_class_goes_with_its_marks(placed: Signal[int]) -> None:
    """Marks keep signals and senders for the class; nothing keeps the class."""

    class Sender: ...

    sender = Sender()

    class Warehouse:
        @placed.receiver(sender=sender)
        def note(self, sender: object, order: int) -> None: ...

    connect_methods(warehouse := Warehouse())
    gone = weakref.ref(Warehouse), weakref.ref(sender)
    del warehouse, Warehouse, sender
    gc.collect()
    gc.collect()

    assert [each() for each in gone] == [None, None]
    assert not placed.connections


def test_an_object_whose_init_fails_is_freed_and_disconnected(placed: Signal[int]) -> None:
    """What was connected before the failure ends with the object."""

    class Warehouse:
        def __init__(self) -> None:
            connect_methods(self)
            raise BrokenError

        @placed.receiver
        def note(self, sender: object, order: int) -> None: ...

    make: Any = Warehouse
    with pytest.raises(BrokenError):
        make()
    gc.collect()
    assert placed.connections == ()


def test_many_threads_connect_disconnect_and_send(placed: Signal[int]) -> None:
    """Each object is connected once, whatever the others do."""

    class Warehouse:
        @placed.receiver
        def note(self, sender: object, order: int) -> None: ...

    shared = Warehouse()
    kept: list[Warehouse] = []

    def work() -> None:
        for _ in range(100):
            connect_methods(shared)
            kept.append(own := Warehouse())
            connect_methods(own)
            placed.send(None, 1)
            connect_methods(passing := Warehouse())
            disconnect_methods(passing)

    in_threads(work, work, work)
    assert len(placed.connections) == len(kept) + 1


def test_importing_it_loads_no_event_loop() -> None:
    """Marking, connecting and sending need neither anyio nor asyncio."""
    said = run_python(
        """
        import sys
        from aldis import Signal, connect_methods

        placed = Signal[int]("placed")

        class Warehouse:
            @placed.receiver
            def note(self, sender, order):
                print(order)

        connect_methods(warehouse := Warehouse())
        placed.send(None, 1)
        print({"anyio", "asyncio", "logging"} & {*sys.modules})
        """
    )
    assert said == "1\nset()\n"

"""Methods that a class marks as receivers, connected object by object."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from aldis import (
    ANY,
    KeywordSignal,
    ReceiverError,
    Signal,
    connect_methods,
    disconnect_methods,
)
from aldis.exceptions import (
    AsyncThreadError,
    GeneratorReceiverError,
    MarkedMethodError,
    OptionError,
    ReceiverSignatureError,
)

MAIN, BRANCH = object(), object()


def names(signal: Signal[Any]) -> list[str]:
    """Name the receivers of a signal, in the order of sending."""
    receivers: Any = signal.receivers
    return [each.__qualname__.split(".<locals>.")[-1] for each in receivers]


@pytest.fixture
def placed() -> Signal[int]:
    """Make a signal that nothing is connected to."""
    return Signal("placed")


@pytest.fixture
def shipped() -> Signal[int]:
    """Make another one."""
    return Signal("shipped")


# -- marking -----------------------------------------------------------------------------------


def test_marking_connects_nothing_and_gives_the_method_back(placed: Signal[int]) -> None:
    """The class has the same function as without the mark, and can be used without connecting."""

    def reserve(self: object, sender: object, order: int) -> int:
        return order

    class Warehouse:
        @placed.receiver
        def note(self, sender: object, order: int) -> int:
            return order

    assert placed.receiver(reserve) is reserve
    assert placed.receiver(priority=1)(reserve) is reserve
    assert Warehouse().note(None, order=3) == 3
    assert not placed.connections


def refused(mark: Callable[[Any], object], method: object) -> type[BaseException]:
    """Mark what cannot be marked, and say by which error it is refused."""
    with pytest.raises((ReceiverError, OptionError)) as caught:
        mark(method)
    assert not any("marks" in name for name in vars(method))
    error: type[BaseException] = caught.type
    return error


def test_what_can_be_no_receiver_is_refused_where_it_is_marked(placed: Signal[int]) -> None:
    """The class is not even made, and its author sees the line of the decorator."""

    def too_few(self: object, order: int) -> None: ...
    def fits(self: object, sender: object, order: int) -> None: ...
    def generator(self: object, sender: object, order: int) -> Any:
        yield order

    async def fits_async(self: object, sender: object, order: int) -> None: ...

    mark: Any = placed.receiver
    on_the_class: Any = classmethod
    assert refused(mark, too_few) is ReceiverSignatureError
    assert refused(mark, generator) is GeneratorReceiverError
    assert refused(mark(priority="high"), fits) is OptionError
    assert refused(mark(to_thread=True), fits_async) is AsyncThreadError
    assert refused(mark, staticmethod(fits)) is MarkedMethodError
    assert refused(mark, on_the_class(fits)) is MarkedMethodError
    assert refused(mark, functools.partial(fits, None)) is MarkedMethodError


def test_the_error_shows_the_call_with_self(placed: Signal[int]) -> None:
    """Who marks a plain function is told what is missing."""
    mark: Any = placed.receiver

    def receive(sender: object, order: int) -> None: ...

    with pytest.raises(ReceiverSignatureError, match=r"called as method\(self, sender, payload\)"):
        mark(receive)


def test_a_keyword_signal_marks_too() -> None:
    """The method is called with the sender and the payload's keywords, and judged by that call."""

    @KeywordSignal
    def placed(sender: object, /, *, order_id: str, total: int) -> None: ...

    class Warehouse:
        def __init__(self) -> None:
            connect_methods(self)

        @placed.receiver
        def reserve(self, sender: object, *, order_id: str, **rest: object) -> str:
            return order_id

        @placed.receiver(sender=MAIN, priority=1)
        def count(self, sender: object, *, total: int, **rest: object) -> int:
            return total

    def no_total(self: object, sender: object, *, order_id: str) -> None: ...

    warehouse = Warehouse()
    assert placed.send(MAIN, order_id="o-1", total=7).values == (7, "o-1")
    assert placed.send(None, order_id="o-2", total=7).values == ("o-2",)
    mark: Any = placed.receiver
    needed = r"method\(self, sender, order_id=\.\.\., total=\.\.\.\)"
    with pytest.raises(ReceiverSignatureError, match=needed):
        mark(no_total)
    assert disconnect_methods(warehouse)


# -- connecting --------------------------------------------------------------------------------


def test_each_object_is_connected_for_itself(placed: Signal[int]) -> None:
    """Two objects of one class have two connections; one that is not connected has none."""
    seen: list[tuple[object, object, int]] = []

    class Warehouse:
        @placed.receiver
        def reserve(self, sender: object, order: int) -> None:
            seen.append((self, sender, order))

    first, second, _third = Warehouse(), Warehouse(), Warehouse()
    connect_methods(first)
    connect_methods(second)
    placed.send(MAIN, 7)

    assert seen == [(first, MAIN, 7), (second, MAIN, 7)]


def test_the_options_are_those_of_the_mark(placed: Signal[int]) -> None:
    """Sender, once, priority and the thread are as given; the connection is weak."""

    class Warehouse:
        @placed.receiver(sender=MAIN, once=True, priority=3, to_thread=True)
        def reserve(self, sender: object, order: int) -> None: ...

        @placed.receiver()
        async def index(self, sender: object, order: int) -> None: ...

    warehouse = Warehouse()
    connect_methods(warehouse)
    first, second = placed.connections

    assert (first.receiver, first.sender) == (warehouse.reserve, MAIN)
    assert (first.weak, first.once, first.priority, first.to_thread) == (True, True, 3, True)
    assert (second.receiver, second.sender) == (warehouse.index, ANY)
    assert (second.weak, second.once, second.priority, second.to_thread) == (True, False, 0, False)
    assert second.is_async


def test_once_is_once_for_each_object(placed: Signal[int]) -> None:
    """What one object has used up, another has not; connecting again gives it back."""

    class Warehouse:
        def __init__(self, name: str) -> None:
            self.name = name
            connect_methods(self)

        @placed.receiver(once=True)
        def note(self, sender: object, order: int) -> str:
            return self.name

    first, _second = Warehouse("first"), Warehouse("second")

    assert placed.send(None, 1).values == ("first", "second")
    assert placed.send(None, 1).values == ()
    connect_methods(first)
    assert placed.send(None, 1).values == ("first",)


def test_stacked_marks_connect_to_each_signal_and_sender(
    placed: Signal[int], shipped: Signal[int]
) -> None:
    """The decorators are taken from the method upwards; an equal pair takes the last options."""

    class Warehouse:
        @placed.receiver(sender=BRANCH, priority=2)
        @placed.receiver(sender=MAIN)
        @shipped.receiver
        @placed.receiver(sender=BRANCH, priority=1)
        def note(self, sender: object, order: int) -> None: ...

    connect_methods(warehouse := Warehouse())

    assert [(each.sender, each.priority) for each in placed.connections] == [(BRANCH, 2), (MAIN, 0)]
    assert shipped.receivers == (warehouse.note,)


def test_connecting_again_changes_nothing(placed: Signal[int]) -> None:
    """A base class and its subclass may both do it; places in the order are kept."""

    class Base:
        def __init__(self) -> None:
            connect_methods(self)

        @placed.receiver
        def first(self, sender: object, order: int) -> None: ...

    class Derived(Base):
        def __init__(self) -> None:
            super().__init__()
            connect_methods(self)

        @placed.receiver
        def second(self, sender: object, order: int) -> None: ...

    derived = Derived()
    before = placed.receivers
    connect_methods(derived)

    assert before == placed.receivers == (derived.first, derived.second)
    assert len(placed.connections) == 2


def test_the_order_is_that_of_definition_base_classes_first(placed: Signal[int]) -> None:
    """As the fields of dataclasses are ordered; what overrides keeps the place of the first."""

    class Root:
        @placed.receiver
        def b(self, sender: object, order: int) -> None: ...
        @placed.receiver
        def a(self, sender: object, order: int) -> None: ...

    class Left(Root):
        @placed.receiver
        def left(self, sender: object, order: int) -> None: ...

    class Right(Root):
        @placed.receiver
        def right(self, sender: object, order: int) -> None: ...
        def b(self, sender: object, order: int) -> None: ...

    class Diamond(Left, Right):
        @placed.receiver
        def a(self, sender: object, order: int) -> None: ...

    connect_methods(_diamond := Diamond())

    assert names(placed) == ["Right.b", "Diamond.a", "Right.right", "Left.left"]


def test_an_override_is_connected_in_place_of_what_it_overrides(
    placed: Signal[int], shipped: Signal[int]
) -> None:
    """Unmarked by the marks of the nearest class that has some; marked, by its own marks alone."""

    class Base(ABC):
        @placed.receiver(priority=1)
        @abstractmethod
        def kept(self, sender: object, order: int) -> str: ...
        @placed.receiver
        def moved(self, sender: object, order: int) -> str:
            return "base"

    class Middle(Base):
        def kept(self, sender: object, order: int) -> str:
            return "middle"

        @shipped.receiver
        def moved(self, sender: object, order: int) -> str:
            return "middle"

    class Derived(Middle):
        def kept(self, sender: object, order: int) -> str:
            return f"derived over {super().kept(sender, order)}"

        def moved(self, sender: object, order: int) -> str:
            return "derived"

    connect_methods(_derived := Derived())

    assert placed.send(None, 1).values == ("derived over middle",)
    assert placed.connections[0].priority == 1
    assert shipped.send(None, 1).values == ("derived",)


def test_private_names_of_two_classes_are_two_methods(placed: Signal[int]) -> None:
    """Python mangles them, so that neither overrides the other."""

    class Base:
        @placed.receiver
        def __note(self, sender: object, order: int) -> str:
            return "base"

    class Derived(Base):
        @placed.receiver
        def __note(self, sender: object, order: int) -> str:
            return "derived"

    connect_methods(_derived := Derived())

    assert placed.send(None, 1).values == ("base", "derived")


def test_a_mixin_brings_its_marks_and_overrides_those_of_others(placed: Signal[int]) -> None:
    """Which method is connected is a matter of Python's method resolution order alone."""

    class Noting:
        def note(self, sender: object, order: int) -> str:
            return "mixin"

    class Base:
        @placed.receiver
        def note(self, sender: object, order: int) -> str:
            return "base"

    class Before(Noting, Base): ...

    class Behind(Base, Noting): ...

    connect_methods(before := Before())
    assert placed.send(None, 1).values == ("mixin",)
    disconnect_methods(before)
    connect_methods(_behind := Behind())
    assert placed.send(None, 1).values == ("base",)


def test_a_decorator_that_wraps_a_marked_method_passes_the_mark_on(placed: Signal[int]) -> None:
    """With `functools.wraps` the wrapper is what is connected, for all marks."""

    def loudly(method: Any) -> Any:
        @functools.wraps(method)
        def wrapper(self: object, *args: object) -> str:
            return f"{method(self, *args)}!"

        return wrapper

    class Warehouse:
        @placed.receiver(sender=MAIN)
        @loudly
        @placed.receiver(sender=BRANCH)
        def reserve(self, sender: object, order: int) -> str:
            return "reserved"

    connect_methods(_warehouse := Warehouse())

    assert placed.send(MAIN, 1).values == placed.send(BRANCH, 1).values == ("reserved!",)


def test_no_property_is_evaluated_and_no_attribute_is_asked_for(placed: Signal[int]) -> None:
    """Only classes are looked at: neither the object nor any descriptor has a say."""

    class Nosy:
        def __get__(self, owner: object, kind: object = None) -> object:
            raise AssertionError

    class Warehouse:
        nosy = Nosy()

        @property
        def total(self) -> int:
            raise AssertionError

        @functools.cached_property
        def count(self) -> int:
            raise AssertionError

        def __getattribute__(self, name: str) -> Any:
            raise AssertionError

        def __hash__(self) -> int:
            raise AssertionError

        @placed.receiver
        def reserve(self, sender: object, order: int) -> str:
            return "reserved"

    connect_methods(_warehouse := Warehouse())

    assert placed.send(None, 1).values == ("reserved",)


def test_dataclasses_connect_after_their_init(placed: Signal[int]) -> None:
    """Frozen ones, ones that cannot be hashed and slotted ones alike."""

    @dataclass
    class Open:
        name: str

        def __post_init__(self) -> None:
            connect_methods(self)

        @placed.receiver
        def note(self, sender: object, order: int) -> str:
            return self.name

    @dataclass(frozen=True, slots=True, weakref_slot=True)
    class Slotted:
        name: str

        def __post_init__(self) -> None:
            connect_methods(self)

        @placed.receiver
        def note(self, sender: object, order: int) -> str:
            return self.name

    _kept = Open("first"), Open("first"), Slotted("second")

    assert placed.send(None, 1).values == ("first", "first", "second")

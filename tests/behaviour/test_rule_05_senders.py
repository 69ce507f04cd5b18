"""Rule 5: when a sender is the same; how long a connection to one lasts."""

from __future__ import annotations

import enum
import gc
import math
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from aldis import ANY, Signal
from tests.behaviour.recording import Calls, Shop, Way, in_each_way, is_gone
from tests.interpreters import needs_c_methods, needs_refcounting


class Level(enum.IntEnum):
    """A member that equals 1."""

    ONE = 1


class Colour(str, enum.Enum):  # noqa: UP042  # it is another thing than a StrEnum
    """A member that equals a text."""

    RED = "red"


class Flavour(enum.StrEnum):
    """Another member that equals the same text."""

    RED = "red"


class Number(int):
    """A subclass of `int`, which takes no weak reference."""


class Text(str):
    """A subclass of `str`, which takes weak references."""

    __slots__ = ()


class Slotted:
    """An object that takes no weak reference."""

    __slots__ = ("name",)

    def __init__(self, name: str = "slotted") -> None:
        self.name = name

    def method(self) -> None:
        """Do nothing; a bound method of it is a sender too."""


def fail(*_: object) -> Any:
    """Fail; nothing of Aldis may call it."""
    raise AssertionError("user code was called")


forbidden: Any = fail


class HostileMeta(type):
    """A metaclass whose classes are not to be hashed or compared."""

    __hash__ = forbidden
    __eq__ = forbidden
    __bool__ = forbidden
    __instancecheck__ = forbidden
    __subclasscheck__ = forbidden
    __len__ = forbidden


class Hostile(metaclass=HostileMeta):
    """A sender none of whose methods may be called."""

    __hash__ = forbidden
    __eq__ = forbidden
    __ne__ = forbidden
    __bool__ = forbidden
    __len__ = forbidden
    __iter__ = forbidden
    __getattr__ = forbidden
    __getattribute__ = forbidden
    __repr__ = forbidden
    __str__ = forbidden
    __call__ = forbidden
    __index__ = forbidden
    __class__: Any = property(forbidden)


class HostileSlotted(metaclass=HostileMeta):
    """The same, and it takes no weak reference."""

    __slots__ = ()
    __hash__ = forbidden
    __eq__ = forbidden
    __bool__ = forbidden
    __getattribute__ = forbidden
    __repr__ = forbidden
    __class__: Any = property(forbidden)


class Impostor:
    """A sender that says that it is a text, and equals everything."""

    __class__: Any = property(lambda self: str)

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("red")


def module_level() -> None:
    """Do nothing; functions are senders like others."""


SHOP, OTHER = Shop(), Shop()
SENDERS: dict[str, Any] = {
    "none": None,
    "zero": 0,
    "false": False,
    "empty text": "",
    "empty bytes": b"",
    "one": 1,
    "true": True,
    "one as float": 1.0,
    "int enum": Level.ONE,
    "number": Number(1),
    "text": "red",
    "bytes": b"red",
    "text enum": Colour.RED,
    "str enum": Flavour.RED,
    "text of a subclass": Text("red"),
    "impostor": Impostor(),
    "object": SHOP,
    "another object": OTHER,
    "class": Shop,
    "function": module_level,
    "list": [],
    "equal list": [],
    "dict": {},
    "set": set(),
    "tuple": (1,),
    "slotted": Slotted(),
    "method": SHOP.receive,
    "another method": SHOP.receive_too,
    "method of another": OTHER.receive,
    "nan": math.nan,
    "hostile": Hostile(),
    "hostile slotted": HostileSlotted(),
    "ellipsis": ...,
}


@pytest.mark.parametrize("filtered", SENDERS)
def test_each_sender_matches_itself_alone(filtered: str) -> None:
    """Of all these senders, none is taken for another, whatever it equals (S1, S2, S5)."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    for name, sender in SENDERS.items():
        signal.connect(receiver, SENDERS[filtered])

        matches = name == filtered
        assert signal.has_receivers_for(sender) is matches, name
        assert signal.receivers_for(sender) == ((receiver,) if matches else ()), name
        assert len(signal.send(sender, 1)) == int(matches), name
        assert signal.disconnect(receiver, sender) is matches, name
        assert signal.disconnect(receiver) is not matches, name


@pytest.mark.anyio
@in_each_way
async def test_each_sender_reaches_its_receivers_in_each_way(way: Way) -> None:
    """Each kind of sender is sent with and passed on as it is."""
    for name, sender in SENDERS.items():
        signal, calls = Signal[int](), Calls()
        signal.connect(calls.receiver("for it"), sender)
        signal.connect(calls.receiver("for any"))
        signal.connect(calls.receiver("for another"), Shop())

        assert await way(signal, sender, 1) == ("for it", "for any"), name
        assert calls.seen[0][0] is sender, name


@pytest.mark.parametrize(
    "make",
    [
        lambda: "".join(chr(code) for code in range(97, 123)),
        lambda: b"".join([b"some ", b"bytes"]),
        lambda: 10**20,
        lambda: float("2.5"),
        lambda: int("1") == 1,
    ],
    ids=["str", "bytes", "int", "float", "bool"],
)
def test_texts_and_numbers_match_by_value(make: Callable[[], object]) -> None:
    """Equal values of exactly the same built-in type are one sender."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver, make())

    assert signal.send(make(), 1).values == ("receiver",)
    assert signal.disconnect(receiver, make())


def test_minus_zero_is_zero() -> None:
    """Floats match by value, and these two values are equal."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"), 0.0)

    assert signal.send(-0.0, 1).values == ("receiver",)


@needs_c_methods
def test_another_nan_is_another_sender() -> None:
    """A NaN equals no other one, so only the very same object matches."""
    signal, calls = Signal[int](), Calls()
    one, other = float("nan"), float("nan")
    receiver = calls.receiver("receiver")
    signal.connect(receiver, one)

    assert not signal.has_receivers_for(other)
    assert signal.send(one, 1).values == ("receiver",)
    assert signal.disconnect(receiver, one)
    assert signal.connections == ()


def test_equal_objects_are_not_the_same_sender() -> None:
    """All but texts, numbers and bound methods match by identity."""
    signal, calls = Signal[int](), Calls()
    one, other = (1, 2), tuple(range(1, 3))
    signal.connect(calls.receiver("receiver"), one)

    assert one == other
    assert signal.send(one, 1).values == ("receiver",)
    assert signal.send(other, 1).values == ()


def test_an_int_equal_to_an_id_is_no_match() -> None:
    """The `id()` of a sender, sent as an `int`, is a sender of its own (S3)."""
    signal, calls = Signal[int](), Calls()
    shop = Shop()
    signal.connect(calls.receiver("for the shop"), shop)

    assert signal.send(id(shop), 1).values == ()

    signal.connect(calls.receiver("for the int"), id(shop))
    assert signal.send(id(shop), 1).values == ("for the int",)
    assert signal.send(shop, 1).values == ("for the shop",)


def test_no_hostile_method_of_a_sender_is_called() -> None:
    """Nothing that is done with a sender runs any of its code (S6)."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    for sender in (Hostile(), HostileSlotted(), Hostile):
        signal.connect(receiver, sender)
        signal.connect(receiver, sender, priority=1)
        assert signal.send(sender, 1).values == ("receiver",)
        assert signal.send_robust(sender, 1).values == ("receiver",)
        assert signal.receivers_for(sender) == (receiver,)
        assert signal.has_receivers_for(sender) is True
        assert len(signal.connections) == 1
        assert repr(signal)
        assert repr(signal.connections)
        assert signal.bind(sender).receivers == (receiver,)
        assert len(signal.bind(sender).connections) == 1
        assert repr(signal.bind(sender))
        assert repr(signal.event(sender, 1))
        with signal.connected_to(receiver, sender), signal.muted(receiver):
            assert signal.send(sender, 1).values == ()
        assert signal.disconnect(receiver, sender)
    assert signal.connections == ()


# -- bound methods -----------------------------------------------------------------------------


def test_a_bound_method_matches_another_access_of_it() -> None:
    """Bound methods match by object and function (S7)."""
    signal, calls = Signal[int](), Calls()
    shop = Shop()
    receiver = calls.receiver("receiver")
    signal.connect(receiver, shop.receive)

    assert signal.send(shop.receive, 1).values == ("receiver",)
    assert signal.send(shop.receive_too, 1).values == ()
    assert signal.send(Shop().receive, 1).values == ()
    assert signal.send(shop, 1).values == ()
    assert signal.disconnect(receiver, shop.receive)


def test_a_class_method_matches_another_access_of_it() -> None:
    """A class method is a bound method as well."""
    signal, calls = Signal[int](), Calls()

    class Market:
        @classmethod
        def open(cls) -> None: ...

    signal.connect(calls.receiver("receiver"), Market.open)

    assert signal.send(Market().open, 1).values == ("receiver",)


def test_a_connection_to_a_bound_method_ends_with_its_object() -> None:
    """The method object is made anew at each access; what lives and dies is its object."""
    signal, calls = Signal[int](), Calls()
    shop = Shop()
    signal.connect(calls.receiver("receiver"), shop.receive)
    gc.collect()
    assert signal.has_receivers_for(shop.receive)

    ref = weakref.ref(shop)
    del shop

    assert is_gone(ref)
    assert signal.connections == ()


@needs_refcounting
def test_a_connection_to_a_bound_method_ends_with_its_function() -> None:
    """Without the function, the method cannot be the sender of anything any more."""
    signal, calls = Signal[int](), Calls()
    shop = Shop()

    def function(self: Shop) -> None: ...

    signal.connect(calls.receiver("receiver"), function.__get__(shop))
    assert signal.has_receivers_for(function.__get__(shop))
    del function

    assert signal.connections == ()
    assert signal.receivers == ()


def test_a_bound_method_of_what_takes_no_weak_reference_is_kept_alive() -> None:
    """Its connection keeps the object, so that no reused id is taken for it."""
    signal, calls = Signal[int](), Calls()
    slotted = Slotted()
    signal.connect(calls.receiver("receiver"), slotted.method)

    assert signal.send(slotted.method, 1).values == ("receiver",)
    del slotted
    sender: Any = signal.connections[0].sender
    assert sender.__self__.name == "slotted"


# -- how long a connection lasts ---------------------------------------------------------------


@needs_refcounting
@pytest.mark.parametrize("weak", [True, False])
def test_a_connection_ends_with_a_sender_that_can_be_weakly_referenced(weak: bool) -> None:
    """The sender is not kept alive, and its death ends the connection, strong ones included."""
    signal, calls = Signal[int](), Calls()
    shop = Shop()
    ref = weakref.ref(shop)
    signal.connect(calls.receiver("receiver"), shop, weak=weak)
    assert signal.receivers != ()
    del shop

    assert ref() is None
    assert signal.receivers == ()
    assert signal.connections == ()


@needs_refcounting
def test_a_dead_sender_frees_the_receivers_that_only_it_kept_alive() -> None:
    """A strong receiver goes with the sender that it was connected to."""
    signal, shop, owner = Signal[int](), Shop(), Shop()
    ref = weakref.ref(owner)
    signal.connect(owner.receive, shop, weak=False)
    del owner
    assert ref() is not None
    del shop

    assert signal.receivers == ()
    assert ref() is None


@needs_refcounting
def test_the_death_of_a_sender_ends_no_other_connection() -> None:
    """The receiver's connections to `ANY` and to other senders stay."""
    signal, calls = Signal[int](), Calls()
    shop, other = Shop(), Shop()
    receiver = calls.receiver("receiver")
    for sender in (shop, other, ANY):
        signal.connect(receiver, sender)
    del shop

    assert [each.sender for each in signal.connections] == [other, ANY]


@needs_refcounting
@pytest.mark.parametrize(
    "make",
    [Slotted, lambda: Number(7), lambda: (1, 2), list, dict],
    ids=["slotted", "number", "tuple", "list", "dict"],
)
@pytest.mark.parametrize("ending", ["disconnect", "death of the receiver", "once"])
def test_other_senders_are_kept_alive_by_their_connections(
    make: Callable[[], object], ending: str
) -> None:
    """A sender that takes no weak reference lives as long as a connection to it, and no longer."""
    signal = Signal[int]()
    owner = Shop()
    made = [make()]
    signal.connect(owner.receive, made[0], once=ending == "once")
    identity = id(made.pop())

    (connection,) = signal.connections
    assert id(connection.sender) == identity
    if ending == "disconnect":
        signal.disconnect(owner.receive)
    elif ending == "once":
        signal.send(connection.sender, 1)
    else:
        del connection
        del owner
    assert signal.connections == ()


@needs_refcounting
def test_a_kept_sender_is_freed_by_the_last_disconnect() -> None:
    """Two connections keep it; when both are gone, so is the sender."""
    signal, calls = Signal[int](), Calls()
    gone: list[str] = []

    class Mortal:
        __slots__ = ()

        def __del__(self) -> None:
            gone.append("gone")

    one, two = calls.receiver("one"), calls.receiver("two")
    mortal = Mortal()
    signal.connect(one, mortal)
    signal.connect(two, mortal)
    del mortal
    signal.disconnect(one)
    assert gone == []
    signal.disconnect(two)
    assert gone == ["gone"]


def test_a_reused_id_never_matches_a_sender_without_weak_references() -> None:
    """Of 200 senders that died elsewhere, none is taken for a new one (S4)."""
    matches = 0
    for number in range(200):
        signal, calls = Signal[int](), Calls()
        signal.connect(calls.receiver("receiver"), Slotted(str(number)))
        matches += any(signal.has_receivers_for(Slotted()) for _ in range(20))

    assert matches == 0


@needs_refcounting
def test_a_reused_id_never_matches_a_dead_sender() -> None:
    """Of 200 dead senders whose ids come back at once, none is taken for a new one (S4)."""
    matches = reused = 0
    for _ in range(200):
        signal, calls = Signal[int](), Calls()
        shop = Shop(calls)
        identity = id(shop)
        signal.connect(calls.receiver("receiver"), shop)
        del shop
        newcomers = [Shop(calls) for _ in range(20)]
        reused += identity in map(id, newcomers)
        matches += any(len(signal.send(newcomer, 1)) for newcomer in newcomers)

    assert reused > 0
    assert matches == 0


@needs_refcounting
def test_a_reused_id_belongs_to_its_new_owner() -> None:
    """A connection made under the id of a dead sender survives the burial of the dead one."""
    signal, calls = Signal[int](), Calls()
    dead, living = calls.receiver("dead"), calls.receiver("living")
    reused = 0
    for _ in range(200):
        shop = Shop(calls)
        identity = id(shop)
        signal.connect(dead, shop)
        del shop
        shop = Shop(calls)
        reused += id(shop) == identity
        signal.connect(living, shop)
        assert signal.send(shop, 1).values == ("living",)
        calls.seen.clear()
        del shop

    assert reused > 0
    assert signal.receivers == ()


def test_a_weak_proxy_is_a_sender_of_its_own() -> None:
    """A live `weakref.proxy` matches itself and not what it stands for (S8)."""
    signal, calls = Signal[int](), Calls()
    shop = Shop()
    proxy = weakref.proxy(shop)
    receiver = calls.receiver("receiver")
    signal.connect(receiver, proxy)

    assert signal.send(proxy, 1).values == ("receiver",)
    assert signal.send(shop, 1).values == ()
    assert signal.disconnect(receiver, proxy)


def test_a_dead_weak_proxy_is_still_a_sender() -> None:
    """What a proxy stood for may be gone; asking for the proxy raises nothing."""
    signal, calls = Signal[int](), Calls()
    shop = Shop()
    proxy = weakref.proxy(shop)
    receiver = calls.receiver("receiver")
    signal.connect(receiver, proxy)
    del shop

    assert signal.send(proxy, 1).values == ("receiver",)
    assert signal.disconnect(receiver, proxy)

"""Faults of copies: what is copied or pickled is whole, or refused with what to do instead."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

import aldis.blinker
from aldis import Connection, Dispatcher, Namespace, Signal, stream
from tests.behaviour.recording import run_python
from tests.faults.faces import DROP_IN, EVERY, OWN, SIGNAL, Face, Fails, on
from tests.faults.receiving import Owner, receive


def pickled(value: Any) -> Any:
    """Give what comes out of a pickle of it."""
    return pickle.loads(pickle.dumps(value))


COPYING: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickled,
}
in_each_way = pytest.mark.parametrize("way", COPYING)


def refused(way: str, value: Any) -> str:
    """Require that a copy is refused, and give why."""
    with pytest.raises(TypeError) as caught:
        COPYING[way](value)
    return str(caught.value)


# -- signals -----------------------------------------------------------------------------------


@on(
    *EVERY,
    blinker=Fails(
        "copies share its receivers in part, and pickle says nothing of use",
        (AssertionError, pytest.fail.Exception),
    ),
)
@in_each_way
@pytest.mark.parametrize("weak", [True, False])
def test_c1_a_signal_is_refused_to_be_copied_or_pickled(face: Face, way: str, weak: bool) -> None:
    """A signal is refused with the mend, and it and its receivers are as they were."""
    signal, owner = face.make(), Owner()
    for receiver in (owner.receive, receive):
        signal.connect(receiver, weak=weak)
        signal.connect(receiver, owner, weak=weak)
    text = refused(way, signal)

    assert "cannot be copied or pickled" in text
    assert text.endswith("; keep it in a module or a class, and refer to it there")
    assert len(face.values(signal, owner)) == 2
    signal.disconnect(receive)
    ref = weakref.ref(owner)
    del owner, receiver
    assert (ref() is None) is weak


@on(*EVERY)
@in_each_way
def test_c1_an_object_that_owns_a_signal_is_copied_with_its_own_or_refused(
    face: Face, way: str
) -> None:
    """An owner's shallow copy has the same signal; deep ones and pickles are refused."""
    owner = SimpleNamespace(name="shop", happened=face.make())
    if way == "copy":
        assert copy.copy(owner).happened is owner.happened
    else:
        assert "keep it in a module or a class" in refused(way, owner)


@dataclass
class Shop:
    """A dataclass with a signal in its class, as `ClassVar` says."""

    name: str
    happened: ClassVar[Any] = Signal[object]()


@dataclass
class Wrong:
    """A dataclass with a signal as a field, for want of `ClassVar`."""

    name: str
    happened: Any


@on(*EVERY, blinker=True)
@in_each_way
def test_c1_an_object_whose_class_has_the_signal_is_copied(
    face: Face, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object whose class has the signal is copied in each way, and shares the class."""
    monkeypatch.setattr(Shop, "happened", face.make())
    shop = Shop("books")
    copied = COPYING[way](shop)
    Shop.happened.connect(receive, copied)

    assert copied == shop == replace(shop)
    assert asdict(shop) == {"name": "books"}
    assert copied.happened is Shop.happened
    assert face.values(Shop.happened, shop) == []
    assert face.values(Shop.happened, copied, 1) == [1]


@on(*EVERY)
def test_c1_a_dataclass_field_that_is_a_signal_says_that_it_should_not_be_one(face: Face) -> None:
    """A dataclass with a signal as a field is refused with the mend, by `asdict` as well."""
    wrong = Wrong("books", face.make())
    for way in (asdict, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="keep it in a module or a class"):
            way(wrong)
    assert replace(wrong, name="wine").happened is wrong.happened


class Connected(Owner):
    """Connects a method of its own when it is made."""

    def __init__(self, signal: Any, weak: bool) -> None:
        signal.connect(self.receive, weak=weak)


@on(*EVERY, blinker=True)
@in_each_way
@pytest.mark.parametrize("weak", [True, False])
def test_c1_a_copy_of_the_owner_of_a_receiver_is_not_connected(
    face: Face, way: str, weak: bool
) -> None:
    """The owner of a connected method is copied, and the copy is not connected."""
    signal = face.make()
    owner = Connected(signal, weak)
    copied = COPYING[way](owner)
    ((called, _),) = face.send(signal, None, "payload")
    assert called.__self__ is owner
    signal.connect(copied.receive)
    assert len(face.values(signal)) == 2


# -- what belongs to a signal ------------------------------------------------------------------


def note(sender: object, payload: object) -> object:
    """Give the payload back, as a receiver that can be pickled."""
    return payload


@on(*OWN)
@in_each_way
def test_c1_a_connection_is_copied_as_what_it_is(face: Face, way: str) -> None:
    """A `Connection` is a view: its copy says the same, and connects nothing."""
    signal = face.make()
    signal.connect(note, "sender", priority=3)
    signal.connect(Owner().receive, weak=False)
    for connection in signal.connections:
        copied: Connection = COPYING[way](connection)
        for name in ("sender", "weak", "once", "priority", "to_thread", "is_async", "defined_at"):
            assert getattr(copied, name) == getattr(connection, name)
        assert copied.sender is connection.sender or copied.sender == "sender"
    assert COPYING[way](signal.connections[0]).receiver is note
    assert len(signal.connections) == 2


@on(*OWN)
@in_each_way
def test_c1_results_and_outcomes_are_copied_whole(face: Face, way: str) -> None:
    """Results and outcomes are copied whole, with their receivers and values."""
    signal = face.make()
    signal.connect(note)
    results = COPYING[way](face.send(signal, None, ["payload"]))
    assert list(results) == [(note, ["payload"])]
    payload: Any = ["payload"]
    send: Any = signal.send_robust
    outcomes = send(None, payload) if face is SIGNAL else send(None, payload=payload)
    for copied in (COPYING[way](outcomes), [COPYING[way](outcomes[0])]):
        assert [(each.receiver, each.value, each.error) for each in copied] == [
            (note, ["payload"], None)
        ]


@in_each_way
def test_c1_a_bound_signal_is_copied_with_its_own_signal_or_refused(way: str) -> None:
    """A bound signal's shallow copy sends the same; deep ones and pickles are refused."""
    signal, owner = Signal[object]("placed"), Owner()
    signal.connect(note, owner)
    bound = signal.bind(owner)
    if way == "copy":
        assert copy.copy(bound).send("payload").values == ("payload",)
    else:
        assert "keep it in a module or a class" in refused(way, bound)


@in_each_way
def test_c1_an_event_is_refused(way: str) -> None:
    """An event is refused: what can travel is its payload, as the error says."""
    text = refused(way, Signal[object]().event(None, "payload"))
    assert text.endswith(
        "cannot be copied or pickled; pass on its payload, and make another of that"
    )


@in_each_way
@pytest.mark.parametrize("size", [0, 1])
def test_c1_a_namespace_is_refused(way: str, size: int) -> None:
    """A namespace is refused: two could give two signals for one name."""
    namespace = Namespace("shop")
    for number in range(size):
        namespace.signal(f"signal {number}", int)
    text = refused(way, namespace)
    assert text == (
        "a Namespace cannot be copied or pickled; keep it in a module, and refer to it there"
    )


def middleware(call: object) -> Generator[None, Any, Any]:
    """Do nothing around a call."""
    result: Any = yield
    return result


@in_each_way
def test_c1_what_undoes_a_middleware_is_refused(way: str) -> None:
    """What undoes a middleware is refused: a copy of it would undo nothing."""
    signal, namespace = Signal[object](), Namespace()
    for owner in (signal, namespace):
        undo = owner.use(middleware)
        assert refused(way, SimpleNamespace(undo=undo) if way != "copy" else undo).endswith(
            "cannot be copied or pickled; keep the one that use() gave"
        )
        undo()


# blinker's namespaces are dicts, and the drop-in's are.
@on(DROP_IN, blinker=True)
def test_c1_in_the_drop_in_a_namespace_is_copied_as_the_dict_that_it_is(face: Face) -> None:
    """A namespace is a dict, and its shallow copy has the same signals under the same names."""
    library: Any = aldis.blinker if face is DROP_IN else pytest.importorskip("blinker")
    namespace = library.Namespace()
    placed = namespace.signal("placed")
    assert copy.copy(namespace) == {"placed": placed}
    assert copy.copy(namespace).signal("placed") is placed


# -- what runs ---------------------------------------------------------------------------------


@pytest.mark.anyio
@in_each_way
async def test_c1_a_dispatcher_and_its_deliveries_are_refused(way: str) -> None:
    """Dispatchers and deliveries are refused, and go on as if nobody had tried."""
    signal, dispatcher = Signal[object](), Dispatcher()
    signal.connect(note)
    needed = "a Dispatcher cannot be copied or pickled; make another one"
    assert refused(way, dispatcher) == needed
    async with dispatcher:
        delivery = dispatcher.post(signal.event(None, "payload"))
        assert refused(way, delivery) == (
            "a Delivery cannot be copied or pickled; await it, and pass on what came of it"
        )
        assert refused(way, dispatcher) == needed
        gc.collect()
        outcomes = await delivery
        assert "cannot be copied" in refused(way, delivery)
    assert refused(way, dispatcher) == needed
    assert outcomes.values == ("payload",)
    assert COPYING[way](dispatcher.statistics()) == dispatcher.statistics()


@pytest.mark.anyio
@in_each_way
async def test_c1_a_stream_is_refused(way: str) -> None:
    """A stream is refused, and goes on: no copy of it can end it."""
    signal = Signal[object]()
    for events in (signal.stream(), stream(signal), signal.bind(None).stream()):
        needed = "a Stream cannot be copied or pickled; make another one with stream()"
        assert refused(way, events) == needed
        async with events:
            assert refused(way, events) == needed
            gc.collect()
            signal.send(None, "payload")
            event = await anext(events)
            assert event.payload == "payload"
        assert refused(way, events) == needed


@in_each_way
def test_c1_any_is_itself_in_every_copy(way: str) -> None:
    """`ANY`, which is compared by identity, is itself in every copy."""
    assert COPYING[way](aldis.ANY) is aldis.ANY
    assert COPYING[way](aldis.blinker.ANY) is aldis.ANY


# -- another process ---------------------------------------------------------------------------

DECLARING = {
    "Signal": """
from aldis import Signal
signal = Signal()
def send(payload):
    return [value for _, value in signal.send(None, payload)]
""",
    "KeywordSignal": """
from aldis import KeywordSignal
@KeywordSignal
def signal(sender: object, /, *, payload: object) -> None: ...
def send(payload):
    return [value for _, value in signal.send(None, payload=payload)]
""",
    "aldis.blinker": """
from aldis.blinker import Signal
signal = Signal()
def send(payload):
    return [value for _, value in signal.send(None, payload=payload)]
""",
}
IN_A_MODULE = """
@signal.connect
def receive(sender, payload):
    return payload

def connected_later(sender, payload):
    return "later"

def ask(receiver):
    found = [receiver is receive, len(list(signal.receivers_for(None))), send("payload")]
    signal.disconnect(receiver)
    return found + [send("payload")]
"""
SPAWNING = """
import multiprocessing, sys
sys.path.insert(0, {folder!r})
import shop
shop.signal.connect(shop.connected_later)
with multiprocessing.get_context("spawn").Pool(1) as pool:
    print(pool.apply(shop.ask, (shop.receive,)))
    try:
        pool.apply(shop.ask, (shop.signal,))
    except TypeError as error:
        print(error)
    pool.close()
    pool.join()
print(shop.send("payload"))
"""


@on(*EVERY)
def test_c1_a_spawned_process_has_the_signals_and_receivers_of_its_modules(
    face: Face, tmp_path: Path
) -> None:
    """A spawned process has the signals and receivers that its modules make, and no more."""
    module = DECLARING[face.name] + IN_A_MODULE
    (tmp_path / "shop.py").write_text(module, encoding="utf-8")
    printed = run_python(SPAWNING.format(folder=str(tmp_path))).splitlines()

    assert printed[0] == "[True, 1, ['payload'], []]"
    assert printed[1].endswith("keep it in a module or a class, and refer to it there")
    assert printed[2] == "['payload', 'later']"

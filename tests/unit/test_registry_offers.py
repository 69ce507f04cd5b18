"""What is offered to sends: a snapshot, while calling its receivers is all there is to do."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from types import MethodType
from typing import Any

import pytest

from aldis import ANY, Signal
from aldis._connection import Tap
from aldis._intake import Intake
from aldis._offering import tap
from aldis._plan import Plan
from aldis._registry import Registry
from aldis._stream import make_intake
from tests.interpreters import let_die


class Sender:
    """Dies, and takes connections with it."""


class Owner:
    """Has receivers, and dies."""

    def receive(self, sender: object, payload: object) -> str:
        """Receive."""
        return "received"

    async def receive_async(self, sender: object, payload: object) -> str:
        """Receive, in an async way."""
        return "received"


def receive(sender: object, payload: object) -> str:
    """Receive."""
    return "received"


async def receive_async(sender: object, payload: object) -> str:
    """Receive, in an async way."""
    return "received"


async def receive_async_too(sender: object, payload: object) -> str:
    """Receive, in an async way."""
    return "received"


async def belong(owner: object, sender: object, payload: object) -> str:
    """Receive, as a method of whatever it is made one of."""
    return "received"


def give(owner: object, sender: object, payload: object) -> str:
    """Receive, as a method of whatever it is made one of."""
    return "received"


def middleware(call: object) -> Generator[None, object, object]:
    """Stand around a call, and change nothing."""
    return (yield)


def watch(sending: object) -> Generator[None, object, None]:
    """Stand around a sending, and change nothing."""
    yield


class World:
    """A signal with all that can be done to it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.signal: Any = Signal[object]()
        self.owners = [Owner(), Owner()]
        self.senders = [Sender(), Sender()]
        self.blocks: list[AbstractContextManager[None]] = []
        self.undos: list[Callable[[], object]] = []
        self.intakes: list[Intake] = []

    def receiver(self) -> Any:
        """Give some receiver; half of the time, one of the simplest kind."""
        owner = self.random.choice(self.owners)
        kinds = [receive, owner.receive, receive_async, owner.receive_async, receive_async_too]
        return self.random.choice([receive, receive, receive_async, *kinds])

    def connect(self) -> None:
        """Connect with some options, mostly none."""
        options: list[Any] = [{"once": True}, {"priority": 1}, {"weak": False}, *[{}] * 6]
        receiver: Any = self.receiver()
        if receiver in (receive, *(owner.receive for owner in self.owners)):
            options.append({"to_thread": True})
        sender = self.random.choice([*self.senders, *[None] * 6])
        if sender is None:
            self.signal.connect(receiver, **self.random.choice(options))
        else:
            self.signal.connect(receiver, sender, **self.random.choice(options))

    def disconnect(self) -> None:
        """Disconnect from all, or from one sender."""
        sender = self.random.choice([None, *self.senders])
        if sender is None:
            self.signal.disconnect(self.receiver())
        else:
            self.signal.disconnect(self.receiver(), sender)

    def enter(self) -> None:
        """Mute, connect for the length of a block, or open a stream."""
        intake = make_intake(None, 9, "lag")
        self.intakes.append(intake)
        sender = self.random.choice(self.senders)
        block = self.random.choice(
            [
                self.signal.muted(),
                self.signal.muted(receive),
                self.signal.connected_to(receive),
                self.signal.connected_to(receive, sender),
                tap(self.signal, intake, sender),
                tap(self.signal, intake, ANY),
            ]
        )
        block.__enter__()
        self.blocks.append(block)

    def leave(self) -> None:
        """Leave one of those blocks."""
        if self.blocks:
            block = self.blocks.pop(self.random.randrange(len(self.blocks)))
            block.__exit__(None, None, None)

    def use(self) -> None:
        """Install middleware."""
        undo = (
            self.signal.use(middleware)
            if self.random.random() < 0.5
            else self.signal.use(watch, around="sending")
        )
        self.undos.append(undo)

    def undo(self) -> None:
        """Take middleware away."""
        if self.undos:
            self.undos.pop()()

    def die(self) -> None:
        """Have an owner or a sender die, and another take its place."""
        if self.random.random() < 0.5:
            self.owners[self.random.randrange(2)] = Owner()
        else:
            self.senders[self.random.randrange(2)] = Sender()
        let_die()

    def select(self) -> None:
        """Have the snapshot made."""
        self.signal._select(self.random.choice([None, *self.senders]))

    def step(self) -> None:
        """Do any of it."""
        often = [self.connect, self.disconnect, self.select, self.leave, self.undo]
        self.random.choice([*often, *often, self.enter, self.use, self.die])()

    def close(self) -> None:
        """Leave all blocks."""
        while self.blocks:
            self.leave()


def found_by(plan: Plan) -> list[tuple[Any, object]]:
    """Call the receivers of a plan in the general way."""
    return [
        (receiver, plan.call_of(record, receiver)(None, None))
        for record, receiver in plan.admitted()
    ]


def what_may_be_offered(registry: Registry) -> str | None:
    """Say by the tables themselves which kind of send has nothing to do but call receivers."""
    if registry.is_muted():
        return "direct"  # there is nobody to call
    records = registry._audible(registry._base)
    is_simple = registry._layers is None and not registry.lines
    is_simple &= not any(isinstance(each, Tap) for each in records)
    is_simple &= all(each.ticket is None and not each.options.to_thread for each in records)
    is_simple &= len({each.key for each in records}) == len(records)
    if not is_simple:
        return None
    return "direct_async" if any(each.is_async for each in records) else "direct"


def names_offered(world: World) -> set[str]:
    """Look at what is offered now, and send if anything is."""
    signal: Signal[object] = world.signal
    registry = signal._registry
    made = registry._make_base()
    offered: dict[str, Plan | None] = {
        "direct": registry.direct,
        "direct_async": registry.direct_async,
    }
    assert registry.only is (None if registry.direct is None else registry.direct.only)
    for name, plan in offered.items():
        may = what_may_be_offered(registry) == name and not registry.lines
        assert plan is None or (may and plan.records == made.records)
        assert registry.plan is None or (plan is not None) is may
    if registry.direct is not None:
        assert list(signal.send(None, None)) == found_by(made)
    if registry.direct_async is not None:
        with pytest.raises(StopIteration) as stop:
            signal.send_async(None, None).send(None)
        expected = [(record.receiver(), "received") for record in made.records]
        assert list(stop.value.value) == expected
    return {name for name, plan in offered.items() if plan is not None}


@pytest.mark.parametrize("seed", range(4))
def test_what_is_offered_is_all_there_is_to_do(seed: int) -> None:
    """After any changes, whatever was offered before; and what can be offered is, once made."""
    offered = set[str]()
    for number in range(9):
        world = World(10 * seed + number)
        for _ in range(120):
            world.step()
            if not world.signal._registry.queue:  # a send looks at that as well
                offered |= names_offered(world)
        world.close()
    assert offered == {"direct", "direct_async"}


def test_the_offer_is_withdrawn_before_what_makes_it_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A send in another thread that comes right after it takes the longer way."""
    signal, seen = Signal[object](), list[bool]()
    offer = Registry._offer

    def look_first(self: Registry, base: Plan | None) -> None:
        if base is None:
            seen.append(not self.lines and self.plan is not None)
        offer(self, base)

    signal.connect(receive)
    signal.send(None, None)
    monkeypatch.setattr(Registry, "_offer", look_first)
    signal.connect(receive, "sender")
    assert seen[0]
    seen.clear()
    signal.disconnect(receive, "sender")
    with signal.muted():
        assert seen[0]
    seen.clear()
    signal.send(None, None)
    signal.disconnect(receive)
    assert seen[0]


OWNER = Owner()


@pytest.mark.parametrize(
    ("receivers", "may", "coroutines"),
    [
        ([receive_async], True, True),
        ([receive_async, receive_async_too], True, True),
        ([receive], False, False),
        ([receive_async, receive], True, False),
        ([OWNER.receive_async], True, True),
        ([OWNER.receive], False, False),
        ([MethodType(belong, receive_async)], True, True),
        ([receive_async_too, MethodType(give, receive_async)], True, False),
        ([MethodType(give, receive_async)], False, False),
    ],
    ids=range(9),
)
def test_async_sends_are_offered_what_has_an_async_receiver(
    receivers: list[Any], may: bool, coroutines: bool
) -> None:
    """A method is what its function is, also one that belongs to an async function."""
    signal = Signal[object]()
    for each in receivers:
        signal.connect(each)
    plan = signal._registry.select(None)
    assert signal._registry.direct_async is (plan if may else None)
    assert signal._registry.direct is (None if plan.asyncs else plan)
    assert signal._registry.only is (None if plan.asyncs else plan.only)
    assert plan.coroutines is coroutines


def test_a_silent_snapshot_is_never_the_whole_one() -> None:
    """Nor one without the silent ones; between two looks, one silence may follow another."""
    signal = Signal[object]()
    signal.connect(receive)
    plan = signal._registry.select(None)
    assert signal._registry.whole() is plan
    with signal.muted():
        signal.send(None, None)
        silent = signal._registry.plan
        assert signal._registry.whole() is None
    signal._registry.plan = silent
    assert signal._registry.whole() is None
    assert signal.receivers == (receive,)
    with signal.muted(receive):
        signal.send(None, None)
        assert signal._registry.whole() is None
        assert signal.receivers == (receive,)
        assert signal.has_receivers_for(None)


def test_who_is_heard_again_is_in_the_whole_snapshot() -> None:
    """Nobody sees a silence that has ended, and the snapshot that was made in it."""
    signal, seen = Signal[object](), list[object]()
    registry = signal._registry
    looks, goes_on = threading.Event(), threading.Event()
    reader = threading.Thread(target=lambda: seen.append(registry.whole()))

    class Lines(dict[Any, Any]):
        """Keeps the reader in the middle of its look."""

        def __len__(self) -> int:
            """Wait, where it is the reader that asks."""
            if threading.current_thread() is reader:
                looks.set()
                assert goes_on.wait(30)
            return 0

    class Mutes(dict[Any, Any]):
        """Has the reader go on at the very moment at which a silence ends."""

        def pop(self, *arguments: Any) -> Any:
            """Wait for the reader."""
            ended = super().pop(*arguments)
            goes_on.set()
            reader.join(30)
            return ended

    signal.connect(receive)
    with signal.muted(receive):
        signal.send(None, None)
        registry.lines, registry._mutes = Lines(), Mutes(registry._mutes)
        reader.start()
        assert looks.wait(30)
    assert seen == [None]
    assert signal.receivers == (receive,)

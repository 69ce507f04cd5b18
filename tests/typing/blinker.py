"""The drop-in, typed as blinker is: the same lines are accepted of both.

`tests/drop_in/test_typed.py` has them checked once more, with the name of blinker in its place.
"""

# pyright: reportPrivateUsage=false
# What is private is typed as well, and users look at it.

import weakref
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from typing import Any, Protocol, TypeAlias, TypeVar, assert_type

import aldis.blinker
from aldis.blinker import ANY, NamedSignal, Namespace, Signal, default_namespace, signal
from aldis.blinker.base import ANY_ID, _PNamespaceSignal

F = TypeVar("F", bound=Callable[..., Any])

Receiver: TypeAlias = Callable[..., Any]
AsyncReceiver: TypeAlias = Callable[..., Coroutine[Any, Any, Any]]
Held: TypeAlias = weakref.ref[Callable[..., Any]] | Callable[..., Any]


class Shop:
    name: str = "shop"

    def receive(self, sender: object, *, total: int) -> str:
        return f"{self.name}: {total}"

    def __call__(self, sender: object, **payload: Any) -> int:
        return 1


shop = Shop()
placed = Signal("An order was placed.")


def count(sender: Shop, *, total: int, note: str = "") -> int:
    return total


async def save(sender: Shop, *, total: int) -> bytes:
    return b""


# -- making ----------------------------------------------------------------------------------------


def making() -> None:
    """Signals have a doc or none, and named ones a name."""
    assert_type(Signal(), Signal)
    assert_type(Signal("doc"), Signal)
    assert_type(Signal(doc=None), Signal)
    assert_type(NamedSignal("placed"), NamedSignal)
    assert_type(NamedSignal("placed", doc="doc"), NamedSignal)
    assert_type(NamedSignal("placed").name, str)
    Signal(3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    NamedSignal()  # type: ignore[call-arg]  # ty: ignore[missing-argument]


def naming() -> None:
    """A namespace is a dict of named signals."""
    assert_type(default_namespace, Namespace)
    assert_type(default_namespace.signal("placed"), NamedSignal)
    assert_type(signal("placed"), NamedSignal)
    assert_type(signal("placed", "doc"), NamedSignal)
    assert_type(signal(name="placed", doc=None), NamedSignal)
    namespace = Namespace()
    assert_type(namespace.signal("placed", doc="doc"), NamedSignal)
    assert_type(namespace["placed"], NamedSignal)
    assert_type(namespace.get("placed"), NamedSignal | None)
    by_name: dict[str, NamedSignal] = namespace
    for name, named in by_name.items():
        assert_type(name, str)
        assert_type(named, NamedSignal)
    namespace["placed"] = NamedSignal("placed")
    namespace["placed"] = Signal()  # type: ignore[assignment]  # ty: ignore[invalid-assignment]  # zuban: ignore[call-overload]
    make: _PNamespaceSignal = signal
    assert_type(make("placed"), NamedSignal)
    also: Callable[[str], NamedSignal] = signal
    assert_type(also("placed"), NamedSignal)


class Orders:
    """Signals are kept in attributes of all kinds, by either name."""

    placed = Signal()
    shipped: Signal = NamedSignal("shipped")
    paid: aldis.blinker.Signal

    def __init__(self) -> None:
        self.paid = aldis.blinker.Signal()
        self.signals: dict[str, aldis.blinker.Signal] = {"paid": self.paid}
        self.named: list[aldis.blinker.NamedSignal] = [signal("a"), aldis.blinker.signal("b")]


def storing(orders: Orders) -> None:
    """They keep their type."""
    assert_type(orders.placed, Signal)
    assert_type(Orders.shipped, Signal)
    assert_type(orders.paid, Signal)
    assert_type(orders.signals["paid"], Signal)
    assert_type(orders.named[0], NamedSignal)


# -- connecting ------------------------------------------------------------------------------------


async def connecting() -> None:
    """A receiver is given back with its own type, names of parameters included."""
    assert_type(placed.connect(count)(sender=shop, total=1), int)
    assert_type(placed.connect(count, shop)(shop, total=1, note=""), int)
    assert_type(placed.connect(count, sender=ANY, weak=False)(shop, total=1), int)
    assert_type(placed.connect(receiver=count, sender=Signal.ANY)(shop, total=1), int)
    assert_type(placed.connect(count, None, True)(shop, total=1), int)
    assert_type(await placed.connect(save)(shop, total=1), bytes)
    assert_type(placed.connect(shop.receive)(None, total=1), str)
    assert_type(placed.connect(shop), Shop)
    placed.connect(count)("shop", total=1)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    placed.connect(count)(shop, totl=1)  # type: ignore[call-arg]  # ty: ignore[missing-argument, unknown-argument]
    placed.connect(3)  # type: ignore[type-var]  # ty: ignore[invalid-argument-type]
    placed.connect(count, weak="no")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


async def decorating() -> None:
    """A decorated function keeps its type."""

    @placed.connect
    def first(sender: Shop, *, total: int) -> int:
        return total

    @placed.connect_via(shop)
    def second(sender: Shop, *, total: int) -> str:
        return ""

    @placed.connect_via(sender=ANY, weak=True)
    async def third(sender: Shop, *, total: int) -> bytes:
        return b""

    assert_type(first(sender=shop, total=1), int)
    assert_type(second(sender=shop, total=1), str)
    assert_type(await third(sender=shop, total=1), bytes)
    second("shop", total=1)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def disconnecting() -> None:
    """From all senders, or from one."""
    placed.disconnect(count)
    placed.disconnect(count, shop)
    placed.disconnect(receiver=shop.receive, sender=ANY)
    placed.disconnect(3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def connecting_for_a_while() -> None:
    """The blocks give nothing."""
    with placed.connected_to(count) as nothing:
        assert_type(nothing, None)
    with placed.connected_to(receiver=save, sender=shop), placed.muted() as nothing_either:
        assert_type(nothing_either, None)


@placed.connected_to(count)
@placed.muted()
def quietly(total: int) -> int:
    """Both decorate functions, which keep their type."""
    return total


assert_type(quietly(total=1), int)


# -- sending ---------------------------------------------------------------------------------------


def run(receiver: AsyncReceiver) -> Receiver:
    return receiver


def run_exactly(
    receiver: Callable[..., Coroutine[Any, Any, Any]],
) -> Callable[[Any], Coroutine[Any, Any, int]]:
    return receiver


def in_thread(receiver: Receiver) -> AsyncReceiver:
    async def call(*arguments: Any, **payload: Any) -> Any:
        return receiver(*arguments, **payload)

    return call


def sending() -> None:
    """A sending gives a list of receivers and results."""
    assert_type(placed.send(), list[tuple[Callable[..., Any], Any]])
    assert_type(placed.send(None), list[tuple[Callable[..., Any], Any]])
    assert_type(placed.send(shop, total=1, note=""), list[tuple[Callable[..., Any], Any]])
    placed.send(shop, _async_wrapper=None)
    placed.send(shop, _async_wrapper=run, total=1)
    placed.send(shop, _async_wrapper=lambda receiver: receiver)
    for receiver, value in placed.send(shop, sender=1, self=2, receiver=3):
        assert_type(receiver, Callable[..., Any])
        assert_type(receiver(shop, total=1), Any)
        assert_type(value, Any)
        print(receiver.__name__ if receiver is count else value.anything)  # noqa: T201
    results: list[tuple[Callable[..., Any], Any]] = placed.send()
    results.append((count, 1))
    payload: dict[str, Any] = {"total": 1}
    placed.send(shop, **payload)
    placed.send(shop, _async_wrapper=3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


async def sending_async() -> None:
    """So does an async one."""
    assert_type(await placed.send_async(), list[tuple[Callable[..., Any], Any]])
    assert_type(await placed.send_async(shop, total=1), list[tuple[Callable[..., Any], Any]])
    await placed.send_async(shop, _sync_wrapper=None)
    await placed.send_async(shop, _sync_wrapper=in_thread, total=1)
    later: Coroutine[Any, Any, list[tuple[Callable[..., Any], Any]]] = placed.send_async(shop)
    values = [value for _, value in await later]
    assert_type(values, list[Any])
    waiting: Awaitable[list[tuple[Callable[..., Any], Any]]] = placed.send_async(shop)
    await waiting
    await placed.send_async(shop, _sync_wrapper=3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


# -- asking ----------------------------------------------------------------------------------------


def takes_dict(found: dict[Any, Any]) -> int:
    return len(found)


def asking() -> None:
    """What is shown of the inside is typed as dicts."""
    assert_type(placed.receivers, dict[Any, Held])
    assert_type(placed._by_sender, dict[Any, set[Any]])
    assert_type(placed._by_receiver, dict[Any, set[Any]])
    takes_dict(placed.receivers)
    takes_dict(placed._by_sender)
    takes_dict(placed._by_receiver)
    for key, held in placed.receivers.items():
        assert_type(key, Any)
        assert_type(held, Held)
        held()
    placed.receivers = {}
    placed.receivers.clear()
    assert_type(placed.receivers.pop(id(count), None), Held | None)
    del placed.receivers[id(count)]
    assert_type(placed._by_sender[ANY_ID], set[Any])
    assert_type(placed._by_sender.get("sender", set()), set[Any])
    placed._clear_state()
    placed._cleanup_bookkeeping()


def asking_for_a_sender() -> None:
    """Receivers come one by one."""
    assert_type(placed.receivers_for(shop), Generator[Callable[..., Any], None, None])
    assert_type(next(placed.receivers_for(ANY))(shop, total=1), Any)
    assert_type(list(placed.receivers_for(None)), list[Callable[..., Any]])
    assert_type(placed.has_receivers_for(shop), bool)
    assert_type(placed.has_receivers_for(sender=ANY), bool)


def muting(quiet: Signal, loud: Signal) -> None:
    """Whether it is muted can be read and set."""
    assert_type(quiet.is_muted, bool)
    loud.is_muted = not quiet.is_muted
    loud.is_muted = "yes"  # type: ignore[assignment]  # ty: ignore[invalid-assignment]


def on_connected(signal: Signal, receiver: Receiver, sender: Any, weak: bool) -> None: ...


def being_told() -> None:
    """The meta-signals are signals."""
    assert_type(placed.receiver_connected, Signal)
    assert_type(placed.receiver_disconnected, Signal)
    assert_type(placed.receiver_connected.receiver_connected, Signal)
    assert_type(placed.receiver_connected.connect(on_connected)(placed, count, ANY, True), None)


# -- subclassing -----------------------------------------------------------------------------------


class InOrder(set[Any]):
    def __iter__(self) -> Iterator[Any]:
        return iter(sorted(super().__iter__()))


class Audited(Signal):
    """All that subclasses override, with blinker's own types."""

    set_class: type[set[Any]] = InOrder

    def __init__(self, channel: str, doc: str | None = None) -> None:
        super().__init__(doc)
        self.channel = channel

    def connect(self, receiver: F, sender: Any = ANY, weak: bool = True) -> F:
        return super().connect(receiver, sender=sender, weak=weak)

    def connect_via(self, sender: Any, weak: bool = False) -> Callable[[F], F]:
        return super().connect_via(sender, weak)

    def disconnect(self, receiver: Callable[..., Any], sender: Any = ANY) -> None:
        super().disconnect(receiver, sender)

    def send(
        self,
        sender: Any | None = None,
        /,
        *,
        _async_wrapper: Callable[[AsyncReceiver], Receiver] | None = None,
        **kwargs: Any,
    ) -> list[tuple[Callable[..., Any], Any]]:
        kwargs["channel"] = self.channel
        return super().send(sender, _async_wrapper=_async_wrapper or run_exactly, **kwargs)

    async def send_async(
        self,
        sender: Any | None = None,
        /,
        *,
        _sync_wrapper: Callable[[Receiver], AsyncReceiver] | None = None,
        **kwargs: Any,
    ) -> list[tuple[Callable[..., Any], Any]]:
        return await super().send_async(sender, _sync_wrapper=_sync_wrapper, **kwargs)

    def has_receivers_for(self, sender: Any) -> bool:
        return sender is ANY or super().has_receivers_for(sender)

    def receivers_for(self, sender: Any) -> Generator[Callable[..., Any], None, None]:
        yield from super().receivers_for(sender)


class AuditedName(NamedSignal):
    """A named signal is subclassed in the same way."""

    def __init__(self, name: str) -> None:
        super().__init__(name, doc=f"The signal {name}.")

    def send(self, *sender: Any, **kwargs: Any) -> list[tuple[Callable[..., Any], Any]]:
        return super().send(*sender, **kwargs)


class Names(Namespace):
    """So is a namespace."""

    def signal(self, name: str, doc: str | None = None) -> NamedSignal:
        return super().signal(f"prefix {name}", doc)


async def subclassed() -> None:
    """What subclasses give is typed as they say, or as before."""
    audited = Audited("orders")
    assert_type(audited.channel, str)
    assert_type(audited.set_class, type[set[Any]])
    assert_type(Signal.set_class, type[set[Any]])
    assert_type(audited.connect(count)(sender=shop, total=1), int)
    assert_type(audited.send(shop, total=1), list[tuple[Callable[..., Any], Any]])
    assert_type(await audited.send_async(shop), list[tuple[Callable[..., Any], Any]])
    assert_type(AuditedName("orders").send(shop), list[tuple[Callable[..., Any], Any]])
    assert_type(Names().signal("orders"), NamedSignal)
    either: Signal = audited if audited.is_muted else AuditedName("orders")
    assert_type(either.receiver_connected, Signal)


class Mutable(Protocol):
    """Whatever can be silenced by an attribute."""

    is_muted: bool


class Guarded(Protocol):
    """Whatever says who receives."""

    receivers: dict[Any, Any]


class Quiet(Signal):
    """What are attributes can be redeclared."""

    is_muted: bool = True


def fits(mutable: Mutable, guarded: Guarded) -> None:
    """Signals are both, and what tells of them can be replaced and deleted."""
    mutable.is_muted = bool(guarded.receivers)


fits(placed, Quiet())
placed.receiver_connected = Signal()
del placed.receiver_disconnected

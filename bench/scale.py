"""Time and weigh many receivers and many senders, beside peers: `python -m bench.scale`.

Each number is for one connection or one operation, at each size; the last column is how many times
the smallest size the largest costs. Linear is 1; what grows with the number of others is more. What
would take too long is left out.
"""

from __future__ import annotations

import argparse
import gc
import math
import platform
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any, Final

import blinker
import psygnal

import aldis
import aldis.blinker
from aldis import Signal

RECEIVERS: Final = (10_000, 100_000, 1_000_000)
SENDERS: Final = (10, 1_000, 100_000)
TRIALS: Final = 100
PATIENCE: Final = 100e9
"""Nanoseconds that one number may take; what would take longer is left out."""


class Owner:
    """Owns a receiver, or is a sender."""

    __slots__ = ("__weakref__",)

    def receive(self, sender: object, payload: int) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Library:
    """One side.

    Attributes:
        name: what is written beside its numbers.
        make: makes a signal.
        connect: connects `(signal, receiver)`.
        disconnect: the other way.
        send: sends `(signal, sender)`.
        connect_to: connects `(signal, receiver, sender)`; `None` where there are no senders.
        disconnect_from: the other way.
    """

    name: str
    make: Callable[[], Any]
    connect: Callable[[Any, Any], object]
    disconnect: Callable[[Any, Any], object]
    send: Callable[[Any, object], object]
    connect_to: Callable[[Any, Any, object], object] | None = None
    disconnect_from: Callable[[Any, Any, object], object] | None = None


def _connect(signal: Any, receiver: Any) -> None:
    signal.connect(receiver)


def _disconnect(signal: Any, receiver: Any) -> None:
    signal.disconnect(receiver)


def _connect_to(signal: Any, receiver: Any, sender: object) -> None:
    signal.connect(receiver, sender)


def _disconnect_from(signal: Any, receiver: Any, sender: object) -> None:
    signal.disconnect(receiver, sender)


def _send(signal: Any, sender: object) -> None:
    signal.send(sender, 1)


def _send_keyword(signal: Any, sender: object) -> None:
    signal.send(sender, payload=1)


def _emit(signal: Any, sender: object) -> None:
    signal.emit(sender, 1)


def _make_psygnal() -> Any:
    return psygnal.SignalInstance((object, int))


def _alike(name: str, make: Callable[[], Any], send: Callable[[Any, object], None]) -> Library:
    return Library(name, make, _connect, _disconnect, send, _connect_to, _disconnect_from)


LIBRARIES: Final = (
    _alike("aldis.Signal", Signal[int], _send),
    _alike("aldis.blinker", aldis.blinker.Signal, _send_keyword),
    _alike("blinker", blinker.Signal, _send_keyword),
    Library("psygnal", _make_psygnal, _connect, _disconnect, _emit),
)


def time_once(work: Callable[[], object]) -> int:
    """Time something."""
    gc.collect()
    begin = perf_counter_ns()
    work()
    return perf_counter_ns() - begin


def fill(library: Library, owners: Sequence[Owner]) -> Any:
    """Make a signal with a receiver of each owner."""
    signal = library.make()
    for owner in owners:
        library.connect(signal, owner.receive)
    return signal


def weigh(library: Library, count: int) -> float:
    """Weigh one connection among so many, with what a send keeps for the next one, in bytes."""
    owners = [Owner() for _ in range(count)]
    gc.collect()
    tracemalloc.start()
    signal = fill(library, owners)
    library.send(signal, None)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / count


def time_receivers(library: Library, count: int) -> Iterator[tuple[str, float]]:
    """Time what is done with many receivers: ns for each of them."""
    owners = [Owner() for _ in range(count)]
    made: list[Any] = []
    yield "connect", time_once(lambda: made.append(fill(library, owners))) / count
    signal = made[0]
    yield "first send", time_once(lambda: library.send(signal, None)) / count
    yield "send", time_once(lambda: library.send(signal, None)) / count
    library.disconnect(signal, owners.pop().receive)  # what a send had kept is gone
    some = owners[:: max(1, count // TRIALS)]

    def disconnect() -> None:
        while some:
            library.disconnect(signal, some.pop().receive)

    yield "disconnect", time_once(disconnect) / TRIALS

    def drop() -> None:
        owners.clear()
        library.send(signal, None)

    yield "drop all", time_once(drop) / count


def time_senders(library: Library, count: int) -> Iterator[tuple[str, float]]:
    """Time what is done for one sender among many: ns for each time."""
    connect, disconnect = library.connect_to, library.disconnect_from
    if connect is None or disconnect is None:
        return
    signal, owner, other = library.make(), Owner(), Owner()
    senders = [Owner() for _ in range(count)]
    for sender in senders:
        connect(signal, owner.receive, sender)
    some = senders[:: max(1, count // TRIALS)]
    times = len(some)

    def send() -> None:
        for sender in some:
            library.send(signal, sender)

    def change() -> None:
        for sender in some:
            connect(signal, other.receive, sender)
            disconnect(signal, other.receive, sender)

    def disconnect_wholly() -> None:
        for sender in some:
            connect(signal, other.receive, sender)
            library.disconnect(signal, other.receive)

    def die() -> None:
        del some[: len(some)]
        signal.has_receivers_for(owner)

    send()
    yield "send for one", time_once(send) / times
    yield "connect and disconnect from one", time_once(change) / times
    yield "connect to one and disconnect", time_once(disconnect_wholly) / times
    kept = {id(each) for each in some}
    senders[:] = [each for each in senders if id(each) not in kept]
    yield "death of one", time_once(die) / times


Table = dict[str, dict[int, float]]


def measure(library: Library, sizes: Sequence[int], timing: Any) -> Table:
    """Time one library at all sizes, as far as patience goes."""
    table: Table = {}
    smallest = sizes[0] // 10
    took = [time_once(lambda: list(timing(library, smallest)))]
    for size in sizes:
        growth = took[-1] / took[-2] if len(took) > 1 else 1
        if took[-1] * growth > PATIENCE:
            break
        began = perf_counter_ns()
        for name, value in timing(library, size):
            table.setdefault(name, {})[size] = value
        took.append(perf_counter_ns() - began)
    return table


def show(title: str, library: Library, table: Table, sizes: Sequence[int]) -> None:
    """Print what was found, with the ratio of the largest to the smallest size."""
    for name, found in table.items():
        cells = "".join(f"{found[s]:>12,.0f}" if s in found else f"{'-':>12}" for s in sizes)
        ratio = found[max(found)] / found[min(found)] if len(found) > 1 else math.nan
        print(f"{title:<10}{name:<34}{library.name:<16}{cells}{ratio:>9.2f}")


def head(what: str, sizes: Sequence[int]) -> None:
    """Print the head of a table."""
    print(f"\n{what:<60}" + "".join(f"{size:>12,}" for size in sizes) + f"{'ratio':>9}")


def main() -> None:
    """Run everything with the collector off but between two numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=RECEIVERS[-1], help="so many receivers at most")
    most = parser.parse_args().most
    receivers = [size for size in RECEIVERS if size <= most] or [most]
    senders = [size for size in SENDERS if size <= most]
    print(f"{platform.python_implementation()} {platform.python_version()}, aldis {version()}")
    gc.disable()
    head("receivers: ns for each", receivers)
    reached: dict[str, list[int]] = {}
    for library in LIBRARIES:
        table = measure(library, receivers, time_receivers)
        reached[library.name] = list(table.get("connect", ()))
        show("time", library, table, receivers)
    head("receivers: bytes for each connection", receivers)
    for library in LIBRARIES:
        found = {size: weigh(library, size) for size in reached[library.name]}
        show("memory", library, {"connected, and sent to once": found}, receivers)
    head("senders: ns for each time", senders)
    for library in LIBRARIES:
        show("time", library, measure(library, senders, time_senders), senders)


def version() -> str:
    """Give the version of what is measured."""
    return getattr(aldis, "__version__", "as it is here")


if __name__ == "__main__":
    main()

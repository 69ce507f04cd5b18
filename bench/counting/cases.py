"""What is counted: each case as Aldis does it, and as the plainest code does."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from bench import bare
from bench.fresh import Receiver, coroutine_function, function, method
from bench.peers.using_aldis import Aldis, AldisInTurn
from bench.sides import Thing
from bench.timing import Timed, inline

KINDS: Final[dict[str, Callable[[str], Receiver]]] = {"functions": function, "methods": method}
COUNTS: Final = (1, 10)
"""How many receivers; where there are none, there is no kind of them."""
PARAMETERS: Final = "sender, payload"


@dataclass(frozen=True)
class Case:
    """One thing to count, in the loop that `make bench` times.

    Attributes:
        key: its name, that of `make bench` where it has the case too.
        bare: prepares the plainest code.
        aldis: prepares what Aldis does.
    """

    key: str
    bare: Callable[[], Timed]
    aldis: Callable[[], Timed]


def cases() -> Iterator[Case]:
    """Give the cases, in the order of the table."""
    yield _sending("send-0", function, 0)
    for kind, make in KINDS.items():
        for count in COUNTS:
            yield _sending(f"send-{kind}-{count}-none", make, count)
    for count in COUNTS:
        yield _awaiting(f"async-in-turn-{count}-ready", count)
    yield Case("connect-disconnect", _change_bare, _change)


def run(timed: Timed, loops: int) -> None:
    """Do it so often; what is async is stepped by hand, so that no event loop is counted.

    Raises:
        RuntimeError: it waits for an event loop.
    """
    stepped: Any = timed.run(loops)
    if isinstance(stepped, int):
        return
    try:
        stepped.send(None)
    except StopIteration:
        return
    stepped.close()
    raise RuntimeError("what is counted here must not wait for an event loop")


def _sending(key: str, make: Callable[[str], Receiver], count: int) -> Case:
    prepare = partial(_receivers, make, count)
    return Case(
        key,
        lambda: bare.calling(prepare(), Thing(), 1),
        lambda: _connected(Aldis(), prepare()),
    )


def _awaiting(key: str, count: int) -> Case:
    prepare = partial(_receivers, coroutine_function, count)
    return Case(
        key,
        lambda: bare.awaiting(bare.awaits, prepare(), Thing(), 1),
        lambda: _connected(AldisInTurn(), prepare()),
    )


def _receivers(make: Callable[[str], Receiver], count: int) -> list[Receiver]:
    return [make(PARAMETERS) for _ in range(count)]


def _connected(side: Aldis | AldisInTurn, receivers: list[Receiver]) -> Timed:
    for receiver in receivers:
        side.connect(receiver)
    return side.sending(Thing(), 1).keeping(receivers)


def _change() -> Timed:
    return Aldis().changing(function(PARAMETERS))


def _change_bare() -> Timed:
    table: dict[int, weakref.ref[Receiver]] = {}
    return inline(_enter_and_remove, table, function(PARAMETERS))


def _enter_and_remove(table: dict[int, weakref.ref[Receiver]], receiver: Receiver) -> None:
    table[id(receiver)] = weakref.ref(receiver)
    del table[id(receiver)]

"""What a connected receiver weighs, after the first send: each library in a process of its own."""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from functools import partial
from typing import Final

from bench.figures import Case, Figure, Settings
from bench.fresh import Receiver, functions
from bench.peers import sides
from bench.sides import Side, Thing

COUNT: Final = 10_000
KINDS: Final = ("functions", "methods")


def cases() -> Iterator[Case]:
    """Give the cases: `memory-functions` and `memory-methods`."""
    for kind in KINDS:
        title = f"memory of one of {COUNT} connected {kind}, after the first send"
        yield Case(f"memory-{kind}", title, partial(_weigh_all, kind), "bytes")


def _weigh_all(kind: str, settings: Settings) -> list[Figure]:
    found: list[Figure] = []
    for side in sides():
        if settings.wants(side.name):
            command = [sys.executable, "-m", "bench.memory", side.name, kind]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found.append(Figure(side.name, float(done.stdout), use=side.use))
    return found


def weigh(side: Side, kind: str) -> float:
    """Weigh one of many receivers, in bytes; the receivers themselves are not weighed."""
    receivers: list[Receiver] = []
    if kind == "functions":
        # Of one code object: what the interpreter keeps with each that is looked at is not ours.
        receivers += functions(COUNT, side.parameters)
        owners: list[Thing] = []
    else:
        owners = [_owner(side.parameters) for _ in range(COUNT)]
    send = side.sending(Thing(), 1)
    gc.collect()
    tracemalloc.start()
    for receiver in receivers:
        side.connect(receiver)
    for owner in owners:
        side.connect(owner.receive)
    send.run(1)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / COUNT


def _owner(parameters: str) -> Thing:
    return Thing() if parameters == "sender, payload" else _Other()


class _Other(Thing):
    __slots__ = ()

    def receive(self, sender: object, payload: int, signal: object = None, **named: object) -> None:
        """Do nothing."""


def main() -> None:
    """Weigh one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side")
    parser.add_argument("kind", choices=KINDS)
    chosen = parser.parse_args()
    side = next(each for each in sides() if each.name == chosen.side)
    print(weigh(side(), chosen.kind))


if __name__ == "__main__":
    main()

"""Two threads that send, each a signal of its own or both the same, beside one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from threading import Barrier, Thread
from time import perf_counter_ns
from typing import Final

from bench import bare
from bench.contests import Contestant, contest
from bench.figures import Case, Settings
from bench.fresh import Receiver, function
from bench.peers import sides
from bench.sides import Side, Thing
from bench.timing import Timed

RECEIVERS: Final = 10
LONGER: Final = 10
"""Threads take turns every five milliseconds; each turn of ours has to have many of them."""
WAYS: Final = ("one thread", "two, a signal each", "two, the same signal")


def cases() -> Iterator[Case]:
    """Give the case; a row is one library, and its ratio is to its own one thread."""
    title = (
        f"one of all threads' sends to {RECEIVERS} functions"
        " (the throughput of two to that of one is 1 / ratio)"
    )
    yield contest("threads", title, _contestants, LONGER)


def _contestants(settings: Settings) -> list[Contestant]:
    found = _rows("bare loop", "", [[_bare()], [_bare(), _bare()]])
    for kind in sides():
        if settings.wants(kind.name):
            same = _filled(kind)
            own = [[_sending(same)], [_sending(_filled(kind)), _sending(_filled(kind))]]
            found += _rows(kind.name, kind.use, [*own, [_sending(same), _sending(same)]])
    return found


def _rows(name: str, use: str, ways: Sequence[Sequence[Timed]]) -> list[Contestant]:
    names = [f"{name}, {way}" for way in WAYS[: len(ways)]]
    return [
        Contestant(each, _in_threads(timed), "" if each == names[0] else names[0], use)
        for each, timed in zip(names, ways, strict=True)
    ]


def _bare() -> Timed:
    receivers = [function("sender, payload") for _ in range(RECEIVERS)]
    return bare.calling(receivers, Thing(), 1)


def _filled(kind: type[Side]) -> tuple[Side, list[Receiver]]:
    side = kind()
    receivers = [function(side.parameters) for _ in range(RECEIVERS)]
    for receiver in receivers:
        side.connect(receiver)
    return side, receivers


def _sending(filled: tuple[Side, list[Receiver]]) -> Timed:
    return filled[0].sending(Thing(), 1).keeping(filled)


def _in_threads(timed: Sequence[Timed]) -> Timed:
    often = sum(each.often for each in timed)
    return Timed(partial(_run_in_threads, timed), often, kept=timed)


def _run_in_threads(timed: Sequence[Timed], loops: int) -> int:
    barrier = Barrier(len(timed))
    began: list[int] = []
    ended: list[int] = []

    def run(each: Timed) -> None:
        barrier.wait()
        began.append(perf_counter_ns())
        each.run(loops)
        ended.append(perf_counter_ns())

    threads = [Thread(target=run, args=(each,)) for each in timed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(ended) - min(began)

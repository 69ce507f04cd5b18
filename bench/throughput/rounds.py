"""Timing several sides in interleaved rounds."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns

from bench.throughput.sides import Chunk

ROUNDS = 15
CHUNK = 500
CHUNKS = 10


@dataclass(frozen=True)
class Contestant:
    """One side that is ready to run.

    Attributes:
        chunk: handles so many events.
        size: how many events it is given at a time.
        chunks: how often in a round.
    """

    chunk: Chunk
    size: int = CHUNK
    chunks: int = CHUNKS


async def time_rounds(contestants: Sequence[Contestant]) -> list[list[float]]:
    """Time each in each round, garbage being collected in between.

    Returns:
        For each side the nanoseconds an event took, round by round.
    """
    taken: list[list[float]] = [[] for _ in contestants]
    for number in range(ROUNDS + 1):
        for contestant, times in zip(contestants, taken, strict=True):
            gc.collect()
            size, chunks = contestant.size, contestant.chunks
            begin = perf_counter_ns()
            for _ in range(chunks):
                await contestant.chunk(size)
            if number:  # the first round is the warm-up
                times.append((perf_counter_ns() - begin) / (chunks * size))
    return taken


def compare(subject: Sequence[float], control: Sequence[float]) -> float:
    """Give the median of the rounds' ratios."""
    return median(ours / theirs for ours, theirs in zip(subject, control, strict=True))

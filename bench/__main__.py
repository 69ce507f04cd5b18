"""Time every case in interleaved rounds and print a table of ratios: `python -m bench`."""

from __future__ import annotations

import gc
import platform
from contextlib import AsyncExitStack
from statistics import median
from time import perf_counter_ns

import anyio

from bench import cases, drop_in, streams
from bench.cases import AsyncWork, Work

ROUNDS = 15


def time_work(work: Work, loops: int) -> int:
    """Time one round, in nanoseconds."""
    begin = perf_counter_ns()
    for _ in range(loops):
        work()
    return perf_counter_ns() - begin


async def time_async(work: AsyncWork, loops: int) -> int:
    """Time one async round, in nanoseconds."""
    begin = perf_counter_ns()
    for _ in range(loops):
        await work()
    return perf_counter_ns() - begin


def report(name: str, subject: list[int], control: list[int], loops: int) -> None:
    """Print the median of the ratios of the rounds, and the fastest round of each side."""
    ratio = median(ours / theirs for ours, theirs in zip(subject, control, strict=True))
    ours, theirs = min(subject) / loops, min(control) / loops
    print(f"{name:<58} {ratio:6.2f} {ours:10.0f} {theirs:10.0f}")


def run_sync() -> None:
    """Run the sync cases."""
    for case in (
        *cases.sending(),
        *cases.undone(),
        *cases.inside(),
        *cases.bookkeeping(),
        *drop_in.sending(),
        *drop_in.connecting(),
    ):
        time_case(case)


def time_case(case: cases.Case) -> None:
    """Time one sync case, and report it."""
    ours: list[int] = []
    theirs: list[int] = []
    for _ in range(ROUNDS):
        ours.append(time_work(case.subject, case.loops))
        theirs.append(time_work(case.control, case.loops))
    report(case.name, ours, theirs, case.loops)


async def run_async(backend: str) -> None:
    """Run the async cases on the backend that is running."""
    for name, subject, control, loops in (*cases.awaiting(), *drop_in.awaiting()):
        ours: list[int] = []
        theirs: list[int] = []
        for _ in range(ROUNDS):
            ours.append(await time_async(subject, loops))
            theirs.append(await time_async(control, loops))
        report(f"{name}, {backend}", ours, theirs, loops)
    async with AsyncExitStack() as stack:
        for case in await streams.fan_out(stack):
            time_case(case)


def main() -> None:
    """Run everything with the collector off."""
    print(f"{platform.python_implementation()} {platform.python_version()}")
    print(f"{'case':<58} {'ratio':>6} {'ns':>10} {'control ns':>10}")
    gc.disable()
    run_sync()
    for backend in ("asyncio", "trio"):
        anyio.run(run_async, backend, backend=backend)


if __name__ == "__main__":
    main()

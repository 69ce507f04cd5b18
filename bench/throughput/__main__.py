"""Time dispatched events, beside bare streams and peers: `python -m bench.throughput`."""

from __future__ import annotations

import gc
import importlib.util
import platform
from contextlib import AsyncExitStack
from statistics import median

import anyio

from bench.peers import version_of
from bench.throughput import sides
from bench.throughput.peers import ALDIS, PEERS, Peer
from bench.throughput.rounds import Contestant, compare, time_rounds
from bench.throughput.sides import Receiver, Side


def receive(sender: object, payload: int) -> None:
    """Do nothing."""


async def receive_async(sender: object, payload: int) -> None:
    """Do nothing, and wait for nothing."""


CASES: tuple[tuple[str, Receiver, Side], ...] = (
    ("a sync receiver", receive, sides.stream_of_calls),
    ("an async receiver", receive_async, sides.stream_of_awaits),
)


async def beside_streams(backend: str) -> None:
    """Print how dispatchers compare with bare memory streams."""
    for name, receiver, bare in CASES:
        chosen = (sides.dispatcher, sides.dispatcher_of_one, sides.stream_of_sends, bare)
        async with AsyncExitStack() as stack:
            contestants = [
                Contestant(await stack.enter_async_context(side(receiver))) for side in chosen
            ]
            taken = await time_rounds(contestants)
        for title, ours in zip(("concurrency 16", "concurrency 1"), taken, strict=False):
            print(
                f"{f'{name}, {title}, {backend}':<44}{median(ours):>10.0f}"
                f"{median(taken[2]):>10.0f}{compare(ours, taken[2]):>8.2f}"
                f"{median(taken[3]):>10.0f}{compare(ours, taken[3]):>8.2f}"
            )


async def beside_peers() -> None:
    """Print how the peers that are installed compare with a dispatcher."""
    present = [peer for peer in PEERS if importlib.util.find_spec(peer.package) is not None]
    chosen = (ALDIS, *present)
    async with AsyncExitStack() as stack:
        contestants = [
            Contestant(await stack.enter_async_context(peer.run()), peer.size, peer.chunks)
            for peer in chosen
        ]
        taken = await time_rounds(contestants)
    for peer, theirs in zip(chosen, taken, strict=True):
        ratio = compare(theirs, taken[0])
        print(f"{_name(peer):<18}{median(theirs):>10.0f}{ratio:>8.2f}  {peer.how}")
    for peer in PEERS:
        if peer not in present:
            print(f"{peer.package:<18}{'skipped: not installed':>18}")


def _name(peer: Peer) -> str:
    return f"{peer.package} {version_of(peer.package)}"


def main() -> None:
    """Run everything with the collector off but between rounds."""
    print(f"{platform.python_implementation()} {platform.python_version()}")
    print("\nns an event, and the median of the rounds' ratios of the dispatcher to a bare stream")
    print("(the same calls: its worker sends each item; bare: its worker calls the receiver)\n")
    print(f"{'':<44}{'ours':>10}{'same':>10}{'ratio':>8}{'bare':>10}{'ratio':>8}")
    gc.disable()
    for backend in ("asyncio", "trio"):
        anyio.run(beside_streams, backend, backend=backend)
    print("\none async receiver that counts, on asyncio; the ratio says how many times our cost\n")
    print(f"{'':<18}{'ns':>10}{'ratio':>8}")
    anyio.run(beside_peers)


if __name__ == "__main__":
    main()

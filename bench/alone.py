"""What only Aldis has, beside code that does the same: results in waiting, middleware, streams."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final

import blinker

from aldis import Signal
from aldis.middleware import Call
from bench import bare
from bench.contests import Contestant, async_contest, contest
from bench.figures import Case, Settings
from bench.fresh import Receiver, copy, function
from bench.sending import KINDS as RECEIVERS
from bench.timing import Timed, inline

Passing = Callable[[Call[Any, Any, Any]], Generator[None, Any, Any]]

FEW: Final = 10


def cases() -> Iterator[Case]:
    """Give the cases: `read-`, `guard-`, `middleware-` and `streams-`, each with a count."""
    for kind in RECEIVERS:
        for count in (1, 10, 100):
            title = f"send to {count} {kind}, and go through the pairs of receivers and results"
            yield contest(f"read-{kind}-{count}", title, partial(_reading, kind, count))
    for count in (0, 1, 100):
        title = f"ask whether anybody listens, beside a send to {count} functions"
        yield contest(f"guard-{count}", title, partial(_asking, count))
    for count in (1, 10):
        for kind, (middleware, wrap) in KINDS.items():
            title = f"send to {count} functions inside a middleware, {kind}"
            make = partial(_inside, count, middleware, wrap)
            yield contest(f"middleware-{kind}-{count}", title, make)
    for count in (0, 1, 10):
        title = f"send to {count} functions, middleware undone"
        yield contest(f"middleware-undone-{count}", title, partial(_undone, count))
    for count in (1000, 10_000):
        title = f"a send to {count} full streams, beside {count // FEW} sends to {FEW}"
        yield async_contest(f"streams-{count}", title, "asyncio", partial(_streaming, count))


def _passing(call: Call[Any, Any, Any]) -> Generator[None, Any, Any]:
    return (yield)


def _catching(call: Call[Any, Any, Any]) -> Generator[None, Any, Any]:
    try:
        return (yield)
    except LookupError:
        return call.receiver


def _wrap_passing(receiver: Receiver) -> Receiver:
    def wrapped(sender: object, payload: int) -> object:
        return receiver(sender, payload)

    return wrapped


def _wrap_catching(receiver: Receiver) -> Receiver:
    def wrapped(sender: object, payload: int) -> object:
        try:
            return receiver(sender, payload)
        except LookupError:
            return receiver

    return wrapped


KINDS: Final[dict[str, tuple[Passing, Callable[[Receiver], Receiver]]]] = {
    "passing": (_passing, _wrap_passing),
    "catching": (_catching, _wrap_catching),
}


def _send(signal: Signal[int], payload: int) -> None:
    signal.send(None, payload)


def _connected(receivers: list[Receiver]) -> Signal[int]:
    signal = Signal[int]()
    for receiver in receivers:
        signal.connect(receiver, weak=False)
    return signal


def _read(signal: Signal[int], payload: int) -> None:
    for _ in signal.send(None, payload):
        pass


def _read_blinker(signal: blinker.Signal, payload: int) -> None:
    for _ in signal.send(None, payload=payload):
        pass


def _read_bare(bare_loop: bare.Bare, receivers: list[Receiver], payload: int) -> None:
    for _ in bare_loop(receivers, None, payload):
        pass


def _reading(kind: str, count: int, settings: Settings) -> list[Contestant]:
    make = partial(RECEIVERS[kind], "sender, payload", "payload")
    theirs, ours = [make() for _ in range(count)], [make() for _ in range(count)]
    control = inline(_read_bare, copy(bare.loop), theirs, 1)
    signal = Signal[int]()
    for receiver in ours:
        signal.connect(receiver)
    peers = [make() for _ in range(count)]
    peer = blinker.Signal()
    for receiver in peers:
        peer.connect(receiver)
    return [
        *_pair("bare loop", control, "aldis", inline(_read, signal, 1).keeping(ours)),
        Contestant("blinker", inline(_read_blinker, peer, 1).keeping(peers), "bare loop"),
    ]


def _ask_all(signal: Signal[int], payload: int) -> None:
    if signal.receivers:
        pass


def _ask_one(signal: Signal[int], payload: int) -> None:
    if signal.has_receivers_for(None):
        pass


def _asking(count: int, settings: Settings) -> list[Contestant]:
    signal = _connected(_functions(count))
    signal.send(None, 1)
    return [
        Contestant("send", _sending(signal)),
        Contestant("`if signal.receivers:`", inline(_ask_all, signal, 1), "send"),
        Contestant("`if signal.has_receivers_for(sender):`", inline(_ask_one, signal, 1), "send"),
    ]


def _functions(count: int) -> list[Receiver]:
    return [function("sender, payload") for _ in range(count)]


def _inside(
    count: int, middleware: Passing, wrap: Callable[[Receiver], Receiver], settings: Settings
) -> list[Contestant]:
    control = _connected([wrap(each) for each in _functions(count)])
    subject = _connected(_functions(count))
    subject.use(middleware)
    return _pair("wrapped by hand", _sending(control), "inside", _sending(subject))


def _undone(count: int, settings: Settings) -> list[Contestant]:
    control, subject = _connected(_functions(count)), _connected(_functions(count))
    subject.use(_passing)()
    return _pair("never any", _sending(control), "undone", _sending(subject))


def _sending(signal: Signal[int]) -> Timed:
    return inline(_send, signal, 1)


def _pair(control: str, theirs: Timed, subject: str, ours: Timed) -> list[Contestant]:
    return [Contestant(control, theirs), Contestant(subject, ours, control)]


async def _streaming(count: int, settings: Settings, stack: AsyncExitStack) -> list[Contestant]:
    few = inline(_send_often, await _streamed(stack, FEW), count // FEW)
    many = inline(_send_often, await _streamed(stack, count), 1)
    return _pair(f"to {FEW}", few, f"to {count}", many)


async def _streamed(stack: AsyncExitStack, count: int) -> Signal[int]:
    signal = Signal[int]()
    for _ in range(count):
        await stack.enter_async_context(signal.stream(buffer=1))
    signal.send(None, 1)  # fills them: from here on, each send drops an event of each stream
    return signal


async def _send_often(signal: Signal[int], sends: int) -> None:
    for _ in range(sends):
        signal.send(None, 1)

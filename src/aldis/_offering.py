"""How a sending reaches the streams that are open: before any receiver, and all of them or none."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from aldis._cancellation import notice
from aldis._changes import Attach, Detach
from aldis._connection import Options, Tap, make_record
from aldis._event import AnyEvent
from aldis._identity import take_apart
from aldis._intake import Intake, Item
from aldis._types import AnyReceiver
from aldis._wiring import Wiring
from aldis.exceptions import StreamFullError

# pyright: reportPrivateUsage=false
# A stream is connected to a signal from the inside.


@contextmanager
def tap(signal: Wiring, intake: AnyReceiver, sender: object) -> Generator[None, None, None]:
    """Have a stream take in a sender's events, for the length of a block or of its own life."""
    signal._settle()
    record = make_record(
        intake,
        take_apart(intake),
        Options(),
        sender=signal._key_of(sender),
        note=signal._registry.note,
        is_async=False,
        kind=Tap,
    )
    attach = Attach(record, intake, sender, scoped=True)
    del intake, sender
    with signal._reverted(attach, Detach(record.key, record=record)):
        del attach
        yield


def offer(taps: tuple[Tap, ...], event: AnyEvent) -> None:
    """Put an event into the streams.

    Raises:
        StreamFullError: one of them has no room, and those who send are to wait for it.
    """
    items = _interested(taps, event)
    taken: deque[Intake] = deque()
    try:
        for intake in [each[0] for each in items]:
            if not intake.reserve():
                raise StreamFullError(event.signal.name)
            taken.append(intake)
        _put(items, taken)
    except BaseException:
        _release(taken)
        raise
    finally:
        del items  # the traceback of an error of `where` leads to this frame, and the error is here


async def offer_async(taps: tuple[Tap, ...], event: AnyEvent) -> None:
    """Put an event into the streams, as soon as each of them has room."""
    await notice()
    items = _interested(taps, event)
    taken: deque[Intake] = deque()
    try:
        for intake in [each[0] for each in items]:
            if not intake.reserve():
                await intake.wait_for_place()
            taken.append(intake)
        _put(items, taken)
    except BaseException:
        _release(taken)
        raise
    finally:
        del items  # as above


def _put(items: list[tuple[Intake, Item]], taken: deque[Intake]) -> None:
    for intake, item in items:
        taken.popleft()  # the place is the item's from here on
        intake.put(item)


def _release(taken: deque[Intake]) -> None:
    for intake in taken:
        intake.release()


def _interested(taps: tuple[Tap, ...], event: AnyEvent) -> list[tuple[Intake, Item]]:
    """Judge the event for each stream, in the one order in which everybody takes places.

    Were two sendings to take them crosswise, each could wait for a place that the other holds.
    """
    intakes = [intake for tap in taps if tap.live and (intake := tap()) is not None]
    intakes.sort(key=_serial_of)
    found: list[tuple[Intake, Item]] = []
    item: Item | None = None
    try:
        for intake in cast("list[Intake]", intakes):
            item = intake.judge(event)
            if item is not None:
                found.append((intake, item))
        return found
    finally:
        del found, item  # as above


def _serial_of(intake: Intake) -> int:
    return intake.serial

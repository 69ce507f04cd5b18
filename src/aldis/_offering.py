"""How a sending reaches the streams that are open: before any receiver, and all of them or none."""

from __future__ import annotations

from typing import cast

from aldis._connection import Tap
from aldis._intake import AnyEvent, Intake, Item
from aldis.exceptions import StreamFullError


def offer(taps: tuple[Tap, ...], event: AnyEvent) -> None:
    """Put an event into the streams.

    Raises:
        StreamFullError: one of them has no room, and those who send are to wait for it.
    """
    taken: list[tuple[Intake, Item]] = []
    try:
        for intake, item in _interested(taps, event):
            if not intake.reserve():
                raise StreamFullError(event.signal.name)
            taken.append((intake, item))
    except BaseException:
        for intake, _ in taken:
            intake.release()
        raise
    for intake, item in taken:
        intake.put(item)


async def offer_async(taps: tuple[Tap, ...], event: AnyEvent) -> None:
    """Put an event into the streams, as soon as each of them has room."""
    taken: list[tuple[Intake, Item]] = []
    try:
        for intake, item in _interested(taps, event):
            if not intake.reserve():
                await intake.wait_for_place()
            taken.append((intake, item))
    except BaseException:
        for intake, _ in taken:
            intake.release()
        raise
    for intake, item in taken:
        intake.put(item)


def _interested(taps: tuple[Tap, ...], event: AnyEvent) -> list[tuple[Intake, Item]]:
    found: list[tuple[Intake, Item]] = []
    for tap in taps:
        intake = cast("Intake | None", tap())
        if intake is not None and tap.live:
            item = intake.judge(event)
            if item is not None:
                found.append((intake, item))
    return found

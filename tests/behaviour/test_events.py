"""Events: frozen envelopes whose id and time are made when first read."""

from __future__ import annotations

import gc
import threading
import time
import uuid
import weakref
from datetime import timedelta
from typing import Any

import pytest

from aldis import Event, Signal
from tests.behaviour.recording import LIMIT, Calls, Shop, in_threads

SHOP = Shop()


def test_an_event_holds_signal_sender_and_payload() -> None:
    """What goes in comes out, the very same objects, and nothing is sent."""
    signal, calls = Signal[Any](), Calls()
    signal.connect(calls.receiver("receiver"))
    payload = object()
    event = signal.event(SHOP, payload)

    assert isinstance(event, Event)
    assert event.signal is signal
    assert event.sender is SHOP
    assert event.payload is payload
    assert calls.names == []


@pytest.mark.parametrize("name", ["signal", "sender", "payload", "id", "time", "more"])
def test_an_event_is_frozen(name: str) -> None:
    """Nothing of it can be set or deleted, before and after it was read."""
    event: Any = Signal[int]().event(SHOP, 1)
    for _ in range(2):
        with pytest.raises(AttributeError):
            setattr(event, name, None)
        with pytest.raises(AttributeError):
            delattr(event, name)
        assert (event.sender, event.payload) == (SHOP, 1)
        assert event.id is not None


def test_the_id_is_a_uuid_of_version_7() -> None:
    """Version and variant are those of RFC 9562."""
    for _ in range(100):
        identity = Signal[int]().event(SHOP, 1).id
        assert type(identity) is uuid.UUID
        assert identity.int >> 76 & 0xF == 7
        assert identity.int >> 62 & 0b11 == 0b10
        assert identity.version == 7
        assert identity.variant == uuid.RFC_4122


def test_the_id_holds_the_time() -> None:
    """The first 48 bits are the milliseconds since 1970 of the event's time."""
    event = Signal[int]().event(SHOP, 1)
    epoch = event.time - timedelta(milliseconds=event.id.int >> 80)

    assert (epoch.year, epoch.month, epoch.day) == (1970, 1, 1)
    assert (epoch.hour, epoch.minute, epoch.second, epoch.microsecond) == (0, 0, 0, 0)


def test_the_time_is_in_utc() -> None:
    """It is aware, so that it can be compared and shown anywhere."""
    event = Signal[int]().event(SHOP, 1)

    assert event.time.utcoffset() == timedelta(0)
    assert event.time.microsecond % 1000 == 0


def test_id_and_time_are_made_when_first_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when the event is made, and together, whichever is read first."""
    signal = Signal[int]()
    first, second = signal.event(SHOP, 1), signal.event(SHOP, 1)
    monkeypatch.setattr(time, "time_ns", lambda: 2_000_000_000_123_456_789)
    assert first.id.int >> 80 == 2_000_000_000_123
    assert second.time.timestamp() == 2_000_000_000.123
    monkeypatch.undo()

    assert first.time.timestamp() == 2_000_000_000.123
    assert second.id.int >> 80 == 2_000_000_000_123


def test_id_and_time_are_fixed() -> None:
    """However often they are read, they are the same."""
    event = Signal[int]().event(SHOP, 1)

    assert len({event.id for _ in range(100)}) == 1
    assert len({event.time for _ in range(100)}) == 1


def test_two_events_have_two_ids() -> None:
    """Ids made in one millisecond differ as well."""
    signal = Signal[int]()

    assert len({signal.event(SHOP, 1).id for _ in range(10_000)}) == 10_000


def test_ids_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later millisecond makes a larger id."""
    signal = Signal[int]()
    now = 1_700_000_000_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: now)
    ids: list[uuid.UUID] = []
    for _ in range(100):
        ids.append(signal.event(SHOP, 1).id)
        now += 1_000_000

    assert ids == sorted(ids)


def test_all_threads_read_the_same() -> None:
    """Of several threads that read first at the same moment, all get one id and one time."""
    rounds = 200
    events = [Signal[int]().event(SHOP, 1) for _ in range(rounds)]
    ready = threading.Barrier(4)
    seen: list[list[tuple[uuid.UUID, object]]] = [[], [], [], []]

    def read(number: int) -> None:
        for event in events:
            ready.wait(LIMIT)
            if number % 2:
                seen[number].append((event.id, event.time))
            else:
                moment = event.time
                seen[number].append((event.id, moment))

    in_threads(*(lambda number=number: read(number) for number in range(4)))

    assert all(len(set(each)) == 1 for each in zip(*seen, strict=True))


def test_events_are_equal_to_themselves_alone() -> None:
    """Two sendings of the same payload are two events; both can be kept in sets."""
    signal = Signal[int]()
    one, two = signal.event(SHOP, 1), signal.event(SHOP, 1)

    assert one == one  # noqa: PLR0124  # that is the question
    assert one != two
    assert len({one, two}) == 2


def test_an_event_can_be_weakly_referenced_and_is_freed_at_once() -> None:
    """Nothing of Aldis keeps it, or its payload."""
    signal, payload = Signal[Shop](), Shop()
    event = signal.event(SHOP, payload)
    refs = weakref.ref(event), weakref.ref(payload)
    assert event.id.version == 7
    del event, payload

    gc.collect()
    assert [ref() for ref in refs] == [None, None]

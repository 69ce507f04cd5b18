"""Faults of references: what dies too early, too late, or not at all."""

from __future__ import annotations

import contextlib
import gc
import weakref
from typing import Any

import pytest

from tests.behaviour.recording import lost_receivers, without_collector
from tests.faults.faces import EVERY, OWN, SIGNAL, Face, Fails, on
from tests.faults.receiving import Owner, make_function, receive

# -- W4 -----------------------------------------------------------------------------------------


class Rival:
    """Frees the other owner when its receiver is called."""

    def __init__(self, rivals: list[Rival]) -> None:
        self.rivals = rivals

    def receive(self, sender: object, payload: object) -> object:
        """Stay alone."""
        self.rivals[:] = [self]
        return payload


@on(*EVERY, blinker=True)
def test_w4_a_receiver_freed_by_an_earlier_one_is_skipped(face: Face) -> None:
    """An owner freed by an earlier receiver is not called, and the sending goes on."""
    signal = face.make()
    rivals: list[Rival] = []
    rivals += [Rival(rivals), Rival(rivals)]
    signal.connect(rivals[0].receive)
    signal.connect(rivals[1].receive)
    signal.connect(receive)  # blinker may call it at any time, and one of the rivals at first

    assert face.values(signal, None, "payload") == ["payload"] * 2
    assert len(rivals) == 1
    assert len(signal.receivers) == 2


@pytest.mark.anyio
@on(*EVERY)
async def test_w4_a_function_freed_by_an_earlier_receiver_is_skipped(face: Face) -> None:
    """A function freed by an earlier receiver is not called, neither by `send` nor async."""
    signal, kept = face.make(), [make_function()]

    def free(sender: object, payload: object) -> object:
        kept.clear()
        return "freed"

    signal.connect(free)
    signal.connect(kept[0])
    signal.connect(receive)
    with lost_receivers():
        assert face.values(signal, None, "payload") == ["freed", "payload"]
        kept.append(make_function())
        signal.connect(kept[0])
        sent = await face.send_async(signal, None, "payload")
        assert [value for _, value in sent] == ["freed", "payload"]
        assert len(signal.receivers) == 2


# -- W5 -----------------------------------------------------------------------------------------


@on(*EVERY, blinker=Fails("its weak references lead back to it, so that the collector is needed"))
@pytest.mark.parametrize("weak", [True, False])
def test_w5_a_signal_dropped_inside_its_own_sending_finishes_it(face: Face, weak: bool) -> None:
    """Every receiver is called, and with the sending the signal ends, without the collector."""
    owners, signals = [Owner(), Owner()], [face.make()]

    def drop(sender: object, payload: object) -> object:
        signals.clear()
        return payload

    for receiver in (owners[0].receive, drop, owners[1].receive):
        signals[0].connect(receiver, weak=weak)
        signals[0].connect(receiver, owners[0], weak=weak)
    ref = weakref.ref(signals[0])
    with without_collector():
        assert len(face.send(signals[0], owners[0], "payload")) == 3
        assert ref() is None


@pytest.mark.anyio
@on(*EVERY)
async def test_w5_a_signal_dropped_inside_its_own_async_sending_finishes_it(face: Face) -> None:
    """An async sending of a signal that nobody has any more awaits every receiver, too."""
    signals = [face.make()]

    async def drop(sender: object, payload: object) -> object:
        signals.clear()
        return payload

    signals[0].connect(drop)
    signals[0].connect(receive)
    ref = weakref.ref(signals[0])
    with without_collector():
        assert len(await face.send_async(signals[0], None, "payload")) == 2
        assert ref() is None


# -- W6 -----------------------------------------------------------------------------------------


class Phoenix:
    """Comes back from its own destructor."""

    def __init__(self, ashes: list[Phoenix]) -> None:
        self.ashes = ashes
        self.circle: Phoenix | None = None

    def __del__(self) -> None:
        self.ashes.append(self)

    def receive(self, sender: object, payload: object) -> object:
        """Give the payload back."""
        return payload

    __call__ = receive


def connect_phoenix(face: Face, *, in_circle: bool, method: bool) -> tuple[Any, list[Phoenix]]:
    """Connect what comes back when its last reference, or the collector, has killed it."""
    signal, ashes = face.make(), list[Phoenix]()
    phoenix = Phoenix(ashes)
    phoenix.circle = phoenix if in_circle else None
    signal.connect(phoenix.receive if method else phoenix)
    del phoenix
    gc.collect()
    assert len(ashes) == 1
    return signal, ashes


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("method", [True, False])
def test_w6_an_owner_that_the_collector_gave_up_is_not_called_again(
    face: Face, method: bool
) -> None:
    """An owner that the collector gave up stays disconnected, though it comes back."""
    signal, ashes = connect_phoenix(face, in_circle=True, method=method)

    assert face.values(signal, None, "payload") == []
    assert not signal.receivers
    ashes.clear()


# Python clears weak references after the destructor here: nothing has died that could be noticed.
@on(*EVERY, blinker=True)
@pytest.mark.parametrize("method", [True, False])
def test_w6_an_owner_that_comes_back_from_its_last_reference_has_never_gone(
    face: Face, method: bool
) -> None:
    """One that comes back as its last reference goes never died for Python, and is still called."""
    signal, ashes = connect_phoenix(face, in_circle=False, method=method)

    assert face.values(signal, None, "payload") == ["payload"]
    ashes.clear()  # its destructor runs once
    assert face.values(signal, None, "payload") == []
    assert not signal.receivers


# -- W9 -----------------------------------------------------------------------------------------


class Payload:
    """What must not live on."""


def fail(sender: object, payload: object) -> object:
    """Fail with the payload in the frame, as every receiver has it."""
    local = [payload, sender]
    raise ValueError(str(type(local)))


async def fail_async(sender: object, payload: object) -> object:
    """Fail likewise, when it is awaited."""
    return fail(sender, payload)


class Failing:
    """Owns a receiver that fails."""

    def receive(self, sender: object, payload: object) -> object:
        """Fail."""
        return fail(sender, payload)


@on(*EVERY, blinker=True)
def test_w9_the_error_of_a_receiver_frees_the_payload_with_itself(face: Face) -> None:
    """Once the error is dropped, payload and sender are freed, without the collector."""
    failing, payload, sender = Failing(), Payload(), Owner()
    refs: list[weakref.ref[Any]] = [weakref.ref(payload), weakref.ref(sender)]
    signals: list[Any] = []
    with without_collector():
        receivers: list[Any] = [fail, failing.receive]
        for fails in receivers:
            signal = face.make()
            signal.connect(receive)
            signal.connect(fails)
            signal.connect(fails, sender)
            with contextlib.suppress(ValueError):
                face.send(signal, sender, payload)
            signals.append(signal)
        del payload, sender
        assert [ref() for ref in refs] == [None, None]


@pytest.mark.anyio
@on(*EVERY, blinker=True)
async def test_w9_the_error_of_an_async_receiver_frees_the_payload_with_itself(face: Face) -> None:
    """Once the error of an awaited receiver is dropped, the payload is freed likewise."""
    signal, payload = face.make(), Payload()
    signal.connect(fail_async)
    ref = weakref.ref(payload)
    with without_collector():
        with contextlib.suppress(ValueError):
            await face.send_async(signal, None, payload)
        del payload
        assert ref() is None


@pytest.mark.anyio
@on(*OWN)
async def test_w9_collected_errors_free_the_payload_with_themselves(face: Face) -> None:
    """Outcomes of robust sendings, and the groups they raise, free it with themselves, too."""
    signal, payload = face.make(), Payload()
    given: Any = {"payload": payload} if face is not SIGNAL else None
    send: Any = signal.send_robust
    send_async: Any = signal.send_robust_async
    for each in (fail, Failing().receive, fail):
        signal.connect(each, weak=False)
    ref = weakref.ref(payload)
    with without_collector():
        outcomes = send(None, payload) if given is None else send(None, **given)
        with contextlib.suppress(ExceptionGroup):
            outcomes.raise_errors()
        signal.connect(fail_async)
        outcomes = await (send_async(None, payload) if given is None else send_async(None, **given))
        assert len(outcomes.errors) == 3
        del outcomes, payload, given
        assert ref() is None

"""One face for all kinds of signal, so that one model can be held against each of them."""

# mypy: disable_error_code="untyped-decorator"
# What is called with names and options of each kind's own is typed as Any here.

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any

import blinker

import aldis.blinker
from aldis import ANY, KeywordSignal, Signal

Pairs = list[tuple[Any, Any]]


class Face:
    """A signal of the first kind, `Signal`; the other kinds say where they differ.

    Attributes:
        signal: what is tried.
        has_options: it knows `once` and `priority`, and shows its connections.
        mutes_receivers: it can silence receivers, not only itself.
        is_robust: it has `send_robust`.
        is_async: it can be sent to sync and async receivers alike.
        is_weakening: whether a weak reconnect weakens a strong connection.
        is_ordered: receivers are called in the order of connecting.
        is_tidy: nothing is left of what has ended.
        any_is_all: to disconnect from `ANY` is to disconnect from all.
        tells_lost: it warns of lost receivers.
        watchable: it has signals that tell of its connections.
        any: what stands for every sender.
    """

    has_options = True
    mutes_receivers = True
    is_robust = True
    is_async = True
    is_weakening = True
    is_ordered = True
    is_tidy = True
    any_is_all = False
    tells_lost = True
    watchable = True
    any: Any = ANY

    def __init__(self, signal: Any = None) -> None:
        self.signal: Any = self.make() if signal is None else signal

    def make(self) -> Any:
        """Make the signal."""
        return Signal[object]("model")

    def value_key(self, name: str, value: Any) -> object:
        """Give what is equal for the same senders among those that cannot die."""
        for kind in (int, str, bytes, bool, float):
            if type(value) is kind:
                return (kind, value)
        return name

    # -- connecting ----------------------------------------------------------------------------

    def connect(self, receiver: Any, sender: Any, weak: bool, once: bool, priority: int) -> Any:
        """Connect a receiver with all options that there are."""
        return self.signal.connect(receiver, sender, weak=weak, once=once, priority=priority)

    def connected_to(self, receiver: Any, sender: Any) -> AbstractContextManager[None]:
        """Connect for the length of a block."""
        scope: AbstractContextManager[None] = self.signal.connected_to(receiver, sender)
        return scope

    def disconnect(self, receiver: Any, *senders: Any) -> bool | None:
        """Disconnect from all, or from one; tell whether anything was, if it is said."""
        found: bool | None = self.signal.disconnect(receiver, *senders)
        return found

    def muted(self, *receivers: Any) -> AbstractContextManager[None]:
        """Silence receivers, or all."""
        silence: AbstractContextManager[None] = self.signal.muted(*receivers)
        return silence

    # -- sending -------------------------------------------------------------------------------

    def send(self, sender: Any, payload: object) -> Pairs:
        """Send, and give the receivers with what they returned."""
        return list(self.signal.send(sender, payload))

    def send_robust(self, sender: Any, payload: object) -> Pairs:
        """Send whatever they raise; an error's type stands for it."""
        return [_pair(each) for each in self.signal.send_robust(sender, payload)]

    def send_async(self, sender: Any, payload: object) -> Pairs:
        """Send to sync and async receivers alike."""
        pairs: Pairs = list(_step(self.signal.send_async(sender, payload)))
        return pairs

    def send_robust_async(self, sender: Any, payload: object) -> Pairs:
        """Send to both whatever they raise."""
        return [_pair(each) for each in _step(self.signal.send_robust_async(sender, payload))]

    # -- asking --------------------------------------------------------------------------------

    def receivers(self) -> list[Any]:
        """Give the receivers, each once."""
        return list(self.signal.receivers)

    def connections(self) -> list[tuple[Any, Any, bool, bool, int]]:
        """Give the connections with their options."""
        return [
            (each.receiver, each.sender, each.weak, each.once, each.priority)
            for each in self.signal.connections
        ]

    def receivers_for(self, sender: Any) -> list[Any]:
        """Give the receivers that match a sender."""
        return list(self.signal.receivers_for(sender))

    def has_receivers_for(self, sender: Any) -> bool:
        """Tell whether there are any."""
        found: bool = self.signal.has_receivers_for(sender)
        return found

    def clear(self) -> None:
        """Disconnect whatever is left."""
        for each in self.connections():
            self.disconnect(each[0])

    def watch(self, note: Callable[[str, Any, Any], None]) -> object:
        """Have each connecting and disconnecting noted; give what has to be kept alive."""

        def connected(_: object, connection: Any) -> None:
            note("connected", connection.receiver, connection.sender)

        def disconnected(_: object, connection: Any) -> None:
            note("disconnected", connection.receiver, connection.sender)

        self.signal.receiver_connected.connect(connected)
        self.signal.receiver_disconnected.connect(disconnected)
        return connected, disconnected


class KeywordFace(Face):
    """A `KeywordSignal`."""

    watchable = False

    def make(self) -> Any:
        """Declare it."""

        @KeywordSignal
        def model(sender: object, /, *, payload: object) -> None:
            """It is tried."""

        return model

    def send(self, sender: Any, payload: object) -> Pairs:
        """Send with the payload as a keyword."""
        return list(self.signal.send(sender, payload=payload))

    def send_robust(self, sender: Any, payload: object) -> Pairs:
        """The same, whatever they raise."""
        return [_pair(each) for each in self.signal.send_robust(sender, payload=payload)]

    def send_async(self, sender: Any, payload: object) -> Pairs:
        """The same, to both kinds."""
        return list(_step(self.signal.send_async(sender, payload=payload)))

    def send_robust_async(self, sender: Any, payload: object) -> Pairs:
        """The same, to both kinds, whatever they raise."""
        sending = self.signal.send_robust_async(sender, payload=payload)
        return [_pair(each) for each in _step(sending)]


class DropInFace(Face):
    """A signal of `aldis.blinker`, with blinker's rules."""

    has_options = False
    mutes_receivers = False
    is_robust = False
    is_weakening = False
    any_is_all = True

    def make(self) -> Any:
        """Make it; of lost receivers it tells only when it is asked to."""
        signal = aldis.blinker.Signal()
        signal.warn_of_lost_receivers = True
        return signal

    def value_key(self, name: str, value: Any) -> object:
        """Give its value for any `int` or `str`, else itself."""
        if isinstance(value, int):
            return (int, int(value))
        return (str, str(value)) if isinstance(value, str) else name

    def connect(self, receiver: Any, sender: Any, weak: bool, once: bool, priority: int) -> Any:
        """Connect with the one option that there is."""
        return self.signal.connect(receiver, sender, weak)

    def send(self, sender: Any, payload: object) -> Pairs:
        """Send with the payload as a keyword."""
        pairs: Pairs = self.signal.send(sender, payload=payload)
        return pairs

    def send_async(self, sender: Any, payload: object) -> Pairs:
        """The same, to both kinds."""
        pairs: Pairs = _step(self.signal.send_async(sender, payload=payload))
        return pairs

    def clear(self) -> None:
        """Disconnect whatever is left."""
        self.signal.receivers.clear()

    def watch(self, note: Callable[[str, Any, Any], None]) -> object:
        """Have each connecting and disconnecting noted; give what has to be kept alive."""

        def connected(_: object, *, receiver: Any, sender: Any, weak: bool) -> None:
            note("connected", receiver, sender)

        def disconnected(_: object, *, receiver: Any, sender: Any) -> None:
            note("disconnected", receiver, sender)

        self.signal.receiver_connected.connect(connected)
        self.signal.receiver_disconnected.connect(disconnected)
        return connected, disconnected


class BlinkerFace(DropInFace):
    """blinker itself, which calls in any order and says nothing of lost receivers."""

    is_async = False
    is_ordered = False
    is_tidy = False
    tells_lost = False
    any = blinker.ANY

    def make(self) -> Any:
        """Make it."""
        return blinker.Signal()

    def clear(self) -> None:
        """Disconnect whatever is left."""
        self.signal._clear_state()


def _pair(outcome: Any) -> tuple[Any, Any]:
    error: object = outcome.error
    kind: Any = type(error)
    return (outcome.receiver, outcome.value if error is None else kind)


def _step(sending: Coroutine[Any, Any, Any]) -> Any:
    """Run what never waits for anything."""
    try:
        sending.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("there was nothing to wait for")

"""Faults of re-entrancy: receivers that change, mute or send the signal that calls them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.behaviour.recording import in_thread
from tests.faults.faces import DROP_IN, EVERY, OWN, SIGNAL, Face, Fails, on
from tests.faults.receiving import Owner, receive

Receiver = Callable[[object, object], object]


def make_receivers(names: str, calls: list[str] | None = None) -> dict[str, Receiver]:
    """Make receivers that give their names, and note them."""

    def make(name: str) -> Receiver:
        def named(sender: object, payload: object) -> object:
            if calls is not None:
                calls.append(name)
            return name

        return named

    return {name: make(name) for name in names}


# -- E1 ----------------------------------------------------------------------------------------


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("target", ["every sender", "this sender"])
def test_e1_a_receiver_connected_by_another_waits_for_the_next_sending(
    face: Face, target: str
) -> None:
    """The running sending goes on as it began; the next one calls the new receiver."""
    signal = face.make()
    sender = face.any if target == "every sender" else "sender"

    def connect(_: object, payload: object) -> object:
        signal.connect(receive, sender)
        signal.connect(connect, sender)
        return "connected"

    signal.connect(connect)
    assert face.values(signal, "sender", "payload") == ["connected"]
    assert sorted(map(str, face.values(signal, "sender", "payload"))) == ["connected", "payload"]


@on(*EVERY, blinker=Fails("it is called in the same sending"))
def test_e1_a_receiver_connected_anew_waits_too(face: Face) -> None:
    """A receiver that was disconnected and connected again waits for the next sending, too."""
    signal = face.make()
    others = {name: [other] for name, other in zip("ab", "ba", strict=True)}
    receivers: dict[str, Receiver] = {}

    def make(name: str) -> Receiver:
        def renew(sender: object, payload: object) -> object:
            for other in others[name]:
                signal.disconnect(receivers[other])
                signal.connect(receivers[other])
            return name

        return renew

    for name in "ab":  # whichever comes first renews the other one
        receivers[name] = make(name)
        signal.connect(receivers[name])

    assert len(face.values(signal)) == 1
    others.update(a=[], b=[])
    assert sorted(map(str, face.values(signal))) == ["a", "b"]


@on(*EVERY, blinker=True)
def test_e1_a_nested_sending_calls_what_was_connected_before_it(face: Face) -> None:
    """A nested sending calls what was connected before it began."""
    signal, inner = face.make(), list[Any]()

    def connect_and_send(sender: object, payload: object) -> object:
        if payload == "outer":
            signal.connect(receive)
            inner.extend(face.values(signal, None, "inner"))
        return "sent"

    signal.connect(connect_and_send)
    assert face.values(signal, None, "outer") == ["sent"]
    assert sorted(map(str, inner)) == ["inner", "sent"]


# -- E2 ----------------------------------------------------------------------------------------


def disconnect_each_other(face: Face, arguments: tuple[object, ...], nested: bool) -> int:
    """Have two receivers disconnect each other, and count those that are called."""
    signal, receivers = face.make(), dict[str, Receiver]()

    def make(name: str, other: str) -> Receiver:
        def disconnect(sender: object, payload: object) -> object:
            if nested and payload == "outer":
                face.send(signal, sender, "inner")
            else:
                signal.disconnect(receivers[other], *arguments)
            return name

        return disconnect

    receivers["a"], receivers["b"] = make("a", "b"), make("b", "a")
    for receiver in receivers.values():
        signal.connect(receiver, "sender")
    called = face.values(signal, "sender", "outer")
    assert called == face.values(signal, "sender", "done")
    return len(called)


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("nested", [False, True])
def test_e2_a_receiver_disconnected_by_an_earlier_one_is_not_called(
    face: Face, nested: bool
) -> None:
    """A receiver disconnected by an earlier one is not called, not even by way of a nested send."""
    assert disconnect_each_other(face, (), nested) == 1


@on(*EVERY, blinker=Fails("it is called once more"))
@pytest.mark.parametrize("nested", [False, True])
def test_e2_a_receiver_disconnected_from_this_sender_is_not_called(
    face: Face, nested: bool
) -> None:
    """A disconnect from the sender of the running sending counts in it as well."""
    assert disconnect_each_other(face, ("sender",), nested) == 1


@on(*EVERY)  # blinker may call it first
def test_e2_another_matching_connection_steps_in(face: Face) -> None:
    """Disconnected from this sender alone, it is called by its connection to `ANY`, once."""
    signal = face.make()

    def disconnect(sender: object, payload: object) -> object:
        signal.disconnect(receive, "sender")
        return "disconnected"

    signal.connect(disconnect)
    signal.connect(receive, "sender")
    signal.connect(receive)
    assert face.values(signal, "sender", "payload") == ["disconnected", "payload"]


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("sender", ["every sender", "this sender"])
def test_e2_a_receiver_that_disconnects_itself_has_its_call(face: Face, sender: str) -> None:
    """One that disconnects itself has its call and its result, and no further call."""
    signal = face.make()
    arguments = () if sender == "every sender" else ("sender",)

    def leave(_: object, payload: object) -> object:
        signal.disconnect(leave, *arguments)
        return "left"

    signal.connect(leave, "sender")
    signal.connect(receive)
    assert sorted(map(str, face.values(signal, "sender", "payload"))) == ["left", "payload"]
    assert face.values(signal, "sender", "payload") == ["payload"]


# -- E3 ----------------------------------------------------------------------------------------


@on(*EVERY, blinker=True)
def test_e3_muting_the_signal_does_not_end_the_running_sending(face: Face) -> None:
    """The running sending goes on to its end; those that begin in the silence call nobody."""
    signal, blocks, inner = face.make(), contextlib.ExitStack(), list[Any]()

    def make(name: str) -> Receiver:
        def mute(sender: object, payload: object) -> object:
            blocks.enter_context(signal.muted())
            inner.extend(face.values(signal))
            return name

        return mute

    receivers = {name: make(name) for name in "abc"}
    for receiver in receivers.values():
        signal.connect(receiver)
    with blocks:
        assert sorted(map(str, face.values(signal))) == ["a", "b", "c"]
        assert inner == []
        assert face.values(signal) == []
    assert signal.has_receivers_for(None)
    with blocks:
        assert len(face.values(signal)) == 3


@on(*OWN)
def test_e3_muting_a_receiver_counts_from_the_next_sending_on(face: Face) -> None:
    """A receiver muted by an earlier one is still called, and not in the sendings after it."""
    signal, blocks, receivers = face.make(), contextlib.ExitStack(), dict[str, Receiver]()

    def mute(sender: object, payload: object) -> object:
        blocks.enter_context(signal.muted(receivers["a"], mute))
        return "muted"

    receivers |= make_receivers("ab")
    for receiver in (mute, *receivers.values()):
        signal.connect(receiver)
    with blocks:
        assert face.values(signal) == ["muted", "a", "b"]
        assert face.values(signal) == ["b"]
    with blocks:
        assert face.values(signal) == ["muted", "a", "b"]


# -- E4 ----------------------------------------------------------------------------------------


@on(*EVERY, blinker=True)
def test_e4_a_receiver_may_send_the_signal_that_calls_it(face: Face) -> None:
    """Each nested sending is a whole one, and gives its own results."""
    signal = face.make()

    def nest(sender: object, payload: Any) -> object:
        return (payload, face.values(signal, sender, payload - 1) if payload else [])

    signal.connect(nest)
    signal.connect(nest, "sender")
    assert face.values(signal, "sender", 3) == [(3, [(2, [(1, [(0, [])])])])]


@on(*EVERY)
def test_e4_nested_sendings_keep_the_order(face: Face) -> None:
    """The inner sending is done, in order, before the outer one calls its next receiver."""
    signal, calls = face.make(), list[str]()

    def make(name: str) -> Receiver:
        def note(sender: object, payload: Any) -> object:
            calls.append(f"{name}{payload}")
            if name == "b" and payload:
                face.send(signal, sender, payload - 1)
            return None

        return note

    receivers = [make(name) for name in "abc"]
    for receiver in receivers:
        signal.connect(receiver)
    face.send(signal, None, 2)
    assert calls == ["a2", "b2", "a1", "b1", "a0", "b0", "c0", "c1", "c2"]


@on(*OWN)
def test_e4_a_nested_sending_does_not_call_a_once_receiver_again(face: Face) -> None:
    """A `once` receiver is claimed before its call: no sending that it starts calls it again."""
    signal, calls = face.make(), list[object]()

    def nest(sender: object, payload: object) -> None:
        calls.append(payload)
        calls.append(face.values(signal, sender, "inner"))

    signal.connect(nest, once=True)
    face.send(signal, None, "outer")
    assert calls == ["outer", []]
    assert not signal.receivers


# -- E6 ----------------------------------------------------------------------------------------


def is_usable(face: Face, signal: Any) -> bool:
    """Tell whether a signal can be changed and sent, from another thread as well."""
    signal.connect(receive, "after")
    values = in_thread(lambda: face.values(signal, "after", "payload"))
    in_thread(lambda: signal.disconnect(receive, "after"))
    return "payload" in values and "payload" not in face.values(signal, "after", "payload")


@on(*EVERY, blinker=True)
def test_e6_sendings_without_end_are_a_recursion_error(face: Face) -> None:
    """The outermost sending raises `RecursionError`, and the signal is as usable as before."""
    signal = face.make()

    def nest(sender: object, payload: object) -> None:
        if payload == "without end":
            face.send(signal, sender, payload)

    signal.connect(nest)
    for _ in range(3):
        with pytest.raises(RecursionError):
            face.send(signal, None, "without end")
        assert is_usable(face, signal)


@pytest.mark.anyio
@on(*EVERY, blinker=True)
async def test_e6_async_sendings_without_end_are_a_recursion_error(face: Face) -> None:
    """Async sendings, each awaited in a receiver of the one before, end likewise."""
    signal = face.make()

    async def nest(sender: object, payload: object) -> None:
        await face.send_async(signal, sender, payload)

    signal.connect(nest)
    for _ in range(3):
        with pytest.raises(RecursionError):
            await face.send_async(signal, None, "without end")
    signal.disconnect(nest)
    assert is_usable(face, signal)


@on(*EVERY)
def test_e6_what_was_changed_on_the_way_down_stands(face: Face) -> None:
    """Each connection whose `connect` returned is there, wherever the recursion broke off."""
    signal, owners, connected = face.make(), list[Owner](), list[Owner]()

    def connect_and_send(sender: object, payload: object) -> None:
        owner = Owner()
        owners.append(owner)
        signal.connect(owner.receive)
        connected.append(owner)
        with signal.connected_to(receive, "sender"), signal.muted():
            pass
        face.send(signal, sender, payload)

    signal.connect(connect_and_send)
    with pytest.raises(RecursionError):
        face.send(signal, None, "payload")
    signal.disconnect(connect_and_send)

    found = {id(each.__self__) for each in signal.receivers_for(None)}
    assert {id(owner) for owner in connected} <= found <= {id(owner) for owner in owners}
    assert len(face.values(signal)) == len(found)
    assert face.values(signal, "sender") == face.values(signal)  # no block of connected_to is left
    owners.clear()
    connected.clear()
    assert is_usable(face, signal)
    assert not signal.receivers


@on(SIGNAL, DROP_IN)
def test_e6_changes_that_tell_of_themselves_without_end_are_a_recursion_error(face: Face) -> None:
    """Connections that are made by who is told of a connection end likewise."""
    signal, owners = face.make(), list[Owner]()

    def connect_another(*_: object, **payload: object) -> None:
        owners.append(Owner())
        signal.connect(owners[-1].receive)

    signal.receiver_connected.connect(connect_another)
    with pytest.raises(RecursionError):
        signal.connect(receive)
    signal.receiver_connected.disconnect(connect_another)

    assert len(owners) - 3 <= len(face.values(signal)) - 1 <= len(owners)
    owners.clear()
    signal.disconnect(receive)
    assert is_usable(face, signal)


# -- E7 ----------------------------------------------------------------------------------------


@on(*EVERY, blinker=Fails("receivers are kept in sets of ids, which have no order"))
def test_e7_the_order_is_that_of_connecting_for_each_mix(face: Face) -> None:
    """Four receivers come in the order of connecting, in each of 1944 mixes."""
    sender = Owner()
    receivers = make_receivers("abcd")
    targets = (face.any, sender, "text")
    for names in itertools.permutations(receivers):
        for chosen in itertools.product(targets, repeat=4):
            signal = face.make()
            for name, target in zip(names, chosen, strict=True):
                signal.connect(receivers[name], target)
            for asked in (sender, "text", "another"):
                wanted = [
                    name
                    for name, target in zip(names, chosen, strict=True)
                    if target is face.any or target is asked
                ]
                assert face.values(signal, asked) == wanted
                assert len(list(signal.receivers_for(asked))) == len(wanted)


@on(*EVERY, blinker=Fails("receivers are kept in sets of ids, which have no order"))
def test_e7_the_order_does_not_depend_on_the_run(face: Face) -> None:
    """Hundreds of receivers come in their order, whatever their ids, which differ in each run."""
    receivers = list(make_receivers("".join(map(chr, range(0x4E00, 0x4E00 + 300)))).values())
    for order in (receivers, receivers[::-1], receivers[::2] + receivers[1::2]):
        signal = face.make()
        for receiver in order:
            signal.connect(receiver)
        assert [receiver for receiver, _ in face.send(signal, None, None)] == order


@on(*EVERY)
@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["connect", "connect", "disconnect", "disconnect from"]),
            st.sampled_from("abc"),
            st.sampled_from(["any", "one", "two"]),
        ),
        max_size=14,
    )
)
def test_e7_the_order_is_kept_by_reconnects_and_disconnects(
    face: Face, steps: list[tuple[str, str, str]]
) -> None:
    """A pair connected again keeps its place; disconnected in between, it goes to the end."""
    signal, receivers = face.make(), make_receivers("abc")
    pairs: dict[tuple[str, str], None] = {}
    for what, name, target in steps:
        if what == "connect":
            signal.connect(receivers[name], face.any if target == "any" else target)
            pairs.setdefault((name, target))
        elif what == "disconnect":
            signal.disconnect(receivers[name])
            pairs = {pair: None for pair in pairs if pair[0] != name}
        elif target != "any":  # from ANY alone: the drop-in, as blinker, means all by it
            signal.disconnect(receivers[name], target)
            pairs.pop((name, target), None)

    for sender in ("one", "two", "three"):
        wanted = [name for name, target in pairs if target in {"any", sender}]
        assert face.values(signal, sender) == list(dict.fromkeys(wanted))

"""A signal from the inside: what it says when something is refused, lost or copied."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import pytest

from aldis import ANY, LostReceiverWarning, Signal
from aldis._changes import Change
from aldis._connection import Options
from aldis._inspection import describe
from aldis._middleware import check_middleware
from aldis._offering import tap
from aldis._registry import Registry
from aldis._wiring import Wanted, check_options, disconnect_all, install, uninstall
from aldis.exceptions import AsyncMiddlewareError, OptionError
from tests.behaviour.recording import lost_receivers
from tests.interpreters import needs_refcounting


def receiver(sender: object, payload: object) -> None:
    """Receive."""


def make_lost() -> Any:
    """Make a function that nobody keeps."""

    def lost(sender: object, payload: object) -> None:
        """Is soon lost."""

    return lost


@pytest.mark.parametrize(
    ("name", "start"), [(None, "a signal cannot"), ("orders", "the signal 'orders' cannot")]
)
def test_a_copy_is_refused_by_name(name: str | None, start: str) -> None:
    """There is nothing that it could mean."""
    with pytest.raises(TypeError) as refused:
        copy.copy(Signal[str](name))
    assert str(refused.value).startswith(start)


@needs_refcounting
def test_a_lost_receiver_is_named_with_its_place() -> None:
    """By the module, the qualified name, the file and the line of its definition."""
    signal = Signal[str]("orders")
    line = make_lost().__code__.co_firstlineno
    signal.connect(make_lost())
    with lost_receivers() as lost:
        signal.send(None, "payload")
    (warning,) = lost
    assert warning.receiver == f"{__name__}.make_lost.<locals>.lost ({__file__}:{line})"
    assert warning.signal == "orders"


@needs_refcounting
@pytest.mark.parametrize(("times", "filtered"), [(1, "default"), (2, "always")])
def test_a_place_is_warned_of_as_often_as_the_filters_say(times: int, filtered: Any) -> None:
    """The module of the receiver remembers what it was warned of, as for any warning."""
    globals().pop("__warningregistry__", None)
    signal = Signal[str]()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(filtered, LostReceiverWarning)
        for _ in range(2):
            signal.connect(make_lost())
            signal.send(None, "payload")
    assert len(caught) == times
    assert globals().pop("__warningregistry__")


@pytest.mark.parametrize(
    ("option", "needed"), [("priority", "an int"), ("once", "a bool"), ("weak", "a bool")]
)
def test_an_option_of_another_type_is_refused(option: str, needed: str) -> None:
    """Saying which one, what was found and what is needed."""
    wrong: dict[str, Any] = {option: "text"}
    options = Options(**wrong)
    with pytest.raises(OptionError) as refused:
        check_options(receiver, options)
    facts = refused.value
    assert (facts.option, facts.found, facts.needed) == (option, "<str>", needed)


class Looking(Change):
    """Looks at a signal inside an operation."""

    def __init__(self, look: Any) -> None:
        super().__init__()
        self.look = look

    def apply(self, registry: Registry, trash: list[object]) -> None:
        """Look."""
        self.look()


@needs_refcounting
def test_inside_an_operation_receivers_are_those_that_can_be_called() -> None:
    """What has died or is used up is still in the tables, and is not shown."""
    signal, kept, seen = Signal[str](), [make_lost()], list[object]()

    def once(sender: object, payload: object) -> None:
        """Is used up."""

    def look() -> None:
        kept.clear()
        signal.send(None, "payload")
        seen.append(signal.receivers)
        seen.append([each.receiver for each in signal.connections])
        seen.append(signal.receivers_for(None))

    signal.connect(kept[0])
    signal.connect(once, once=True)
    signal.connect(receiver)
    with lost_receivers() as lost:
        signal._submit(Looking(look))
        assert not lost
        assert signal.receivers == (receiver,)
    assert seen == [(receiver,), [receiver], (receiver,)]
    assert len(lost) == 1


async def async_middleware(call: object, call_next: Any) -> object:
    """Stand around a receiver, and change nothing."""
    return await call_next()


def test_async_middleware_under_send_is_refused_by_all_names() -> None:
    """Of the signal, the receivers that are there, and the middleware."""
    signal = Signal[str]("orders")
    signal.use(async_middleware)
    assert signal.send(None, "payload").values == ()
    kept = [make_lost()]
    signal.connect(kept[0])
    signal.connect(receiver)
    with pytest.raises(AsyncMiddlewareError) as refused:
        signal.send(None, "payload")
    assert refused.value.signal == "orders"
    assert refused.value.receivers == (describe(kept[0]), describe(receiver))
    assert refused.value.middleware == (describe(async_middleware),)


@pytest.mark.parametrize("within", [False, True])
def test_only_async_receivers_that_are_there_are_named(within: bool) -> None:
    """One that is used up can be in the tables still."""

    async def once(sender: object, payload: object) -> None:
        """Is used up."""

    signal = Signal[str]()
    if within:
        signal.use(async_middleware)
    signal.connect(once, once=True)
    (record,) = signal._registry.all_records()
    assert record.ticket is not None
    record.ticket.clear()  # claimed in another thread, which has not come further
    assert signal.send(None, "payload").values == ()


def test_middleware_is_entered_once_and_leaves_by_its_undo() -> None:
    """A namespace may come by with one that is there; an undo leaves nothing in the tables."""
    signal = Signal[str]()
    installed = check_middleware(async_middleware, "receiver", inner=True)
    install(installed, signal)
    assert signal._registry.uses(installed)
    plan = signal._registry.select(None)
    install(installed, signal)
    assert signal._registry.select(None) is plan
    uninstall(installed, signal)
    assert not signal._registry.uses(installed)


def test_a_stream_that_ends_leaves_the_others() -> None:
    """Two of them that read into one intake end one by one."""
    signal = Signal[str]()
    with tap(signal, receiver, "a"):
        with tap(signal, receiver, "b"):
            assert len(signal._registry.all_records()) == 2
        assert [record.sender for record in signal._registry.all_records()] == [(str, "a")]
        assert [record() for record in signal._registry.all_records()] == [receiver]
    assert signal._registry.all_records() == []


@needs_refcounting
@pytest.mark.parametrize("how", ["a stream is opened", "several are disconnected"])
def test_what_was_lost_before_is_told_before(how: str) -> None:
    """Not after the operation that came next."""
    signal = Signal[str]()
    signal.connect(make_lost())
    with lost_receivers() as lost:
        if how == "a stream is opened":
            with tap(signal, receiver, ANY):
                pass
        else:
            wanted = Wanted(signal, receiver, ANY, Options())
            assert not disconnect_all([wanted])
    assert len(lost) == 1

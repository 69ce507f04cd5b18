"""A signal from the inside: what it says when something is refused, lost or copied."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import pytest

from aldis import LostReceiverWarning, Signal
from aldis._changes import Change
from aldis._connection import Options
from aldis._registry import Registry
from aldis._wiring import check_options
from aldis.exceptions import OptionError
from tests.behaviour.recording import lost_receivers


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

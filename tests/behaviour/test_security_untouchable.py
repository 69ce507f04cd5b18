"""What takes part in a sending is passed on and never asked: no special method of it is called."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType
from typing import Any

import pytest

import aldis
from aldis import Signal
from aldis.exceptions import ReceiverError
from tests.behaviour.hostile import (
    Cast,
    Touched,
    Walk,
    make,
    make_class,
    make_text,
    nothing_touched,
    rename,
    touched,
)
from tests.interpreters import IS_CPYTHON

can_be_made = pytest.mark.skipif(
    not IS_CPYTHON, reason="what cannot be made there without touching or copying it"
)

# pytest looks at what stands in a module by itself, and so touches it.
KINDS = {
    "plain": make_class(),
    "without weak references": make_class(without=("__dict__",), __slots__=()),
    "no coroutine": make_class(without=("__await__",)),
}


def hostile(kind: str = "plain") -> Any:
    """Make an object that may not be touched."""
    return make(KINDS[kind])


def give_hostile(_owner: object, sender: object, payload: object) -> object:
    """Receive as a method, and return what may not be touched."""
    return hostile("no coroutine")


def take_keywords(_owner: object, sender: object, **payload: object) -> object:
    """Receive keywords as a method."""
    return hostile("no coroutine")


def fail(_owner: object, sender: object, payload: object) -> None:
    """Receive as a method, and raise."""
    raise ValueError


class HostilePartial(functools.partial[Any]):
    """A partial that says something else of itself."""

    func: Any = property(lambda self: self)
    args: Any = property(lambda self: self)
    keywords: Any = property(lambda self: self)


def receivers_of(function: Callable[..., Any]) -> tuple[Any, ...]:
    """Make a receiver of each kind of a function that takes an owner first."""
    callable_kind = make_class(without=("__call__", "__await__"), __call__=function)
    owner, called = hostile(), make(callable_kind)
    return (
        called,
        MethodType(function, owner),
        functools.partial(called),
        functools.partial(function, owner),
        HostilePartial(function, owner),
        MethodType(called, owner) if function is fail else functools.partial(function, hostile()),
    )


def test_each_touch_is_noted() -> None:
    """The tests below bite: whatever is asked of such an object is seen."""
    it, kind = hostile(), KINDS["plain"]
    asks: list[Callable[[], object]] = [
        lambda: repr(it),
        lambda: it == 1,
        lambda: hash(it),
        lambda: bool(it),
        lambda: it.__class__,
        lambda: isinstance(it, int),
        lambda: f"{it}",
        lambda: hasattr(it, "anything"),
        lambda: kind.__name__,
        lambda: kind.__mro__,
        lambda: kind == 1,
        lambda: isinstance(1, kind),
        lambda: len(make_text("text")),
        lambda: f"{make_text('text')}",
    ]
    for ask in asks:
        touched.clear()
        with pytest.raises(Touched):
            ask()
        assert len(touched) == 1


def cast(sender: Any, **options: Any) -> Cast:
    """Choose who takes part."""
    return Cast(
        sender=sender,
        payload=hostile(),
        receivers=receivers_of(give_hostile),
        failing=receivers_of(fail)[0],
        keyword_receivers=receivers_of(take_keywords),
        **options,
    )


@can_be_made
@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["plain", "without weak references"])
async def test_nobody_who_takes_part_is_touched(kind: str) -> None:
    """Senders, payloads, receivers, their owners, what they return, and the classes of all."""
    walk = Walk(cast(hostile(kind)))
    with nothing_touched():
        await walk.run()
    assert walk.said
    assert walk.records
    assert walk.spans


@can_be_made
@pytest.mark.anyio
async def test_a_bound_method_as_sender_is_not_touched() -> None:
    """It is known by its two halves."""
    walk = Walk(cast(MethodType(make(make_class(without=("__call__",), __call__=fail)), hostile())))
    with nothing_touched():
        await walk.run()


@can_be_made
@pytest.mark.anyio
async def test_names_that_are_more_than_texts_are_not_touched() -> None:
    """A name can be of a subclass of `str`, with a length and characters of its own."""
    renamed = rename(lambda sender, payload: None, make_text("name"), "file")
    never_run = rename(fail, make_text("name"), make_text("file"))  # tracers look at a file's name
    failing = rename(fail, make_text("name"), "file")
    walk = Walk(
        cast(hostile())._replace(
            receivers=(renamed,),
            failing=functools.partial(failing, None),
            name=make_text("placed"),
        )
    )
    with nothing_touched():
        await walk.run()
        signal = Signal[Any]()
        signal.connect(functools.partial(never_run, None), weak=False)
        assert repr(signal.connections[0]).startswith("<Connection of a partial of ?.name (file:")
    assert ("repr of namespace", "<Namespace 'placed': placed>") in walk.said


# -- what an error is --------------------------------------------------------------------------


class HostileError(Exception):
    """What a receiver raises, and is neither printed nor asked whether it is true."""

    __class__: Any = property(lambda self: touched.append("__class__"))


for _name in ("__eq__", "__hash__", "__bool__", "__len__", "__repr__", "__str__", "__format__"):
    setattr(HostileError, _name, lambda *_, _name=_name: touched.append(_name))


@pytest.mark.anyio
@pytest.mark.parametrize("concurrency", [1, None])
async def test_what_is_raised_is_passed_on(concurrency: int | None) -> None:
    """It is noted on and raised again, and else it is the caller's."""
    signal, error = Signal[Any](), HostileError()

    def receive(sender: object, payload: object) -> None:
        raise error

    signal.connect(receive)
    with nothing_touched():
        (outcome,) = await signal.send_robust_async(None, None, concurrency=concurrency)
        assert outcome.error is error
        assert repr(outcome).endswith("raised HostileError>")
        with pytest.raises((HostileError, ExceptionGroup)) as caught:
            await signal.send_async(None, None, concurrency=concurrency)
        raised: Any = caught.value
        assert (raised if concurrency == 1 else raised.exceptions[0]) is error


# -- receivers that are looked at --------------------------------------------------------------

REFUSED: dict[str, Any] = {
    "not callable": make(make_class(without=("__call__",))),
    "class of such": make_class(without=("__call__",)),
    "too few parameters": make(make_class(without=("__call__",), __call__=lambda self: None)),
    "generator": make(
        make_class(without=("__call__",), __call__=lambda self, sender, payload: (yield))
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_is_not_touched(kind: str) -> None:
    """The error names its type alone."""
    refused = REFUSED[kind]
    with nothing_touched():
        if kind == "class of such":  # its constructor cannot be known
            assert Signal[Any]().connect(refused, weak=False) is refused
            return
        with pytest.raises(ReceiverError, match=r"hostile\.Hostile"):
            Signal[Any]().connect(refused)
        with pytest.raises(TypeError, match=r"hostile\.Hostile"):
            Signal[Any]().use(refused)


def callable_by(call: Any, **names: Any) -> Any:
    """Make an object whose `__call__` is no plain function, so that `inspect` would be asked."""
    return make(make_class(without=("__call__", *names), __call__=call, **names))


UNREADABLE: dict[str, Any] = {
    "C function": callable_by(print),
    "partial": callable_by(functools.partial(print)),
    # On PyPy, to make such a list is to touch it.
    "C method": make(make_class(list), list) if IS_CPYTHON else [],
    "signature in a text": type("Texts", (), {"__signature__": "(a=touch)", "__call__": print})(),
    "signature by a call": type(
        "Calls", (), {"__signature__": lambda *_: touched.append("called"), "__call__": print}
    )(),
}


@can_be_made
@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_without_running_it_is_not_read(kind: str) -> None:
    """It is accepted, and its call will tell."""
    receiver: Any = UNREADABLE[kind]
    if kind == "C method":
        receiver = list.append.__get__(receiver)
    signal = Signal[Any]()
    with nothing_touched():
        connect: Any = signal.connect
        connect(receiver, weak=False)
        assert len(signal.receivers) == 1
        assert signal.connections
        assert signal.disconnect(receiver)


@can_be_made
def test_a_partial_that_holds_itself_is_not_followed_for_ever() -> None:
    """Nor is a static method that does."""
    turning: Any = HostilePartial(print)
    turning.__setstate__((turning, (), {}, {}))
    static: Any = staticmethod(print)
    static.__init__(static)
    for receiver in (turning, static):
        signal = Signal[Any]()
        signal.connect(receiver, weak=False)
        assert "connections 1" in repr(signal)
    turning.__setstate__((print, (), {}, {}))
    static.__init__(print)


def test_attributes_that_are_properties_are_not_read() -> None:
    """Neither of what is connected, nor of what stands in a class with marked methods."""
    signal = Signal[Any]()
    # `type` itself calls `__set_name__` of what stands in a class.
    receiver: Any = make(make_class(without=("__call__", "__set_name__"), __call__=fail))

    class Owner:
        other = receiver

        @signal.receiver
        def receive(self, sender: object, payload: object) -> None: ...

    owner = Owner()
    with nothing_touched():
        aldis.connect_methods(owner)
        signal.connect(receiver)
        assert len(signal.receivers) == 2
        assert aldis.disconnect_methods(owner)

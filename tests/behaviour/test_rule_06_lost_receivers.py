"""Rule 6: weak by default, and never silent about a function that was lost."""

# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Lambdas in tables have no annotations: what stands there is of every kind, on purpose.

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aldis import KeywordSignal, LostReceiverWarning, Signal
from tests.behaviour.recording import Calls, Shop, Way, in_each_way, lost_receivers, run_python
from tests.interpreters import needs_refcounting

SHOP = Shop()
HERE = str(Path(__file__))


def take(sender: object, payload: int, more: object = None) -> str:
    """Receive; module functions live on, partials of them need not."""
    return "taken"


def connect_and_lose(signal: Signal[int], **options: Any) -> int:
    """Connect a nested function, lose it, and give the line where it was defined."""

    def nested(sender: object, payload: int) -> None: ...

    line: int = nested.__code__.co_firstlineno
    signal.connect(nested, **options)
    return line


def connect_lambda(signal: Signal[int]) -> None:
    """Connect a lambda and lose it."""
    signal.connect(lambda sender, payload: None)


def connect_partial(signal: Signal[int]) -> None:
    """Connect a partial and lose it."""
    signal.connect(partial(take, more=1))


def connect_async(signal: Signal[int]) -> None:
    """Connect an async function and lose it."""

    async def nested(sender: object, payload: int) -> None: ...

    signal.connect(nested)


def connect_partial_of_builtin(signal: Signal[int]) -> None:
    """Connect a partial of a C function and lose it."""
    receiver: Any = partial(isinstance)
    signal.connect(receiver)


LOSING: dict[str, tuple[Callable[[Signal[int]], object], str]] = {
    "nested function": (connect_and_lose, "connect_and_lose.<locals>.nested"),
    "lambda": (connect_lambda, "connect_lambda.<locals>.<lambda>"),
    "partial": (connect_partial, f"a partial of {__name__}.take ("),
    "async function": (connect_async, "connect_async.<locals>.nested"),
    "partial of a C function": (connect_partial_of_builtin, "partial"),
}


@needs_refcounting
@pytest.mark.parametrize("kind", LOSING)
def test_a_lost_function_is_told_of(kind: str) -> None:
    """A collected function, lambda or partial is named, with the mend (W1)."""
    lose, name = LOSING[kind]
    signal = Signal[int]("order_placed")
    lose(signal)
    with lost_receivers() as lost:
        signal.send(SHOP, 1)

    (warning,) = lost
    text = str(warning)
    assert name in text
    assert name in warning.receiver
    assert "order_placed" in text
    assert warning.signal == "order_placed"
    assert "weak=False" in text
    assert text.endswith("keep a reference to it")
    assert isinstance(warning, RuntimeWarning)


@needs_refcounting
def test_the_warning_says_where_the_function_was_defined() -> None:
    """File and line of the definition are in the text and are where the warning is given."""
    signal = Signal[int]()
    line = connect_and_lose(signal)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        signal.send(SHOP, 1)

    (warning,) = caught
    assert f"{HERE}:{line}" in str(warning.message)
    assert (warning.filename, warning.lineno) == (HERE, line)
    assert warning.category is LostReceiverWarning


def test_the_warning_can_be_filtered_by_the_module_of_the_definition() -> None:
    """A filter for the module in which the receiver was defined holds."""
    signal = Signal[int]()
    connect_and_lose(signal)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", module=rf"{__name__}\Z")
        signal.send(SHOP, 1)

    assert caught == []


@needs_refcounting
def test_keyword_signals_tell_of_lost_receivers_too() -> None:
    """The rule holds for signals whose payload is passed by keyword."""

    @KeywordSignal
    def placed(sender: object, /, *, total: int) -> None:
        """An order was accepted."""

    receiver: Any = lambda sender, total: None
    placed.connect(receiver)
    del receiver
    with lost_receivers() as lost:
        placed.send(SHOP, total=1)

    assert len(lost) == 1


# -- when it is given --------------------------------------------------------------------------


def _mute(signal: Signal[int]) -> None:
    with signal.muted():
        pass


def _connect_for_a_while(signal: Signal[int]) -> None:
    with signal.connected_to(take):
        pass


@needs_refcounting
@pytest.mark.parametrize(
    "operation",
    [
        lambda signal: signal.send(SHOP, 1),
        lambda signal: signal.send_robust(SHOP, 1),
        lambda signal: signal.connect(take),
        lambda signal: signal.connect_via(SHOP)(take),
        _connect_for_a_while,
        lambda signal: signal.disconnect(take),
        _mute,
        lambda signal: signal.receivers,
        lambda signal: signal.connections,
        lambda signal: signal.receivers_for(SHOP),
        lambda signal: signal.has_receivers_for(SHOP),
        lambda signal: signal.bind(SHOP).send(1),
    ],
    ids=[
        "send",
        "send_robust",
        "connect",
        "connect_via",
        "connected_to",
        "disconnect",
        "muted",
        "receivers",
        "connections",
        "receivers_for",
        "has_receivers_for",
        "bound send",
    ],
)
def test_the_next_operation_gives_the_warning(operation: Callable[[Signal[int]], object]) -> None:
    """Whatever comes next on that signal tells of it, and what comes then does not."""
    signal = Signal[int]()
    connect_and_lose(signal)
    with lost_receivers() as lost:
        operation(signal)
    assert len(lost) == 1

    with lost_receivers() as lost_again:
        operation(signal)
        signal.send(SHOP, 1)
    assert lost_again == []


@needs_refcounting
@pytest.mark.anyio
@in_each_way
async def test_the_warning_comes_before_any_receiver_runs(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sending tells of what was lost, and then calls."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"))
    connect_and_lose(signal)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", lambda *_: calls.names.append("warning"))
        await way(signal, SHOP, 1)

    assert calls.names == ["warning", "receiver"]


@needs_refcounting
def test_another_signal_does_not_give_the_warning() -> None:
    """It is for the signal that lost a receiver to tell of it."""
    signal, another = Signal[int](), Signal[int]()
    connect_and_lose(signal)
    with lost_receivers() as lost:
        another.send(SHOP, 1)
    assert lost == []

    with lost_receivers() as lost:
        signal.send(SHOP, 1)
    assert len(lost) == 1


@needs_refcounting
def test_a_loss_during_a_sending_is_told_of_by_the_next_operation() -> None:
    """A function that an earlier receiver frees is skipped, and then told of."""
    signal, calls = Signal[int](), Calls()
    kept: list[Any] = []
    signal.connect(calls.receiver("first", kept.clear))

    def nested(sender: object, payload: int) -> None: ...

    kept.append(nested)
    signal.connect(nested)
    del nested
    with lost_receivers() as lost:
        assert signal.send(SHOP, 1).values == ("first",)
        signal.send(SHOP, 1)

    assert len(lost) == 1


@needs_refcounting
def test_each_lost_receiver_is_told_of() -> None:
    """Two functions that are lost are two warnings."""
    signal = Signal[int]()
    kept: list[Any] = [lambda sender, payload: None, lambda sender, payload: None]
    doomed: list[Any] = []
    while kept:
        signal.connect(kept[-1])
        doomed.append(kept.pop())
    doomed.clear()
    with lost_receivers() as lost:
        signal.send(SHOP, 1)

    assert len(lost) == 2


@needs_refcounting
def test_a_receiver_lost_with_several_connections_is_told_of_once() -> None:
    """It is the receiver that is lost, so it is named once, however often it was connected."""
    signal = Signal[int]()
    other = Shop()

    def nested(sender: object, payload: int) -> None: ...

    signal.connect(nested)
    signal.connect(nested, SHOP)
    signal.connect(nested, other)
    del nested
    with lost_receivers() as lost:
        signal.send(SHOP, 1)

    assert len(lost) == 1


def test_a_receiver_that_the_collector_frees_is_told_of() -> None:
    """It makes no difference whether a count or the collector frees the function."""
    signal = Signal[int]()

    def connect_cyclic() -> None:
        def cyclic(sender: object, payload: int) -> object:
            return cyclic

        signal.connect(cyclic)

    connect_cyclic()
    gc.collect()
    with lost_receivers() as lost:
        signal.send(SHOP, 1)

    assert len(lost) == 1


# -- as an error -------------------------------------------------------------------------------


@needs_refcounting
@pytest.mark.anyio
@in_each_way
async def test_as_an_error_it_is_raised_once_and_no_receiver_runs(way: Way) -> None:
    """Under an `error` filter the sending raises it before its first call; the next one works."""
    signal, calls = Signal[int](), Calls()
    receiver = calls.receiver("receiver")
    signal.connect(receiver)
    connect_and_lose(signal)
    with pytest.raises(LostReceiverWarning, match=r"weak=False"):
        await way(signal, SHOP, 1)

    assert calls.names == []
    assert signal.receivers == (receiver,)
    assert await way(signal, SHOP, 1) == ("receiver",)


@needs_refcounting
def test_as_an_error_it_leaves_the_state_consistent() -> None:
    """After the error, queries and sendings agree that the lost receiver is gone."""
    signal = Signal[int]()
    connect_and_lose(signal)
    with pytest.raises(LostReceiverWarning):
        signal.receivers  # noqa: B018  # asking is an operation too

    assert signal.receivers == ()
    assert signal.connections == ()
    assert not signal.has_receivers_for(SHOP)
    assert signal.send(SHOP, 1).values == ()


@needs_refcounting
def test_as_an_error_it_is_raised_before_the_effect_of_a_connect() -> None:
    """A connect that raises has connected nothing; the same call again connects."""
    signal = Signal[int]()
    connect_and_lose(signal)
    with pytest.raises(LostReceiverWarning):
        signal.connect(take)
    assert signal.receivers == ()

    signal.connect(take)
    assert list(signal.receivers) == [take]


@needs_refcounting
def test_two_losses_at_once_are_two_errors() -> None:
    """Each error is raised by an operation of its own."""
    signal = Signal[int]()
    kept: list[Any] = [lambda sender, payload: None, lambda sender, payload: None]
    doomed: list[Any] = []
    while kept:
        signal.connect(kept[-1])
        doomed.append(kept.pop())
    doomed.clear()
    for _ in range(2):
        with pytest.raises(LostReceiverWarning):
            signal.send(SHOP, 1)

    assert signal.send(SHOP, 1).values == ()


@needs_refcounting
def test_as_an_error_it_leaves_a_once_connection_unused() -> None:
    """A sending that raises the warning has called nobody and used nothing up."""
    signal, calls = Signal[int](), Calls()
    signal.connect(calls.receiver("receiver"), once=True)
    connect_and_lose(signal)
    with pytest.raises(LostReceiverWarning):
        signal.send(SHOP, 1)

    assert signal.send(SHOP, 1).values == ("receiver",)


# -- when nothing is said ----------------------------------------------------------------------


@needs_refcounting
def test_bound_methods_go_quietly_with_their_object() -> None:
    """The end of an object that receives is nothing to warn about."""
    signal = Signal[int]()
    shop = Shop()
    signal.connect(shop.receive)
    del shop

    assert signal.send(SHOP, 1).values == ()


@needs_refcounting
def test_callable_instances_go_quietly() -> None:
    """The end of a callable object is nothing to warn about."""
    signal = Signal[int]()

    class Counter:
        def __call__(self, sender: object, payload: int) -> None: ...

    counter = Counter()
    signal.connect(counter)
    assert len(signal.receivers) == 1
    del counter

    assert signal.send(SHOP, 1).values == ()


def test_a_disconnected_function_goes_quietly() -> None:
    """What was disconnected is no receiver any more, and so cannot be lost."""
    signal = Signal[int]()

    def nested(sender: object, payload: int) -> None: ...

    signal.connect(nested)
    signal.disconnect(nested)
    del nested

    assert signal.send(SHOP, 1).values == ()


def test_a_used_up_function_goes_quietly() -> None:
    """A `once` receiver that had its call may go."""
    signal = Signal[int]()

    def nested(sender: object, payload: int) -> None: ...

    signal.connect(nested, once=True)
    signal.send(SHOP, 1)
    del nested

    assert signal.send(SHOP, 1).values == ()


def test_a_strong_function_is_not_lost() -> None:
    """`weak=False` keeps the function, as the mend says."""
    signal = Signal[int]()
    connect_and_lose(signal, weak=False)
    gc.collect()

    assert len(signal.send(SHOP, 1)) == 1


@needs_refcounting
def test_a_function_that_goes_with_its_sender_goes_quietly() -> None:
    """When the sender has gone first, the connection has ended already."""
    signal, shop = Signal[int](), Shop()

    def nested(sender: object, payload: int) -> None: ...

    signal.connect(nested, shop)
    del shop
    assert signal.receivers == ()
    del nested

    assert signal.send(SHOP, 1).values == ()


def test_nothing_is_said_when_the_signal_itself_goes() -> None:
    """A dropped signal has nobody to tell."""
    with lost_receivers() as lost:
        signal = Signal[int]()
        connect_and_lose(signal)
        del signal
        gc.collect()

    assert lost == []


def test_nothing_is_said_when_receiver_and_signal_go_together() -> None:
    """A signal and its receiver in one piece of garbage go quietly."""
    with lost_receivers() as lost:

        def make() -> None:
            signal = Signal[int]()

            def cyclic(sender: object, payload: int) -> object:
                return signal

            signal.connect(cyclic, weak=False)

        make()
        gc.collect()

    assert lost == []


def test_nothing_is_said_at_the_exit_of_the_interpreter() -> None:
    """A program that ends with weak receivers alive ends silently, with exit code 0 (W8)."""
    output = run_python(
        """
        from functools import partial
        from aldis import KeywordSignal, Signal

        placed = Signal[int]("placed")

        def receiver(sender, payload): ...

        kept = [lambda sender, payload: None, partial(receiver)]

        class Shop:
            def receive(self, sender, payload): ...
            def __del__(self):
                placed.send(None, 1)

        shop = Shop()
        placed.connect(receiver)
        placed.connect(receiver, shop)
        placed.connect(shop.receive)
        for each in kept:
            placed.connect(each)
        cyclic = [lambda sender, payload: cyclic]
        placed.connect(cyclic[0])
        placed.send(None, 1)
        print("end")
        """
    )

    assert output == "end\n"

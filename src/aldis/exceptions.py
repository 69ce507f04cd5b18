"""Everything that Aldis raises or warns: one class a cause, the facts as attributes.

The facts are texts and numbers, never the objects themselves: an error that is logged, pickled or
kept keeps no receiver, sender or payload alive. Each text ends with the mend.
"""

from __future__ import annotations

from collections.abc import Sequence

_SHOWN = 5  # receivers in one text; the attributes have them all
_LONGEST = 200  # characters of a user's text in one of ours


def shorten(text: str) -> str:
    """Bound a user's text, and escape what cannot be printed: a message is one line, and short.

    Line ends and terminal codes in a name could else write lines of a log that nobody logged.
    """
    whole = str.__str__(text)  # a subclass has a say in all else
    if len(whole) <= _LONGEST and whole.isprintable():
        return whole
    shown = _escape(whole[:_LONGEST])
    if len(whole) <= _LONGEST and len(shown) <= _LONGEST:
        return shown
    return f"{shown[: _LONGEST - 3]}..."


def shorten_file(name: str, longest: int = _LONGEST) -> str:
    """Bound the name of a file, of which the end says more than the beginning."""
    whole = str.__str__(name)
    shown = _escape(whole[-longest:])
    if len(whole) <= longest and len(shown) <= longest:
        return shown
    return f"...{shown[3 - longest :]}"


def quote(text: str) -> str:
    """Put a user's text into quotes, bounded and escaped."""
    whole = str.__str__(text)
    shown = repr(whole[:_LONGEST])
    if len(whole) <= _LONGEST and len(shown) <= _LONGEST + 2:
        return shown
    return f"{shown[: _LONGEST - 3]}...{shown[0]}"


def _escape(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def list_names(names: Sequence[str]) -> str:
    """List names; of many, the first ones."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def show_signal(name: str | None, unnamed: str = "an unnamed signal") -> str:
    """Call a signal by its name, if it has one."""
    return f"the signal {quote(name)}" if name else unnamed


class AldisError(Exception):
    """The base of every error that Aldis raises."""

    def __repr__(self) -> str:
        return _represent(self)

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only facts cannot be rebuilt from `args`; rebuild them whole.
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def _represent(error: BaseException) -> str:
    # By its text: that is bounded, and the facts can be as many and as long as they like.
    return f"{shorten(type(error).__name__)}({str(error)!r})"


def _rebuild(
    kind: type[AldisError], args: tuple[object, ...], facts: dict[str, object]
) -> AldisError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class ReceiverError(AldisError, TypeError):
    """A receiver that cannot be connected; nothing was changed.

    Attributes:
        receiver: the receiver, described.
    """

    def __init__(self, receiver: str) -> None:
        super().__init__(receiver)
        self.receiver = receiver


class NotCallableError(ReceiverError):
    """What was to be connected cannot be called at all."""

    def __str__(self) -> str:
        return (
            f"{self.receiver} is not callable; pass a function, a bound method or an object "
            f"with __call__"
        )


class ReceiverSignatureError(ReceiverError):
    """The receiver cannot be called in the way in which its signal calls it.

    Attributes:
        found: the signature of the receiver.
        needed: the call that it must accept.
    """

    def __init__(self, receiver: str, *, found: str, needed: str) -> None:
        super().__init__(receiver)
        self.found = found
        self.needed = needed

    def __str__(self) -> str:
        return (
            f"{self.receiver} has the signature {self.found}, but it will be called as "
            f"{self.needed}; change its parameters to accept that call"
        )


class GeneratorReceiverError(ReceiverError):
    """A generator function: calling it makes a generator and runs none of its body."""

    def __str__(self) -> str:
        return (
            f"{self.receiver} is a generator function, so its body would never run when it is "
            f"called; remove its yield, or connect a function that iterates over it"
        )


class WeakReferenceError(ReceiverError):
    """The receiver cannot be held weakly, or would be gone as soon as it was connected.

    Attributes:
        reason: what stands in the way.
        mend: what to do instead.
    """

    def __init__(self, receiver: str, *, reason: str, mend: str = "pass weak=False") -> None:
        super().__init__(receiver)
        self.reason = reason
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.receiver} cannot be connected weakly: {self.reason}; {self.mend}"


class AsyncThreadError(ReceiverError):
    """An async receiver was to be connected with `to_thread=True`."""

    def __str__(self) -> str:
        return (
            f"{self.receiver} is async, and an async receiver never runs in a worker thread; "
            f"leave out to_thread=True, or connect a plain function"
        )


class MarkedMethodError(ReceiverError):
    """What is marked as a receiver, or overrides what is, is no plain method.

    Attributes:
        found: what it is.
    """

    def __init__(self, receiver: str, *, found: str) -> None:
        super().__init__(receiver)
        self.found = found

    def __str__(self) -> str:
        return (
            f"{self.receiver} is {self.found}, but only a plain method can be marked as a "
            f"receiver; mark a method that calls it, or connect it in a statement"
        )


class ClassOwnerError(AldisError, TypeError):
    """The methods of a class were to be connected, not those of an instance.

    Attributes:
        owner: the class, described.
    """

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner

    def __str__(self) -> str:
        return (
            f"{self.owner} has methods to connect once there is an instance; pass the instance, "
            f"as connect_methods(self) does in __init__"
        )


class NoMarkedMethodsError(AldisError, TypeError):
    """An object has no method that is marked as a receiver.

    Attributes:
        owner: the object, described.
    """

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner

    def __str__(self) -> str:
        return (
            f"{self.owner} has no methods that are marked as receivers; mark them with "
            f"@signal.receiver in its class"
        )


class AsyncReceiverError(AldisError, RuntimeError):
    """A sync send met a receiver that only an async send can run.

    Attributes:
        signal: the name of the signal, or `None`.
        receivers: the receivers in question, described.
        started: whether other receivers may have run: `False` for receivers known to be async when
            they were connected, `True` when a plain callable turned out to return a coroutine.
        mend: what to do instead.
    """

    def __init__(
        self,
        signal: str | None,
        receivers: Sequence[str],
        *,
        started: bool,
        mend: str = "use await send_async(...), or send_robust_async(...)",
    ) -> None:
        super().__init__(signal, tuple(receivers))
        self.mend = mend
        self.signal = signal
        self.receivers: tuple[str, ...] = tuple(receivers)
        self.started = started

    def __str__(self) -> str:
        names = list_names(self.receivers)
        where = show_signal(self.signal, "this signal")
        if self.started:
            return (
                f"{names} of {where} returned a coroutine to a sync send; it was closed and did "
                f"not run: {self.mend}"
            )
        return (
            f"{where} has async receivers, which a sync send cannot run: {names}; no receiver was "
            f"called: {self.mend}"
        )


class AsyncMiddlewareError(AsyncReceiverError):
    """A sync send met async middleware, inside of which only an async send can call a receiver.

    Attributes:
        middleware: the middleware in question, described.
    """

    def __init__(
        self, signal: str | None, receivers: Sequence[str], *, middleware: Sequence[str]
    ) -> None:
        super().__init__(signal, receivers, started=False)
        self.middleware: tuple[str, ...] = tuple(middleware)

    def __str__(self) -> str:
        where = show_signal(self.signal, "this signal")
        return (
            f"{where} has async middleware, which a sync send cannot run: "
            f"{list_names(self.middleware)}; no receiver was called: {self.mend}"
        )


class NotMiddlewareError(AldisError, TypeError):
    """What was to be installed cannot be middleware; nothing was changed.

    Attributes:
        middleware: what was given, described.
        reason: what stands in the way.
    """

    def __init__(self, middleware: str, *, reason: str) -> None:
        super().__init__(middleware)
        self.middleware = middleware
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"{self.middleware} {self.reason}; write it as a generator function with one yield, "
            f"middleware(call), or as an async function, middleware(call, proceed)"
        )


class MiddlewareError(AldisError, RuntimeError):
    """A middleware did not do its part; what became of the call is not known.

    Attributes:
        middleware: the middleware, described.
        found: what it did.
    """

    def __init__(self, middleware: str, *, found: str) -> None:
        super().__init__(middleware)
        self.middleware = middleware
        self.found = found

    def __str__(self) -> str:
        return (
            f"the middleware {self.middleware} {self.found}; a generator function has to yield "
            f"exactly once and to return the result, and an async one may await proceed() once, to "
            f"its end, before it returns"
        )


class ConcurrencyError(AldisError, ValueError):
    """`concurrency` is neither a positive `int` nor `None`.

    Attributes:
        found: what was passed, as text.
    """

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found

    def __str__(self) -> str:
        return (
            f"concurrency={self.found} is not a number of receivers; pass 1 (one after another), "
            f"a larger int (at most so many at a time) or None (no bound)"
        )


class OptionError(AldisError, TypeError):
    """An option has a value of the wrong type; nothing was changed.

    Attributes:
        option: its name.
        found: what was passed, as text.
        needed: what it takes.
    """

    def __init__(self, option: str, *, found: str, needed: str) -> None:
        super().__init__(option)
        self.option = option
        self.found = found
        self.needed = needed

    def __str__(self) -> str:
        return f"{self.option}={self.found} is not {self.needed}; pass {self.needed}"


class PrototypeError(AldisError, TypeError):
    """A function that cannot declare a `KeywordSignal`.

    Attributes:
        prototype: the function, described.
        found: its signature.
    """

    def __init__(self, prototype: str, *, found: str) -> None:
        super().__init__(prototype)
        self.prototype = prototype
        self.found = found

    def __str__(self) -> str:
        return (
            f"{self.prototype} has the signature {self.found}, which declares no keyword signal; "
            f"write it as (sender: object, /, **payload: Unpack[YourTypedDict])"
        )


class PayloadMismatchError(AldisError, TypeError):
    """A name of a namespace is taken by a signal with another payload type.

    Attributes:
        signal: the name of the signal, that of its namespace included.
        found: the payload type that was asked for.
        declared: the payload type that the signal has.
    """

    def __init__(self, signal: str, *, found: str, declared: str) -> None:
        super().__init__(signal)
        self.signal = signal
        self.found = found
        self.declared = declared

    def __str__(self) -> str:
        return (
            f"the signal {quote(self.signal)} carries {self.declared}, not {self.found}; "
            f"ask for it with {self.declared}, or choose another name"
        )


class LostReceiverWarning(RuntimeWarning):
    """A weakly connected function was garbage-collected, and its connection ended with it.

    It is given by the next operation on the signal, at the place where the function was defined.

    Attributes:
        receiver: the function, described.
        signal: the name of the signal, or `None`.
    """

    def __init__(self, receiver: str, signal: str | None) -> None:
        super().__init__(receiver, signal)
        self.receiver = receiver
        self.signal = signal

    def __repr__(self) -> str:
        return _represent(self)

    def __str__(self) -> str:
        where = show_signal(self.signal, "its signal")
        return (
            f"{self.receiver} was garbage-collected while it was weakly connected, so {where} no "
            f"longer calls it; pass weak=False, or keep a reference to it"
        )


class LimitError(AldisError, ValueError):
    """A number that is to bound something does not.

    Attributes:
        option: the name of the option.
        found: what was passed, as text.
        needed: what it takes.
    """

    def __init__(self, option: str, *, found: str, needed: str) -> None:
        super().__init__(option)
        self.option = option
        self.found = found
        self.needed = needed

    def __str__(self) -> str:
        return f"{self.option}={self.found} bounds nothing; pass {self.needed}"


class DispatcherError(AldisError, RuntimeError):
    """A dispatcher was asked for what it cannot do at that time or place; nothing was done."""


class DispatcherFullError(DispatcherError):
    """As many events wait as may; this one was not accepted.

    Attributes:
        max_pending: how many that are.
    """

    def __init__(self, max_pending: int | None) -> None:
        super().__init__(max_pending)
        self.max_pending = max_pending

    def __str__(self) -> str:
        return (
            f"{self.max_pending} events wait already, so this one was not accepted; wait for room "
            f"with await dispatcher.submit(event), or pass a larger max_pending"
        )


class DispatcherClosedError(DispatcherError):
    """The dispatcher is not running; the event was not accepted."""

    def __str__(self) -> str:
        return (
            "the dispatcher accepts no events outside of its block, nor in a forked process, so "
            "this one was not accepted; "
            "post it inside `async with dispatcher:`, or from a receiver while that drains"
        )


class DispatcherUseError(DispatcherError):
    """The dispatcher was used in a way that could only wait for ever.

    Attributes:
        problem: what was asked, and the mend.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class DeliveryCancelledError(AldisError):
    """An event was cancelled, or cut off when its dispatcher ended; some receivers may have run.

    Attributes:
        signal: the name of the signal, or `None`.
        began: whether its receivers were being called.
        reason: why it did not end by itself.
    """

    def __init__(self, signal: str | None, *, began: bool, reason: str) -> None:
        super().__init__(signal)
        self.signal = signal
        self.began = began
        self.reason = reason

    def __str__(self) -> str:
        what = f"an event of {show_signal(self.signal)}" if self.signal else "an event"
        how = "not delivered to the end" if self.began else "not delivered to any receiver"
        return f"{what} was {how}: {self.reason}"


class StreamError(AldisError, RuntimeError):
    """A stream could not do what it was asked for."""


class StreamLaggedError(StreamError):
    """Events came faster than a stream was read; iteration can go on behind those it missed.

    Attributes:
        missed: how many were dropped since the last one that was read.
    """

    def __init__(self, missed: int) -> None:
        super().__init__(missed)
        self.missed = missed

    def __str__(self) -> str:
        return (
            f"{self.missed} events were dropped, since they came faster than they were read; go on "
            f"iterating, and read faster, pass a larger buffer, or overflow='wait'"
        )


class StreamFullError(StreamError):
    """A sync send found no room in a stream that those who send wait for; nobody got the event.

    Attributes:
        signal: the name of the signal, or `None`.
    """

    def __init__(self, signal: str | None) -> None:
        super().__init__(signal)
        self.signal = signal

    def __str__(self) -> str:
        where = show_signal(self.signal, "this signal")
        return (
            f"a stream of {where} with overflow='wait' is full, and a sync send cannot wait; no "
            f"receiver was called: use await send_async(...), or give the stream a larger buffer"
        )


class StreamUseError(StreamError):
    """A stream was used where or when it cannot be.

    Attributes:
        problem: what was asked, and the mend.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem

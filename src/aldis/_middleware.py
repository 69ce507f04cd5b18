"""What can stand around calls and sendings: middleware as it was installed, and who it is."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, Final

from aldis._inspection import describe, is_async, is_async_generator, is_generator
from aldis._named import NamedTuple
from aldis._signatures import Call as Shape
from aldis._signatures import accepts, show_signature
from aldis._uncopied import Uncopied
from aldis._untouched import show_word
from aldis.exceptions import NotMiddlewareError, OptionError

_GENERATOR: Final = Shape(1, (), (), "middleware(call)")
_ASYNC: Final = Shape(2, (), (), "middleware(call, proceed)")
_SENDING: Final = Shape(1, (), (), "middleware(sending)")

_serials: Final = itertools.count()


class Installed:
    """One middleware, from being installed to being undone; two installs of one are two of these.

    Attributes:
        middleware: what the user gave.
        is_async: whether it is called with `(call, proceed)` and awaited.
        is_sending: whether it stands around whole sendings.
        rank: what sorts it among others: those of a namespace are outside, then who came first.
        revoked: whether it was undone, so that nothing may put it back.
    """

    __slots__ = ("is_async", "is_sending", "middleware", "rank", "revoked")

    def __init__(
        self, middleware: Callable[..., Any], *, is_async: bool, is_sending: bool, inner: bool
    ) -> None:
        self.middleware = middleware
        self.is_async = is_async
        self.is_sending = is_sending
        self.rank = (inner, next(_serials))
        self.revoked = False


class Undo(Uncopied):
    """Takes a middleware away again, once; what it was put around is not kept alive by it."""

    __slots__ = ("_pending",)

    _called = "what undoes a middleware"
    _instead = "keep the one that use() gave"

    def __init__(
        self, remove: Callable[[], Callable[[Installed], None] | None], installed: Installed
    ) -> None:
        """Make what takes a middleware away.

        Args:
            remove: gives what does it, or `None` when there is nothing to take it away from.
            installed: the middleware.
        """
        self._pending: tuple[Any, Installed] | None = (remove, installed)

    def __call__(self) -> None:
        """Take it away; another call does nothing."""
        if self._pending is None:
            return
        get_remove, installed = self._pending
        installed.revoked = True  # first: whoever is about to put it in place will not
        remove = get_remove()
        if remove is not None:
            remove(installed)
        self._pending = None  # last: what an interrupt broke off, another call completes


class Layers(NamedTuple):
    """What stands around the calls and sendings of one snapshot, outermost first.

    It refers to its signal weakly, as all inside of a signal does: a sending keeps it alive.
    """

    signal: Callable[[], Any]
    receivers: tuple[Installed, ...]
    sendings: tuple[Installed, ...]
    asyncs: tuple[Installed, ...]
    """Those of `receivers` that only an async send can run."""


def make_layers(signal: Callable[[], Any], installed: Iterable[Installed]) -> Layers | None:
    """Put in order what is installed; `None` when nothing is."""
    ordered = sorted(installed, key=_rank_of)
    if not ordered:
        return None
    receivers = tuple(each for each in ordered if not each.is_sending)
    sendings = tuple(each for each in ordered if each.is_sending)
    return Layers(signal, receivers, sendings, tuple(each for each in receivers if each.is_async))


def _rank_of(installed: Installed) -> tuple[bool, int]:
    return installed.rank


def check_middleware(candidate: object, around: object, *, inner: bool) -> Installed:
    """Make an install of a middleware, or refuse what can be none.

    Raises:
        OptionError: `around` is neither "receiver" nor "sending".
        NotMiddlewareError: it is no generator function or async function that takes the call.
    """
    if type(around) is not str or around not in {"receiver", "sending"}:
        raise OptionError("around", found=show_word(around), needed='"receiver" or "sending"')
    if not callable(candidate):
        raise NotMiddlewareError(describe(candidate), reason="is not callable")
    if is_async_generator(candidate):
        raise NotMiddlewareError(describe(candidate), reason="is an async generator function")
    generates = is_generator(candidate)
    if not generates and not is_async(candidate):
        reason = (
            "is neither a generator function nor async, so that it could not go on after a call"
        )
        raise NotMiddlewareError(describe(candidate), reason=reason)
    if not generates and around == "sending":
        reason = 'is async, and around="sending" takes generator functions alone'
        raise NotMiddlewareError(describe(candidate), reason=reason)
    shape = _SENDING if around == "sending" else _GENERATOR if generates else _ASYNC
    if not accepts(candidate, shape):
        found = show_signature(candidate)
        reason = f"has the signature {found}, but it will be called as {shape.shown}"
        raise NotMiddlewareError(describe(candidate), reason=reason)
    return Installed(candidate, is_async=not generates, is_sending=around == "sending", inner=inner)

"""Receiving by iteration: an async stream of events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, cast

from aldis._functions import check_function
from aldis._intake import WHERE, Failure, Intake, Overflow, Where
from aldis._types import EventT_co
from aldis._uncopied import Uncopied
from aldis._untouched import show_number, show_word
from aldis.exceptions import LimitError, OptionError, StreamUseError

if TYPE_CHECKING:
    from typing import Self

    from anyio.lowlevel import EventLoopToken

# anyio is imported where it is first needed, as `_cancellation` says.


class Stream(Uncopied, Generic[EventT_co]):
    """The events of one or more signals, to be iterated over: `async for event in stream`.

    `async with signal.stream() as events:` opens it; from then on it has every event, from
    whichever thread it is sent. Leaving the block ends it, and leaves nothing behind. It is for one
    block and one reader. A reader in another task, when the block is left, comes to the end of its
    loop.

    An event is put in before any receiver of its signal is called. What `where` raises comes out
    of the iteration, which can go on.
    """

    __slots__ = ("__weakref__", "_intake", "_is_busy", "_sources", "_taps", "_token")

    _called = "a Stream"
    _instead = "make another one with stream()"

    _intake: Intake
    _sources: Sequence[Callable[[Intake], AbstractContextManager[None]]]

    # What makes a stream is nothing that users have to know, nor their type checkers.
    def __init__(self, intake: Any, sources: Any) -> None:  # noqa: ANN401
        self._intake = intake
        self._sources = sources
        self._taps = ExitStack()
        self._token: EventLoopToken | None = None
        self._is_busy = False

    async def __aenter__(self) -> Self:
        """Begin to take in events.

        Raises:
            StreamUseError: it has been entered before.
        """
        import anyio.lowlevel  # noqa: PLC0415  # see above

        await anyio.lowlevel.checkpoint_if_cancelled()
        if self._token is not None:
            raise StreamUseError("a stream is for one block; make another one for the next")
        self._token = anyio.lowlevel.current_token()
        self._intake.open()
        with ExitStack() as taps:
            taps.callback(self._intake.close)
            for source in self._sources:
                taps.enter_context(source(self._intake))
            self._taps = taps.pop_all()
        self._sources = ()  # a sender lives no longer for being listened to
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take in no more events."""
        self._taps.close()

    def __del__(self) -> None:
        """Let nobody wait for room in a stream that is lost; its connections go with it."""
        intake: Intake | None = getattr(self, "_intake", None)
        if intake is not None:  # it has been made at all
            intake.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> EventT_co:
        """Wait for the next event.

        Raises:
            StreamLaggedError: events were dropped, since they came faster than they were read; the
                next step goes on behind them.
            StreamUseError: the block has not begun, another task reads, or this is another event
                loop than that of the block.
            StopAsyncIteration: the block was left.
        """
        import anyio.lowlevel  # noqa: PLC0415  # see above

        self._check_reader()
        self._is_busy = True
        try:
            await anyio.lowlevel.checkpoint()
            while True:
                if self._intake.is_closed:
                    raise StopAsyncIteration
                item = self._intake.take()
                if isinstance(item, Failure):
                    raise item.error
                if item is not None:
                    return cast("EventT_co", item)
                await self._intake.wait()
        finally:
            self._is_busy = False
            item = None  # the traceback of an error in it leads to this frame

    def _check_reader(self) -> None:
        import anyio.lowlevel  # noqa: PLC0415  # see above

        if self._token is None:
            raise StreamUseError(
                "a stream is opened by its block; write `async with signal.stream() as "
                "events:` around the loop"
            )
        if self._token != anyio.lowlevel.current_token():
            raise StreamUseError(
                "a stream is read in the event loop of its block, and this is another one; open "
                "one stream in each"
            )
        if self._is_busy:
            raise StreamUseError(
                "another task waits for the next event of this stream; open one stream for each "
                "reader"
            )


def make_intake(
    where: Where | None, buffer: int, overflow: Overflow, *, first_only: bool = False
) -> Intake:
    """Make the buffer of a stream.

    Raises:
        OptionError: `where` is no plain function of one event, or `overflow` is neither of its
            words; a `TypeError`.
        LimitError: `buffer` is no positive `int`; a `ValueError`.
    """
    _check_options(where, buffer, overflow)
    return Intake(buffer, overflow, where, first_only=first_only)


def _check_options(where: object, buffer: object, overflow: object) -> None:
    if where is not None:
        check_function("where", where, WHERE)
    if type(buffer) is not int or buffer < 1:
        raise LimitError("buffer", found=show_number(buffer), needed="a positive int")
    if type(overflow) is not str or overflow not in {"lag", "wait"}:
        raise OptionError("overflow", found=show_word(overflow), needed="'lag' or 'wait'")


async def first_of(stream: Stream[Any]) -> Any:  # noqa: ANN401  # its caller says what it is
    """Open a stream until its first event has come."""
    async with stream:
        return await anext(stream)

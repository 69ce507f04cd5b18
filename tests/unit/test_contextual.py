"""A coroutine in a context of its own, step by step and by hand."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Generator
from contextvars import Context, ContextVar, copy_context
from typing import Any

import anyio
import pytest
import sniffio
from anyio.lowlevel import checkpoint

from aldis._contextual import Adoption, InContext
from tests.behaviour.recording import nothing_unawaited, without_collector

where: ContextVar[str] = ContextVar("where", default="outside")


class Pause:
    """Gives something out, and gives back what is sent in."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, Any, Any]:
        """Wait."""
        return (yield self.value)


def inside() -> Context:
    """Make a context in which one knows where one is."""
    context = copy_context()
    context.run(where.set, "inside")
    return context


def start(coroutine: Any, context: Context | None = None) -> Generator[Any, Any, Any]:
    """Begin to await it by hand."""
    return InContext(inside() if context is None else context, coroutine).__await__()


class BrokenError(Exception):
    """What is raised here."""


# -- send --------------------------------------------------------------------------------------


def test_what_it_returns_is_given_back() -> None:
    """Without a wait and after several."""

    async def steps(count: int) -> str:
        for number in range(count):
            await Pause(number)
        return f"{count} steps"

    for count in (0, 1, 3):
        awaited = start(steps(count))
        assert [awaited.send(None) for _ in range(count)] == list(range(count))
        with pytest.raises(StopIteration) as caught:
            awaited.send(None)
        assert caught.value.value == f"{count} steps"


def test_what_is_sent_in_arrives() -> None:
    """Values of every kind, `None` and exceptions among them."""
    error = BrokenError()

    async def collect() -> list[object]:
        return [await Pause(number) for number in range(4)]

    awaited = start(collect())
    awaited.send(None)
    for value in ("first", None, error):
        awaited.send(value)
    with pytest.raises(StopIteration) as caught:
        awaited.send(4)
    assert caught.value.value == ["first", None, error, 4]


def test_each_step_runs_in_the_context_and_nothing_else_does() -> None:
    """What it sets stays there from step to step; whoever steps it sees its own."""
    context, seen = inside(), list[str]()

    async def steps() -> None:
        for number in range(3):
            seen.append(where.get())
            where.set(f"step {number}")
            await Pause(number)
            seen.append(where.get())

    awaited = start(steps(), context)
    for number in range(3):
        assert awaited.send(None) == number
        assert where.get() == "outside"
    with pytest.raises(StopIteration):
        awaited.send(None)

    assert seen == ["inside", "step 0", "step 0", "step 1", "step 1", "step 2"]
    assert where.get() == "outside"
    assert context.run(where.get) == "step 2"


def test_two_in_one_task_have_their_own() -> None:
    """Stepped in turns."""

    async def steps(name: str) -> str:
        where.set(name)
        await Pause(name)
        return where.get()

    both = [start(steps(name)) for name in ("one", "two")]
    assert [awaited.send(None) for awaited in both] == ["one", "two"]
    found: list[str] = []
    for awaited in both:
        with pytest.raises(StopIteration) as caught:
            awaited.send(None)
        found.append(caught.value.value)
    assert found == ["one", "two"]


# -- raise -------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [BrokenError, KeyboardInterrupt, GeneratorExit])
def test_what_it_raises_comes_out(error: type[BaseException]) -> None:
    """The very object, in the first step and in a later one."""
    raised = error()

    async def steps(count: int) -> None:
        for number in range(count):
            await Pause(number)
        raise raised

    for count in (0, 2):
        awaited = start(steps(count))
        for _ in range(count):
            awaited.send(None)
        with pytest.raises(error) as caught:
            awaited.send(None)
        assert caught.value is raised


@pytest.mark.parametrize("error", [StopIteration, StopAsyncIteration])
def test_what_would_end_an_iteration_does_not_end_it(error: type[Exception]) -> None:
    """A `StopIteration` of a coroutine's is an error, as Python has it, and no result."""

    async def steps() -> None:
        raise error("mine")

    awaited = start(steps())
    with pytest.raises((RuntimeError, StopAsyncIteration)) as caught:
        awaited.send(None)
    if error is StopIteration:
        assert isinstance(caught.value.__cause__, StopIteration)


# -- throw -------------------------------------------------------------------------------------


def test_what_is_thrown_in_arrives_in_the_context() -> None:
    """The very object, and comes out again when nobody takes it."""
    seen, thrown = list[tuple[str, BaseException]](), BrokenError()

    async def steps() -> None:
        try:
            await Pause(1)
        except BrokenError as error:
            seen.append((where.get(), error))
            raise

    awaited = start(steps())
    awaited.send(None)
    with pytest.raises(BrokenError) as caught:
        awaited.throw(thrown)
    assert caught.value is thrown
    assert seen == [("inside", thrown)]


def test_what_is_thrown_in_may_be_taken() -> None:
    """Then it goes on, by `send` again, to its result."""

    async def steps() -> list[object]:
        found: list[object] = []
        for number in range(3):
            try:
                found.append(await Pause(number))
            except BrokenError:
                found.append(await Pause("after the error"))
        return found

    awaited = start(steps())
    assert awaited.send(None) == 0
    assert awaited.throw(BrokenError()) == "after the error"
    assert awaited.send("a") == 1
    assert awaited.send("b") == 2
    assert awaited.throw(BrokenError()) == "after the error"
    with pytest.raises(StopIteration) as caught:
        awaited.send("c")
    assert caught.value.value == ["a", "b", "c"]


def test_what_is_thrown_in_may_end_it() -> None:
    """With a result, or with another error."""

    async def steps(*, fail: bool) -> str:
        try:
            await Pause(1)
        except BrokenError:
            if fail:
                raise ZeroDivisionError from None
        return "ended"

    awaited = start(steps(fail=False))
    awaited.send(None)
    with pytest.raises(StopIteration) as caught:
        awaited.throw(BrokenError())
    assert caught.value.value == "ended"
    awaited = start(steps(fail=True))
    awaited.send(None)
    with pytest.raises(ZeroDivisionError):
        awaited.throw(BrokenError())


def test_what_is_thrown_in_twice_arrives_twice() -> None:
    """As a cancellation that is swallowed and comes again."""
    seen: list[str] = []

    async def steps() -> None:
        for _ in range(2):
            try:
                await Pause(1)
            except KeyboardInterrupt as error:
                seen.append(str(error))

    awaited = start(steps())
    awaited.send(None)
    awaited.throw(KeyboardInterrupt("first"))
    with pytest.raises(StopIteration):
        awaited.throw(KeyboardInterrupt("second"))
    assert seen == ["first", "second"]


# -- close -------------------------------------------------------------------------------------


def test_closing_it_closes_the_coroutine_in_its_context() -> None:
    """Its clean-up runs, there."""
    seen: list[str] = []

    async def steps() -> None:
        try:
            await Pause(1)
        finally:
            seen.append(where.get())

    awaited = start(steps())
    awaited.send(None)
    awaited.close()
    assert seen == ["inside"]
    awaited.close()
    with pytest.raises(StopIteration):
        awaited.send(None)


def test_a_generator_exit_that_is_thrown_in_closes_it() -> None:
    """And comes out again."""
    seen: list[str] = []

    async def steps() -> None:
        try:
            await Pause(1)
        finally:
            seen.append("closed")

    awaited = start(steps())
    awaited.send(None)
    with pytest.raises(GeneratorExit):
        awaited.throw(GeneratorExit())
    assert seen == ["closed"]


def test_what_clean_up_raises_comes_out_of_closing() -> None:
    """As of a coroutine without a context."""

    async def steps() -> None:
        try:
            await Pause(1)
        finally:
            raise BrokenError

    awaited = start(steps())
    awaited.send(None)
    with pytest.raises(BrokenError):
        awaited.close()


def test_a_coroutine_that_does_not_close_is_an_error() -> None:
    """One that waits again when it is closed: Python's own `RuntimeError`."""

    async def steps() -> None:
        try:
            await Pause(1)
        finally:
            await Pause(2)

    awaited = start(steps())
    awaited.send(None)
    with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
        awaited.close()


def test_dropping_it_closes_the_coroutine() -> None:
    """Half-way, as when an event loop goes with its tasks."""
    seen: list[str] = []

    async def steps() -> None:
        try:
            await Pause(1)
        finally:
            seen.append(where.get())

    with without_collector():
        awaited = start(steps())
        awaited.send(None)
        del awaited
        assert seen == ["inside"]


# -- what it keeps -----------------------------------------------------------------------------


class Watched:
    """Can be watched."""


@pytest.mark.parametrize("how", ["return", "raise", "throw", "take", "close"])
def test_when_it_has_ended_nothing_is_kept(how: str) -> None:
    """Neither the context nor the coroutine's variables, in no cycle, however it ended."""
    with without_collector():
        kept = Watched()
        ref = weakref.ref(kept)
        context = inside()
        variable: ContextVar[object] = ContextVar("variable")
        context.run(variable.set, kept)

        async def steps(local: object) -> None:
            try:
                await Pause(1)
            except BrokenError:
                if how != "take":
                    raise
            if how == "raise":
                raise BrokenError

        def use(awaited: Generator[Any, Any, Any]) -> None:
            awaited.send(None)
            try:
                if how == "close":
                    awaited.close()
                elif how in {"throw", "take"}:
                    awaited.throw(BrokenError())
                else:
                    awaited.send(None)
            except (BrokenError, StopIteration):
                pass

        use(start(steps(kept), context))
        del kept, context
        assert ref() is None


def test_one_that_is_never_awaited_warns_as_any_other() -> None:
    """Python names the coroutine."""

    async def forgotten() -> None: ...

    def forget() -> None:
        made = InContext(inside(), forgotten())
        del made
        gc.collect()

    with pytest.warns(RuntimeWarning, match="forgotten"):
        forget()


# -- in a loop ---------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_it_is_awaited_like_anything_else() -> None:
    """The task is the one that awaits, and its scopes are, too."""
    task = anyio.get_current_task()

    async def steps() -> str:
        assert anyio.get_current_task() == task
        await checkpoint()
        with anyio.move_on_after(0) as inner:
            await anyio.sleep_forever()
        assert inner.cancelled_caught
        await checkpoint()
        return where.get()

    with nothing_unawaited():
        assert await InContext(inside(), steps()) == "inside"
        with anyio.CancelScope() as scope:
            scope.cancel()
            await InContext(inside(), steps())
        assert scope.cancelled_caught
    assert where.get() == "outside"


# -- adopting ----------------------------------------------------------------------------------


LIBRARY: Any = sniffio.current_async_library_cvar


@pytest.mark.anyio
@pytest.mark.parametrize("before", ["asyncio", "trio", "curio", None])
async def test_an_adopted_context_names_the_library_that_runs(before: str | None) -> None:
    """Whichever it was copied in; its other variables, and the task's own context, stay."""
    context, own = inside(), LIBRARY.get()
    context.run(LIBRARY.set, before)
    adoption = Adoption()
    for _ in range(2):
        adoption.adopt(context)
        assert context.run(sniffio.current_async_library) == sniffio.current_async_library()
        assert context.run(where.get) == "inside"
    assert LIBRARY.get() == own


@pytest.mark.anyio
async def test_in_an_adopted_context_what_anyio_offers_works() -> None:
    """An empty one, as of a thread, and one of another library."""
    other = {"asyncio": "trio", "trio": "asyncio"}[sniffio.current_async_library()]
    adoption = Adoption()
    for library in (None, other):
        context = Context()
        context.run(LIBRARY.set, library)
        adoption.adopt(context)

        async def steps() -> str:
            await checkpoint()
            with anyio.move_on_after(0):
                await anyio.Event().wait()
            return "worked"

        assert await InContext(context, steps()) == "worked"


@pytest.mark.anyio
async def test_where_sniffio_was_never_loaded_a_context_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is nothing that anyio needs, and nothing is set that was not."""
    monkeypatch.delitem(sys.modules, "sniffio")
    context = Context()
    Adoption().adopt(context)

    assert list(context) == []

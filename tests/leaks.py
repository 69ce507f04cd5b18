"""Fails a test for what it leaves behind: objects, connections, tasks, threads and coroutines.

A test in one of `WATCHED` is asked when it has passed and its fixtures are torn down, so that what
pytest held for it is gone. It leaves nothing behind if there are none of these but what was there:

- objects of Aldis' classes, connections among them, coroutines and asynchronous generators that
  were never awaited or never finished, and generators of Aldis': after the collector ran;
- threads: one that is about to end has `SECONDS_TO_END`;
- tasks, and asynchronous generators again: when the test itself ends, before its event loop goes
  and takes them with it.

What was there is frozen before each test, and so the collector looks at, and knows of, only what
came since. That makes each `gc.collect()` cheap, those of the tests included. What a test leaves
behind that fails is not told of: its traceback holds it.
"""

from __future__ import annotations

import gc
import inspect
import sys
import sysconfig
import threading
import types
import typing
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

import aldis

WATCHED = ("tests/behaviour", "tests/drop_in", "tests/faults")
SECONDS_TO_END = 1
STEPS_TO_HOLDER = 8
MOST_HOLDERS = 200
MOST_TOLD = 10

# PyPy cannot freeze, and where there is no GIL the collector goes through what is frozen all the
# same: there, threads and tasks alone are told of.
FREEZES = hasattr(gc, "freeze") and not sysconfig.get_config_var("Py_GIL_DISABLED")

_SOURCE = str(Path(aldis.__file__).parent)
_FAILED = pytest.StashKey[bool]()
_RUNNING = pytest.StashKey[list[str]]()
_THREADS = pytest.StashKey[set[threading.Thread]]()


def _is_watched(item: pytest.Item) -> bool:
    folders = (item.config.rootpath / folder for folder in WATCHED)
    return any(folder in item.path.parents for folder in folders)


# -- the hooks ---------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Take for given what is there before a test."""
    if _is_watched(item):
        _take_for_given()
        item.stash[_THREADS] = set(threading.enumerate())
        item.stash[_RUNNING] = []
    yield


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Take for given what a fixture makes for several tests."""
    value = yield
    if fixturedef.scope != "function":
        _take_for_given()
    return value


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """See what an async test leaves to its event loop, while that is there."""
    test = pyfuncitem.obj
    if _RUNNING in pyfuncitem.stash and inspect.iscoroutinefunction(test):
        pyfuncitem.obj = _with_loop_seen(test, pyfuncitem.stash[_RUNNING])
    try:
        return (yield)
    finally:
        pyfuncitem.obj = test


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, object, object]:
    """Remember that a test failed or was skipped."""
    if call.excinfo is not None:
        item.stash[_FAILED] = True
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Fail a test that passed for what it leaves behind."""
    yield
    if _RUNNING not in item.stash or _FAILED in item.stash:
        return
    if isinstance(item, pytest.Function):
        item.funcargs = {}
    left = [*item.stash[_RUNNING], *_threads(item.stash[_THREADS]), *_objects()]
    if left:
        pytest.fail("This test left behind:\n- " + "\n- ".join(left), pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish() -> Generator[None]:
    """Let the collector know of everything again."""
    if FREEZES:
        gc.unfreeze()
    yield


def _take_for_given() -> None:
    if FREEZES:
        gc.collect()
        gc.freeze()


# -- loops and threads -------------------------------------------------------------------------


def _with_loop_seen(test: Callable[..., Any], left: list[str]) -> Callable[..., Any]:
    async def seen(**arguments: Any) -> None:
        __tracebackhide__ = True
        tasks = {task.id for task in anyio.get_running_tasks()}
        generators = set(map(id, _open_generators()))
        await test(**arguments)
        left.extend(
            f"the running task {task.name!r}: {_place(task.coro)}"
            for task in anyio.get_running_tasks()
            if task.id not in tasks
        )
        if any(id(generator) not in generators for generator in _open_generators()):
            gc.collect()
        left.extend(
            f"the async_generator {_place(generator)}"
            for generator in _open_generators()
            if id(generator) not in generators
        )

    return seen


def _open_generators() -> list[object]:
    """Give the asynchronous generators that their event loop will finish when it ends."""
    kind: type = types.AsyncGeneratorType
    found = gc.get_objects() if FREEZES else []
    return [each for each in found if type(each) is kind and _counts(each)]


def _threads(before: set[threading.Thread]) -> Iterator[str]:
    for thread in set(threading.enumerate()) - before:
        if _is_kept_by_trio(thread):
            continue
        thread.join(SECONDS_TO_END)
        if thread.is_alive():
            yield f"the running thread {thread.name!r}"


def _is_kept_by_trio(thread: threading.Thread) -> bool:
    """Tell the idle threads that trio keeps for a while, to lend them again."""
    target = getattr(thread, "_target", None)
    return getattr(target, "__module__", None) == "trio._core._thread_cache"


# -- objects -----------------------------------------------------------------------------------


def _objects() -> Iterator[str]:
    untold: list[str] = []
    hook = sys.unraisablehook
    sys.unraisablehook = lambda args: untold.append(f"what this tells of: {args.exc_value!r}")
    try:
        left = _counted()
    finally:
        sys.unraisablehook = hook
    yield from untold
    if left:
        gc.unfreeze()  # or the holders that were there before could not be found
        yield from (_description(found, left) for found in left[:MOST_TOLD])
        if len(left) > MOST_TOLD:
            yield f"and {len(left) - MOST_TOLD} objects more"
        left.clear()


def _counted() -> list[object]:
    if not FREEZES:
        return []
    gc.collect()
    left = [found for found in gc.get_objects() if _counts(found)]
    if left:
        # The last generic aliases that were made are held by `typing`, and hold their arguments.
        left.clear()
        cleanups: Any = vars(typing)["_cleanups"]
        for forget in cleanups:
            forget()
        gc.collect()
        left = [found for found in gc.get_objects() if _counts(found)]
    return left


def _counts(found: object) -> bool:
    kind: Any = type(found)  # never ask the object itself: some answer by failing the test
    known: Any = found
    if kind is types.CoroutineType:
        return known.cr_frame is not None
    if kind is types.AsyncGeneratorType:
        return known.ag_frame is not None
    if kind is types.GeneratorType:
        return known.gi_frame is not None and known.gi_code.co_filename.startswith(_SOURCE)
    return any(str(base.__module__).partition(".")[0] == "aldis" for base in kind.__mro__)


# -- words -------------------------------------------------------------------------------------


def _description(found: object, left: list[object]) -> str:
    kind = type(found)
    if kind in {types.CoroutineType, types.AsyncGeneratorType, types.GeneratorType}:
        name = f"the {kind.__name__} {_place(found)}"
    else:
        name = f"the object {found!r} of {kind.__module__}.{kind.__qualname__}"
    return name + _holder(found, left)


def _place(coroutine: Any) -> str:
    """Name a coroutine, and say where it is."""
    name = getattr(coroutine, "__qualname__", type(coroutine).__name__)
    for prefix in ("cr", "ag", "gi"):
        frame = getattr(coroutine, f"{prefix}_frame", None)
        if frame is not None:
            never = prefix == "cr" and inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED
            state = "never awaited" if never else f"at line {frame.f_lineno}"
            return f"{name}, {state}, in {frame.f_code.co_filename}"
    return str(name)


def _holder(found: object, left: list[object]) -> str:
    """Name the global through which an object is held, if it is near."""
    modules = {id(vars(module)): name for name, module in list(sys.modules.items())}
    near = [found]
    seen = {id(left)}
    for _ in range(STEPS_TO_HOLDER):
        seen.update(map(id, [near, *near]))
        further = gc.get_referrers(*near)
        for holder in further:
            if id(holder) in modules:
                held = {id(one) for one in near}
                name = next((key for key, value in holder.items() if id(value) in held), "?")
                return f", held by {modules[id(holder)]}.{name}"
        near = [
            holder
            for holder in further
            if id(holder) not in seen and type(holder) is not types.FrameType
        ][:MOST_HOLDERS]
    return ""

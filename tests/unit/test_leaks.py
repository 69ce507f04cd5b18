"""The leak suite bites: what a test leaves behind is told of, each kind of it, and no more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks import FREEZES

LEAKING = '''
"""Tests that leave something behind, and some that do not."""

import asyncio
import threading

import anyio
import pytest

from aldis import Dispatcher, Signal

KEPT = []
never, signal = threading.Event(), Signal[int]("of_the_module")
on_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])
on_both = pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])


def receive(sender, payload): ...


async def wait():
    await anyio.sleep_forever()


async def count():
    yield 1
    yield 2


def test_connection():
    signal.connect(receive)


def test_signal():
    KEPT.append(Signal[int]("kept"))


def test_thread():
    threading.Thread(target=never.wait, name="never ends", daemon=True).start()


def test_never_awaited():
    KEPT.append(wait())


def test_never_awaited_in_a_circle():
    circle = [wait()]
    circle.append(circle)


def test_many():
    KEPT.append([Signal[int]() for _ in range(100)])


@pytest.mark.anyio
@on_both
async def test_suspended():
    KEPT.append(count())
    await anext(KEPT[-1])


def test_never_finished():
    KEPT.append(count())
    with pytest.raises(StopIteration):
        anext(KEPT[-1]).send(None)


@pytest.mark.anyio
@on_asyncio
async def test_task():
    KEPT.append(asyncio.create_task(wait(), name="runs on"))
    await asyncio.sleep(0)


@pytest.mark.anyio
@on_asyncio
async def test_dispatcher():
    KEPT.append(Dispatcher())
    await KEPT[-1].__aenter__()


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_task_of_trio():
    import trio

    trio.lowlevel.spawn_system_task(wait, name="runs on")


@pytest.fixture(scope="module")
def shared():
    return Signal[int]("shared")


@pytest.fixture
def own():
    return Signal[int]("own")


def test_clean_with_fixtures(shared, own, caplog):
    own.connect(receive)
    own.send(None, 1)


def test_clean_with_a_thread():
    threading.Thread(target=threading.Event().wait, args=[0.01]).start()


def test_clean_with_a_caught_failure():
    local = Signal[int]()
    local.connect(lambda sender, payload: 1 / 0, weak=False)
    with pytest.raises(ZeroDivisionError) as caught:
        local.send(None, 1)
    assert caught.value


def test_clean_with_a_class():
    class Local:
        changed = Signal[int]()

    class Payload: ...

    assert Signal[Payload]().payload_type is Payload


@pytest.mark.anyio
@on_both
async def test_clean_with_tasks():
    async with anyio.create_task_group() as tasks, Dispatcher() as dispatcher:
        tasks.start_soon(anyio.sleep, 0)
        await anyio.to_thread.run_sync(int)
        await dispatcher.drain()


def test_failing():
    KEPT.append(Signal[int]("of a test that fails"))
    assert not KEPT
'''

TOLD = {
    "test_connection": (
        r"the object <weakref .* \(receive\)> of aldis\._connection\.Record, "
        r"held by (tests\.behaviour\.)?test_leaking\.signal"
    ),
    "test_signal": (
        r"the object <Signal 'kept', .*> of aldis\._signal\.Signal, "
        r"held by (tests\.behaviour\.)?test_leaking\.KEPT"
    ),
    "test_thread": r"the running thread 'never ends'",
    "test_never_awaited": (
        r"the coroutine wait, never awaited, in .*test_leaking\.py, "
        r"held by (tests\.behaviour\.)?test_leaking\.KEPT"
    ),
    "test_never_awaited_in_a_circle": r"what this tells of: .*'wait' was never awaited.*",
    "test_many": r"and \d\d\d objects more",
    "test_suspended[asyncio]": r"the async_generator count, at line \d+, in .*test_leaking\.py",
    "test_suspended[trio]": r"the async_generator count, at line \d+, in .*test_leaking\.py",
    "test_never_finished": (
        r"the async_generator count, at line \d+, in .*test_leaking\.py, "
        r"held by (tests\.behaviour\.)?test_leaking\.KEPT"
    ),
    "test_task[asyncio]": r"the running task 'runs on': wait, at line \d+, in .*test_leaking\.py",
    "test_dispatcher[asyncio]": r"the running task '.*': .*",
    "test_task_of_trio[trio]": r"the running task 'runs on': .*",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Run the tests that leave something, and give what pytest prints."""
    if sys.platform == "emscripten":
        pytest.skip("there are no processes")
    root = tmp_path_factory.mktemp("leaking")
    for folder in ("behaviour", "unit"):
        (root / "tests" / folder).mkdir(parents=True)
        (root / "tests" / folder / "test_leaking.py").write_text(LEAKING)
    (root / "pytest.ini").write_text(
        "[pytest]\naddopts = --import-mode=importlib -rA -p tests.leaks\nfilterwarnings = error\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", "tests"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path.cwd())])},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1, done.stderr + done.stdout
    return done.stdout


needs_freezing = pytest.mark.skipif(not FREEZES, reason="this collector gains nothing by freezing")


@needs_freezing
@pytest.mark.parametrize("test", TOLD)
def test_what_a_test_leaves_behind_fails_it(test: str, told: str) -> None:
    """It is named, with the global that holds it, and the test that left it."""
    assert f"ERROR tests/behaviour/test_leaking.py::{test}" in told
    _, _, after = told.partition(f"__ ERROR at teardown of {test} __")
    said, _, _ = after.partition("\n___")

    assert re.search(rf"^- {TOLD[test]}$", said, re.MULTILINE), said
    assert "This test left behind:" in said


@needs_freezing
def test_nothing_else_is_told_of(told: str) -> None:
    """Not what pytest holds, what is about to end, or what a failing test leaves."""
    errors = re.findall(r"^ERROR tests/behaviour/test_leaking\.py::(\S+)", told, re.MULTILINE)

    assert set(errors) == set(TOLD)


def test_other_folders_are_not_watched(told: str) -> None:
    """They may leave behind what they want."""
    errors = re.findall(r"^ERROR tests/unit\S+ - (.*)$", told, re.MULTILINE)
    # The collector may come by what was never awaited, in a circle, at any moment.
    assert [error for error in errors if not error.startswith("pytest.PytestUn")] == []
    assert "PASSED tests/unit/test_leaking.py::test_signal" in told

"""The dispatcher at its seams: ended, interrupted or used again at each step of a post."""

# mypy: disable-error-code="unused-awaitable"
# A delivery need not be awaited; mypy's optional check would have it so.
# pyright: reportPossiblyUnboundVariable=false
# What is made in a block whose error is caught is looked at behind it.

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import pytest

from aldis import (
    Delivery,
    Dispatcher,
    DispatcherFullError,
    Signal,
    Statistics,
)
from aldis._ledger import Ledger
from aldis.exceptions import DispatcherClosedError, DispatcherUseError, OptionError
from tests.behaviour.recording import LIMIT, Intrusion, Work

Backend = tuple[str, dict[str, Any]]


class InThread:
    """A dispatcher that runs in a thread of its own, until it is told to leave.

    Attributes:
        dispatcher: the dispatcher, once it is there.
        reported: the payloads of what `on_error` was told.
        heard: the payloads that were delivered.
    """

    def __init__(self, backend: Backend, *, linger: bool = False, **options: Any) -> None:
        self.reported: list[object] = []
        self.heard: list[object] = []
        self.signal = Signal[Any]("signal")
        self.signal.connect(self._receive)
        self.dispatcher = Dispatcher(on_error=self._report, **options)
        self._linger = linger
        self._open, self._leave, self._left = (threading.Event() for _ in range(3))
        self._gone = threading.Event()
        self._calls = threading.Semaphore(0)
        name, given = backend
        self._work = Work(lambda: anyio.run(self._main, backend=name, backend_options=given))
        assert self._open.wait(LIMIT)

    def _receive(self, sender: object, payload: object) -> None:
        self.heard.append(payload)
        self._calls.release()

    def hear(self) -> None:
        """Wait until one more has been delivered."""
        assert self._calls.acquire(timeout=LIMIT)

    def _report(self, outcome: object, event: Any) -> None:
        self.reported.append(event.payload)

    async def _main(self) -> None:
        async with self.dispatcher:
            self._open.set()
            await anyio.to_thread.run_sync(self._leave.wait, LIMIT)
        self._left.set()
        if self._linger:
            await anyio.to_thread.run_sync(self._gone.wait, LIMIT)

    def leave(self) -> None:
        """End the block; and the event loop, unless it lingers.

        An event that is being handed over is waited for, and whoever does that may be the one that
        calls this: so it waits for a moment, in real time, and no longer.
        """
        self._leave.set()
        if self._left.wait(0.1) and not self._linger:
            self._work.finish()

    def finish(self) -> None:
        """End all."""
        self._leave.set()
        self._gone.set()
        self._work.finish()


@pytest.mark.parametrize("linger", [False, True], ids=["loop gone", "loop lingers"])
def test_the_block_may_end_at_each_step_of_a_post(linger: bool, anyio_backend: Backend) -> None:
    """The event is refused, or it is accepted and has its end; the loop's end changes nothing."""
    found: set[str] = set()
    wrong: list[str] = []
    for step in range(1000):
        run = InThread(anyio_backend, linger=linger)
        accepted: list[Delivery] = []
        errors: list[BaseException] = []

        def post(
            run: InThread = run,
            accepted: list[Delivery] = accepted,
            errors: list[BaseException] = errors,
        ) -> None:
            try:
                accepted.append(run.dispatcher.post(run.signal.event(None, 1)))
            except BaseException as caught:
                errors.append(caught)

        intrusion = Intrusion(run.leave, step)
        intrusion.run(post)
        run.finish()
        statistics = run.dispatcher.statistics()
        ends = len(run.heard) + len(run.reported)
        settled = all(delivery.is_done for delivery in accepted)
        kinds = [type(error) for error in errors]
        good = kinds in ([], [DispatcherClosedError]) and settled
        good = good and sum(statistics) == ends == len(accepted) and statistics[:2] == (0, 0)
        if not good:
            wrong.append(f"{step}: {kinds} {tuple(statistics)}, {ends} ends, settled {settled}")
        found.add("accepted" if accepted else "refused")
        if not intrusion.done():
            break

    assert step > 20
    assert found == {"accepted", "refused"}
    assert "\n".join(wrong) == ""


def test_a_delivery_may_be_cancelled_while_the_loop_ends(anyio_backend: Backend) -> None:
    """At each step of the cancelling; it raises nothing."""
    for step in range(100):
        run = InThread(anyio_backend, concurrency=1)
        gate = threading.Event()

        def wait(sender: object, payload: object, gate: threading.Event = gate) -> None:
            gate.wait(LIMIT)

        run.signal.connect(wait, to_thread=True)
        delivery = run.dispatcher.post(run.signal.event(None, 1))

        def end(run: InThread = run, gate: threading.Event = gate) -> None:
            gate.set()
            run.leave()

        intrusion = Intrusion(end, step)
        try:
            intrusion.run(delivery.cancel)
        finally:
            gate.set()
            run.finish()
        assert delivery.is_done
        assert sum(run.dispatcher.statistics()) == 1
        if not intrusion.done():
            break
    assert step > 2


@pytest.mark.parametrize("each", ["line", "opcode"])
def test_a_post_may_come_at_each_step_of_a_post(each: str, anyio_backend: Backend) -> None:
    """As from a signal handler or a destructor: both are delivered, and the room is right."""
    run = InThread(anyio_backend, max_pending=2, concurrency=1)
    dispatcher, signal = run.dispatcher, run.signal
    posted = 0
    for step in range(10_000):
        deliveries: list[Delivery] = []

        def post(number: int, deliveries: list[Delivery] = deliveries) -> None:
            deliveries.append(dispatcher.post(signal.event(None, number)))

        intrusion = Intrusion(partial(post, 2), step, each=each)
        intrusion.run(partial(post, 1))
        posted += len(deliveries)
        for _ in deliveries:
            run.hear()
        assert len(run.heard) == posted
        if not intrusion.done():
            break
    run.finish()

    assert step > 20
    assert run.dispatcher.statistics() == Statistics(0, 0, posted, 0, 0)


def test_a_post_that_is_interrupted_keeps_no_room(
    anyio_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by Ctrl-C between taking the room and handing over: the next one finds it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    run = InThread(anyio_backend, max_pending=1)
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "enter", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run.dispatcher.post(run.signal.event(None, 1))
    with suppress(DispatcherFullError):
        run.dispatcher.post(run.signal.event(None, 2))
    run.finish()

    assert run.heard == [2]


@pytest.mark.anyio
async def test_a_late_post_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that looked while the block was open, and hands over when it has been closed."""
    signal, reported = Signal[int](), list[object]()
    dispatcher = Dispatcher(on_error=lambda outcome, event: reported.append(event.payload))
    async with dispatcher:
        dispatcher.post(signal.event(None, 1))
    crew = dispatcher._crew
    assert crew is not None
    monkeypatch.setattr(Dispatcher, "_open_crew", lambda *_: crew)

    with pytest.raises(DispatcherClosedError):
        dispatcher.post(signal.event(None, 2))
    assert reported == []
    assert dispatcher.statistics() == Statistics(0, 0, 1, 0, 0)


@pytest.mark.anyio
async def test_a_late_post_that_was_seen_to_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of the block found it, and has settled it already."""
    signal = Signal[int]()
    dispatcher = Dispatcher()
    async with dispatcher:
        pass
    crew = dispatcher._crew
    assert crew is not None
    monkeypatch.setattr(Dispatcher, "_open_crew", lambda *_: crew)
    monkeypatch.setattr(crew, "take_back", lambda posted: False)

    assert isinstance(dispatcher.post(signal.event(None, 2)), Delivery)


# -- what is refused, and what is told ---------------------------------------------------------


@pytest.mark.anyio
async def test_a_forked_process_may_not_post(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would deliver there: the tasks and the event loop are the parent's."""
    signal = Signal[int]()
    async with Dispatcher() as dispatcher:
        with monkeypatch.context() as forked:
            forked.setattr("aldis._inbox._era", object())
            with pytest.raises(DispatcherClosedError, match="forked"):
                dispatcher.post(signal.event(None, 1))
            with pytest.raises(DispatcherClosedError, match="forked"):
                await dispatcher.submit(signal.event(None, 1))
        assert sum(dispatcher.statistics()) == 0
        await dispatcher.post(signal.event(None, 2))


def one_fact(outcome: object) -> None:
    """Take too little."""


def three_facts(outcome: object, event: object, more: object) -> None:
    """Take too much."""


def by_keyword(*, outcome: object, event: object) -> None:
    """Take them in another way."""


@pytest.mark.parametrize("wrong", [one_fact, three_facts, by_keyword], ids=lambda f: f.__name__)
def test_on_error_takes_an_outcome_and_an_event(wrong: Any) -> None:
    """Else it would fail when it is needed; the refusal shows its signature."""
    with pytest.raises(OptionError, match=r"with the signature \(.*as on_error\(outcome, event\)"):
        Dispatcher(on_error=wrong)


def takes_any(*facts: object) -> None:
    """Take all there is."""


def takes_more(outcome: object, event: object, more: int = 0) -> None:
    """Take more, if there were any."""


@pytest.mark.parametrize("right", [takes_any, takes_more], ids=lambda f: f.__name__)
def test_on_error_may_take_more(right: Any) -> None:
    """Any number, or what has a default."""
    Dispatcher(on_error=right)


@pytest.mark.anyio
async def test_an_on_error_that_is_async_in_disguise_is_told_to_the_logger(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody would await it: it is closed, and what it was told is logged as well."""

    async def report(outcome: object, event: object) -> None:
        raise AssertionError

    def fail(sender: object, payload: object) -> None:
        raise ValueError

    signal = Signal[int]()
    signal.connect(fail)
    async with Dispatcher(on_error=lambda outcome, event: report(outcome, event)) as dispatcher:
        dispatcher.post(signal.event(None, 1))

    kinds = [record.exc_info and record.exc_info[0] for record in caplog.records]
    assert kinds == [OptionError, ValueError]


@pytest.mark.anyio
@pytest.mark.parametrize("fails", [False, True])
async def test_a_block_whose_tasks_were_cancelled_says_so(fails: bool) -> None:
    """Unless it has failed by itself, which is what comes out then."""

    async def run() -> None:
        async with Dispatcher() as dispatcher:
            crew = dispatcher._crew
            assert crew is not None
            crew._give_up()
            if fails:
                raise ValueError("itself")
            await anyio.sleep_forever()

    expected = ValueError if fails else DispatcherUseError
    with pytest.raises(expected, match="itself" if fails else "from outside"):
        await run()

"""The receivers: they hear, dawdle, raise, or wait for ever."""

from __future__ import annotations

import anyio
from anyio.lowlevel import checkpoint

from aldis import Dispatcher, DispatcherFullError
from bench.soak.ledger import Ledger
from bench.soak.work import SIGNALS, Job, Kind


class SoakError(Exception):
    """What receivers raise."""


class Receivers:
    """Note in a ledger what they hear."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def connect(self, dispatcher: Dispatcher) -> None:
        """Connect each to its signal; the connections end with this object.

        Args:
            dispatcher: where the one posts that posts.
        """
        self._dispatcher = dispatcher
        SIGNALS[Kind.QUICK].connect(self.hear)
        SIGNALS[Kind.AWAITING].connect(self.hear_later)
        SIGNALS[Kind.TIMED].connect(self.hear_in_spite)
        SIGNALS[Kind.FAILING].connect(self.fail)
        SIGNALS[Kind.FAILING_LATE].connect(self.fail_later)
        SIGNALS[Kind.HELD].connect(self.wait_for_ever)
        SIGNALS[Kind.NESTED].connect(self.pass_on)
        SIGNALS[Kind.STRAY].connect(self.stray)

    def hear(self, sender: object, job: Job) -> None:
        """Hear it."""
        self._ledger.heard[job.number] += 1

    async def hear_later(self, sender: object, job: Job) -> None:
        """Hear it after some checkpoints."""
        for _ in range(job.checkpoints):
            await checkpoint()
        self._ledger.heard[job.number] += 1

    async def hear_in_spite(self, sender: object, job: Job) -> None:
        """Give up waiting, and hear it all the same."""
        with anyio.CancelScope() as scope:
            scope.cancel()
            await checkpoint()
        self._ledger.heard[job.number] += 1

    def fail(self, sender: object, job: Job) -> None:
        """Fail."""
        raise SoakError(job.number)

    async def fail_later(self, sender: object, job: Job) -> None:
        """Fail after a checkpoint."""
        await checkpoint()
        raise SoakError(job.number)

    async def wait_for_ever(self, sender: object, job: Job) -> None:
        """Wait until cut off; should it ever come back, that counts as heard."""
        await anyio.sleep_forever()
        self._ledger.heard[job.number] += 1

    async def pass_on(self, sender: object, job: Job) -> None:
        """Post the child of an event, if there is room, and wait for it."""
        child = self._ledger.size + job.number
        event = SIGNALS[Kind.AWAITING].event(sender, Job(child, job.checkpoints))
        try:
            delivery = self._dispatcher.post(event)
        except DispatcherFullError:
            pass
        else:
            self._ledger.accepted[child] += 1
            await delivery
        self._ledger.heard[job.number] += 1

    async def stray(self, sender: object, job: Job) -> None:
        """Raise what a task that someone else has cancelled raises in those who await it."""
        await checkpoint()
        raise anyio.get_cancelled_exc_class()

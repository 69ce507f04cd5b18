"""The posters: threads and tasks that post, retry, submit, and cancel at random moments."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from random import Random

import anyio
import anyio.from_thread
from anyio.lowlevel import EventLoopToken

from aldis import Delivery, DeliveryCancelledError, Dispatcher, DispatcherFullError, Event
from bench.soak.ledger import Ledger
from bench.soak.work import Job, Kind, Menu

KEPT = 32
"""How many deliveries a poster remembers, to cancel one of them."""
PAUSE = 0.0005


class Poster:
    """Posts the events of some numbers, of kinds left to chance.

    Attributes:
        retries: how often there was no room.
        to_await: the deliveries that it has cancelled, with their numbers.
    """

    def __init__(self, dispatcher: Dispatcher, ledger: Ledger, random: Random, menu: Menu) -> None:
        self._menu = menu
        self._dispatcher = dispatcher
        self._ledger = ledger
        self._random = random
        self._recent: list[tuple[int, Delivery]] = []
        self._held: tuple[int, Delivery] | None = None
        self.retries = 0
        self.to_await: list[tuple[int, Delivery]] = []

    def post_in_thread(self, numbers: Iterable[int], token: EventLoopToken) -> None:
        """Post from a thread of its own; one in a hundred is submitted by way of the loop."""
        for number in numbers:
            kind, event = self._menu.choose(self._random, number)
            if self._random.random() < 0.01:
                delivery = anyio.from_thread.run(self._dispatcher.submit, event, token=token)
            else:
                while (tried := self._try_to_post(event)) is None:
                    time.sleep(PAUSE)
                delivery = tried
            self._note(kind, number, delivery)
        self._end()

    async def post_in_task(self, numbers: Iterable[int]) -> None:
        """Post and submit in turn; one in a hundred is awaited at once."""
        for number in numbers:
            kind, event = self._menu.choose(self._random, number)
            if number % 4 < 2:
                delivery = await self._dispatcher.submit(event)
            else:
                # Trying again is what is tried here; `submit` is what waits.
                while (tried := self._try_to_post(event)) is None:  # noqa: ASYNC110
                    await anyio.sleep(PAUSE)
                delivery = tried
            if kind not in (Kind.HELD, Kind.STRAY) and self._random.random() < 0.01:
                self._ledger.accepted[number] += 1
                await delivery
            else:
                self._note(kind, number, delivery)
        self._end()

    def _try_to_post(self, event: Event[Job]) -> Delivery | None:
        try:
            return self._dispatcher.post(event)
        except DispatcherFullError:
            self.retries += 1
            return None

    def _note(self, kind: Kind, number: int, delivery: Delivery) -> None:
        """Count what was accepted, and cancel something now and then.

        What is held is cancelled before the next one, so that never all workers are held. A stray
        is `on_error`'s alone to tell: awaited, it would say of itself that it was cancelled.
        """
        self._ledger.accepted[number] += 1
        if kind is Kind.STRAY:
            return
        if kind is Kind.HELD:
            self._end()
            self._held = (number, delivery)
            return
        self._recent.append((number, delivery))
        if len(self._recent) > KEPT:
            del self._recent[0]
        chance = self._random.random()
        if chance < 0.03:
            self._cancel(self._recent.pop(self._random.randrange(len(self._recent))))
        elif chance < 0.3:
            self._end()

    def _end(self) -> None:
        if self._held is not None:
            self._cancel(self._held)
            self._held = None

    def _cancel(self, posted: tuple[int, Delivery]) -> None:
        posted[1].cancel()
        self.to_await.append(posted)

    async def await_cancelled(self) -> None:
        """Await what was cancelled, and forget all else."""
        for number, delivery in self.to_await:
            try:
                await delivery
            except DeliveryCancelledError as error:
                self._ledger.note_cancelled(error, number)
        self.to_await.clear()
        self._recent.clear()


class PosterThread(threading.Thread):
    """A thread for a poster; the loop that it posts to can wait for its end."""

    def __init__(self, poster: Poster, numbers: Iterable[int]) -> None:
        super().__init__(daemon=True)
        self._poster = poster
        self._numbers = numbers
        self._token = anyio.lowlevel.current_token()
        self._ended = anyio.Event()
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Post, and keep what that raises."""
        try:
            self._poster.post_in_thread(self._numbers, self._token)
        except BaseException as error:
            self._error = error
        anyio.from_thread.run_sync(self._ended.set, token=self._token)

    async def finish(self) -> None:
        """Wait for the end, and raise what it raised."""
        await self._ended.wait()
        self.join()
        if self._error is not None:
            raise self._error

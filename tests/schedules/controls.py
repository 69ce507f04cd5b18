"""What the search has to find: blinker's lost receiver, and registries with one rule removed."""

# pyright: reportPrivateUsage=false
# What is broken is the inside.

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import blinker

from aldis import KeywordSignal, Signal
from aldis._connection import Record
from aldis._ledger import Ledger
from aldis._line import Line, SenderRef
from aldis._plan import Plan
from aldis._posted import Posted
from aldis._registry import Registry
from aldis._room import Room
from tests.schedules import scenarios
from tests.schedules.scenarios import Make

_T = TypeVar("_T")


class PoppedFirst(Registry):
    """Takes an operation out of the queue before it is done."""

    def _apply_all(self, trash: list[object]) -> None:
        while self.queue:
            operation = self.queue.popleft()
            self._apply(operation, trash)
            trash.append(operation)


class NoLock(Registry):
    """Looks whether there is something to be done, and does it."""

    def _hold(self, work: Callable[..., _T], *arguments: object) -> _T:
        return work(*arguments)


class DeletesByKey(Registry):
    """Removes whatever is connected under the key of what has ended."""

    def unlink(self, record: Record, trash: list[object]) -> None:
        """Look at no identity."""
        super().unlink(record, trash)
        trash.append(self._base.records.pop(record.key, None))
        self.plan = None


class KeepsTheDead(Registry):
    """Goes on with the connections of what has died."""

    def _bury(self, record: Record, trash: list[object]) -> None:
        pass

    def _close(self, ref: SenderRef, trash: list[object]) -> None:
        pass


class KeepsItsSnapshot(Registry):
    """Makes a snapshot beside the lock."""

    def select(self, sender: object) -> Plan:
        """Store what may be too old by then."""
        plan = self.plan
        if plan is None:
            plan = self._make_base()
            self.plan = plan
        return plan if not self.lines else super().select(sender)


class OffersBesideTheLock(Registry):
    """Makes a snapshot, and offers it, beside the lock."""

    def _refresh(self, line: Line | None) -> Plan:
        return self._remake(line)


class OffersToAll(Registry):
    """Offers its snapshot though there are senders that are filtered on."""

    def _offer(self, base: Plan | None) -> None:
        self.direct = base if base is not None and base.direct else None


class LooksForRoom(Room):
    """Looks which places are free, and then writes down that it is one less."""

    def _find(self) -> bool:
        if not self._free:
            return super()._find()
        left: deque[None] = self._free.copy()
        left.pop()
        self._free = left
        return True


class LooksForAClaim(Ledger):
    """Looks whether anybody was faster, and claims."""

    def claim(self, posted: Posted) -> bool:
        """Have two come first."""
        if posted not in self._pending:
            return False
        self._pending.pop(posted, None)
        return True


class Control(NamedTuple):
    """What is known to be wrong, and the scenario that shows it.

    Attributes:
        name: what is wrong.
        make: makes a signal, or what else the scenario is about, that has it.
        scenario: shows it.
        strategy: the quickest that comes upon it; it may take `MOST` schedules.
        errors: what the scenario can end with.
    """

    name: str
    make: Make
    scenario: Callable[[Make], None]
    strategy: str
    errors: tuple[type[Exception], ...] = (AssertionError,)


def keyword_signal() -> Any:
    """Make a signal that is sent as blinker's are."""

    @KeywordSignal
    def happened(sender: object, /, *, payload: object) -> None:
        """It happened."""

    return happened


def _broken(registry: type[Registry]) -> Make:
    def make() -> Any:
        signal = keyword_signal()
        signal._registry = registry(signal._registry._adapt)
        return signal

    return make


def _broken_offer(registry: type[Registry]) -> Make:
    def make() -> Any:
        signal = Signal[object]()
        signal._registry = registry()
        return signal

    return make


# Where two apply one operation at the same time, the queue, a table or the outcome shows it first.
_UNLOCKED = (IndexError, KeyError, AssertionError)

MOST = 1_000
"""Schedules in which each control has to show; none takes half as many."""

CONTROLS = (
    Control("blinker 1.9", blinker.Signal, scenarios.connect_where_another_died, "pct"),
    Control(
        "popped before it is done",
        _broken(PoppedFirst),
        scenarios.disconnect_while_another_sends,
        "queue dfs",
    ),
    Control(
        "deletes by key", _broken(DeletesByKey), scenarios.use_once_while_it_is_replaced, "pct"
    ),
    Control(
        "a snapshot beside the lock",
        _broken(KeepsItsSnapshot),
        scenarios.send_while_another_connects,
        "pct",
    ),
    Control(
        "keeps the dead", _broken(KeepsTheDead), scenarios.connect_while_another_dies, "bursts"
    ),
    Control(
        "keeps the dead", _broken(KeepsTheDead), scenarios.connect_while_its_sender_dies, "bursts"
    ),
    *(
        Control("no lock", _broken(NoLock), scenario, "bursts", _UNLOCKED)
        for scenario in (
            scenarios.connect_where_another_died,
            scenarios.connect_and_disconnect_a_pair,
            scenarios.connect_a_pair_twice,
            scenarios.disconnect_while_another_sends,
            scenarios.send_once_from_both,
            scenarios.use_once_while_it_is_replaced,
            scenarios.connect_where_a_sender_died,
            scenarios.mute_while_another_sends,
            scenarios.settle_in_both,
        )
    ),
    Control(
        "offers to all",
        _broken_offer(OffersToAll),
        scenarios.filter_while_another_sends,
        "dfs",
    ),
    Control(
        "offers beside the lock",
        _broken_offer(OffersBesideTheLock),
        scenarios.change_while_another_sends,
        "pct",
        (AssertionError, RuntimeError),  # a table that is read while it changes shows it as well
    ),
    Control("looks, then takes", lambda: LooksForRoom(1), scenarios.take_the_last_place, "bursts"),
    Control("looks, then claims", LooksForAClaim, scenarios.claim_an_event_twice, "bursts"),
)
"""At least one for each scenario."""


def sound(scenario: Callable[[Make], None]) -> Callable[[], None]:
    """Put what Aldis has to a scenario."""
    return partial(scenario, scenarios.APART.get(scenario, keyword_signal))

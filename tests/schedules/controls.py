"""What the search has to find: blinker's lost receiver, and registries with one rule removed."""

# pyright: reportPrivateUsage=false
# What is broken is the inside.

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import blinker

from aldis import KeywordSignal
from aldis._connection import Record
from aldis._plan import Plan
from aldis._registry import Registry
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


class KeepsItsSnapshot(Registry):
    """Makes a snapshot beside the lock."""

    def select(self, sender: object) -> Plan:
        """Store what may be too old by then."""
        plan = self.plan
        if plan is None:
            plan = self._make_base()
            self.plan = plan
        return plan if not self.lines else super().select(sender)


class Control(NamedTuple):
    """What is known to be wrong, and the scenario that shows it."""

    name: str
    make: Make
    scenario: Callable[[Make], None]


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


CONTROLS = (
    Control("blinker 1.9", blinker.Signal, scenarios.connect_where_another_died),
    Control(
        "popped before it is done", _broken(PoppedFirst), scenarios.disconnect_while_another_sends
    ),
    Control("no lock", _broken(NoLock), scenarios.connect_a_pair_twice),
    Control("deletes by key", _broken(DeletesByKey), scenarios.use_once_while_it_is_replaced),
    Control(
        "a snapshot beside the lock",
        _broken(KeepsItsSnapshot),
        scenarios.send_while_another_connects,
    ),
)

"""What the concepts say that takes too many lines to show there."""

from __future__ import annotations

import weakref
from typing import Any

import pytest

from aldis import Signal
from tests.behaviour.recording import without_collector
from tests.interpreters import needs_refcounting


class Payload:
    """A payload that can be watched."""


def fail(sender: object, payload: Payload) -> None:
    """Receive, and raise."""
    raise ValueError


@needs_refcounting
@pytest.mark.parametrize("tidy", [True, False])
def test_a_variable_with_outcomes_is_a_cycle_until_it_is_deleted(*, tidy: bool) -> None:
    """The traceback of an error leads to the frame that holds it in the outcomes."""
    signal = Signal[Payload]()
    signal.connect(fail)

    def send() -> weakref.ref[Payload]:
        payload = Payload()
        outcomes: Any = signal.send_robust(None, payload)
        assert outcomes.errors
        if tidy:
            del outcomes
        return weakref.ref(payload)

    with without_collector():
        assert (send()() is None) is tidy

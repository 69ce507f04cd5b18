"""Who has seen which end of each event: one count an event and end, all made beforehand."""

from __future__ import annotations

from aldis import DeliveryCancelledError, Outcome


class Ledger:
    """Counts, for each event, that it was accepted, and what end of it was seen.

    The counts of an event are written by one thread at a time, and take no memory while the soak
    runs, so that what grows meanwhile is not the ledger.

    Each event may have a child, which its receiver posts.

    Attributes:
        size: how many events there are, children aside; the child of `n` is `size + n`.
        accepted: by the poster, once `post` or `submit` has returned.
        heard: by its receiver, which came to its end.
        failed: by `on_error`, with what the receiver raised.
        abandoned: by `on_error`, with a cancellation: the end of the dispatcher, or a stray one.
        cancelled: by whoever cancelled and then awaited the delivery.
        begun: of the cancelled, how many had begun.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.accepted = bytearray(2 * size)
        self.heard = bytearray(2 * size)
        self.failed = bytearray(2 * size)
        self.abandoned = bytearray(2 * size)
        self.cancelled = bytearray(2 * size)
        self.begun = 0

    def report(self, outcome: Outcome[object], number: int) -> None:
        """Count what `on_error` is told."""
        if isinstance(outcome.error, DeliveryCancelledError):
            self.abandoned[number] += 1
        else:
            self.failed[number] += 1

    def note_cancelled(self, error: DeliveryCancelledError, number: int) -> None:
        """Count what awaiting a cancelled delivery raised."""
        self.cancelled[number] += 1
        self.begun += error.began

    def faults(self) -> list[str]:
        """Tell which events were not accepted once, or whose end was not seen exactly once."""
        ends = zip(self.heard, self.failed, self.abandoned, self.cancelled, strict=True)
        accepted = self.accepted
        odd = [number for number, seen in enumerate(ends) if sum(seen) != accepted[number]]
        lost = [
            number
            for number, times in enumerate(accepted)
            if times > 1 or (not times and number < self.size)
        ]
        return [
            f"{len(numbers)} {what}, the first of them: {', '.join(map(str, numbers[:5]))}"
            for numbers, what in (
                (lost, "events were not accepted once"),
                (odd, "events whose end was not seen exactly once"),
            )
            if numbers
        ]

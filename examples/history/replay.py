"""Sends a history: everything that git tells of, in order, to whoever is connected."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from examples.history.audit import audit_to
from examples.history.authors import Authors
from examples.history.follower import Follower
from examples.history.git import History, read_history
from examples.history.mirror import Mirror, MirrorOutOfReachError
from examples.history.signals import author_joined, commit_recorded, file_touched
from examples.history.summary import Summary


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a replay; two replays of one history give equal reports."""

    counted_by_git: int
    is_shallow: bool
    summary: Summary
    mirror: Mirror
    failures: int
    follower: Follower | None
    audit_lines: int | None

    @property
    def is_complete(self) -> bool:
        """Whether every commit that git counts, and every line of the audit, was accounted for."""
        summary = self.summary
        sent = len(summary.authors) + summary.commits + summary.touches
        return summary.commits == self.counted_by_git and self.audit_lines in {None, sent}


async def replay(path: Path, *, follow: str | None = None, audit: Path | None = None) -> Report:
    """Read the history of the repository at `path`, connect the receivers, and send it all.

    Raises:
        HistoryError: the history cannot be read, or the audit log not be written.
    """
    history = await read_history(path)
    summary, mirror = Summary(), Mirror()
    follower = None if follow is None else Follower(follow)
    log = None
    async with AsyncExitStack() as stack:
        stack.enter_context(mirror.connected())
        stack.enter_context(summary.connected())
        if follower is not None:
            stack.enter_context(follower.connected())
        if audit is not None:
            log = await stack.enter_async_context(audit_to(audit))
        failures = await _send(history)
    return Report(
        history.counted_by_git,
        history.is_shallow,
        summary,
        mirror,
        failures,
        follower,
        audit_lines=None if log is None else log.lines,
    )


async def _send(history: History) -> int:
    """Send the history, and count how often the mirror failed; no other failure is expected."""
    authors = Authors()
    failures = 0
    for entry in history.entries:
        author, is_new = authors.find(entry.name, entry.email)
        if is_new:
            await author_joined.send_async(
                author, commit=entry.commit.hash, name=entry.name, email=entry.email
            )
        outcomes = await commit_recorded.send_robust_async(author, entry.commit)
        for error in outcomes.errors:
            if not isinstance(error, MirrorOutOfReachError):
                raise error
            failures += 1
        for touched in entry.files:
            await file_touched.send_async(author, touched)
    return failures

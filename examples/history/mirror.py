"""Fails on purpose: an async receiver whose far end is out of reach for every third commit."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from anyio.lowlevel import checkpoint

from examples.history.authors import Author
from examples.history.signals import CommitRecorded, commit_recorded


class MirrorOutOfReachError(Exception):
    """The mirror did not take a commit."""


@dataclass
class Mirror:
    """Stands for a copy of the history that lies behind an unreliable network."""

    tried: int = 0
    copied: int = 0

    @contextmanager
    def connected(self) -> Generator[None]:
        """Copy for the length of a `with` block, ahead of all other receivers."""
        commit_recorded.connect(self.copy, weak=False, priority=1)
        try:
            yield
        finally:
            commit_recorded.disconnect(self.copy)

    async def copy(self, _author: Author, commit: CommitRecorded) -> None:
        """Copy a commit, or fail: with the first, and with every third from then on."""
        self.tried += 1
        await checkpoint()
        if self.tried % 3 == 1:
            raise MirrorOutOfReachError(commit.hash)
        self.copied += 1

"""Follows one author with a sender filter, from the moment in which that author joins."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Unpack

from examples.history.authors import Author
from examples.history.signals import (
    AuthorJoined,
    CommitRecorded,
    FileTouched,
    author_joined,
    commit_recorded,
    file_touched,
)


@dataclass
class Follower:
    """Hears of one author only: whoever has this name, or this address."""

    wanted: str
    commits: int = 0
    touches: int = 0

    @contextmanager
    def connected(self) -> Generator[None]:
        """Follow for the length of a `with` block."""
        with author_joined.connected_to(self.look_at):
            try:
                yield
            finally:
                commit_recorded.disconnect(self.count_commit)
                file_touched.disconnect(self.count_file)

    def look_at(self, author: Author, /, **joined: Unpack[AuthorJoined]) -> None:
        """Connect to an author that is wanted: each such author is a sender of its own."""
        if self.wanted in {joined["name"], joined["email"]}:
            commit_recorded.connect(self.count_commit, sender=author)
            file_touched.connect(self.count_file, sender=author)

    def count_commit(self, _author: Author, _commit: CommitRecorded) -> None:
        """Count a commit of the author."""
        self.commits += 1

    def count_file(self, _author: Author, _touched: FileTouched) -> None:
        """Count a change that the author made to a file."""
        self.touches += 1

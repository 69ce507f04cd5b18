"""Counts what happens, with sync receivers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
class Summary:
    """The numbers of a history; replaying it again, on whatever backend, gives an equal one."""

    authors: list[str] = field(default_factory=list[str])
    commits: int = 0
    merges: int = 0
    commits_by: Counter[str] = field(default_factory=Counter[str])
    touches: int = 0
    renames: int = 0
    binaries: int = 0
    added: int = 0
    removed: int = 0
    touches_of: Counter[str] = field(default_factory=Counter[str])

    @contextmanager
    def connected(self) -> Generator[None]:
        """Count for the length of a `with` block."""
        with (
            author_joined.connected_to(self.count_author),
            commit_recorded.connected_to(self.count_commit),
            file_touched.connected_to(self.count_file),
        ):
            yield

    def count_author(self, author: Author, /, **_joined: Unpack[AuthorJoined]) -> None:
        """Note who joined, in order."""
        self.authors.append(str(author))

    def count_commit(self, author: Author, commit: CommitRecorded) -> None:
        """Count a commit, for its author too."""
        self.commits += 1
        self.merges += commit.is_merge
        self.commits_by[str(author)] += 1

    def count_file(self, _author: Author, touched: FileTouched) -> None:
        """Count a change to a file; that of a binary one has no lines."""
        self.touches += 1
        self.renames += "renamed_from" in touched
        self.binaries += touched["added"] is None
        self.added += touched["added"] or 0
        self.removed += touched["removed"] or 0
        self.touches_of[touched["path"]] += 1

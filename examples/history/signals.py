"""Declares what happens in a history: three signals, each with the type of its payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict, Unpack

from aldis import KeywordSignal, Signal
from examples.history.authors import Author


@dataclass(frozen=True, slots=True)
class CommitRecorded:
    """A commit, merges and empty ones included."""

    hash: str
    parents: tuple[str, ...]
    authored_at: int | None  # seconds since the epoch; `None` where the commit has no valid date
    message: str

    @property
    def is_merge(self) -> bool:
        """Whether it joins two or more lines of history."""
        return len(self.parents) > 1


class FileTouched(TypedDict):
    """A file that a commit changed; a merge touches none by itself."""

    commit: str
    path: str
    added: int | None  # lines; `None` for a binary file
    removed: int | None
    renamed_from: NotRequired[str]


class AuthorJoined(TypedDict):
    """The first commit of an author."""

    commit: str
    name: str
    email: str


commit_recorded = Signal[CommitRecorded, Author]("commit_recorded", doc="A commit was recorded.")

file_touched = Signal[FileTouched, Author]("file_touched", doc="A commit changed a file.")


@KeywordSignal
def author_joined(sender: Author, /, **payload: Unpack[AuthorJoined]) -> None:
    """Somebody committed for the first time."""

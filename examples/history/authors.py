"""Who sends: one object for each author, kept alive as long as a history is replayed."""

from __future__ import annotations

from dataclasses import dataclass


# Receivers filter on senders by identity, so an author is compared by identity too; and a weak
# reference must be possible, so that connections to an author end with it.
@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Author:
    """Somebody who commits: the sender of every signal of a history."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class Authors:
    """Finds an author by name and address, and so keeps every author once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Author] = {}

    def find(self, name: str, email: str) -> tuple[Author, bool]:
        """Give the author of this name and address, and whether it is a new one."""
        known = self._known.get((name, email))
        if known is not None:
            return known, False
        author = self._known[name, email] = Author(name, email)
        return author, True

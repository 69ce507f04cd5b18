"""Opens transactions: of what is executed in one, all is kept or nothing."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    email TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY, entry TEXT NOT NULL, is_written INTEGER NOT NULL DEFAULT 0
);
"""

logger = logging.getLogger(__name__)


class Transaction:
    """The sender of what happens in it, so that receivers can write in it as well.

    Once it is over, what would be written or done by it is a `RuntimeError`.
    """

    def __init__(
        self, connection: sqlite3.Connection, afterwards: list[Callable[[], object]]
    ) -> None:
        self._connection = connection
        self._afterwards = afterwards
        self._is_over = False

    def execute(self, statement: str, *values: str | int) -> sqlite3.Cursor:
        """Execute a statement; what it changes is undone if the transaction fails."""
        self._require_open()
        return self._connection.execute(statement, values)

    def after_commit(self, act: Callable[[], object]) -> None:
        """Have something done once the transaction is committed; never, if it is rolled back."""
        self._require_open()
        self._afterwards.append(act)

    def close(self) -> None:
        """Say that it is over, one way or the other."""
        self._is_over = True

    def _require_open(self) -> None:
        if self._is_over:
            raise RuntimeError("the transaction is over")


class Database:
    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)  # BEGIN is ours to say
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """Commit what is done in a `with` block, or roll it back if the block raises.

        Within a transaction there is no other: that is an `sqlite3.OperationalError`.
        """
        afterwards: list[Callable[[], object]] = []
        # Nobody writes between our reading an old value and our replacing it.
        self._connection.execute("BEGIN IMMEDIATE")
        with closing(Transaction(self._connection, afterwards)) as transaction, self._connection:
            yield transaction
        for act in afterwards:
            try:
                act()
            except Exception:  # what is committed has not failed
                logger.exception("what was to be done after a commit failed")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

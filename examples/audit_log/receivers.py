"""Hears of entries that are committed: a log of JSON lines, and alerts by mail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TextIO

from examples.audit_log.database import Database, Transaction
from examples.audit_log.entries import Entry, Level, entry_committed


class JsonLines:
    """Copies the entries to a file.

    What a file that cannot be written to misses comes with the next entry, or by `catch_up` when
    the program starts again. What dies between writing and marking an entry writes it again; its
    number tells. A line outlives the program, and a power cut only if the system has stored it by
    then (`os.fsync` would wait for that); the entry itself is in the database all along.
    """

    def __init__(self, file: TextIO, database: Database) -> None:
        self._file = file
        self._database = database

    @entry_committed.receiver
    def write(self, _transaction: Transaction, _entry: Entry) -> None:
        """Write the entry, after those that are still missing."""
        self.catch_up()

    def catch_up(self) -> None:
        """Write what is committed and not written yet, in order, and mark it.

        The database is locked the while, or another process might write the same lines.
        """
        with self._database.transaction() as transaction:
            missing = "SELECT number, entry FROM audit WHERE NOT is_written ORDER BY number"
            for number, entry in transaction.execute(missing).fetchall():
                line = {"number": number} | json.loads(entry)
                print(json.dumps(line), file=self._file)
            self._file.flush()
            transaction.execute("UPDATE audit SET is_written = 1 WHERE NOT is_written")


class Alerts:
    """Mails what somebody should look at."""

    def __init__(self, send_mail: Callable[[str], object]) -> None:
        self._send_mail = send_mail

    @entry_committed.receiver
    def mail(self, _transaction: Transaction, entry: Entry) -> None:
        """Mail an alert, and leave out all other levels."""
        if entry.level is Level.ALERT:
            self._send_mail(f"{entry.action}: {entry.actor}, {entry.subject}")

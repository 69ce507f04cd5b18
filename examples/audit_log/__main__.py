"""Change accounts, and print their audit log as it grows: `python -m examples.audit_log`.

One transaction is rolled back, and leaves no line. One alert cannot be mailed, and its line is
there all the same.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from aldis import Outcome, connect_methods
from examples.audit_log.accounts import NotPermittedError, accounts_for, sign_in
from examples.audit_log.audit import Audit
from examples.audit_log.database import Database
from examples.audit_log.entries import Entry
from examples.audit_log.receivers import Alerts, JsonLines
from examples.audit_log.signals import Account

ANN = Account("ann@example.org", "Ann", "admin")
BOB = Account("bob@example.org", "Bob", "guest")


def main() -> None:
    with TemporaryDirectory() as folder, closing(Database(Path(folder, "accounts"))) as database:
        run(database)


def run(database: Database) -> None:
    log = JsonLines(sys.stdout, database)
    receivers = Audit(clock(), report), Alerts(send_mail), log
    for each in receivers:
        connect_methods(each)
    log.catch_up()  # with what an earlier run left unwritten
    change_accounts(database)


def change_accounts(database: Database) -> None:
    with accounts_for("setup", database) as accounts:
        accounts.create(ANN, "ann's token")

    with accounts_for(ANN.email, database) as accounts:
        accounts.create(BOB, "bob's token")

    with accounts_for(ANN.email, database) as accounts:
        accounts.update(Account(BOB.email, "Robert", "clerk"))

    try:
        with accounts_for(ANN.email, database) as accounts:
            accounts.update(Account(BOB.email, "Bobby", "admin"))
            accounts.create(ANN, "another token")
    except sqlite3.IntegrityError as error:
        print(f"rolled back: {error}")

    if not sign_in(ANN.email, "a guess", database):
        print("not signed in")

    try:
        with accounts_for(BOB.email, database) as accounts:
            accounts.delete(ANN.email)
    except NotPermittedError as error:
        print(f"not permitted: {error}")

    with accounts_for(ANN.email, database) as accounts:
        accounts.delete(BOB.email)


def clock() -> Callable[[], datetime]:
    """Give a clock that is a second later each time it is looked at."""
    start, seconds = datetime(2026, 1, 5, 9, tzinfo=UTC), count()
    return lambda: start + timedelta(seconds=next(seconds))


def send_mail(_text: str) -> None:
    raise ConnectionError("the mail server does not answer")


def report(outcome: Outcome[object], entry: Entry) -> None:
    print(f"a receiver failed, on {entry.action}: {outcome.error}")


if __name__ == "__main__":
    main()

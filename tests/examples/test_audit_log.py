"""The audit log: an entry for all that was committed, and for nothing that was rolled back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from aldis import connect_methods, disconnect_methods
from examples.audit_log.accounts import NotPermittedError, accounts_for, sign_in
from examples.audit_log.audit import Audit
from examples.audit_log.database import Database, Transaction
from examples.audit_log.entries import entry_committed
from examples.audit_log.receivers import Alerts, JsonLines
from examples.audit_log.signals import Account, AccountChanged, account_updated

ANN = Account("ann@example.org", "Ann", "admin")
BOB = Account("bob@example.org", "Bob", "guest")
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    """A database with Ann and Bob in it, who were there before the audit began."""
    with closing(Database(tmp_path / "accounts")) as database:
        with accounts_for("setup", database) as accounts:
            accounts.create(ANN, "ann's token")
            accounts.create(BOB, "bob's token")
        yield database


class Auditing:
    """An audit with its log in memory, its mails, and the failures that it reported."""

    def __init__(self, database: Database) -> None:
        self.file = StringIO()
        self.mails: list[str] = []
        self.mail_error: Exception | None = None
        self.reports: list[str] = []
        self.audit = Audit(lambda: NOW, lambda outcome, _: self.reports.append(str(outcome.error)))
        self.alerts = Alerts(self.send_mail)
        self.log = JsonLines(self.file, database)

    def send_mail(self, text: str) -> None:
        """Keep a mail, or fail."""
        if self.mail_error is not None:
            raise self.mail_error
        self.mails.append(text)

    def read(self) -> list[dict[str, Any]]:
        """Read what is in the log, as it is."""
        return [json.loads(line) for line in self.file.getvalue().splitlines()]


@pytest.fixture
def auditing(database: Database) -> Generator[Auditing]:
    """What audits the database for the length of a test."""
    auditing = Auditing(database)
    parts = auditing.audit, auditing.alerts, auditing.log
    for each in parts:
        connect_methods(each)
    yield auditing
    for each in parts:
        disconnect_methods(each)


def find_bob(database: Database) -> Account:
    """Look what Bob's account is now."""
    with accounts_for(ANN.email, database) as accounts:
        return accounts.get(BOB.email)


def promote_bob_and_add_ann_again(database: Database) -> None:
    """Do in one transaction what can be done, and then what cannot."""
    with accounts_for(ANN.email, database) as accounts:
        accounts.update(Account(BOB.email, "Bob", "clerk"))
        accounts.create(ANN, "another token")


def promote_bob_and_delete_ann_as_bob(database: Database) -> None:
    """Do in one transaction what Bob may do, and then what he may not."""
    with accounts_for(BOB.email, database) as accounts:
        accounts.update(Account(BOB.email, "Bob", "clerk"))
        accounts.delete(ANN.email)


def test_entry_of_an_update(database: Database, auditing: Auditing) -> None:
    """An entry says when, who, to whom, and the old and new value of the fields that differ."""
    with accounts_for(ANN.email, database) as accounts:
        accounts.update(Account(BOB.email, "Bob", "clerk"))
    assert find_bob(database).role == "clerk"
    assert auditing.read() == [
        {
            "number": 1,
            "time": "2026-01-05T09:00:00+00:00",
            "level": "info",
            "action": "updated",
            "actor": ANN.email,
            "subject": BOB.email,
            "changes": {"role": {"old": "guest", "new": "clerk"}},
        }
    ]


def test_new_and_deleted_accounts(database: Database, auditing: Auditing) -> None:
    """A new account has no old values, a deleted one no new ones, and no secret is shown."""
    with accounts_for(ANN.email, database) as accounts:
        accounts.create(Account("cid@example.org", "Cid", "guest"), "cid's token")
        accounts.delete(BOB.email)
    created, deleted = auditing.read()
    assert created["changes"]["name"] == {"old": None, "new": "Cid"}
    assert deleted["changes"]["name"] == {"old": "Bob", "new": None}
    assert created["changes"].keys() == deleted["changes"].keys() == {"email", "name", "role"}


def test_rollback_leaves_no_entry(database: Database, auditing: Auditing) -> None:
    """What is rolled back has no entry, now or later, and nobody is told of it."""
    told: list[str] = []
    with entry_committed.connected_to(lambda _, entry: told.append(entry.action)):
        with pytest.raises(sqlite3.IntegrityError):
            promote_bob_and_add_ann_again(database)
        auditing.log.catch_up()
    assert find_bob(database) == BOB
    assert auditing.read() == []
    assert told == []


def test_change_that_cannot_be_audited(database: Database, auditing: Auditing) -> None:
    """If a receiver within the transaction fails, the change and its entry are rolled back."""

    def refuse(_transaction: Transaction, _change: AccountChanged) -> None:
        raise OSError("no room")

    with (
        account_updated.connected_to(refuse),
        pytest.raises(OSError, match="no room"),
        accounts_for(ANN.email, database) as accounts,
    ):
        accounts.update(Account(BOB.email, "Bob", "admin"))
    auditing.log.catch_up()
    assert find_bob(database) == BOB
    assert auditing.read() == []


def test_denied_deletion(database: Database, auditing: Auditing) -> None:
    """A denial undoes all of its transaction, and is itself kept and mailed."""
    with pytest.raises(NotPermittedError):
        promote_bob_and_delete_ann_as_bob(database)
    assert find_bob(database) == BOB
    (line,) = auditing.read()
    assert (line["level"], line["action"], line["actor"]) == (
        "alert",
        "permission denied",
        BOB.email,
    )
    assert auditing.mails == ["permission denied: bob@example.org, delete ann@example.org"]


@pytest.mark.parametrize("email", [ANN.email, "nobody@example.org"])
def test_sign_in(database: Database, auditing: Auditing, email: str) -> None:
    """A sign-in that fails has an entry, whether or not there is such an account."""
    assert sign_in(ANN.email, "ann's token", database)
    assert not sign_in(email, "bob's token", database)
    (line,) = auditing.read()
    assert (line["level"], line["action"], line["subject"]) == ("warning", "sign-in failed", email)


def test_failing_receiver_loses_nothing(database: Database, auditing: Auditing) -> None:
    """If an alert cannot be mailed, its entry is written after it all the same, and it is told."""
    auditing.mail_error = ConnectionError("no answer")
    with pytest.raises(NotPermittedError):
        promote_bob_and_delete_ann_as_bob(database)
    assert entry_committed.receivers == (auditing.alerts.mail, auditing.log.write)
    assert [line["action"] for line in auditing.read()] == ["permission denied"]
    assert auditing.reports == ["no answer"]


def test_failing_log_loses_nothing(database: Database, auditing: Auditing) -> None:
    """A file that cannot be written to is told of, and what it missed is written later, once."""
    auditing.file.close()
    with accounts_for(ANN.email, database) as accounts:
        accounts.delete(BOB.email)
    assert auditing.reports == ["I/O operation on closed file"]
    file = StringIO()
    for _ in range(2):
        JsonLines(file, database).catch_up()
    (line,) = file.getvalue().splitlines()
    assert json.loads(line)["action"] == "deleted"

"""The audit log: an entry for all that was committed, and for nothing that was rolled back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from aldis import Outcome, connect_methods, disconnect_methods
from examples.audit_log.__main__ import run
from examples.audit_log.accounts import Accounts, NotPermittedError, accounts_for, sign_in
from examples.audit_log.audit import Audit
from examples.audit_log.database import Database, Transaction
from examples.audit_log.entries import Entry, entry_committed
from examples.audit_log.receivers import Alerts, JsonLines
from examples.audit_log.signals import Account, AccountChanged, account_updated

ANN = Account("ann@example.org", "Ann", "admin")
BOB = Account("bob@example.org", "Bob", "guest")
CID = Account("cid@example.org", "Cid", "guest")
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    """A database with Ann and Bob in it, who were there before the audit began."""
    with closing(Database(tmp_path / "accounts")) as database:
        with accounts_for("setup", database) as accounts:
            accounts.create(ANN, "ann's token")
        with accounts_for(ANN.email, database) as accounts:
            accounts.create(BOB, "bob's token")
        yield database


class Auditing:
    """An audit with its log in memory, its mails, and the failures that it reported."""

    def __init__(self, database: Database) -> None:
        self.file = StringIO()
        self.mails: list[str] = []
        self.mail_error: Exception | None = None
        self.reports: list[str] = []
        self.report_error: Exception | None = None
        self.audit = Audit(lambda: NOW, self.report)
        self.alerts = Alerts(self.send_mail)
        self.log = JsonLines(self.file, database)

    def send_mail(self, text: str) -> None:
        """Keep a mail, or fail."""
        if self.mail_error is not None:
            raise self.mail_error
        self.mails.append(text)

    def report(self, outcome: Outcome[object], _entry: Entry) -> None:
        """Keep a report, and then fail if that is wanted."""
        self.reports.append(str(outcome.error))
        if self.report_error is not None:
            raise self.report_error

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


def demote_ann_and_delete_bob_as_ann(database: Database) -> None:
    """Do in one transaction what Ann may do, and then what she may do no longer."""
    with accounts_for(ANN.email, database) as accounts:
        accounts.update(Account(ANN.email, "Ann", "guest"))
        accounts.delete(BOB.email)


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
        accounts.create(CID, "cid's token")
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


def test_denial_undoes_its_transaction(database: Database, auditing: Auditing) -> None:
    """A denial undoes all of its transaction, and is itself kept and mailed."""
    with pytest.raises(NotPermittedError):
        demote_ann_and_delete_bob_as_ann(database)
    with accounts_for(ANN.email, database) as accounts:
        assert (accounts.get(ANN.email), accounts.get(BOB.email)) == (ANN, BOB)
    (line,) = auditing.read()
    assert (line["level"], line["action"]) == ("alert", "permission denied")
    assert auditing.mails == ["permission denied: ann@example.org, delete bob@example.org"]


def create_cid(accounts: Accounts) -> None:
    """Try to add somebody."""
    accounts.create(CID, "cid's token")


def promote_bob(accounts: Accounts) -> None:
    """Try to make an admin of somebody who may be the actor."""
    accounts.update(replace(BOB, role="admin"))


def delete_bob(accounts: Accounts) -> None:
    """Try to take somebody away."""
    accounts.delete(BOB.email)


@pytest.mark.parametrize("actor", [BOB.email, "nobody@example.org"])
@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (create_cid, "create cid@example.org"),
        (promote_bob, "update bob@example.org"),
        (delete_bob, "delete bob@example.org"),
    ],
)
def test_only_an_admin_may(
    database: Database,
    auditing: Auditing,
    actor: str,
    change: Callable[[Accounts], None],
    subject: str,
) -> None:
    """A change by anybody but an admin is denied and kept, also by an actor that is not known."""
    with pytest.raises(NotPermittedError), accounts_for(actor, database) as accounts:
        change(accounts)
    assert find_bob(database) == BOB
    (line,) = auditing.read()
    assert (line["action"], line["actor"], line["subject"]) == ("permission denied", actor, subject)


def test_transaction_within_another(database: Database, auditing: Auditing) -> None:
    """It is refused, and the one around it is neither committed nor rolled back by that."""
    with accounts_for(ANN.email, database) as accounts:
        accounts.update(replace(BOB, role="clerk"))
        with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
            sign_in(ANN.email, "ann's token", database)
        accounts.update(replace(BOB, role="guest"))
        assert auditing.read() == []
    assert [line["changes"]["role"]["new"] for line in auditing.read()] == ["clerk", "guest"]


def test_rollback_after_a_transaction_within_another(database: Database) -> None:
    """What was done before and after the one that was refused is rolled back."""

    def promote_and_fail() -> None:
        with accounts_for(ANN.email, database) as accounts:
            with pytest.raises(sqlite3.OperationalError):
                sign_in(ANN.email, "ann's token", database)
            accounts.update(replace(BOB, role="admin"))
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        promote_and_fail()
    assert find_bob(database) == BOB


def test_transaction_that_is_over(database: Database, auditing: Auditing) -> None:
    """Neither who was in it nor who is told of its entries can write by it, or put off an act."""

    def delete_all(transaction: Transaction, _entry: Entry) -> None:
        transaction.execute("DELETE FROM accounts")

    def put_off(transaction: Transaction, _entry: Entry) -> None:
        transaction.after_commit(list)

    with (
        entry_committed.connected_to(delete_all),
        entry_committed.connected_to(put_off),
        accounts_for(ANN.email, database) as accounts,
    ):
        accounts.update(replace(BOB, role="clerk"))
    assert auditing.reports == ["the transaction is over"] * 2
    with pytest.raises(RuntimeError, match="the transaction is over"):
        accounts.delete(BOB.email)
    assert find_bob(database).role == "clerk"
    assert len(auditing.read()) == 1


def test_rolled_back_transaction_is_over(database: Database) -> None:
    """What goes on in a transaction that was rolled back is refused as well."""
    with pytest.raises(LookupError), accounts_for(ANN.email, database) as accounts:
        accounts.delete("nobody@example.org")
    with pytest.raises(RuntimeError, match="the transaction is over"):
        accounts.delete(BOB.email)
    assert find_bob(database) == BOB


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
        demote_ann_and_delete_bob_as_ann(database)
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


def test_failing_report(
    database: Database, auditing: Auditing, caplog: pytest.LogCaptureFixture
) -> None:
    """If not even a failure can be reported, what was committed stands, and all is told of."""
    auditing.report_error = OSError("no room")
    auditing.file.close()
    with accounts_for(ANN.email, database) as accounts:
        accounts.create(CID, "cid's token")
        accounts.delete(BOB.email)
    assert auditing.reports == ["I/O operation on closed file"] * 2
    assert caplog.text.count("OSError: no room") == 2
    with accounts_for(ANN.email, database) as accounts:
        assert accounts.get(CID.email) == CID


def test_log_is_caught_up_with_at_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that starts writes what the one before it could not write any more."""
    audit = Audit(lambda: NOW, lambda _outcome, _entry: None)
    connect_methods(audit)
    with closing(Database(tmp_path / "accounts")) as database:
        assert not sign_in(ANN.email, "a guess", database)
        disconnect_methods(audit)
        run(database)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert json.loads(first)["action"] == "sign-in failed"
    assert json.loads(second)["action"] == "created"

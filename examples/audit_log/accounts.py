"""Changes accounts: each change is a statement of SQL and a signal, in one transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Generator
from contextlib import contextmanager

from examples.audit_log import signals
from examples.audit_log.database import Database, Transaction
from examples.audit_log.signals import Account, AccountChanged, Refused


class NotPermittedError(Exception):
    """Only an admin may do this."""


class Accounts:
    """The accounts, in the hands of one actor, for the length of a transaction.

    If the actor is no admin, each change is a `NotPermittedError`.
    """

    def __init__(self, transaction: Transaction, actor: str) -> None:
        self._transaction = transaction
        self._actor = actor

    def get(self, email: str) -> Account:
        """Give the account of an address; none is a `LookupError`."""
        select = "SELECT email, name, role FROM accounts WHERE email = ?"
        row = self._transaction.execute(select, email).fetchone()
        if row is None:
            raise LookupError(f"there is no account {email}")
        return Account(*row)

    def create(self, new: Account, token: str) -> None:
        """Insert an account; another one of its address is an `sqlite3.IntegrityError`.

        Somebody has to be the first: as long as there is no account, anybody may create one.
        """
        if self._transaction.execute("SELECT 1 FROM accounts").fetchone():
            self._require_admin(f"create {new.email}")
        insert = "INSERT INTO accounts (email, name, role, digest) VALUES (?, ?, ?, ?)"
        self._transaction.execute(insert, new.email, new.name, new.role, _digest(token))
        change = AccountChanged(self._actor, new.email, None, new)
        signals.account_created.send(self._transaction, change)

    def update(self, new: Account) -> None:
        """Replace the account of this address."""
        self._require_admin(f"update {new.email}")
        change = AccountChanged(self._actor, new.email, self.get(new.email), new)
        update = "UPDATE accounts SET name = ?, role = ? WHERE email = ?"
        self._transaction.execute(update, new.name, new.role, new.email)
        signals.account_updated.send(self._transaction, change)

    def delete(self, email: str) -> None:
        """Delete an account."""
        self._require_admin(f"delete {email}")
        change = AccountChanged(self._actor, email, self.get(email), None)
        self._transaction.execute("DELETE FROM accounts WHERE email = ?", email)
        signals.account_deleted.send(self._transaction, change)

    def _require_admin(self, act: str) -> None:
        select = "SELECT 1 FROM accounts WHERE email = ? AND role = 'admin'"
        if self._transaction.execute(select, self._actor).fetchone() is None:
            raise NotPermittedError(act)


@contextmanager
def accounts_for(actor: str, database: Database) -> Generator[Accounts]:
    """Give the accounts to an actor for the length of a transaction.

    What is denied undoes the transaction that it was tried in, so it is told in one of its own.
    """
    try:
        with database.transaction() as transaction:
            yield Accounts(transaction, actor)
    except NotPermittedError as error:
        with database.transaction() as transaction:
            signals.permission_denied.send(transaction, Refused(actor, str(error)))
        raise


def sign_in(email: str, token: str, database: Database) -> bool:
    """Tell whether the token is that of the account; that it is not is committed like a change."""
    with database.transaction() as transaction:
        select = "SELECT digest FROM accounts WHERE email = ?"
        row = transaction.execute(select, email).fetchone()
        is_right = row is not None and secrets.compare_digest(row[0], _digest(token))
        if not is_right:
            signals.sign_in_failed.send(transaction, Refused("unknown", email))
        return is_right


def _digest(token: str) -> str:
    # Enough for tokens, which are long and random; passwords take hashlib.scrypt and a salt.
    return hashlib.sha256(token.encode()).hexdigest()

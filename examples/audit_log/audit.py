"""Keeps an entry of everything that happens, and tells of it once it has happened for good.

An entry is inserted by the very transaction that it is about, so that both are committed or neither
is, also when the process dies. `send` lets errors through: what cannot be audited is rolled back.
After the commit there is nothing to undo, so `send_robust` gives every receiver its turn, and who
failed is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aldis import Outcome
from examples.audit_log import signals
from examples.audit_log.database import Transaction
from examples.audit_log.entries import Entry, Level, changes_between, entry_committed
from examples.audit_log.signals import AccountChanged, Refused


class Audit:
    def __init__(
        self, now: Callable[[], datetime], report: Callable[[Outcome[object], Entry], object]
    ) -> None:
        self._now = now
        self._report = report

    @signals.account_created.receiver
    def keep_created(self, transaction: Transaction, change: AccountChanged) -> None:
        """Keep every field of the new account."""
        self._keep_change(transaction, Level.INFO, "created", change)

    @signals.account_updated.receiver
    def keep_updated(self, transaction: Transaction, change: AccountChanged) -> None:
        """Keep the fields that differ."""
        self._keep_change(transaction, Level.INFO, "updated", change)

    @signals.account_deleted.receiver
    def keep_deleted(self, transaction: Transaction, change: AccountChanged) -> None:
        """Keep every field of the account that is gone."""
        self._keep_change(transaction, Level.WARNING, "deleted", change)

    @signals.sign_in_failed.receiver
    def keep_sign_in(self, transaction: Transaction, refused: Refused) -> None:
        """Keep whose account it was tried on."""
        self._keep_refusal(transaction, Level.WARNING, "sign-in failed", refused)

    @signals.permission_denied.receiver
    def keep_denied(self, transaction: Transaction, refused: Refused) -> None:
        """Keep who tried what."""
        self._keep_refusal(transaction, Level.ALERT, "permission denied", refused)

    def _keep_change(
        self, transaction: Transaction, level: Level, action: str, change: AccountChanged
    ) -> None:
        changes = changes_between(change.old, change.new)
        entry = Entry(self._now(), level, action, change.actor, change.email, changes)
        self._keep(transaction, entry)

    def _keep_refusal(
        self, transaction: Transaction, level: Level, action: str, refused: Refused
    ) -> None:
        entry = Entry(self._now(), level, action, refused.actor, refused.subject, {})
        self._keep(transaction, entry)

    def _keep(self, transaction: Transaction, entry: Entry) -> None:
        transaction.execute("INSERT INTO audit (entry) VALUES (?)", entry.to_json())
        transaction.after_commit(lambda: self._tell(transaction, entry))

    def _tell(self, transaction: Transaction, entry: Entry) -> None:
        for outcome in entry_committed.send_robust(transaction, entry):
            if outcome.error is not None:
                self._report(outcome, entry)

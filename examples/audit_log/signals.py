"""Declares what happens to accounts: five signals, sent within the transaction they happen in."""

from __future__ import annotations

from dataclasses import dataclass

from aldis import Signal
from examples.audit_log.database import Transaction


@dataclass(frozen=True, slots=True)
class Account:
    email: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class AccountChanged:
    actor: str
    email: str
    old: Account | None
    new: Account | None


@dataclass(frozen=True, slots=True)
class Refused:
    actor: str
    subject: str


account_created = Signal[AccountChanged, Transaction]("account_created")
account_updated = Signal[AccountChanged, Transaction]("account_updated")
account_deleted = Signal[AccountChanged, Transaction]("account_deleted")
sign_in_failed = Signal[Refused, Transaction]("sign_in_failed")
permission_denied = Signal[Refused, Transaction]("permission_denied")

"""Who hears of saved records: a catalogue of all stores, and a mirror of one."""

from __future__ import annotations

from examples.stores.store import Record, Store


class Catalogue:
    """Knows which store has which title."""

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}

    def enter(self, store: Store, record: Record) -> None:
        """Note the store, which is the sender, for the title."""
        self.entries[record.title] = store.name


class Mirror:
    """Copies what a store saves."""

    def __init__(self) -> None:
        self.copies: dict[str, Record] = {}

    def copy(self, _store: Store, record: Record) -> None:
        """Copy a record, over that of the same key."""
        self.copies[record.key] = record

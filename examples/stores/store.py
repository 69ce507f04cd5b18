"""A store keeps records and tells of each: one signal for all stores, which are its senders."""

from __future__ import annotations

from dataclasses import dataclass

from aldis import BoundSignal, Signal


@dataclass(frozen=True, slots=True)
class Record:
    key: str
    title: str


class Store:
    record_saved: Signal[Record, Store] = Signal(doc="A record is new, or replaces another one.")

    def __init__(self, name: str) -> None:
        self.name = name
        self.records: dict[str, Record] = {}

    @property
    def saves(self) -> BoundSignal[Record, Store]:
        """The signal with this store as its sender: what is connected to it hears no other."""
        return Store.record_saved.bind(self)

    def save(self, record: Record) -> None:
        """Keep a record, in place of one that has its key."""
        self.records[record.key] = record
        self.saves.send(record)

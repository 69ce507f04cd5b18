"""The stores: one signal for all of them, and a connection that hears only one."""

from __future__ import annotations

import pytest

from aldis import ANY
from examples.stores.receivers import Catalogue, Mirror
from examples.stores.store import Record, Store


@pytest.fixture
def books() -> Store:
    """The first store."""
    return Store("books")


@pytest.fixture
def films() -> Store:
    """The second store."""
    return Store("films")


EMMA = Record("1", "Emma")
METROPOLIS = Record("1", "Metropolis")


def test_connected_to_the_signal_hears_every_store(books: Store, films: Store) -> None:
    """The sender says which store a record is in, whenever the store was made."""
    catalogue = Catalogue()
    with Store.record_saved.connected_to(catalogue.enter):
        books.save(EMMA)
        films.save(METROPOLIS)
        Store("maps").save(Record("1", "Mappa Mundi"))
    assert catalogue.entries == {"Emma": "books", "Metropolis": "films", "Mappa Mundi": "maps"}


def test_connected_to_one_store_hears_no_other(books: Store, films: Store) -> None:
    """A record of the other store does not reach the mirror, not even with the same key."""
    mirror = Mirror()
    with books.saves.connected_to(mirror.copy):
        books.save(EMMA)
        films.save(METROPOLIS)
    assert mirror.copies == books.records == {"1": EMMA}


def test_each_store_knows_its_receivers(books: Store, films: Store) -> None:
    """Asked for its receivers, a store names those that it would reach itself."""
    catalogue, mirror = Catalogue(), Mirror()
    Store.record_saved.connect(catalogue.enter)
    books.saves.connect(mirror.copy)
    assert books.saves.receivers == (catalogue.enter, mirror.copy)
    assert films.saves.receivers == (catalogue.enter,)


def test_connection_ends_with_its_store() -> None:
    """A store that is let go of takes the connections to it along, and no other."""
    catalogue, mirror, maps = Catalogue(), Mirror(), Store("maps")
    Store.record_saved.connect(catalogue.enter)
    maps.saves.connect(mirror.copy)
    del maps
    assert [each.sender for each in Store.record_saved.connections] == [ANY]

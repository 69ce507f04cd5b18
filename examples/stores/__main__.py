"""Save records in two stores and see who heard of them: `python -m examples.stores`."""

from __future__ import annotations

from examples.stores.receivers import Catalogue, Mirror
from examples.stores.store import Record, Store


def main() -> None:
    books, films = Store("books"), Store("films")
    catalogue, mirror = Catalogue(), Mirror()

    Store.record_saved.connect(catalogue.enter)  # every store, those still to come included
    books.saves.connect(mirror.copy)  # this store alone

    books.save(Record("b-1", "Emma"))
    films.save(Record("f-1", "Metropolis"))
    books.save(Record("b-2", "Walden"))
    maps = Store("maps")
    maps.save(Record("m-1", "Mappa Mundi"))

    for title, name in catalogue.entries.items():
        print(f"the catalogue has {title} among the {name}")
    for record in mirror.copies.values():
        print(f"the mirror has {record.title}")
    for store in (books, films, maps):
        print(f"receivers of {store.name}: {len(store.saves.receivers)}")


if __name__ == "__main__":
    main()

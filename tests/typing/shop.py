"""How this folder says which types Aldis promises, and the small shop that its files share.

mypy, pyright, ty, pyrefly and zuban read these files; nobody runs them, but for `test_refusals.py`.

A line says one of two things. `assert_type` pins what a type is; any other line without an ignore
is accepted. A line with an ignore is refused: mypy, pyright and ty report an ignore that they did
not need, and for pyrefly and zuban, which may not, `test_refusals.py` asks. So it is an error to all
five. `# type: ignore[...]` carries mypy's code, and is understood by pyright, pyrefly and zuban as
well; `# ty: ignore[...]` is ty's own; `# zuban: ignore[...]` is added where zuban calls the same
error by another name.

Where the checkers differ, a comment above the line names those that do not see the error, and says
why: `# Not zuban: ...`. What cannot be written so that all five are content is told as not tested.

Receivers that are given back are called, and what the call returns is asserted: the checkers write
the type of a function in different ways, and agree on its use.
"""

from dataclasses import dataclass
from typing import TypedDict

from aldis import Signal


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: str
    total: int


@dataclass(frozen=True, slots=True)
class GiftPlaced(OrderPlaced):
    message: str


class OrderShipped(TypedDict):
    order_id: str
    carrier: str


class Shop:
    name: str = "shop"


class WebShop(Shop):
    url: str = "/"


placed = Signal[OrderPlaced]()
"""Anybody sends it, and its receivers return what they like."""

sold = Signal[OrderPlaced, Shop]()
"""A shop sends it."""

checked = Signal[OrderPlaced, Shop, bool]()
"""A shop sends it, and its receivers return a bool."""

shipped = Signal[OrderShipped, Shop]()
"""A shop sends it; the payload is a TypedDict."""

shop = Shop()
order = OrderPlaced("o-1", 999)
gift = GiftPlaced("o-2", 500, "Many happy returns")


def use(*values: object) -> None:
    """Stands for the use of a value that is only looked at."""

"""The ten most likely typing mistakes: mypy finds them all, and nobody ever runs this file."""

from dataclasses import dataclass
from typing import TypedDict, Unpack

from aldis import KeywordSignal, Signal


@dataclass(frozen=True)
class OrderPlaced:
    order_id: str
    total: int


class OrderShipped(TypedDict):
    order_id: str
    carrier: str


class Shop:
    pass


order_placed = Signal[OrderPlaced, Shop]()
order_checked = Signal[OrderPlaced, Shop, bool]()  # receivers answer with a bool
order_shipped = Signal[OrderShipped, Shop]()


@KeywordSignal
def order_returned(sender: Shop, /, **payload: Unpack[OrderShipped]) -> None:
    """An order came back."""


# 1. The receiver takes another payload.
@order_placed.connect
def print_label(shop: Shop, order: OrderShipped) -> None:
    print(order["carrier"])


# 2. The receiver forgets the sender.
@order_placed.connect
def send_receipt(order: OrderPlaced) -> None:
    print(order.order_id)


# 3. The receiver reads what the payload does not have.
@order_placed.connect
def add_to_turnover(shop: Shop, order: OrderPlaced) -> None:
    print(order.amount)


# 4. The receivers give another result than the signal declares.
@order_checked.connect
def has_stock(shop: Shop, order: OrderPlaced) -> str:
    return "yes"


@order_checked.connect
async def has_credit(shop: Shop, order: OrderPlaced) -> str:
    return "yes"


# 5. The receiver is called where it should be connected.
def make_room(shop: Shop, order: OrderPlaced) -> int:
    return order.total


order_placed.connect(make_room(Shop(), OrderPlaced("o-1", 999)))


# 6. The receiver is to follow one shop, and gets the class of all shops.
@order_placed.connect_via(Shop)
def count_orders(shop: Shop, order: OrderPlaced) -> None:
    print(shop, order)


# 7. The sender is left out of the send.
order_placed.send(OrderPlaced("o-1", 999))


# 8. The payload is sent in pieces.
order_placed.send(Shop(), order_id="o-1", total=999)


# 9. A key of the payload is misspelt.
order_shipped.send(Shop(), {"order_id": "o-1", "carier": "post"})
order_returned.send(Shop(), order_id="o-1", carier="post")


# 10. The async send is not awaited.
async def place(shop: Shop, order: OrderPlaced) -> None:
    order_placed.send_async(shop, order)

"""Place four orders and look at what each receiver makes of them: `python -m examples.orders`.

Two are refused, by a receiver and by the shop, and nobody is told of them. The last one stands
though its mail cannot be sent: the others hear of it, and whoever placed it sees what failed.
"""

from __future__ import annotations

from collections import Counter

from examples.orders.receivers import Inventory, Mailer, Metrics, price_goods, price_parcel
from examples.orders.shop import Order, OrderRefusedError, Shop, order_placed, price_asked

ORDERS = [
    Order("o-1", "ann@example.org", "lamp", quantity=2),
    Order("o-2", "bob@example.org", "sofa", quantity=1),
    Order("o-3", "bob@example.org", "lamp", quantity=2),
    Order("o-4", "nowhere", "lamp", quantity=1),
]


def main() -> None:
    shop = Shop("Lamps & Co", Counter(lamp=3))
    mailer, inventory, metrics = Mailer(), Inventory(at_least=1), Metrics()

    price_asked.connect(price_goods)
    price_asked.connect(price_parcel)
    # A connection lasts as long as the object whose method it is: here, until the end of `main`.
    order_placed.connect(mailer.confirm)
    order_placed.connect(inventory.update)
    order_placed.connect(metrics.count)
    names: dict[object, str] = {
        price_goods: "goods",
        price_parcel: "parcel",
        mailer.confirm: "mail",
        inventory.update: "inventory",
        metrics.count: "metrics",
    }

    parts = shop.quote(ORDERS[0])
    print(f"o-1 would cost {sum(parts.values) / 100:.2f}")
    for receiver, part in parts:
        print(f"    {names[receiver]}: {part / 100:.2f}")

    for order in ORDERS:
        try:
            outcomes = shop.place(order)
        except OrderRefusedError as error:
            print(f"{order.order_id} is refused, {error}")
            continue
        print(f"{order.order_id} is placed")
        for outcome in outcomes:
            told = outcome.value if outcome.error is None else f"failed, {outcome.error}"
            print(f"    {names[outcome.receiver]}: {told}")

    print("the mails:")
    for mail in mailer.outbox:
        print(f"    {mail}")


if __name__ == "__main__":
    main()

"""Place three orders and look at what each receiver made of them: `python -m examples.orders`.

The second is for more than there is: `send` lets that be known at once, before any mail leaves. The
third stands already, so `send_robust` has everybody hear of it, and gives a value or an error of
each.
"""

from __future__ import annotations

from examples.orders.receivers import Inventory, Mailer, Metrics, OutOfStockError
from examples.orders.shop import OrderPlaced, Shop, order_placed


def main() -> None:
    shop = Shop("Lamps & Co")
    mailer, inventory, metrics = Mailer(), Inventory({"lamp": 3}), Metrics()

    # A connection lasts as long as the object whose method it is: here, until the end of `main`.
    order_placed.connect(mailer.confirm)
    order_placed.connect(inventory.reserve, priority=1)  # before any mail leaves
    order_placed.connect(metrics.count)
    names: dict[object, str] = {
        mailer.confirm: "mail",
        inventory.reserve: "inventory",
        metrics.count: "metrics",
    }

    results = shop.place(OrderPlaced("o-1", "ann@example.org", "lamp", quantity=2))
    print(f"o-1: {', '.join(results.values)}")
    for receiver, done in results:
        print(f"    {names[receiver]}: {done}")

    try:
        shop.place(OrderPlaced("o-2", "bob@example.org", "lamp", quantity=2))
    except OutOfStockError as error:
        print(f"o-2: refused, {error}")

    outcomes = shop.record(OrderPlaced("o-3", "cid@example.org", "lamp", quantity=5))
    print(f"o-3: {', '.join(outcomes.values)}")
    for outcome in outcomes:
        told = outcome.value if outcome.error is None else f"failed, {outcome.error}"
        print(f"    {names[outcome.receiver]}: {told}")

    print("the mails:")
    for mail in mailer.outbox:
        print(f"    {mail}")


if __name__ == "__main__":
    main()

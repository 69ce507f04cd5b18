"""The application under test: a shop that sells books, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field

from anyio.lowlevel import checkpoint

from aldis import Signal

LIST_PRICE = 1000  # cents


@dataclass(frozen=True, slots=True)
class Sale:
    title: str
    price: int


@dataclass(eq=False)
class Shop:
    stock: dict[str, int]
    mails: list[str] = field(default_factory=list[str])

    def sell(self, title: str) -> None:
        """Sell a book, for less if somebody grants a discount."""
        discounts = price_asked.send(self, title).values
        sold.send(self, Sale(title, LIST_PRICE - sum(discounts)))

    async def ship(self, title: str) -> None:
        """Send a book on its way."""
        await shipped.send_async(self, title)


price_asked = Signal[str, Shop, int]("price_asked", doc="Receivers grant discounts, in cents.")
sold = Signal[Sale, Shop]("sold")
sold_out = Signal[str, Shop]("sold_out")
shipped = Signal[str, Shop]("shipped")


@sold.connect
def mail_receipt(shop: Shop, sale: Sale) -> None:
    shop.mails.append(f"receipt for {sale.title}")


@sold.connect
def count_down(shop: Shop, sale: Sale) -> None:
    shop.stock[sale.title] -= 1
    if shop.stock[sale.title] == 0:
        sold_out.send(shop, sale.title)


@shipped.connect
async def mail_notice(shop: Shop, title: str) -> None:
    await checkpoint()  # a real mail is waited for
    shop.mails.append(f"{title} is on its way")

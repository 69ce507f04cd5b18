"""The app: a route posts an order and answers; what follows from it is done behind its back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypedDict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aldis import Dispatcher, DispatcherFullError, Event, Outcome, Signal


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: str
    email: str


@dataclass(frozen=True, eq=False)
class Shop:
    send_mail: Callable[[str, str], Awaitable[None]]


order_placed = Signal[OrderPlaced, Shop]("order_placed")


@order_placed.connect
async def send_receipt(shop: Shop, order: OrderPlaced) -> None:
    await shop.send_mail(order.email, f"receipt for {order.order_id}")


class State(TypedDict):
    dispatcher: Dispatcher


def create_app(shop: Shop, report: Callable[[str], object], max_pending: int = 1024) -> Starlette:
    def tell(outcome: Outcome[object], event: Event[OrderPlaced, Shop]) -> None:
        report(f"no receipt for {event.payload.order_id}: {outcome.error}")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[State]:
        async with Dispatcher(
            max_pending=max_pending,
            ordered=True,  # receipts leave in the order of the orders
            on_error=tell,
            grace=10,  # seconds that a shutdown may take
        ) as dispatcher:
            yield {"dispatcher": dispatcher}
        # Here every order that was accepted has its receipt, or its report.

    async def place_order(request: Request) -> JSONResponse:
        dispatcher: Dispatcher = request.state.dispatcher
        order = OrderPlaced(**await request.json())
        try:
            _ = dispatcher.post(order_placed.event(shop, order))
        except DispatcherFullError:
            return JSONResponse({"error": "too many orders, come back later"}, 503)
        return JSONResponse({"accepted": order.order_id}, 202)

    async def count_orders(request: Request) -> JSONResponse:
        dispatcher: Dispatcher = request.state.dispatcher
        return JSONResponse(dispatcher.statistics()._asdict())

    routes = [
        Route("/orders", place_order, methods=["POST"]),
        Route("/orders", count_orders, methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)

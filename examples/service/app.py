"""The FastAPI app: a route posts an order and answers; what follows is done behind its back."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, status
from pydantic import BaseModel

from aldis import Dispatcher, DispatcherFullError
from examples.service.orders import OrderPlaced, Shop, order_placed, report_failure


class NewOrder(BaseModel):
    order_id: str
    email: str


class Accepted(BaseModel):
    accepted: str


class Counts(BaseModel):
    pending: int
    running: int
    done: int
    failed: int
    dropped: int


class State(TypedDict):
    dispatcher: Dispatcher
    shop: Shop


async def get_dispatcher(request: Request) -> Dispatcher:
    dispatcher: Dispatcher = request.state.dispatcher
    return dispatcher


async def get_shop(request: Request) -> Shop:
    shop: Shop = request.state.shop
    return shop


TheDispatcher = Annotated[Dispatcher, Depends(get_dispatcher)]
TheShop = Annotated[Shop, Depends(get_shop)]

router = APIRouter()


@router.post("/orders", status_code=status.HTTP_202_ACCEPTED)
async def place_order(order: NewOrder, shop: TheShop, dispatcher: TheDispatcher) -> Accepted:
    """Accept an order; what follows waits in the memory of this process, and nowhere else."""
    placed = OrderPlaced(order.order_id, order.email)
    try:
        _ = dispatcher.post(order_placed.event(shop, placed))
    except DispatcherFullError as error:
        refusal = "too many orders, come back later"
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, refusal) from error
    return Accepted(accepted=order.order_id)


@router.get("/orders")
async def count_orders(dispatcher: TheDispatcher) -> Counts:
    return Counts(**dispatcher.statistics()._asdict())


def create_app(shop: Shop, max_pending: int = 1024, grace: float = 10) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[State]:
        async with Dispatcher(
            max_pending=max_pending,
            ordered=True,  # receipts leave in the order of the orders
            on_error=report_failure,
            grace=grace,  # seconds that a shutdown may take; what then remains is reported
        ) as dispatcher:
            yield {"dispatcher": dispatcher, "shop": shop}
        # Here every order that was accepted has its receipt, or its report.

    app = FastAPI(title="Shop", lifespan=lifespan)
    app.include_router(router)
    return app

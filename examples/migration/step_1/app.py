"""The application: routes, and commands for the people behind the counter."""

from __future__ import annotations

from typing import Any

import click
from flask import Blueprint, Flask, current_app, jsonify, request, request_finished
from flask.cli import AppGroup
from flask.typing import ResponseReturnValue

from examples.migration.step_1.models import Order, OrderRefusedError, Shop
from examples.migration.step_1.orders import cancel, check_stock, pay, place, ship
from examples.migration.step_1.receivers import Metrics, limit_orders
from examples.migration.step_1.signals import order_placed, stock_low

routes = Blueprint("shops", __name__)
orders_commands = AppGroup("orders", help="What was ordered.")
stock_commands = AppGroup("stock", help="What is left.")


def create_app() -> Flask:
    """Make the application, with two shops in it."""
    app = Flask(__name__)
    books = Shop("books", {"atlas": 4500, "novel": 900}, stock={"atlas": 4, "novel": 8})
    wine = Shop("wine", {"claret": 1200}, stock={"claret": 12})
    limit_orders(wine, most=6)
    metrics = Metrics()
    request_finished.connect(metrics.count_request, app)  # Flask's own, and blinker's always
    app.extensions["shops"] = {"books": books, "wine": wine}
    app.extensions["metrics"] = metrics
    app.register_blueprint(routes)
    app.cli.add_command(orders_commands)
    app.cli.add_command(stock_commands)
    return app


def _find_shop(name: str) -> Shop:
    shops: dict[str, Shop] = current_app.extensions["shops"]
    return shops[name]


# -- routes --------------------------------------------------------------------------------------


@routes.post("/<shop_name>/orders")
def place_order(shop_name: str) -> ResponseReturnValue:
    body: dict[str, Any] = request.get_json()
    order = place(_find_shop(shop_name), body["customer"], body["sku"], body["quantity"])
    return _show(order), 201


@routes.post("/<shop_name>/orders/<order_id>/payment")
def pay_order(shop_name: str, order_id: str) -> ResponseReturnValue:
    shop = _find_shop(shop_name)
    pay(shop, shop.orders[order_id])
    return _show(shop.orders[order_id])


@routes.post("/<shop_name>/orders/<order_id>/parcel")
def ship_order(shop_name: str, order_id: str) -> ResponseReturnValue:
    body: dict[str, Any] = request.get_json()
    shop = _find_shop(shop_name)
    ship(shop, shop.orders[order_id], body["carrier"])
    return _show(shop.orders[order_id])


@routes.delete("/<shop_name>/orders/<order_id>")
def cancel_order(shop_name: str, order_id: str) -> ResponseReturnValue:
    body: dict[str, Any] = request.get_json()
    shop = _find_shop(shop_name)
    cancel(shop, shop.orders[order_id], body["reason"])
    return _show(shop.orders[order_id])


@routes.get("/<shop_name>")
def show_shop(shop_name: str) -> ResponseReturnValue:
    shop = _find_shop(shop_name)
    return jsonify(
        stock=shop.stock,
        wanted=sorted(shop.wanted),
        points=shop.points,
        outbox=shop.outbox,
        audit=shop.audit,
        troubles=shop.troubles,
    )


@routes.get("/metrics")
def show_metrics() -> ResponseReturnValue:
    metrics: Metrics = current_app.extensions["metrics"]
    return jsonify(metrics.counts)


@routes.errorhandler(OrderRefusedError)
def show_objections(error: OrderRefusedError) -> ResponseReturnValue:
    return jsonify(objections=error.objections), 409


def _show(order: Order) -> dict[str, str]:
    return {"order_id": order.order_id, "status": order.status}


# -- commands ------------------------------------------------------------------------------------


@orders_commands.command("import")
@click.argument("shop_name")
@click.argument("customer")
@click.argument("sku")
@click.argument("quantity", type=int)
def import_order(shop_name: str, customer: str, sku: str, quantity: int) -> None:
    """Enter an old order: its goods left the shelf, and its mail was sent, long ago."""
    with order_placed.muted():
        order = place(_find_shop(shop_name), customer, sku, quantity)
    click.echo(f"imported {order.order_id}")


@stock_commands.command("check")
@click.argument("shop_name")
def list_low_stock(shop_name: str) -> None:
    """Tell of everything of which little is left, and print it."""
    shop = _find_shop(shop_name)

    def print_low(_shop: Shop, *, sku: str, left: int, **_: object) -> None:
        click.echo(f"{left} of {sku}")

    with stock_low.connected_to(print_low, shop):
        for sku in shop.stock:
            check_stock(shop, sku)
    click.echo(f"checked {len(shop.stock)}")

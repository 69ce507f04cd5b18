"""Visits the shop through Flask's test client and writes down what it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from flask import Flask


class _Request(NamedTuple):
    method: str
    path: str
    body: dict[str, str | int] | None = None


_REQUESTS = [
    _Request("POST", "/books/orders", {"customer": "Ann", "sku": "atlas", "quantity": 2}),
    _Request("POST", "/books/orders", {"customer": "Ben", "sku": "novel", "quantity": 4}),
    _Request("POST", "/wine/orders", {"customer": "Ann", "sku": "claret", "quantity": 6}),
    # Refused: by the stock, and by a receiver that only the wine shop has.
    _Request("POST", "/books/orders", {"customer": "Ben", "sku": "atlas", "quantity": 9}),
    _Request("POST", "/books/orders", {"customer": "Ben", "sku": "novel", "quantity": 7}),
    _Request("POST", "/wine/orders", {"customer": "Ben", "sku": "claret", "quantity": 7}),
    _Request("POST", "/books/orders/books-1/payment"),
    _Request("POST", "/wine/orders/wine-1/payment"),
    _Request("POST", "/books/orders/books-1/parcel", {"carrier": "post"}),
    _Request("POST", "/wine/orders/wine-1/parcel", {"carrier": "pigeon"}),  # does not answer
    _Request("DELETE", "/books/orders/books-2", {"reason": "read it"}),
]
_COMMANDS = [
    ["orders", "import", "books", "Cleo", "novel", "3"],
    ["stock", "check", "books"],
    ["stock", "check", "wine"],
]
_LOOKS = [_Request("GET", "/books"), _Request("GET", "/wine"), _Request("GET", "/metrics")]


def write_transcript(app: Flask) -> Iterator[str]:
    """Go through a day of the shop, line by line."""
    for request in _REQUESTS:
        yield from _ask(app, request)
    for command in _COMMANDS:
        yield f"$ flask {' '.join(command)}"
        result = app.test_cli_runner().invoke(args=command, catch_exceptions=False)
        yield from (f"    {line}" for line in result.output.splitlines())
    for request in _LOOKS:
        yield from _ask(app, request)


def _ask(app: Flask, request: _Request) -> Iterator[str]:
    body = "" if request.body is None else f" {json.dumps(request.body)}"
    yield f"{request.method} {request.path}{body}"
    answer = app.test_client().open(request.path, method=request.method, json=request.body)
    shown = json.dumps(answer.get_json(), indent=4, sort_keys=True)
    yield from (f"    {line}" for line in f"{answer.status_code} {shown}".splitlines())

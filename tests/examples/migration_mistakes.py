"""Mistakes to make in the shop of examples/migration, and what mypy says to them."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.examples.migration_stages import FOLDER, ROOT


@dataclass(frozen=True)
class Mistake:
    """A line of a module, and what stands there by mistake."""

    module: str
    right: str
    wrong: str


IN_KEYWORDS = {
    "a wrong keyword in a send": Mistake(
        "orders",
        "order_placed.send(shop, order_id=order_id, customer=customer, total=order.total)",
        "order_placed.send(shop, order_id=order_id, customer=customer, totl=order.total)",
    ),
    "a wrong type in a send": Mistake(
        "orders",
        "order_paid.send(shop, customer=order.customer, total=order.total,",
        'order_paid.send(shop, customer=order.customer, total="90.00",',
    ),
    "a wrong type in a receiver": Mistake(
        "receivers",
        "def mail_regrets(shop: Shop, *, order_id: str, customer: str, **_: object) -> None:",
        "def mail_regrets(shop: Shop, *, order_id: str, customer: int, **_: object) -> None:",
    ),
}
"""What can go wrong before, in step 1 and in step 2, whose senders and receivers are the same."""

IN_OBJECTS = {
    "a wrong payload": Mistake(
        "orders",
        "order_shipped.send_robust(shop, Parcel(order.order_id, carrier, order.customer))",
        "order_shipped.send_robust(shop, order)",
    ),
    "a wrong sender": Mistake(
        "orders",
        "order_checking.send(shop, Checkout(sku, quantity))",
        "order_checking.send(shop.name, Checkout(sku, quantity))",
    ),
    "a wrong result": Mistake(
        "receivers",
        "def object_to_many(_shop: Shop, checkout: Checkout) -> str | None:\n"
        '        return f"we sell {most} at a time" if checkout.quantity > most else None',
        "def object_to_many(_shop: Shop, checkout: Checkout) -> bool:\n"
        "        return checkout.quantity > most",
    ),
}
"""What can go wrong in step 3, where two payloads are objects."""

MISTAKES = {
    "before": IN_KEYWORDS,
    "step_1": IN_KEYWORDS,
    "step_2": IN_KEYWORDS,
    "step_3": IN_OBJECTS,
}


@functools.cache
def answers() -> dict[str, dict[str, list[str]]]:
    """Make every mistake in a copy of each stage, and give what mypy says, by stage and mistake.

    Notes that list overloads are left out. What is said of any other line stands under its place.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(
            FOLDER,
            root / "examples" / "migration",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        shutil.copy(ROOT / "mypy.ini", root)
        places = {
            place: (stage, name)
            for stage, mistakes in MISTAKES.items()
            for name, mistake in mistakes.items()
            for place in _make(root, stage, mistake)
        }
        said = _ask_mypy(root)
    found: dict[str, dict[str, list[str]]] = {
        stage: {name: [] for name in mistakes} for stage, mistakes in MISTAKES.items()
    }
    for place, text in said:
        stage, name = places.get(place, ("elsewhere", place))
        found.setdefault(stage, {}).setdefault(name, []).append(text)
    return found


def _make(root: Path, stage: str, mistake: Mistake) -> list[str]:
    """Make a mistake, and give the places of its lines and of the decorator above them."""
    module = Path("examples", "migration", stage, f"{mistake.module}.py")
    source = (root / module).read_text(encoding="utf-8")
    assert source.count(mistake.right) == 1, f"{module} has it not once: {mistake.right}"
    (root / module).write_text(source.replace(mistake.right, mistake.wrong), encoding="utf-8")
    first = source[: source.index(mistake.right)].count("\n")
    return [f"{module}:{first + line}" for line in range(mistake.wrong.count("\n") + 2)]


def _ask_mypy(root: Path) -> list[tuple[str, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--no-color-output", "examples"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr or done.stdout
    said = [re.fullmatch(r"(.+?:\d+): (.+)", line) for line in done.stdout.splitlines()]
    return [(each[1], each[2]) for each in said if each is not None and not _NOTE.match(each[2])]


_NOTE = re.compile(r"note: (Possible overload variants:|    )")

"""docs/how-to/django.md: its files make a project whose tests pass, and what it says of Django."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "django.md"

pytestmark = pytest.mark.skipif(find_spec("django") is None, reason="Django is not installed")

SETTINGS = """
SECRET_KEY = "no secret"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "urls"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
"""

URLS = """
from django.urls import path

from shop import views

urlpatterns = [
    path("orders", views.place_order),
    path("orders/<int:order_id>/reminder", views.remind),
]
"""

MORE_TESTS = '''
from django.core.asgi import get_asgi_application
from django.core.exceptions import SynchronousOnlyOperation
from django.db import transaction
from django.test import TestCase, TransactionTestCase

from aldis import LostReceiverWarning, Signal
from shop import receivers
from shop.models import Order, Stock
from shop.orders import place
from shop.signals import OrderPlaced, order_placed, stock_changed


def count(sender, order):
    return Order.objects.count()


class ClaimTests(TestCase):
    def test_updates_in_bulk_send_nothing(self):
        """Neither `update` nor `bulk_create` sends `post_save`."""
        told = []
        with stock_changed.connected_to(lambda sender, change: told.append(change)):
            Stock.objects.bulk_create([Stock(sku="atlas", left=1)])
            Stock.objects.update(left=2)
            self.assertEqual(told, [])
            Stock.objects.get().save()
        self.assertEqual(len(told), 1)

    def test_ready_that_is_called_again(self):
        """Apps that are installed anew connect nothing a second time."""
        before = len(order_placed.connections)
        with self.modify_settings(INSTALLED_APPS={"append": "django.contrib.contenttypes"}):
            self.assertEqual(len(order_placed.connections), before)

    def test_a_function_inside_of_ready_is_lost(self):
        """It is told of."""
        signal = Signal[int]("signal")

        def ready():
            @signal.connect
            def receive(sender, payload): ...

        ready()
        with self.assertWarns(LostReceiverWarning):
            signal.send(None, 1)

    async def test_plain_receivers_run_in_the_loop(self):
        """Django refuses to use the database there."""
        with order_placed.connected_to(count):
            with self.assertRaises(SynchronousOnlyOperation):
                await order_placed.send_async(None, OrderPlaced(1, "ada"))

    async def test_an_async_view_places_an_order(self):
        """It calls what has a transaction in a thread."""
        await Stock.objects.acreate(sku="atlas", left=1)
        answer = await self.async_client.post("/orders", {"customer": "ada", "sku": "atlas"})
        self.assertEqual(answer.status_code, 201)

    async def test_there_is_no_lifespan(self):
        """The application refuses it."""
        with self.assertRaisesMessage(ValueError, "lifespan"):
            await get_asgi_application()({"type": "lifespan"}, None, None)


class CommitTests(TransactionTestCase):
    def setUp(self):
        Stock.objects.create(sku="atlas", left=9)

    def test_what_is_rolled_back_is_not_told_of(self):
        """Nor is it later."""
        told = []
        with order_placed.connected_to(lambda sender, order: told.append(order)):
            with self.assertRaises(KeyError), transaction.atomic():
                place("ada", "atlas")
                raise KeyError
            place("bob", "atlas")
        self.assertEqual([order.customer for order in told], ["bob"])

    def test_without_a_transaction_it_is_sent_at_once(self):
        """`on_commit` calls there and then."""
        told = []
        transaction.on_commit(lambda: told.append(1))
        self.assertEqual(told, [1])

    def test_what_raises_after_the_commit_keeps_others_from_running(self):
        """It comes out of the block, whose data is committed all the same."""
        told = []

        def fail():
            raise KeyError

        with self.assertRaises(KeyError), transaction.atomic():
            Order.objects.create(customer="ada")
            transaction.on_commit(fail)
            transaction.on_commit(lambda: told.append(1))
        self.assertEqual((told, Order.objects.count()), ([], 1))

    async def test_plain_receivers_in_threads_use_the_database(self):
        """With `to_thread=True` they are not in the loop."""
        order_placed.connect(count, to_thread=True)
        try:
            results = await order_placed.send_async(None, OrderPlaced(1, "ada"))
        finally:
            order_placed.disconnect(count)
        self.assertEqual(results.values[-1], 0)
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Write the files of the page, and those that any project has."""
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```py\n# (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == text.count("\n```py") == 7
    files = dict(blocks) | {
        "shop/__init__.py": "",
        "settings.py": SETTINGS,
        "urls.py": URLS,
        "shop/test_more.py": MORE_TESTS,
    }
    (tmp_path / "shop").mkdir()
    for name, code in files.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    return tmp_path


def test_the_projects_own_tests_pass(project: Path) -> None:
    """Those on the page, and those of what the page says beside; with warnings as errors."""
    path = os.pathsep.join([str(project), *(each for each in sys.path if each)])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "django", "test", "shop", "--settings", "settings"],
        cwd=project,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Ran 17 tests" in done.stderr

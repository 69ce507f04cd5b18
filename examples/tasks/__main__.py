"""Leave tasks to two workers and see what becomes of them: `python -m examples.tasks [BACKEND]`.

BACKEND is asyncio, unless it is trio. The report waits for its figures, which the other worker
collects meanwhile; invoices cannot be sent, nor can the archive be tidied.
"""

from __future__ import annotations

import sys

import anyio

from aldis import Dispatcher, Event, Outcome
from examples.tasks.queue import Task, TaskQueue
from examples.tasks.receivers import Tally, invoices, reports


class Office:
    """What there is to do."""

    def __init__(self) -> None:
        self._are_collected = anyio.Event()

    async def collect_figures(self) -> str:
        """Collect what the report needs."""
        self._are_collected.set()
        return "12 figures"

    async def write_report(self) -> str:
        """Wait for the figures, and write."""
        await self._are_collected.wait()
        return "3 pages"

    async def send_invoice(self) -> str:
        """Fail for want of an address."""
        raise ValueError("there is no address")

    async def tidy_archive(self) -> str:
        """Fail for want of a key."""
        raise OSError("the archive is locked")


def complain(outcome: Outcome[object], event: Event[Task, TaskQueue]) -> None:
    print(f"on_error: {event.payload.name} raised {outcome.error!r}")


async def main() -> None:
    office, tally = Office(), Tally()
    async with Dispatcher(concurrency=2, on_error=complain) as workers:
        report = reports.submit(Task("the report", office.write_report), workers)
        reports.submit(Task("collecting", office.collect_figures), workers)
        await report.result()

        invoice = invoices.submit(Task("invoice 1", office.send_invoice), workers)
        try:
            await invoice.result()
        except ValueError as error:
            print(f"whoever awaits its result gets {error!r}")

        reports.submit(Task("tidying", office.tidy_archive), workers)  # leaving waits for it

    try:
        await invoices.run(Task("invoice 2", office.send_invoice))
    except ValueError as error:
        print(f"whoever runs it gets {error!r}")

    for name in (reports.name, invoices.name):
        print(f"{name}: {tally.completed[name]} completed, {tally.failed[name]} failed")


if __name__ == "__main__":
    anyio.run(main, backend="trio" if sys.argv[1:] == ["trio"] else "asyncio")

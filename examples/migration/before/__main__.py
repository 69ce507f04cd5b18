"""Prints a day of the shop: `python -m examples.migration.before`."""

from __future__ import annotations

from examples.migration.before.app import create_app
from examples.migration.transcript import write_transcript

if __name__ == "__main__":
    for line in write_transcript(create_app()):
        print(line)

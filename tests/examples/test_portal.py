"""The sync program: its threads post, it waits by way of the portal, and drains by leaving."""

from __future__ import annotations

import pytest

from tests.examples.migration_stages import run_python

TRANSCRIPT = """\
the first sale is number 1 in the books
1501 sales are in the books
closing time
bakery: 502 sales, 176245 cents, in order
cheese: 501 sales, 175255 cents, in order
garden: 501 sales, 175255 cents, in order
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_transcript(backend: str) -> None:
    """Every sale of every thread is in the books, in the order of its till, when the block ends."""
    assert run_python("-m", "examples.portal", backend) == TRANSCRIPT.splitlines()

"""What `import aldis` brings, and what it does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

import aldis


@pytest.mark.parametrize(
    "module", ["anyio", "asyncio", "trio", "sniffio", "logging", "opentelemetry"]
)
def test_importing_aldis_loads_none_of_these(module: str) -> None:
    """They are imported when an async send, or ready-made middleware, first needs them."""
    program = f"import sys, aldis; sys.exit({module!r} in sys.modules)"
    subprocess.run([sys.executable, "-I", "-c", program], check=True, timeout=60)


def test_a_sync_program_never_loads_one() -> None:
    """Connecting and sending need none either."""
    program = (
        "import sys, aldis\n"
        "signal = aldis.Signal[int]()\n"
        "signal.connect(lambda sender, payload: payload, weak=False)\n"
        "assert signal.send(None, 1).values == (1,)\n"
        "sys.exit('anyio' in sys.modules or 'asyncio' in sys.modules)"
    )
    subprocess.run([sys.executable, "-I", "-c", program], check=True, timeout=60)


def test_there_are_at_most_twenty_five_public_names() -> None:
    """A small face; each name is there and documented."""
    assert len(aldis.__all__) <= 25
    assert sorted(aldis.__all__) == aldis.__all__
    undocumented = [name for name in aldis.__all__ if not getattr(aldis, name).__doc__]
    assert undocumented == []

"""A drop-in for blinker: all of its public face, on the registry and delivery of Aldis.

`from aldis.blinker import signal` in the place of `from blinker import signal` is all there is to
do; `docs/how-to/migrating-from-blinker.md` says what is different, and how to go on from here.
"""

from __future__ import annotations

from aldis.blinker.base import (
    ANY,
    NamedSignal,
    Namespace,
    Signal,
    default_namespace,
    signal,
)

__all__ = ["ANY", "NamedSignal", "Namespace", "Signal", "default_namespace", "signal"]

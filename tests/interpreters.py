"""What not all interpreters have: marks that skip a test, and say why."""

from __future__ import annotations

import sys

import pytest

IS_CPYTHON = sys.implementation.name == "cpython"
AT_ONCE = "freed at once, which only CPython promises, since it counts references"

needs_refcounting = pytest.mark.skipif(not IS_CPYTHON, reason=AT_ONCE)
needs_c_methods = pytest.mark.skipif(
    not IS_CPYTHON, reason="what a C method is, and what takes no weak reference, is CPython's"
)
needs_whole_steps = pytest.mark.skipif(
    not IS_CPYTHON, reason="interrupted in the middle of what CPython does in one step"
)

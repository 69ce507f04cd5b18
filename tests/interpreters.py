"""What not all interpreters have: marks that skip a test, and say why; and what makes up for it."""

from __future__ import annotations

import gc
import importlib.util
import sys
import sysconfig

import pytest

HAS_GIL = not sysconfig.get_config_var("Py_GIL_DISABLED")
IS_CPYTHON = sys.implementation.name == "cpython"
AT_ONCE = "freed at once, which only CPython promises, since it counts references"

needs_refcounting = pytest.mark.skipif(not IS_CPYTHON, reason=AT_ONCE)
needs_c_methods = pytest.mark.skipif(
    not IS_CPYTHON, reason="what a C method is, and what takes no weak reference, is CPython's"
)
needs_whole_steps = pytest.mark.skipif(
    not IS_CPYTHON, reason="interrupted in the middle of what CPython does in one step"
)
needs_cpythons_library = pytest.mark.skipif(
    not IS_CPYTHON, reason="what a module of the standard library imports is CPython's"
)
needs_mypy = pytest.mark.skipif(
    importlib.util.find_spec("mypy") is None, reason="mypy is not installed here"
)
needs_gil = pytest.mark.skipif(
    not HAS_GIL,
    reason="without a GIL, functions and what threads share die later",
)


def let_die() -> None:
    """Have what nobody holds any more die, as it has by now where references are counted."""
    if not IS_CPYTHON:
        gc.collect()
        gc.collect()  # of what had a finalizer, the first only runs that

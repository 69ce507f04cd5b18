"""What runs under valgrind: does each case in two forks, in the second one for longer."""

# A fork of one process costs no start-up, finds nothing that another case has taught the
# interpreter, and differs from its twin in the number of loops alone.

from __future__ import annotations

import gc
import json
import os
import traceback
from collections.abc import Callable, Collection
from importlib import import_module
from typing import Final, NoReturn

from bench.counting.cases import cases, run
from bench.timing import Timed

LOOPS: Final = (200, 700)
"""By the end of the first, the interpreter has specialised what it will; the rest is counted."""


def main(only: Collection[str]) -> None:
    """Do them; each fork prints its process and what it did, as JSON.

    Args:
        only: the keys of the cases to do; all are done where it is empty.

    Raises:
        SystemExit: a fork failed; it has printed why.
    """
    import_module("asyncio")  # where nobody has, Aldis looks for it at each async send
    gc.disable()
    for case in cases():
        if only and case.key not in only:
            continue
        for who, prepare in (("bare", case.bare), ("aldis", case.aldis)):
            for loops in LOOPS:
                _fork(case.key, who, prepare, loops)


def _fork(key: str, who: str, prepare: Callable[[], Timed], loops: int) -> None:
    process = os.fork()
    if not process:
        _do_and_leave(key, who, prepare, loops)
    _, status = os.waitpid(process, 0)
    if status:
        raise SystemExit(f"{key}, {who}: the fork ended with status {status}")


def _do_and_leave(key: str, who: str, prepare: Callable[[], Timed], loops: int) -> NoReturn:
    status = 1
    try:
        timed = prepare()
        run(timed, loops)
        print(json.dumps([os.getpid(), key, who, loops * timed.often]), flush=True)
        status = 0
    except BaseException:
        traceback.print_exc()
    os._exit(status)

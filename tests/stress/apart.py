"""Runs a check in a process of its own: what hangs or crashes there is a result like any other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from tests.stress.checks import CHECKS
from tests.stress.controls import CONTROLS
from tests.stress.designs import FACES, Design
from tests.stress.findings import Result, Terms, print_result, read_result
from tests.stress.peers import PEERS

ROOT: Final = Path(__file__).parents[2]
DESIGNS: Final[dict[str, type[Design]]] = {
    design.name: design for design in (*FACES, *PEERS, *CONTROLS)
}
_SLACK: Final = 120.0


def run_apart(check: str, design: str, terms: Terms) -> Result:
    """Run one check on one design.

    Args:
        check: its name.
        design: its name.
        terms: how hard it is tried.

    Returns:
        What has come of it; a crash of the interpreter and a time-out, too.
    """
    terms = replace(terms, seconds=terms.seconds * CHECKS[check].share)
    command = [sys.executable, "-m", "tests.stress.apart", check, design, json.dumps(asdict(terms))]
    limit = 10 * terms.seconds + 10 * terms.patience + _SLACK
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return Result(end="no end")
    if done.returncode:
        if "Timeout (" in done.stderr:
            return Result(end="deadlock", samples=done.stderr.splitlines()[-5:])
        code = done.returncode
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Result(end=f"crash ({name})", samples=done.stderr.splitlines()[-5:])
    return read_result(done.stdout)


def main() -> None:
    """Run what the arguments name, in this process."""
    check, design, terms = sys.argv[1:]
    made = DESIGNS[design]()
    print_result(CHECKS[check].run(made, Terms(**json.loads(terms))))
    sys.stdout.flush()
    os._exit(0)  # threads that are stuck are not to keep it from ending


if __name__ == "__main__":
    main()

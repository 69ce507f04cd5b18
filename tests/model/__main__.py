"""Hold signals against the model for longer than `make test` does: `python -m tests.model`."""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import time

from tests.model.faces import DropInFace, Face, KeywordFace
from tests.model.machine import make_machine, run

FACES: dict[str, type[Face]] = {
    "Signal": Face,
    "KeywordSignal": KeywordFace,
    "aldis.blinker.Signal": DropInFace,
}


def main() -> None:
    """Try each kind of signal, and print what was tried as a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--examples", type=int, default=20_000, help="for each kind of signal")
    parser.add_argument("--steps", type=int, default=40, help="at most, in each example")
    parser.add_argument("--seed", type=int, help="other examples than those of `make test`")
    parser.add_argument("--face", choices=FACES, action="append", help="this kind alone")
    options = parser.parse_args()
    print("| signal | examples | operations | receivers called | seconds | differences |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in options.face or FACES:
        begun = time.monotonic()
        tally = run(
            make_machine(FACES[name]), options.examples, steps=options.steps, seed=options.seed
        )
        seconds = time.monotonic() - begun
        print(
            f"| `{name}` | {tally['examples']:,} | {tally['operations']:,} | {tally['calls']:,} "
            f"| {seconds:,.0f} | none |",
            flush=True,
        )


if __name__ == "__main__":
    main()

"""Hold what a send takes to what was recorded: `python -m bench.counting`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from bench.counting import records, valgrind
from bench.counting.judging import ELSEWHERE, advice, is_same_build, judge, table_lines
from bench.counting.records import Record, build, interpreter
from bench.counting.valgrind import CountingError

HOW: Final = "make bench-check BENCH_FLAGS=--write"
FOREIGN: Final = (
    "Bare code takes other instructions than were recorded: this is another build of the"
    " interpreter (the record is of one by {build}), and so {allowed:.0%} is allowed. To see less,"
    " record on the commit before, and compare with that."
)


def main(arguments: list[str] | None = None) -> int:
    """Count and compare, or record; 1 when something has become too dear, 2 for no counts."""
    options = _options(arguments)
    name, file = interpreter(), options.file
    if not valgrind.is_there():
        print("Skipped: valgrind, which counts the instructions, is not installed here.")
        return 0
    recorded = records.read(file, name)
    if recorded is None and not options.write:
        print(f"Skipped: nothing was recorded for {name}, only for:")
        print("\n".join(f"  {each}" for each in records.names(file)) or "  nothing")
        print(f"`{HOW}` records it; another BENCH_PYTHON is another interpreter.")
        return 0
    try:
        now = Record(build(), valgrind.count(options.seed))
    except CountingError as error:
        print(error, file=sys.stderr)
        return 2
    verdicts = judge(recorded.counts if recorded else {}, now.counts)
    print(f"{name} ({now.build}): instructions of one time, and their ratio to bare code's\n")
    print("\n".join(table_lines(verdicts)))
    if options.write:
        records.write(file, name, now)
        print("\nRecorded.")
        return 0
    if recorded and not is_same_build(recorded.counts, now.counts):
        print(f"\n{FOREIGN.format(build=recorded.build, allowed=ELSEWHERE)}")
    print("\n".join(["", *advice(verdicts, HOW)]))
    return 0 if all(each.held for each in verdicts) else 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.counting", description=__doc__)
    parser.add_argument("--write", action="store_true", help="record what is counted now")
    parser.add_argument(
        "--seed", type=int, default=valgrind.SEED, help="of the hashes of text, to see the spread"
    )
    parser.add_argument("--file", type=Path, default=records.FILE, help="where it is recorded")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

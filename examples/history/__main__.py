"""The command line: `python -m examples.history [PATH]`."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio

from examples.history.errors import BackendMissingError, HistoryError
from examples.history.replay import replay
from examples.history.report import show


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay a history and print its summary.

    Returns:
        0, or 2 when there is nothing that could be replayed, or 1 when something was lost.
    """
    options = _read_options(arguments)
    try:
        if importlib.util.find_spec(options.backend) is None:
            raise BackendMissingError(options.backend)
        report = anyio.run(
            partial(replay, options.path, follow=options.author, audit=options.audit),
            backend=options.backend,
        )
    except HistoryError as error:
        print(f"history: {error}", file=sys.stderr)
        return 2
    for line in show(report):
        # Not every terminal knows every letter.
        encoding = sys.stdout.encoding
        print(line.encode(encoding, "backslashreplace").decode(encoding))
    if not report.is_complete:
        print("history: something was lost between git, the signals and the audit", file=sys.stderr)
        return 1
    return 0


class _Options(argparse.Namespace):
    path: Path
    backend: str
    author: str | None
    audit: Path | None


def _read_options(arguments: Sequence[str] | None) -> _Options:
    parser = argparse.ArgumentParser(
        prog="python -m examples.history",
        description="Feed declared signals with the git history of a repository.",
    )
    parser.add_argument(
        "path",
        nargs="?",
        type=Path,
        default=Path(__file__).resolve().parent,
        help="any folder of the repository; by default the one that this file stands in",
    )
    parser.add_argument("--backend", choices=["asyncio", "trio"], default="asyncio")
    parser.add_argument("--author", metavar="NAME", help="follow who has this name or address")
    parser.add_argument("--audit", metavar="FILE", type=Path, help="append JSON Lines to this file")
    return parser.parse_args(arguments, namespace=_Options())


if __name__ == "__main__":
    sys.exit(main())

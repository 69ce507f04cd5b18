"""Reads a history from git: bytes in, payloads out, and nothing lost on the way."""

from __future__ import annotations

import os
import re
import subprocess
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio

from examples.history.errors import (
    GitFailedError,
    GitMissingError,
    NoSuchFolderError,
    NotARepositoryError,
    UnreadableLogError,
)
from examples.history.signals import CommitRecorded, FileTouched
from examples.history.text import read_text


@dataclass(frozen=True, slots=True)
class Entry:
    """A commit with its author and its files."""

    name: str
    email: str
    commit: CommitRecorded
    files: tuple[FileTouched, ...]


@dataclass(frozen=True, slots=True)
class History:
    """The commits from the first to HEAD, and how many of them git itself counts."""

    entries: tuple[Entry, ...]
    counted_by_git: int
    is_shallow: bool


async def read_history(path: Path) -> History:
    """Read the history of the repository that `path` is in.

    Raises:
        HistoryError: there is none that can be read; its subclasses say why.
    """
    if not await anyio.Path(path).is_dir():
        raise NoSuchFolderError(str(path))
    is_shallow = await _git(path, "rev-parse", "--is-shallow-repository") == b"true\n"
    # From here on a fixed commit is meant, also when somebody commits in between.
    head = await _git(path, "rev-parse", "--verify", "--quiet", "HEAD", quiet_failure=True)
    if not head:
        return History((), 0, is_shallow)
    commit = head.decode("ascii").strip()
    log = await _git(path, *_LOG, commit, "--")
    count = await _git(path, "rev-list", "--count", commit, "--")
    return History(tuple(parse_log(log)), int(count), is_shallow)


_FIELDS = ["commit %H", "%P", "%at", "%an", "%ae", "%B"]

# Whatever the user's own settings are: parents first, UTF-8 where git knows the encoding, renames
# as renames, and files by their whole path.
_LOG = [
    "-c", "log.showRoot=true", "log", "-z", "--topo-order", "--reverse", "--encoding=UTF-8",
    "--numstat", "--find-renames", "--no-relative", "--no-color", "--no-ext-diff", "--no-textconv",
    "--no-show-signature", f"--format=tformat:{'%x00'.join(_FIELDS)}",
]  # fmt: skip

# A commit is its fields, each ended by NUL, then its files. The first file stands on a new line; a
# renamed one has an empty path here, and its two paths in the two fields that follow.
_FILE = re.compile(rb"\n?(\d+|-)\t(\d+|-)\t(.*)", re.DOTALL)


def parse_log(log: bytes) -> Iterator[Entry]:
    """Take the output of `git log` apart.

    Raises:
        UnreadableLogError: something in it is neither a commit nor a file of one.
    """
    fields = deque(log.split(b"\0"))
    try:
        while fields[0].startswith(b"commit "):
            yield _take_entry(fields)
    except (IndexError, ValueError) as error:
        raise UnreadableLogError("a commit that is cut off") from error
    if list(fields) != [b""]:  # what stands behind the last NUL
        raise UnreadableLogError(read_text(fields[0]))


def _take_entry(fields: deque[bytes]) -> Entry:
    header = [read_text(fields.popleft()) for _ in _FIELDS]
    first, parents, date, name, email, message = header
    commit = CommitRecorded(
        hash=first.removeprefix("commit "),
        parents=tuple(parents.split()),
        authored_at=int(date) if date else None,
        message=message,
    )
    files: list[FileTouched] = []
    while found := _FILE.fullmatch(fields[0]):
        fields.popleft()
        files.append(_take_file(commit.hash, found, fields))
    return Entry(name, email, commit, tuple(files))


def _take_file(commit: str, found: re.Match[bytes], fields: deque[bytes]) -> FileTouched:
    added, removed, path = found.groups()
    renamed_from = None if path else fields.popleft()
    touched: FileTouched = {
        "commit": commit,
        "path": read_text(path or fields.popleft()),
        "added": _count_lines(added),
        "removed": _count_lines(removed),
    }
    if renamed_from is not None:
        touched["renamed_from"] = read_text(renamed_from)
    return touched


def _count_lines(number: bytes) -> int | None:
    return None if number == b"-" else int(number)


async def _git(path: Path, *arguments: str, quiet_failure: bool = False) -> bytes:
    """Run git in `path`; with `quiet_failure`, failing without a word is an empty answer."""
    command = ["git", "-C", str(path), *arguments]
    try:
        done = await anyio.run_process(
            command, stdin=subprocess.DEVNULL, check=False, env=_environment()
        )
    except OSError as error:
        raise GitMissingError from error
    if done.returncode == 0 or (quiet_failure and not done.stderr):
        return done.stdout
    answer = read_text(done.stderr).strip()
    if "not a git repository" in answer:
        raise NotARepositoryError(str(path))
    raise GitFailedError(" ".join(arguments[:2]), answer)


def _environment() -> dict[str, str]:
    """Have git answer in English, and about the path that is asked for, not about another."""
    astray = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE"}
    kept = {name: value for name, value in os.environ.items() if name not in astray}
    return kept | {"LC_ALL": "C"}

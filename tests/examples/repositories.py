"""Small git repositories, written byte by byte, with fixed dates and whatever names are wanted."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on this machine")

ANN = b"Ann <ann@example.org>"
BOB = b"Bob <bob@example.org>"
RENE = b"Ren\xe9 <rene@example.org>"  # Latin-1, and so no UTF-8

FIRST_DATE = 1_700_000_000


@dataclass(frozen=True)
class Commit:
    """A commit to be made; its parents are numbers of earlier ones, by default the one before."""

    author: bytes
    message: bytes = b"a message\n"
    files: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    renames: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    parents: tuple[int, ...] | None = None
    encoding: bytes | None = None


def git(path: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Run git in a folder, and give what it prints."""
    done = subprocess.run(
        ["git", "-C", os.fspath(path), *arguments],
        input=given,
        capture_output=True,
        check=True,
    )
    return done.stdout


def make_repository(path: Path, commits: Sequence[Commit] = ()) -> Path:
    """Make a repository with these commits, each a minute after the one before."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main")
    stream = b"".join(_write(number, each) for number, each in enumerate(commits, 1))
    git(path, "fast-import", "--quiet", given=stream)
    return path


def _write(number: int, commit: Commit) -> bytes:
    when = b"%d +0000" % (FIRST_DATE + 60 * number)
    parents = commit.parents
    if parents is None:
        parents = (number - 1,) if number > 1 else ()
    lines = [
        b"commit refs/heads/main",
        b"mark :%d" % number,
        b"author %b %b" % (commit.author, when),
        b"committer %b %b" % (commit.author, when),
        *([] if commit.encoding is None else [b"encoding " + commit.encoding]),
        _data(commit.message),
        *(b"%b :%d" % (b"merge" if at else b"from", mark) for at, mark in enumerate(parents)),
        *(b"R %b %b" % (_quote(old), _quote(new)) for old, new in commit.renames.items()),
        *(
            b"M 100644 inline %b\n%b" % (_quote(name), _data(content))
            for name, content in commit.files.items()
        ),
    ]
    return b"\n".join(lines) + b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%b" % (len(content), content)


def _quote(name: bytes) -> bytes:
    return b'"%b"' % b"".join(b"\\%03o" % byte for byte in name)


MOTLEY = [
    Commit(ANN, b"Begin\n\nWith a body.\n", {b"a.txt": b"1\n2\n3\n", b"logo": b"\0\1\2\n"}),
    Commit(BOB, b"Change a line\n", {b"a.txt": b"1\n2\nthree\n"}),
    Commit(RENE, b"caf\xe9\n\n1\t2\tno file\n", {b"caf\xe9\n.txt": b"x\n"}, parents=(1,)),
    Commit(ANN, b"Rename\n", renames={b"a.txt": b"b\nc.txt"}, parents=(2,)),
    Commit(BOB, b"Merge\n", {b"caf\xe9\n.txt": b"x\n"}, parents=(4, 3)),
    Commit(b"Ann <ann@home.example>", b""),  # empty, and without a word
    Commit(b"Ren\xe9 <r@example.org>", b"\xe9t\xe9\n", encoding=b"ISO-8859-1"),
]
"""Two lines of history and all that is odd in them, as `git log` tells it; 7 commits."""

"""Appends what happens to a file, one line of JSON each, with async receivers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Unpack

import anyio

from examples.history.authors import Author
from examples.history.errors import AuditError
from examples.history.signals import (
    AuthorJoined,
    CommitRecorded,
    FileTouched,
    author_joined,
    commit_recorded,
    file_touched,
)


class AuditLog:
    """Writes a line for each sending, in the order of sending."""

    def __init__(self, file: anyio.AsyncFile[str]) -> None:
        self.lines = 0
        self._file = file

    async def write_author(self, author: Author, /, **joined: Unpack[AuthorJoined]) -> None:
        """Write down who joined."""
        await self._write("author_joined", author, {**joined})

    async def write_commit(self, author: Author, commit: CommitRecorded) -> None:
        """Write down a commit."""
        await self._write("commit_recorded", author, asdict(commit))

    async def write_file(self, author: Author, touched: FileTouched) -> None:
        """Write down a change to a file."""
        await self._write("file_touched", author, {**touched})

    async def _write(self, signal: str, author: Author, payload: Mapping[str, object]) -> None:
        # JSON's escapes carry lone surrogates too: reading a line gives every byte back.
        line = json.dumps({"signal": signal, "author": str(author), "payload": payload})
        await self._file.write(f"{line}\n")
        self.lines += 1


@asynccontextmanager
async def audit_to(path: Path) -> AsyncGenerator[AuditLog]:
    """Write down all that happens within an `async with` block.

    Raises:
        AuditError: the file cannot be opened, or not all of it could be written.
    """
    try:
        async with await anyio.open_file(path, "a", encoding="ascii", newline="\n") as file:
            log = AuditLog(file)
            with (
                author_joined.connected_to(log.write_author),
                commit_recorded.connected_to(log.write_commit),
                file_touched.connected_to(log.write_file),
            ):
                yield log
    except OSError as error:
        raise AuditError(str(path), error.strerror or str(error)) from error

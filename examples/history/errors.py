"""Says why a history cannot be replayed: one class a cause, and a text that names the mend."""

from __future__ import annotations

from examples.history.text import printable


class HistoryError(Exception):
    """Input that cannot be replayed."""


class NoSuchFolderError(HistoryError):
    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"there is no folder {printable(self.path)}; pass the path of a repository"


class NotARepositoryError(HistoryError):
    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{printable(self.path)} is in no git repository; pass the path of one"


class GitMissingError(HistoryError):
    def __str__(self) -> str:
        return "git cannot be run; install it, or put it on PATH"


class GitFailedError(HistoryError):
    def __init__(self, command: str, answer: str) -> None:
        super().__init__(command, answer)
        self.command = command
        self.answer = answer

    def __str__(self) -> str:
        return f"git {self.command} failed; mend what it says: {printable(self.answer)}"


class UnreadableLogError(HistoryError):
    def __init__(self, rest: str) -> None:
        super().__init__(rest)
        self.rest = rest

    def __str__(self) -> str:
        return (
            f"git log gave something unforeseen, and since nothing may be lost, nothing was sent; "
            f"report it with this text: {printable(self.rest)}"
        )


class AuditError(HistoryError):
    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{printable(self.path)} takes no audit log ({self.reason}); pass another file"


class BackendMissingError(HistoryError):
    def __init__(self, backend: str) -> None:
        super().__init__(backend)
        self.backend = backend

    def __str__(self) -> str:
        return f"{self.backend} is not installed; install it, or pass --backend asyncio"

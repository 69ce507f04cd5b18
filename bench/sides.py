"""What each library is asked to do, whichever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from typing import ClassVar

from bench.fresh import Receiver
from bench.timing import Timed

Backends = tuple[str, ...]


class Thing:
    """Is a sender, or owns a receiver."""

    __slots__ = ("__weakref__",)

    def receive(self, sender: object, payload: int) -> None:
        """Do nothing."""


class Side(ABC):
    """One use of one library: a signal of its kind, and what is timed with it.

    Attributes:
        name: what the tables call it.
        use: how the library is used, in a few words.
        parameters: those of its receivers.
    """

    name: ClassVar[str]
    use: ClassVar[str]
    parameters: ClassVar[str] = "sender, payload"

    @abstractmethod
    def connect(self, receiver: Receiver) -> None:
        """Connect a receiver to any sender."""

    @abstractmethod
    def sending(self, sender: object, payload: int) -> Timed:
        """Send to all receivers."""

    def changing(self, receiver: Receiver) -> Timed | None:
        """Connect a receiver to any sender and disconnect it."""
        return None


class SenderSide(Side):
    """A use of a library in which receivers can be connected to one sender."""

    @abstractmethod
    def connect_to(self, receiver: Receiver, sender: object) -> None:
        """Connect a receiver to one sender."""

    @abstractmethod
    def changing_one(self, receiver: Receiver, sender: object) -> Timed:
        """Connect a receiver to one sender and disconnect it."""

    @abstractmethod
    def changing_one_sent(self, receiver: Receiver, sender: object) -> Timed:
        """Do the same, and send for that sender after each."""

    @abstractmethod
    def receiver_dying(self, sender: object, other: object) -> Timed:
        """Let a bound method that is connected to one sender die, and send for another."""

    @abstractmethod
    def sender_dying(self, receiver: Receiver, other: object) -> Timed | None:
        """Let a sender die that a receiver is connected to, and send for another.

        `None` where the library takes no notice of it.
        """


class AsyncSide(ABC):
    """One use of one library for async receivers.

    Attributes:
        name: what the tables call it.
        use: how the library is used, in a few words.
        parameters: those of its receivers.
        together: whether receivers run at the same time.
        backends: where it runs.
        most: how many receivers it is timed with at the most.
    """

    name: ClassVar[str]
    use: ClassVar[str]
    parameters: ClassVar[str] = "sender, payload"
    together: ClassVar[bool] = False
    backends: ClassVar[Backends] = ("asyncio", "trio")
    most: ClassVar[int] = 100

    @abstractmethod
    def connect(self, receiver: Receiver) -> None:
        """Connect an async receiver."""

    @abstractmethod
    def sending(self, sender: object, payload: int) -> Timed:
        """Send to all receivers, and wait until all are done."""

    def open(self, stack: AsyncExitStack) -> None:  # noqa: B027  # most have nothing to close
        """Leave with the stack what has to be closed."""

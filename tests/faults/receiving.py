"""Receivers for the tests of faults: a function, new functions, and an owner of methods."""

from __future__ import annotations

from collections.abc import Callable


def receive(sender: object, payload: object) -> object:
    """Give the payload back."""
    return payload


def make_function() -> Callable[[object, object], object]:
    """Make a receiver that nobody else keeps."""

    def function(sender: object, payload: object) -> object:
        return payload

    return function


class Owner:
    """Owns receivers of every kind of method."""

    def receive(self, sender: object, payload: object) -> object:
        """Give the payload back."""
        return payload

    def receive_too(self, sender: object, payload: object) -> object:
        """Give the payload back."""
        return payload

    @classmethod
    def receive_as_class(cls, sender: object, payload: object) -> object:
        """Give the payload back."""
        return payload

    @staticmethod
    def receive_as_function(sender: object, payload: object) -> object:
        """Give the payload back."""
        return payload

"""Keeps every byte of git's text, and shows it on one line of any terminal."""

from __future__ import annotations


def read_text(raw: bytes) -> str:
    r"""Decode what git printed, losing nothing.

    Names and messages in git are bytes, mostly UTF-8. What is not becomes lone surrogates
    (`b"\xe9"` becomes `"\udce9"`): `text.encode("utf-8", "surrogateescape")` gives the same bytes
    back, also after a journey through JSON, which writes a surrogate as an escape.
    """
    return raw.decode("utf-8", "surrogateescape")


def printable(text: str) -> str:
    r"""Show on one line what may hold line breaks, escape codes or bytes that are no text.

    >>> printable("caf\udce9\n")
    'caf\\xe9\\n'
    """
    return "".join(_show(character) for character in text)


def _show(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character if character.isprintable() else ascii(character)[1:-1]

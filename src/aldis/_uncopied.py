"""What there can be only one of: it is refused to be copied or pickled, with what to do instead."""

from __future__ import annotations

from typing import ClassVar, NoReturn, SupportsIndex


class Uncopied:
    """The base of what cannot be copied or pickled: a copy would share its inside by half."""

    __slots__ = ()

    _called: ClassVar[str]
    """What a message calls it."""
    _instead: ClassVar[str]
    """What to do instead of copying it."""

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse to be copied or pickled.

        Raises:
            TypeError: always; it says what to do instead.
        """
        raise TypeError(f"{self._called} cannot be copied or pickled; {self._instead}")

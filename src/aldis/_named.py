"""Named tuples, of which the annotations stay the texts that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

    # That of `typing` makes a `ForwardRef` of each annotation by `compile()`, whose first call in a
    # program sets up all classes of `ast`: a tenth of what `import aldis` takes.
    class _Kind(type):
        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body["__annotations__"]
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])  # noqa: PYI024
            for key, value in body.items():
                if key not in ("__module__", "__qualname__"):
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Kind):
        """The base of named tuples: `typing.NamedTuple` to a type checker."""

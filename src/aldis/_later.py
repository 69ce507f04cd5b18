"""Modules that are imported when something is first looked up in them."""

from __future__ import annotations

from importlib import import_module


class Later:
    """Stands for a module that not every program needs, so that `import aldis` is quick.

    It is written beside an import under `TYPE_CHECKING`, by which checkers and import-linter know
    the module. Annotations name what is in it by way of the module, so that `get_type_hints` finds
    it. Two rules make it safe:

    - Nothing is looked up in it for the first time under a lock, in a weakref callback, or where a
      destructor or a signal handler connects or sends: that could come in the middle of the very
      import. A send looks only into what the making of a stream has loaded.
    - What is found is kept here, so that the next time costs no import statement.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        found: object = getattr(import_module(self._name), name)
        setattr(self, name, found)
        return found

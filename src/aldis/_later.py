"""Modules that are imported when something is first looked up in them."""

from __future__ import annotations

from importlib import import_module


class Later:
    """Stands for a module that not every program needs, so that `import aldis` is quick.

    It is written beside an import under `TYPE_CHECKING`, by which checkers and import-linter know
    the module. Annotations name what is in it by way of the module, so that `get_type_hints` finds
    it. What makes it safe, and where that ends:

    - Nothing is looked up in it for the first time under a lock, in a weakref callback, or where a
      destructor or a signal handler connects or sends: that could come in the middle of the very
      import. A send looks only into what the making of a stream has loaded.
    - At the end of the interpreter nothing can be imported: what was not looked up until then is an
      `ImportError`.
    - What is found is kept here, so that the next time costs no import statement.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)  # asked by `copy` and the like, of a bare object too
        found: object = getattr(import_module(self._name), name)
        setattr(self, name, found)
        return found

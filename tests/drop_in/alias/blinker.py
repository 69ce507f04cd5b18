"""Stands first on the path under blinker's name, and gives whoever imports it Aldis's drop-in."""

import sys
from importlib import import_module

# An import answers with what stands here when the module has been run: not with this module.
for module in ("", ".base", "._utilities"):
    sys.modules[f"blinker{module}"] = import_module(f"aldis.blinker{module}")

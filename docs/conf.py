"""How Sphinx builds the docs: `make docs`; warnings are errors."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.domains.python import PyObject

ROOT = Path(__file__).parents[1]

project = "Aldis"
author = "The Aldis developers"
project_copyright = "The Aldis developers"
release = version = version_of("aldis")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]

# -- pages --------------------------------------------------------------------------------------

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3  # as GitHub makes them, so that links hold in both places

# Files that stand beside docs/, by the pages that show them.
PAGES = {
    "README": "/index.md",
    "CONTRIBUTING": "/contributing.md",
    "CHANGELOG": "/changelog.md",
    "SECURITY": "/reporting.md",
}
_OUTSIDE = re.compile(r"\]\(((?:\.\./)+(?:bench/[\w./-]+|([A-Z]+))\.md)\)")


def lead_outside(_app: Sphinx, _name: str, source: list[str]) -> None:
    """Have links that leave docs/ lead to the page of that file, or to the file to be loaded."""

    def lead(link: re.Match[str]) -> str:
        return f"]({PAGES[link[2]] if link[2] else 'path:' + link[1]})"

    source[0] = _OUTSIDE.sub(lead, source[0])


def add_unreleased(_app: Sphinx, name: str, source: list[str]) -> None:
    """Put the fragments of changelog.d below the changelog, as they will stand in it."""
    if name == "changelog":
        command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "Unreleased"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        source[0] += done.stdout


def setup(app: Sphinx) -> None:
    """Be an extension of Sphinx's."""
    app.connect("source-read", lead_outside)
    app.connect("source-read", add_unreleased)
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # what the docstrings call them


# -- the reference, from the docstrings ---------------------------------------------------------

default_role = "code"  # docstrings are in Markdown's manner: `name` is code
autodoc_class_signature = "separated"
autodoc_default_options = {"member-order": "bysource"}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # what a class documents as properties too is not there twice
napoleon_use_rtype = False
# Links within the reference hold; those to the standard library would need the network.
nitpick_ignore_regex = [("py:.*", r"(?!aldis\.).*|.*\._.*")]

# -- HTML ---------------------------------------------------------------------------------------

html_theme = "furo"
html_title = f"Aldis {release}"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["aldis.css"]
pygments_style = "friendly"
pygments_dark_style = "github-dark"

# -- links (`make docs-links`) ------------------------------------------------------------------

linkcheck_timeout = 15
linkcheck_retries = 2

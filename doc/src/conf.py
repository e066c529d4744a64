"""How Sphinx builds the documentation: `make docs`, with warnings as errors."""

import re
import sys
from pathlib import Path

import psycopg2

sys.path.insert(0, str(Path(__file__).parent))

project = "psycopg2"
author = "the authors of this driver"
copyright = "2026, the authors of this driver"
release = psycopg2.__version__.split()[0]
version = release

extensions = ["sphinx.ext.autodoc", "reference"]
default_role = "literal"  # what docstrings put in single backticks

html_theme = "furo"
html_title = f"psycopg2 {release}"
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "monokai"

nitpicky = True
# What docstrings return is told in words; and Python's own manual is not searched.
nitpick_ignore_regex = [
    ("py:class", r".* .*|capsule|iterator|parameters|timedelta|value|OrderedDict")
]

autodoc_member_order = "alphabetical"
autodoc_default_options = {"members": True}
add_module_names = False


def tidy_docstring(app, what, name, obj, options, lines: list[str]) -> None:
    """Take out of a docstring what help() needs to tell and a page tells in its heading."""
    leaf = re.escape(name.rpartition(".")[2])
    if lines:
        lines[0] = re.sub(rf"^{leaf}(\(.*?\))?: ", "", lines[0])
        lines[0] = lines[0][:1].upper() + lines[0][1:]
    lines[:] = [re.sub(r"`~[\w.]+\.(\w+)`", r"`\1`", line) for line in lines]


def setup(app) -> None:
    app.connect("autodoc-process-docstring", tidy_docstring)

"""How Sphinx builds the documentation: `make docs`, with warnings as errors."""

import sys
from pathlib import Path

import psycopg2

sys.path.insert(0, str(Path(__file__).parent))

project = "psycopg2"
author = "the authors of this driver"
copyright = "2026, the authors of this driver"
release = psycopg2.__version__.split()[0]
version = release

extensions = ["sphinx.ext.autodoc", "sqlstates"]
default_role = "literal"  # what docstrings put in single backticks

html_theme = "furo"
html_title = f"psycopg2 {release}"
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "monokai"

autodoc_member_order = "alphabetical"
autodoc_default_options = {"members": True}
add_module_names = False

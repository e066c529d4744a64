"""How Sphinx builds the documentation: `make docs`, with warnings as errors."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import psycopg2

sys.path.insert(0, str(Path(__file__).parent))
from public_names import MODULES, public_names

project = "psycopg2"
author = "the authors of this driver"
copyright = "2026, the authors of this driver"
release = psycopg2.__version__.split()[0]
version = release

extensions = ["sphinx.ext.autodoc", "reference", "measurements"]
default_role = "literal"  # what docstrings put in single backticks

html_theme = "furo"
html_title = f"psycopg2 {release}"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["pages.css"]
pygments_style = "a11y-light"  # every colour, comments included, has a contrast that can be read
pygments_dark_style = "a11y-dark"
# What pages.css uses, as --name.
html_theme_options = {
    "light_css_variables": {
        "dialogue-prompt": "#666666",
        "dialogue-answer": "#0b5394",
        "plot-filter": "none",
    },
    "dark_css_variables": {
        "dialogue-prompt": "#a8a8a8",
        "dialogue-answer": "#9ecbff",
        "plot-filter": "invert(1) hue-rotate(180deg)",
    },
}

nitpicky = True
# What docstrings return is told in words; and Python's own manual is not searched.
nitpick_ignore_regex = [
    ("py:class", r".* .*|capsule|iterator|parameters|timedelta|value|view|OrderedDict")
]

autodoc_member_order = "alphabetical"
autodoc_default_options = {"members": True}
add_module_names = False


PUBLIC = {public.name for public in public_names()}


def find_public(word: str, within: str) -> str | None:
    """What a word of the docstring of `within` names, if it is public."""
    owner = within.rpartition(".")[0]
    for place in (within, owner, owner.rpartition(".")[0], "psycopg2", *MODULES):
        if f"{place}.{word}" in PUBLIC:
            return f"{place}.{word}"
    return word if word in PUBLIC else None


def tidy_docstring(app, what, name, obj, options, lines: list[str]) -> None:
    """Make links of the names in single backticks, and drop what only help() needs."""

    def link(match: re.Match) -> str:
        text = match[1].rpartition(".")[2] if match[1].startswith("~") else match[1]
        target = find_public(match[1].strip("~").removesuffix("()"), name)
        return f":py:obj:`{text} <{target}>`" if target and target != name else f"``{text}``"

    leaf = re.escape(name.rpartition(".")[2])
    if lines:
        lines[0] = re.sub(rf"^{leaf}(\(.*?\))?: ", "", lines[0])
        lines[0] = lines[0][:1].upper() + lines[0][1:]
    lines[:] = [re.sub(r"(?<![`:])`([~\w.]+(?:\(\))?)`(?![`_])", link, line) for line in lines]


def setup(app) -> None:
    app.connect("autodoc-process-docstring", tidy_docstring)

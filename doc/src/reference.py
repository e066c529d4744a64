"""What the reference needs beyond autodoc: tables of names, and a look whether any name lacks.

``.. sqlstates::``, ``.. errorcodes::`` and ``.. typecasters::`` are tables that are made from the
package, and whose names can be referred to. A public name without an entry is a warning.
"""

from __future__ import annotations

from docutils import nodes
from public_names import missing_names, public_names
from sphinx.application import Sphinx
from sphinx.domains.python import PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import psycopg2
from psycopg2 import errorcodes, errors

logger = logging.getLogger(__name__)


class NameTable(SphinxDirective):
    """A table whose rows are about a name each."""

    headings: tuple[str, ...]
    widths: tuple[int, ...]
    kind: str  # of object, to Sphinx
    rank: int  # of the column that has the name

    def rows(self) -> list[tuple[str, ...]]:
        """The cells of each row; the one that has the name is the name in full."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        group = nodes.tgroup(cols=len(self.headings))
        group += [nodes.colspec(colwidth=width) for width in self.widths]
        head, body = nodes.thead(), nodes.tbody()
        head += nodes.row("", *[self.cell(nodes.Text(text)) for text in self.headings])
        body += [self.row(cells) for cells in self.rows()]
        group += [head, body]
        return [nodes.table("", group)]

    def row(self, cells: tuple[str, ...]) -> nodes.row:
        name = cells[self.rank]
        made = nodes.row("", *[self.cell(self.literal(cell)) for cell in cells])
        made["ids"].append(name)
        domain = self.env.get_domain("py")
        assert isinstance(domain, PythonDomain)
        domain.note_object(name, self.kind, name, location=made)
        return made

    @staticmethod
    def literal(text: str) -> nodes.literal:
        short = text.removeprefix("psycopg2.").rpartition(".")[2]
        return nodes.literal(short, short)

    @staticmethod
    def cell(content: nodes.Node) -> nodes.entry:
        return nodes.entry("", nodes.paragraph("", "", content))


def by_code() -> list[tuple[str, str]]:
    """The constants of errorcodes: (code, name)."""
    constants = vars(errorcodes).items()
    return sorted(
        (value, name) for name, value in constants if name.isupper() and isinstance(value, str)
    )


class Sqlstates(NameTable):
    headings = ("SQLSTATE", "Exception", "Base class")
    widths = (10, 50, 40)
    kind = "exception"
    rank = 1

    def rows(self) -> list[tuple[str, ...]]:
        found: dict[str, type] = {}
        for code, _ in by_code():
            try:
                found[code] = errors.lookup(code)
            except KeyError:
                continue  # a class of codes, or "success" and its like, which are no errors
        return [
            (code, f"psycopg2.errors.{cls.__name__}", cls.__base__.__name__)
            for code, cls in found.items()
        ]


class Errorcodes(NameTable):
    headings = ("Value", "Constant")
    widths = (10, 90)
    kind = "data"
    rank = 1

    def rows(self) -> list[tuple[str, ...]]:
        return [(code, f"psycopg2.errorcodes.{name}") for code, name in by_code()]


class Typecasters(NameTable):
    headings = ("Typecaster", "Name", "OIDs")
    widths = (30, 30, 40)
    kind = "data"
    rank = 0

    def rows(self) -> list[tuple[str, ...]]:
        return [
            (public.name, public.value.name, ", ".join(map(str, public.value.values)))
            for public in public_names()
            if public.name.startswith("psycopg2.extensions.")
            and isinstance(public.value, type(psycopg2.STRING))
        ]


def check_names(app: Sphinx, env: BuildEnvironment) -> None:
    domain = env.get_domain("py")
    for name in missing_names({entry[0] for entry in domain.get_objects()}):
        logger.warning("the reference has no entry for %s", name)


def setup(app: Sphinx) -> dict:
    for directive in (Sqlstates, Errorcodes, Typecasters):
        app.add_directive(directive.__name__.lower(), directive)
    app.connect("env-check-consistency", check_names)
    return {"parallel_read_safe": True}

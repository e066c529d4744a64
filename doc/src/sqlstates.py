"""The directive ``.. sqlstates::``: a table of the SQLSTATE codes and their exceptions."""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from psycopg2 import errorcodes, errors

HEADINGS = ("SQLSTATE", "Exception", "Base class")


class Sqlstates(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        found = {
            value
            for name, value in vars(errorcodes).items()
            if name.isupper() and isinstance(value, str) and len(value) == 5
        }
        group = nodes.tgroup(cols=len(HEADINGS))
        group += [nodes.colspec(colwidth=width) for width in (10, 50, 40)]
        head, body = nodes.thead(), nodes.tbody()
        head += self.make_row(HEADINGS, nodes.Text)
        for code in sorted(found):
            try:
                cls = errors.lookup(code)
            except KeyError:
                continue  # "success" and its like, which are no errors
            body += self.make_row((code, cls.__name__, cls.__base__.__name__), self.make_literal)
        group += [head, body]
        return [nodes.table("", group)]

    @staticmethod
    def make_literal(text: str) -> nodes.Node:
        return nodes.literal(text, text)

    @staticmethod
    def make_row(cells, make) -> nodes.row:
        return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", make(c))) for c in cells])


def setup(app) -> dict:
    app.add_directive("sqlstates", Sqlstates)
    return {"parallel_read_safe": True}

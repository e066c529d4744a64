"""Tables of bench/results.json: ``.. measurements:: GROUP``, and ``.. measured-on::``."""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx

RESULTS = Path(__file__).resolve().parent.parent.parent / "bench" / "results.json"
HEADINGS = {
    "psycopg2": "psycopg2",
    "ours": "this driver",
    "psycopg3": "psycopg 3, text",
    "psycopg3-binary": "psycopg 3, binary",
    "asyncpg": "asyncpg",
    "libpq": "bare libpq",
}


class FromResults(Directive):
    """A directive that stands for the text that it makes."""

    def text(self, results: dict) -> list[str]:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        self.state.document.settings.record_dependencies.add(str(RESULTS))
        lines = self.text(json.loads(RESULTS.read_text()))
        made = nodes.Element()
        self.state.nested_parse(StringList(lines, str(RESULTS)), self.content_offset, made)
        return made.children


class Measurements(FromResults):
    """The table of one group of workloads."""

    required_arguments = 1
    final_argument_whitespace = True

    def text(self, results: dict) -> list[str]:
        rows = [row for row in results["workloads"] if row["group"] == self.arguments[0]]
        if not rows:
            raise self.error(f"{RESULTS.name} has no group {self.arguments[0]}")
        options = ("class: measurements", "header-rows: 1", "widths: 28 12 12 12 12 12 12")
        lines = [".. list-table::", *(f"   :{option}" for option in options), ""]
        lines += self.row(["", *HEADINGS.values()])
        for row in rows:
            lines += self.row([f"``{row['name']}``: {row['text']}", *self.cells(row["figures"])])
        return lines

    @staticmethod
    def row(cells: list[str]) -> list[str]:
        first, *others = cells
        return [f"   * - {first}", *(f"     - {cell}" for cell in others)]

    @staticmethod
    def cells(figures: dict) -> list[str]:
        """The figures of a workload; the least of a driver's is in bold."""
        key = "memory" if "memory" in figures["psycopg2"] else "wall"
        drivers = [name for name in figures if name != "libpq"]
        least = min(drivers, key=lambda name: figures[name][key])
        cells = []
        for name in HEADINGS:
            found = figures.get(name)
            if not found:
                cells.append("")
                continue
            if key == "memory":
                text = f"{found[key]:.0f} MB"
            elif name == "psycopg2":
                text = f"{found['wall'] * 1e3:.0f} ms"
            else:
                text = f"{found['wall_ratio']:.2f}"
            cells.append(f"**{text}**" if name == least else text)
            if key != "memory":
                cpu = found["cpu"] * 1e3 if name == "psycopg2" else found["cpu_ratio"]
                cells[-1] += f" ({cpu:.0f} ms)" if name == "psycopg2" else f" ({cpu:.2f})"
        return cells


class MeasuredOn(FromResults):
    """What the figures hold for."""

    def text(self, results: dict) -> list[str]:
        facts, drivers = results["facts"], results["drivers"]
        versions = [
            f"{HEADINGS[name].partition(',')[0]} {version['version']}"
            + (f" with libpq {version['libpq']}" if version["libpq"] else "")
            for name, version in drivers.items()
            if name not in ("psycopg3-binary", "libpq")
        ]
        return [
            f"Measured on {facts['date']}: {facts['processor']}, {facts['cores']} cores,"
            f" {facts['system']}, Python {facts['python']}, PostgreSQL {facts['server']}"
            f" ({facts['where']}), the median of {facts['rounds']} round"
            f"{'s' * (facts['rounds'] != 1)}; {', '.join(versions)}."
        ]


def setup(app: Sphinx) -> dict:
    app.add_directive("measurements", Measurements)
    app.add_directive("measured-on", MeasuredOn)
    return {"parallel_read_safe": True}

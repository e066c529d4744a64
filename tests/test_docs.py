"""The code in README.md and in the documentation runs, page by page, against the server.

Each page runs in a process of its own (see doc_pages.py), since some set what holds for a whole
program. It gets an empty database `shop`, found through the environment, so that it can say
``connect("dbname=shop")`` as a reader would.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from doc_pages import (
    PAGES,
    Block,
    markdown_blocks,
    program,
    python_blocks,
    rst_blocks,
    run_dialogue,
)

import psycopg2
from demo.data import Data
from psycopg2.extensions import parse_dsn

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
}


def put_flights(where: Path) -> None:
    """Leave in a folder what the commands at the top of the page of flights leave there."""
    data = Data()
    shutil.copy(data.directory / "airlines.csv", where)
    with zipfile.ZipFile(data.directory / "flights.csv.zip") as archive:
        archive.extract("flights.csv", where)


def run_page(page: Path, where: Path) -> subprocess.CompletedProcess:
    program = str(ROOT / "tests" / "doc_pages.py")
    return subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", program, str(page)],
        cwd=where,
        capture_output=True,
        text=True,
        timeout=200,
    )


@pytest.fixture
def shop(dsn: str, monkeypatch: pytest.MonkeyPatch):
    """An empty database `shop`; the other settings of the connection in PG* variables."""
    for key, value in parse_dsn(dsn).items():
        if key in ENVIRONMENT:
            monkeypatch.setenv(ENVIRONMENT[key], value)
    admin = psycopg2.connect(dsn)
    admin.autocommit = True
    with admin.cursor() as cur:
        cur.execute("CREATE DATABASE shop TEMPLATE template0 ENCODING 'UTF8'")
        yield
        cur.execute("DROP DATABASE shop WITH (FORCE)")
    admin.close()


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if python_blocks(page)],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_the_snippets_of_a_page_run(page: Path, shop: None, tmp_path: Path) -> None:
    if "flights.csv" in page.read_text(encoding="utf8"):
        put_flights(tmp_path)
    done = run_page(page, tmp_path)
    if done.returncode or "ResourceWarning: unclosed" in done.stderr:
        pytest.fail(done.stderr, pytrace=False)


def test_the_tutorial_runs_from_top_to_bottom_in_one_database(shop: None, tmp_path: Path) -> None:
    index = (ROOT / "doc/src/index.rst").read_text(encoding="utf8")
    pages = [
        ROOT / "doc/src" / f"{name}.rst" for name in re.findall(r"^ +(basic/\w+)$", index, re.M)
    ]
    assert set(pages) == set((ROOT / "doc/src/basic").glob("*.rst"))
    put_flights(tmp_path)
    for page in [ROOT / "README.md", *pages]:
        done = run_page(page, tmp_path)
        if done.returncode:
            pytest.fail(f"{page.name}: {done.stderr}", pytrace=False)


def test_the_collector_sees_every_kind_of_block() -> None:
    rst = """
        >>> 1 + 1
        2

    .. code-block:: python
       :caption: a

       x = 1

       y = 2

    text
    """.splitlines()
    first, second = rst_blocks(rst)
    assert first.is_dialogue and "2" in first.source
    assert not second.is_dialogue and second.source.split() == ["x", "=", "1", "y", "=", "2"]
    assert second.line == 8
    (only,) = markdown_blocks(["text", "```python", "x = 1", "```", "more"])
    assert only == (3, "python", "x = 1")


def test_the_program_of_a_page_has_its_lines_and_not_what_shows_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.rst"
    page.write_text(
        "text\n\n.. code-block:: python\n\n   x = 1\n\n"
        ">>> for i in x, 2:\n...     i\n1\n2\n>>> 1 / 0\nTraceback (most recent call last):\n"
        "...\nZeroDivisionError: division by zero\n>>> x\n1\n"
    )
    lines = program(page).split("\n")
    told = {number: line for number, line in enumerate(lines, 1) if line}
    assert told == {5: "x = 1", 7: "for i in x, 2:", 8: "    i", 15: "x"}


def test_a_wrong_answer_on_a_page_is_reported() -> None:
    names = {"one": 1}
    block = Block(1, "python", ">>> two = one + 1\n>>> two\n3")
    assert "Expected:\n    3\nGot:\n    2" in run_dialogue(ROOT / "page.rst", block, names)
    assert names["two"] == 2
    assert run_dialogue(ROOT / "page.rst", Block(1, "python", ">>> two\n2"), names) == ""


@pytest.mark.parametrize(
    "text, told",
    [
        (">>> 1 + 1\n3\n", "Expected:\n    3\nGot:\n    2"),
        (".. code-block:: python\n\n   1 / 0\n", "ZeroDivisionError"),
    ],
)
def test_a_page_that_is_wrong_fails_in_its_process(text: str, told: str, tmp_path: Path) -> None:
    page = tmp_path / "page.rst"
    page.write_text(text)
    done = run_page(page, tmp_path)
    assert done.returncode != 0 and told in done.stderr


def test_every_reviewed_difference_from_the_original_is_told_and_no_other() -> None:
    listed = tomllib.loads((ROOT / "tests/compat/differences.toml").read_text(encoding="utf8"))
    page = (ROOT / "doc/src/coming_from_psycopg2.rst").read_text(encoding="utf8")
    told = re.findall(r"^\.\. _differs-(\w+):$", page, re.MULTILINE)
    assert sorted(told) == sorted(listed["reason"])


def test_code_on_a_page_is_no_wider_than_the_page() -> None:
    wide = [
        f"{page.relative_to(ROOT)}:{block.line + number}"
        for page in PAGES
        for block in python_blocks(page)
        for number, line in enumerate(block.source.splitlines())
        if len(line) > 100 and not (block.is_dialogue and line[:4] not in (">>> ", "... "))
    ]
    assert not wide


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name)
def test_links_of_a_page_to_files_and_headings_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf8")
    headings = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings
        elif "://" not in target:
            assert (ROOT / target).exists(), target


def test_make_targets_that_the_pages_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        text = page.read_text(encoding="utf8")
        named = set(re.findall(r"(?:``?|^ *\$? ?)make ([a-z-]+)", text, re.MULTILINE))
        assert named <= targets, page

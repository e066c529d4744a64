"""The code in README.md and in the documentation runs, page by page, against the server.

Blocks of a page run in order and share their names. A block of ``>>>`` lines is compared with the
answers it shows; any other Python block has only to run. Each page gets an empty database `shop`,
found through the environment, so that it can say ``connect("dbname=shop")`` as a reader would.
"""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import psycopg2
from psycopg2.extensions import parse_dsn

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("doc/src/**/*.rst"))]
FENCE = re.compile(r"```(\w*)\s*$")
DIRECTIVE = re.compile(r"( *)\.\. code-block:: (\w+)\s*$")
ENVIRONMENT = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
}


class Block(NamedTuple):
    line: int
    language: str
    source: str

    @property
    def is_dialogue(self) -> bool:
        return self.source.lstrip().startswith(">>>")


def markdown_blocks(lines: list[str]) -> list[Block]:
    blocks, start, language = [], 0, ""
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if fence and not start:
            start, language = number, fence[1]
        elif fence:
            blocks.append(Block(start + 1, language, "\n".join(lines[start : number - 1])))
            start = 0
    return blocks


def indented(lines: list[str], start: int, indent: int) -> int:
    """Return the number of the line after the block that starts at `start` and is indented more."""
    end = start
    while end < len(lines) and (
        not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent
    ):
        end += 1
    return end


def rst_blocks(lines: list[str]) -> list[Block]:
    blocks, at = [], 0
    while at < len(lines):
        directive = DIRECTIVE.match(lines[at])
        if directive:
            end = indented(lines, at + 1, len(directive[1]))
            body = at + 1
            while body < end and re.match(r"\s*(:[\w-]+:.*)?$", lines[body]):
                body += 1
            width = len(directive[1]) + 3
            text = "\n".join(line[width:] for line in lines[body:end])
            blocks.append(Block(body + 1, directive[2], text))
            at = end
        elif lines[at].lstrip().startswith(">>> "):
            end = at
            while end < len(lines) and lines[end].strip():
                end += 1
            blocks.append(Block(at + 1, "python", "\n".join(lines[at:end])))
            at = end
        else:
            at += 1
    return blocks


def python_blocks(page: Path) -> list[Block]:
    lines = page.read_text(encoding="utf8").splitlines()
    blocks = markdown_blocks(lines) if page.suffix == ".md" else rst_blocks(lines)
    return [block for block in blocks if block.language in ("python", "pycon")]


def run_dialogue(page: Path, block: Block, names: dict) -> str:
    """Return the report of what was answered otherwise than the page says; "" if nothing."""
    parser = doctest.DocTestParser()
    test = parser.get_doctest(block.source + "\n", {}, page.name, str(page), block.line - 1)
    test.globs = names
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test, out=report.append, clear_globs=False)
    return "".join(report)


def run_program(page: Path, block: Block, names: dict) -> None:
    # The empty lines make a traceback show the line of the page.
    source = "\n" * (block.line - 1) + block.source
    exec(compile(source, str(page), "exec", dont_inherit=True), names)


@pytest.fixture
def shop(dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """An empty database `shop` and an empty current directory; other settings in PG* variables."""
    for key, value in parse_dsn(dsn).items():
        if key in ENVIRONMENT:
            monkeypatch.setenv(ENVIRONMENT[key], value)
    monkeypatch.chdir(tmp_path)
    admin = psycopg2.connect(dsn)
    admin.autocommit = True
    with admin.cursor() as cur:
        cur.execute("CREATE DATABASE shop TEMPLATE template0 ENCODING 'UTF8'")
        yield "dbname=shop"
        cur.execute("DROP DATABASE shop WITH (FORCE)")
    admin.close()


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if python_blocks(page)],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_the_snippets_of_a_page_run(page: Path, shop: str, registries: None) -> None:
    names = {"__name__": "__main__", "dsn": shop}
    report = ""
    for block in python_blocks(page):
        if block.is_dialogue:
            report += run_dialogue(page, block, names)
        else:
            run_program(page, block, names)
    if report:
        pytest.fail(report, pytrace=False)


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


def test_a_wrong_answer_on_a_page_is_reported() -> None:
    names = {"one": 1}
    block = Block(1, "python", ">>> two = one + 1\n>>> two\n3")
    assert "Expected:\n    3\nGot:\n    2" in run_dialogue(ROOT / "page.rst", block, names)
    assert names["two"] == 2
    assert run_dialogue(ROOT / "page.rst", Block(1, "python", ">>> two\n2"), names) == ""


def test_every_reviewed_difference_from_the_original_is_told_and_no_other() -> None:
    listed = tomllib.loads((ROOT / "tests/compat/differences.toml").read_text(encoding="utf8"))
    page = (ROOT / "doc/src/coming_from_psycopg2.rst").read_text(encoding="utf8")
    told = re.findall(r"^\.\. _differs-(\w+):$", page, re.MULTILINE)
    assert sorted(told) == sorted(listed["reason"])


def test_make_targets_that_the_pages_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf8")
        named = set(re.findall(r"(?:``?|^ *\$? ?)make ([a-z-]+)", text, re.MULTILINE))
        assert named <= targets, page

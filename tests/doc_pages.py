"""The Python blocks of a page of documentation: running them, and checking their types.

``python doc_pages.py PAGE`` runs a page: its blocks in order, which share their names. A block of
``>>>`` lines is compared with the answers it shows; any other has only to run. It prints what was
answered otherwise, and fails if anything was.

``python doc_pages.py --write FOLDER`` writes the blocks of each page as a program, for the type
checkers of ``make types``.
"""

from __future__ import annotations

import doctest
import re
import shutil
import sys
import traceback
import types
from pathlib import Path
from typing import NamedTuple
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("doc/src/**/*.rst"))]
FENCE = re.compile(r"```(\w*)\s*$")
DIRECTIVE = re.compile(r"( *)\.\. code-block:: (\w+)\s*$")


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


def statements(block: Block) -> list[tuple[int, str]]:
    """Return what is run of a block, each piece with its line on the page.

    Of a dialogue without what shows an error: that may well be what type checkers refuse.
    """
    if not block.is_dialogue:
        return [(block.line, block.source)]
    examples = doctest.DocTestParser().get_examples(block.source + "\n")
    return [
        (block.line + example.lineno, example.source)
        for example in examples
        if example.exc_msg is None
    ]


def program(page: Path) -> str:
    """Return the blocks of a page as one program, whose lines have the numbers of the page."""
    lines: list[str] = []
    for block in python_blocks(page):
        for number, source in statements(block):
            lines += [""] * (number - 1 - len(lines))
            lines += source.splitlines()
    return "\n".join(lines) + "\n"


def write_programs(folder: Path) -> None:
    """Write the program of each page that has one: doc/src/howto/web.rst as howto_web.py."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for page in PAGES:
        if python_blocks(page):
            name = "_".join(page.relative_to(ROOT).with_suffix(".py").parts)
            (folder / name.replace("doc_src_", "")).write_text(program(page), encoding="utf8")


def last_line(kind, error, format_it=traceback.format_exception_only):
    """What doctest compares: pages show no notes of errors, which older Pythons do not have."""
    if hasattr(error, "__notes__"):
        del error.__notes__
    return format_it(kind, error)


def run_dialogue(page: Path, block: Block, names: dict) -> str:
    """Return the report of what was answered otherwise than the page says; "" if nothing."""
    parser = doctest.DocTestParser()
    test = parser.get_doctest(block.source + "\n", {}, page.name, str(page), block.line - 1)
    test.globs = names
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    with mock.patch.object(traceback, "format_exception_only", last_line):
        runner.run(test, out=report.append, clear_globs=False)
    return "".join(report)


def run_program(page: Path, block: Block, names: dict) -> None:
    # The empty lines make a traceback show the line of the page.
    source = "\n" * (block.line - 1) + block.source
    exec(compile(source, str(page), "exec", dont_inherit=True), names)


def run_page(page: Path) -> str:
    """Run all blocks of a page; return the report of its dialogues."""
    main = sys.modules["__main__"] = types.ModuleType("__main__")  # where pickle looks them up
    names = vars(main)
    report = ""
    for block in python_blocks(page):
        if block.is_dialogue:
            report += run_dialogue(page, block, names)
        else:
            run_program(page, block, names)
    return report


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        write_programs(Path(sys.argv[2]))
    else:
        sys.path.pop(0)  # this folder, where a reader is not
        sys.exit(run_page(Path(sys.argv[1])) or 0)

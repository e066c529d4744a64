"""The inputs that fuzzing starts from: corpus/TARGET.txt, a bytes literal a line."""

import ast
from pathlib import Path

FILES = Path(__file__).resolve().parent / "corpus"
NAMES = sorted(path.stem for path in FILES.iterdir())


def read_inputs(name):
    lines = (FILES / f"{name}.txt").read_text().splitlines()
    return [ast.literal_eval(line) for line in lines]


def add_inputs(name, inputs):
    """Add what is not there yet; the shortest come first."""
    every = sorted({*read_inputs(name), *inputs}, key=lambda data: (len(data), data))
    (FILES / f"{name}.txt").write_text("".join(f"{data!r}\n" for data in every))

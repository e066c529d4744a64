"""Fuzz the texts that the driver parses in C, guided by coverage: make fuzz.

Usage: python tests/fuzz [--seconds N | --runs N] [--jobs N] [--keep] [--again FILE] [TARGET...]

Each target (targets*.py) runs for N seconds in a process of its own, from what is in corpus/ and
what earlier runs found (build/fuzz/found); or for N inputs from the corpus alone, the same ones
each time, so that what it says is of the code and not of luck. --keep adds to corpus/ the inputs
that reach what none there does. An input that fails is left in build/fuzz/failed; to see it again:

    make fuzz ARGS="--again build/fuzz/failed/TARGET-..."

Once what it found is put right, its line goes into corpus/, where the test suite tries it for ever.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from corpus import NAMES, add_inputs, read_inputs

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build" / "fuzz"
LONGEST = 1024  # bytes of an input
PATIENCE = 20  # seconds for one input
MOST_MEMORY = 2048  # MiB


def become_fuzzer(name, arguments):
    """Fuzz one target in this process, which libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=["psycopg2"]):
        import psycopg2  # noqa: F401
    from targets import TARGETS

    # libFuzzer runs itself again, through a shell, to choose what to keep
    itself = shlex.join([sys.executable, *sys.argv[:3]])
    atheris.Setup([itself, *arguments], TARGETS[name])
    atheris.Fuzz()


def start(name, arguments, **options):
    """Run the fuzzer of one target on the instrumented driver."""
    words = [sys.executable, str(HERE), "--here", name, *map(str, arguments)]
    preloaded = {"LD_PRELOAD": os.environ["FUZZ_PRELOAD"]}
    return subprocess.run(words, env={**os.environ, **preloaded}, **options)


def fill_seeds(name):
    """Return a directory with the inputs of the corpus, one a file."""
    seeds = BUILD / "seeds" / name
    shutil.rmtree(seeds, ignore_errors=True)
    seeds.mkdir(parents=True)
    for number, data in enumerate(read_inputs(name)):
        (seeds / f"{number:05}").write_bytes(data)
    return seeds


def find_report(output):
    """The part of a fuzzer's output that says what went wrong; all of it where it is not known."""
    lines = output.splitlines()
    for number, line in enumerate(lines):
        if re.search("runtime error:|ERROR: |Uncaught Python exception", line):
            kept = [*lines[number : number + 40], *(x for x in lines if x.startswith("artifact"))]
            return "\n".join(kept)
    return output


def fuzz(name, seconds, runs):
    """Run one target so long, or so often; return whether all was well, and what to tell of it."""
    found, failed = BUILD / "found" / name, BUILD / "failed"
    for directory in (found, failed):
        directory.mkdir(parents=True, exist_ok=True)
    length = [f"-runs={runs}", "-seed=1"] if runs else [f"-max_total_time={seconds}", found]
    arguments = [
        f"-max_len={LONGEST}", f"-timeout={PATIENCE}",
        f"-rss_limit_mb={MOST_MEMORY}", f"-artifact_prefix={failed}/{name}-",
        "-print_final_stats=1", "-use_value_profile=1", *length, fill_seeds(name),
    ]  # fmt: skip
    done = start(name, arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = done.stdout.decode(errors="replace")
    runs = re.findall(r"stat::number_of_executed_units: +(\d+)", output)
    covered = re.findall(r" cov: (\d+) ft: (\d+) corp: (\d+)", output)
    edges, _, inputs = covered[-1] if covered else ("?", "?", "?")
    text = f"{name:22}{(runs or ['?'])[-1]:>10}{edges:>8}{inputs:>8}"
    if done.returncode:
        text += f"  FAILED\n{find_report(output)}"
    return done.returncode == 0, text


def keep(name):
    """Add to the corpus what reaches something that nothing in it reaches."""
    seeds = fill_seeds(name)
    arguments = ["-merge=1", f"-artifact_prefix={BUILD}/merge-", seeds, BUILD / "found" / name]
    start(name, arguments, capture_output=True, check=True)
    add_inputs(name, [path.read_bytes() for path in seeds.iterdir()])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--runs", type=int, help="inputs for each target, instead of seconds")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at a time")
    parser.add_argument("--keep", action="store_true", help="add to the corpus")
    parser.add_argument("--again", metavar="FILE", help="run one input, of the target in its name")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=" ".join(NAMES))
    options = parser.parse_args()
    unknown = set(options.targets) - set(NAMES)
    if unknown:
        parser.error(f"no target {' '.join(sorted(unknown))}; there are {' '.join(NAMES)}")
    if options.again:
        name = Path(options.again).name.split("-")[0]
        return start(name, [f"-artifact_prefix={BUILD}/again-", options.again]).returncode
    names = options.targets or NAMES
    print(f"{'target':22}{'inputs':>10}{'edges':>8}{'kept':>8}", flush=True)
    well = True
    with ThreadPoolExecutor(options.jobs) as pool:
        for good, text in pool.map(lambda name: fuzz(name, options.seconds, options.runs), names):
            print(text, flush=True)
            well &= good
        if options.keep:
            list(pool.map(keep, names))
    return 0 if well else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "tools")]  # what tests share
        become_fuzzer(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(main())

"""The two drivers side by side: the same probes in a process each, and what differs.

A probe is a few lines of Python; each of its statements has an answer (see compat.worker), and to
the last belongs the SQL that the probe sent. What differs on purpose is in differences.toml.
"""

import contextlib
import difflib
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PATIENCE = 60  # seconds for a probe; only a hang takes that long
LEAK_PATIENCE = 5  # seconds for its connections to end after it; only a leak takes that long
# How a driver, or its libpq, asks what types and functions there are is its own business.
CATALOG = re.compile(r"\bpg_(type|range|proc|attribute|prepared_xacts)\b|\bregister_type\b")
# What executemany() asks before it sends rows ahead.
TRIAL = re.compile(r"^prepare: |\bpsycopg2_trial\b|\bpg_rewrite\b")
MARK = re.compile(r"^# %% *(.+)\n", re.M)


def original_python():
    """Return the Python that has psycopg2-binary, made by ``make compat`` and ``make test``."""
    beside = Path(sys.prefix).with_name(Path(sys.prefix).name + "-original")
    return Path(os.environ.get("PSYCOPG2_ORIGINAL") or beside / "bin" / "python")


def read_probes(path):
    """Return the probes of a file as pairs of title and source."""
    pieces = MARK.split(path.read_text())
    return list(zip(pieces[1::2], pieces[2::2]))


class Worker:
    """A process that runs probes under one driver; started anew after it died."""

    def __init__(self, python, args, foreign=()):
        self.foreign = foreign
        self.args = [str(python), str(HERE / "worker.py"), *args]
        self.process = None
        self.folder = tempfile.TemporaryDirectory()  # for the files that probes make

    def start(self):
        hidden = ("PG", *self.foreign)
        env = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
        env.update(TZ="Europe/Rome", LC_ALL="C.UTF-8")
        self.process = subprocess.Popen(
            self.args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, cwd=self.folder.name
        )

    def ask(self, source):
        """Run a probe; return [[statement, lines], ...]. A crash or a hang is an answer, too."""
        try:
            return self.exchange(source)
        except BaseException:
            self.stop()  # or the answer to this one would be taken for that to the next
            raise

    def exchange(self, source):
        if self.process is None:
            self.start()
        self.process.stdin.write(json.dumps(source).encode() + b"\n")
        self.process.stdin.flush()
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
                self.stop()
                return [["", ["hangs"]]]
            piece = os.read(self.process.stdout.fileno(), 1 << 20)
            if not piece:
                return [["", [f"crashes: {self.stop()}"]]]
            line += piece
        answer = json.loads(line)
        if isinstance(answer, dict):
            raise RuntimeError(f"the worker failed: {answer['failed']}")
        return answer

    def stop(self):
        """End the process; return the name of the signal that ended it before, if one did."""
        process, self.process = self.process, None
        if process is None:
            return None
        with contextlib.suppress(BrokenPipeError):  # it may have died before it read all
            process.stdin.close()
        try:
            status = process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        process.stdout.close()
        return signal.Signals(-status).name if status < 0 else f"status {status}"


class Pair:
    """Both drivers behind one relay, which keeps the SQL they send."""

    def __init__(self, proxy, direct_dsn):
        self.proxy = proxy
        args = [proxy.dsn, direct_dsn, json.dumps({str(proxy.port): "PORT"})]
        self.ours = Worker(sys.executable, args)
        self.original = Worker(original_python(), args, ("PYTHON", "LD_"))

    def answer(self, worker, source):
        del self.proxy.queries[:]
        answer = worker.ask(source)
        if not self.proxy.is_idle(LEAK_PATIENCE):
            worker.stop()
            answer.append(["", ["leaks a connection"]])
        sent = [
            f"sent {text.removeprefix('bind: ')}"
            for text in self.proxy.queries
            if not CATALOG.search(text) and not TRIAL.search(text)
        ]
        return [*answer, ["SQL", sent]]

    def compare(self, source, texts=()):
        """Return what differs, as lines: the statement, then theirs with "-" and ours with "+"."""
        theirs = self.answer(self.original, source)
        ours = self.answer(self.ours, source)
        lines = []
        if [head for head, _ in ours] != [head for head, _ in theirs]:  # one of them died
            theirs, ours = whole(theirs), whole(ours)
        for (statement, our_lines), (_, their_lines) in zip(ours, theirs):
            lines += differing(statement, our_lines, their_lines, texts)
        return lines

    def close(self):
        for worker in (self.ours, self.original):
            worker.stop()
            worker.folder.cleanup()


def whole(answer):
    """Return an answer as if it were that of one statement."""
    return [["the probe", [f"{head}: {line}" for head, lines in answer for line in lines]]]


def differing(statement, ours, theirs, texts):
    ours = [worded_as(our, theirs, texts) for our in ours]
    if ours == theirs:
        return []
    lines = [">>> " + line for line in statement.split("\n")]
    lines += [line for line in difflib.ndiff(theirs, ours) if line[0] in "-+"]
    return [escaped(line) for line in lines]


def worded_as(our, theirs, texts):
    """Return the line of the original that says the same in other words; else our own."""
    for their in theirs:
        line, used, wanted = one_quote(our), [], one_quote(their)
        for text in texts:
            if line != wanted and text.replaces(line, wanted):
                line = text.replace(line, wanted)
                used.append(text)
        if line == wanted:
            for text in used:
                text.used = True
            return their
    return our


def escaped(line):
    """Make a line fit for a TOML literal string."""
    line = line.replace("'''", "'\\''")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)


class Text:
    """What is worded in another way on purpose; {} stands for any text."""

    def __init__(self, entry):
        self.entry, self.reason = entry, entry["reason"]
        self.used = False
        self.theirs, self.ours = (pattern(entry[side]) for side in ("theirs", "ours"))

    def replaces(self, our, their):
        return self.ours.search(our) and self.theirs.search(their)

    def replace(self, our, their):
        words = self.theirs.search(their).group()
        return self.ours.sub(lambda match: words, our)


def pattern(text):
    end = r"(?=' pgcode|'$|$)" if text.endswith("{}") else r"(?=\W|$)"
    return re.compile(".*?".join(map(re.escape, one_quote(text).split("{}"))) + end)


def one_quote(line):
    """Return a line as if repr() knew but one kind of quote."""
    return line.replace("\\'", "'").replace('"', "'")

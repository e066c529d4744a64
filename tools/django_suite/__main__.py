"""Run Django's own test suite on the driver and on the original, and compare test by test.

Usage: python tools/django_suite --ours PYTHON --original PYTHON [--whole] [--parallel N] [LABEL...]

Each PYTHON has requirements.txt of this folder and one of the drivers; psycopg 3, which Django
would prefer, is in neither. Both run on a private server, the same sdist of Django, its backend
django.db.backends.postgresql. The run fails if a test fails with ours that passes with the
original; what fails with both is told, and is no fault of ours.

A test that comes out otherwise with ours is run once more, alone with its class, with both
drivers: only what differs again counts.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from glob import glob
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)

from pglocal import InstallError, Server, ServerError, get_postgres  # noqa: E402
from pglocal.cache import CacheError, cached  # noqa: E402
from pglocal.install import apt_install, describe_missing, extract_tar, not_found  # noqa: E402

DJANGO = "5.2.19"
LABELS = """
    aggregation backends bulk_create datatypes db_functions expressions inspectdb introspection
    lookup model_fields postgres_tests queries raw_query schema select_for_update timezones
    transactions
""".split()
# Django's tests name this collation, which a server that was built without ICU does not have.
COLLATION = """
    DO $$BEGIN
        IF NOT EXISTS (SELECT FROM pg_collation WHERE collname = 'sv-x-icu') THEN
            CREATE COLLATION "sv-x-icu" FROM "C";
            RAISE WARNING 'no ICU: a stand-in for a collation is made';
        END IF;
    END$$
"""


def say(text):
    print(f"-- {text}", flush=True)


def get_source():
    """Return the folder of Django's source, with its tests, fetched once."""

    def make(target):
        say(f"fetching Django {DJANGO}")
        args = ["download", "-qq", "--no-deps", "--no-binary", "django", "--dest", target]
        args.append(f"Django=={DJANGO}")
        subprocess.run([sys.executable, "-m", "pip", *args], check=True)
        (archive,) = glob(os.path.join(target, "*.tar.gz"))
        extract_tar(archive, target)
        os.unlink(archive)

    (source,) = Path(cached(f"django-{DJANGO}", make)).glob("[dD]jango-*")
    return source


def ensure_uuid_extension(pg_config):
    """See that uuid-ossp can be loaded, without which Django's test database cannot be made."""
    done = subprocess.run([pg_config, "--pkglibdir"], capture_output=True, text=True, check=True)
    library = os.path.join(done.stdout.strip(), "uuid-ossp.so")
    if not os.path.exists(library):
        raise InstallError(f"there is no {library}: install PostgreSQL's contrib modules")
    missing = not_found([library])
    if missing and not apt_install(missing):
        raise InstallError(describe_missing(missing))


class Suite:
    """Django's suite on one server: run() gives the outcomes under one driver."""

    def __init__(self, source, server, parallel):
        self.source = source
        self.server = server
        self.parallel = parallel

    def environment(self, outcomes):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PYTHON"))}
        return {
            **kept,
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": f"{self.source}{os.pathsep}{HERE}",
            "SUITE_HOST": self.server.socket_dir,
            "SUITE_PORT": str(self.server.port),
            "SUITE_OUTCOMES": str(outcomes),
        }

    def run(self, name, python, labels, parallel):
        """Return {id: (outcome, text)}; the output of the run goes to build/django/NAME.log."""
        folder = Path("build/django").absolute()
        folder.mkdir(parents=True, exist_ok=True)
        outcomes, log = folder / f"{name}.jsonl", folder / f"{name}.log"
        outcomes.unlink(missing_ok=True)
        words = [python, "runtests.py", "--settings=settings", "--noinput"]
        words += [f"--parallel={parallel}", *labels]
        with open(log, "w") as output:
            done = subprocess.run(
                words,
                cwd=self.source / "tests",
                env=self.environment(outcomes),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        if done.returncode < 0 or not outcomes.exists():
            sys.exit(f"error: the run ended by itself ({done.returncode}): see {log}")
        return read_outcomes(outcomes)


def read_outcomes(path):
    """Return {id: (outcome, text)}; of the outcomes of parts of a test, the last that failed."""
    found = {}
    for line in path.read_text(encoding="utf8").splitlines():
        test, outcome, text = json.loads(line)
        if found.get(test, ("",))[0] not in ("fail", "error"):
            found[test] = outcome, text
    return found


def find_worse(ours, original):
    """Return the tests that are fine with the original, and otherwise with ours."""
    fine = {test for test, (outcome, _) in original.items() if outcome in ("ok", "xfail")}
    return sorted(test for test in fine if ours.get(test, ("",))[0] not in ("ok", "xfail"))


def class_of(test):
    """Return the label of a test's class; `setUpClass (app.tests.Class)` has it in parentheses."""
    if test.endswith(")"):
        return test[test.index("(") + 1 : -1]
    return test.rpartition(".")[0]


def app_of(test):
    return class_of(test).partition(".")[0]


def count(outcomes):
    """Return how many passed, failed and were skipped, by app."""
    words = {"ok": "ok", "xfail": "ok", "skip": "skipped", "fail": "failed", "error": "failed"}
    counts = {}
    for test, (outcome, _) in outcomes.items():
        for app in (app_of(test), "all"):
            counts.setdefault(app, Counter())[words[outcome]] += 1
    return counts


def print_table(ours, original):
    """Print what passed, failed and was skipped under each driver, app by app."""
    columns = ("ok", "failed", "skipped")
    print(f"{'':30}{'ours':>24}{'original':>28}")
    print(f"{'':30}" + ("  " + "".join(f"{word:>8}" for word in columns)) * 2)
    counted, expected = count(ours), count(original)
    for app in sorted({*counted, *expected} - {"all"}) + ["all"]:
        cells = [
            "".join(f"{counts.get(app, Counter())[word]:8}" for word in columns)
            for counts in (counted, expected)
        ]
        print(f"{app:30}", *cells, sep="  ")


def compare(suite, pythons, labels):
    """Run both; print the table and what is worse with ours; return whether nothing is."""
    found = {}
    for name, python in pythons.items():
        say(f"running Django's tests with {name}: build/django/{name}.log")
        found[name] = suite.run(name, python, labels, suite.parallel)
    worse = find_worse(found["ours"], found["original"])
    if worse:
        say("once more what differs: " + " ".join(worse))
        again = sorted({class_of(test) for test in worse})
        for name, python in pythons.items():
            found[name].update(suite.run(f"{name}-again", python, again, 1))
        worse = find_worse(found["ours"], found["original"])
    print_table(found["ours"], found["original"])
    both = [t for t, (outcome, _) in found["ours"].items() if outcome in ("fail", "error")]
    for test in sorted(set(both) - set(worse)):
        print(f"fails with both: {test}")
    for test in worse:
        outcome, text = found["ours"].get(test, ("was not run", ""))
        print(f"\nworse with ours: {test}: {outcome}\n{text}")
    return not worse


def check_driver(python, name, original):
    """Fail unless a Python has the driver that its name says, and not psycopg 3.

    It is isolated, since a folder of the sources would be found as a package named psycopg.
    """
    program = (
        "import importlib.util as u, psycopg2, importlib.metadata as m;"
        "names = {d.metadata['Name'] for d in m.distributions()};"
        "print(u.find_spec('psycopg') is None, 'psycopg2-binary' in names)"
    )
    told = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True)
    if told.stdout.split() != ["True", str(original)]:
        sys.exit(f"error: {python} is not one of {name}: {told.stdout}{told.stderr}")


def prepare_server(server, python):
    """Make what Django's tests expect in every new database; the driver is asked from a process."""
    program = (
        "import psycopg2, sys\n"
        "with psycopg2.connect(sys.argv[1]) as conn, conn.cursor() as cur:\n"
        "    cur.execute(sys.argv[2])\n"
        "    print(*conn.notices, sep='')\n"
    )
    dsn = f"host={server.socket_dir} port={server.port} user={server.user} dbname=template1"
    subprocess.run([python, "-c", program, dsn, COLLATION], check=True)


def main():
    parser = argparse.ArgumentParser(prog="make django", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--original", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--whole", action="store_true", help="all of Django's tests, for hours")
    parser.add_argument("--parallel", type=int, default=1, help="processes to use (default: 1)")
    parser.add_argument("labels", nargs="*", help=f"default: {' '.join(LABELS)}")
    options = parser.parse_args()
    pythons = {"ours": options.ours, "original": options.original}
    for name, python in pythons.items():
        check_driver(python, name, name == "original")
    labels = options.labels or ([] if options.whole else LABELS)
    postgres = get_postgres()
    ensure_uuid_extension(postgres.pg_config)
    with Server(postgres.bindir) as server:
        prepare_server(server, options.ours)
        fine = compare(Suite(get_source(), server, options.parallel), pythons, labels)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    try:
        main()
    except (CacheError, InstallError, ServerError) as e:
        sys.exit(f"error: {e}")

"""One driver in one process, in the driver's own environment.

Usage: python bench/drivers DRIVER CONNECTION_PARAMETERS_AS_JSON

Prints a JSON line with the versions. Then reads a request a line, ``verb, n, threads, sql`` with
tabs between, and answers each with a JSON line: wall and CPU seconds, how many operations were
done, and the peak of resident memory so far in KiB; null where the driver has no such verb.
"""

import gc
import importlib
import json
import platform
import sys
import time

import records

#: a driver's module, and its class
DRIVERS = {
    "ours": ("psycopg2_api", "Session"),
    "psycopg2": ("psycopg2_api", "Session"),
    "psycopg3": ("psycopg3_api", "Session"),
    "psycopg3-binary": ("psycopg3_api", "BinarySession"),
    "asyncpg": ("asyncpg_api", "Session"),
}
LOADING = {"insert", "executemany", "execute_batch", "execute_values", "copy_rows"}


def peak_memory():
    """Return the peak of this process's resident memory in KiB."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except OSError:
        import resource  # of no use on Linux: there it counts what the parent had, too

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak


class Worker:
    def __init__(self, driver, params):
        module, cls = DRIVERS[driver]
        self.api = importlib.import_module(module)
        self.make = getattr(self.api, cls)
        self.params = params
        self.sessions = [self.make(params)]

    def prepare(self, verb, n, threads, sql):
        """Return a function without arguments that does what is to be timed; None for no such."""
        if verb == "nothing":
            return lambda: 0
        do = getattr(self.sessions[0], verb, None)
        if do is None:
            return None
        if threads:
            while len(self.sessions) < threads:
                self.sessions.append(self.make(self.params))
            return lambda: self.api.run_threads(self.sessions[:threads], verb, n, sql)
        argument = records.make_rows(n) if verb in LOADING else n
        return lambda: self.api.call(do, argument, sql)

    def answer(self, verb, n, threads, sql):
        do = self.prepare(verb, int(n), int(threads), sql)
        if do is None:
            return None
        gc.collect()
        cpu, wall = time.process_time(), time.perf_counter()
        count = do()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        for session in self.sessions:
            session.reset()
        return {"wall": wall, "cpu": cpu, "count": count, "peak": peak_memory()}


def main(driver, params):
    worker = Worker(driver, json.loads(params))
    version, libpq = worker.api.version()
    told = {"version": version, "libpq": libpq, "python": platform.python_version()}
    print(json.dumps(told), flush=True)
    try:
        for line in sys.stdin:
            print(json.dumps(worker.answer(*line.rstrip("\n").split("\t", 3))), flush=True)
    except KeyboardInterrupt:
        sys.exit(130)  # the process that asks was interrupted too, and tells


if __name__ == "__main__":
    main(*sys.argv[1:])

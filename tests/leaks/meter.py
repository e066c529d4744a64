"""Tells whether a piece of code leaks, by what the process holds before and after many runs of it.

Three things are counted, as far as the interpreter and the C library can:

- ``refs``: all references to all objects (a debug build of Python only),
- ``blocks``: the memory blocks of Python's allocator,
- ``bytes``: what is in use of malloc()'s memory, libpq's included (glibc 2.33 and later).

Free lists and caches fill up in the first rounds, but what leaks does so in each of them: it is
tight if two rounds leave nothing behind.
"""

import ctypes
import gc
import sys
from array import array
from dataclasses import dataclass

WARM_UP = 5
RUNS = 16
MOST_ROUNDS = 12
TIGHT_ROUNDS = 2
#: what a run may grow by, on average, and still be called tight: less than the least leak there is
LIMITS = {"refs": 0.5, "blocks": 0.5, "bytes": 8}


class _MallInfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ["arena", "ordblks", "smblks", "hblks", "hblkhd"]
        + ["usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"]
    ]


def _find_mallinfo():
    try:
        function = ctypes.CDLL(None).mallinfo2
    except (OSError, AttributeError, TypeError):
        return None
    function.restype = _MallInfo
    return function


_mallinfo = _find_mallinfo()


def bytes_in_use():
    info = _mallinfo()
    return info.uordblks + info.hblkhd


METERS = {"blocks": sys.getallocatedblocks}
if _mallinfo:
    METERS["bytes"] = bytes_in_use
if hasattr(sys, "gettotalrefcount"):
    METERS["refs"] = sys.gettotalrefcount


@dataclass
class Growth:
    """What one run of something left behind, on average of a round."""

    refs: float = 0
    blocks: float = 0
    bytes: float = 0

    @property
    def leaks(self):
        return [name for name, limit in LIMITS.items() if getattr(self, name) >= limit]


def measure(function):
    """Run `function` many times; return its `Growth` in the last round."""
    for _ in range(WARM_UP):
        function()
    tight = 0
    for _ in range(MOST_ROUNDS):
        growth = _measure_round(function)
        tight += not growth.leaks
        if tight == TIGHT_ROUNDS:
            break
    return growth


def _settle():
    """Let go of garbage, and of the names that the cache of attribute look-ups holds."""
    ctypes.pythonapi.PyType_ClearCache()
    gc.collect()


def _measure_round(function):
    counted = array("q", [0] * len(METERS))  # to note a count takes no memory
    _settle()
    for i, meter in enumerate(METERS.values()):
        counted[i] = meter()
    for _ in range(RUNS):
        function()
    _settle()
    for i, meter in enumerate(METERS.values()):
        counted[i] = meter() - counted[i]
    return Growth(**{name: count / RUNS for name, count in zip(METERS, counted)})

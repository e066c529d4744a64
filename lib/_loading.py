"""Whether the package is whole, and what to do where it is not.

Nothing here is imported while all is well: a broken import comes here for its words, and
``python -m psycopg2`` to tell what is loaded.
"""

import ctypes
import os
import re
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
REINSTALL = f"{sys.executable} -m pip install --force-reinstall --no-deps"


def version_text(number):
    """version_text(number) -> str

    A version as libpq tells it (int), in PostgreSQL's words: 180003 is ``18.3``.
    """
    return f"{number // 10000}.{number % 10000}"


# -- what is loaded -------------------------------------------------------------------------------


class Extension:
    """Extension(path)

    The extension in a file, and the libraries that it has brought along: a symbol is looked for
    in it and in what it is linked with, and nowhere else. Functions that are missing there are
    tolerated until they are called.

    Raises `OSError` where it cannot be loaded.
    """

    def __init__(self, path):
        self._handle = ctypes.CDLL(path, mode=getattr(os, "RTLD_LAZY", ctypes.DEFAULT_MODE))

    def has(self, name):
        """has(name) -> bool

        Whether a function is there.
        """
        return hasattr(self._handle, name)

    def text(self, name, *args):
        """text(name, *args) -> str or None

        What a function of C that returns a string says; None where it is missing or says nothing.
        """
        if not self.has(name):
            return None
        function = self._handle[name]
        function.restype = ctypes.c_char_p
        said = function(*args)
        return said.decode("utf-8", "replace") if said else None

    def number(self, name):
        """number(name) -> int or None

        What a function of C without arguments returns; None where it is missing.
        """
        return self._handle[name]() if self.has(name) else None

    def compiled_libpq(self):
        """compiled_libpq() -> int or None

        The version of the libpq that the extension was compiled with.
        """
        try:
            return ctypes.c_int.in_dll(self._handle, "psycopg2_compiled_libpq").value
        except ValueError:
            return None

    def path_of(self, name):
        """path_of(name) -> str or None

        The file that a function was loaded from.
        """
        info = (ctypes.c_void_p * 4)()  # Dl_info: path, base, name of the symbol, its address
        try:
            dladdr = ctypes.CDLL(None).dladdr
            address = ctypes.cast(self._handle[name], ctypes.c_void_p)
        except (AttributeError, OSError, TypeError):
            return None
        if not dladdr(address, info) or not info[0]:
            return None
        return os.path.realpath(os.fsdecode(ctypes.string_at(info[0])))


def installed_beside(folders=None):
    """installed_beside(folders=None) -> list

    What is installed of the distributions that put their files in the same place as this one: the
    paths of their metadata (str), in the *folders*, or in all that Python imports from.
    """
    found = []
    for folder in sys.path if folders is None else folders:
        try:
            names = os.listdir(folder or os.curdir)
        except OSError:
            continue
        found += [
            os.path.join(folder, name)
            for name in sorted(names)
            if re.fullmatch(r"psycopg2_binary-[^-]*\.(dist|egg)-info", name)
        ]
    return found


def describe_beside(found):
    """describe_beside(found) -> str

    What is wrong with the distributions that installed_beside() found, and what to do.
    """
    return (
        f"psycopg2-binary is installed beside psycopg2, and has its files in the same folder: "
        f"{', '.join(found)}. Which of the two is imported depends on who came last, and removing "
        f"one breaks the other. Remove both, then install the one you want: "
        f"{sys.executable} -m pip uninstall psycopg2-binary psycopg2"
    )


# -- at import ------------------------------------------------------------------------------------


def warn_of_neighbour():
    """Warn that psycopg2-binary is there too."""
    found = installed_beside([os.path.dirname(HERE)])
    if found:
        warnings.warn(describe_beside(found), RuntimeWarning, stacklevel=4)


def warn_of_older_libpq(compiled, running):
    """Warn of a libpq (int) that is of an older release than the one compiled with (int)."""
    warnings.warn(
        f"psycopg2 was compiled with libpq {version_text(compiled)} and runs with the older libpq "
        f"{version_text(running)}, which lacks what came between them. "
        "`python -m psycopg2` tells where it is loaded from.",
        ImportWarning,
        stacklevel=4,
    )


def explain(error):
    """explain(error) -> ImportError

    Why the extension cannot be imported, in words that say what to do, from what the loader said.
    """
    said = str(error)
    symbol = re.search(r"(?:undefined symbol|ymbol not found): _?(\w+)", said) or re.search(
        r"relocating [^:]*: (\w+): symbol not found", said
    )
    if symbol and re.match("PQ|pg_|lo_", symbol[1]):
        words = _older_libpq(error.path, symbol[1])
    elif re.search(r"libpq[.\w]*: (cannot open|.*no such file)|Library not loaded:.*libpq", said):
        words = [
            "libpq, PostgreSQL's client library, is not where the loader looks for it.",
            "Install it (Debian, Ubuntu: apt-get install libpq5; Red Hat, Fedora: dnf install "
            "libpq; Alpine: apk add libpq; macOS: brew install libpq), or, where it is elsewhere, "
            "name its folder in LD_LIBRARY_PATH.",
        ]
    elif isinstance(error, ModuleNotFoundError):
        words = _not_built()
    elif said.startswith("cannot import name"):
        words = [
            "the compiled module and the Python files are of different releases: "
            f"{HERE} holds files of two packages.",
            f"Remove them, then install one: {REINSTALL} psycopg2",
        ]
    else:
        words = [
            "its compiled module does not load here. It may have been built on another system.",
            f"Build it here: {REINSTALL} --no-binary psycopg2 psycopg2",
        ]
    found = installed_beside([os.path.dirname(HERE)])
    words += [describe_beside(found)] if found else []
    text = "\n".join([f"psycopg2 cannot be imported: {words[0]}", *words[1:]])
    return type(error)(f"{text}\n(The loader says: {said})", name=error.name, path=error.path)


def _older_libpq(path, symbol):
    words = f"the libpq that is loaded has no {symbol}: it is older than the one compiled with"
    try:
        extension = Extension(path)
        running, compiled = extension.number("PQlibVersion"), extension.compiled_libpq()
        where = extension.path_of("PQlibVersion")
    except (OSError, TypeError):
        running = compiled = where = None
    if running and compiled:
        words += f" ({version_text(running)}, not {version_text(compiled)})"
    return [
        f"{words}.",
        f"It is loaded from {where or 'where the loader found it first'}. Update it, or take "
        "another folder out of LD_LIBRARY_PATH, or build psycopg2 with the older one: "
        f"{REINSTALL} --no-binary psycopg2 psycopg2",
    ]


def _not_built():
    names = [name for name in os.listdir(HERE) if re.match(r"_psycopg\..*(so|pyd)$", name)]
    if names:
        version = "{}.{}".format(*sys.version_info)
        return [
            f"its compiled module is not for this Python ({sys.implementation.name} {version}).",
            f"{HERE} holds: {', '.join(sorted(names))}",
            f"Install it with this Python: {REINSTALL} psycopg2",
        ]
    return [
        f"there is no compiled module in {HERE}.",
        "This may be a folder of the source, which has to be built: pip install .",
    ]

"""What every test shares: the fixtures of the database."""

import signal

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell ignores Ctrl-C for what it starts in the background. Tests send it, and processes
    # that they start inherit what holds here.
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = [
    "fix_copy",
    "fix_db",
    "fix_interrupt",
    "fix_pgbouncer",
    "fix_proxy",
    "fix_registries",
    "fix_walsender",
]

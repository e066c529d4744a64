"""``python tools/pglocal pg_config``: print the pg_config to build with, fetching it if need be.

``python tools/pglocal run``: run a private server until Ctrl-C.
"""

import os
import signal
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from pglocal import InstallError, Server, ServerError, get_postgres  # noqa: E402


def run():
    """Start a server, tell how to reach it, and wait to be interrupted."""
    installation = get_postgres()
    with Server(installation.bindir, dbname="test") as server:
        print(f"{installation.version} is up. Ctrl-C stops it and removes its data.\n")
        print(f"  dsn:  {server.socket_dsn}")
        print(f"  psql: {installation.bindir}/psql '{server.socket_dsn}'")
        print(f"  TCP:  {server.dsn} password={server.password}", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("\nstopping")


def main(args):
    fallback = "--fallback" in args
    args = [arg for arg in args if arg != "--fallback"]
    try:
        if args == ["pg_config"]:
            print(get_postgres(fallback).pg_config)
        elif args == ["run"]:
            for signum in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(signum) != signal.SIG_IGN:  # as nohup sets it
                    signal.signal(signum, signal.default_int_handler)
            run()
        else:
            sys.exit(__doc__)
    except (InstallError, ServerError) as e:
        sys.exit(f"error: {e}")


if __name__ == "__main__":
    main(sys.argv[1:])

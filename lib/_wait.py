"""Waiting for an asynchronous connection."""

import select

from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE


def wait_select(conn):
    """wait_select(conn)

    Poll *conn* until it is ready: an asynchronous connection, or one whose wait callback this is
    (`extensions.set_wait_callback()`).

    Ctrl-C cancels the query: the error that the server then answers with is raised, or
    `KeyboardInterrupt` where the query had come to its end. Raises what `connection.poll()` does.
    """
    interrupt = None
    while True:
        try:
            state = conn.poll()
            if state == POLL_OK:
                break
            if state not in (POLL_READ, POLL_WRITE):
                raise conn.OperationalError(f"bad state from poll: {state}")
            _wait(conn, state == POLL_READ)
        except KeyboardInterrupt as e:
            # the server's answer has to be read even so: go on until it has come
            interrupt = e
            conn.cancel()
    if interrupt is not None and conn.async_:
        raise interrupt


def _wait(conn, reading):
    """Wait until the connection's socket can be read, or written."""
    if hasattr(select, "poll"):  # not everywhere; select() cannot wait for a descriptor over 1023
        poller = select.poll()
        poller.register(conn.fileno(), select.POLLIN if reading else select.POLLOUT)
        poller.poll()
    elif reading:
        select.select([conn], [], [])
    else:
        select.select([], [conn], [])

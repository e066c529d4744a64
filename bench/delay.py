"""A TCP relay before the server that holds every byte back: a distance without a network."""

import queue
import socket
import threading
import time

from bench.server import open_socket


class DelayedServer:
    """Relays to ``host``:``port`` (or a directory of sockets), `milliseconds` later, both ways.

    A context manager; ``params`` says how to reach it. What is sent together arrives together,
    and nothing waits for what was sent before it: the delay is the distance's, not the width's.
    """

    def __init__(self, params, milliseconds):
        params = dict(params)
        host = params.pop("hostaddr", None) or params.get("host", "127.0.0.1")
        self.target = host, int(params.get("port", 5432))
        self.seconds = milliseconds / 1000
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        self.params = {**params, "host": "127.0.0.1", "port": str(port)}
        # the password file and the certificate name the server, not the relay
        self.params["sslmode"] = "disable"
        self.sockets = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc):
        for sock in [self.listener, *self.sockets]:
            _shut(sock)
            sock.close()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
                server = open_socket(*self.target)
            except OSError:
                return
            self.sockets += [client, server]
            for sock in client, server:
                if sock.family != socket.AF_UNIX:
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, target in ((client, server), (server, client)):
                line = queue.SimpleQueue()
                for work in (self._receive, source), (self._send, target):
                    threading.Thread(target=work[0], args=(work[1], line), daemon=True).start()

    def _receive(self, source, line):
        data = b"-"
        while data:
            try:
                data = source.recv(1 << 16)
            except OSError:
                data = b""
            line.put((time.perf_counter() + self.seconds, data))

    def _send(self, target, line):
        while True:
            due, data = line.get()
            time.sleep(max(0, due - time.perf_counter()))
            try:
                if not data:
                    break
                target.sendall(data)
            except OSError:
                break
        _shut(target)


def _shut(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass

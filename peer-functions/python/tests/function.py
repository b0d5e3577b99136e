"""A function as a process of its own, started as its image starts it and asked through real sockets."""

import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

FUNCTIONS = Path(__file__).parent.parent
DEADLINE_S = 20


class Reply(NamedTuple):
    status: int
    content_type: str
    body: bytes


class Function:
    def __init__(self, folder, workload, **environment):
        self.port = free_port()
        self._connections = []
        self.process = subprocess.Popen(
            [sys.executable, FUNCTIONS / folder / "main.py"],
            env={**os.environ, "PORT": str(self.port), "WORKLOAD": workload, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self):
        self.connect().close()
        return self

    def __exit__(self, *_):
        for connection in self._connections:
            connection.close()
        self.process.kill()
        self.process.communicate()

    def connect(self):
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                return self._kept(socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S))
            except ConnectionRefusedError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.01)

    def client(self):
        """A connection that is kept from one `ask` to the next."""
        return self._kept(http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S))

    def ask(self, target="/", body=None, method=None, headers=None, chunked=False):
        with closing(self.client()) as client:
            return ask(client, target, body, method, headers, chunked)

    def _kept(self, connection):
        self._connections.append(connection)
        return connection

    def begin_post(self, length):
        """A connection with a POST whose body the function asks for: it has the request, and waits for `length` bytes."""
        connection = self.connect()
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            assert byte, f"the connection ended after {answer!r}"
            answer += byte
        assert answer.startswith(b"HTTP/1.1 100 "), answer
        return connection

    def until_refused(self):
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                return
            time.sleep(0.01)
        raise AssertionError("a new connection is still taken")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def exit(self):
        """Waits for the end: the exit code, and all that was written to the log."""
        log, _ = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, log


def ask(client, target="/", body=None, method=None, headers=None, chunked=False):
    method = method or ("GET" if body is None else "POST")
    headers = dict(headers or {})
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
        pieces = [body[start : start + 50_000] for start in range(0, len(body), 50_000)]
        client.request(method, target, iter(pieces), headers, encode_chunked=True)
    else:
        client.request(method, target, body, headers)
    response = client.getresponse()
    return Reply(response.status, response.headers.get("Content-Type"), response.read())


def free_port():
    """Given out once. The kernel takes the ports of connections from 32768 on: none of them can take this one first."""
    while True:
        port = 10_000 + (os.getpid() * 101 + next(_ports)) % 20_000
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


_ports = itertools.count()

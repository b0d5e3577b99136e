"""The workload `hello`: the same short answer to every request, after reading all of it."""

import os
import signal
import socket
import time

DEFAULT_PORT = 8080
GREETING = b"Hello from givre\n"
# How long requests in flight may take to finish after SIGTERM.
DRAIN_S = 3


def listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted connections inherit it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("0.0.0.0", int(os.environ.get("PORT") or DEFAULT_PORT)))
    listener.listen(1024)
    return listener


def answer(environ, start_response):
    # waitress has read the whole body by now.
    health = environ["PATH_INFO"] in ("/_/health", "/_/ready")
    body = b"ok\n" if health else GREETING
    start_response(
        "200 OK",
        [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))],
    )
    # waitress would send the body of an answer to HEAD too.
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def serve(listener):
    stopping = False
    server = None

    def stop(_signal, _frame):
        nonlocal stopping
        stopping = True
        if server is not None:
            # Python resumes an interrupted wait by itself (PEP 475): the server's own wake-up ends it.
            server.pull_trigger()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

    # Takes longer than all before it; the first requests wait in the listener's queue meanwhile.
    import logging

    from waitress import wasyncore
    from waitress.server import create_server

    # It warns of every request that waits for a thread: a line of log each, under load.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    channels = {}
    server = create_server(answer, map=channels, sockets=[listener])

    def work():
        wasyncore.loop(timeout=1, use_poll=True, map=channels, count=1)

    while not stopping:
        work()

    # waitress drops requests in flight when it is told to stop, so it is only kept from taking new ones.
    wasyncore.dispatcher.close(server)
    deadline = time.monotonic() + DRAIN_S
    while time.monotonic() < deadline and any(map(in_flight, server.active_channels.values())):
        work()


def in_flight(channel):
    return channel.request is not None or channel.requests or channel.total_outbufs_len


if __name__ == "__main__":
    serve(listen())

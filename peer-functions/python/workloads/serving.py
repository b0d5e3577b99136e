"""Serves one workload with waitress until SIGTERM."""

import importlib
import logging
import signal
import sys
import time
from http import HTTPStatus

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from exchange import TEXT, Answer, Refusal, Request

# How long requests in flight may take to finish after SIGTERM.
DRAIN_S = 3
MIB = 1 << 20
# waitress keeps a body up to this size in memory and a larger one in a temporary file, which is gone with the request:
# here "nothing written to disk" gives way to "not 50 MiB in memory". Workloads that need the whole body at once
# anyway have lower limits than this, and nothing that they accept is written.
MOST_IN_MEMORY = 16 * MIB
STREAMED_IN_MEMORY = MIB
# For all but the workloads that spend their time waiting.
DEFAULT_THREADS = 4


class PlainErrorTask(ErrorTask):
    """waitress' own refusals (no HTTP, or far too much of it), in one sentence as all others."""

    def execute(self):
        error = self.request.error
        body = f"{error.reason}: {error.body}.\n".encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", TEXT))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    error_task_class = PlainErrorTask


def application(workload):
    """The WSGI application of a workload: a module with `answer(request)` and `BODY_LIMIT` (in bytes, or None)."""

    def respond(environ):
        if environ["PATH_INFO"] in ("/_/health", "/_/ready"):
            return Answer(TEXT, b"ok\n")
        # waitress has read all of the body by now, and says how long it was even if it came in chunks.
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if workload.BODY_LIMIT is not None and size > workload.BODY_LIMIT:
            raise Refusal(413, f"The body has {size} bytes, and {workload.BODY_LIMIT} is the limit.")
        content_type = environ.get("CONTENT_TYPE") or None
        method, query = environ["REQUEST_METHOD"], environ["QUERY_STRING"]
        return workload.answer(Request(method, query, content_type, environ["wsgi.input"], size))

    def answer(environ, start_response):
        status = 200
        try:
            answer = respond(environ)
        except Refusal as refusal:
            status = refusal.status
            answer = Answer(TEXT, f"{refusal}\n".encode())
        size = len(answer.body) if answer.size is None else answer.size
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(size))]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        # waitress would send the body of an answer to HEAD too.
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return [answer.body] if isinstance(answer.body, bytes) else answer.body

    return answer


def settings(workload):
    limit = workload.BODY_LIMIT
    whole = limit is not None and limit <= MOST_IN_MEMORY
    return {
        "threads": getattr(workload, "THREADS", DEFAULT_THREADS),
        # Above four times the limit a refusal need not wait for the rest. Counted with the lines between chunks.
        "max_request_body_size": sys.maxsize if limit is None else 4 * limit + MIB,
        "inbuf_overflow": limit + 1 if whole else STREAMED_IN_MEMORY,
        # A streamed answer waits for its client from here on, and no answer is ever large enough for a file.
        "outbuf_high_watermark": MIB,
        "outbuf_overflow": 4 * MOST_IN_MEMORY,
    }


def serve(listener, name):
    workload = importlib.import_module(f"workload.{name}")
    # It warns of every request that waits for a thread: a line of log each, under load.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    channels = {}
    server = create_server(application(workload), map=channels, sockets=[listener], **settings(workload))
    server.channel_class = Channel
    stopping = False

    def stop(_signal, _frame):
        nonlocal stopping
        stopping = True
        # Python resumes an interrupted wait by itself (PEP 475): the server's own wake-up ends it.
        server.pull_trigger()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

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

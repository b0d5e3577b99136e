"""The workload `kv`: writes and reads a value in a Redis server."""

import os
import re
import threading

from exchange import TEXT, Answer, Refusal
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError
from redis.retry import Retry

BODY_LIMIT = 1024 * 1024
# Requests wait for the server most of the time.
THREADS = 16
KEY = re.compile(r"[A-Za-z0-9._:-]{1,256}")
# Connecting and one answer together stay below the two seconds that a client may have to wait for a 503.
TIMEOUT_S = 0.9

host, _, port = os.environ.get("KV_ADDRESS", "10.62.0.1:6379").rpartition(":")
connections = threading.local()


def connection():
    """This thread's connection, opened with its first command and kept."""
    if not hasattr(connections, "redis"):
        connections.redis = Redis(
            host,
            int(port),
            single_connection_client=True,
            socket_connect_timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            # Only for a server that has closed a kept connection meanwhile; a silent one is not waited for twice.
            retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
            # The second version of the protocol greets the server with nothing that this workload would need.
            protocol=2,
            driver_info=None,
        )
    return connections.redis


def answer(request):
    key = request.text("key", "givre")
    if not KEY.fullmatch(key):
        raise Refusal(400, "The parameter key has to be 1 to 256 characters of A-Za-z0-9._:-.")
    try:
        redis = connection()
        if request.method in ("POST", "PUT"):
            redis.set(key, request.body.read())
        value = redis.get(key)
    except RedisError as error:
        raise Refusal(503, f"The server at {host}:{port} does not answer as it should.") from error
    if value is None:
        raise Refusal(404, f"There is no value of the key {key}.")
    return Answer("application/octet-stream", value)

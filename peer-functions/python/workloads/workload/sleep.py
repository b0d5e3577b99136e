"""The workload `sleep`: an answer after a while, without using the processor."""

import time

from exchange import TEXT, Answer

BODY_LIMIT = None
# As many requests can sleep at the same time.
THREADS = 64


def answer(request):
    ms = request.number("ms", 100, 0, 60_000)
    time.sleep(ms / 1000)
    return Answer(TEXT, f"slept {ms} ms\n".encode())

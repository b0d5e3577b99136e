"""The workload `alloc`: takes memory, touches every page of it and holds it for a while."""

import json
import time

from exchange import JSON, Answer, Refusal

BODY_LIMIT = None
# As many requests can hold memory at the same time.
THREADS = 64
PAGE_BYTES = 4096
FIRST_BYTES = bytes(range(251))


def answer(request):
    mb = request.number("mb", 16, 0, 1024)
    hold_ms = request.number("hold_ms", 0, 0, 60_000)
    pages = mb * 1024 * 1024 // PAGE_BYTES
    try:
        block = bytearray(pages * PAGE_BYTES)
    except MemoryError as error:
        raise Refusal(503, f"There is no memory for {mb} MiB.") from error
    # The zeroed memory is only promised until a page is written to.
    block[::PAGE_BYTES] = (FIRST_BYTES * (pages // 251 + 1))[:pages]
    time.sleep(hold_ms / 1000)
    checksum = sum(block[::PAGE_BYTES])
    return Answer(JSON, json.dumps({"mb": mb, "pages": pages, "checksum": checksum}).encode())

"""The workload `hash`: SHA-256 of the body or of made-up bytes, and again of each digest."""

import hashlib

from exchange import TEXT, Answer

BODY_LIMIT = 64 * 1024 * 1024
PERIOD = bytes(range(251))
PIECE = PERIOD * 4096


def answer(request):
    rounds = request.number("rounds", 1, 1, 1_000_000)
    size = request.number("size", None, 0, 64 * 1024 * 1024)
    digest = hash_file(request.body) if size is None else hash_made_up(size)
    for _ in range(rounds - 1):
        digest = hashlib.sha256(digest).digest()
    return Answer(TEXT, f"{digest.hex()}\n".encode())


def hash_file(file):
    digest = hashlib.sha256()
    while piece := file.read(len(PIECE)):
        digest.update(piece)
    return digest.digest()


def hash_made_up(size):
    digest = hashlib.sha256()
    for _ in range(size // len(PIECE)):
        digest.update(PIECE)
    digest.update(PIECE[: size % len(PIECE)])
    return digest.digest()

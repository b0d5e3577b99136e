"""The workload `primes`: counts primes by the sieve of Eratosthenes."""

import json
from math import isqrt

from exchange import JSON, Answer

BODY_LIMIT = None


def answer(request):
    n = request.number("n", 100_000, 1, 10_000_000)
    sieve = bytearray(b"\x01") * (n + 1)
    sieve[:2] = b"\x00\x00"
    for number in range(2, isqrt(n) + 1):
        if sieve[number]:
            multiples = range(number * number, n + 1, number)
            sieve[multiples.start :: number] = bytes(len(multiples))
    # Nothing found is -1.
    largest = max(sieve.rfind(1), 0)
    return Answer(JSON, json.dumps({"n": n, "count": sieve.count(1), "largest": largest}).encode())

"""hash, primes, sleep, alloc and pagerank."""

import hashlib

from .shape import JSON, NO_NUMBERS, answer, generated, octets, out_of_range, refusal, repeated, text, vector

MASK = 0xFFFFFFFF


def xorshift32(seed):
    x = seed
    while True:
        x ^= (x << 13) & MASK
        x ^= x >> 17
        x ^= (x << 5) & MASK
        yield x


def generated_bytes(size):
    numbers = xorshift32(42)
    return bytes(next(numbers) & 0xFF for _ in range(size))


def hash_rounds(data, rounds=1):
    for _ in range(rounds):
        data = hashlib.sha256(data).digest()
    return text(data.hex() + "\n")


def pattern(size):
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def hash_vectors():
    plain = "text/plain"
    long_nist = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

    def of(name, data, rounds=1, **request):
        return vector(name, expect=answer(hash_rounds(data, rounds), plain), **request)

    return [
        of("empty body", b"", body=text("")),
        of("no body, GET", b"", method="GET"),
        of("abc, as FIPS 180-2 has it", b"abc", body=text("abc")),
        of("two blocks, as FIPS 180-2 has them", long_nist.encode(), body=text(long_nist)),
        of("a million times a, as FIPS 180-2 has it", b"a" * 1_000_000, body=repeated("a", 1_000_000)),
        of("unicode", "Grüße, 世界 🧊".encode(), body=text("Grüße, 世界 🧊")),
        of("every byte", bytes(range(256)), body=octets(bytes(range(256)))),
        of("a mebibyte", generated_bytes(2**20), body=generated(2**20)),
        of("two rounds", b"abc", 2, query="rounds=2", body=text("abc")),
        of("two rounds of nothing", b"", 2, query="rounds=2", body=text("")),
        of("100000 rounds", b"abc", 100_000, query="rounds=100000", body=text("abc")),
        of("leading zeros", b"abc", 2, query="rounds=002", body=text("abc")),
        of("the first of two counts", b"abc", 2, query="rounds=2&rounds=3", body=text("abc")),
        of("an unknown parameter", b"abc", 2, query="colour=blue&rounds=2&", body=text("abc")),
        of("size 0 instead of the body", b"", query="size=0", body=text("abc")),
        of("size 251", pattern(251), query="size=251", method="GET"),
        of("size 252", pattern(252), query="size=252", method="GET"),
        of("size 1000003", pattern(1_000_003), query="size=1000003", body=text("abc")),
        of("the largest size, three rounds", pattern(2**26), 3, query="size=67108864&rounds=3", method="GET"),
        *out_of_range("rounds", [*NO_NUMBERS, ("0", "0"), ("1000001", "1000001")], body=text("abc")),
        *out_of_range("size", [("empty", ""), ("negative", "-1"), ("67108865", "67108865")], method="GET"),
        vector("64 MiB and one byte", body=generated(2**26 + 1), expect=refusal(status=413)),
    ]


def primes_up_to(n):
    sieve = bytearray([1]) * (n + 1)
    sieve[0:2] = bytes(min(2, n + 1))
    for i in range(2, int(n**0.5) + 1):
        if sieve[i]:
            sieve[i * i :: i] = bytes(len(range(i * i, n + 1, i)))
    return {"n": n, "count": sum(sieve), "largest": max(sieve.rfind(1), 0)}


# pi(n) as published: OEIS A006880 and A007917.
PUBLISHED = {100: (25, 97), 10**5: (9592, 99991), 10**6: (78498, 999983), 10**7: (664579, 9999991)}


def primes_vectors():
    for n, (count, largest) in PUBLISHED.items():
        assert primes_up_to(n) == {"n": n, "count": count, "largest": largest}

    def of(name, n, **request):
        return vector(name, expect=answer({"json": primes_up_to(n)}, JSON), **request)

    return [
        of("by default", 100_000, method="GET"),
        of("a body is dropped", 10, query="n=10", body=generated(2**18)),
        *[of(f"n={n}", n, method="GET", query=f"n={n}") for n in (1, 2, 3, 4, 24, 25, 100, 121, 10**6, 10**7)],
        of("leading zeros", 30, method="GET", query="n=0030"),
        of("the first of two counts", 30, method="GET", query="n=30&n=40"),
        *out_of_range("n", [*NO_NUMBERS, ("0", "0"), ("10000001", "10000001")], method="GET"),
    ]


def after(ms):
    return {"afterMs": ms} if ms else {}


def sleep_vectors():
    def of(name, ms, **request):
        return vector(name, expect=answer(text(f"slept {ms} ms\n"), "text/plain", **after(ms)), **request)

    return [
        of("by default", 100, method="GET"),
        of("not at all", 0, method="GET", query="ms=0"),
        of("one millisecond", 1, method="GET", query="ms=1"),
        of("a while", 700, method="GET", query="ms=700"),
        of("leading zeros", 7, method="GET", query="ms=007"),
        of("a body is dropped", 10, query="ms=10", body=generated(2**18)),
        of("the first of two counts", 20, method="GET", query="ms=20&ms=60000"),
        *out_of_range("ms", [*NO_NUMBERS, ("60001", "60001")], method="GET"),
    ]


def alloc_vectors():
    def of(name, mb, more_ms=0, **request):
        pages = mb * 256
        body = {"json": {"mb": mb, "pages": pages, "checksum": sum(page % 251 for page in range(pages))}}
        return vector(name, expect=answer(body, JSON, **after(more_ms)), **request)

    return [
        of("by default", 16, method="GET"),
        *[of(f"mb={mb}", mb, method="GET", query=f"mb={mb}") for mb in (0, 1, 64)],
        of("held for a while", 4, 300, method="GET", query="mb=4&hold_ms=300"),
        of("a body is dropped", 1, query="mb=1", body=generated(2**18)),
        of("the first of two counts", 2, method="GET", query="mb=2&mb=3"),
        *out_of_range("mb", [*NO_NUMBERS, ("1025", "1025")], method="GET"),
        *out_of_range("hold_ms", [("empty", ""), ("negative", "-1"), ("60001", "60001")], method="GET"),
    ]


def pagerank(nodes=1000, degree=8, seed=42, iterations=20):
    numbers = xorshift32(seed)
    edges = [(u, next(numbers) % nodes) for u in range(nodes) for _ in range(degree)]
    rank = [1 / nodes] * nodes
    for _ in range(iterations):
        received = [0.0] * nodes
        for u, v in edges:
            received[v] += rank[u] / degree
        rank = [0.15 / nodes + 0.85 * it for it in received]
    order = sorted(range(nodes), key=lambda node: (-rank[node], node))
    # The order must not hang on how a language sums up: ranks in it are equal by construction or well apart.
    for a, b in zip(order[:5], order[1:6]):
        assert rank[a] == rank[b] or (rank[a] - rank[b]) / rank[a] > 1e-7, (nodes, degree, seed, a, b)
    top = [{"node": node, "rank": rank[node]} for node in order[:5]]
    return {"nodes": nodes, "edges": len(edges), "iterations": iterations, "sum": sum(rank), "top": top}


def pagerank_vectors():
    def of(name, query="", **parameters):
        body = {"json": pagerank(**parameters), "tolerance": 1e-9}
        return vector(name, method="GET", query=query, expect=answer(body, JSON))

    def case(**parameters):
        query = "&".join(f"{key}={value}" for key, value in parameters.items())
        return of(query.replace("&", ", "), query, **parameters)

    return [
        of("by default"),
        case(nodes=1),
        case(nodes=1, degree=64),
        case(nodes=2, degree=3),
        case(nodes=4, degree=1),
        case(nodes=5, degree=1, iterations=1),
        case(nodes=7, degree=2, seed=1, iterations=200),
        case(nodes=10000, degree=4),
        case(nodes=100000, degree=1, iterations=3),
        case(nodes=300, degree=64, seed=4294967295),
        of("the first of two counts", "nodes=10&nodes=20", nodes=10),
        vector("a body is dropped", query="nodes=10", body=generated(2**18),
               expect=answer({"json": pagerank(nodes=10), "tolerance": 1e-9}, JSON)),
        *out_of_range("nodes", [*NO_NUMBERS, ("0", "0"), ("100001", "100001")], method="GET"),
        *out_of_range("degree", [("empty", ""), ("0", "0"), ("65", "65")], method="GET"),
        *out_of_range("seed", [("0", "0"), ("4294967296", "4294967296"), ("negative", "-1")], method="GET"),
        *out_of_range("iterations", [("0", "0"), ("201", "201"), ("a fraction", "2.0")], method="GET"),
    ]


def check_published():
    assert hash_rounds(b"abc")["text"].startswith("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    million = hash_rounds(b"a" * 1_000_000)["text"]
    assert million.startswith("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    # Marsaglia, Xorshift RNGs, 2003, prints 723471715 as the first number from his seed 2463534242.
    assert next(xorshift32(2463534242)) == 723471715

"""Makes every vector anew: python3 peer-functions/vectors/make.py [WORKLOAD ...]

The thumbnails need Pillow (pip install pillow); the rest needs the standard library only. The expected answers come from
the few lines of reference/, not from a function, and are held against published values where there are any.
"""

import json
import sys
from pathlib import Path

from reference import documents, numbers, plain, shape

HERE = Path(__file__).parent

WORKLOADS = {
    "hello": plain.hello_vectors,
    "echo": plain.echo_vectors,
    "json": documents.json_vectors,
    "hash": numbers.hash_vectors,
    "primes": numbers.primes_vectors,
    "sleep": numbers.sleep_vectors,
    "alloc": numbers.alloc_vectors,
    "template": documents.template_vectors,
    "compress": plain.compress_vectors,
    "thumbnail": None,
    "pagerank": numbers.pagerank_vectors,
    "kv": plain.kv_vectors,
}

# What a function is sent under load: a vector without parameters, and what other bytes in its place would mean. `only`:
# they would be refused; `dropped`: nobody reads them; `any`: they are as good, and the answer follows from them.
LOADS = {
    "hello": ("empty body", "dropped"),
    "echo": ("empty body", "any"),
    "json": ("300 items", "only"),
    "hash": ("abc, as FIPS 180-2 has it", "any"),
    "primes": ("by default", "dropped"),
    "sleep": ("by default", "dropped"),
    "alloc": ("by default", "dropped"),
    "template": ("a thousand numbers", "only"),
    "compress": ("gzip by default", "any"),
    "thumbnail": ("PNG, default size", "only"),
    "pagerank": ("by default", "dropped"),
    "kv": ("set by default", "any"),
}

# Of these there are variants behind a watchdog.
WATCHED = ("hello", "json")


def thumbnail_vectors():
    from reference import thumbnails

    return thumbnails.thumbnail_vectors(HERE)


def main(names):
    numbers.check_published()
    (HERE / "documents").mkdir(exist_ok=True)
    many = documents.compact({"items": list(documents.many_items(300))})
    (HERE / "documents" / "300-items.json").write_text(many + "\n")
    for name in names or WORKLOADS:
        make = WORKLOADS[name] or thumbnail_vectors
        made = [shape.behind(it) for it in make()] if name in WATCHED else make()
        vector, body = LOADS[name]
        load = {"vector": vector, "body": body}
        text = json.dumps({"workload": name, "load": load, "vectors": made}, indent=1, ensure_ascii=False)
        (HERE / f"{name}.json").write_text(text + "\n")
        print(name)


main(sys.argv[1:])

"""hello, echo, compress and kv: what they answer is in the request itself."""

from .numbers import generated_bytes
from .shape import OCTETS, TEXT, answer, digest, generated, octets, refusal, repeated, text, vector

EVERY_BYTE = bytes(range(256))
UNICODE = "Grüße, 世界 🧊\r\nשלום e\u0301"


def hello_vectors():
    greeting = answer(text("Hello from givre\n"), TEXT)
    ok = answer(text("ok\n"), TEXT)
    return [
        vector("plain GET", method="GET", expect=greeting),
        vector("empty body", body=text(""), expect=greeting),
        vector("a body is dropped", body=text('{"half": '), expect=greeting),
        vector("a mebibyte is dropped", body=generated(2**20), expect=greeting),
        vector("binary in a PUT", method="PUT", body=octets(EVERY_BYTE), expect=greeting),
        vector("PATCH", method="PATCH", body=text(UNICODE), expect=greeting),
        vector("DELETE", method="DELETE", expect=greeting),
        vector("OPTIONS", method="OPTIONS", expect=greeting),
        vector("HEAD has no body", method="HEAD", expect=answer(text(""), TEXT)),
        vector("a deep path and a query", method="GET", path="/deep/er", query="n=1&n=2&%20=%00", expect=greeting),
        vector("a path that only looks like health", method="GET", path="/_/healthy", expect=greeting),
        vector("health", method="GET", path="/_/health", expect=ok),
        vector("ready", method="GET", path="/_/ready", expect=ok),
    ]


def echo_vectors():
    huge = 50 * 2**20

    def of(name, body, expected=None, content_type=None, method="POST", **request):
        headers = {} if content_type is None else {"Content-Type": content_type}
        expect = answer(expected or body, content_type or OCTETS)
        return vector(name, method=method, headers=headers, body=body, expect=expect, **request)

    return [
        vector("no body, GET", method="GET", expect=answer(text(""), OCTETS)),
        of("empty body", text("")),
        of("empty body with a type", text(""), content_type="text/csv"),
        of("one byte", octets(b"\x00")),
        of("text with its type", text("Hello\n"), content_type="text/plain; charset=utf-8"),
        of("unicode", text(UNICODE), content_type="text/plain; charset=utf-8"),
        of("every byte", octets(EVERY_BYTE), content_type="image/x-nothing"),
        of("malformed JSON is none of its business", text('{"half": '), content_type="application/json"),
        of("a type nobody knows", text("x"), content_type="application/vnd.givre+x; version=1"),
        of("PUT, with path and query", text("x"), method="PUT", path="/a/b", query="c=d"),
        of("a byte more than 64 KiB", repeated("a", 65537), digest(b"a" * 65537)),
        of("what looks like the end of a chunk", text("0\r\n\r\n5\r\nhello\r\n")),
        of("50 MiB", generated(huge), digest(generated_bytes(huge))),
    ]


def compress_vectors():
    types = {"gzip": "application/gzip", "zstd": "application/zstd"}

    def of(name, body, expected=None, format="gzip", query=None):
        query = f"format={format}" if query is None else query
        expect = answer({format: expected or body}, types[format])
        return vector(name, query=query, body=body, expect=expect)

    made = [of("gzip by default", text("Hello\n"), query="")]
    for format in types:
        made += [
            of(f"{format}: empty body", text(""), format=format),
            of(f"{format}: unicode", text(UNICODE), format=format),
            of(f"{format}: every byte", octets(EVERY_BYTE), format=format),
            of(f"{format}: a mebibyte that hardly compresses", generated(2**20), digest(generated_bytes(2**20)), format),
            of(f"{format}: the largest body", repeated("a", 2**24), digest(b"a" * 2**24), format),
        ]
    wrong = [("unknown", "br"), ("empty", ""), ("in capitals", "GZIP"), ("a list", "gzip,zstd")]
    made += [
        vector("no body, GET", method="GET", query="format=zstd", expect=answer({"zstd": text("")}, types["zstd"])),
        of("the first of two counts", text("x"), format="zstd", query="format=zstd&format=br"),
        *[vector(f"format is {shown}", query=f"format={it}", body=text("x"), expect=refusal("format"))
          for shown, it in wrong],
        vector("16 MiB and one byte", body=repeated("a", 2**24 + 1), expect=refusal(status=413)),
        vector("a byte too much of what does not compress", query="format=zstd", body=generated(2**24 + 1),
               expect=refusal(status=413)),
    ]
    return made


def kv_vectors():
    def kept(name, body, expected=None, **request):
        return vector(name, body=body, expect=answer(expected or body, OCTETS), **request)

    def read(name, body, **request):
        return vector(name, method="GET", expect=answer(body, OCTETS), **request)

    def refused(shown, key):
        return vector(f"key is {shown}", query=f"key={key}", body=text("x"), expect=refusal("key"))

    longest = "k" * 256
    return [
        vector("nothing is there yet", method="GET", query="key=nobody-sets-this", expect=refusal(status=404)),
        kept("set by default", text("Hello\n")),
        read("get by default", text("Hello\n")),
        kept("PUT replaces", text("again"), method="PUT"),
        read("get what was put", text("again")),
        kept("empty value", text(""), query="key=empty"),
        read("an empty value is there all the same", text(""), query="key=empty"),
        kept("unicode", text(UNICODE), query="key=unicode"),
        kept("every byte", octets(EVERY_BYTE), query="key=Every.byte_-:9"),
        read("get every byte, key percent-encoded", octets(EVERY_BYTE), query="key=Every%2Ebyte_-%3A9"),
        kept("protocol words in a value", text("$3\r\nfoo\r\n*1\r\n"), query="key=protocol"),
        kept("the longest key", text("x"), query=f"key={longest}"),
        kept("a mebibyte", generated(2**20), digest(generated_bytes(2**20)), query="key=large"),
        kept("the first of two counts", text("1st"), query="key=first&key=second"),
        read("get the first", text("1st"), query="key=first"),
        vector("DELETE only reads", method="DELETE", query="key=first", expect=answer(text("1st"), OCTETS)),
        refused("empty", ""),
        refused("longer than 256", longest + "k"),
        refused("with a space", "a%20b"),
        refused("with a line feed", "a%0D%0AFLUSHALL"),
        refused("with a letter beyond ASCII", "gr%C3%BC%C3%9Fe"),
        vector("1 MiB and one byte", query="key=large", body=generated(2**20 + 1), expect=refusal(status=413)),
        vector("the server is silent", method="GET", query="key=first", store="silent", expect=refusal(status=503)),
        read("the server is back", text("1st"), query="key=first"),
    ]

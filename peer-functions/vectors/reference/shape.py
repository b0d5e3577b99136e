"""Words for writing vectors down, in the shape that harness/functions/vectors.ts reads."""

import base64
import hashlib

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
OCTETS = "application/octet-stream"


def vector(name, *, method="POST", query="", path=None, headers=None, body=None, expect, store=None):
    request = {"method": method}
    if path is not None:
        request["path"] = path
    request |= {"query": query, "headers": headers or {}}
    if body is not None:
        request["body"] = body
    made = {"name": name, "request": request, "expect": expect}
    return made if store is None else made | {"store": store}


def behind(made):
    """The rules of ../../README.md for variants behind a watchdog, written into a vector that they touch."""
    method, path = made["request"]["method"], made["request"].get("path", "/")
    rules = {}
    if path == "/_/health":
        rules["of"] = "skip"
    if method in ("HEAD", "OPTIONS") or path in ("/_/health", "/_/ready"):
        rules["classic"] = "skip"
    elif made["expect"]["status"] >= 400:
        rules["classic"] = "failed"
    return made | {"behind": rules} if rules else made


def answer(body, content_type, status=200, **more):
    return {"status": status, "contentType": content_type, "body": body} | more


def refusal(word="", status=400, **more):
    return answer({"sentence": word}, TEXT, status, **more)


def text(value):
    return {"text": value}


def octets(value):
    return {"base64": base64.b64encode(value).decode()}


def digest(value):
    return {"sha256": hashlib.sha256(value).hexdigest(), "bytes": len(value)}


def repeated(value, times):
    return {"repeat": {"text": value, "times": times}}


def generated(size):
    return {"generated": {"bytes": size}}


def out_of_range(parameter, values, **request):
    """One vector for each value of a parameter that is to be refused by a sentence with the parameter's name."""
    return [
        vector(f"{parameter} is {shown}", query=f"{parameter}={value}", expect=refusal(parameter), **request)
        for shown, value in values
    ]


# What is no number although one language or another takes it for one.
NO_NUMBERS = [
    ("empty", ""),
    ("a word", "abc"),
    ("negative", "-1"),
    ("signed", "%2B1"),
    ("with a space", "%201"),
    ("a fraction", "1.5"),
    ("with an exponent", "1e1"),
    ("hexadecimal", "0x10"),
    ("with an underscore", "1_0"),
    ("of Arabic digits", "%D9%A1"),
    ("beyond 64 bits", "18446744073709551617"),
]

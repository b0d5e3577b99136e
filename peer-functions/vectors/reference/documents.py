"""json and template."""

import html
import json

from .numbers import xorshift32
from .shape import JSON, answer, octets, refusal, repeated, text, vector

HTML = "text/html; charset=utf-8"


def summary(items):
    tags = {}
    for item in items:
        for tag in item["tags"]:
            tags[tag] = tags.get(tag, 0) + 1
    totals = [{"id": it["id"], "total_cents": it["quantity"] * it["price_cents"]} for it in items]
    return {
        "count": len(items),
        "quantity": sum(it["quantity"] for it in items),
        "total_cents": sum(it["total_cents"] for it in totals),
        "tags": tags,
        "items": sorted(totals, key=lambda it: -it["total_cents"]),
    }


def item(id="a", quantity=1, price_cents=1, tags=()):
    return {"id": id, "quantity": quantity, "price_cents": price_cents, "tags": list(tags)}


def many_items(count):
    numbers = xorshift32(7)
    words = ["ice", "snow", "frost", "rime", "sleet", "hail", "glaze"]
    for index in range(count):
        tags = [words[next(numbers) % 7] for _ in range(next(numbers) % 4)]
        yield item(f"item-{index}", next(numbers) % 100, next(numbers) % 5 * 100, tags)


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def nested(depth):
    """A document whose innermost array is `depth` deep, below a key that is otherwise ignored."""
    return '{"items":[],"x":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


def with_value(key, value):
    """One item of which one value is written as it stands here."""
    values = {"id": '"a"', "quantity": "1", "price_cents": "1", "tags": "[]"} | {key: value}
    inner = ",".join(f'"{name}":{it}' for name, it in values.items() if it is not None)
    return '{"items":[{' + inner + "}]}"


def json_vectors():
    def of(name, items, body=None, **request):
        body = body or text(compact({"items": items}))
        return vector(name, body=body, expect=answer({"json": summary(items)}, JSON), **request)

    awkward = ["__proto__", "constructor", "toString", "", "ключ", "🧊", '"\\/', "\n"]
    ties = [item("c", 2, 3), item("a", 1, 6), item("b", 6, 1), item("z", 1, 7), item("y", 0, 9)]
    extra = '{"more":{"a":null},"items":[{"x":1.5e3,"id":"a","tags":["t"],"price_cents":3,"quantity":2}],"items2":[]}'
    spaced = ' \t\r\n{ "items" : [ { "id" : "\\u0061\\ud83e\\uddca" , "quantity" : 1 , "price_cents" : 1 , "tags" : [ ] } ] } \n'
    wrong = {
        "empty": "", "spaces only": "  \n", "half of a document": '{"items":[', "text after the document": '{"items":[]} x',
        "an array": "[]", "null": "null", "a text": '"items"', "no items": "{}", "items that are an object": '{"items":{}}',
        "an item that is a number": '{"items":[1]}', "single quotes": "{'items':[]}", "a comma too much": '{"items":[],}',
        "a comment": '{"items":[]/**/}', "NaN below an ignored key": '{"items":[],"x":NaN}',
        "a line feed inside a text": '{"items":[],"x":"a\nb"}',
        "quantity missing": with_value("quantity", None), "id missing": with_value("id", None),
        "tags missing": with_value("tags", None), "price_cents missing": with_value("price_cents", None),
        "id a number": with_value("id", "1"), "id null": with_value("id", "null"),
        "quantity negative": with_value("quantity", "-1"), "quantity 10001": with_value("quantity", "10001"),
        "quantity a fraction": with_value("quantity", "1.5"), "quantity a text": with_value("quantity", '"1"'),
        "quantity a truth value": with_value("quantity", "true"),
        "quantity beyond 64 bits": with_value("quantity", "18446744073709551617"),
        "price_cents 10000001": with_value("price_cents", "10000001"),
        "price_cents negative": with_value("price_cents", "-1"), "tags a text": with_value("tags", '"t"'),
        "a tag that is a number": with_value("tags", '["t",1]'), "tags null": with_value("tags", "null"),
    }
    return [
        of("no items", []),
        of("one item", [item("a", 2, 250, ["x"])]),
        of("falling totals, equal ones in order", ties),
        of("a tag twice in one item counts twice", [item(tags=["x", "y", "x"]), item("b", tags=["x"])]),
        of("tags and ids that are awkward in some language", [item(it, 1, 1, [it]) for it in awkward]),
        of("the largest numbers", [item(str(n), 10_000, 10_000_000) for n in range(100)]),
        of("other keys, in another order", [item("a", 2, 3, ["t"])], text(extra)),
        of("spaces and escapes", [item("a🧊", 1, 1)], text(spaced)),
        of("300 items", list(many_items(300)), {"file": "documents/300-items.json"}),
        of("nested 60 deep", [], text(nested(60))),
        *[vector(f"refused: {name}", body=text(it), expect=refusal()) for name, it in wrong.items()],
        vector("refused: no body, GET", method="GET", expect=refusal()),
        vector("refused: not UTF-8", body=octets(b'{"items":[],"x":"\xff\xfe"}'), expect=refusal()),
        vector("refused: nested 100 deep", body=text(nested(100)), expect=refusal()),
        vector("refused: 100000 brackets", body=repeated("[", 100_000), expect=refusal()),
        vector("2 MiB of spaces are malformed, not too large", body=repeated(" ", 2**21), expect=refusal()),
        vector("2 MiB and one byte", body=repeated(" ", 2**21 + 1), expect=refusal(status=413)),
        vector("far too large", body=repeated(" ", 2**24), expect=refusal(status=413, mayClose=True)),
    ]


def page(username, size, seed):
    name = html.escape(username)
    numbers = xorshift32(seed)
    lines = "\n".join(f"<li>{next(numbers) % 1_000_000}</li>" for _ in range(size))
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Numbers for {name}</title></head>
<body>
<h1>Hello, {name}!</h1>
<ol>
{lines}
</ol>
</body>
</html>
"""


def template_vectors():
    def of(name, username="Ada", size=1, seed=1, body=None):
        body = body or text(compact({"username": username, "size": size, "seed": seed}))
        return vector(name, body=body, expect=answer({"html": page(username, size, seed)}, HTML))

    def refused(name, body):
        return vector(f"refused: {name}", body=body, expect=refusal())

    def wrong(name, **values):
        good = {"username": "Ada", "size": 1, "seed": 1} | values
        return refused(name, text(compact({key: it for key, it in good.items() if it is not None})))

    return [
        of("one number"),
        of("a thousand numbers", size=1000, seed=42),
        of("the largest seed", size=3, seed=4294967295),
        of("markup in the name", '<script>alert("1")</script> & \'co\''),
        of("a name that is escaped already", "&lt;b&gt; &amp;amp;"),
        of("braces of template engines", "{{7*7}} ${7*7} <%= 7 %> {% raw %} #{7}"),
        of("unicode", "Grüße, 世界 🧊"),
        of("256 code points beyond 16 bits", "🧊" * 256),
        of("other keys and escapes", body=text('{"seed":1,"x":[null],"size":1,"username":"\\u0041da"}')),
        refused("empty", text("")),
        refused("half of a document", text('{"username":"Ada","size":')),
        refused("an array", text("[]")),
        refused("not UTF-8", octets(b'{"username":"\xff","size":1,"seed":1}')),
        wrong("username missing", username=None), wrong("username empty", username=""),
        wrong("username of 257", username="x" * 257), wrong("username a number", username=1),
        wrong("size missing", size=None), wrong("size 0", size=0), wrong("size 10001", size=10001),
        wrong("size a text", size="1"), wrong("size a truth value", size=True), wrong("size a fraction", size=1.5),
        wrong("seed missing", seed=None), wrong("seed 0", seed=0), wrong("seed 4294967296", seed=4294967296),
        wrong("seed negative", seed=-1), wrong("seed a list", seed=[1]),
        vector("64 KiB of spaces are malformed, not too large", body=repeated(" ", 2**16), expect=refusal()),
        vector("64 KiB and one byte", body=repeated(" ", 2**16 + 1), expect=refusal(status=413)),
        vector("far too large", body=repeated(" ", 2**22), expect=refusal(status=413, mayClose=True)),
    ]
